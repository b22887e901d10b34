/* apply_address.c - write a change's addresses: names and digests.
 *
 * An address is stored once, by name. What clients ask for are digests of its
 * spellings; they are derived here, and taken out again with the entry.
 */
#include "zone/change_priv.h"

#include <stdlib.h>
#include <string.h>

static int
add_digest(struct apply *a, uint16_t list, const struct digest *d,
    const struct zone_row *before, const struct zone_row *after)
{
	struct digest_op *op;

	if (a->n_digests == a->cap_digests) {
		size_t cap = a->cap_digests == 0 ? 64 : a->cap_digests * 2;

		op = reallocarray(a->digests, cap, sizeof(*op));
		if (op == NULL) {
			return ERR_NOMEM;
		}
		a->digests = op;
		a->cap_digests = cap;
	}
	op = &a->digests[a->n_digests++];
	*op = (struct digest_op){ .list = list,
		.out = before->detail,
		.in = after->detail,
		.code = after->code,
		.until = after->until };
	memcpy(op->addr, d->bytes, ZONE_DIGEST_BITS / 8);
	return 0;
}

/* Every digest that clients may ask for when they mean KEY. */
static int
spell(struct apply *a, uint16_t list, const struct zone_key *key,
    const struct zone_forms *forms, const struct zone_row *before,
    const struct zone_row *after)
{
	int r = 0;

	if (key->digest.len > 0) {
		return add_digest(a, list, &key->digest, before, after);
	}
	for (unsigned f = 0; f < forms->n && r == 0; f++) {
		for (int k = 0; k < DIGEST_KINDS && r == 0; k++) {
			struct digest d = digest_of((enum digest_kind)k,
			    forms->text[f], strlen(forms->text[f]));

			r = add_digest(a, list, &d, before, after);
		}
	}
	return r;
}

/* What says DETAIL of the address whose row is NAME; 0: the row goes. */
static int
put_name(struct apply *a, uint16_t list, const char *name, uint32_t detail)
{
	uint8_t key[2 + ZONE_NAME_TEXT], row[8];
	size_t n = zone_name_key(key, list, name, strlen(name));
	int r;

	if (detail != 0) {
		zone_name_value(row, detail);
		return zone_txn_append(
		    a->txn, ZONE_T_NAMES, key, n, row, sizeof(row));
	}
	r = zone_txn_del(a->txn, ZONE_T_NAMES, key, n);
	return r < 0 ? r : 0;
}

int
zone_apply_address(struct apply *a, const struct op *op)
{
	uint16_t list = a->c->lists[op->list].info.number;
	struct zone_row before = { .detail = 0 }, after = { .detail = 0 };
	struct zone_key key;
	struct zone_forms forms = { .n = 0 };
	struct op said = *op;
	char text[ZONE_KEY_TEXT];
	int r;

	r = zone_key_of_name(op->text, strlen(op->text), text);
	if (r == 0) {
		r = zone_key_parse(
		    ZONE_KIND_ADDRESS, span_str(text), &key, NULL);
	}
	if (r < 0) {
		return r;
	}
	r = zone_name_get(a->txn, list, text, &before.detail);
	if (r == 1) {
		r = zone_apply_detail(a, before.detail);
		before.code = a->cached.code;
		before.until = a->cached.until;
	}
	if (r < 0) {
		return r;
	}
	r = zone_apply_decide(a, op, &before, &after);
	if (r != 1) {
		return r;
	}
	if (key.digest.len == 0) {
		zone_key_forms(&key, &forms);
	}
	said.text = text;
	r = zone_apply_record(a, &said, &before, &after);
	if (r == 0) {
		r = spell(a, list, &key, &forms, &before, &after);
	}
	return r == 0 ? put_name(a, list, op->text, after.detail) : r;
}

static int
compare_digests(const void *x, const void *y)
{
	const struct digest_op *a = x, *b = y;

	if (a->list != b->list) {
		return a->list < b->list ? -1 : 1;
	}
	return memcmp(a->addr, b->addr, 16);
}

/* Several addresses may share a digest. The first row of it that has not
 * expired decides: holes before listings, then the newest. */
static int
compare_run(const void *x, const void *y)
{
	const struct zone_row *a = x, *b = y;

	if ((a->code == 0) != (b->code == 0)) {
		return a->code == 0 ? -1 : 1;
	}
	return a->detail > b->detail ? -1 : a->detail < b->detail;
}

static size_t
change_run(struct zone_row *run, size_t n, const struct digest_op *op)
{
	for (size_t i = 0; i < n && op->out != 0; i++) {
		if (run[i].detail == op->out) {
			run[i] = run[--n];
			break;
		}
	}
	if (op->in != 0) {
		run[n] = (struct zone_row){ .len = ZONE_DIGEST_BITS,
			.detail = op->in,
			.code = op->code,
			.until = op->until };
		memcpy(run[n].addr, op->addr, 16);
		n++;
	}
	return n;
}

/* OPS[0..N) fall into one block of digests. */
static int
merge_digests(struct apply *a, const struct digest_op *ops, size_t n)
{
	struct zone_row *old = NULL, *rows = NULL;
	size_t n_old, n_rows = 0, o = 0, klen, run;
	uint8_t key[7];
	int r;

	klen = zone_block_key(key, ops->list, ZONE_SPACE_DIGEST, ops->addr, 16);
	r = zone_apply_load(a, key, klen, 16, ops->addr, 1, &old, &n_old);
	if (r < 0) {
		return r;
	}
	rows = malloc((n_old + n) * sizeof(*rows));
	if (rows == NULL) {
		free(old);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n;) {
		const uint8_t *addr = ops[i].addr;

		while (o < n_old && memcmp(old[o].addr, addr, 16) < 0) {
			rows[n_rows++] = old[o++];
		}
		run = n_rows;
		while (o < n_old && memcmp(old[o].addr, addr, 16) == 0) {
			rows[n_rows++] = old[o++];
		}
		for (; i < n && memcmp(ops[i].addr, addr, 16) == 0; i++) {
			n_rows =
			    run + change_run(rows + run, n_rows - run, &ops[i]);
		}
		qsort(rows + run, n_rows - run, sizeof(*rows), compare_run);
	}
	while (o < n_old) {
		rows[n_rows++] = old[o++];
	}
	r = zone_apply_store(a, key, klen, 16, rows, n_rows);
	free(old);
	free(rows);
	return r;
}

int
zone_apply_digests(struct apply *a)
{
	size_t n;
	int r = 0;

	if (a->n_digests > 0) {
		qsort(a->digests, a->n_digests, sizeof(*a->digests),
		    compare_digests);
	}
	for (size_t i = 0; i < a->n_digests && r == 0; i += n) {
		const struct digest_op *op = &a->digests[i];

		for (n = 1; i + n < a->n_digests && op[n].list == op->list &&
		     memcmp(op[n].addr, op->addr, 2) == 0;
		     n++) {
		}
		r = merge_digests(a, op, n);
	}
	return r;
}
