/* What the queue does with bytes it never wrote: says so, and goes on. */
#include "base/digest.h"
#include "queue.h"
#include "zone/record.h"

/* ---- hands inside the store -------------------------------------------- */

struct hand {
	enum zone_table table;
	uint8_t key[QUEUE_PIECE_KEY];
	size_t klen;
	struct buf value; /* read into, written from */
};

static struct hand
hand(enum zone_table table, uint64_t id)
{
	struct hand h = { .table = table, .klen = QUEUE_ID_KEY };

	queue_id_key(id, h.key);
	return h;
}

static int
take_fn(struct zone_txn *txn, void *ctx)
{
	struct hand *h = ctx;
	struct zone_bytes v;
	int rc = zone_txn_get(txn, h->table, h->key, h->klen, &v);

	buf_clear(&h->value);
	if (rc == 1) {
		buf_add(&h->value, v.at, v.len);
	}
	return rc;
}

static void
take(struct hand *h)
{
	CHECK(zone_store_read(queue->store, take_fn, h) == 1, "no row");
}

static int
give_fn(struct zone_txn *txn, void *ctx)
{
	struct hand *h = ctx;

	return zone_txn_put(
	    txn, h->table, h->key, h->klen, h->value.data, h->value.len);
}

static void
give(struct hand *h)
{
	CHECK(zone_store_write(queue->store, give_fn, h) == 0, "put");
}

static int
remove_fn(struct zone_txn *txn, void *ctx)
{
	struct hand *h = ctx;

	return zone_txn_del(txn, h->table, h->key, h->klen);
}

static void
remove_row(struct hand *h)
{
	CHECK(zone_store_write(queue->store, remove_fn, h) == 1, "no row");
}

/* Make head and CRC right again, as somebody who knows the format would. */
static void
reseal(struct buf *b)
{
	struct buf copy = { 0 };
	size_t start = zone_record_begin(&copy);

	if (b->len > ZONE_RECORD_HEAD) {
		buf_add(&copy, b->data + ZONE_RECORD_HEAD,
		    b->len - ZONE_RECORD_HEAD);
	}
	zone_record_end(&copy, start);
	buf_clear(b);
	buf_add(b, copy.data, copy.len);
	buf_free(&copy);
}

/* ---- items ------------------------------------------------------------- */

/* The record of a waiting and voted item with something of everything. */
static void
full_item(struct buf *b)
{
	const char *why[] = { "boundary", "helo" };
	struct zone_candidate c[] = {
		{ "ip", "203.0.114.9", ZONE_ADVICE_LIST, ZONE_CERTAIN, why, 2 },
		{ "address", "a@example.gr", ZONE_ADVICE_NEVER, ZONE_UNSURE,
		    NULL, 0 },
	};
	struct zone_evidence e[] = { { 1, 0, FIRST, "a@example.org" },
		{ 2, 3, FIRST, "" } };
	struct zone_vote v[] = { { "ada", 1, 1, FIRST, "sure", false,
		false, 0 } };
	struct zone_item item = {
		.id = 1,
		.version = 3,
		.subject = "Buy",
		.from = "x@example.gr",
		.candidates = c,
		.n_candidates = 2,
		.evidence = e,
		.n_evidence = 2,
		.votes = v,
		.n_votes = 1,
		.count = 2,
		.origin = { "203.0.114.9", "mail.example", "h.example.gr",
		    "bounce@example.gr", "attachment", "pipe", 1, 3 },
	};

	CHECK(queue_item_encode(&item, span("", 0), b) == 0, "encode");
}

/* Every bit of a record, with its CRC left as it is and made right again. In
 * the second case any answer is right that is no crash and no lie about
 * memory; the sanitizers watch. */
#define TERMS 19 /* bytes: the terms of one vote, and how many */

