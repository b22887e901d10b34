/* entry.h - what is said of a listed key: the stored detail.
 *
 * Entries that were made together with the same words share one detail, so a
 * bulk import does not repeat it. Details never change and are never deleted:
 * history refers to them by number.
 */
#pragma once

#include "base/text.h"
#include "zone/key.h"

struct zone_detail {
	uint32_t id;
	uint32_t code; /* A value as a number; 0: an exemption */
	int64_t created;
	int64_t until;   /* expires at this second; 0: never */
	uint64_t serial; /* of the change that made it */
	bool person;     /* made by a person, not by an import */
	bool template;   /* reason: "$" is the key asked for, "$$" a dollar */
	struct span by, source, criterion, reason, evidence; /* UTF-8 */
};

/* What is said to whoever asks. */
struct zone_reason {
	struct span text;
	bool template;   /* as in zone_detail */
	const char *key; /* then "$" in it is this */
};

static inline bool
zone_detail_exempt(const struct zone_detail *d)
{
	return d->code == 0;
}

/* Append D's reason to B as it reads for KEY: a template with KEY put in,
 * other words as they are. */
void zone_detail_reason(
    const struct zone_detail *d, const char *key, struct buf *b);

/* doc/FORMATS, "detail". Append to B / read from LEN bytes at DATA; spans
 * are borrowed from DATA. ERR_CORRUPT: length, version or CRC is wrong. */
void zone_detail_encode(const struct zone_detail *d, struct buf *b);
MUST_CHECK int zone_detail_decode(
    const void *data, size_t len, struct zone_detail *ret);

/* "127.0.0.2" into 16 bytes; returns OUT. */
char *zone_code_format(char *out, uint32_t code);
MUST_CHECK int zone_code_parse(struct span s, uint32_t *ret_code);
