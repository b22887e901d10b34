/* Mails in, items out: merging, settling, listing. */
#include <sys/wait.h>

#include "queue.h"

/* ---- merging ----------------------------------------------------------- */

/* Each row adds one mail with one report to the same queue. */
static const struct {
	const char *name, *candidates;
	uint64_t item;  /* that it becomes or joins */
	unsigned count; /* of that item, after it */
	unsigned n_candidates;
	unsigned version; /* one more report does not change it */
} merges[] = {
	{ "the first", "ip 203.0.114.9", 1, 1, 1, 1 },
	{ "the same", "ip 203.0.114.9", 1, 2, 1, 1 },
	{ "another", "ip 203.0.114.10", 2, 1, 1, 1 },
	{ "same key, other list", "trap 203.0.114.9", 3, 1, 1, 1 },
	{ "brings a candidate", "ip 203.0.114.9, address a@example.gr", 1, 3, 2,
	    2 },
	{ "joins by that one", "address a@example.gr", 1, 4, 2, 2 },
	{ "second candidate does not count", "ip 203.0.114.11, ip 203.0.114.9",
	    4, 1, 2, 1 },
	{ "never is passed over", "-ip 198.51.101.1, ip 203.0.114.9", 1, 5, 3,
	    3 },
	{ "never is not waited for", "ip 198.51.101.1", 5, 1, 1, 1 },
	{ "only never", "-ip 203.0.114.9", 6, 1, 1, 1 },
	{ "only never, again", "-ip 203.0.114.9", 7, 1, 1, 1 },
	{ "nothing", "", 8, 1, 0, 1 },
	{ "nothing, again", "", 9, 1, 0, 1 },
	{ "twice in one report", "ip 203.0.114.12, ip 203.0.114.12", 10, 1, 1,
	    1 },
	{ "key is case sensitive text", "address A@example.gr", 11, 1, 1, 1 },
	{ "list and key do not run together", "i p203.0.114.9", 12, 1, 1, 1 },
};

/* Where it came from: the first relay that is known stays, the rest is the
 * newest report's. */
static void
test_origin(void)
{
	static const struct {
		const char *relay, *helo, *envelope, *kind;
		uint8_t known;
		const char *want; /* relay helo rdns envelope kind known all */
	} reports[] = {
		{ NULL, "x", NULL, NULL, 0, "|||| 0 1" },
		{ "", "x", "e1", "raw", 2, "|||e1|raw 2 5" },
		{ "203.0.114.9", "h2", "e2", "arf", 1,
		    "203.0.114.9|h2|r|e2|arf 1 7" },
		{ "203.0.114.7", "h3", "e3", "raw", 0,
		    "203.0.114.9|h2|r|e2|raw 0 7" },
	};
	struct zone_candidate c = { .list = "ip", .key = "203.0.114.9" };
	struct zone_item item;
	struct zone_added a;
	char raw[8], got[400];

	open_queue(1 << 20);
	for (unsigned i = 0; i < COUNT(reports); i++) {
		struct zone_report r = { .candidates = &c,
			.n_candidates = 1,
			.relay = reports[i].relay,
			.helo = reports[i].helo,
			.rdns = "r",
			.envelope_from = reports[i].envelope };
		struct zone_submission s = { .time = FIRST + i,
			.kind = reports[i].kind,
			.road = "pipe",
			.known = reports[i].known };

		snprintf(raw, sizeof(raw), "%u", i);
		CHECK(
		    zone_queue_add(queue, &s, raw, strlen(raw), &r, 1, &a) == 0,
		    "%u", i);
		item = get_item(1);
		snprintf(got, sizeof(got), "%s|%s|%s|%s|%s %u %u",
		    item.origin.relay, item.origin.helo, item.origin.rdns,
		    item.origin.envelope_from, item.origin.kind,
		    item.origin.known, item.origin.knowns);
		CHECK(strcmp(got, reports[i].want) == 0, "%u: %s", i, got);
	}
	close_queue();
}

struct walk {
	char seen[200];
	int stop; /* at this item */
};

static int
walk(const struct zone_item *item, void *ctx)
{
	struct walk *w = ctx;
	size_t n = strlen(w->seen);

	snprintf(w->seen + n, sizeof(w->seen) - n, "%llu ",
	    (unsigned long long)item->id);
	return w->stop == (int)item->id ? 7 : 0;
}

