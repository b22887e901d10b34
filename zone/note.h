/* note.h - what moderators write down for each other.
 *
 * A note is about an item of the queue, about something that may be listed, or
 * about a submitter. It is an event of the queue's log, so it has a time and a
 * name, is chained with all others, and stays as it is.
 */
#pragma once

#include "zone/queue.h"

#define ZONE_NOTE_TEXT 1000  /* bytes of a note */
#define ZONE_NOTES_MAX 500   /* about one thing */
#define ZONE_NOTE_SUBJECT 400 /* room for what it is about */

struct zone_note {
	uint64_t number; /* of its event */
	int64_t time;
	const char *by, *text, *subject;
};

/* What a note is about, as text; returns OUT, ZONE_NOTE_SUBJECT bytes. */
char *zone_note_item(char *out, uint64_t item);
char *zone_note_key(char *out, const struct zone_key *key);
char *zone_note_submitter(char *out, const char *name);

/* Write TEXT about SUBJECT down. ERR_NONE: an item that is not there;
 * ERR_RANGE: no text, more than ZONE_NOTE_TEXT bytes, or more than
 * ZONE_NOTES_MAX notes; ERR_FORMAT: text that is no UTF-8. */
MUST_CHECK int zone_note_add(struct zone_queue *queue, const char *subject,
    const char *by, const char *text, uint64_t *ret_number);

/* The notes about SUBJECT, newest first, at most MAX, into ARENA. */
MUST_CHECK int zone_note_list(struct zone_queue *queue, const char *subject,
    size_t max, struct arena *arena, struct zone_note **ret, size_t *ret_n);
/* The same about KEY and all that covers it (its networks, the domains above
 * it), those about the narrowest first. */
MUST_CHECK int zone_note_list_key(struct zone_queue *queue,
    const struct zone_key *key, size_t max, struct arena *arena,
    struct zone_note **ret, size_t *ret_n);
