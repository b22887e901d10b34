/* access.c - the table of access keys. */
#include "zone/access.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/when.h"
#include "zone/change_priv.h"
#include "zone/record.h"

#define RANDOM 17 /* bytes, of which 130 bits are used */

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char state_key[] = "access";

/* ---- keys ---------------------------------------------------------------- */

bool
zone_access_shaped(struct span s)
{
	if (s.len != ZONE_ACCESS_LABEL || text_lower(s.at[0]) != 'k') {
		return false;
	}
	for (size_t i = 1; i < s.len; i++) {
		char c = text_lower(s.at[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '2' && c <= '7')) {
			return false;
		}
	}
	return true;
}

void
zone_access_digest(struct span s, uint8_t ret[ZONE_ACCESS_DIGEST])
{
	char label[ZONE_ACCESS_LABEL];

	for (size_t i = 0; i < sizeof(label); i++) {
		label[i] = text_lower(s.at[i]);
	}
	secret_hash(label, sizeof(label), ret);
}

static void
make_label(char ret_label[ZONE_ACCESS_LABEL + 1])
{
	uint8_t raw[RANDOM];
	unsigned bits = 0, have = 0;
	size_t at = 0;

	secret_random(raw, sizeof(raw));
	ret_label[0] = 'k';
	for (size_t i = 1; i < ZONE_ACCESS_LABEL; i++) {
		if (have < 5) {
			bits = bits << 8 | raw[at++];
			have += 8;
		}
		have -= 5;
		ret_label[i] = letters[bits >> have & 31];
	}
	ret_label[ZONE_ACCESS_LABEL] = '\0';
	explicit_bzero(raw, sizeof(raw));
}

/* NAME in lower case; false: it is none. */
static bool
fold_name(const char *name, char ret[ZONE_ACCESS_NAME])
{
	size_t len = strnlen(name, ZONE_ACCESS_NAME);

	if (len == 0 || len == ZONE_ACCESS_NAME) {
		return false;
	}
	for (size_t i = 0; i <= len; i++) {
		char c = text_lower(name[i]);

		if (i < len && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') &&
		    (i == 0 || (c != '-' && c != '_'))) {
			return false;
		}
		ret[i] = c;
	}
	return true;
}

/* ---- rows ---------------------------------------------------------------- */

/* Changes made so far and the number that the next key gets, in "meta". */
struct state {
	uint64_t changes;
	uint32_t next;
};

static int
get_state(struct zone_txn *txn, struct state *ret)
{
	struct zone_bytes b;
	struct reader rd;
	int r = zone_txn_get(
	    txn, ZONE_T_META, state_key, sizeof(state_key) - 1, &b);

	*ret = (struct state){ .next = 1 };
	if (r <= 0) {
		return r;
	}
	if (zone_record_open(b.at, b.len, &rd) < 0) {
		return ERR_CORRUPT;
	}
	ret->changes = read_le64(&rd);
	ret->next = read_le32(&rd);
	return rd.bad || ret->next == 0 ? ERR_CORRUPT : 0;
}

static int
put_state(struct zone_txn *txn, const struct state *state)
{
	struct buf b = { 0 };
	int r = ERR_NOMEM;

	(void)zone_record_begin(&b);
	buf_le64(&b, state->changes);
	buf_le32(&b, state->next);
	zone_record_end(&b, 0);
	if (!b.bad) {
		r = zone_txn_put(txn, ZONE_T_META, state_key,
		    sizeof(state_key) - 1, b.data, b.len);
	}
	buf_free(&b);
	return r;
}

static int
put_key(struct zone_txn *txn, const struct zone_access_key *k)
{
	struct buf b = { 0 };
	int r = ERR_NOMEM;

	(void)zone_record_begin(&b);
	buf_le32(&b, k->id);
	buf_add(&b, k->digest, sizeof(k->digest));
	buf_le64(&b, (uint64_t)k->created);
	buf_le64(&b, (uint64_t)k->until);
	buf_text(&b, k->zone, strlen(k->zone));
	buf_text(&b, k->by, strlen(k->by));
	zone_record_end(&b, 0);
	if (!b.bad) {
		r = zone_txn_put(txn, ZONE_T_ACCESS, k->name, strlen(k->name),
		    b.data, b.len);
	}
	buf_free(&b);
	return r;
}

