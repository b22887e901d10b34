/* msg.h - the .msg files of Outlook (MS-CFB, MS-OXMSG).
 *
 * A file system in a file; what counts is one stream of its root, the
 * transport header of the message. Chains are followed for as many steps as
 * there are sectors, so that none can go round for ever.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct ingest_msg {
	struct span header;        /* UTF-8, len 0: none, it was never sent */
	struct span from, subject; /* as the file says by itself, UTF-8 */
};

bool ingest_msg_is(struct span s);

/* ERR_FORMAT: damaged, or no message. ERR_NOMEM. */
MUST_CHECK int ingest_msg_read(
    struct span s, struct arena *arena, struct ingest_msg *ret);
