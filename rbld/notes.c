/* notes.c - a ring of lines for the log. */
#include "rbld/notes.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTES 64
#define NOTE_TEXT 384

struct note {
	enum log_level level;
	char text[NOTE_TEXT];
};

struct rbld_notes {
	pthread_mutex_t lock;
	_Atomic unsigned missed;
	unsigned n;
	struct note at[NOTES];
};

struct rbld_notes *
rbld_notes_new(void)
{
	struct rbld_notes *n = calloc(1, sizeof(*n));

	if (n != NULL) {
		pthread_mutex_init(&n->lock, NULL);
	}
	return n;
}

void
rbld_notes_free(struct rbld_notes **notes)
{
	if (*notes != NULL) {
		pthread_mutex_destroy(&(*notes)->lock);
		free(*notes);
		*notes = NULL;
	}
}

void
rbld_note(
    struct rbld_notes *notes, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (notes == NULL) {
		return;
	}
	if (pthread_mutex_trylock(&notes->lock) != 0) {
		atomic_fetch_add(&notes->missed, 1);
		return;
	}
	if (notes->n == NOTES) {
		atomic_fetch_add(&notes->missed, 1);
	} else {
		struct note *note = &notes->at[notes->n++];

		note->level = level;
		va_start(ap, fmt);
		vsnprintf(note->text, sizeof(note->text), fmt, ap);
		va_end(ap);
	}
	pthread_mutex_unlock(&notes->lock);
}

void
rbld_notes_log(struct rbld_notes *notes)
{
	unsigned missed;

	for (unsigned i = 0;; i++) {
		struct note note;

		pthread_mutex_lock(&notes->lock);
		if (i >= notes->n) {
			notes->n = 0;
			pthread_mutex_unlock(&notes->lock);
			break;
		}
		note = notes->at[i];
		pthread_mutex_unlock(&notes->lock);
		log_event(note.level, "%s", note.text);
	}
	missed = atomic_exchange(&notes->missed, 0);
	if (missed > 0) {
		log_event(LOG_NOTE, "transfers: %u more lines left out",
		    missed);
	}
}
