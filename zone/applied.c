/* applied.c - which configuration of each zone was entered into the store. */
#include "zone/applied.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/when.h"
#include "zone/change_priv.h"
#include "zone/history.h"

#define PREFIX "zone "
#define PREFIX_LEN 5
#define ROW 44
#define NAME_MAX_LEN 255

/* ---- canonical text ------------------------------------------------------ */

/* A word and its value with its length, so that no value can look like the
 * next line. */
static void
add(struct buf *b, const char *word, const char *value)
{
	value = value != NULL ? value : "";
	buf_fmt(b, "%s %zu ", word, strlen(value));
	buf_str(b, value);
	buf_u8(b, '\n');
}

void
zone_applied_text(const struct zone_zone_conf *zone, struct buf *b)
{
	char code[16];

	buf_str(b, "zone 1\n");
	add(b, "name", zone->name);
	for (size_t i = 0; i < zone->n_lists; i++) {
		const struct zone_list_conf *l = zone->lists[i];

		add(b, "list", l->name);
		add(b, "kind", zone_kind_name(l->kind));
		add(b, "code", zone_code_format(code, l->code));
	}
	for (size_t i = 0; i < zone->n_ns; i++) {
		add(b, "ns", zone->ns[i]);
	}
	add(b, "mname", zone->mname);
	add(b, "hostmaster", zone->hostmaster);
	buf_fmt(b, "ttl %u\nnegative-ttl %u\nrefresh %u\nretry %u\nexpire %u\n",
	    zone->ttl, zone->negative_ttl, zone->refresh, zone->retry,
	    zone->expire);
	add(b, "text", zone->text);
	for (size_t i = 0; i < zone->n_apex; i++) {
		add(b, "apex", zone->apex[i]);
	}
}

int
zone_applied_digest(const struct zone_zone_conf *zone, uint8_t ret[32])
{
	struct buf b = { 0 };
	int r;

	zone_applied_text(zone, &b);
	r = b.bad ? ERR_NOMEM : 0;
	if (r == 0) {
		digest_sha256_2(b.data, b.len, NULL, 0, ret);
	}
	buf_free(&b);
	return r;
}

/* ---- rows ---------------------------------------------------------------- */

static size_t
row_key(uint8_t out[PREFIX_LEN + NAME_MAX_LEN], const char *name)
{
	size_t n = strlen(name);

	n = n < NAME_MAX_LEN ? n : NAME_MAX_LEN;
	memcpy(out, PREFIX, PREFIX_LEN);
	memcpy(out + PREFIX_LEN, name, n);
	return PREFIX_LEN + n;
}

static int
row_put(struct zone_txn *txn, const struct zone_applied *a)
{
	uint8_t key[PREFIX_LEN + NAME_MAX_LEN], row[ROW];
	struct writer w = writer(row, sizeof(row));

	write_le32(&w, 0);
	write_le64(&w, a->serial);
	write_span(&w, a->digest, 32);
	w.at = row;
	write_le32(&w, crc32c(row + 4, sizeof(row) - 4));
	return zone_txn_put(
	    txn, ZONE_T_META, key, row_key(key, a->zone), row, sizeof(row));
}

static int
row_decode(const struct zone_bytes *b, struct zone_applied *a)
{
	struct reader rd = reader(b->at, b->len);
	uint32_t crc = read_le32(&rd);
	const uint8_t *digest;

	a->serial = read_le64(&rd);
	digest = read_span(&rd, 32);
	if (digest == NULL || b->len != ROW ||
	    crc != crc32c(b->at + 4, b->len - 4)) {
		return ERR_CORRUPT;
	}
	memcpy(a->entered, digest, 32);
	return 1;
}

/* What the store says of A->zone: 1, 0 nothing, <0. */
static int
row_get(struct zone_txn *txn, struct zone_applied *a)
{
	uint8_t key[PREFIX_LEN + NAME_MAX_LEN];
	struct zone_bytes b;
	int r = zone_txn_get(txn, ZONE_T_META, key, row_key(key, a->zone), &b);

	return r == 1 ? row_decode(&b, a) : r;
}

