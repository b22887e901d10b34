/* pick.c - the few entries of a list that something is true of. */
#include "zone/pick.h"

#include <stdlib.h>
#include <string.h>

#include "zone/hold.h"
#include "zone/view_priv.h"

struct picking {
	struct zone_view *v;
	uint16_t list;
	zone_pick_want *want;
	zone_entry_fn *fn;
	void *ctx;
	int64_t since;
	struct zone_said last; /* asked for last: words repeat */
	int answer;
	uint32_t *details; /* wanted ones of an address list, ascending */
	size_t n_details, cap_details;
};

static int
wanted(struct picking *p, const struct zone_said *said)
{
	if (said->detail != p->last.detail || said->until != p->last.until ||
	    said->code != p->last.code) {
		p->last = *said;
		p->answer = p->want(p->v, said, p->ctx);
	}
	return p->answer;
}

/* ---- a table in pieces --------------------------------------------------- */

/* 1 go on, 0 the end, <0. */
typedef int row_fn(struct picking *p, const struct zone_bytes *key,
    const struct zone_bytes *value);

/* Every row of TABLE whose key begins with the N bytes at PREFIX. FN may ask
 * the view, but keeps nothing of it. */
static int
each_row(struct picking *p, enum zone_table table, const uint8_t *prefix,
    size_t n, row_fn *fn)
{
	uint8_t from[ZONE_STORE_KEY_MAX + 1];
	size_t len = n;
	bool more = true;
	int r = 0;

	memcpy(from, prefix, n);
	while (more && r >= 0) {
		struct zone_cursor *c = NULL;
		struct zone_bytes k, val;

		r = zone_cursor_open(p->v->txn, table, &c);
		if (r < 0) {
			return r;
		}
		more = false;
		for (r = zone_cursor_seek(c, from, len, &k, &val); r == 1;
		     r = zone_cursor_next(c, &k, &val)) {
			if (k.len < n || memcmp(k.at, prefix, n) != 0) {
				r = 0;
				break;
			}
			r = fn(p, &k, &val);
			if (r != 0) {
				break;
			}
			if (zone_hold_over(&p->since)) {
				/* the key behind this one */
				memcpy(from, k.at, k.len);
				from[k.len] = 0;
				len = k.len + 1 <= ZONE_STORE_KEY_MAX
				    ? k.len + 1
				    : k.len;
				more = true;
				break;
			}
		}
		zone_cursor_close(&c);
		if (more) {
			r = zone_view_renew(p->v);
		}
		if (r != 0) {
			return r;
		}
	}
	return r;
}

/* ---- prefixes ------------------------------------------------------------ */

static int
tell_block(struct picking *p, enum zone_space space, unsigned base,
    const struct zone_bytes *key, const struct zone_bytes *block)
{
	uint8_t stretch[16] = { 0 };
	struct zone_row *rows;
	size_t n;
	int r;

	if (!zone_block_check(block->at, block->len)) {
		return ERR_CORRUPT;
	}
	n = zone_block_count(block->at);
	rows = malloc(n * sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	memcpy(stretch, key->at + 3, base / 8);
	r = zone_block_decode(block->at, base, stretch, rows);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct zone_said said = { rows[i].detail, rows[i].code,
			rows[i].until };
		struct zone_entry e = {
			.key = { .kind = ZONE_KIND_IP,
			    .ip = { .ip.bits =
					space == ZONE_SPACE_V4 ? 32 : 128,
				.plen = rows[i].len } },
			.detail = said.detail,
			.code = said.code,
			.until = said.until,
		};

		r = wanted(p, &said);
		if (r == 1) {
			memcpy(e.key.ip.ip.bytes, rows[i].addr, 16);
			r = p->fn(&e, p->ctx);
		}
	}
	free(rows);
	return r;
}

/* Does anything in the block's dictionary interest? The CRC is looked at only
 * when something does: a damaged block is found by whoever needs it. */
static int
block_wanted(struct picking *p, const struct zone_bytes *block)
{
	struct zone_row row;
	int r = 0;

	for (uint32_t i = 0;
	     r == 0 && zone_block_said(block->at, block->len, i, &row); i++) {
		const struct zone_said said = { row.detail, row.code,
			row.until };

		r = wanted(p, &said);
	}
	return r;
}

static int
see_prefixes(struct picking *p, const struct zone_bytes *key,
    const struct zone_bytes *block)
{
	enum zone_space space = (enum zone_space)key->at[2];
	unsigned base = (unsigned)(key->len - 3) * 8;
	int r;

	if ((space != ZONE_SPACE_V4 && space != ZONE_SPACE_V6) ||
	    (base != 0 && base != zone_space_base(space))) {
		return ERR_CORRUPT;
	}
	r = block_wanted(p, block);
	return r == 1 ? tell_block(p, space, base, key, block) : r;
}

