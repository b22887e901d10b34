/* Notes: kept as they were written, in their order, about what they are about,
 * and chained with the queue's log.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/note.h"
#include "zone/queue_priv.h"

static char dir[SCRATCH];
static struct zone_queue *queue;
static struct err_text why;
static struct arena arena;

static void
report(void)
{
	struct zone_candidate c = { "ip", "203.0.114.9", ZONE_ADVICE_LIST,
		ZONE_CERTAIN, NULL, 0 };
	struct zone_submission sub = { .time = when_now(),
		.submitter = "ann@example.gr",
		.road = "pipe",
		.kind = "raw",
		.analysis = "{}" };
	struct zone_report r = {
		.subject = "s", .from = "f", .candidates = &c, .n_candidates = 1
	};
	struct zone_added added;

	CHECK(zone_queue_add(queue, &sub, "mail", 4, &r, 1, &added) == 0,
	    "report");
}

static int
add(const char *subject, const char *text)
{
	uint64_t number = 0;
	int r = zone_note_add(queue, subject, "ann", text, &number);

	CHECK((r == 0) == (number != 0), "%s: %d", subject, r);
	return r;
}

static size_t
count(const char *subject)
{
	struct zone_note *notes;
	size_t n = 999;

	CHECK(zone_note_list(queue, subject, 1000, &arena, &notes, &n) == 0,
	    "%s", subject);
	return n;
}

static void
kept(void)
{
	char subject[ZONE_NOTE_SUBJECT];
	struct zone_note *notes;
	struct zone_key key;
	size_t n;

	CHECK(add(zone_note_item(subject, 1), "first") == 0 &&
		add(subject, "second <b>\xe2\x80\xae") == 0,
	    "two about the item");
	CHECK(zone_note_list(queue, "item 1", 10, &arena, &notes, &n) == 0 &&
		n == 2 &&
		strcmp(notes[0].text, "second <b>\xe2\x80\xae") == 0 &&
		strcmp(notes[1].text, "first") == 0 &&
		strcmp(notes[1].by, "ann") == 0 && notes[1].time > 0 &&
		notes[1].number < notes[0].number,
	    "newest first: %zu", n);
	CHECK(zone_note_list(queue, "item 1", 1, &arena, &notes, &n) == 0 &&
		n == 1 && notes[0].text[0] == 's',
	    "no more than asked for");

	CHECK(zone_key_parse(ZONE_KIND_IP, span_str("203.0.114.0/24"), &key,
		  NULL) == 0 &&
		add(zone_note_key(subject, &key), "the network") == 0,
	    "about a network");
	CHECK(strcmp(subject, "ip 203.0.114.0/24") == 0, "%s", subject);
	CHECK(add("ip 203.0.114.9", "the address") == 0, "about an address");
	CHECK(zone_key_parse(
		  ZONE_KIND_IP, span_str("203.0.114.9"), &key, NULL) == 0 &&
		zone_note_list_key(queue, &key, 10, &arena, &notes, &n) == 0 &&
		n == 2 && strcmp(notes[0].text, "the address") == 0 &&
		strcmp(notes[1].subject, "ip 203.0.114.0/24") == 0,
	    "of the address and its network: %zu", n);
	CHECK(zone_key_parse(
		  ZONE_KIND_IP, span_str("203.0.115.9"), &key, NULL) == 0 &&
		zone_note_list_key(queue, &key, 10, &arena, &notes, &n) == 0 &&
		n == 0,
	    "not of the neighbour's: %zu", n);
	CHECK(add("domain example.org", "d") == 0 &&
		zone_key_parse(ZONE_KIND_DOMAIN, span_str("a.b.example.org"),
		    &key, NULL) == 0 &&
		zone_note_list_key(queue, &key, 10, &arena, &notes, &n) == 0,
	    "of the domains above");
	CHECK(n <= 1, "%zu", n);
	CHECK(count("item 2") == 0 && count("") == 0, "none about others");
}

static void
refused(void)
{
	static char big[ZONE_NOTE_TEXT + 2], subject[ZONE_NOTE_SUBJECT + 1];
	const struct {
		const char *what, *subject, *text;
		int want;
	} cases[] = {
		{ "nothing", "item 1", "", ERR_RANGE },
		{ "too much", "item 1", big, ERR_RANGE },
		{ "no such item", "item 2", "x", ERR_NONE },
		{ "item 0", "item 0", "x", ERR_NONE },
		{ "item x", "item x", "x", ERR_NONE },
		{ "item -1", "item -1", "x", ERR_NONE },
		{ "about nothing", "", "x", ERR_RANGE },
		{ "about too much", subject, "x", ERR_RANGE },
		{ "no UTF-8", "ip 203.0.114.9", "\xff", ERR_FORMAT },
		{ "about no UTF-8", "ip \xff", "x", ERR_FORMAT },
	};
	struct zone_queue_event *before, *after;
	size_t n, m;

	memset(big, 'x', sizeof(big) - 1);
	memset(subject, 'y', sizeof(subject) - 1);
	CHECK(zone_queue_log(queue, UINT64_MAX, 100, &arena, &before, &n) == 0,
	    "log");
	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = add(cases[i].subject, cases[i].text);

		CHECK(r == cases[i].want, "%s: %s", cases[i].what, err_str(r));
	}
	CHECK(zone_queue_log(queue, UINT64_MAX, 100, &arena, &after, &m) == 0 &&
		n == m,
	    "nothing was written: %zu %zu", n, m);
	big[ZONE_NOTE_TEXT] = '\0';
	CHECK(add("item 1", big) == 0, "as long as it may be");
	for (size_t i = count("submitter ann"); i < ZONE_NOTES_MAX; i++) {
		if (add("submitter ann", "more") != 0) {
			CHECK(false, "note %zu", i);
			break;
		}
	}
	CHECK(add("submitter ann", "one more") == ERR_RANGE, "too many");
	CHECK(count("submitter ann") == ZONE_NOTES_MAX, "all are there");
}

/* ---- damage ------------------------------------------------------------- */

