/* paste.h - a message that somebody put into the text of a mail.
 *
 * What a person pastes has been through a mail program: lines wrapped, joined
 * (RFC 3676), quoted, robbed of their indent, spread over double lines,
 * addresses made into links. The header block is found and put together
 * again. When only the few lines are there that programs write above what
 * they forward inline (From, Date, Subject, To in some language), these are
 * made into a header block; there is no trace then, and nobody to list.
 *
 * What stands below such lines is the forwarded mail's own text: a trace in
 * it may be the sender's invention and is not looked for.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

enum ingest_paste_sort {
	INGEST_PASTE_NONE,
	INGEST_PASTE_BARE,  /* the lines above an inline forward */
	INGEST_PASTE_TRACE, /* a header block with Received: fields */
	INGEST_PASTE_MBOX,  /* several, divided by "From " lines */
};

struct ingest_paste {
	enum ingest_paste_sort sort;
	struct span bytes; /* the message, UTF-8, in the arena */
	bool literal;      /* as it stands in the text, ... */
	size_t at;         /* ... at this offset */
};

/* Find it in TEXT, which is UTF-8. FLOWED: format=flowed; DELSP: with
 * delsp=yes. Linear in its length. ERR_NOMEM. */
MUST_CHECK int ingest_paste_find(struct span text, bool flowed, bool delsp,
    struct arena *arena, struct ingest_paste *ret);