/* ---- addresses ----------------------------------------------------------- */

static int
compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Digest blocks say which details are wanted, the names whose they are. */
static int
see_digests(struct picking *p, const struct zone_bytes *key,
    const struct zone_bytes *block)
{
	struct zone_row row;

	(void)key;
	for (uint32_t i = 0; zone_block_said(block->at, block->len, i, &row);
	     i++) {
		const struct zone_said said = { row.detail, row.code,
			row.until };
		uint32_t *grown;
		int r = wanted(p, &said);

		if (r < 0) {
			return r;
		}
		if (r == 0 ||
		    (p->n_details > 0 &&
			p->details[p->n_details - 1] == row.detail)) {
			continue;
		}
		if (p->n_details == p->cap_details) {
			size_t cap =
			    p->cap_details == 0 ? 64 : p->cap_details * 2;

			grown = reallocarray(p->details, cap, sizeof(*grown));
			if (grown == NULL) {
				return ERR_NOMEM;
			}
			p->details = grown;
			p->cap_details = cap;
		}
		p->details[p->n_details++] = row.detail;
	}
	return 0;
}

static int
see_name(struct picking *p, const struct zone_bytes *key,
    const struct zone_bytes *value)
{
	struct zone_entry e = { .key = { .kind = ZONE_KIND_ADDRESS },
		.detail = zone_name_detail(value) };
	struct zone_detail d;
	int r;

	if (e.detail != 0 &&
	    bsearch(&e.detail, p->details, p->n_details, sizeof(*p->details),
		compare_ids) == NULL) {
		return 0;
	}
	if (e.detail == 0 || key->len <= 2 ||
	    zone_key_of_name(
		(const char *)key->at + 2, key->len - 2, e.key.text) < 0) {
		return ERR_CORRUPT;
	}
	if (strchr(e.key.text, '@') == NULL) { /* a bare digest */
		r = zone_key_parse(ZONE_KIND_ADDRESS, span_str(e.key.text),
		    &e.key, NULL);
		if (r < 0) {
			return ERR_CORRUPT;
		}
	}
	r = zone_detail_get(p->v->txn, e.detail, &d);
	if (r <= 0) {
		return r < 0 ? r : ERR_CORRUPT;
	}
	e.code = d.code;
	e.until = d.until;
	return p->fn(&e, p->ctx);
}

static int
pick_addresses(struct picking *p, const uint8_t prefix[3])
{
	size_t n = 0;
	int r = each_row(p, ZONE_T_BLOCKS, prefix, 3, see_digests);

	if (r != 0 || p->n_details == 0) {
		return r;
	}
	qsort(p->details, p->n_details, sizeof(*p->details), compare_ids);
	for (size_t i = 0; i < p->n_details; i++) {
		if (n == 0 || p->details[n - 1] != p->details[i]) {
			p->details[n++] = p->details[i];
		}
	}
	p->n_details = n;
	return each_row(p, ZONE_T_NAMES, prefix, 2, see_name);
}

/* ---- any list ------------------------------------------------------------ */

static int
see_entry(const struct zone_entry *e, void *ctx)
{
	struct picking *p = ctx;
	const struct zone_said said = { e->detail, e->code, e->until };
	int r = wanted(p, &said);

	return r == 1 ? p->fn(e, p->ctx) : r;
}

int
zone_pick(struct zone_view *view, uint16_t list, enum zone_kind kind,
    zone_pick_want *want, zone_entry_fn *fn, void *ctx)
{
	struct picking p = { .v = view,
		.list = list,
		.want = want,
		.fn = fn,
		.ctx = ctx,
		.since = zone_hold_clock() };
	uint8_t prefix[3] = { (uint8_t)(list >> 8), (uint8_t)list, 0 };
	int r = 0;

	switch (kind) {
	case ZONE_KIND_IP:
		prefix[2] = ZONE_SPACE_V4;
		r = each_row(&p, ZONE_T_BLOCKS, prefix, 3, see_prefixes);
		if (r == 0) {
			prefix[2] = ZONE_SPACE_V6;
			r = each_row(
			    &p, ZONE_T_BLOCKS, prefix, 3, see_prefixes);
		}
		break;
	case ZONE_KIND_ADDRESS:
		prefix[2] = ZONE_SPACE_DIGEST;
		r = pick_addresses(&p, prefix);
		break;
	case ZONE_KIND_DOMAIN:
		r = zone_view_walk(view, list, kind, see_entry, &p);
		break;
	}
	free(p.details);
	return r;
}