static void
test_scan(void)
{
	struct walk w = { "", 0 };

	open_queue(1 << 20);
	CHECK(zone_queue_scan(queue, ZONE_WAITING, walk, &w) == 0 &&
		w.seen[0] == '\0',
	    "nothing: %s", w.seen);
	ADD(FIRST + 5, "ip 203.0.114.1");
	ADD(FIRST + 3, "ip 203.0.114.2");
	ADD(FIRST + 4, "ip 203.0.114.3");
	ADD(FIRST + 4, "ip 203.0.114.4");
	ADD(FIRST + 9, "ip 203.0.114.5");
	CHECK(settle(1, ZONE_DISMISSED, 0, "", FIRST + 20) == 0 &&
		settle(5, ZONE_DISMISSED, 0, "", FIRST + 10) == 0,
	    "settle");
	CHECK(zone_queue_scan(queue, ZONE_WAITING, walk, &w) == 0 &&
		strcmp(w.seen, "2 3 4 ") == 0,
	    "oldest first: %s", w.seen);
	w = (struct walk){ "", 3 };
	CHECK(zone_queue_scan(queue, ZONE_WAITING, walk, &w) == 7 &&
		strcmp(w.seen, "2 3 ") == 0,
	    "until it is enough: %s", w.seen);
	w = (struct walk){ "", 0 };
	CHECK(zone_queue_scan(queue, ZONE_DISMISSED, walk, &w) == 0 &&
		strcmp(w.seen, "1 5 ") == 0,
	    "settled newest first: %s", w.seen);
	CHECK(zone_queue_scan(queue, (enum zone_item_state)3, walk, &w) ==
		ERR_RANGE,
	    "no such state");
	close_queue();
}

static void
test_merge(void)
{
	uint64_t counts[3], top = 0;

	open_queue(1 << 20);
	for (size_t i = 0; i < COUNT(merges); i++) {
		int64_t now = FIRST + (int64_t)i;
		struct zone_added a = ADD(now, merges[i].candidates);
		struct zone_item item = get_item(merges[i].item);
		bool joined = merges[i].item <= top;

		top = joined ? top : merges[i].item;
		CHECK(!a.duplicate && a.submission == i + 1, "%s",
		    merges[i].name);
		CHECK(a.joined == joined && a.new_items == !joined, "%s",
		    merges[i].name);
		CHECK(item.count == merges[i].count &&
			item.version == merges[i].version,
		    "%s: count %u version %u", merges[i].name, item.count,
		    item.version);
		CHECK(item.n_candidates == merges[i].n_candidates, "%s: %u",
		    merges[i].name, item.n_candidates);
		CHECK(item.last == now, "%s", merges[i].name);
		CHECK(item.n_evidence == item.count &&
			item.evidence[item.n_evidence - 1].submission == i + 1,
		    "%s: evidence", merges[i].name);
		CHECK(item.submitters == 1, "%s", merges[i].name);
	}
	CHECK(waits("ip", "203.0.114.9") == 1, "first keeps the row");
	CHECK(waits("ip", "203.0.114.99") == 0, "unknown");
	CHECK(zone_queue_counts(queue, counts) == 0 &&
		counts[ZONE_WAITING] == top && counts[1] + counts[2] == 0,
	    "counts");
	close_queue();
}

static void
test_several_reports(void)
{
	struct zone_added a;
	struct zone_item item;

	open_queue(1 << 20);
	a = ADD(FIRST, "ip 203.0.114.9", "ip 203.0.114.10",
	    "ip 203.0.114.9, address b@example.gr");
	CHECK(a.new_items == 2 && a.joined == 1, "%u new, %u joined",
	    a.new_items, a.joined);
	item = get_item(1);
	CHECK(item.count == 2 && item.n_evidence == 1, "one submission: %u",
	    item.n_evidence);
	add_mail(FIRST + 1, "b@example.org",
	    (const char *[]){ "ip 203.0.114.9", NULL });
	add_mail(FIRST - 5, "b@example.org",
	    (const char *[]){ "ip 203.0.114.9", NULL });
	item = get_item(1);
	CHECK(item.submitters == 2 && item.n_evidence == 3, "submitters %u",
	    item.submitters);
	CHECK(item.first == FIRST - 5 && item.last == FIRST + 1, "times");
	for (int i = 0; i < 60; i++) {
		ADD(FIRST + 10 + i, "ip 203.0.114.9");
	}
	item = get_item(1);
	CHECK(item.count == 64 && item.n_evidence == QUEUE_EVIDENCE, "%u, %u",
	    item.count, item.n_evidence);
	CHECK(item.evidence[0].time == FIRST + 20 &&
		item.evidence[49].time == FIRST + 69,
	    "the newest are kept");
	CHECK(waits("address", "b@example.gr") == 1, "joined candidate");
	close_queue();
}