/* Every row; A->zone is the name, borrowed from the stack. */
static int
each_row(struct zone_txn *txn, zone_applied_fn *fn, void *ctx)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, val;
	int r = zone_cursor_open(txn, ZONE_T_META, &c);

	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, PREFIX, PREFIX_LEN, &k, &val); r == 1;
	     r = zone_cursor_next(c, &k, &val)) {
		char name[NAME_MAX_LEN + 1];
		struct zone_applied a = { .zone = name };
		size_t n = k.len - PREFIX_LEN;

		if (k.len < PREFIX_LEN ||
		    memcmp(k.at, PREFIX, PREFIX_LEN) != 0) {
			r = 0;
			break;
		}
		if (n == 0 || n > NAME_MAX_LEN) {
			r = ERR_CORRUPT;
			break;
		}
		memcpy(name, k.at + PREFIX_LEN, n);
		name[n] = '\0';
		r = row_decode(&val, &a);
		if (r == 1) {
			r = fn(&a, ctx);
		}
		if (r != 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

/* ---- comparing ----------------------------------------------------------- */

struct comparing {
	const struct zone_config *config;
	zone_applied_fn *fn;
	void *ctx;
};

static int
tell_gone(const struct zone_applied *row, void *ctx)
{
	const struct comparing *c = ctx;
	struct zone_applied a = *row;

	if (zone_config_zone(c->config, span_str(row->zone)) != NULL) {
		return 0;
	}
	a.state = ZONE_APPLIED_GONE;
	return c->fn(&a, c->ctx);
}

static int
compare(struct zone_txn *txn, const struct zone_config *config,
    zone_applied_fn *fn, void *ctx)
{
	struct comparing c = { config, fn, ctx };

	for (size_t i = 0; i < config->n_zones; i++) {
		struct zone_applied a = { .zone = config->zones[i].name };
		int r = zone_applied_digest(&config->zones[i], a.digest);

		if (r == 0) {
			r = row_get(txn, &a);
		}
		if (r < 0) {
			return r;
		}
		a.state = r == 0 ? ZONE_APPLIED_NEW
		    : memcmp(a.entered, a.digest, 32) != 0
		    ? ZONE_APPLIED_CHANGED
		    : ZONE_APPLIED_SAME;
		r = fn(&a, ctx);
		if (r != 0) {
			return r;
		}
	}
	return each_row(txn, tell_gone, &c);
}

int
zone_applied_walk(struct zone_view *view, const struct zone_config *config,
    zone_applied_fn *fn, void *ctx)
{
	return compare(zone_view_txn(view), config, fn, ctx);
}

/* ---- entering ------------------------------------------------------------ */

struct entering {
	const struct zone_config *config;
	const char *by, *reason;
	struct zone_head head;
	struct zone_txn *txn;
	struct buf said; /* what history says: each zone and its digest */
	struct buf gone; /* names, each with a NUL */
};

static void
say_zone(struct buf *b, const char *name, const uint8_t digest[32])
{
	char hex[65];

	digest_hex(digest, 32, hex);
	buf_fmt(b, "zone %s sha256:%s", name, hex);
}

static int
note(const struct zone_applied *a, void *ctx)
{
	struct entering *e = ctx;
	struct zone_applied row = *a;

	if (a->state == ZONE_APPLIED_SAME) {
		return 0;
	}
	if (e->said.len > 0) {
		buf_str(&e->said, "; ");
	}
	if (a->state == ZONE_APPLIED_GONE) {
		buf_fmt(&e->said, "zone %s removed", a->zone);
		/* no row may go while a cursor stands on the table */
		buf_add(&e->gone, a->zone, strlen(a->zone) + 1);
		return 0;
	}
	say_zone(&e->said, a->zone, a->digest);
	row.serial = e->head.serial;
	return row_put(e->txn, &row);
}

static int
enter(struct zone_txn *txn, void *ctx)
{
	struct entering *e = ctx;
	struct zone_why why = { .by = e->by, .action = ZONE_ACTION_CONFIG };
	struct history_writer history = { .txn = txn };
	uint8_t key[PREFIX_LEN + NAME_MAX_LEN];
	int64_t now = when_now();
	int r = zone_head_get(txn, &e->head);

	buf_clear(&e->said); /* it may be the second run */
	buf_clear(&e->gone);
	e->txn = txn;
	e->head.serial++;
	if (r >= 0) {
		r = compare(txn, e->config, note, e);
	}
	for (size_t at = 0; r == 0 && at < e->gone.len;) {
		const char *name = e->gone.data + at;

		r = zone_txn_del(txn, ZONE_T_META, key, row_key(key, name));
		r = r < 0 ? r : 0;
		at += strlen(name) + 1;
	}
	if (r == 0 && e->said.len == 0) {
		return ERR_NONE;
	}
	if (r == 0 && e->reason != NULL && e->reason[0] != '\0') {
		buf_fmt(&e->said, "; %s", e->reason);
	}
	if (r < 0 || e->said.bad || e->gone.bad) {
		return r < 0 ? r : ERR_NOMEM;
	}
	why.reason = e->said.data;
	history.serial = e->head.serial;
	r = zone_history_finish(&history, &why, 0,
	    now < e->head.time ? e->head.time : now, &e->head);
	return r == 0 ? zone_head_put(txn, &e->head) : r;
}

int
zone_applied_enter(struct zone_store *store, const struct zone_config *config,
    const char *by, const char *reason, uint64_t *ret_serial,
    struct err_text *why)
{
	struct entering e = { .config = config, .by = by, .reason = reason };
	int r = zone_store_write(store, enter, &e);

	if (r == 0) {
		*ret_serial = e.head.serial;
	} else if (r == ERR_NONE) {
		*ret_serial = 0;
		r = 0;
	} else {
		r = err_say(
		    why, r, "the store could not be written: %s", err_str(r));
	}
	buf_free(&e.said);
	buf_free(&e.gone);
	return r;
}

static int
begin_zone(const struct zone_applied *a, void *ctx)
{
	return a->state == ZONE_APPLIED_NEW ? row_put(ctx, a) : 1;
}

static int
any_row(const struct zone_applied *a, void *ctx)
{
	(void)a;
	(void)ctx;
	return 1;
}

int
zone_applied_begin(struct zone_txn *txn, const struct zone_config *config)
{
	struct zone_head head;
	int r = zone_head_get(txn, &head);

	if (r < 0 || head.serial != 0 || config->n_zones == 0) {
		return r < 0 ? r : 0;
	}
	r = each_row(txn, any_row, NULL);
	if (r != 0) {
		return r < 0 ? r : 0;
	}
	r = compare(txn, config, begin_zone, txn);
	return r < 0 ? r : 1;
}

/* ---- verifying ----------------------------------------------------------- */

struct verifying {
	struct zone_view *view;
	uint64_t zones;
	struct err_text *why;
};

static int
verify_row(const struct zone_applied *a, void *ctx)
{
	struct verifying *v = ctx;
	struct zone_history_row row;
	struct buf want = { 0 };
	int r;

	v->zones++;
	if (a->serial == 0) {
		return 0; /* entered when the store was made */
	}
	r = zone_history_get(v->view, a->serial, &row);
	if (r < 0) {
		return r;
	}
	say_zone(&want, a->zone, a->entered);
	buf_u8(&want, '\0');
	if (want.bad) {
		r = ERR_NOMEM;
	} else if (r == 0 || row.action != ZONE_ACTION_CONFIG ||
	    span_find(row.reason, want.data) == NULL) {
		r = err_say(v->why, ERR_CORRUPT,
		    "zone %s: serial %llu did not enter what is remembered",
		    a->zone, (unsigned long long)a->serial);
	} else {
		r = 0;
	}
	buf_free(&want);
	return r;
}

int
zone_applied_verify(
    struct zone_view *view, uint64_t *ret_zones, struct err_text *why)
{
	struct verifying v = { .view = view, .why = why };
	int r = each_row(zone_view_txn(view), verify_row, &v);

	if (r == ERR_CORRUPT && why != NULL && why->text[0] == '\0') {
		r = err_say(why, r, "row %llu of zones is damaged",
		    (unsigned long long)v.zones + 1);
	}
	*ret_zones = v.zones;
	return r;
}
