/* apply.c - write a change: entries, digests, counts, history, in one
 * transaction.
 *
 * Works block by block: the operations are sorted as the blocks are, each
 * block is unpacked once, merged and packed again.
 */
#include "zone/change_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/when.h"

/* ---- order ------------------------------------------------------------- */

static enum zone_space
space_of(const struct op *op)
{
	return op->bits == 32 ? ZONE_SPACE_V4 : ZONE_SPACE_V6;
}

static unsigned
base_of(const struct op *op)
{
	unsigned base = zone_space_base(space_of(op));

	return op->len < base ? 0 : base;
}

static int
compare_blocks(const struct op *a, const struct op *b)
{
	unsigned x, y;

	if (a->bits != b->bits) {
		return a->bits < b->bits ? -1 : 1;
	}
	x = base_of(a);
	y = base_of(b);
	return x != y ? (x < y ? -1 : 1) : memcmp(a->addr, b->addr, x / 8);
}

static int
compare_keys(const struct op *a, const struct op *b)
{
	if (a->domain) {
		return zone_domain_compare(a->text, b->text);
	}
	if (a->bits == 0) { /* an address */
		return strcmp(a->text, b->text);
	}
	if (a->len != b->len) {
		return a->len > b->len ? -1 : 1;
	}
	return memcmp(a->addr, b->addr, 16);
}

static int
compare_ops(const void *x, const void *y)
{
	const struct op *a = x, *b = y;
	int r;

	if (a->list != b->list) {
		return a->list < b->list ? -1 : 1;
	}
	r = a->bits == 0 ? 0 : compare_blocks(a, b);
	if (r == 0) {
		r = compare_keys(a, b);
	}
	return r != 0 ? r : a->order < b->order ? -1 : 1;
}

/* ---- one key ----------------------------------------------------------- */

int
zone_apply_detail(struct apply *a, uint32_t id)
{
	struct zone_bytes b;
	uint8_t key[4];
	struct writer w = writer(key, sizeof(key));
	int r;

	if (a->cached.id == id) {
		return 0;
	}
	a->cached.id = 0;
	write_u32(&w, id);
	r = zone_txn_get(a->txn, ZONE_T_DETAILS, key, sizeof(key), &b);
	if (r <= 0) {
		return r < 0 ? r : ERR_CORRUPT;
	}
	buf_clear(&a->copy);
	buf_add(&a->copy, b.at, b.len);
	if (a->copy.bad) {
		return ERR_NOMEM;
	}
	r = zone_detail_decode(a->copy.data, a->copy.len, &a->cached);
	if (r == 0 && a->cached.id != id) {
		a->cached.id = 0;
		r = ERR_CORRUPT;
	}
	return r;
}

/* The detail for terms I of the list, written on first use. */
static int
detail_new(struct apply *a, uint32_t i, const struct zone_list_conf *list,
    struct zone_row *row)
{
	struct terms *t = &a->c->terms[i];
	struct zone_detail d;
	struct buf b = { 0 };
	uint8_t key[4];
	struct writer w = writer(key, sizeof(key));
	int r = 0;

	row->code = t->t.code;
	if (t->detail != 0) {
		row->detail = t->detail;
		row->until = t->until;
		return 0;
	}
	d = (struct zone_detail){
		.code = t->t.code,
		.created = a->time,
		.until = t->t.until,
		.serial = a->head.serial,
		.person = t->t.person,
		.template = t->t.template,
		.by = span_str(a->c->why->by != NULL ? a->c->why->by : ""),
		.source = span_str(t->t.source),
		.criterion = span_str(t->t.criterion),
		.reason = span_str(t->t.reason),
		.evidence = span_str(t->t.evidence),
	};
	if (d.until == 0 && !t->t.forever && d.code != 0 && list->expiry > 0) {
		d.until = a->time + list->expiry;
	}
	if (a->head.next_detail == UINT32_MAX) {
		return ERR_FULL;
	}
	d.id = a->head.next_detail++;
	write_u32(&w, d.id);
	zone_detail_encode(&d, &b);
	r = b.bad ? ERR_NOMEM
		  : zone_txn_append(a->txn, ZONE_T_DETAILS, key, sizeof(key),
			b.data, b.len);
	buf_free(&b);
	row->detail = t->detail = d.id;
	row->until = t->until = d.until;
	return r;
}

