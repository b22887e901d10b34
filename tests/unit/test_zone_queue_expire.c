/* Retention: what goes, and above all what stays; mails packed and not; how
 * many receipts are due. */
#include <stdlib.h>

#include "queue.h"
#include "zone/queue_expire.h"
#include "zone/record.h"

#define DAY 86400
#define AGE (30 * DAY)
#define LATER (FIRST + AGE + DAY)

static struct zone_expired
expire(int64_t age, uint64_t size, int64_t now, bool dry)
{
	struct zone_retention p = {
		.age = age, .size = size, .now = now, .dry = dry
	};
	struct zone_expired e = { 0 };

	CHECK(zone_queue_expire(queue, &p, "keeper", &e) == 0, "expire");
	return e;
}

/* Is mail ID there? With its text, when WANT is not NULL. */
static bool
has_mail(uint64_t id, const char *want)
{
	struct zone_submission s;
	struct buf raw = { 0 };
	int rc = zone_queue_raw(queue, id, &raw);
	bool same = want == NULL || rc != 1 ||
	    (raw.len == strlen(want) && memcmp(raw.data, want, raw.len) == 0);

	CHECK(rc >= 0 && same, "mail %llu: %d", (unsigned long long)id, rc);
	CHECK(zone_queue_submission(queue, id, &arena, &s) == rc, "record");
	buf_free(&raw);
	return rc == 1;
}

static int
count_fn(struct zone_txn *txn, void *ctx)
{
	uint64_t *n = ctx;

	return zone_txn_count(txn, (enum zone_table)n[0], &n[1]);
}

static uint64_t
rows_of(enum zone_table table)
{
	uint64_t n[2] = { table, 0 };

	CHECK(zone_store_read(queue->store, count_fn, n) == 0, "count");
	return n[1];
}

/* ---- what stays ---------------------------------------------------------- */

static const struct {
	const char *name;
	enum zone_item_state state;
	const char *candidates;
	int64_t age;
	int64_t now;
	unsigned mails, held, items, dismissed;
} rows[] = {
	{ "waits, and is old", ZONE_WAITING, "ip 203.0.114.9", AGE, LATER, 0, 1,
	    0, 0 },
	{ "waits, and is very old", ZONE_WAITING, "ip 203.0.114.9", AGE,
	    FIRST + 100 * AGE, 0, 1, 0, 0 },
	{ "listed, and young", ZONE_LISTED_ITEM, "ip 203.0.114.9", AGE,
	    FIRST + AGE, 0, 0, 0, 0 },
	{ "listed, for ever", ZONE_LISTED_ITEM, "ip 203.0.114.9", 0,
	    FIRST + 100 * AGE, 0, 0, 0, 0 },
	{ "dismissed, and young", ZONE_DISMISSED, "ip 203.0.114.9", AGE,
	    FIRST + DAY, 0, 0, 0, 0 },
	{ "a clock before all", ZONE_DISMISSED, "ip 203.0.114.9", AGE, 0, 0, 0,
	    0, 0 },
	{ "nothing to list, young", ZONE_WAITING, "", AGE, FIRST + DAY, 0, 0, 0,
	    0 },
	{ "nothing to list, for ever", ZONE_WAITING, "", 0, FIRST + 100 * AGE,
	    0, 0, 0, 0 },
	/* what goes */
	{ "listed, and old", ZONE_LISTED_ITEM, "ip 203.0.114.9", AGE, LATER, 1,
	    0, 0, 0 },
	{ "dismissed, and old", ZONE_DISMISSED, "ip 203.0.114.9", AGE, LATER, 1,
	    0, 0, 0 },
	{ "nothing to list, and old", ZONE_WAITING, "", AGE, LATER, 0, 1, 0,
	    1 },
	{ "never to list, and old", ZONE_WAITING, "-ip 203.0.114.9", AGE, LATER,
	    0, 1, 0, 1 },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone_expired dry, e;

		open_queue(1 << 20);
		ADD(FIRST, rows[i].candidates);
		if (rows[i].state != ZONE_WAITING) {
			CHECK(settle(1, rows[i].state,
				  rows[i].state == ZONE_LISTED_ITEM ? 7 : 0, "",
				  FIRST) == 0,
			    "settle");
		}
		dry = expire(rows[i].age, 0, rows[i].now, true);
		CHECK(has_mail(1, NULL), "%s: only counted", rows[i].name);
		e = expire(rows[i].age, 0, rows[i].now, false);
		CHECK(e.submissions == rows[i].mails &&
			e.held == rows[i].held && e.items == rows[i].items &&
			e.dismissed == rows[i].dismissed && !e.more,
		    "%s: %llu %llu %llu %llu", rows[i].name,
		    (unsigned long long)e.submissions,
		    (unsigned long long)e.held, (unsigned long long)e.items,
		    (unsigned long long)e.dismissed);
		CHECK(dry.submissions == e.submissions && dry.held == e.held &&
			dry.dismissed == e.dismissed,
		    "%s: as was said", rows[i].name);
		CHECK(has_mail(1, NULL) == (rows[i].mails == 0), "%s: mail",
		    rows[i].name);
		CHECK(get_item(1).id == 1, "%s: item", rows[i].name);
		close_queue();
	}
}

