/* buf.h - bytes that grow on the heap.
 *
 * For everything that is written before its size is known: stored records,
 * pages, exports. Remembers its first failure (out of memory, or the limit):
 * append straight through, look at "bad" once, then take or free.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
	char *data; /* NUL after the last byte, once something was added */
	size_t len;
	size_t cap;
	size_t limit; /* 0: none but memory */
	bool bad;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s); /* without its NUL */
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_u8(struct buf *b, unsigned v);
void buf_le16(struct buf *b, unsigned v);
void buf_le32(struct buf *b, uint32_t v);
void buf_le64(struct buf *b, uint64_t v);
void buf_text(struct buf *b, const char *s, size_t len); /* see read_text */
void buf_clear(struct buf *b); /* len 0, memory kept, "bad" forgotten */
void buf_free(struct buf *b);  /* zeroed: may be used again */