static int
lose_index(struct zone_txn *txn, void *ctx)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t copy[ZONE_STORE_KEY_MAX];
	size_t n = 0;
	int r = zone_cursor_open(txn, ZONE_T_META, &cursor);

	(void)ctx;
	if (r == 0) {
		r = zone_cursor_seek(cursor, "note\0", 5, &key, &value);
	}
	if (r == 1) {
		n = key.len;
		memcpy(copy, key.at, n);
	}
	zone_cursor_close(&cursor);
	return n > 4 ? zone_txn_del(txn, ZONE_T_META, copy, n) : ERR_NONE;
}

static int
stray_index(struct zone_txn *txn, void *ctx)
{
	static const uint8_t key[29] = "note";

	(void)ctx;
	return queue_ref_put(txn, ZONE_T_META, key, sizeof(key), 1);
}

static void
verified(void)
{
	uint64_t rows;

	CHECK(zone_queue_verify(queue, &rows, &why) == 0 && rows > 500,
	    "whole: %s", why.text);
	CHECK(zone_store_write(queue->store, stray_index, NULL) == 0, "stray");
	CHECK(zone_queue_verify(queue, &rows, &why) == ERR_CORRUPT &&
		strstr(why.text, "notes") != NULL,
	    "a row too many is seen: %s", why.text);
	CHECK(zone_store_write(queue->store, lose_index, NULL) >= 0, "lost");
	CHECK(zone_queue_verify(queue, &rows, &why) == 0, "that one went: %s",
	    why.text);
	CHECK(zone_store_write(queue->store, lose_index, NULL) >= 0, "lost");
	CHECK(zone_queue_verify(queue, &rows, &why) == ERR_CORRUPT,
	    "a lost row is seen");
}

static void
log_of_item(void)
{
	struct zone_item item = { .id = 1, .first = 0 };
	struct zone_queue_event *rows;
	size_t n;
	bool all;

	CHECK(zone_queue_log_of(
		  queue, &item, 10000, 10, &arena, &rows, &n, &all) == 0 &&
		n == 3 && all && strcmp(rows[2].reason, "first") == 0 &&
		strcmp(rows[0].subject, "item 1") == 0,
	    "its own, newest first: %zu", n);
	CHECK(zone_queue_log_of(
		  queue, &item, 10, 10, &arena, &rows, &n, &all) == 0 &&
		n == 0 && !all,
	    "no further back than asked for: %zu", n);
}

int
main(void)
{
	scratch_make(dir);
	CHECK(zone_queue_open(dir, ZONE_CREATE, 8 << 20, &queue, &why) == 0,
	    "%s", why.text);
	if (failures > 0) {
		return 1;
	}
	report();
	kept();
	refused();
	log_of_item();
	verified();
	arena_free(&arena);
	zone_queue_close(&queue);
	scratch_remove(dir);
	return failures != 0;
}