static void
test_every_bit(void)
{
	struct buf good = { 0 }, bad = { 0 };
	static const char *const words[] = { "203.0.114.9", "mail.example",
		"h.example.gr", "bounce@example.gr", "attachment", "pipe" };
	struct queue_stored stored;
	unsigned refused = 0;
	size_t origin = 2; /* bytes of it, at the end */

	full_item(&good);
	CHECK(queue_item_decode(
		  (struct zone_bytes){ (uint8_t *)good.data, good.len }, 1,
		  &arena, &stored) == 0 &&
		stored.item.submitters == 2 && stored.item.n_votes == 1 &&
		stored.tail.len == 0 && stored.item.origin.knowns == 3 &&
		strcmp(stored.item.origin.rdns, "h.example.gr") == 0,
	    "the good one");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		origin += 4 + strlen(words[i]);
	}
	CHECK(queue_item_decode(
		  (struct zone_bytes){ (uint8_t *)good.data, good.len }, 2,
		  &arena, &stored) == ERR_CORRUPT,
	    "under another key");
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		for (int sealed = 0; sealed < 2; sealed++) {
			int rc;

			buf_clear(&bad);
			buf_add(&bad, good.data, good.len);
			bad.data[bit / 8] ^= (char)(1 << bit % 8);
			if (sealed) {
				reseal(&bad);
			}
			rc = queue_item_decode(
			    (struct zone_bytes){ (uint8_t *)bad.data, bad.len },
			    1, &arena, &stored);
			CHECK(rc == ERR_CORRUPT || (sealed && rc == 0),
			    "bit %zu, sealed %d: %d", bit, sealed, rc);
			refused += sealed && rc < 0;
			arena_free(&arena);
		}
	}
	CHECK(refused > 0, "resealed damage is seen too");
	for (size_t len = 0; len < good.len; len++) {
		buf_clear(&bad);
		buf_add(&bad, good.data, len);
		CHECK(queue_item_decode(
			  (struct zone_bytes){ (uint8_t *)bad.data, len }, 1,
			  &arena, &stored) == ERR_CORRUPT,
		    "cut to %zu", len);
		reseal(&bad);
		/* there ended what was written before reporters, or where
		 * it came from, or the terms of votes were kept */
		CHECK(queue_item_decode(
			  (struct zone_bytes){ (uint8_t *)bad.data, bad.len },
			  1, &arena, &stored) ==
			(len == good.len - TERMS ||
				    len == good.len - TERMS - origin ||
				    len == good.len - TERMS - origin - 2
				? 0
				: ERR_CORRUPT),
		    "cut to %zu and sealed", len);
		arena_free(&arena);
	}
	buf_free(&good);
	buf_free(&bad);
}

static const struct {
	const char *name;
	unsigned candidates, evidence, votes;
	int want;
} amounts[] = {
	{ "as many as there may be", QUEUE_CANDIDATES, QUEUE_EVIDENCE,
	    QUEUE_VOTES, 0 },
	{ "candidates", QUEUE_CANDIDATES + 1, 0, 0, ERR_RANGE },
	{ "evidence", 0, QUEUE_EVIDENCE + 1, 0, ERR_RANGE },
	{ "votes", 0, 0, QUEUE_VOTES + 1, ERR_RANGE },
};

static void
test_amounts(void)
{
	static struct zone_candidate c[QUEUE_CANDIDATES + 1];
	static struct zone_evidence e[QUEUE_EVIDENCE + 1];
	static struct zone_vote v[QUEUE_VOTES + 1];
	struct queue_stored stored;

	for (size_t i = 0; i < COUNT(c); i++) {
		c[i].list = "ip";
		c[i].key = "k";
	}
	for (size_t i = 0; i < COUNT(amounts); i++) {
		struct zone_item item = { .id = 5,
			.candidates = c,
			.n_candidates = amounts[i].candidates,
			.evidence = e,
			.n_evidence = amounts[i].evidence,
			.votes = v,
			.n_votes = amounts[i].votes };
		struct buf b = { 0 };
		int rc = queue_item_encode(&item, span("later", 5), &b);

		CHECK(rc == amounts[i].want, "%s: %d", amounts[i].name, rc);
		if (rc == 0) {
			rc = queue_item_decode(
			    (struct zone_bytes){ (uint8_t *)b.data, b.len }, 5,
			    &arena, &stored);
			CHECK(rc == 0 && stored.item.n_votes == QUEUE_VOTES &&
				stored.tail.len == 5 &&
				memcmp(stored.tail.at, "later", 5) == 0,
			    "%s: %d", amounts[i].name, rc);
		}
		buf_free(&b);
	}
	arena_free(&arena);
}

/* The bytes themselves: a change of them must be a decision. */
static void
test_golden(void)
{
	static const char want[] = "01000000467e35f982010000" /* head: version,
	                                                         CRC, length */
				   "0100000000000000"         /* id */
				   "03000000"                 /* version */
				   "00000000"                 /* state */
				   "0000000000000000"         /* first */
				   "0000000000000000"         /* last */
				   "02000000"                 /* count */
				   "0000000000000000"         /* settled */
				   "0000000000000000"         /* serial */
				   "00000000"                 /* approved */
				   "03000000427579"           /* subject */
				   "0c00000078406578616d706c652e6772" /* from */
				   "0000000000000000" /* settled by, reason */
				   "02000200000069700b0000003230332e302e3131342"
				   "e390000020008" /* candidates
	                                            */
				   "000000626f756e646172790400000068656c6f07000"
				   "0006164647265"
				   "73730c00000061406578616d706c652e67720302000"
				   "0"
				   "0200010000000000000000000000803bb16a0000000"
				   "00d0000006140" /* evidence
	                                            */
				   "6578616d706c652e6f7267020000000000000003000"
				   "000803bb16a00"
				   "00000000000000"
				   "0100030000006164610100000001000000803bb16a0"
				   "0000000040000" /* votes
	                                            */
				   "0073757265"
				   "0000" /* reporters */
				   "0b0000003230332e302e3131342e39" /* relay */
				   "0c0000006d61696c2e6578616d706c65" /* HELO */
				   "0c000000682e6578616d706c652e6772" /* rDNS */
				   "11000000626f756e6365406578616d706c652e67"
				   "72"                           /* envelope */
				   "0a0000006174746163686d656e74" /* kind */
				   "0400000070697065"             /* road */
				   "0103" /* known: newest, all */
				   "0100"
				   "803bb16a00000000"
				   "000000000000000000"; /* terms of votes */
	struct buf b = { 0 };
	char *hex;

	full_item(&b);
	hex = arena_alloc(&arena, b.len * 2 + 1);
	digest_hex((uint8_t *)b.data, b.len, hex);
	CHECK(strcmp(hex, want) == 0, "%s", hex);
	buf_free(&b);
	arena_free(&arena);
}

