/* verify.c - derive everything that is derived once more, and compare. */
#include "zone/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "zone/access.h"
#include "zone/find.h"
#include "zone/hold.h"
#include "zone/view_priv.h"

struct verify {
	struct zone_view *v;
	struct zone_verify_counts n;
	struct err_text *why;
	struct zone_detail detail; /* the one seen last */
	struct zone_list_info lists[VIEW_LISTS];
	int n_lists;
	struct zone_list_info found[VIEW_LISTS]; /* by number: counted */
	uint64_t want_digests;
	bool airing;   /* may the view be renewed? */
	int64_t since; /* it was */
	uint64_t id;   /* the commit that is looked at */
};

#define MOVED 1 /* there was another commit: what was counted is of no use */
#define TRIES 4

/* Between two tables. 0 the same commit, MOVED, <0. */
static int
air(struct verify *x)
{
	int r;

	if (!x->airing || !zone_hold_over(&x->since)) {
		return 0;
	}
	r = zone_view_renew(x->v);
	return r < 0 ? r : zone_txn_id(x->v->txn) != x->id ? MOVED : 0;
}

#define BAD(x, ...) err_say((x)->why, ERR_CORRUPT, __VA_ARGS__)

static const struct zone_list_info *
list_of(const struct verify *x, unsigned number)
{
	for (int i = 0; i < x->n_lists; i++) {
		if (x->lists[i].number == number) {
			return &x->lists[i];
		}
	}
	return NULL;
}

/* ID is a detail that says CODE and UNTIL. */
static int
check_detail(struct verify *x, const struct zone_row *row, const char *where)
{
	int r;

	if (x->detail.id != row->detail) {
		r = zone_detail_get(x->v->txn, row->detail, &x->detail);
		if (r <= 0) {
			x->detail.id = 0;
			return r < 0 && r != ERR_CORRUPT
			    ? r
			    : BAD(x, "%s: detail %u is missing or damaged",
				  where, row->detail);
		}
	}
	if (x->detail.code != row->code || x->detail.until != row->until) {
		return BAD(x,
		    "%s: detail %u says something else than its "
		    "entry",
		    where, row->detail);
	}
	return 0;
}

static void
count(struct verify *x, unsigned list, uint32_t code)
{
	*(code != 0 ? &x->found[list].listed : &x->found[list].exempt) += 1;
}

static int
check_rows(struct verify *x, unsigned list, enum zone_space space,
    unsigned base, const struct zone_row *rows, size_t n, const char *where)
{
	unsigned bits = space == ZONE_SPACE_V4 ? 32
	    : space == ZONE_SPACE_V6           ? 128
					       : ZONE_DIGEST_BITS;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct zone_row *row = &rows[i];
		int order = i == 0 ? -1 : zone_row_compare(row - 1, row);

		if (order > 0 || (order == 0 && space != ZONE_SPACE_DIGEST) ||
		    row->len > bits ||
		    (base != 0 ? row->len < base
			       : row->len >= zone_space_base(space))) {
			return BAD(x, "%s: entries out of order", where);
		}
		for (unsigned bit = row->len; bit < 128; bit++) {
			if (row->addr[bit / 8] >> (7 - bit % 8) & 1) {
				return BAD(
				    x, "%s: bits behind a prefix", where);
			}
		}
		r = check_detail(x, row, where);
		if (space == ZONE_SPACE_DIGEST) {
			x->n.digests++;
		} else {
			x->n.entries++;
			count(x, list, row->code);
		}
	}
	return r;
}

static int
check_block(
    struct verify *x, const struct zone_bytes *k, const struct zone_bytes *b)
{
	uint8_t stretch[16] = { 0 };
	const struct zone_list_info *list;
	struct zone_row *rows;
	enum zone_space space;
	char hex[65], where[96];
	unsigned base;
	size_t n;
	int r;

