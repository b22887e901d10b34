/* labels.h - the words by which mail programs introduce what they forward.
 *
 * A forward inside the text has its own little header, in the language of the
 * program: "From:", "Von:", "Από:", ... Rows of a table; a language more is a
 * row more.
 */
#pragma once

#include "base/text.h"

enum ingest_label {
	INGEST_LABEL_NONE,
	INGEST_LABEL_FROM,
	INGEST_LABEL_SUBJECT,
	INGEST_LABEL_DATE,
	INGEST_LABEL_TO,
	INGEST_LABEL_CC,
};

/* The label that LINE (UTF-8) begins with, and what follows its colon. Marks
 * of bold text around it are no matter. */
enum ingest_label ingest_label_of(struct span line, struct span *ret_value);

/* Does a mail program's mark of a forward ("Fwd:", "WG:", ...) start
 * SUBJECT? */
bool ingest_label_forward(struct span subject);
