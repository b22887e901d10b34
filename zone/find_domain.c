/* find_domain.c - what covers a domain, and does the name exist?
 *
 * The rows that can cover a name stand at the name itself and at those above
 * it. They are not looked for one label at a time: the row before the place
 * where the name would stand shares with it as many labels as any row can, so
 * the next row that can matter stands at what they share, or above. One or two
 * descents of the tree are the rule, however many labels are asked for.
 */
#include "zone/view_priv.h"

/* So many holes or expired entries in a row are stepped over before a name is
 * said to exist, as for nodes in find.c. */
#define STEP_LIMIT 4096

#define FORMS 4        /* ZONE_DOMAIN_SELF to ZONE_DOMAIN_BELOW, and none */
#define BEHIND_FORMS 4 /* sorts behind the own rows of a path */

/* The rows of one domain: detail 0 where there is none, or it has expired. */
struct rows {
	struct zone_domain_row at[FORMS];
};

/* What decides: ROW, of the domain that is the first LEN octets of the path. */
struct cover {
	struct zone_domain_row row; /* detail 0: nothing */
	enum zone_domain_form form;
	size_t len;
};

struct search {
	struct zone_view *view;
	struct zone_cursor *cursor;
	uint8_t key[ZONE_DOMAIN_KEY]; /* list, path asked for, one octet */
	size_t len;                   /* of the path */
	struct zone_bytes k, val;     /* the row at the cursor */
};

static int
begin(struct search *s, struct zone_view *view, uint16_t list,
    const struct zone_domain *d)
{
	int r = 0;

	if (view->names == NULL) {
		r = zone_cursor_open(view->txn, ZONE_T_NAMES, &view->names);
	} else if (view->names_stale) {
		r = zone_cursor_renew(view->names, view->txn);
	}
	view->names_stale = r < 0;
	s->view = view;
	s->cursor = view->names;
	s->len = d->len;
	s->key[0] = (uint8_t)(list >> 8);
	s->key[1] = (uint8_t)list;
	memcpy(s->key + 2, d->path, d->len);
	return r;
}

/* Is the cursor at a row of the list? */
static bool
in_list(const struct search *s)
{
	return s->k.len >= 3 && memcmp(s->k.at, s->key, 2) == 0;
}

/* The last row of the list that stands before what lies below the first N
 * octets of the path: 1, 0, <0. */
static int
last_of(struct search *s, size_t n)
{
	uint8_t bound[ZONE_DOMAIN_KEY];
	int r;

	memcpy(bound, s->key, n + 2);
	bound[n + 2] = ZONE_DOMAIN_BELOW;
	r = zone_cursor_back(s->cursor, bound, n + 3, &s->k, &s->val);
	return r == 1 ? in_list(s) : r;
}

/* The same for the whole path; *ret_deeper: rows lie below it. */
static int
last_of_all(struct search *s, bool *ret_deeper)
{
	size_t n = s->len + 2;
	int r;

	s->key[n] = BEHIND_FORMS;
	r = zone_cursor_seek(s->cursor, s->key, n + 1, &s->k, &s->val);
	*ret_deeper = r == 1 && s->k.len > n && memcmp(s->k.at, s->key, n) == 0;
	if (r == 1) {
		r = zone_cursor_prev(s->cursor, &s->k, &s->val);
	} else if (r == 0) { /* behind everything there is */
		r = last_of(s, s->len);
	}
	return r == 1 ? in_list(s) : r;
}

/* How many octets of whole labels the row at the cursor has in common with
 * the first N of the path. */
static size_t
common(const struct search *s, size_t n)
{
	const uint8_t *a = s->k.at + 2, *b = s->key + 2;
	size_t len = s->k.len - 3, shared = 0;

	for (size_t i = 0; i < len && i < n && a[i] == b[i]; i++) {
		if (a[i] == 0) {
			shared = i + 1;
		}
	}
	return shared;
}

static bool
live(const struct search *s, const struct zone_domain_row *row)
{
	return row->until == 0 || row->until > s->view->now;
}

