/* notes.h - what threads that answer have to tell, for the main thread to log.
 *
 * Who answers must not wait for whoever reads the log. A note is put into a
 * small ring; when it is full, or another thread is at it, the note is only
 * counted.
 */
#pragma once

#include "base/err.h"
#include "base/log.h"

struct rbld_notes;

struct rbld_notes *rbld_notes_new(void);        /* NULL: no memory */
void rbld_notes_free(struct rbld_notes **notes); /* NULL-safe */
/* From any thread; NOTES may be NULL. */
void rbld_note(struct rbld_notes *notes, enum log_level level,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The main thread, now and then: log what came since. */
void rbld_notes_log(struct rbld_notes *notes);
