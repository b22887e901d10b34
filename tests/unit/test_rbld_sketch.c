/* The sketch: never too little, too much by the error at most, heavy ones
 * never missing, and readers that meet a busy writer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "rbld/sketch.h"
#include "tests/unit/check.h"

#define SETS 16
#define KEYS 4096

/* A hash as the callers make them. */
static uint64_t
hash_of(uint64_t key)
{
	return rbld_sketch_mix(
	    key ^ UINT64_C(0x243f6a8885a308d3), UINT64_C(0x9e3779b97f4a7c15));
}

static void
add(struct rbld_sketch *s, uint64_t key, uint32_t weight)
{
	uint64_t payload[2] = { key, ~key };

	rbld_sketch_add(s, hash_of(key), weight, payload);
}

static int
top(struct rbld_sketch *s, struct rbld_top *ret, unsigned cap)
{
	return rbld_sketch_merge(&s, 1, ret, cap);
}

static void
test_few(void)
{
	struct rbld_sketch *s = rbld_sketch_new(SETS, 16);
	struct rbld_top t[KEYS];
	int n;

	CHECK(s != NULL && top(s, t, KEYS) == 0, "empty");
	add(s, 1, 1);
	add(s, 2, 5);
	add(s, 1, 2);
	add(s, 3, UINT32_MAX - 1);
	add(s, 3, 100);
	n = top(s, t, KEYS);
	CHECK(n == 3, "%d", n);
	CHECK(t[0].count == UINT32_MAX && t[0].payload[0] == 3,
	    "a count that is full stays so");
	CHECK(
	    t[1].count == 5 && t[1].payload[0] == 2 && t[1].error == 0, "five");
	CHECK(t[2].count == 3 && t[2].payload[1] == ~UINT64_C(1), "three");
	CHECK(top(s, t, 1) == 1 && t[0].payload[0] == 3, "cut to one");
	rbld_sketch_clear(s);
	CHECK(top(s, t, KEYS) == 0, "cleared");
	add(s, 2, 1);
	CHECK(top(s, t, KEYS) == 1 && t[0].count == 1, "and used again");
	rbld_sketch_free(&s);
	rbld_sketch_free(&s);
}

/* Far more keys than places, some of them often. */
static void
test_bounds(void)
{
	struct rbld_sketch *s = rbld_sketch_new(SETS, 16);
	static uint64_t truth[KEYS];
	struct rbld_top t[SETS * RBLD_SKETCH_WAYS];
	uint64_t total = 0;
	unsigned found = 0;
	int n;

	srandom(7);
	for (int i = 0; i < 200000; i++) {
		uint64_t key = random() % 2 == 0 ? (uint64_t)random() % 20
						 : (uint64_t)random() % KEYS;
		uint32_t weight = 1 + (uint32_t)random() % 3;

		truth[key] += weight;
		total += weight;
		add(s, key, weight);
	}
	n = top(s, t, COUNT(t));
	CHECK(n == (int)COUNT(t), "all places are taken: %d", n);
	for (int i = 0; i < n; i++) {
		uint64_t key = t[i].payload[0];

		CHECK(t[i].payload[1] == ~key && key < KEYS &&
			t[i].hash == hash_of(key),
		    "what belongs to a key stays with it");
		CHECK(t[i].count >= truth[key], "%llu: too little",
		    (unsigned long long)key);
		CHECK(t[i].count - t[i].error <= truth[key], "%llu: too much",
		    (unsigned long long)key);
		CHECK(i == 0 || t[i].count <= t[i - 1].count, "in order");
		found += key < 20;
	}
	CHECK(found == 20, "%u of the 20 that are met often", found);
	CHECK(t[19].count < total, "a part of the whole");
	rbld_sketch_free(&s);
}

static void
test_merge(void)
{
	struct rbld_sketch *s[3];
	struct rbld_top t[8];

	for (int i = 0; i < 3; i++) {
		s[i] = rbld_sketch_new(SETS, 16);
		add(s[i], 1, 10);
		add(s[i], 100 + (uint64_t)i, (uint32_t)(i + 1));
	}
	CHECK(rbld_sketch_merge(s, 3, t, 8) == 4, "four keys");
	CHECK(t[0].payload[0] == 1 && t[0].count == 30, "summed");
	CHECK(t[1].payload[0] == 102 && t[3].payload[0] == 100, "in order");
	CHECK(rbld_sketch_merge(s, 0, t, 8) == 0, "none");
	for (int i = 0; i < 3; i++) {
		rbld_sketch_free(&s[i]);
	}
}

static struct rbld_sketch *shared;
static _Atomic bool done;

static void *
write_on(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; !atomic_load(&done); i++) {
		add(shared, i % KEYS, 1);
		if (i % 100000 == 0) {
			rbld_sketch_clear(shared);
		}
	}
	return NULL;
}

/* Whatever a reader meets: a key's payload is that key's. */
static void
test_busy(void)
{
	struct rbld_top t[SETS * RBLD_SKETCH_WAYS];
	unsigned seen = 0;
	pthread_t writer;

	shared = rbld_sketch_new(SETS, 16);
	if (pthread_create(&writer, NULL, write_on, NULL) != 0) {
		CHECK(false, "no thread");
		return;
	}
	while (seen < 20000) {
		int n = top(shared, t, COUNT(t));

		for (int i = 0; i < n; i++) {
			CHECK(t[i].payload[1] == ~t[i].payload[0] &&
				t[i].hash == hash_of(t[i].payload[0]),
			    "a payload in two halves");
		}
		seen += n > 0 ? (unsigned)n : 0;
	}
	atomic_store(&done, true);
	pthread_join(writer, NULL);
	rbld_sketch_free(&shared);
}

int
main(void)
{
	test_few();
	test_bounds();
	test_merge();
	test_busy();
	return failures != 0;
}