/* Read the row at the cursor into ROWS, unless it has expired. */
static int
take(const struct search *s, struct rows *rows)
{
	unsigned form = s->k.at[s->k.len - 1];
	struct zone_domain_row row;
	int r;

	if (form == 0 || form >= FORMS) {
		return ERR_CORRUPT;
	}
	r = zone_domain_value_decode(&s->k, &s->val, &row);
	if (r == 0 && live(s, &row)) {
		rows->at[form] = row;
	}
	return r;
}

/* All rows of the domain that the cursor is at, whose last one it is; leaves
 * it at the row before them: 1, 0 (there is none), <0. */
static int
take_all(struct search *s, struct rows *rows)
{
	const uint8_t *at = s->k.at;
	size_t len = s->k.len;
	int r;

	*rows = (struct rows){ 0 };
	do {
		r = take(s, rows);
		if (r < 0) {
			return r;
		}
		r = zone_cursor_prev(s->cursor, &s->k, &s->val);
		if (r == 1 && !in_list(s)) {
			r = 0;
		}
	} while (
	    r == 1 && s->k.len == len && memcmp(s->k.at, at, len - 1) == 0);
	return r;
}

/* The row FIRST counts before the one that covers all. */
static void
choose(const struct rows *rows, enum zone_domain_form first, size_t len,
    struct cover *c)
{
	enum zone_domain_form form =
	    rows->at[first].detail != 0 ? first : ZONE_DOMAIN_ALL;

	if (c->row.detail == 0 && rows->at[form].detail != 0) {
		*c = (struct cover){ rows->at[form], form, len };
	}
}

/* What covers the path itself, and what covers names below it that have no
 * rows (may be NULL). OWN is the row that stands nearest to what is asked
 * for: ZONE_DOMAIN_SELF for the domain, ZONE_DOMAIN_BELOW for a name below it,
 * ZONE_DOMAIN_ALL for both at once. When SELF is listed, *below may be left as
 * it is: the name exists. */
static int
cover(struct search *s, enum zone_domain_form own, struct cover *self,
    struct cover *below, bool *ret_deeper)
{
	struct cover unasked = { .row = { .detail = 1 } };
	size_t n = s->len;
	int r;

	below = below != NULL ? below : &unasked;
	r = last_of_all(s, ret_deeper);
	while (r == 1 && self->row.code == 0 &&
	    (self->row.detail == 0 || below->row.detail == 0)) {
		size_t shared = common(s, n);
		struct rows rows;

		if (shared == 0) {
			break; /* nothing stands above the first label */
		}
		if (shared != s->k.len - 3) { /* a neighbour's */
			if (shared == n) {    /* rows out of order */
				return ERR_CORRUPT;
			}
			n = shared;
			r = last_of(s, n);
			continue;
		}
		r = take_all(s, &rows);
		if (r < 0) {
			break;
		}
		choose(&rows, shared == s->len ? own : ZONE_DOMAIN_BELOW,
		    shared, self);
		choose(&rows, ZONE_DOMAIN_BELOW, shared, below);
		n = shared - 1; /* what stands above it: N shrinks, always */
	}
	return r < 0 ? r : 0;
}

/* ---- names below --------------------------------------------------------- */

/* Do these rows of one domain list any name? ".d" does unless both halves of
 * what it covers are cut out. */
static bool
lists(const struct rows *rows)
{
	const struct zone_domain_row *self = &rows->at[ZONE_DOMAIN_SELF];
	const struct zone_domain_row *all = &rows->at[ZONE_DOMAIN_ALL];
	const struct zone_domain_row *below = &rows->at[ZONE_DOMAIN_BELOW];

	return self->code != 0 || below->code != 0 ||
	    (all->code != 0 && (self->detail == 0 || below->detail == 0));
}

/* Is any name below the path listed by a row that stands below it? */
static int
any_below(struct search *s, bool *ret_exists)
{
	struct rows rows = { 0 };
	const uint8_t *at = NULL;
	size_t n = s->len + 2, len = 0;
	int r;

	s->key[n] = BEHIND_FORMS;
	r = zone_cursor_seek(s->cursor, s->key, n + 1, &s->k, &s->val);
	for (unsigned i = 0; i < STEP_LIMIT; i++) {
		bool on = r == 1 && s->k.len > n && s->k.len >= 3 &&
		    memcmp(s->k.at, s->key, n) == 0;

		if (r < 0) {
			return r;
		}
		if (!on || s->k.len != len ||
		    memcmp(s->k.at, at, len - 1) != 0) {
			if (!on || lists(&rows)) {
				*ret_exists = lists(&rows);
				return 0;
			}
			rows = (struct rows){ 0 };
			at = s->k.at;
			len = s->k.len;
		}
		r = take(s, &rows);
		if (r == 0) {
			r = zone_cursor_next(s->cursor, &s->k, &s->val);
		}
	}
	*ret_exists = true;
	return r < 0 ? r : 0;
}

