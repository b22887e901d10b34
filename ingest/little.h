/* little.h - the few lines above what was forwarded inline.
 *
 * From, Date, Subject, To in the language of the mail program, or a sentence
 * with the sender in it. All that they give is a name for a person to see.
 */
#pragma once

#include "ingest/labels.h"

struct ingest_little {
	struct span values[INGEST_LABEL_CC + 1]; /* len 0: none */
	unsigned kinds;
	size_t end; /* behind them, in the text */
};

/* Is there such a header at AT, the start of a line of TEXT? It has a sender
 * and at least one label more, or all of it stands on one line. */
bool ingest_little_at(struct span text, size_t at, struct ingest_little *ret);
/* Or "On 3 Nov 2021, Ann <ann@example.org> wrote:", whatever the language: one
 * address, a digit, a colon at the end? */
bool ingest_little_said(struct span text, size_t at, struct ingest_little *ret);
/* Append L as a header block, and the text below it. */
void ingest_little_put(
    struct span text, const struct ingest_little *l, struct buf *b);
