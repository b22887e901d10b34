/* Requests for removal: the rule, one open request for each target, waits that
 * grow, decisions that collide, removals that expect what was judged.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/delist.h"
#include "zone/delist_priv.h"
#include "zone/history.h"

#define NOW INT64_C(1800000000)
#define HOUR 3600
#define DAY 86400

static char dir[SCRATCH];
static struct zone_config *config;
static struct zone_store *store;
static struct zone_queue *queue;

/* ---- the rule --------------------------------------------------------------
 */

static void
rule(void)
{
	static const struct {
		const char *name, *asked, *entry;
		bool person;
		int64_t until;
		enum zone_delist_why why;
	} cases[] = {
		{ "an address", "203.0.114.9", "203.0.114.9", true, NOW + DAY,
		    ZONE_DELIST_AUTO },
		{ "imported for good", "203.0.114.9", "203.0.114.9", false, 0,
		    ZONE_DELIST_AUTO },
		{ "an IPv6 address", "2a02:1::1", "2a02:1::1", true, NOW + DAY,
		    ZONE_DELIST_AUTO },
		{ "in its /64", "2a02:1::1", "2a02:1::/64", true, NOW + DAY,
		    ZONE_DELIST_AUTO },
		{ "the /64 itself", "2a02:1::/64", "2a02:1::/64", true,
		    NOW + DAY, ZONE_DELIST_AUTO },
		{ "an e-mail address", "a@example.org", "a@example.org", true,
		    NOW + DAY, ZONE_DELIST_AUTO },
		{ "a domain", "example.org", "example.org", true, NOW + DAY,
		    ZONE_DELIST_AUTO },
		{ "a domain and below", "example.org", ".example.org", true,
		    NOW + DAY, ZONE_DELIST_AUTO },
		{ "a /31", "203.0.114.8", "203.0.114.8/31", true, NOW + DAY,
		    ZONE_DELIST_NETWORK },
		{ "a /24, asked as such", "203.0.114.0/24", "203.0.114.0/24",
		    true, NOW + DAY, ZONE_DELIST_NETWORK },
		{ "a /63", "2a02:1::1", "2a02:1::/63", true, NOW + DAY,
		    ZONE_DELIST_NETWORK },
		{ "a /32 of IPv6", "2a02:1::1", "2a02:1::/32", false, NOW + DAY,
		    ZONE_DELIST_NETWORK },
		{ "below a domain", "www.example.org", ".example.org", true,
		    NOW + DAY, ZONE_DELIST_NETWORK },
		{ "by a person for good", "203.0.114.9", "203.0.114.9", true, 0,
		    ZONE_DELIST_PERMANENT },
		{ "an address for good", "a@example.org", "a@example.org", true,
		    0, ZONE_DELIST_PERMANENT },
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct zone_detail d = { .person = cases[i].person,
			.until = cases[i].until };
		struct zone_key asked, entry;
		enum zone_kind kind = zone_key_guess(span_str(cases[i].asked));
		enum zone_delist_why why;

		CHECK(zone_key_parse(
			  kind, span_str(cases[i].asked), &asked, NULL) == 0 &&
			zone_key_parse(
			    kind, span_str(cases[i].entry), &entry, NULL) == 0,
		    "%s", cases[i].name);
		why = zone_delist_judge(config, &asked, &entry, &d);
		CHECK(why == cases[i].why, "%s: %d", cases[i].name, (int)why);
		config->www.delist_auto = false;
		why = zone_delist_judge(config, &asked, &entry, &d);
		CHECK(why ==
			(cases[i].why == ZONE_DELIST_AUTO ? ZONE_DELIST_OFF
							  : cases[i].why),
		    "%s, nothing by itself: %d", cases[i].name, (int)why);
		config->www.delist_auto = true;
	}
}

/* ---- help -------------------------------------------------------------------
 */

static struct zone_request_added
add(const char *key, int64_t now, enum zone_delist_why why)
{
	struct zone_request_word word = {
		.visitor = true, .time = now, .by = "", .text = "fixed"
	};
	struct zone_request q = { .why = why,
		.list = "ip",
		.key = key,
		.asked = key,
		.contact = "me@example.org",
		.client = "198.18.0.0/24",
		.words = &word,
		.n_words = 1 };
	struct zone_request_limits limits = { .now = now, .again = 30 * DAY };
	struct zone_request_added added = { .id = 0 };

	CHECK(zone_request_add(queue, &q, &limits, &added) == 0, "%s", key);
	return added;
}

