/* report.c - words and small tools that this room shares. */
#include "ingest/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
ingest_kind_name(enum ingest_kind kind)
{
	static const char *const names[] = {
		[INGEST_UNKNOWN] = "unknown",
		[INGEST_ATTACHMENT] = "attachment",
		[INGEST_DIGEST] = "digest",
		[INGEST_INLINE] = "inline",
		[INGEST_EML] = "eml-attachment",
		[INGEST_ARF] = "arf",
		[INGEST_RESENT] = "resent",
		[INGEST_MBOX] = "mbox",
		[INGEST_ARCHIVE] = "archive",
		[INGEST_TNEF] = "tnef",
		[INGEST_RAW] = "raw",
		[INGEST_BOUNCE] = "bounce",
		[INGEST_AUTOREPLY] = "autoreply",
	};

	return names[kind];
}

const char *
ingest_role_name(enum ingest_role role)
{
	static const char *const names[] = {
		[INGEST_ROLE_UNTRUSTED] = "untrusted",
		[INGEST_ROLE_TRUSTED] = "trusted",
		[INGEST_ROLE_PRIVATE] = "private",
		[INGEST_ROLE_BOUNDARY] = "boundary",
	};

	return names[role];
}

void
ingest_note(
    struct ingest_notes *notes, struct arena *arena, const char *fmt, ...)
{
	char text[400];
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (unsigned i = 0; i < notes->n; i++) {
		if (strcmp(notes->text[i], text) == 0) {
			return;
		}
	}
	/* a cut in the middle of a character is mended by ingest_text */
	copy = ingest_text(arena, span_str(text), sizeof(text));
	if (notes->n < INGEST_NOTES_MAX && copy[0] != '\0') {
		notes->text[notes->n++] = copy;
	}
}

const char *
ingest_text(struct arena *arena, struct span s, size_t max)
{
	struct buf b = { 0 };
	const char *copy = NULL;

	text_to_utf8(&b, s.at, s.len > max ? max : s.len);
	if (!b.bad && b.data != NULL) {
		copy = arena_copy(arena, b.data, b.len);
	}
	buf_free(&b);
	return copy != NULL ? copy : "";
}