static void
test_damaged_item(void)
{
	struct hand h = hand(ZONE_T_ITEMS, 1);
	struct zone_item item, *items;
	struct zone_added a;
	uint64_t total;
	size_t n;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	ADD(FIRST + 1, "ip 203.0.114.10");
	take(&h);
	h.value.data[40] ^= 1;
	give(&h);
	CHECK(zone_queue_get(queue, 1, &arena, &item) == ERR_CORRUPT, "get");
	CHECK(settle(1, ZONE_DISMISSED, 0, "", FIRST) == ERR_CORRUPT, "change");
	CHECK(zone_queue_list(queue, ZONE_WAITING, 0, 10, &arena, &items, &n,
		  &total) == 0 &&
		n == 2 && total == 2 && items[0].id == 1 &&
		strstr(items[0].subject, "damaged") != NULL &&
		items[0].n_candidates == 0 &&
		strcmp(items[1].subject, "Buy") == 0,
	    "a page shows it");
	a = ADD(FIRST + 2, "ip 203.0.114.9");
	CHECK(a.new_items == 1 && waits("ip", "203.0.114.9") == 3,
	    "mail comes in all the same");
	remove_row(&h);
	CHECK(zone_queue_get(queue, 1, &arena, &item) == 0, "gone");
	CHECK(zone_queue_list(queue, ZONE_WAITING, 0, 10, &arena, &items, &n,
		  &total) == 0 &&
		n == 3 && strstr(items[0].subject, "damaged") != NULL,
	    "a page shows that it is gone");
	buf_free(&h.value);
	close_queue();
}

static int
same_fn(struct zone_item *item, struct arena *a, void *ctx)
{
	(void)item;
	(void)a;
	(void)ctx;
	return 0;
}

static void
test_tail(void)
{
	struct hand h = hand(ZONE_T_ITEMS, 1);

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	take(&h);
	buf_str(&h.value, "from a later version");
	reseal(&h.value);
	give(&h);
	ADD(FIRST + 1, "ip 203.0.114.9");
	CHECK(zone_queue_change(queue, 1, "ada", "touch", same_fn, NULL) == 0,
	    "change");
	CHECK(get_item(1).version == 2, "version");
	take(&h);
	CHECK(memcmp(h.value.data + h.value.len - 20, "from a later version",
		  20) == 0,
	    "kept");
	buf_free(&h.value);
	close_queue();
}

/* ---- other rows -------------------------------------------------------- */

static void
test_mail(void)
{
	struct zone_submission s = { .time = FIRST, .analysis = "{}" };
	struct hand piece = { .table = ZONE_T_RAW, .klen = QUEUE_PIECE_KEY };
	struct hand row = hand(ZONE_T_SUBMISSIONS, 1);
	static char mail[2 * QUEUE_PIECE];
	struct buf raw = { 0 };
	struct zone_added a;

	open_queue(1 << 20);
	CHECK(zone_queue_add(queue, &s, mail, sizeof(mail), NULL, 0, &a) == 0,
	    "add");
	queue_piece_key(1, 1, piece.key);
	take(&piece);
	piece.value.data[1000] ^= 1;
	give(&piece);
	buf_str(&raw, "kept");
	CHECK(zone_queue_raw(queue, 1, &raw) == ERR_CORRUPT && raw.len == 4 &&
		strcmp(raw.data, "kept") == 0,
	    "damaged piece");
	piece.value.data[1000] ^= 1;
	buf_str(&piece.value, "x");
	reseal(&piece.value);
	give(&piece);
	CHECK(zone_queue_raw(queue, 1, &raw) == ERR_CORRUPT, "longer piece");
	piece.value.len = ZONE_RECORD_HEAD;
	reseal(&piece.value);
	give(&piece);
	CHECK(zone_queue_raw(queue, 1, &raw) == ERR_CORRUPT, "empty piece");
	remove_row(&piece);
	CHECK(zone_queue_raw(queue, 1, &raw) == ERR_CORRUPT, "lost piece");
	CHECK(zone_queue_submission(queue, 1, &arena, &s) == 1,
	    "the rest can be read");
	queue_piece_key(1, QUEUE_PIECE_ANALYSIS, piece.key);
	remove_row(&piece);
	CHECK(zone_queue_submission(queue, 1, &arena, &s) == ERR_CORRUPT,
	    "lost analysis");
	take(&row);
	row.value.data[20] ^= 1;
	give(&row);
	CHECK(zone_queue_raw(queue, 1, &raw) == ERR_CORRUPT, "submission");
	buf_free(&raw);
	buf_free(&piece.value);
	buf_free(&row.value);
	close_queue();
}

