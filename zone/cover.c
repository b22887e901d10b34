/* cover.c - which entries could answer for a key, the narrowest first. */
#include "zone/cover.h"

#include <stdio.h>
#include <string.h>

enum { DOMAIN_SELF, DOMAIN_BELOW, DOMAIN_ALL };

void
zone_cover_begin(struct zone_cover *c, const struct zone_key *key)
{
	const char *text = key->text;

	memset(c, 0, sizeof(*c));
	c->key = *key;
	c->kind = key->kind;
	if (key->kind != ZONE_KIND_DOMAIN) {
		return;
	}
	c->step = DOMAIN_SELF;
	if (text[0] == '*' && text[1] == '.') {
		c->step = DOMAIN_BELOW;
		text += 2;
	} else if (text[0] == '.') {
		c->step = DOMAIN_ALL;
		text++;
	}
	memcpy(c->text, text, strlen(text) + 1);
	c->at = c->text;
}

static bool
next_prefix(struct zone_cover *c)
{
	unsigned plen = c->key.ip.plen;

	if (c->step++ == 0) {
		return true;
	}
	if (plen == 0) {
		return false;
	}
	plen--;
	c->key.ip.plen = (uint8_t)plen;
	c->key.ip.ip.bytes[plen / 8] &= (uint8_t)(0xff00 >> plen % 8);
	return true;
}

/* For the name itself "d" before ".d", for one below it "*.d" before ".d". */
static bool
next_domain(struct zone_cover *c)
{
	static const char *const marks[] = { "", "*.", "." };
	const char *dot;

	if (c->at == NULL) {
		return false;
	}
	/* marks and a name fit: both came out of a key */
	snprintf(c->key.text, sizeof(c->key.text), "%s%.253s", marks[c->step],
	    c->at);
	if (c->step != DOMAIN_ALL) {
		c->step = DOMAIN_ALL;
	} else {
		dot = strchr(c->at, '.');
		c->at = dot != NULL ? dot + 1 : NULL;
		c->step = DOMAIN_BELOW;
	}
	return true;
}

bool
zone_cover_next(struct zone_cover *c)
{
	switch (c->kind) {
	case ZONE_KIND_IP: return next_prefix(c);
	case ZONE_KIND_DOMAIN: return next_domain(c);
	case ZONE_KIND_ADDRESS: break;
	}
	return c->step++ == 0;
}