static void
test_many_candidates(void)
{
	struct buf text = { 0 };
	struct zone_item item;

	open_queue(1 << 20);
	for (int i = 0; i < 20; i++) {
		buf_fmt(&text, "ip 203.0.114.%d,", i);
	}
	ADD(FIRST, text.data);
	item = get_item(1);
	CHECK(item.n_candidates == QUEUE_CANDIDATES_MADE, "%u",
	    item.n_candidates);
	CHECK(waits("ip", "203.0.114.15") == 1, "the last kept");
	CHECK(waits("ip", "203.0.114.16") == 0, "the first not kept");
	ADD(FIRST, "ip 203.0.114.0, ip 203.0.114.30");
	item = get_item(1);
	CHECK(item.n_candidates == 16 && item.count == 2, "full is full");
	buf_free(&text);
	close_queue();
}

/* ---- whole mails ------------------------------------------------------- */

static void
test_duplicate(void)
{
	struct zone_submission s = { .time = FIRST,
		.submitter = "a@example.org",
		.road = "trap",
		.kind = "raw",
		.analysis = "{\"kind\":\"raw\"}" };
	struct zone_submission got;
	struct zone_added a = { 0 };
	struct buf raw = { 0 };
	uint64_t counts[3];

	open_queue(1 << 20);
	CHECK(zone_queue_add(queue, &s, "x\0y", 3, NULL, 0, &a) == 0 &&
		!a.duplicate && a.new_items == 1,
	    "no report makes an item");
	CHECK(get_item(1).subject[0] == '\0', "empty subject");
	CHECK(zone_queue_add(queue, &s, "x\0y", 3, NULL, 0, &a) == 0 &&
		a.duplicate && a.submission == 1 && a.new_items == 0 &&
		a.joined == 0,
	    "the same");
	CHECK(zone_queue_add(queue, &s, "x\0z", 3, NULL, 0, &a) == 0 &&
		!a.duplicate && a.submission == 2,
	    "differs behind a NUL");
	CHECK(zone_queue_add(queue, &s, NULL, 0, NULL, 0, &a) == 0 &&
		!a.duplicate && a.submission == 3,
	    "empty");
	CHECK(zone_queue_add(queue, &s, "", 0, NULL, 0, &a) == 0 &&
		a.duplicate && a.submission == 3,
	    "empty again");
	CHECK(
	    zone_queue_counts(queue, counts) == 0 && counts[0] == 3, "counts");
	CHECK(zone_queue_submission(queue, 1, &arena, &got) == 1 &&
		got.id == 1 && got.time == FIRST && got.size == 3 &&
		strcmp(got.submitter, "a@example.org") == 0 &&
		strcmp(got.road, "trap") == 0 && strcmp(got.kind, "raw") == 0 &&
		strcmp(got.analysis, s.analysis) == 0,
	    "submission");
	CHECK(zone_queue_submission(queue, 4, &arena, &got) == 0, "none");
	buf_str(&raw, "before ");
	CHECK(zone_queue_raw(queue, 1, &raw) == 1 && raw.len == 10 &&
		memcmp(raw.data, "before x\0y", 10) == 0,
	    "raw is appended");
	CHECK(zone_queue_raw(queue, 4, &raw) == 0 && raw.len == 10, "none");
	buf_free(&raw);
	close_queue();
}

static const size_t sizes[] = { 1, QUEUE_PIECE - 1, QUEUE_PIECE,
	QUEUE_PIECE + 1, 3 * QUEUE_PIECE, 32 << 20 };