static void
test_counters(void)
{
	struct hand h = { .table = ZONE_T_META, .klen = 5 };
	struct zone_submission s = { .time = FIRST };
	struct zone_added a;
	uint64_t counts[3];

	memcpy(h.key, "queue", 5);
	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	take(&h);
	h.value.data[13] ^= 1;
	give(&h);
	CHECK(zone_queue_counts(queue, counts) == ERR_CORRUPT, "damaged");
	CHECK(zone_queue_add(queue, &s, "y", 1, NULL, 0, &a) == ERR_CORRUPT,
	    "no number is given twice");
	remove_row(&h);
	CHECK(zone_queue_counts(queue, counts) == ERR_CORRUPT, "gone");
	buf_free(&h.value);
	close_queue();
}

/* ---- the chain --------------------------------------------------------- */

enum trick { NONE, FLIP, REWRITE, DROP, DROP_LAST, SWAP, APPEND };

static const struct {
	const char *name;
	enum trick trick;
	int want;
	const char *says;
} tricks[] = {
	{ "untouched", NONE, 0, "" },
	{ "a flipped bit", FLIP, ERR_CORRUPT, "event 3 " },
	{ "a reason rewritten, CRC right", REWRITE, ERR_CORRUPT, "event 3 " },
	{ "a row dropped", DROP, ERR_CORRUPT, "event 3 " },
	{ "the last row dropped", DROP_LAST, ERR_CORRUPT, "say 5" },
	{ "another row in its place", SWAP, ERR_CORRUPT, "event 3 " },
	{ "a row appended", APPEND, ERR_CORRUPT, "event 6 " },
};

static void
test_chain(void)
{
	struct zone_queue_event *log;
	size_t n;

	for (size_t i = 0; i < COUNT(tricks); i++) {
		struct hand h = hand(ZONE_T_EVENTS, 3);
		struct hand five = hand(ZONE_T_EVENTS, 5);
		struct hand six = hand(ZONE_T_EVENTS, 6);
		struct err_text why = { "" };
		uint64_t rows = 99;
		int rc;

		open_queue(1 << 20);
		ADD(FIRST, "ip 203.0.114.9");
		for (int k = 0; k < 5; k++) {
			CHECK(settle(1,
				  k % 2 == 0 ? ZONE_DISMISSED : ZONE_WAITING, 0,
				  "reason", FIRST) == 0,
			    "settle");
		}
		take(&h);
		take(&five);
		switch (tricks[i].trick) {
		case NONE: break;
		case FLIP:
			h.value.data[h.value.len - 1] ^= 1;
			give(&h);
			break;
		case REWRITE:
			h.value.data[h.value.len - 1] ^= 1;
			reseal(&h.value);
			give(&h);
			break;
		case DROP: remove_row(&h); break;
		case DROP_LAST: remove_row(&five); break;
		case SWAP:
			memcpy(five.key, h.key, sizeof(h.key));
			give(&five);
			break;
		case APPEND:
			memcpy(five.key, six.key, sizeof(six.key));
			give(&five);
			break;
		}
		rc = zone_queue_verify(queue, &rows, &why);
		CHECK(rc == tricks[i].want, "%s: %d", tricks[i].name, rc);
		CHECK(rows == (rc == 0 ? 5 : 99), "%s: rows", tricks[i].name);
		CHECK(strstr(why.text, tricks[i].says) != NULL, "%s: \"%s\"",
		    tricks[i].name, why.text);
		CHECK(zone_queue_log(queue, UINT64_MAX, 9, &arena, &log, &n) ==
			    0 &&
			n >= 4 && n <= 5,
		    "%s: the log can be shown, %zu", tricks[i].name, n);
		buf_free(&h.value);
		buf_free(&five.value);
		close_queue();
	}
}

int
main(void)
{
	test_every_bit();
	test_amounts();
	test_golden();
	test_damaged_item();
	test_tail();
	test_mail();
	test_counters();
	test_chain();
	return failures != 0;
}
