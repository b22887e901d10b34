/* qr.h - a short text as a QR code (ISO/IEC 18004), for telephones.
 *
 * Bytes, error correction M, versions 1 to 10: 213 bytes at most, which is
 * enough for the key of one-time codes and nothing else here needs one.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "www/page.h"

#define WWW_QR_SIZE 57 /* modules a side at most */
#define WWW_QR_BYTES 213

struct www_qr {
	unsigned size;                            /* modules a side */
	uint8_t dark[WWW_QR_SIZE][WWW_QR_SIZE];   /* [row][column], 0 or 1 */
	uint8_t fixed[WWW_QR_SIZE][WWW_QR_SIZE];  /* part of the pattern */
};

/* ERR_RANGE: too long. */
MUST_CHECK int www_qr_make(const void *data, size_t len, struct www_qr *ret);

/* As SVG into the page, with its quiet zone; LABEL for who does not see it. */
void www_qr_show(
    struct www_turn *turn, const struct www_qr *qr, const char *label);