/* ---- questions ----------------------------------------------------------- */

static unsigned
labels(const struct zone_domain *d, unsigned len)
{
	unsigned n = 0;

	for (unsigned i = 0; i < len; i++) {
		n += d->path[i] == 0;
	}
	return n;
}

static void
fill(struct zone_hit *hit, const struct zone_domain *d, const struct cover *c)
{
	if (c->row.detail == 0) {
		*hit = (struct zone_hit){ .verdict = ZONE_CLEAR };
		return;
	}
	*hit = (struct zone_hit){
		.verdict = c->row.code == 0 ? ZONE_EXEMPT : ZONE_LISTED,
		.labels = (uint8_t)labels(d, (unsigned)c->len),
		.code = c->row.code,
		.detail = c->row.detail,
		.until = c->row.until,
	};
}

int
zone_find_domain(struct zone_view *view, uint16_t list,
    const struct zone_domain *domain, struct zone_hit *ret_hit,
    bool *ret_exists)
{
	struct cover self = { .len = 0 }, below = { .len = 0 };
	struct search s;
	bool deeper = false, exists = false;
	int r = begin(&s, view, list, domain);

	if (r == 0) {
		r = cover(&s,
		    domain->more ? ZONE_DOMAIN_BELOW : ZONE_DOMAIN_SELF, &self,
		    ret_exists != NULL && !domain->more ? &below : NULL,
		    &deeper);
	}
	if (r < 0) {
		return r;
	}
	if (ret_exists != NULL) {
		exists = self.row.code != 0 || below.row.code != 0;
		if (!exists && deeper && !domain->more) {
			r = any_below(&s, &exists);
		}
		if (r < 0) {
			return r;
		}
		*ret_exists = exists;
	}
	fill(ret_hit, domain, &self);
	return 0;
}

/* The key of C's entry: FORM of what the first octets of D's path are. */
static int
key_of(const struct search *s, const struct cover *c, struct zone_key *ret)
{
	uint8_t key[ZONE_DOMAIN_KEY];

	memcpy(key, s->key, c->len + 2);
	key[c->len + 2] = (uint8_t)c->form;
	return zone_domain_key_decode(
	    &(struct zone_bytes){ key, c->len + 3 }, ret);
}

int
zone_find_domain_key(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_hit *ret_hit,
    struct zone_key *ret_key)
{
	struct cover c = { .len = 0 };
	struct zone_domain d;
	enum zone_domain_form form = zone_domain_of_key(key, &d);
	struct search s;
	bool deeper;
	int r = begin(&s, view, list, &d);

	if (r == 0) {
		r = cover(&s, form, &c, NULL, &deeper);
	}
	if (r < 0) {
		return r;
	}
	if (c.row.detail != 0 && ret_key != NULL) {
		r = key_of(&s, &c, ret_key);
	}
	if (r == 0) {
		fill(ret_hit, &d, &c);
	}
	return r;
}

int
zone_find_domain_exact(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_entry *ret_entry)
{
	uint8_t bytes[ZONE_DOMAIN_KEY];
	struct zone_bytes k = { bytes, 0 }, val;
	struct zone_domain_row row;
	struct zone_domain d;
	enum zone_domain_form form = zone_domain_of_key(key, &d);
	int r;

	k.len = zone_domain_key(bytes, list, &d, form);
	r = zone_txn_get(view->txn, ZONE_T_NAMES, k.at, k.len, &val);
	if (r == 1 && zone_domain_value_decode(&k, &val, &row) < 0) {
		r = ERR_CORRUPT;
	}
	if (r == 1) {
		*ret_entry = (struct zone_entry){ .key = *key,
			.detail = row.detail,
			.code = row.code,
			.until = row.until };
	}
	return r;
}