static void
test_sizes(void)
{
	char *mail = malloc(32 << 20);
	char *analysis = malloc(QUEUE_ANALYSIS + 2);
	uint32_t x = 1;

	if (mail == NULL || analysis == NULL) {
		exit(99);
	}
	for (size_t i = 0; i < 32 << 20; i++) {
		x = x * 1664525 + 1013904223;
		mail[i] = (char)(x >> 24);
	}
	memset(analysis, 'j', QUEUE_ANALYSIS + 1);
	open_queue(1 << 20);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct zone_submission s = { .time = FIRST,
			.analysis = analysis },
				       got;
		struct buf raw = { 0 };
		struct zone_added a;
		int rc;

		analysis[QUEUE_ANALYSIS] = '\0';
		rc = zone_queue_add(queue, &s, mail, sizes[i], NULL, 0, &a);
		CHECK(rc == 0, "%zu: %s", sizes[i], err_str(rc));
		rc = zone_queue_raw(queue, a.submission, &raw);
		CHECK(rc == 1 && raw.len == sizes[i] &&
			memcmp(raw.data, mail, raw.len) == 0,
		    "%zu: %s", sizes[i], err_str(rc));
		CHECK(zone_queue_submission(
			  queue, a.submission, &arena, &got) == 1 &&
			strcmp(got.analysis, analysis) == 0,
		    "%zu: analysis", sizes[i]);
		buf_clear(&raw);
		buf_str(&raw, "12");
		raw.limit = sizes[i] + 1;
		CHECK(zone_queue_raw(queue, a.submission, &raw) == ERR_NOMEM,
		    "%zu: limit", sizes[i]);
		buf_free(&raw);
		arena_free(&arena);
		analysis[QUEUE_ANALYSIS] = 'j';
		analysis[QUEUE_ANALYSIS + 1] = '\0';
		CHECK(
		    zone_queue_add(queue, &s, "n", 1, NULL, 0, &a) == ERR_RANGE,
		    "analysis too long");
	}
	close_queue();
	free(analysis);
	free(mail);
}

static const struct {
	const char *name, *list, *key;
	int advice, confidence;
} refused[] = {
	{ "no list", "", "203.0.114.9", 0, 0 },
	{ "no key", "ip", "", 0, 0 },
	{ "NULL list", NULL, "203.0.114.9", 0, 0 },
	{ "NULL key", "ip", NULL, 0, 0 },
	{ "key is no UTF-8", "ip", "\xff", 0, 0 },
	{ "list is no UTF-8", "i\xc3", "x", 0, 0 },
	{ "advice", "ip", "x", 4, 0 },
	{ "negative advice", "ip", "x", -1, 0 },
	{ "confidence", "ip", "x", 0, 3 },
};

static void
test_refused(void)
{
	struct zone_submission s = { .time = FIRST };
	struct zone_added a;
	char longest[QUEUE_KEY + 2];
	uint64_t counts[3];

	open_queue(1 << 20);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct zone_candidate c = { refused[i].list, refused[i].key,
			(enum zone_advice)refused[i].advice,
			(enum zone_confidence)refused[i].confidence, NULL, 0 };
		struct zone_report r = { .subject = "",
			.from = "",
			.candidates = &c,
			.n_candidates = 1 };

		CHECK(zone_queue_add(queue, &s, "n", 1, &r, 1, &a) == ERR_RANGE,
		    "%s", refused[i].name);
	}
	memset(longest, 'k', sizeof(longest));
	longest[QUEUE_KEY + 1] = '\0';
	{
		struct zone_candidate c = { .list = "ip", .key = longest };
		struct zone_report r = { .subject = "",
			.from = "",
			.candidates = &c,
			.n_candidates = 1 };

		CHECK(zone_queue_add(queue, &s, "n", 1, &r, 1, &a) == ERR_RANGE,
		    "key too long");
		CHECK(waits("ip", longest) == 0, "too long to wait for");
		longest[QUEUE_KEY] = '\0';
		CHECK(zone_queue_add(queue, &s, "n", 1, &r, 1, &a) == 0,
		    "longest key");
		CHECK(waits("ip", longest) == 1, "longest key");
		longest[QUEUE_KEY - 1] = 'l';
		CHECK(waits("ip", longest) == 0, "differs at its end only");
	}
	CHECK(zone_queue_counts(queue, counts) == 0 && counts[0] == 1,
	    "refused leaves nothing");
	close_queue();
}

/* ---- hostile text ------------------------------------------------------ */