/* A mail with two messages: one is decided, the other waits. */
static void
test_shared(void)
{
	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9", "ip 203.0.114.10");
	CHECK(settle(1, ZONE_DISMISSED, 0, "", FIRST) == 0, "settle");
	CHECK(
	    expire(AGE, 0, LATER, false).submissions == 0 && has_mail(1, NULL),
	    "the other one waits");
	CHECK(settle(2, ZONE_LISTED_ITEM, 3, "", FIRST) == 0, "settle");
	CHECK(
	    expire(AGE, 0, LATER, false).submissions == 1 && !has_mail(1, NULL),
	    "none waits");
	CHECK(settle(2, ZONE_WAITING, 0, "", 0) == 0 &&
		expire(AGE, 0, LATER, false).held == 0,
	    "what is reopened then has no mail");
	close_queue();
}

/* Once its mails are gone a dismissed item goes too; the log stays. */
static void
test_items(void)
{
	uint64_t counts[3], events;
	struct zone_item item;
	struct err_text why;
	struct zone_added a;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	ADD(FIRST + 40 * DAY, "ip 203.0.114.10");
	CHECK(settle(1, ZONE_DISMISSED, 0, "no", FIRST) == 0 &&
		settle(2, ZONE_DISMISSED, 0, "no", FIRST) == 0,
	    "settle");
	CHECK(expire(AGE, 0, LATER, false).items == 0, "with its mail");
	CHECK(expire(AGE, 0, LATER, false).items == 1, "without");
	CHECK(zone_queue_get(queue, 1, &arena, &item) == 0 &&
		zone_queue_get(queue, 2, &arena, &item) == 1 &&
		zone_queue_counts(queue, counts) == 0 && counts[0] == 0 &&
		counts[2] == 1 && rows_of(ZONE_T_STATES) == 1,
	    "one is left");
	CHECK(zone_queue_verify(queue, &events, &why) == 0 && events == 2,
	    "the log is whole");
	a = ADD(LATER, "ip 203.0.114.9");
	CHECK(a.new_items == 1 && get_item(3).id == 3, "numbers go on");
	close_queue();
}