	if (k->len < 3 || k->len > 7) {
		return BAD(x, "a block has a key of %zu bytes", k->len);
	}
	digest_hex(k->at, k->len, hex);
	snprintf(where, sizeof(where), "block %s", hex);
	list = list_of(x, (unsigned)k->at[0] << 8 | k->at[1]);
	space = (enum zone_space)k->at[2];
	base = (unsigned)(k->len - 3) * 8;
	if (list == NULL ||
	    (space != ZONE_SPACE_V4 && space != ZONE_SPACE_V6 &&
		space != ZONE_SPACE_DIGEST) ||
	    (base != 0 && base != zone_space_base(space)) ||
	    (list->kind == ZONE_KIND_IP) == (space == ZONE_SPACE_DIGEST)) {
		return BAD(x, "%s: belongs to no list", where);
	}
	if (!zone_block_check(b->at, b->len)) {
		return BAD(x, "%s: damaged", where);
	}
	memcpy(stretch, k->at + 3, k->len - 3);
	n = zone_block_count(b->at);
	rows = calloc(n, sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	r = zone_block_decode(b->at, base, stretch, rows);
	if (r == 0) {
		r = check_rows(x, list->number, space, base, rows, n, where);
		for (size_t i = 0;
		     i < n && r == 0 && space != ZONE_SPACE_DIGEST; i++) {
			struct zone_row got;

			if (zone_block_exact(b->at, base, rows[i].addr,
				rows[i].len, &got) != 1 ||
			    got.detail != rows[i].detail) {
				r = BAD(
				    x, "%s: an entry cannot be found", where);
			}
		}
	} else {
		r = BAD(x, "%s: damaged", where);
	}
	free(rows);
	x->n.blocks++;
	return r;
}

/* One digest of NAME must have a row with its detail. */
static int
check_digest(struct verify *x, unsigned list, const struct digest *d,
    uint32_t detail, const char *name)
{
	uint8_t addr[16] = { 0 };
	const uint8_t *block;
	struct zone_row *rows;
	size_t n, i;
	int r;

	x->want_digests++;
	memcpy(addr, d->bytes, ZONE_DIGEST_BITS / 8);
	r = zone_view_block(
	    x->v, (uint16_t)list, ZONE_SPACE_DIGEST, addr, 16, &block);
	if (r <= 0) {
		return r < 0 && r != ERR_CORRUPT
		    ? r
		    : BAD(x, "%s: its digests are missing", name);
	}
	n = zone_block_count(block);
	rows = calloc(n, sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	r = zone_block_decode(block, 16, addr, rows);
	for (i = 0; i < n && r == 0; i++) {
		if (memcmp(rows[i].addr, addr, 16) == 0 &&
		    rows[i].detail == detail) {
			break;
		}
	}
	free(rows);
	return r == 0 && i < n ? 0 : BAD(x, "%s: a digest is missing", name);
}

static int
check_name(struct verify *x, unsigned list, const struct zone_key *key,
    uint32_t detail)
{
	struct zone_forms forms;
	int r = 0;

	if (key->digest.len > 0) {
		return check_digest(x, list, &key->digest, detail, key->text);
	}
	zone_key_forms(key, &forms);
	for (unsigned f = 0; f < forms.n && r == 0; f++) {
		for (int k = 0; k < DIGEST_KINDS && r == 0; k++) {
			struct digest d = digest_of((enum digest_kind)k,
			    forms.text[f], strlen(forms.text[f]));

			r = check_digest(x, list, &d, detail, key->text);
		}
	}
	return r;
}

struct naming {
	struct verify *x;
	unsigned list;
};

static int
see_name(const struct zone_entry *e, void *ctx)
{
	const struct zone_row row = {
		.detail = e->detail, .code = e->code, .until = e->until
	};
	struct naming *g = ctx;

	g->x->n.names++;
	count(g->x, g->list, e->code);
	if (e->key.kind == ZONE_KIND_DOMAIN) { /* its key and CRC were read */
		return check_detail(g->x, &row, e->key.text);
	}
	return check_name(g->x, g->list, &e->key, e->detail);
}

/* Numbered from 1 without a gap, as the head says. */
static int
check_details(struct verify *x)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, b;
	struct zone_detail d;
	struct zone_head head;
	int r = zone_head_get(x->v->txn, &head);

	if (r < 0) {
		return BAD(x, "the head of the store is damaged");
	}
	r = zone_cursor_open(x->v->txn, ZONE_T_DETAILS, &c);
	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, NULL, 0, &k, &b); r == 1;
	     r = zone_cursor_next(c, &k, &b)) {
		struct reader rd = reader(k.at, k.len);

		x->n.details++;
		if (zone_detail_decode(b.at, b.len, &d) < 0 || k.len != 4 ||
		    read_u32(&rd) != d.id || d.id != x->n.details ||
		    d.serial > head.serial) {
			r = BAD(x, "detail number %llu is damaged",
			    (unsigned long long)x->n.details);
			break;
		}
	}
	zone_cursor_close(&c);
	if (r == 0 && x->n.details + 1 != head.next_detail) {
		r = BAD(x, "%llu details, the head says %u",
		    (unsigned long long)x->n.details, head.next_detail - 1);
	}
	for (int i = 0; i < x->n_lists && r == 0; i++) {
		if (x->lists[i].number == 0 ||
		    x->lists[i].number >= head.next_list ||
		    list_of(x, x->lists[i].number) != &x->lists[i]) {
			r = BAD(x, "list \"%s\": its number is wrong",
			    x->lists[i].name);
		}
	}
	return r;
}

