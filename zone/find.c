/* find.c - the questions of the responder. */
#include "zone/find.h"

#include <stdio.h>
#include <string.h>

#include "zone/view_priv.h"

/* So many holes or expired entries in a row are stepped over before a node is
 * said to exist, which is the safe side: NODATA never hides a listing. */
#define STEP_LIMIT 4096

static enum zone_space
space_of(const struct net_ip *ip)
{
	return ip->bits == 32 ? ZONE_SPACE_V4 : ZONE_SPACE_V6;
}

static void
fill(struct zone_hit *hit, const struct zone_row *row)
{
	*hit = (struct zone_hit){
		.verdict = row->code == 0 ? ZONE_EXEMPT : ZONE_LISTED,
		.plen = row->len,
		.code = row->code,
		.detail = row->detail,
		.until = row->until,
	};
}

/* The same as cover, below, among the wide entries only. */
static int
cover_wide(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned maxlen, struct zone_row *row)
{
	const uint8_t *block;
	int r = zone_view_block(v, list, space, addr, 0, &block);

	return r == 1
	    ? zone_block_find_within(block, 0, addr, maxlen, v->now, row)
	    : r;
}

/* The narrowest live entry of at most MAXLEN bits that covers ADDR: in the
 * block around it, else among the wide ones. 1, 0, <0. */
static int
cover(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned maxlen, struct zone_row *row)
{
	unsigned base = zone_space_base(space);
	const uint8_t *block;
	int r;

	r = zone_view_block(v, list, space, addr, base, &block);
	if (r == 1) {
		r = zone_block_find_within(
		    block, base, addr, maxlen, v->now, row);
	}
	if (r != 0 || space == ZONE_SPACE_DIGEST) {
		return r;
	}
	return cover_wide(v, list, space, addr, maxlen, row);
}

int
zone_find_ip(struct zone_view *view, uint16_t list, const struct net_ip *ip,
    struct zone_hit *ret_hit)
{
	struct zone_row row;
	int r = cover(view, list, space_of(ip), ip->bytes, 128, &row);

	if (r < 0) {
		return r;
	}
	if (r == 0) {
		*ret_hit = (struct zone_hit){ .verdict = ZONE_CLEAR };
	} else {
		fill(ret_hit, &row);
	}
	return 0;
}

void
zone_find_ip_ahead(struct zone_view *view, uint16_t list,
    const struct net_ip *ip, unsigned step, struct zone_ahead *ahead)
{
	zone_view_ahead(
	    view, list, space_of(ip), ip->bytes, step, &ahead->block);
}

void
zone_find_digest_ahead(struct zone_view *view, uint16_t list,
    const struct digest *digest, unsigned step, struct zone_ahead *ahead)
{
	zone_view_ahead(
	    view, list, ZONE_SPACE_DIGEST, digest->bytes, step, &ahead->block);
}

int
zone_find_digest(struct zone_view *view, uint16_t list,
    const struct digest *digest, struct zone_hit *ret_hit)
{
	uint8_t addr[16] = { 0 };
	struct zone_row row;
	int r;

	memcpy(addr, digest->bytes, ZONE_DIGEST_BITS / 8);
	r = cover(view, list, ZONE_SPACE_DIGEST, addr, 128, &row);
	if (r < 0) {
		return r;
	}
	if (r == 0) {
		*ret_hit = (struct zone_hit){ .verdict = ZONE_CLEAR };
	} else {
		fill(ret_hit, &row);
		ret_hit->plen = 0;
	}
	return 0;
}

/* ---- as a person asks -------------------------------------------------- */

/* Is it an entry known by digest D only? 1 and *KEY, 0, <0. */
static int
bare_of_detail(struct zone_view *v, uint16_t list, const struct digest *d,
    uint32_t detail, struct zone_key *key)
{
	char hex[65], text[ZONE_KEY_TEXT];
	struct zone_key bare;
	uint32_t found;
	int r;

	digest_hex(d->bytes, d->len, hex);
	snprintf(text, sizeof(text), "%s:%s",
	    d->len == 16       ? "md5"
		: d->len == 20 ? "sha1"
			       : "sha256",
	    hex);
	r = zone_name_get(v->txn, list, text, &found);
	if (r != 1 || found != detail) {
		return r < 0 ? r : 0;
	}
	r = zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &bare, NULL);
	if (r == 0) {
		*key = bare;
	}
	return r < 0 ? r : 1;
}

/* Which stored address answers for ADDRESS with DETAIL? It shares ADDRESS's
 * canonical form. 1 and *KEY, 0, <0. */