/* The same mail, once it was forgotten, is a new one. */
static void
test_again(void)
{
	struct zone_submission s = { .time = FIRST, .analysis = "{}" };
	struct zone_added a;

	open_queue(1 << 20);
	CHECK(zone_queue_add(queue, &s, "mail", 4, NULL, 0, &a) == 0 &&
		settle(1, ZONE_DISMISSED, 0, "", FIRST) == 0,
	    "add");
	CHECK(expire(AGE, 0, LATER, false).submissions == 1, "expire");
	CHECK(rows_of(ZONE_T_DIGESTS) == 0 && rows_of(ZONE_T_RAW) == 0 &&
		rows_of(ZONE_T_SUBMISSIONS) == 0,
	    "nothing is left of it");
	CHECK(zone_queue_add(queue, &s, "mail", 4, NULL, 0, &a) == 0 &&
		!a.duplicate && a.submission == 2 && a.new_items == 1,
	    "is new");
	CHECK(zone_queue_add(queue, &s, "mail", 4, NULL, 0, &a) == 0 &&
		a.duplicate && a.submission == 2,
	    "and then known");
	close_queue();
}

/* ---- by size ------------------------------------------------------------- */

#define BIG 200000

/* Bytes that no packing makes smaller. */
static void
noise(char *raw, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		raw[i] = (char)(seed >> 24);
	}
}

static void
test_size(void)
{
	static char raw[BIG];
	struct zone_submission s = { .time = FIRST, .analysis = "{}" };
	struct zone_added a;
	struct zone_expired e;

	open_queue(1 << 20);
	for (unsigned i = 0; i < 20; i++) {
		noise(raw, sizeof(raw), i);
		s.time = FIRST + i;
		CHECK(zone_queue_add(
			  queue, &s, raw, sizeof(raw), NULL, 0, &a) == 0,
		    "add");
		if (i != 1) {
			CHECK(settle(i + 1, ZONE_DISMISSED, 0, "", FIRST) == 0,
			    "settle");
		}
	}
	CHECK(expire(0, 100u << 20, LATER, false).submissions == 0, "room");
	e = expire(0, 10 * BIG, LATER, false);
	CHECK(e.submissions >= 9 && e.submissions <= 12 && e.held == 1,
	    "%llu of 20", (unsigned long long)e.submissions);
	CHECK(!has_mail(1, NULL) && has_mail(2, NULL) && !has_mail(3, NULL) &&
		has_mail(20, NULL),
	    "the oldest, but for the one that waits");
	CHECK(expire(0, 10 * BIG, LATER, false).submissions <= 1, "enough");
	e = expire(0, 1, LATER, false);
	CHECK(has_mail(2, NULL) && e.held == 1 && !has_mail(20, NULL), "all");
	/* full: what waits stays, and nothing more comes in */
	zone_queue_limit(queue, 1);
	CHECK(zone_queue_add(queue, &s, "more", 4, NULL, 0, &a) == ERR_FULL,
	    "full");
	CHECK(zone_queue_add(queue, &s, "more", 4, NULL, 0, &a) == ERR_FULL,
	    "still full");
	zone_queue_limit(queue, 0);
	CHECK(zone_queue_add(queue, &s, "more", 4, NULL, 0, &a) == 0, "room");
	close_queue();
}

static void
test_many(void)
{
	struct zone_retention p = { .age = AGE, .now = LATER, .rounds = 1 };
	struct zone_expired e;

	open_queue(1 << 20);
	for (unsigned i = 0; i < 1200; i++) {
		ADD(FIRST + i, i == 700 ? "ip 203.0.114.9" : "");
	}
	e = expire(AGE, 0, LATER, true);
	CHECK(e.held == 1200 && e.dismissed == 1199, "first they wait");
	e = expire(AGE, 0, LATER, false);
	CHECK(e.dismissed == 1199 && !e.more, "%llu are dismissed",
	    (unsigned long long)e.dismissed);
	CHECK(zone_queue_expire(queue, &p, "keeper", &e) == 0 &&
		e.submissions == 500 && e.more,
	    "one round");
	e = expire(AGE, 0, LATER, false);
	CHECK(e.submissions == 699 && e.held == 1 && !e.more, "the rest");
	CHECK(expire(AGE, 0, LATER + 2 * AGE, false).items == 1199,
	    "then the items");
	CHECK(rows_of(ZONE_T_ITEMS) == 1 && rows_of(ZONE_T_SUBMISSIONS) == 1 &&
		waits("ip", "203.0.114.9") != 0,
	    "one is left");
	close_queue();
}