/* All of them, from FROM on, or as many as one view may take: then *MORE, and
 * the key behind the last in FROM. */
static int
check_some_blocks(struct verify *x, uint8_t from[8], size_t *len, bool *more)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, b;
	int r = zone_cursor_open(x->v->txn, ZONE_T_BLOCKS, &c);

	if (r < 0) {
		return r;
	}
	*more = false;
	for (r = zone_cursor_seek(c, from, *len, &k, &b); r == 1;
	     r = zone_cursor_next(c, &k, &b)) {
		r = check_block(x, &k, &b);
		if (r < 0) {
			break;
		}
		if (x->airing && zone_hold_clock() - x->since >= ZONE_HOLD_MS) {
			memcpy(from, k.at, k.len); /* at most 7, checked */
			from[k.len] = 0;
			*len = k.len + 1;
			*more = true;
			r = 0;
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

static int
check_blocks(struct verify *x)
{
	uint8_t from[8] = { 0 };
	bool more = true;
	size_t len = 0;
	int r = 0;

	while (more && r == 0) {
		r = check_some_blocks(x, from, &len, &more);
		if (r == 0) {
			r = air(x);
		}
	}
	return r;
}

static int
see_access(const struct zone_access_key *key, void *ctx)
{
	(void)key;
	(void)ctx;
	return 0;
}

/* Every key of a subscriber, and how many changes there were. */
static int
check_access(struct verify *x)
{
	uint64_t changes;
	int r = zone_access_changes(x->v, &changes);

	if (r == 0) {
		r = zone_access_walk(x->v, see_access, NULL);
	}
	return r == ERR_CORRUPT ? BAD(x, "the keys of subscribers are damaged")
				: r;
}

static int
verify_all(struct verify *x)
{
	struct zone_moved moved;
	uint64_t names;
	int r;

	r = zone_moved_get(x->v->txn, &moved);
	if (r < 0) {
		return r != ERR_CORRUPT
		    ? r
		    : BAD(x, "what the newest change wrote is damaged");
	}

	x->n_lists = zone_view_lists(x->v, x->lists, VIEW_LISTS);
	if (x->n_lists < 0) {
		return BAD(x, "the table of lists is damaged");
	}
	r = check_details(x);
	if (r == 0) {
		r = air(x);
	}
	if (r == 0) {
		r = check_blocks(x);
	}
	for (int i = 0; i < x->n_lists && r == 0; i++) {
		struct naming g = { .x = x, .list = x->lists[i].number };

		if (x->lists[i].kind != ZONE_KIND_IP) {
			r = zone_view_walk(x->v, x->lists[i].number,
			    x->lists[i].kind, see_name, &g);
		}
		if (r == ERR_CORRUPT && x->why != NULL &&
		    x->why->text[0] == '\0') {
			r = BAD(x, "list \"%s\": a name is damaged",
			    x->lists[i].name);
		}
		if (r == 0) {
			r = air(x);
		}
	}
	for (int i = 0; i < x->n_lists && r == 0; i++) {
		const struct zone_list_info *l = &x->lists[i];

		if (l->listed != x->found[l->number].listed ||
		    l->exempt != x->found[l->number].exempt) {
			r = BAD(
			    x, "list \"%s\": its counts are wrong", l->name);
		}
	}
	if (r == 0) {
		r = zone_txn_count(x->v->txn, ZONE_T_NAMES, &names);
	}
	if (r == 0 && names != x->n.names) {
		r = BAD(x, "%llu names, %llu of them in lists",
		    (unsigned long long)names, (unsigned long long)x->n.names);
	}
	if (r == 0 && x->want_digests != x->n.digests) {
		r = BAD(x, "%llu digests, the names make %llu",
		    (unsigned long long)x->n.digests,
		    (unsigned long long)x->want_digests);
	}
	return r == 0 ? check_access(x) : r;
}

int
zone_verify(struct zone_view *view, struct zone_verify_counts *ret,
    struct err_text *why)
{
	struct verify *x = calloc(1, sizeof(*x));
	struct err_text unheard = { "" };
	int r = MOVED;

	if (x == NULL) {
		return ERR_NOMEM;
	}
	for (int tries = 1; r == MOVED && tries <= TRIES; tries++) {
		*x = (struct verify){ .v = view,
			.why = why != NULL ? why : &unheard,
			.airing = tries < TRIES,
			.since = zone_hold_clock(),
			.id = zone_txn_id(view->txn) };
		x->why->text[0] = '\0';
		r = verify_all(x);
	}
	*ret = x->n;
	free(x);
	return r;
}
