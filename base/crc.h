/* crc.h - CRC-32C (Castagnoli), the checksum of every stored record.
 *
 * LMDB has none: a flipped bit on the disk would be served as it is. Uses the
 * processor's instruction where there is one (SSE 4.2), a table elsewhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Of LEN bytes; "123456789" gives 0xe3069283. */
uint32_t crc32c(const void *data, size_t len);