/* What is not readable holds everything. */
static int
damage_item(struct zone_txn *txn, void *ctx)
{
	static const uint8_t key[8] = { 0, 0, 0, 0, 0, 0, 0, 2 };

	(void)ctx;
	return zone_txn_put(txn, ZONE_T_ITEMS, key, sizeof(key), "x", 1);
}

static void
test_damage(void)
{
	struct zone_retention p = { .age = AGE, .now = LATER };
	struct zone_expired e;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	ADD(FIRST, "ip 203.0.114.10");
	CHECK(settle(1, ZONE_DISMISSED, 0, "", FIRST) == 0, "settle");
	CHECK(zone_store_write(queue->store, damage_item, NULL) == 0, "put");
	CHECK(zone_queue_expire(queue, &p, "keeper", &e) == ERR_CORRUPT,
	    "an item whose mails are not known");
	CHECK(has_mail(1, NULL), "nothing was removed");
	close_queue();
}

/* ---- packed -------------------------------------------------------------- */

static void
test_packed(void)
{
	static const size_t sizes[] = { 0, 1, 1023, 1024, 20000, 300000,
		2000000 };
	static char raw[2000000];

	open_queue(1 << 24);
	for (unsigned kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			struct zone_submission s = { .time = FIRST,
				.analysis = "{}" };
			struct zone_submission got;
			struct buf b = { 0 };
			struct zone_added a;

			if (kind == 0) { /* text */
				for (size_t k = 0; k < sizes[i]; k++) {
					raw[k] = "Buy now, it is cheap!\r\n"
					    [(k * k / 7 + k) % 23];
				}
			} else if (kind == 1) {
				noise(raw, sizes[i], (uint32_t)i);
			} else { /* packs to nearly nothing */
				memset(raw, 0, sizes[i]);
			}
			CHECK(zone_queue_add(
				  queue, &s, raw, sizes[i], NULL, 0, &a) == 0,
			    "add");
			buf_str(&b, "before");
			CHECK(zone_queue_raw(queue, a.submission, &b) == 1 &&
				b.len == 6 + sizes[i] &&
				memcmp(b.data, "before", 6) == 0 &&
				memcmp(b.data + 6, raw, sizes[i]) == 0,
			    "kind %u, %zu bytes come back", kind, sizes[i]);
			CHECK(zone_queue_submission(
				  queue, a.submission, &arena, &got) == 1 &&
				got.size == sizes[i],
			    "its size");
			buf_free(&b);
		}
	}
	close_queue();
}

/* Every byte of a packed piece, resealed: no lie comes out. */
struct piece {
	struct buf value;
	size_t flip;
};