static struct zone_request
get(uint64_t id, struct arena *arena)
{
	struct zone_request q = { .words = NULL };

	CHECK(zone_request_get(queue, id, arena, &q) == 1, "request %lu",
	    (unsigned long)id);
	return q;
}

static void
list_key(const char *text, int64_t until)
{
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_terms terms = {
		.person = true, .until = until, .forever = until == 0
	};
	struct zone_change_result result;
	struct zone_change *change = NULL;
	struct err_text text_of = { "" };
	struct zone_key key;

	CHECK(zone_key_parse(ZONE_KIND_IP, span_str(text), &key, NULL) == 0 &&
		zone_change_new(store, config, &change) == 0 &&
		zone_change_put(change, &config->lists[0], &key, &terms, 0,
		    &text_of) == 0 &&
		zone_change_commit(&change, &why, &result, &text_of) == 0,
	    "%s: %s", text, text_of.text);
	zone_change_free(&change);
}

/* The detail of exactly KEY, 0: not listed. */
static uint32_t
detail_of(const char *text)
{
	struct zone_view *view = NULL;
	struct zone_entry entry = { .detail = 0 };
	struct zone_key key;
	uint16_t number = 0;
	int r;

	r = zone_key_parse(ZONE_KIND_IP, span_str(text), &key, NULL);
	CHECK(r == 0 && zone_view_open(store, &view) == 0 &&
		zone_view_renew(view) == 0 &&
		zone_view_list(view, "ip", ZONE_KIND_IP, &number) == 1,
	    "%s", text);
	r = zone_find_exact(view, number, &key, &entry);
	CHECK(r >= 0, "%s", text);
	zone_view_close(&view);
	return r == 1 ? entry.detail : 0;
}

static uint64_t
rows_of_log(void)
{
	struct err_text why = { "" };
	uint64_t rows = 0;

	CHECK(zone_queue_verify(queue, &rows, &why) == 0, "%s", why.text);
	return rows;
}

/* ---- making them --------------------------------------------------------- */

static void
adding(void)
{
	static const char *const bad[] = { "", "x",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef",
		"0123456789ABCDEF0123456789ABCDEF",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcde/" };
	struct zone_request_added a = add("203.0.114.1", NOW, ZONE_DELIST_AUTO),
				  b;
	struct zone_request_decision d = { .id = a.id, .by = "ada" };
	enum zone_request_outcome outcome;
	struct arena arena = { 0 };
	struct zone_request q;

	CHECK(a.refused == ZONE_REQUEST_TAKEN && a.id == 1 &&
		a.why == ZONE_DELIST_AUTO && strlen(a.ticket) == 32,
	    "%d %s", (int)a.refused, a.ticket);
	CHECK(zone_request_of_ticket(queue, a.ticket, &arena, &q) == 1 &&
		q.id == a.id && strcmp(q.key, "203.0.114.1") == 0 &&
		strcmp(q.contact, "me@example.org") == 0 && q.created == NOW &&
		q.n_words == 1 && q.words[0].visitor &&
		strcmp(q.words[0].text, "fixed") == 0,
	    "by its ticket");
	for (unsigned i = 0; i < COUNT(bad); i++) {
		CHECK(zone_request_of_ticket(queue, bad[i], &arena, &q) == 0,
		    "no ticket: %s", bad[i]);
	}
	b = add("203.0.114.1", NOW + 5, ZONE_DELIST_AUTO);
	CHECK(b.refused == ZONE_REQUEST_IS_OPEN && b.when == NOW,
	    "one is open: %d", (int)b.refused);
	b = add("203.0.114.2", NOW + 5, ZONE_DELIST_OFF);
	CHECK(b.refused == ZONE_REQUEST_TAKEN && b.id == 2 &&
		strcmp(a.ticket, b.ticket) != 0,
	    "another target is another");
	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_DONE,
	    "denied");
	b = add("203.0.114.1", NOW + HOUR - 1, ZONE_DELIST_AUTO);
	CHECK(b.refused == ZONE_REQUEST_TOO_SOON && b.when == NOW + HOUR,
	    "an hour after the first: %d", (int)b.refused);
	b = add("203.0.114.1", NOW + HOUR, ZONE_DELIST_AUTO);
	CHECK(b.refused == ZONE_REQUEST_TAKEN && b.why == ZONE_DELIST_AUTO,
	    "then again; it was not removed before");
	arena_free(&arena);
}