static const struct {
	const char *name, *in, *out; /* NULL: as it is */
} texts[] = {
	{ "plain", "Buy now", NULL },
	{ "Greek", "\xce\x91\xce\xb3\xce\xbf\xcf\x81\xce\xac", NULL },
	{ "control characters stay data", "a\r\nb\x1b[2J", NULL },
	{ "markup stays data", "<script>'\"&", NULL },
	{ "bidi",
	    "\xe2\x80\xae"
	    "exe.cod",
	    NULL },
	{ "no UTF-8", "\xe1\xe2", "\xc3\xa1\xc3\xa2" },
	{ "half a character", "a\xe2\x82", "a\xc3\xa2\xc2\x82" },
	{ "surrogate", "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xc2\x80" },
	{ "NULL", NULL, "" },
};

static void
test_text(void)
{
	struct zone_submission s = { .time = FIRST };
	char raw[16], big[4001];
	struct zone_item item;
	struct zone_added a;
	size_t n;

	open_queue(1 << 20);
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *want =
		    texts[i].out != NULL ? texts[i].out : texts[i].in;
		const char *why[] = { texts[i].in };
		struct zone_candidate c = { "ip", "k", ZONE_ADVICE_NEVER,
			ZONE_CERTAIN, why, 1 };
		struct zone_report r = { .subject = texts[i].in,
			.from = texts[i].in,
			.candidates = &c,
			.n_candidates = 1 };

		s.submitter = texts[i].in;
		snprintf(raw, sizeof(raw), "%zu", i);
		CHECK(
		    zone_queue_add(queue, &s, raw, strlen(raw), &r, 1, &a) == 0,
		    "%s", texts[i].name);
		item = get_item(i + 1);
		CHECK(strcmp(item.subject, want) == 0 &&
			strcmp(item.from, want) == 0 &&
			strcmp(item.evidence[0].submitter, want) == 0 &&
			strcmp(item.candidates[0].why[0], want) == 0,
		    "%s: %s", texts[i].name, item.subject);
	}
	/* Cut between characters whatever their length and where it falls. */
	for (size_t shift = 0; shift < 4; shift++) {
		static const char *const chars[] = { "a", "\xce\xb1",
			"\xe2\x82\xac", "\xf0\x9f\x93\xa7", "\xff", "\x80" };

		for (size_t k = 0; k < COUNT(chars); k++) {
			struct zone_report r = { .subject = big,
				.from = "",
				.candidates = NULL,
				.n_candidates = 0 };

			n = strlen(chars[k]);
			memset(big, 'x', shift);
			for (size_t at = shift; at + n < sizeof(big); at += n) {
				memcpy(big + at, chars[k], n);
				big[at + n] = '\0';
			}
			snprintf(raw, sizeof(raw), "%zu.%zu", shift, k);
			CHECK(zone_queue_add(
				  queue, &s, raw, strlen(raw), &r, 1, &a) == 0,
			    "%s", raw);
			item = get_item(
			    COUNT(texts) + shift * COUNT(chars) + k + 1);
			n = strlen(item.subject);
			CHECK(n <= QUEUE_TEXT && n > QUEUE_TEXT - 4 &&
				queue_text_valid(item.subject, n),
			    "%s: cut to %zu", raw, n);
		}
	}
	close_queue();
}

/* ---- settling ---------------------------------------------------------- */

