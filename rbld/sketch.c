/* sketch.c - sets of eight counters, and their sum over threads. */
#include "rbld/sketch.h"

#include <stdlib.h>
#include <string.h>

#define WAYS RBLD_SKETCH_WAYS
#define TRIES 4 /* at a place that its writer is changing */

/* One line of the processor's cache: all that a known key needs. */
struct set {
	uint32_t tag[WAYS]; /* upper half of the hash; 0: free */
	uint32_t count[WAYS];
} __attribute__((aligned(64)));

/* What is touched only when a place changes hands. */
struct place {
	uint32_t seq; /* odd: being changed */
	uint32_t error;
	uint64_t hash;
	uint64_t payload[]; /* "words" of them */
};

struct rbld_sketch {
	struct set *sets;
	uint64_t *places; /* of all sets, each of "stride" numbers */
	uint32_t mask;
	unsigned words, stride;
};

/* The writer reads its own numbers as they are; what others may read at the
 * same time is written whole. */
static inline void
put32(uint32_t *at, uint32_t v)
{
	__atomic_store_n(at, v, __ATOMIC_RELAXED);
}

static inline void
put64(uint64_t *at, uint64_t v)
{
	__atomic_store_n(at, v, __ATOMIC_RELAXED);
}

static inline uint32_t
get32(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static inline uint64_t
get64(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static inline struct place *
place_of(const struct rbld_sketch *s, uint32_t set, unsigned way)
{
	return (void *)(s->places + ((size_t)set * WAYS + way) * s->stride);
}

/* 0 says "free", so it is nobody's tag. */
static inline uint32_t
tag_of(uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32);

	return tag != 0 ? tag : 1;
}

struct rbld_sketch *
rbld_sketch_new(unsigned sets, unsigned payload)
{
	struct rbld_sketch *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		return NULL;
	}
	s->mask = sets - 1;
	s->words = payload / 8;
	s->stride = (unsigned)sizeof(struct place) / 8 + s->words;
	s->sets = aligned_alloc(_Alignof(struct set), sets * sizeof(*s->sets));
	s->places = calloc((size_t)sets * WAYS * s->stride, 8);
	if (s->sets == NULL || s->places == NULL) {
		rbld_sketch_free(&s);
		return NULL;
	}
	memset(s->sets, 0, sets * sizeof(*s->sets));
	return s;
}

void
rbld_sketch_free(struct rbld_sketch **sketch)
{
	struct rbld_sketch *s = *sketch;

	if (s != NULL) {
		free(s->sets);
		free(s->places);
		free(s);
		*sketch = NULL;
	}
}

/* Give WAY of SET to another key. */
static void
take_place(struct rbld_sketch *s, uint32_t set, unsigned way, uint64_t hash,
    uint32_t error, const void *payload)
{
	struct place *p = place_of(s, set, way);
	uint64_t word;

	put32(&p->seq, p->seq + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	put64(&p->hash, hash);
	put32(&p->error, error);
	for (unsigned i = 0; i < s->words; i++) {
		memcpy(&word, (const char *)payload + (size_t)i * 8, 8);
		put64(&p->payload[i], word);
	}
	__atomic_store_n(&p->seq, p->seq + 1, __ATOMIC_RELEASE);
}

void
rbld_sketch_add(struct rbld_sketch *sketch, uint64_t hash, uint32_t weight,
    const void *payload)
{
	uint32_t n = (uint32_t)hash & sketch->mask, tag = tag_of(hash);
	struct set *s = &sketch->sets[n];
	unsigned least = 0;
	uint32_t count;

	for (unsigned i = 0; i < WAYS; i++) {
		if (s->tag[i] == tag) {
			count = s->count[i] + weight;
			put32(
			    &s->count[i], count < weight ? UINT32_MAX : count);
			return;
		}
	}
	for (unsigned i = 1; i < WAYS; i++) {
		least = s->count[i] < s->count[least] ? i : least;
	}
	count = s->count[least] + weight;
	take_place(sketch, n, least, hash, s->count[least], payload);
	put32(&s->tag[least], tag);
	put32(&s->count[least], count < weight ? UINT32_MAX : count);
}

void
rbld_sketch_clear(struct rbld_sketch *sketch)
{
	for (uint32_t n = 0; n <= sketch->mask; n++) {
		for (unsigned i = 0; i < WAYS; i++) {
			put32(&sketch->sets[n].tag[i], 0);
			put32(&sketch->sets[n].count[i], 0);
		}
	}
}

/* ---- reading ------------------------------------------------------------- */

/* A place as it was at one moment; false: it is free, or changing hands. */
static bool
read_place(const struct rbld_sketch *s, uint32_t set, unsigned way,
    struct rbld_top *ret)
{
	const struct place *p = place_of(s, set, way);

	for (int i = 0; i < TRIES; i++) {
		uint32_t seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);
		uint32_t tag = get32(&s->sets[set].tag[way]);

		ret->count = get32(&s->sets[set].count[way]);
		ret->hash = get64(&p->hash);
		ret->error = get32(&p->error);
		for (unsigned w = 0; w < s->words; w++) {
			ret->payload[w] = get64(&p->payload[w]);
		}
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (tag == 0) {
			return false;
		}
		if ((seq & 1) == 0 && get32(&p->seq) == seq &&
		    tag_of(ret->hash) == tag) {
			return true;
		}
	}
	return false;
}

static int
by_hash(const void *a, const void *b)
{
	const struct rbld_top *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int
by_count(const void *a, const void *b)
{
	const struct rbld_top *x = a, *y = b;

	return x->count > y->count ? -1
	    : x->count < y->count  ? 1
				   : by_hash(a, b);
}

/* Make one of those that share a hash; returns how many are left. */
static size_t
sum_equal(struct rbld_top *all, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (out > 0 && all[out - 1].hash == all[i].hash) {
			all[out - 1].count += all[i].count;
			all[out - 1].error += all[i].error;
		} else {
			all[out++] = all[i];
		}
	}
	return out;
}

int
rbld_sketch_merge(struct rbld_sketch *const *sketches, unsigned n,
    struct rbld_top *ret, unsigned cap)
{
	struct rbld_top *all;
	size_t room = 1, len = 0;

	for (unsigned i = 0; i < n; i++) {
		room += ((size_t)sketches[i]->mask + 1) * WAYS;
	}
	all = calloc(room, sizeof(*all));
	if (all == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct rbld_sketch *s = sketches[i];

		for (uint32_t set = 0; set <= s->mask; set++) {
			for (unsigned way = 0; way < WAYS; way++) {
				len += read_place(s, set, way, &all[len]);
			}
		}
	}
	qsort(all, len, sizeof(*all), by_hash);
	len = sum_equal(all, len);
	qsort(all, len, sizeof(*all), by_count);
	len = len < cap ? len : cap;
	memcpy(ret, all, len * sizeof(*ret));
	free(all);
	return (int)len;
}
