/* gzip.h - gzip streams, packed and unpacked. The only door to zlib.
 *
 * Several streams one after the other are one (RFC 1952, 2.2). What is cut
 * short, damaged, or followed by something else is an error, and so is a
 * stream that unpacks to far more than any text would: whoever sends such a
 * file wants the disk, not the list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct gzip;

/* Do LEN bytes at DATA begin like a gzip stream? */
bool gzip_starts(const void *data, size_t len);

MUST_CHECK int gzip_new(struct gzip **ret);
void gzip_free(struct gzip **gzip); /* NULL-safe, sets NULL */

/* Pack LEN bytes at DATA as one stream behind B, quickly rather than tightly.
 * ERR_NOMEM: also B's limit. */
MUST_CHECK int gzip_pack(const void *data, size_t len, struct buf *b);

/* The same so that a small change of DATA changes few bytes of what is packed:
 * it begins anew at places that the text itself decides, some 64 KiB apart.
 * The bytes depend on DATA alone. */
MUST_CHECK int gzip_pack_apart(const void *data, size_t len, struct buf *b);

/* Unpack from *IN, which is moved on, into CAP bytes at OUT. LAST: nothing
 * comes behind *IN. With *RET_LEN 0 it wants more input, or, when LAST, that
 * was all. ERR_FORMAT: no gzip, damaged or cut; ERR_RANGE: a bomb; ERR_NOMEM.
 */
MUST_CHECK int gzip_step(struct gzip *gzip, const uint8_t **in, size_t *in_len,
    bool last, void *out, size_t cap, size_t *ret_len);
