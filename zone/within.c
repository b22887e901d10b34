/* within.c - how many entries lie within a network. */
#include "zone/within.h"

#include <stdlib.h>
#include <string.h>

#include "zone/view_priv.h"

#define BLOCKS 64 /* that are looked into; each may have 65,536 entries */

/* Count the rows of a block that PREFIX covers. */
static int
count_block(const uint8_t *block, unsigned base, const uint8_t stretch[16],
    const struct net_prefix *p, int64_t now, struct zone_within *ret)
{
	size_t n = zone_block_count(block);
	struct zone_row *rows = calloc(n > 0 ? n : 1, sizeof(*rows));
	struct net_ip ip = { .bits = p->ip.bits };
	int r;

	if (rows == NULL) {
		return ERR_NOMEM;
	}
	r = zone_block_decode(block, base, stretch, rows);
	for (size_t i = 0; i < n && r == 0; i++) {
		memcpy(ip.bytes, rows[i].addr, sizeof(ip.bytes));
		if (rows[i].len <= p->plen ||
		    !net_ip_within(&ip, &p->ip, p->plen) ||
		    (rows[i].until != 0 && rows[i].until <= now)) {
			continue;
		}
		ret->listed += rows[i].code != 0;
		ret->exempt += rows[i].code == 0;
	}
	free(rows);
	return r;
}

int
zone_view_within(struct zone_view *view, uint16_t list,
    const struct net_prefix *p, struct zone_within *ret)
{
	enum zone_space space =
	    p->ip.bits == 32 ? ZONE_SPACE_V4 : ZONE_SPACE_V6;
	unsigned base = zone_space_base(space), blocks = 0;
	struct net_ip ip = { .bits = p->ip.bits };
	struct zone_cursor *cursor = NULL;
	struct zone_within found = { 0 };
	struct zone_bytes k, val;
	uint8_t stretch[16] = { 0 }, key[7];
	const uint8_t *block;
	size_t klen;
	int r;

	r = zone_view_block(view, list, space, p->ip.bytes, 0, &block);
	if (r == 1) {
		r = count_block(block, 0, stretch, p, view->now, &found);
	}
	if (r == 0) {
		r = zone_cursor_open(view->txn, ZONE_T_BLOCKS, &cursor);
	}
	if (r < 0) {
		return r;
	}
	klen = zone_block_key(key, list, space, p->ip.bytes, base);
	for (r = zone_cursor_seek(cursor, key, klen, &k, &val); r == 1;
	     r = zone_cursor_next(cursor, &k, &val)) {
		if (k.len != klen || memcmp(k.at, key, 3) != 0) {
			break;
		}
		memset(stretch, 0, sizeof(stretch));
		memcpy(stretch, k.at + 3, base / 8);
		memcpy(ip.bytes, stretch, sizeof(stretch));
		if (!net_ip_within(
			&ip, &p->ip, p->plen < base ? p->plen : base)) {
			break;
		}
		if (++blocks > BLOCKS) {
			r = ERR_RANGE;
			break;
		}
		r = zone_block_check(val.at, val.len)
		    ? count_block(
			  val.at, base, stretch, p, view->now, &found)
		    : ERR_CORRUPT;
		if (r < 0) {
			break;
		}
	}
	zone_cursor_close(&cursor);
	if (r < 0) {
		return r;
	}
	*ret = found;
	return 0;
}