/* The n-th wait is twice the one before it, up to a week. */
static void
waits(void)
{
	enum zone_request_outcome outcome;
	struct zone_request_added a;
	int64_t at = NOW, wait = HOUR;

	for (unsigned i = 0; i < 10; i++) {
		struct zone_request_decision d = { .by = "ada" };

		a = add("203.0.114.3", at, ZONE_DELIST_AUTO);
		CHECK(a.refused == ZONE_REQUEST_TAKEN, "round %u", i);
		d.id = a.id;
		CHECK(zone_request_deny(queue, &d, &outcome) == 0, "denied");
		a = add("203.0.114.3", at + wait - 1, ZONE_DELIST_AUTO);
		CHECK(a.refused == ZONE_REQUEST_TOO_SOON && a.when == at + wait,
		    "round %u: %lld", i, (long long)(a.when - at));
		at += wait;
		wait = wait * 2 > 7 * DAY ? 7 * DAY : wait * 2;
	}
	a = add("203.0.114.3", at + 31 * DAY, ZONE_DELIST_AUTO);
	CHECK(a.refused == ZONE_REQUEST_TAKEN, "after a quiet month");
}

/* ---- deciding ------------------------------------------------------------ */

static void
by_itself(void)
{
	struct zone_request_added a;
	enum zone_request_outcome outcome;
	struct arena arena = { 0 };
	struct zone_request q;
	struct zone_key key;
	uint64_t serial = 0;
	uint32_t old;

	list_key("203.0.114.10", when_now() + 30 * DAY);
	CHECK(zone_key_parse(
		  ZONE_KIND_IP, span_str("203.0.114.10"), &key, NULL) == 0,
	    "key");
	old = detail_of("203.0.114.10");
	a = add("203.0.114.10", NOW, ZONE_DELIST_AUTO);
	list_key("203.0.114.10", when_now() + 60 * DAY);
	CHECK(zone_request_remove_now(store, queue, config, &a,
		  &config->lists[0], &key, old, &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_STUCK && serial == 0 &&
		detail_of("203.0.114.10") != 0,
	    "what changed meanwhile stays: %d", (int)outcome);
	q = get(a.id, &arena);
	CHECK(q.state == ZONE_REQUEST_WAITING && q.why == ZONE_DELIST_CHANGED,
	    "and a person looks");

	list_key("203.0.114.11", when_now() + 30 * DAY);
	key.ip.ip.bytes[3] = 11;
	a = add("203.0.114.11", NOW, ZONE_DELIST_AUTO);
	CHECK(
	    zone_request_remove_now(store, queue, config, &a, &config->lists[0],
		&key, detail_of("203.0.114.11"), &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_DONE && serial != 0 &&
		detail_of("203.0.114.11") == 0,
	    "removed: %d", (int)outcome);
	q = get(a.id, &arena);
	CHECK(q.state == ZONE_REQUEST_REMOVED && q.automatic &&
		q.serial == serial && strcmp(q.by, "delist") == 0,
	    "closed");
	a = add("203.0.114.11", NOW + 2 * HOUR, ZONE_DELIST_AUTO);
	CHECK(a.refused == ZONE_REQUEST_TAKEN && a.why == ZONE_DELIST_AGAIN,
	    "the second one needs a person: %d", (int)a.why);
	arena_free(&arena);
}

static void
by_people(void)
{
	struct zone_request_added a;
	struct zone_request_decision d = { .by = "ada", .answer = "granted" };
	enum zone_request_outcome outcome = ZONE_REQUEST_NONE;
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_request q;
	uint64_t serial = 0, rows = rows_of_log(), serial2 = 0;

	list_key("203.0.114.20", 0);
	a = add("203.0.114.20", NOW, ZONE_DELIST_PERMANENT);
	CHECK(rows_of_log() == rows, "a request is no decision");
	d.id = a.id;
	d.version = a.version + 1;
	CHECK(zone_request_approve(
		  store, queue, config, &d, &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_STALE && detail_of("203.0.114.20"),
	    "a version that never was");
	d.version = a.version;
	d.answer = "what was it?";
	CHECK(zone_request_ask(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_DONE,
	    "asked");
	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_STALE,
	    "who saw it before is told");
	CHECK(zone_request_reply(
		  queue, a.ticket, "a worm", NOW + 1, &outcome) == 0 &&
		outcome == ZONE_REQUEST_DONE,
	    "answered");
	CHECK(zone_request_reply(queue, a.ticket, "again", NOW + 2, &outcome) ==
		    0 &&
		outcome == ZONE_REQUEST_STALE,
	    "nobody asked");
	CHECK(zone_request_reply(queue, "0123456789abcdef0123456789abcdef", "x",
		  NOW, &outcome) == 0 &&
		outcome == ZONE_REQUEST_NONE,
	    "no such ticket");
	q = get(a.id, &arena);
	CHECK(q.state == ZONE_REQUEST_WAITING && q.n_words == 3 &&
		q.words[2].visitor && strcmp(q.words[2].text, "a worm") == 0 &&
		!q.words[1].visitor && strcmp(q.words[1].by, "ada") == 0,
	    "three words: %u", q.n_words);
	d.version = q.version;
	d.answer = "thank you";
	CHECK(zone_request_approve(
		  store, queue, config, &d, &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_DONE && serial != 0 &&
		detail_of("203.0.114.20") == 0,
	    "removed");
	CHECK(zone_request_approve(
		  store, queue, config, &d, &outcome, &serial2) == 0 &&
		outcome == ZONE_REQUEST_STALE && serial2 == 0,
	    "twice");
	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_STALE,
	    "too late");
	d.version = 0;
	CHECK(zone_request_reopen(store, queue, config, &d, &outcome, &why) ==
		    0 &&
		outcome == ZONE_REQUEST_DONE && detail_of("203.0.114.20") != 0,
	    "taken back, and listed again: %s", why.text);
	CHECK(zone_request_reopen(store, queue, config, &d, &outcome, &why) ==
		    0 &&
		outcome == ZONE_REQUEST_STALE,
	    "it is open");
	d.answer = "";
	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_DONE && detail_of("203.0.114.20") != 0,
	    "denied");
	/* asked, granted, reopened, denied */
	CHECK(rows_of_log() == rows + 4, "one row for each decision: %lu",
	    (unsigned long)(rows_of_log() - rows));
	arena_free(&arena);
}

static void
strange(void)
{
	struct zone_request_decision d = { .id = 999, .by = "ada" };
	enum zone_request_outcome outcome;
	struct err_text why;
	struct zone_request_added a;
	uint64_t serial = 1;
	struct arena arena = { 0 };
	struct zone_request q;

	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_NONE,
	    "no such request");
	CHECK(zone_request_approve(
		  store, queue, config, &d, &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_NONE && serial == 0,
	    "no such request");
	CHECK(zone_request_reopen(store, queue, config, &d, &outcome, &why) ==
		    0 &&
		outcome == ZONE_REQUEST_NONE,
	    "no such request");
	/* a key that is not listed is closed without a change */
	a = add("203.0.114.30", NOW, ZONE_DELIST_OFF);
	d.id = a.id;
	CHECK(zone_request_approve(
		  store, queue, config, &d, &outcome, &serial) == 0 &&
		outcome == ZONE_REQUEST_DONE && serial == 0,
	    "was not listed");
	/* a visitor and a moderator who do not come to an end */
	a = add("203.0.114.31", NOW, ZONE_DELIST_OFF);
	d.id = a.id;
	d.answer = "?";
	for (unsigned i = 0; i < 30; i++) {
		CHECK(zone_request_ask(queue, &d, &outcome) == 0, "ask");
		if (outcome == ZONE_REQUEST_FULL) {
			break;
		}
		CHECK(zone_request_reply(queue, a.ticket, "!", NOW, &outcome) ==
			0,
		    "reply");
	}
	CHECK(outcome == ZONE_REQUEST_FULL, "that is enough");
	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		outcome == ZONE_REQUEST_DONE,
	    "but it can be decided: %d", (int)outcome);
	q = get(a.id, &arena);
	CHECK(q.n_words == ZONE_REQUEST_WORDS, "%u words", q.n_words);
	arena_free(&arena);
}

static int
spoil(struct zone_txn *txn, void *ctx)
{
	const uint64_t *id = ctx;
	uint8_t key[REQUEST_KEY];

	request_key(*id, key);
	return zone_txn_put(
	    txn, ZONE_T_META, key, sizeof(key), "spoiled bytes", 13);
}

/* One that cannot be read hides no other, and goes with its time. */
static void
damage(void)
{
	struct zone_request_added a =
	    add("203.0.114.40", NOW, ZONE_DELIST_AUTO);
	struct zone_request_decision d = { .id = a.id, .by = "ada" };
	enum zone_request_outcome outcome;
	struct zone_request_counts counts;
	struct arena arena = { 0 };
	struct zone_request *rows, q;
	uint64_t total = 0, id = a.id;
	size_t n = 0, gone = 0;

	CHECK(zone_request_deny(queue, &d, &outcome) == 0 &&
		zone_request_list(queue, false, 0, 100, &arena, &rows, &n,
		    &total) == 0 &&
		n == total,
	    "before: %zu", n);
	CHECK(zone_store_write(queue->store, spoil, &id) == 0, "spoilt");
	CHECK(zone_request_get(queue, id, &arena, &q) == ERR_CORRUPT &&
		zone_request_of_ticket(queue, a.ticket, &arena, &q) ==
		    ERR_CORRUPT,
	    "it is told");
	CHECK(zone_request_deny(queue, &d, &outcome) == ERR_CORRUPT,
	    "not decided");
	CHECK(zone_request_list(queue, false, 0, 100, &arena, &rows, &n,
		  &total) == 0 &&
		n == total - 1,
	    "the others are there: %zu of %lu", n, (unsigned long)total);
	a = add("203.0.114.40", NOW + DAY, ZONE_DELIST_AUTO);
	CHECK(a.refused == ZONE_REQUEST_TAKEN && a.why == ZONE_DELIST_AGAIN,
	    "a new one is for a person: %d", (int)a.why);
	CHECK(zone_request_counts(queue, &counts) == 0 &&
		zone_request_expire(
		    queue, when_now() + DAY, 100, &gone) == 0 &&
		gone == counts.closed,
	    "gone: %zu of %lu", gone, (unsigned long)counts.closed);
	CHECK(zone_request_get(queue, id, &arena, &q) == 0, "all of it");
	arena_free(&arena);
}

static void
forgetting(void)
{
	struct zone_request_counts before, after;
	struct zone_request *rows;
	struct arena arena = { 0 };
	uint64_t total;
	size_t n, gone = 0;

	CHECK(zone_request_counts(queue, &before) == 0 && before.open > 0 &&
		before.closed > 0 && before.oldest == NOW,
	    "%lu open, oldest %lld", (unsigned long)before.open,
	    (long long)before.oldest);
	CHECK(zone_request_list(
		  queue, false, 0, 100, &arena, &rows, &n, &total) == 0 &&
		n == before.closed && total == n,
	    "closed: %zu", n);
	for (size_t i = 1; i < n; i++) {
		CHECK(rows[i].decided <= rows[i - 1].decided, "newest first");
	}
	CHECK(zone_request_list(
		  queue, true, 0, 100, &arena, &rows, &n, &total) == 0 &&
		n == before.open && total == n,
	    "open: %zu", n);
	for (size_t i = 1; i < n; i++) {
		CHECK(rows[i].created >= rows[i - 1].created, "oldest first");
	}
	CHECK(zone_request_list(queue, true, 1, 1, &arena, &rows, &n, &total) ==
		    0 &&
		n == 1,
	    "one of them");
	CHECK(zone_request_expire(queue, 0, 100, &gone) == 0 && gone == 0,
	    "none is that old");
	CHECK(zone_request_expire(queue, when_now() + DAY, 3, &gone) == 0 &&
		gone == 3,
	    "three: %zu", gone);
	CHECK(zone_request_expire(queue, when_now() + DAY, 100, &gone) == 0 &&
		gone == before.closed - 3,
	    "the others: %zu", gone);
	CHECK(zone_request_counts(queue, &after) == 0 && after.closed == 0 &&
		after.open == before.open,
	    "open ones stay");
	CHECK(zone_request_about(
		  queue, "ip", "203.0.114.20", 10, &arena, &rows, &n) == 0 &&
		n == 0,
	    "nothing is left of it: %zu", n);
	arena_free(&arena);
}

int
main(void)
{
	static const char conf[] =
	    "data-dir = \"%s\"\nlist \"ip\" { kind = \"ip\" }\n";
	struct err_text why = { "" };
	char path[SCRATCH + 20];
	struct buf b = { 0 };

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/rbl.conf", dir);
	buf_fmt(&b, conf, dir);
	if (secret_init() < 0 || file_write(path, b.data, b.len, 0600) < 0 ||
	    zone_config_load(path, &config, &why) < 0 ||
	    zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 8 << 20, &store,
		&why) < 0 ||
	    zone_moderate_init(store, config) < 0 ||
	    zone_queue_open(dir, ZONE_CREATE, 8 << 20, &queue, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	buf_free(&b);
	rule();
	adding();
	waits();
	by_itself();
	by_people();
	strange();
	forgetting();
	damage();
	zone_queue_close(&queue);
	zone_store_close(&store);
	zone_config_free(&config);
	scratch_remove(dir);
	return failures != 0;
}
