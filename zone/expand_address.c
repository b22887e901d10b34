/* expand_address.c - mail addresses as the labels that clients ask for.
 *
 * Each spelling of an address has three digests, each digest two labels. What
 * a label answers is decided by all addresses that share the spelling, so
 * these, which stand together in the store, are taken together.
 */
#include "zone/expand_priv.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS 256 /* in one step */

/* Holes before listings, then the newest, as in a block of digests. */
static bool
stronger(const struct expand_hit *a, const struct expand_hit *b)
{
	if (b->detail == 0 || (a->code == 0) != (b->code == 0)) {
		return b->detail == 0 || a->code == 0;
	}
	return a->detail > b->detail;
}

/* Does KEY, of a text, answer for DIGEST? As the store keeps it: cut. */
static bool
answers(const char *text, const struct digest *digest)
{
	struct zone_forms forms;
	struct zone_key key;

	if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &key, NULL) < 0) {
		return false;
	}
	if (key.digest.len > 0) {
		return memcmp(key.digest.bytes, digest->bytes,
			   ZONE_DIGEST_BITS / 8) == 0;
	}
	zone_key_forms(&key, &forms);
	for (unsigned f = 0; f < forms.n; f++) {
		for (int i = 0; i < DIGEST_KINDS; i++) {
			struct digest d = digest_of((enum digest_kind)i,
			    forms.text[f], strlen(forms.text[f]));

			if (memcmp(d.bytes, digest->bytes,
				ZONE_DIGEST_BITS / 8) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* One row less of those with DETAIL, which a change put there later. */
static void
drop(struct expand_hit *hits, size_t *n, uint32_t detail)
{
	for (size_t i = 0; i < *n; i++) {
		if (hits[i].detail == detail) {
			hits[i] = hits[--*n];
			return;
		}
	}
}

/* What list K said of DIGEST before the changes of the past. */
static int
ask_then(struct zone_expand *x, unsigned k, const struct digest *digest,
    const uint8_t *block, const uint8_t addr[16], struct expand_hit *ret)
{
	size_t all = block != NULL ? zone_block_count(block) : 0, n = 0;
	struct zone_row *rows = calloc(all + 1, sizeof(*rows));
	struct expand_hit *hits =
	    calloc(all + x->past->n + 1, sizeof(*hits));
	int r = rows == NULL || hits == NULL ? ERR_NOMEM : 0;

	if (r == 0 && block != NULL) {
		r = zone_block_decode(block, 16, addr, rows);
	}
	for (size_t i = 0; i < all && r == 0; i++) {
		if (memcmp(rows[i].addr, addr, ZONE_DIGEST_BITS / 8) == 0) {
			hits[n++] = (struct expand_hit){ rows[i].code,
				rows[i].detail, 0 };
		}
	}
	for (size_t i = 0; i < x->past->n && r == 0; i++) {
		const struct expand_key *key = &x->past->keys[i];

		if (key->k != k || !answers(key->text, digest)) {
			continue;
		}
		drop(hits, &n, key->after);
		if (key->before != 0) {
			hits[n].detail = key->before;
			hits[n].depth = 0;
			r = expand_code(x, key->before, &hits[n++].code);
		}
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		if (stronger(&hits[i], ret)) {
			*ret = hits[i];
		}
	}
	free(rows);
	free(hits);
	return r;
}

static int
ask(struct zone_expand *x, unsigned k, const struct digest *digest,
    struct expand_hit *ret)
{
	uint8_t addr[16] = { 0 };
	const uint8_t *block = NULL;
	struct zone_row row;
	int r = 0;

	*ret = (struct expand_hit){ 0 };
	memcpy(addr, digest->bytes, ZONE_DIGEST_BITS / 8);
	if (x->lists[k].state == 1) {
		r = zone_view_block(x->view, x->lists[k].number,
		    ZONE_SPACE_DIGEST, addr, 16, &block);
	}
	if (r < 0) {
		return r;
	}
	block = r == 1 ? block : NULL;
	if (x->then) {
		return ask_then(x, k, digest, block, addr, ret);
	}
	/* at the beginning of time nothing has ended */
	r = block != NULL
	    ? zone_block_find(block, 16, addr, INT64_MIN, &row)
	    : 0;
	if (r == 1) {
		*ret = (struct expand_hit){ row.code, row.detail, 0 };
		r = 0;
	}
	return r;
}

/* The labels that clients write for DIGEST. */
static int
say_digest(struct zone_expand *x, const struct digest *digest,
    const struct expand_hit *hits)
{
	uint8_t owner[1 + 65];
	char label[65];
	int r = 0;

	for (unsigned i = 0; i < 3 && r == 0; i++) {
		size_t n;

		if (i == 0 && digest->len < 32) {
			digest_hex(digest->bytes, digest->len, label);
		} else if (i == 1 && digest->len == 32) {
			digest_base32(digest->bytes, digest->len, label);
		} else if (i == 2) {
			digest_rspamd32(digest->bytes, digest->len, label);
		} else {
			continue;
		}
		n = strlen(label);
		owner[0] = (uint8_t)n;
		memcpy(owner + 1, label, n);
		r = expand_say(x, owner, n + 1, hits, label);
	}
	return r;
}

static bool
is_test(const struct digest *digest)
{
	static const char test[] = "test@example.com";

	for (int k = 0; k < DIGEST_KINDS; k++) {
		struct digest d =
		    digest_of((enum digest_kind)k, test, strlen(test));

		if (d.len == digest->len &&
		    memcmp(d.bytes, digest->bytes, d.len) == 0) {
			return true;
		}
	}
	return false;
}

static int
group_digest(struct zone_expand *x, const struct digest *digest)
{
	struct expand_hit hits[EXPAND_LISTS];
	int r = 0;

	if (is_test(digest)) {
		return 0; /* told once, for all */
	}
	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		r = ask(x, k, digest, &hits[k]);
	}
	return r == 0 && expand_any(x, hits) ? say_digest(x, digest, hits) : r;
}

/* Does an address that is known have the bare digest TEXT as well? Then its
 * labels are told with that address. 1, 0, <0. */
static int
is_known(struct zone_expand *x, const char *text, const struct digest *digest)
{
	uint8_t addr[16] = { 0 };
	int r = 0;

	memcpy(addr, digest->bytes, ZONE_DIGEST_BITS / 8);
	for (unsigned k = 0; k < x->n_lists; k++) {
		size_t all, n = 0;
		const uint8_t *block;
		struct zone_row *rows;
		uint32_t own;

		if (x->lists[k].state != 1) {
			continue;
		}
		r = zone_view_block(x->view, x->lists[k].number,
		    ZONE_SPACE_DIGEST, addr, 16, &block);
		if (r < 0) {
			return r;
		}
		if (r == 0) {
			continue;
		}
		all = zone_block_count(block);
		rows = calloc(all + 1, sizeof(*rows));
		if (rows == NULL) {
			return ERR_NOMEM;
		}
		r = zone_block_decode(block, 16, addr, rows);
		for (size_t i = 0; i < all && r == 0; i++) {
			n += memcmp(rows[i].addr, addr,
				 ZONE_DIGEST_BITS / 8) == 0;
		}
		free(rows);
		if (r == 0) {
			r = zone_name_get(zone_view_txn(x->view),
			    x->lists[k].number, text, &own);
		}
		if (r < 0 || n > (size_t)r) {
			return r < 0 ? r : 1;
		}
	}
	return 0;
}

/* Is FORM among the spellings of one of the first N texts? */
static bool
seen_before(char (*texts)[ZONE_KEY_TEXT], size_t n, const char *form)
{
	for (size_t i = 0; i < n; i++) {
		struct zone_key key = { .kind = ZONE_KIND_ADDRESS };
		struct zone_forms forms;

		memcpy(key.text, texts[i], sizeof(key.text));
		zone_key_forms(&key, &forms);
		for (unsigned f = 0; f < forms.n; f++) {
			if (strcmp(forms.text[f], form) == 0) {
				return true;
			}
		}
	}
	return false;
}

int
expand_address_group(
    struct zone_expand *x, char (*texts)[ZONE_KEY_TEXT], size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct zone_forms forms;
		struct zone_key key;

		r = zone_key_parse(
		    ZONE_KIND_ADDRESS, span_str(texts[i]), &key, NULL);
		if (r < 0) {
			return ERR_CORRUPT;
		}
		if (key.digest.len > 0) {
			/* a difference has each record once in any case */
			r = x->phase > 0
			    ? is_known(x, texts[i], &key.digest)
			    : 0;
			r = r == 0 ? group_digest(x, &key.digest)
			    : r == 1 ? 0 : r;
			continue;
		}
		zone_key_forms(&key, &forms);
		for (unsigned f = 0; f < forms.n && r == 0; f++) {
			if (i > 0 && seen_before(texts, i, forms.text[f])) {
				continue;
			}
			for (int d = 0; d < DIGEST_KINDS && r == 0; d++) {
				struct digest digest =
				    digest_of((enum digest_kind)d,
					forms.text[f], strlen(forms.text[f]));

				r = group_digest(x, &digest);
			}
		}
	}
	return r;
}

static int
say_tests(struct zone_expand *x)
{
	static const char test[] = "test@example.com";
	struct expand_hit hits[EXPAND_LISTS] = { { 0 } };
	int r = 0;

	for (unsigned k = 0; k < x->n_lists; k++) {
		hits[k].code = x->zone->lists[k]->code;
	}
	for (int k = 0; k < DIGEST_KINDS && r == 0; k++) {
		struct digest d =
		    digest_of((enum digest_kind)k, test, strlen(test));

		r = say_digest(x, &d, hits);
	}
	return r;
}

/* The canonical form in a row's key: what stands before the rest. */
static size_t
canon_len(const uint8_t *name, size_t len)
{
	const uint8_t *rest = memchr(name, ZONE_NAME_REST, len);

	return rest != NULL ? (size_t)(rest - name) : len;
}

int
expand_group_add(struct expand_group *g, const char *text)
{
	char (*grown)[ZONE_KEY_TEXT];

	for (size_t i = 0; i < g->n; i++) {
		if (strcmp(g->texts[i], text) == 0) {
			return 0;
		}
	}
	if (g->n == g->cap) {
		size_t cap = g->cap == 0 ? 8 : 2 * g->cap;

		grown = reallocarray(g->texts, cap, sizeof(*grown));
		if (grown == NULL) {
			return ERR_NOMEM;
		}
		g->texts = grown;
		g->cap = cap;
	}
	memset(g->texts[g->n], 0, ZONE_KEY_TEXT);
	memcpy(g->texts[g->n++], text, strlen(text) + 1);
	return 0;
}

int
expand_group_load(struct zone_expand *x, unsigned k, struct expand_group *g)
{
	uint8_t from[2 + ZONE_NAME_TEXT];
	struct zone_cursor *c = NULL;
	struct zone_bytes key, value;
	char text[ZONE_KEY_TEXT];
	size_t n = zone_name_key(from, x->lists[k].number,
	    (const char *)g->canon, g->len);
	int r = 0;

	if (x->lists[k].state != 1) {
		return 0;
	}
	r = zone_cursor_open(zone_view_txn(x->view), ZONE_T_NAMES, &c);
	if (r < 0) {
		return r == ERR_NONE ? 0 : r;
	}
	for (r = zone_cursor_seek(c, from, n, &key, &value); r == 1;
	     r = zone_cursor_next(c, &key, &value)) {
		if (key.len < n || memcmp(key.at, from, n) != 0 ||
		    (key.len > n && key.at[n] != ZONE_NAME_REST)) {
			r = 0;
			break;
		}
		r = zone_key_of_name(
		    (const char *)key.at + 2, key.len - 2, text);
		if (r == 0) {
			r = expand_group_add(g, text);
		}
		if (r < 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

/* The next canonical form from x->from on, of any list: 1, 0, <0. */
static int
next_group(struct zone_expand *x, struct expand_group *g)
{
	bool found = false;

	for (unsigned k = 0; k < x->n_lists; k++) {
		struct zone_cursor *c = NULL;
		struct zone_bytes key, value;
		uint8_t from[2 + sizeof(x->from)];
		int r;

		if (x->lists[k].state != 1) {
			continue;
		}
		from[0] = (uint8_t)(x->lists[k].number >> 8);
		from[1] = (uint8_t)x->lists[k].number;
		memcpy(from + 2, x->from, x->from_len);
		r = zone_cursor_open(zone_view_txn(x->view), ZONE_T_NAMES, &c);
		if (r < 0) {
			if (r == ERR_NONE) {
				continue;
			}
			return r;
		}
		r = zone_cursor_seek(c, from, 2 + x->from_len, &key, &value);
		if (r == 1 && key.len > 2 && memcmp(key.at, from, 2) == 0) {
			size_t n = canon_len(key.at + 2, key.len - 2);
			size_t m = n < g->len ? n : g->len;
			int d = found ? memcmp(key.at + 2, g->canon, m) : -1;

			if (d < 0 || (d == 0 && n < g->len)) {
				memcpy(g->canon, key.at + 2, n);
				g->len = n;
				found = true;
			}
		}
		zone_cursor_close(&c);
		if (r < 0) {
			return r;
		}
	}
	return found;
}

int
expand_address_step(struct zone_expand *x)
{
	struct expand_group g = { .n = 0 };
	int r = 1;

	if (x->phase == 0) {
		x->phase = 1;
		r = say_tests(x);
		return r == 0 ? 1 : r;
	}
	for (unsigned i = 0; i < GROUPS && r == 1; i++) {
		g.len = 0;
		g.n = 0;
		r = next_group(x, &g);
		if (r != 1) {
			break;
		}
		for (unsigned k = 0; k < x->n_lists && r >= 0; k++) {
			r = expand_group_load(x, k, &g);
		}
		if (r >= 0) {
			r = expand_address_group(x, g.texts, g.n);
		}
		/* behind every row of this form */
		memcpy(x->from, g.canon, g.len);
		x->from[g.len] = ZONE_NAME_REST + 1;
		x->from_len = g.len + 1;
		r = r == 0 ? 1 : r;
	}
	free(g.texts);
	return r;
}