static bool
says_the_same(const struct zone_detail *d, const struct zone_terms *t,
    const struct zone_list_conf *list)
{
	bool renews =
	    t->until == 0 && !t->forever && list->expiry > 0 && t->code != 0;

	return !renews && d->code == t->code && d->until == t->until &&
	    d->template == t->template && d->reason.len == strlen(t->reason) &&
	    memcmp(d->reason.at, t->reason, d->reason.len) == 0 &&
	    d->criterion.len == strlen(t->criterion) &&
	    memcmp(d->criterion.at, t->criterion, d->criterion.len) == 0 &&
	    d->source.len == strlen(t->source) &&
	    memcmp(d->source.at, t->source, d->source.len) == 0;
}

/* What becomes of a key that has BEFORE (detail 0: nothing): 1 and AFTER
 * (detail 0: nothing), 0 it stays, <0. */
int
zone_apply_decide(struct apply *a, const struct op *op,
    const struct zone_row *before, struct zone_row *after)
{
	const struct zone_list_conf *list = a->c->lists[op->list].conf;
	bool live = before->detail != 0 &&
	    (before->until == 0 || before->until > a->time);
	int r = 0;

	if (before->detail != 0 &&
	    op->flags &
		(ZONE_PUT_KEEP_PERSON | ZONE_PUT_KEEP_SAME |
		    ZONE_PUT_OWN_SOURCE)) {
		r = zone_apply_detail(a, before->detail);
		if (r < 0) {
			return r;
		}
	}
	switch ((enum verb)op->verb) {
	case VERB_PUT:
		if (op->flags & OP_EXPECT && before->detail != op->expect) {
			a->c->result.moved++;
			return 0;
		}
		if ((op->flags & ZONE_PUT_KEEP_PERSON && live &&
			a->cached.person) ||
		    (op->flags & ZONE_PUT_KEEP_SAME && live &&
			says_the_same(
			    &a->cached, &a->c->terms[op->terms].t, list))) {
			a->c->result.kept++;
			return 0;
		}
		r = detail_new(a, op->terms, list, after);
		break;
	case VERB_REMOVE:
		if (before->detail == 0) {
			a->c->result.missing++;
			return 0;
		}
		if (op->flags & ZONE_PUT_OWN_SOURCE &&
		    (a->cached.person ||
			!span_is(a->cached.source,
			    a->c->why->source != NULL ? a->c->why->source
						      : ""))) {
			a->c->result.kept++;
			return 0;
		}
		after->detail = 0;
		break;
	case VERB_SET:
		if (before->detail != op->expect) {
			a->c->result.moved++;
			return 0;
		}
		after->detail = op->set;
		if (op->set != 0) {
			r = zone_apply_detail(a, op->set);
			after->code = a->cached.code;
			after->until = a->cached.until;
		}
		break;
	}
	return r < 0 ? r : before->detail != after->detail;
}

/* Count the difference and write it into history. */
int
zone_apply_record(struct apply *a, const struct op *op,
    const struct zone_row *before, const struct zone_row *after)
{
	struct zone_list_info *info = &a->c->lists[op->list].info;
	struct zone_change_result *res = &a->c->result;

	if (before->detail != 0) {
		*(before->code != 0 ? &info->listed : &info->exempt) -= 1;
	}
	if (after->detail != 0) {
		*(after->code != 0 ? &info->listed : &info->exempt) += 1;
	}
	if (before->detail == 0) {
		res->added++;
	} else if (after->detail == 0) {
		res->removed++;
	} else {
		res->changed++;
	}
	return zone_history_key_add(
	    &a->history, info->number, op, before->detail, after->detail);
}