static void
test_settle(void)
{
	struct zone_queue_event *log;
	struct zone_item item;
	uint64_t counts[3], id = 0, rows = 0;
	struct settle stale = { ZONE_DISMISSED, 0, "", FIRST, 1, 0 };
	struct settle bad = { (enum zone_item_state)3, 0, "", FIRST, 0, 0 };
	struct err_text why;
	size_t n;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	ADD(FIRST + 1, "ip 203.0.114.9, address a@example.gr");
	CHECK(zone_queue_change(
		  queue, 1, "ada", "dismiss", settle_fn, &stale) == 7 &&
		stale.calls == 1,
	    "fn's answer is passed on");
	CHECK(zone_queue_change(queue, 1, "ada", "odd", settle_fn, &bad) ==
		ERR_RANGE,
	    "no such state");
	item = get_item(1);
	CHECK(item.state == ZONE_WAITING && item.version == 2, "untouched");
	CHECK(settle(9, ZONE_DISMISSED, 0, "", FIRST) == ERR_NONE, "none");
	CHECK(zone_queue_log(queue, UINT64_MAX, 9, &arena, &log, &n) == 0 &&
		n == 0,
	    "no event yet");

	CHECK(settle(1, ZONE_LISTED_ITEM, 77, "spam trap", FIRST + 5) == 0,
	    "list");
	item = get_item(1);
	CHECK(item.state == ZONE_LISTED_ITEM && item.version == 3 &&
		item.serial == 77 && item.settled == FIRST + 5 &&
		strcmp(item.settled_by, "ada") == 0 &&
		strcmp(item.settled_reason, "spam trap") == 0,
	    "listed");
	CHECK(waits("ip", "203.0.114.9") == 0 &&
		waits("address", "a@example.gr") == 0,
	    "nobody waits");
	CHECK(
	    zone_queue_by_serial(queue, 77, &id) == 1 && id == 1, "by serial");
	CHECK(zone_queue_by_serial(queue, 78, &id) == 0, "other serial");
	CHECK(zone_queue_counts(queue, counts) == 0 && counts[0] == 0 &&
		counts[1] == 1 && counts[2] == 0,
	    "counts");

	/* The address waits in a new item when the first one comes back. */
	ADD(FIRST + 6, "address a@example.gr");
	CHECK(waits("address", "a@example.gr") == 2, "a new item");
	CHECK(settle(1, ZONE_WAITING, 0, "", 0) == 0, "reopen");
	CHECK(waits("ip", "203.0.114.9") == 1, "free again");
	CHECK(waits("address", "a@example.gr") == 2, "not free");
	CHECK(zone_queue_by_serial(queue, 77, &id) == 0, "serial forgotten");
	ADD(FIRST + 7, "ip 203.0.114.9");
	CHECK(get_item(1).count == 3, "joins after reopening");
	CHECK(
	    settle(2, ZONE_DISMISSED, 0, "no spam", FIRST + 8) == 0, "dismiss");
	CHECK(waits("address", "a@example.gr") == 0, "dismissed");
	CHECK(waits("ip", "203.0.114.9") == 1, "the other stays");

	CHECK(zone_queue_log(queue, UINT64_MAX, 2, &arena, &log, &n) == 0 &&
		n == 2,
	    "%zu events", n);
	CHECK(log[0].number == 3 && log[0].item == 2 &&
		strcmp(log[0].by, "ada") == 0 &&
		strcmp(log[0].action, "dismissed") == 0 &&
		strcmp(log[0].reason, "no spam") == 0,
	    "newest first");
	CHECK(log[1].number == 2 && log[1].reason[0] == '\0', "reopened");
	CHECK(zone_queue_log(queue, 1, 9, &arena, &log, &n) == 0 && n == 1 &&
		strcmp(log[0].reason, "spam trap") == 0,
	    "not after 1");
	CHECK(zone_queue_log(queue, 0, 9, &arena, &log, &n) == 0 && n == 0,
	    "before all");
	CHECK(zone_queue_verify(queue, &rows, &why) == 0 && rows == 3,
	    "chain: %s", why.text);
	close_queue();
}

static int
vote_fn(struct zone_item *item, struct arena *a, void *ctx)
{
	struct zone_vote *votes =
	    arena_alloc(a, (item->n_votes + 1) * sizeof(*votes));

	if (item->n_votes > 0) {
		memcpy(votes, item->votes, item->n_votes * sizeof(*votes));
	}
	votes[item->n_votes] = (struct zone_vote){ .person = ctx,
		.weight = 2,
		.approve = 5,
		.time = FIRST,
		.reason = "I agree" };
	item->votes = votes;
	item->n_votes++;
	return 0;
}

static int
fail_fn(struct zone_item *item, struct arena *a, void *ctx)
{
	(void)a;
	(void)ctx;
	item->state = ZONE_DISMISSED;
	return ERR_REFUSED;
}

static void
test_votes(void)
{
	char ada[] = "ada", bob[] = "bob";
	struct zone_queue_event *log;
	struct zone_item item;
	size_t n;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.0/20");
	CHECK(zone_queue_change(queue, 1, "ada", "vote", vote_fn, ada) == 0,
	    "vote");
	CHECK(zone_queue_change(queue, 1, "bob", "vote", vote_fn, bob) == 0,
	    "vote");
	item = get_item(1);
	CHECK(item.n_votes == 2 && item.votes[1].weight == 2 &&
		item.votes[1].approve == 5 && item.votes[1].time == FIRST &&
		strcmp(item.votes[1].person, "bob") == 0,
	    "kept");
	CHECK(zone_queue_change(queue, 1, "ada", "no", fail_fn, NULL) ==
		ERR_REFUSED,
	    "fn failed");
	CHECK(get_item(1).state == ZONE_WAITING, "untouched");
	CHECK(zone_queue_log(queue, UINT64_MAX, 9, &arena, &log, &n) == 0 &&
		n == 2 && strcmp(log[0].reason, "I agree") == 0 &&
		strcmp(log[0].by, "bob") == 0,
	    "logged");
	ADD(FIRST, "ip 203.0.114.0/20");
	CHECK(get_item(1).n_votes == 2, "joining keeps votes");
	close_queue();
}

