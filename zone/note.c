/* note.c - what moderators write down for each other. */
#include "zone/note.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "zone/cover.h"
#include "zone/queue_priv.h"

#define SUBJECT_BYTES 16 /* of its digest */
#define NOTE_PREFIX (5 + SUBJECT_BYTES)
#define NOTE_KEY (NOTE_PREFIX + 8)

static const char note_word[] = "note"; /* with its NUL */

char *
zone_note_item(char *out, uint64_t item)
{
	snprintf(out, ZONE_NOTE_SUBJECT, "item %llu", (unsigned long long)item);
	return out;
}

char *
zone_note_key(char *out, const struct zone_key *key)
{
	char text[ZONE_KEY_TEXT];

	snprintf(out, ZONE_NOTE_SUBJECT, "%s %s", zone_kind_name(key->kind),
	    zone_key_format(text, key));
	return out;
}

char *
zone_note_submitter(char *out, const char *name)
{
	snprintf(out, ZONE_NOTE_SUBJECT, "submitter %.*s",
	    ZONE_NOTE_SUBJECT - 20, name);
	return out;
}

static void
note_key(const char *subject, uint64_t event, uint8_t ret[NOTE_KEY])
{
	struct digest d = digest_of(DIGEST_SHA256, subject, strlen(subject));

	memcpy(ret, note_word, 5);
	memcpy(ret + 5, d.bytes, SUBJECT_BYTES);
	queue_id_key(event, ret + NOTE_PREFIX);
}

static bool
is_note(struct zone_bytes key, const uint8_t *prefix, size_t n)
{
	return key.len == NOTE_KEY && memcmp(key.at, prefix, n) == 0;
}

/* ---- the index --------------------------------------------------------- */

int
queue_note_indexed(struct zone_txn *txn, const struct zone_queue_event *event)
{
	uint8_t key[NOTE_KEY];
	uint64_t number;
	int rc;

	note_key(event->subject, event->number, key);
	rc = queue_ref_get(txn, ZONE_T_META, key, sizeof(key), &number);
	return rc == 1 ? number == event->number : rc;
}

/* How many keys of the table begin with the N bytes at PREFIX. */
static int
count(struct zone_txn *txn, const uint8_t *prefix, size_t n, uint64_t *ret_n)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint64_t found = 0;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, prefix, n, &key, &value);
	while (rc == 1 && is_note(key, prefix, n)) {
		found++;
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	*ret_n = found;
	return rc < 0 ? rc : 0;
}

int
queue_note_count(struct zone_txn *txn, uint64_t *ret_n)
{
	return count(txn, (const uint8_t *)note_word, 5, ret_n);
}

/* ---- writing ----------------------------------------------------------- */

struct adding {
	const char *subject, *by, *text;
	uint64_t number;
};

static int
add(struct zone_txn *txn, void *ctx)
{
	struct adding *a = ctx;
	struct zone_queue_event event = { .by = a->by,
		.action = "note",
		.reason = a->text,
		.subject = a->subject };
	struct queue_stored stored = { .item = { .id = 0 } };
	struct arena arena = { 0 };
	unsigned long item = 0;
	struct queue_meta meta;
	uint8_t key[NOTE_KEY];
	uint64_t n;
	int rc = 1;

	if (strncmp(a->subject, "item ", 5) == 0) {
		if (!text_number(span_str(a->subject + 5), INT64_MAX, &item)) {
			return ERR_NONE;
		}
		rc = queue_item_get(txn, item, &arena, &stored);
		rc = rc == 0 ? ERR_NONE : rc;
	}
	note_key(a->subject, 0, key);
	if (rc == 1) {
		rc = count(txn, key, NOTE_PREFIX, &n);
	}
	if (rc == 0 && n >= ZONE_NOTES_MAX) {
		rc = ERR_RANGE;
	}
	if (rc == 0) {
		rc = queue_meta_get(txn, &meta);
	}
	if (rc == 0) {
		event.item = item;
		rc = queue_event_add(txn, &meta, &event, &stored.item);
	}
	if (rc == 0) {
		rc = queue_meta_put(txn, &meta);
	}
	if (rc == 0) {
		a->number = event.number;
		note_key(a->subject, event.number, key);
		rc = queue_ref_put(
		    txn, ZONE_T_META, key, sizeof(key), event.number);
	}
	arena_free(&arena);
	return rc;
}