/* ---- prefixes ---------------------------------------------------------- */

/* Unpack the block at KEY with room for MORE rows. */
int
zone_apply_load(struct apply *a, const uint8_t *key, size_t klen, unsigned base,
    const uint8_t stretch[16], size_t more, struct zone_row **ret_rows,
    size_t *ret_n)
{
	struct zone_row *rows;
	struct zone_bytes b;
	size_t n = 0;
	int r = zone_txn_get(a->txn, ZONE_T_BLOCKS, key, klen, &b);

	if (r < 0) {
		return r;
	}
	if (r == 1) {
		if (!zone_block_check(b.at, b.len)) {
			return ERR_CORRUPT;
		}
		n = zone_block_count(b.at);
	}
	rows = malloc((n + more) * sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	if (r == 1) {
		r = zone_block_decode(b.at, base, stretch, rows);
		if (r < 0) {
			free(rows);
			return r;
		}
	}
	*ret_rows = rows;
	*ret_n = n;
	return 0;
}

int
zone_apply_store(struct apply *a, const uint8_t *key, size_t klen,
    unsigned base, const struct zone_row *rows, size_t n)
{
	struct buf b = { 0 };
	int r;

	zone_moved_add(&a->moved, key, klen);
	if (n == 0) {
		r = zone_txn_del(a->txn, ZONE_T_BLOCKS, key, klen);
		return r < 0 ? r : 0;
	}
	zone_block_encode(rows, n, base, &b);
	r = b.bad
	    ? ERR_NOMEM
	    : zone_txn_append(a->txn, ZONE_T_BLOCKS, key, klen, b.data, b.len);
	buf_free(&b);
	return r;
}

/* How many of OPS[0..N) are on the key of the first, and which of them, in the
 * order in which they were said, counts; NULL: none does. */
static size_t
same_key(struct apply *a, const struct op *ops, size_t n, const struct op **ret)
{
	struct zone_change_result *res = &a->c->result;
	const struct op *d = NULL;
	size_t i = 0;

	do {
		const struct op *op = &ops[i];
		bool said = d != NULL && d->verb == VERB_PUT;

		if (op->flags & ZONE_PUT_OVER && !said) {
			continue;
		}
		if (!(op->flags & ZONE_PUT_FIRST) || !said ||
		    !(d->flags & ZONE_PUT_FIRST)) {
			d = op;
		} else if (op->terms != d->terms) {
			if (res->twice < ZONE_TWICE) {
				res->twice_at[res->twice].counts = d->order;
				res->twice_at[res->twice].lost = op->order;
			}
			res->twice++;
		}
	} while (++i < n && ops[i].list == ops->list &&
	    ops[i].bits == ops->bits && compare_keys(ops, ops + i) == 0);
	*ret = d;
	return i;
}

int
zone_apply_block(struct apply *a, const struct op *ops, size_t n)
{
	enum zone_space space = space_of(ops);
	unsigned base = base_of(ops);
	struct zone_row *old = NULL, *rows = NULL;
	size_t n_old, n_rows = 0, o = 0, klen;
	bool changed = false;
	uint8_t key[7];
	int r;

	klen = zone_block_key(
	    key, a->c->lists[ops->list].info.number, space, ops->addr, base);
	r = zone_apply_load(a, key, klen, base, ops->addr, 1, &old, &n_old);
	if (r < 0) {
		return r;
	}
	rows = malloc((n_old + n) * sizeof(*rows));
	if (rows == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	for (size_t i = 0, same; i < n; i += same) {
		const struct op *op;
		struct zone_row at = { .len = ops[i].len }, before, after;

		same = same_key(a, &ops[i], n - i, &op);
		if (op == NULL) {
			continue;
		}
		memcpy(at.addr, op->addr, 16);
		while (o < n_old && zone_row_compare(&old[o], &at) < 0) {
			rows[n_rows++] = old[o++];
		}
		before = at;
		if (o < n_old && zone_row_compare(&old[o], &at) == 0) {
			before = old[o++];
		}
		after = at;
		r = zone_apply_decide(a, op, &before, &after);
		if (r < 0) {
			goto out;
		}
		if (r == 1) {
			changed = true;
			r = zone_apply_record(a, op, &before, &after);
			if (r < 0) {
				goto out;
			}
		} else {
			after = before;
		}
		if (after.detail != 0) {
			rows[n_rows++] = after;
		}
	}
	while (o < n_old) {
		rows[n_rows++] = old[o++];
	}
	r = changed ? zone_apply_store(a, key, klen, base, rows, n_rows) : 0;
out:
	free(old);
	free(rows);
	return r;
}

/* ---- all of it --------------------------------------------------------- */

static int
open_lists(struct apply *a)
{
	int r = 0;

	for (size_t i = 0; i < a->c->n_lists && r >= 0; i++) {
		struct change_list *l = &a->c->lists[i];

		r = zone_list_get(a->txn, l->conf->name, &l->info);
		if (r == 1 && l->info.kind != l->conf->kind) {
			return ERR_CONFLICT;
		}
		if (r == 0) {
			r = zone_list_new(a->txn, &a->head, l->conf->name,
			    l->conf->kind, &l->info);
		}
	}
	return r < 0 ? r : 0;
}

static int
apply_ops(struct apply *a)
{
	struct zone_change *c = a->c;
	size_t i = 0, n;
	int r = 0;

	for (; i < c->n_ops && r == 0; i += n) {
		const struct op *op = &c->ops[i];

		n = 1;
		if (op->bits == 0) {
			n = same_key(a, op, c->n_ops - i, &op);
			if (op != NULL) {
				r = op->domain ? zone_apply_domain(a, op)
					       : zone_apply_address(a, op);
			}
			continue;
		}
		while (i + n < c->n_ops && op[n].list == op->list &&
		    op[n].bits == op->bits && compare_blocks(op, op + n) == 0) {
			n++;
		}
		r = zone_apply_block(a, op, n);
	}
	if (r == 0) {
		r = zone_four_apply(a);
	}
	return r == 0 ? zone_apply_digests(a) : r;
}

int
zone_change_apply(struct zone_txn *txn, void *change)
{
	struct zone_change *c = change;
	struct apply a = { .c = c, .txn = txn };
	int r;

	c->result = (struct zone_change_result){ .serial = 0 };
	for (size_t i = 0; i < c->n_terms; i++) {
		c->terms[i].detail = 0; /* it may be the second run */
	}
	r = zone_head_get(txn, &a.head);
	if (r < 0) {
		return r;
	}
	a.head.serial++;
	a.time = when_now();
	if (a.time < a.head.time) {
		a.time = a.head.time; /* history never runs backwards */
	}
	a.history =
	    (struct history_writer){ .txn = txn, .serial = a.head.serial };
	r = open_lists(&a);
	if (r == 0) {
		if (c->n_ops > 0) {
			qsort(c->ops, c->n_ops, sizeof(*c->ops), compare_ops);
		}
		zone_four_sort(c);
		r = apply_ops(&a);
	}
	if (r == 0 && a.history.keys == 0) {
		r = ERR_NONE; /* nothing to write: no serial for it */
	}
	for (size_t i = 0; i < c->n_lists && r == 0; i++) {
		r = zone_list_put(txn, &c->lists[i].info);
	}
	if (r == 0) {
		r = zone_history_finish(
		    &a.history, c->why, c->undoes, a.time, &a.head);
	}
	if (r == 0) {
		r = zone_moved_put(txn, &a.moved);
	}
	if (r == 0) {
		r = zone_head_put(txn, &a.head);
		c->result.serial = a.head.serial;
	}
	buf_free(&a.history.chunk);
	buf_free(&a.copy);
	free(a.digests);
	return r;
}