static int
name_of_detail(struct zone_view *v, uint16_t list,
    const struct zone_key *address, uint32_t detail, struct zone_key *key)
{
	uint8_t first[2 + ZONE_NAME_TEXT];
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	char canon[ZONE_KEY_TEXT];
	size_t n;
	int r;

	zone_key_canon(address->text, canon);
	n = zone_name_key(first, list, canon, strlen(canon));
	r = zone_cursor_open(v->txn, ZONE_T_NAMES, &c);
	if (r < 0) {
		return r;
	}
	/* the canonical form itself, then those with a rest */
	for (r = zone_cursor_seek(c, first, n, &k, &val); r == 1;
	     r = zone_cursor_next(c, &k, &val)) {
		if (k.len < n || memcmp(k.at, first, n) != 0 ||
		    (k.len > n && k.at[n] != ZONE_NAME_REST)) {
			r = 0;
			break;
		}
		if (zone_name_detail(&val) == detail) {
			r = zone_key_of_name(
			    (const char *)k.at + 2, k.len - 2, key->text);
			r = r < 0 ? r : 1;
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

int
zone_find_name(struct zone_view *view, uint16_t list,
    const struct zone_key *address, const struct digest *digest,
    uint32_t detail, struct zone_key *ret_key)
{
	struct zone_key key = *address;
	uint32_t own;
	int r = zone_name_get(view->txn, list, address->text, &own);

	if (r == 1 && own != detail) {
		r = 0;
	}
	if (r == 0 && address->digest.len == 0) {
		r = bare_of_detail(view, list, digest, detail, &key);
	}
	if (r == 0 && address->digest.len == 0) {
		r = name_of_detail(view, list, address, detail, &key);
	}
	if (r == 1) {
		*ret_key = key;
	}
	return r;
}

const enum digest_kind zone_find_order[DIGEST_KINDS] = { DIGEST_SHA1,
	DIGEST_MD5, DIGEST_SHA256 };

static int
find_address(struct zone_view *v, uint16_t list, const struct zone_key *key,
    struct zone_hit *hit, struct zone_key *ret_key)
{
	struct digest d = key->digest;
	int r = 0;

	for (int k = 0; k < DIGEST_KINDS && r == 0 &&
	     hit->verdict == ZONE_CLEAR && (k == 0 || key->digest.len == 0);
	     k++) {
		if (key->digest.len == 0) {
			d = digest_of(
			    zone_find_order[k], key->text, strlen(key->text));
		}
		r = zone_find_digest(v, list, &d, hit);
	}
	if (r < 0 || hit->verdict == ZONE_CLEAR || ret_key == NULL) {
		return r;
	}
	*ret_key = *key;
	r = zone_find_name(v, list, key, &d, hit->detail, ret_key);
	return r < 0 ? r : 0;
}

int
zone_find_key(struct zone_view *view, uint16_t list, const struct zone_key *key,
    struct zone_hit *ret_hit, struct zone_key *ret_key)
{
	struct zone_hit hit = { .verdict = ZONE_CLEAR };
	struct zone_row row;
	int r;

	if (key->kind == ZONE_KIND_ADDRESS) {
		r = find_address(view, list, key, &hit, ret_key);
		if (r == 0) {
			*ret_hit = hit;
		}
		return r;
	}
	if (key->kind == ZONE_KIND_DOMAIN) {
		return zone_find_domain_key(view, list, key, ret_hit, ret_key);
	}
	r = cover(view, list, space_of(&key->ip.ip), key->ip.ip.bytes,
	    key->ip.plen, &row);
	if (r < 0) {
		return r;
	}
	if (r == 1) {
		fill(&hit, &row);
		if (ret_key != NULL) {
			*ret_key = *key;
			memcpy(ret_key->ip.ip.bytes, row.addr, 16);
			ret_key->ip.plen = row.len;
		}
	}
	*ret_hit = hit;
	return 0;
}

int
zone_find_exact(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_entry *ret_entry)
{
	struct zone_entry e = { .key = *key };
	struct zone_detail d;
	struct zone_row row;
	const uint8_t *block;
	unsigned base;
	int r;

	if (key->kind == ZONE_KIND_DOMAIN) {
		return zone_find_domain_exact(view, list, key, ret_entry);
	}
	if (key->kind != ZONE_KIND_IP) {
		r = zone_name_get(view->txn, list, key->text, &e.detail);
		if (r == 1) {
			r = zone_detail_get(view->txn, e.detail, &d);
			if (r == 0) {
				r = ERR_CORRUPT;
			}
		}
		if (r == 1) {
			e.code = d.code;
			e.until = d.until;
			*ret_entry = e;
		}
		return r;
	}
	base = zone_space_base(space_of(&key->ip.ip));
	if (key->ip.plen < base) {
		base = 0;
	}
	r = zone_view_block(
	    view, list, space_of(&key->ip.ip), key->ip.ip.bytes, base, &block);
	if (r == 1) {
		r = zone_block_exact(
		    block, base, key->ip.ip.bytes, key->ip.plen, &row);
	}
	if (r == 1) {
		e.detail = row.detail;
		e.code = row.code;
		e.until = row.until;
		*ret_entry = e;
	}
	return r;
}

/* ---- node existence ---------------------------------------------------- */

/* Last address of ADDR/LEN in a family of BITS. */
static void
last_of(const uint8_t addr[16], unsigned len, unsigned bits, uint8_t out[16])
{
	memcpy(out, addr, 16);
	for (unsigned i = len; i < bits; i++) {
		out[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
}

/* The address behind; false at the end of BITS. */
static bool
step(uint8_t addr[16], unsigned bits)
{
	for (unsigned i = bits / 8; i-- > 0;) {
		if (++addr[i] != 0) {
			return true;
		}
	}
	return false;
}

/* First address >= FROM, in a later stretch than FROM's, that an entry starts
 * at: 1, 0, <0. */
static int
next_stretch(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t from[16], uint8_t ret[16])
{
	unsigned base = zone_space_base(space);
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	uint8_t at[16] = { 0 }, key[7];
	const uint8_t *block;
	size_t n;
	int r;

	memcpy(at, from, base / 8);
	if (!step(at, base)) {
		return 0;
	}
	n = zone_block_key(key, list, space, at, base);
	r = zone_cursor_open(v->txn, ZONE_T_BLOCKS, &c);
	if (r < 0) {
		return r;
	}
	r = zone_cursor_seek(c, key, n, &k, &val);
	if (r == 1 && (k.len != n || memcmp(k.at, key, 3) != 0)) {
		r = 0;
	}
	if (r == 1) {
		memset(at, 0, sizeof(at));
		memcpy(at, k.at + 3, base / 8);
	}
	zone_cursor_close(&c);
	if (r == 1) {
		r = zone_view_block(v, list, space, at, base, &block);
	}
	return r == 1 ? zone_block_next(block, base, at, ret) : r;
}

/* First address in [FROM, LAST] that an entry starts at: 1, 0, <0. */
static int
next_start(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t from[16], const uint8_t last[16], uint8_t ret[16])
{
	unsigned base = zone_space_base(space);
	const uint8_t *block;
	uint8_t at[16];
	bool found = false;
	int r;

	r = zone_view_block(v, list, space, from, 0, &block);
	if (r == 1) {
		r = zone_block_next(block, 0, from, ret);
		found = r == 1;
	}
	if (r < 0) {
		return r;
	}
	r = zone_view_block(v, list, space, from, base, &block);
	if (r == 1) {
		r = zone_block_next(block, base, from, at);
	}
	if (r == 0 && memcmp(from, last, base / 8) != 0) {
		r = next_stretch(v, list, space, from, at);
	}
	if (r < 0) {
		return r;
	}
	if (r == 1 && (!found || memcmp(at, ret, 16) < 0)) {
		memcpy(ret, at, 16);
		found = true;
	}
	return found && memcmp(ret, last, 16) <= 0;
}

/* What covers AT, and how far that is known without asking again: *REACH is
 * AT itself, or the end of its stretch when nothing there lists and the wide
 * entry around all of it does not either. So a list of many holes costs one
 * step a stretch. 1 and *ROW, 0, <0. */
static int
cover_far(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t at[16], unsigned bits, struct zone_row *row,
    uint8_t reach[16])
{
	unsigned base = zone_space_base(space);
	const uint8_t *block;
	int r;

	memcpy(reach, at, 16);
	r = zone_view_block(v, list, space, at, base, &block);
	if (r < 0) {
		return r;
	}
	if (r == 1 && zone_block_lists(block)) {
		return cover(v, list, space, at, 128, row);
	}
	r = cover_wide(v, list, space, at, 128, row);
	if (r >= 0 && !(r == 1 && row->code != 0)) {
		last_of(at, base, bits, reach);
	} else if (r == 1) {
		r = cover(v, list, space, at, 128, row);
	}
	return r;
}

int
zone_find_node(struct zone_view *view, uint16_t list,
    const struct net_prefix *prefix, bool *ret_exists)
{
	enum zone_space space = space_of(&prefix->ip);
	unsigned bits = prefix->ip.bits;
	uint8_t at[16], last[16], next[16], behind[16], reach[16];
	struct zone_row row;
	int r;

	memcpy(at, prefix->ip.bytes, 16);
	last_of(at, prefix->plen, bits, last);
	for (unsigned i = 0; i < STEP_LIMIT; i++) {
		bool hole = false;

		r = cover_far(view, list, space, at, bits, &row, reach);
		if (r < 0) {
			return r;
		}
		if (r == 1 && row.code != 0) {
			*ret_exists = true;
			return 0;
		}
		if (r == 1) {
			last_of(row.addr, row.len, bits, behind);
			hole =
			    step(behind, bits) && memcmp(behind, last, 16) <= 0;
		}
		r = step(reach, bits) && memcmp(reach, last, 16) <= 0
		    ? next_start(view, list, space, reach, last, next)
		    : 0;
		if (r < 0) {
			return r;
		}
		/* Whichever comes first: the next entry, or the end of this
		 * hole, behind which a wider entry may count again. */
		if (r == 1 && (!hole || memcmp(next, behind, 16) < 0)) {
			memcpy(at, next, 16);
		} else if (hole) {
			memcpy(at, behind, 16);
		} else {
			*ret_exists = false;
			return 0;
		}
	}
	*ret_exists = true;
	return 0;
}