/* ---- pages ------------------------------------------------------------- */

#define MANY 12000

static uint64_t
id_at(enum zone_item_state state, size_t skip, uint64_t *ret_total)
{
	struct zone_item *items = NULL;
	size_t n = 0;
	int rc = zone_queue_list(
	    queue, state, skip, 1, &arena, &items, &n, ret_total);

	CHECK(rc == 0 && n <= 1, "list: %d", rc);
	return n == 1 ? items[0].id : 0;
}

static void
test_pages(void)
{
	struct zone_report *r = calloc(MANY, sizeof(*r));
	struct zone_submission s = { .time = FIRST + 1000 };
	struct zone_item *items;
	struct zone_added a;
	uint64_t total;
	size_t n;

	if (r == NULL) {
		exit(99);
	}
	open_queue(1 << 20);
	CHECK(id_at(ZONE_WAITING, 0, &total) == 0 && total == 0, "empty");
	CHECK(zone_queue_add(queue, &s, "many", 4, r, MANY, &a) == 0 &&
		a.new_items == MANY,
	    "added");
	ADD(FIRST, "ip 203.0.114.1");        /* MANY + 1, oldest */
	ADD(FIRST + 2000, "ip 203.0.114.2"); /* newest */
	ADD(-5, "ip 203.0.114.3");           /* before 1970 */
	CHECK(id_at(ZONE_WAITING, 0, &total) == MANY + 3 && total == MANY + 3,
	    "first");
	CHECK(id_at(ZONE_WAITING, 1, &total) == MANY + 1, "second");
	CHECK(id_at(ZONE_WAITING, 2, &total) == 1, "third");
	CHECK(id_at(ZONE_WAITING, MANY + 1, &total) == MANY, "last but one");
	CHECK(id_at(ZONE_WAITING, MANY + 2, &total) == MANY + 2, "last");
	CHECK(id_at(ZONE_WAITING, MANY + 3, &total) == 0 && total == MANY + 3,
	    "beyond");
	CHECK(id_at(ZONE_WAITING, SIZE_MAX, &total) == 0, "far beyond");
	arena_free(&arena);
	CHECK(zone_queue_list(queue, ZONE_WAITING, 100, 50, &arena, &items, &n,
		  &total) == 0 &&
		n == 50 && items[0].id == 99 && items[49].id == 148,
	    "a page");
	CHECK(arena.used < 50 * 4096, "reads its page only: %zu", arena.used);
	CHECK(zone_queue_list(queue, ZONE_WAITING, MANY, SIZE_MAX, &arena,
		  &items, &n, &total) == 0 &&
		n == 3,
	    "the rest: %zu", n);
	CHECK(zone_queue_list(queue, (enum zone_item_state)3, 0, 1, &arena,
		  &items, &n, &total) == ERR_RANGE,
	    "no such state");

	CHECK(settle(5, ZONE_DISMISSED, 0, "", FIRST + 10) == 0, "5");
	CHECK(settle(6, ZONE_DISMISSED, 0, "", FIRST + 30) == 0, "6");
	CHECK(settle(7, ZONE_DISMISSED, 0, "", FIRST + 20) == 0, "7");
	CHECK(settle(8, ZONE_LISTED_ITEM, 1, "", FIRST + 40) == 0, "8");
	CHECK(id_at(ZONE_DISMISSED, 0, &total) == 6 && total == 3, "newest");
	CHECK(id_at(ZONE_DISMISSED, 1, &total) == 7, "middle");
	CHECK(id_at(ZONE_DISMISSED, 2, &total) == 5, "oldest");
	CHECK(id_at(ZONE_DISMISSED, 3, &total) == 0, "beyond");
	CHECK(id_at(ZONE_LISTED_ITEM, 0, &total) == 8 && total == 1, "listed");
	CHECK(id_at(ZONE_WAITING, 6, &total) == 9 && total == MANY - 1,
	    "5 to 8 are gone");
	CHECK(settle(6, ZONE_WAITING, 0, "", 0) == 0, "back");
	CHECK(id_at(ZONE_WAITING, 6, &total) == 6, "at its old place");
	CHECK(id_at(ZONE_DISMISSED, 0, &total) == 7 && total == 2, "left");
	close_queue();
	free(r);
}