static bool
take_text(struct reader *rd, char *out, size_t cap)
{
	size_t len;
	const char *s = read_text(rd, &len);

	if (rd->bad || len >= cap) {
		return false;
	}
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static int
decode_key(const struct zone_bytes *name, const struct zone_bytes *b,
    struct zone_access_key *ret)
{
	struct zone_access_key *k = ret;
	const uint8_t *digest;
	struct reader rd;

	if (name->len == 0 || name->len >= sizeof(k->name) ||
	    zone_record_open(b->at, b->len, &rd) < 0) {
		return ERR_CORRUPT;
	}
	memcpy(k->name, name->at, name->len);
	k->name[name->len] = '\0';
	k->id = read_le32(&rd);
	digest = read_span(&rd, sizeof(k->digest));
	k->created = (int64_t)read_le64(&rd);
	k->until = (int64_t)read_le64(&rd);
	if (!take_text(&rd, k->zone, sizeof(k->zone)) ||
	    !take_text(&rd, k->by, sizeof(k->by)) || k->id == 0) {
		return ERR_CORRUPT;
	}
	memcpy(k->digest, digest, sizeof(k->digest));
	return 0;
}

/* ---- reading ------------------------------------------------------------- */

static int
walk(struct zone_txn *txn, zone_access_fn *fn, void *ctx)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes name, b;
	struct zone_access_key k;
	int r = zone_cursor_open(txn, ZONE_T_ACCESS, &c);

	if (r == ERR_NONE) {
		return 0; /* a store from before there were keys */
	}
	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, NULL, 0, &name, &b); r == 1;
	     r = zone_cursor_next(c, &name, &b)) {
		r = decode_key(&name, &b, &k);
		if (r == 0) {
			r = fn(&k, ctx);
		}
		if (r != 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	return r;
}

int
zone_access_changes(struct zone_view *view, uint64_t *ret_n)
{
	struct state state;
	int r = get_state(zone_view_txn(view), &state);

	if (r == 0) {
		*ret_n = state.changes;
	}
	return r;
}

int
zone_access_walk(struct zone_view *view, zone_access_fn *fn, void *ctx)
{
	return walk(zone_view_txn(view), fn, ctx);
}

/* ---- changing ------------------------------------------------------------ */

struct change_key {
	struct zone_access_key key; /* to be stored, or its name alone */
	bool remove;
	const char *by;
	uint64_t serial;
	struct err_text *why;
};

/* Which places of ZONE_ACCESS_MAX are taken. */
static int
see_id(const struct zone_access_key *key, void *ctx)
{
	uint8_t *taken = ctx;
	unsigned place = key->id % ZONE_ACCESS_MAX;

	taken[place / 8] |= (uint8_t)(1u << place % 8);
	return 0;
}

/* The next number whose place is free. */
static int
choose_id(struct zone_txn *txn, struct state *state, struct change_key *c)
{
	uint8_t taken[ZONE_ACCESS_MAX / 8] = { 0 };
	int r = walk(txn, see_id, taken);

	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; i < ZONE_ACCESS_MAX + 1; i++) {
		uint32_t id = state->next++;
		unsigned place = id % ZONE_ACCESS_MAX;

		if (state->next == 0) {
			state->next = 1; /* after 4,294,967,295 keys */
		}
		if (id != 0 && (taken[place / 8] >> place % 8 & 1) == 0) {
			c->key.id = id;
			return 0;
		}
	}
	return err_say(
	    c->why, ERR_FULL, "there are %d keys already", ZONE_ACCESS_MAX);
}

