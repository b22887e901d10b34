/* format_rpz.c - a response policy zone for BIND, Knot Resolver, PowerDNS.
 *
 *	32.9.114.0.203.rpz-ip      CNAME .     answers with that address
 *	48.zz.bad.db8.2001.rpz-ip  CNAME .
 *	d                          CNAME .     "d"
 *	*.d                        CNAME .     what lies below it
 *
 * "." makes it NXDOMAIN, "rpz-passthru." leaves it alone: an exemption. For
 * addresses the longest prefix counts, as it does here. Names are names of a
 * zone: one that stands there hides the wildcard above it from all that lies
 * below. So each gets a wildcard of its own, and so do those between it and
 * the nearest above, saying what the wildcard above says.
 */
#include "zone/format.h"

#include <stdlib.h>

enum policy { POLICY_NONE, POLICY_LISTED, POLICY_EXEMPT };

#define DEPTH 130 /* labels of a name: at most 127 */
#define NAME_MAX_RPZ 200 /* octets: the policy zone's own name comes behind */

struct rpz {
	/* names above the one in hand, whole, from the root side down */
	struct node {
		char name[ZONE_KEY_TEXT];
		enum policy below;
	} stack[DEPTH];
	size_t depth;
	/* the one in hand: what its entries say of it and of those below */
	char name[ZONE_KEY_TEXT];
	enum policy self, all, below;
};

static void
put_record(struct zone_format_out *out, const char *prefix, const char *owner,
    enum policy policy)
{
	if (policy != POLICY_NONE) {
		buf_fmt(&out->body, "%s%s CNAME %s\n", prefix, owner,
		    policy == POLICY_LISTED ? "." : "rpz-passthru.");
	}
}

/* ---- addresses ----------------------------------------------------------- */

static void
put_six(struct buf *b, const struct net_prefix *p)
{
	unsigned w[8], best = 8, longest = 1;

	/* Last word first, as written. Of equal runs of zeros the one that
	 * comes first in the address is "zz": BIND ignores other spellings. */
	for (unsigned i = 0; i < 8; i++) {
		w[i] = (unsigned)p->ip.bytes[14 - 2 * i] << 8 |
		    p->ip.bytes[15 - 2 * i];
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && w[i + n] == 0) {
			n++;
		}
		if (n > 1 && n >= longest) {
			longest = n;
			best = i;
		}
		i += n;
	}
	buf_fmt(b, "%u", p->plen);
	for (unsigned i = 0; i < 8; i++) {
		if (i == best) {
			buf_str(b, ".zz");
			i += longest - 1;
		} else {
			buf_fmt(b, ".%x", w[i]);
		}
	}
}

static void
put_ip(struct zone_format_out *out, const struct net_prefix *p, bool listed)
{
	struct buf *b = &out->body;

	if (p->ip.bits == 32) {
		buf_fmt(b, "%u.%u.%u.%u.%u", p->plen, p->ip.bytes[3],
		    p->ip.bytes[2], p->ip.bytes[1], p->ip.bytes[0]);
	} else {
		put_six(b, p);
	}
	put_record(out, ".rpz-ip", "", listed ? POLICY_LISTED : POLICY_EXEMPT);
}

/* ---- names --------------------------------------------------------------- */

/* Does NAME lie below ABOVE? */
static bool
lies_below(const char *name, const char *above)
{
	size_t n = strlen(name), m = strlen(above);

	return n > m && name[n - m - 1] == '.' &&
	    strcmp(name + n - m, above) == 0;
}

static void
push(struct zone_format_out *out, const char *name, enum policy self,
    enum policy below)
{
	struct rpz *z = out->own;
	struct node *node = &z->stack[z->depth++];

	memcpy(node->name, name, strlen(name) + 1);
	node->below = below;
	put_record(out, "", name, self);
	put_record(out, "*.", name, below);
}

/* The name in hand has all its entries. */
static void
put_name(struct zone_format_out *out)
{
	struct rpz *z = out->own;
	enum policy above, self, below;
	const char *name = z->name;
	size_t n = strlen(name), m;

	if (n == 0) {
		return;
	}
	while (z->depth > 0 &&
	    !lies_below(name, z->stack[z->depth - 1].name)) {
		z->depth--;
	}
	above = z->depth > 0 ? z->stack[z->depth - 1].below : POLICY_NONE;
	m = z->depth > 0 ? strlen(z->stack[z->depth - 1].name) + 1 : 0;
	/* the names between, when there is a wildcard that they would hide */
	for (size_t i = n - m; above != POLICY_NONE && i-- > 1;) {
		if (name[i - 1] == '.') {
			push(out, name + i, above, above);
		}
	}
	self = z->self != POLICY_NONE ? z->self
	    : z->all != POLICY_NONE   ? z->all
				      : above;
	below = z->below != POLICY_NONE ? z->below
	    : z->all != POLICY_NONE	? z->all
					: above;
	push(out, name, self, below);
	z->name[0] = '\0';
}

static void
put_domain(struct zone_format_out *out, const char *text, enum policy policy)
{
	struct rpz *z = out->own;
	enum policy *place;
	const char *name;

	if (z == NULL) {
		z = out->own = calloc(1, sizeof(*z));
		if (z == NULL) {
			out->failed = ERR_NOMEM;
			return;
		}
	}
	name = text + (text[0] == '*' ? 2 : text[0] == '.' ? 1 : 0);
	if (strcmp(name, z->name) != 0) {
		put_name(out);
		memcpy(z->name, name, strlen(name) + 1);
		z->self = z->all = z->below = POLICY_NONE;
	}
	place = text[0] == '*' ? &z->below : text[0] == '.' ? &z->all
							    : &z->self;
	*place = policy;
}

static void
rpz_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	if (entry->key.kind == ZONE_KIND_DOMAIN &&
	    strlen(entry->key.text) > NAME_MAX_RPZ) {
		out->inexpressible++;
		return;
	}
	if (entry->key.kind == ZONE_KIND_IP) {
		put_ip(out, &entry->key.ip, entry->code != 0);
	} else {
		put_domain(out, zone_key_format(text, &entry->key),
		    entry->code != 0 ? POLICY_LISTED : POLICY_EXEMPT);
	}
	out->entries++;
}

static void
rpz_head(struct zone_format_out *out, struct buf *b)
{
	if (out->own != NULL && out->failed == 0) {
		put_name(out);
	}
	zone_format_heading(out, b, ";");
	buf_fmt(b,
	    "$TTL 300\n@ SOA localhost. root.localhost. %u 3600 600 604800 "
	    "300\n@ NS localhost.\n",
	    (unsigned)(uint32_t)out->about.serial);
}

const struct zone_format zone_format_rpz = {
	.name = "rpz",
	.about = "response policy zone of ip or domain lists (export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN),
	.entry = rpz_entry,
	.head = rpz_head,
};