static void
test_reopen_process(void)
{
	struct err_text why = { "" };
	struct zone_added a;

	open_queue(1 << 20);
	ADD(FIRST, "ip 203.0.114.9");
	zone_queue_tend(queue);
	zone_queue_close(&queue);
	CHECK(queue == NULL, "set to NULL");
	zone_queue_close(&queue);
	CHECK(zone_queue_open(folder, ZONE_READ, 1 << 20, &queue, &why) == 0,
	    "%s", why.text);
	CHECK(waits("ip", "203.0.114.9") == 1, "still there");
	CHECK(zone_queue_add(queue, &(struct zone_submission){ 0 }, "", 0, NULL,
		  0, &a) < 0,
	    "a reader does not write");
	zone_queue_close(&queue);
	CHECK(zone_queue_open("/nonexistent/rbld", ZONE_READ, 1 << 20, &queue,
		  &why) == ERR_NONE &&
		queue == NULL && why.text[0] != '\0',
	    "absent");
	CHECK(zone_queue_open(folder, ZONE_WRITE, 1 << 20, &queue, &why) == 0,
	    "%s", why.text);
	CHECK(ADD(FIRST, "ip 203.0.114.9").joined == 1, "joined");
	close_queue();
}

/* Several programs add to one queue: nothing is lost or counted twice. */
static void
test_many_programs(void)
{
	enum { PROGRAMS = 3, MAILS = 20 };
	struct err_text why = { "" };
	struct zone_item item;
	pid_t child[PROGRAMS];

	open_queue(1 << 20);
	zone_queue_close(&queue); /* an environment does not cross a fork */
	for (int i = 0; i < PROGRAMS; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			struct zone_candidate c = { .list = "ip",
				.key = "203.0.114.9" };
			struct zone_report r = { .subject = "",
				.from = "",
				.candidates = &c,
				.n_candidates = 1 };
			struct zone_submission s = { .time = FIRST };
			struct zone_added a;
			char raw[32];

			if (zone_queue_open(folder, ZONE_WRITE, 1 << 20, &queue,
				&why) < 0) {
				_exit(1);
			}
			for (int k = 0; k < MAILS; k++) {
				snprintf(raw, sizeof(raw), "%d %d", i, k);
				if (zone_queue_add(queue, &s, raw, strlen(raw),
					&r, 1, &a) < 0) {
					_exit(2);
				}
			}
			zone_queue_close(&queue);
			_exit(0);
		}
	}
	for (int i = 0; i < PROGRAMS; i++) {
		int status = -1;

		CHECK(waitpid(child[i], &status, 0) == child[i] && status == 0,
		    "program %d: %d", i, status);
	}
	CHECK(zone_queue_open(folder, ZONE_READ, 1 << 20, &queue, &why) == 0,
	    "%s", why.text);
	item = get_item(1);
	CHECK(item.count == PROGRAMS * MAILS && item.version == 1, "count %u",
	    item.count);
	close_queue();
}

static void
test_names(void)
{
	CHECK(strcmp(zone_advice_name(ZONE_ADVICE_ADDRESS_INSTEAD),
		  "address-instead") == 0,
	    "advice");
	CHECK(strcmp(zone_advice_name((enum zone_advice)9), "unknown") == 0,
	    "no advice");
	CHECK(strcmp(zone_confidence_name(ZONE_PROBABLE), "probable") == 0,
	    "confidence");
	CHECK(strcmp(zone_item_state_name(ZONE_LISTED_ITEM), "listed") == 0,
	    "state");
}

int
main(void)
{
	test_merge();
	test_origin();
	test_scan();
	test_several_reports();
	test_many_candidates();
	test_duplicate();
	test_sizes();
	test_refused();
	test_text();
	test_settle();
	test_votes();
	test_pages();
	test_reopen_process();
	test_many_programs();
	test_names();
	return failures != 0;
}