int
zone_note_add(struct zone_queue *queue, const char *subject, const char *by,
    const char *text, uint64_t *ret_number)
{
	struct adding a = { subject, by, text, 0 };
	size_t n = strlen(text);
	int rc;

	if (n == 0 || n > ZONE_NOTE_TEXT || subject[0] == '\0' ||
	    strlen(subject) >= ZONE_NOTE_SUBJECT) {
		return ERR_RANGE;
	}
	if (!queue_text_valid(text, n) ||
	    !queue_text_valid(subject, strlen(subject))) {
		return ERR_FORMAT;
	}
	rc = zone_store_write(queue->store, add, &a);
	if (rc == 0) {
		*ret_number = a.number;
	}
	return rc;
}

/* ---- reading ----------------------------------------------------------- */

struct listing {
	const char *subject;        /* or: */
	const struct zone_key *key; /* with all that covers it */
	struct arena *arena;
	struct zone_note *notes;
	size_t max, n;
};

static int
read_event(struct zone_txn *txn, struct listing *l, uint64_t number,
    const char *subject)
{
	uint8_t key[QUEUE_ID_KEY];
	struct queue_event event;
	struct zone_bytes value;
	int rc;

	queue_id_key(number, key);
	rc = zone_txn_get(txn, ZONE_T_EVENTS, key, sizeof(key), &value);
	if (rc == 1) {
		rc = queue_event_decode(value, number, l->arena, &event);
	} else if (rc == 0) {
		rc = ERR_CORRUPT;
	}
	/* of two subjects with one digest; verify tells of other reasons */
	if (rc == 0 && strcmp(event.said.subject, subject) == 0) {
		l->notes[l->n++] = (struct zone_note){
			.number = number,
			.time = event.said.time,
			.by = event.said.by,
			.text = event.said.reason,
			.subject = event.said.subject,
		};
	}
	return rc;
}

static int
read_subject(struct zone_txn *txn, struct listing *l, const char *subject)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[NOTE_KEY];
	uint64_t number;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	if (rc < 0) {
		return rc;
	}
	note_key(subject, UINT64_MAX, from);
	rc = zone_cursor_back(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && l->n < l->max && is_note(key, from, NOTE_PREFIX)) {
		rc = queue_ref_decode(value, &number);
		if (rc == 0) {
			rc = read_event(txn, l, number, subject);
		}
		if (rc == 0) {
			rc = zone_cursor_prev(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

static int
read_notes(struct zone_txn *txn, void *ctx)
{
	struct listing *l = ctx;
	char subject[ZONE_NOTE_SUBJECT];
	struct zone_cover cover;
	int rc = 0;

	l->n = 0;
	if (l->subject != NULL) {
		return read_subject(txn, l, l->subject);
	}
	zone_cover_begin(&cover, l->key);
	while (rc == 0 && l->n < l->max && zone_cover_next(&cover)) {
		rc = read_subject(txn, l, zone_note_key(subject, &cover.key));
	}
	return rc;
}

static int
list_notes(struct zone_queue *queue, struct listing *l, struct zone_note **ret,
    size_t *ret_n)
{
	int rc;

	l->notes = arena_alloc(l->arena, (l->max + 1) * sizeof(*l->notes));
	if (l->notes == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_store_read(queue->store, read_notes, l);
	if (rc == 0) {
		*ret = l->notes;
		*ret_n = l->n;
	}
	return rc;
}

int
zone_note_list(struct zone_queue *queue, const char *subject, size_t max,
    struct arena *arena, struct zone_note **ret, size_t *ret_n)
{
	struct listing l = { .subject = subject, .arena = arena, .max = max };

	return list_notes(queue, &l, ret, ret_n);
}

int
zone_note_list_key(struct zone_queue *queue, const struct zone_key *key,
    size_t max, struct arena *arena, struct zone_note **ret, size_t *ret_n)
{
	struct listing l = { .key = key, .arena = arena, .max = max };

	return list_notes(queue, &l, ret, ret_n);
}