/* The row in history, with a serial of its own. */
static int
put_history(struct zone_txn *txn, struct change_key *c, int64_t *ret_time)
{
	struct history_writer w = { .txn = txn };
	struct zone_head head;
	char reason[ZONE_ACCESS_NAME + 16];
	struct zone_why why = {
		.by = c->by, .action = ZONE_ACTION_ACCESS, .reason = reason
	};
	int64_t now = when_now();
	int r = zone_head_get(txn, &head);

	if (r < 0) {
		return r;
	}
	snprintf(reason, sizeof(reason), "key %s %s", c->key.name,
	    c->remove ? "removed" : "added");
	w.serial = head.serial + 1;
	*ret_time = now > head.time ? now : head.time;
	r = zone_history_finish(&w, &why, 0, *ret_time, &head);
	buf_free(&w.chunk);
	c->serial = w.serial;
	return r < 0 ? r : zone_head_put(txn, &head);
}

static int
apply(struct zone_txn *txn, void *ctx)
{
	struct change_key *c = ctx;
	size_t len = strlen(c->key.name);
	struct zone_bytes b;
	struct state state;
	int r = get_state(txn, &state);

	if (r < 0) {
		return r;
	}
	r = zone_txn_get(txn, ZONE_T_ACCESS, c->key.name, len, &b);
	if (r == 1 && !c->remove) {
		return err_say(c->why, ERR_CONFLICT,
		    "there is a key of that name; remove it, or take another "
		    "name");
	}
	if (r <= 0 && c->remove) {
		return r < 0
		    ? r
		    : err_say(c->why, ERR_NONE, "there is no key of that name");
	}
	if (r < 0) {
		return r;
	}
	r = c->remove ? 0 : choose_id(txn, &state, c);
	if (r == 0) {
		r = put_history(txn, c, &c->key.created);
	}
	if (r == 0 && !c->remove) {
		r = put_key(txn, &c->key);
	} else if (r == 0) {
		r = zone_txn_del(txn, ZONE_T_ACCESS, c->key.name, len);
		r = r < 0 ? r : 0;
	}
	state.changes++;
	return r < 0 ? r : put_state(txn, &state);
}

static int
change(struct zone_store *store, const char *name, struct change_key *c)
{
	if (!fold_name(name, c->key.name)) {
		return err_say(c->why, ERR_FORMAT,
		    "expected a name of letters, digits, hyphens and "
		    "underscores, %d at most",
		    ZONE_ACCESS_NAME - 1);
	}
	return zone_store_write(store, apply, c);
}

int
zone_access_add(struct zone_store *store, const char *name, const char *zone,
    int64_t until, const char *by, char ret_label[ZONE_ACCESS_LABEL + 1],
    uint64_t *ret_serial, struct err_text *why)
{
	struct change_key c = { .by = by, .why = why };
	char label[ZONE_ACCESS_LABEL + 1];
	int r;

	zone = zone != NULL ? zone : "";
	if (strlen(zone) >= sizeof(c.key.zone)) {
		return err_say(why, ERR_RANGE, "the zone's name is too long");
	}
	strcpy(c.key.zone, zone);
	(void)text_printable_in(c.key.by, sizeof(c.key.by), by, strlen(by));
	c.key.until = until;
	make_label(label);
	zone_access_digest(span(label, ZONE_ACCESS_LABEL), c.key.digest);
	r = change(store, name, &c);
	if (r >= 0) {
		memcpy(ret_label, label, sizeof(label));
		*ret_serial = c.serial;
		r = 0;
	}
	explicit_bzero(label, sizeof(label));
	return r;
}

int
zone_access_remove(struct zone_store *store, const char *name, const char *by,
    uint64_t *ret_serial, struct err_text *why)
{
	struct change_key c = { .remove = true, .by = by, .why = why };
	int r = change(store, name, &c);

	if (r >= 0) {
		*ret_serial = c.serial;
		r = 0;
	}
	return r;
}
