/* arena.h - memory that dies together: one mail, one page, one command.
 *
 * Nothing inside is freed alone. Allocation can fail (NULL); a limit makes
 * sure that a stranger's mail cannot take more than its share.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t used;  /* bytes handed out */
	size_t limit; /* 0: none but memory */
};

/* N zeroed bytes, aligned for anything; NULL when there is no room. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of LEN bytes with a NUL behind them; NULL when there is no room. */
char *arena_copy(struct arena *a, const void *data, size_t len);
char *arena_str(struct arena *a, const char *s);
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
void arena_free(struct arena *a); /* everything; may be used again */
/* The same, but one chunk is kept for what comes next. */
void arena_reset(struct arena *a);
