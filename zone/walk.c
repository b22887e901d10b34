/* walk.c - every entry of a list, in key order. */
#include "zone/view_priv.h"

#include <stdlib.h>
#include <string.h>

static int
by_address(const void *a, const void *b)
{
	const struct zone_row *x = a, *y = b;
	int r = memcmp(x->addr, y->addr, 16);

	return r != 0 ? r : (int)x->len - (int)y->len;
}

/* Unpack a block, sorted by address, wider first. ROWS is the caller's to
 * free. */
static int
unpack(const uint8_t *block, unsigned base, const uint8_t stretch[16],
    struct zone_row **ret_rows, size_t *ret_n)
{
	size_t n = zone_block_count(block);
	struct zone_row *rows = calloc(n, sizeof(*rows));
	int r;

	if (rows == NULL) {
		return ERR_NOMEM;
	}
	r = zone_block_decode(block, base, stretch, rows);
	if (r < 0) {
		free(rows);
		return r;
	}
	qsort(rows, n, sizeof(*rows), by_address);
	*ret_rows = rows;
	*ret_n = n;
	return 0;
}

static int
tell(const struct zone_row *row, unsigned bits, zone_entry_fn *fn, void *ctx)
{
	struct zone_entry e = {
		.key = { .kind = ZONE_KIND_IP,
		    .ip = { .ip = { .bits = (uint8_t)bits },
			.plen = row->len } },
		.detail = row->detail,
		.code = row->code,
		.until = row->until,
	};

	memcpy(e.key.ip.ip.bytes, row->addr, 16);
	return fn(&e, ctx);
}

/* One family: the blocks in order, the wide entries among them. */
static int
walk_space(struct zone_view *v, uint16_t list, enum zone_space space,
    zone_entry_fn *fn, void *ctx)
{
	unsigned base = zone_space_base(space);
	unsigned bits = space == ZONE_SPACE_V4 ? 32 : 128;
	struct zone_row *wide = NULL, *rows = NULL;
	size_t n_wide = 0, n = 0, w = 0, klen;
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	uint8_t stretch[16] = { 0 }, key[7];
	const uint8_t *block;
	int r;

	r = zone_view_block(v, list, space, stretch, 0, &block);
	if (r == 1) {
		r = unpack(block, 0, stretch, &wide, &n_wide);
	}
	if (r < 0) {
		return r;
	}
	r = zone_cursor_open(v->txn, ZONE_T_BLOCKS, &c);
	if (r < 0) {
		goto out;
	}
	klen = zone_block_key(key, list, space, stretch, base);
	for (r = zone_cursor_seek(c, key, klen, &k, &val); r == 1;
	     r = zone_cursor_next(c, &k, &val)) {
		if (k.len != klen || memcmp(k.at, key, 3) != 0) {
			r = 0;
			break;
		}
		memcpy(stretch, k.at + 3, base / 8);
		if (!zone_block_check(val.at, val.len)) {
			r = ERR_CORRUPT;
			break;
		}
		r = unpack(val.at, base, stretch, &rows, &n);
		for (size_t i = 0; i < n && r == 0; i++) {
			while (w < n_wide && r == 0 &&
			    by_address(&wide[w], &rows[i]) < 0) {
				r = tell(&wide[w++], bits, fn, ctx);
			}
			if (r == 0) {
				r = tell(&rows[i], bits, fn, ctx);
			}
		}
		free(rows);
		rows = NULL;
		n = 0;
		if (r != 0) {
			break;
		}
	}
	while (w < n_wide && r == 0) {
		r = tell(&wide[w++], bits, fn, ctx);
	}
out:
	zone_cursor_close(&c);
	free(wide);
	return r;
}

static int
walk_names(struct zone_view *v, uint16_t list, enum zone_kind kind,
    zone_entry_fn *fn, void *ctx)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	struct zone_detail d = { .id = 0 };
	const uint8_t key[2] = { (uint8_t)(list >> 8), (uint8_t)list };
	int r = zone_cursor_open(v->txn, ZONE_T_NAMES, &c);

	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, key, 2, &k, &val); r == 1;
	     r = zone_cursor_next(c, &k, &val)) {
		struct zone_entry e = { .key = { .kind = kind } };

		if (k.len < 2 || memcmp(k.at, key, 2) != 0) {
			r = 0;
			break;
		}
		r = zone_key_of_name(
		    (const char *)k.at + 2, k.len - 2, e.key.text);
		e.detail = zone_name_detail(&val);
		/* a bare digest has no '@' and is read back as one */
		if (r < 0 || e.detail == 0 ||
		    (strchr(e.key.text, '@') == NULL &&
			zone_key_parse(
			    kind, span_str(e.key.text), &e.key, NULL) < 0)) {
			r = ERR_CORRUPT;
			break;
		}
		r = 1;
		if (d.id != e.detail) {
			r = zone_detail_get(v->txn, e.detail, &d);
		}
		if (r != 1) {
			r = r < 0 ? r : ERR_CORRUPT;
			break;
		}
		e.code = d.code;
		e.until = d.until;
		r = fn(&e, ctx);
		if (r != 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

static int
walk_domains(struct zone_view *v, uint16_t list, zone_entry_fn *fn, void *ctx)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	uint8_t first[2] = { (uint8_t)(list >> 8), (uint8_t)list };
	int r = zone_cursor_open(v->txn, ZONE_T_NAMES, &c);

	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, first, 2, &k, &val); r == 1;
	     r = zone_cursor_next(c, &k, &val)) {
		struct zone_entry e = { .code = 0 };
		struct zone_domain_row row;

		if (k.len < 2 || memcmp(k.at, first, 2) != 0) {
			r = 0;
			break;
		}
		r = zone_domain_key_decode(&k, &e.key);
		if (r == 0) {
			r = zone_domain_value_decode(&k, &val, &row);
		}
		if (r == 0) {
			e.detail = row.detail;
			e.code = row.code;
			e.until = row.until;
			r = fn(&e, ctx);
		}
		if (r != 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

int
zone_view_walk(struct zone_view *view, uint16_t list, enum zone_kind kind,
    zone_entry_fn *fn, void *ctx)
{
	int r;

	if (kind == ZONE_KIND_DOMAIN) {
		return walk_domains(view, list, fn, ctx);
	}
	if (kind != ZONE_KIND_IP) {
		return walk_names(view, list, kind, fn, ctx);
	}
	r = walk_space(view, list, ZONE_SPACE_V4, fn, ctx);
	return r != 0 ? r : walk_space(view, list, ZONE_SPACE_V6, fn, ctx);
}
