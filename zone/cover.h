/* cover.h - which entries could answer for a key, the narrowest first.
 *
 * Of a prefix: itself and each wider one. Of a domain: itself, then what
 * covers it together with all below, then the same of each domain above. An
 * address answers for its spellings only: itself.
 */
#pragma once

#include "zone/key.h"

struct zone_cover {
	struct zone_key key; /* the candidate in hand */
	enum zone_kind kind;
	unsigned step;
	char text[ZONE_KEY_TEXT]; /* a domain's, without "." or "*." */
	const char *at;           /* in it: the domain in hand */
};

/* KEY as zone_key_parse leaves it; a prefix or a domain pattern asks what
 * covers all of it. Give C a static or automatic place: it points to itself. */
void zone_cover_begin(struct zone_cover *c, const struct zone_key *key);
/* true: C->key is the next candidate. */
bool zone_cover_next(struct zone_cover *c);