static int
flip_fn(struct zone_txn *txn, void *ctx)
{
	struct piece *p = ctx;
	uint8_t key[QUEUE_PIECE_KEY];
	struct zone_bytes v;
	struct buf b = { 0 };
	size_t start;
	int rc;

	queue_piece_key(1, QUEUE_PIECE_PACKED, key);
	if (p->value.len == 0) {
		rc = zone_txn_get(txn, ZONE_T_RAW, key, sizeof(key), &v);
		CHECK(rc == 1, "piece");
		buf_add(&p->value, v.at, v.len);
	}
	start = zone_record_begin(&b);
	buf_add(&b, p->value.data + ZONE_RECORD_HEAD,
	    p->value.len - ZONE_RECORD_HEAD);
	b.data[ZONE_RECORD_HEAD + p->flip] ^= 0x10;
	zone_record_end(&b, start);
	rc = zone_txn_put(txn, ZONE_T_RAW, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	return rc;
}

static void
test_packed_damage(void)
{
	struct zone_submission s = { .time = FIRST, .analysis = "{}" };
	struct piece p = { .flip = 0 };
	char raw[3000];
	struct zone_added a;
	unsigned refused = 0, n;

	open_queue(1 << 20);
	for (size_t i = 0; i < sizeof(raw); i++) {
		raw[i] = "spam and eggs"[i * i % 13];
	}
	CHECK(zone_queue_add(queue, &s, raw, sizeof(raw), NULL, 0, &a) == 0,
	    "add");
	for (n = 0; n == 0 || n < p.value.len - ZONE_RECORD_HEAD; n++) {
		struct buf b = { 0 };
		int rc;

		p.flip = n;
		CHECK(zone_store_write(queue->store, flip_fn, &p) == 0, "put");
		rc = zone_queue_raw(queue, 1, &b);
		CHECK((rc == ERR_CORRUPT && b.len == 0) ||
			(rc == 1 && b.len == sizeof(raw) &&
			    memcmp(b.data, raw, b.len) == 0),
		    "byte %u: %d", n, rc);
		refused += rc == ERR_CORRUPT;
		buf_free(&b);
	}
	CHECK(refused > n / 2, "%u of %u", refused, n);
	buf_free(&p.value);
	close_queue();
}

/* ---- receipts ------------------------------------------------------------ */

static bool
due(int64_t time, const char *address, unsigned day, unsigned hour)
{
	static unsigned count;
	struct zone_submission s = { .time = time,
		.analysis = "{}",
		.receipt = address,
		.receipts_day = day,
		.receipts_hour = hour };
	struct zone_added a;
	char raw[40];

	snprintf(raw, sizeof(raw), "receipt %u", ++count);
	CHECK(zone_queue_add(queue, &s, raw, strlen(raw), NULL, 0, &a) == 0,
	    "add");
	return a.receipt;
}

#define MIDNIGHT (FIRST / DAY * DAY + DAY)

static void
test_receipts(void)
{
	struct zone_submission s = { .time = MIDNIGHT,
		.analysis = "{}",
		.receipt = "z@example.org",
		.receipts_day = 9,
		.receipts_hour = 9 };
	struct zone_added a;
	uint64_t before;
	char who[40];

	open_queue(1 << 20);
	CHECK(!due(MIDNIGHT, NULL, 9, 9), "nobody asked");
	CHECK(!due(MIDNIGHT, "a@example.org", 0, 9), "none a day");
	CHECK(!due(MIDNIGHT, "a@example.org", 9, 0), "none an hour");
	CHECK(due(MIDNIGHT, "a@example.org", 2, 99), "first");
	CHECK(due(MIDNIGHT + 1, "A@EXAMPLE.org", 2, 99), "second");
	CHECK(!due(MIDNIGHT + 2, "a@example.ORG", 2, 99), "third that day");
	CHECK(!due(MIDNIGHT + DAY - 1, "a@example.org", 2, 99), "late");
	CHECK(due(MIDNIGHT + DAY, "a@example.org", 2, 99), "another day");
	CHECK(zone_queue_add(queue, &s, "dup", 3, NULL, 0, &a) == 0 &&
		a.receipt &&
		zone_queue_add(queue, &s, "dup", 3, NULL, 0, &a) == 0 &&
		a.duplicate && !a.receipt,
	    "none for the very same mail");
	before = rows_of(ZONE_T_META);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(who, sizeof(who), "u%u@example.org", i);
		CHECK(due(MIDNIGHT + 10 * DAY + i, who, 1, 40) == (i < 40),
		    "%u in an hour", i);
	}
	CHECK(due(MIDNIGHT + 10 * DAY + 3600, "v@example.org", 1, 40),
	    "another hour");
	for (unsigned i = 0; i < 5; i++) {
		snprintf(who, sizeof(who), "w%u@example.org", i);
		CHECK(due(MIDNIGHT + 20 * DAY, who, 1, 40), "much later");
	}
	CHECK(rows_of(ZONE_T_META) <= before + 5, "old ones are forgotten");
	close_queue();
}

int
main(void)
{
	test_rows();
	test_shared();
	test_items();
	test_again();
	test_size();
	test_many();
	test_damage();
	test_packed();
	test_packed_damage();
	test_receipts();
	return failures != 0;
}
