/* submitters.c - rows of the queue's table "meta" (doc/FORMATS 2). */
#include "zone/submitters.h"

#include <string.h>

#include "base/secret.h"
#include "base/when.h"
#include "zone/queue_priv.h"
#include "zone/record.h"

#define ADDRESS_MAX 320
#define NO_RELAY_WIDER_4 16
#define NO_RELAY_WIDER_6 32

/* A key is the kind of row, a zero byte and what it is about. */
static const char by_name[] = "submitter", by_token[] = "token",
		  by_sender[] = "sender";

struct row_key {
	uint8_t bytes[ZONE_STORE_KEY_MAX];
	size_t len;
};

static struct row_key
row_key(const char *kind, const void *what, size_t len)
{
	struct row_key k = { .len = strlen(kind) + 1 };

	memcpy(k.bytes, kind, k.len);
	if (len > sizeof(k.bytes) - k.len) { /* no row has such a key */
		len = sizeof(k.bytes) - k.len;
	}
	memcpy(k.bytes + k.len, what, len);
	k.len += len;
	return k;
}

const char *
zone_known_name(enum zone_known known)
{
	return known == ZONE_KNOWN_TOKEN ? "token"
	    : known == ZONE_KNOWN_SENDER ? "sender"
					 : "no";
}

/* ---- what is acceptable -------------------------------------------------- */

/* NAME in lower case; its length, 0: not a name. */
static size_t
fold_name(const char *name, char ret[ZONE_SUBMITTER_NAME])
{
	size_t len = strnlen(name, ZONE_SUBMITTER_NAME);

	if (len == 0 || len == ZONE_SUBMITTER_NAME) {
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		char c = text_lower(name[i]);
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!plain && (i == 0 || memchr("._-", c, 3) == NULL)) {
			return 0;
		}
		ret[i] = c;
	}
	ret[len] = '\0';
	return len;
}

static int
want_name(const char *name, char ret[ZONE_SUBMITTER_NAME], struct err_text *why)
{
	return fold_name(name, ret) > 0
	    ? 0
	    : err_say(why, ERR_FORMAT,
		  "a name has 1 to %d letters, digits, \".\", \"_\" or \"-\", "
		  "the first a letter or digit",
		  ZONE_SUBMITTER_NAME - 1);
}

/* TEXT as a list of addresses has it. */
static int
want_address(const char *text, struct arena *arena, const char **ret,
    struct err_text *why)
{
	struct err_text what = { "" };
	struct zone_key key;
	int r = zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &key, &what);

	if (r < 0 || key.digest.len > 0 || strlen(key.text) > ADDRESS_MAX) {
		return err_say(why, r < 0 ? r : ERR_FORMAT,
		    "not an e-mail address%s%s",
		    what.text[0] != '\0' ? ": " : "", what.text);
	}
	*ret = arena_str(arena, key.text);
	return *ret != NULL ? 0 : ERR_NOMEM;
}

static int
want_relays(const struct net_prefix *relays, size_t n, struct err_text *why)
{
	for (size_t i = 0; i < n; i++) {
		const struct net_prefix *p = &relays[i];
		char text[NET_IP_TEXT];

		if (p->plen <
		    (p->ip.bits == 32 ? NO_RELAY_WIDER_4 : NO_RELAY_WIDER_6)) {
			return err_say(why, ERR_RANGE,
			    "%s/%u is too wide for somebody's mail hosts: /%d "
			    "(IPv6: /%d) at most",
			    net_ip_format(text, &p->ip), p->plen,
			    NO_RELAY_WIDER_4, NO_RELAY_WIDER_6);
		}
	}
	return 0;
}

/* ---- the record ---------------------------------------------------------- */

struct stored {
	struct zone_submitter s;
	uint8_t token[32]; /* digest; zeros: none */
};

static const uint8_t no_token[32];

static void
encode(const struct stored *st, struct buf *b)
{
	const struct zone_submitter *s = &st->s;
	size_t start = zone_record_begin(b);

	buf_text(b, s->name, strlen(s->name));
	buf_le64(b, (uint64_t)s->created);
	buf_le64(b, (uint64_t)s->changed);
	buf_add(b, st->token, sizeof(st->token));
	buf_le16(b, (unsigned)s->n_addresses);
	for (size_t i = 0; i < s->n_addresses; i++) {
		buf_text(b, s->addresses[i], strlen(s->addresses[i]));
	}
	buf_le16(b, (unsigned)s->n_relays);
	for (size_t i = 0; i < s->n_relays; i++) {
		buf_u8(b, s->relays[i].ip.bits);
		buf_u8(b, s->relays[i].plen);
		buf_add(b, s->relays[i].ip.bytes, 16);
	}
	zone_record_end(b, start);
}

static int
decode_relays(struct reader *r, struct arena *arena, struct zone_submitter *s)
{
	s->n_relays = read_le16(r);
	if (r->bad || s->n_relays > ZONE_SUBMITTER_RELAYS) {
		return ERR_CORRUPT;
	}
	s->relays = arena_alloc(arena, (s->n_relays + 1) * sizeof(*s->relays));
	if (s->relays == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < s->n_relays; i++) {
		struct net_prefix *p = &s->relays[i];
		const uint8_t *bytes;

		p->ip.bits = read_u8(r);
		p->plen = read_u8(r);
		bytes = read_span(r, 16);
		if (bytes == NULL || (p->ip.bits != 32 && p->ip.bits != 128) ||
		    p->plen > p->ip.bits) {
			return ERR_CORRUPT;
		}
		memcpy(p->ip.bytes, bytes, 16);
	}
	return 0;
}

static int
decode(struct zone_bytes value, struct arena *arena, struct stored *ret)
{
	struct stored st = { 0 };
	struct zone_submitter *s = &st.s;
	const uint8_t *token;
	struct reader r;
	int rc;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	s->name = queue_get_text(&r, ZONE_SUBMITTER_NAME - 1, arena);
	s->created = queue_get_time(&r);
	s->changed = queue_get_time(&r);
	token = read_span(&r, sizeof(st.token));
	s->n_addresses = read_le16(&r);
	if (token == NULL || r.bad ||
	    s->n_addresses > ZONE_SUBMITTER_ADDRESSES) {
		return ERR_CORRUPT;
	}
	memcpy(st.token, token, sizeof(st.token));
	s->token = memcmp(token, no_token, sizeof(no_token)) != 0;
	s->addresses =
	    arena_alloc(arena, (s->n_addresses + 1) * sizeof(*s->addresses));
	if (s->name == NULL || s->addresses == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < s->n_addresses; i++) {
		s->addresses[i] = queue_get_text(&r, ADDRESS_MAX, arena);
		if (s->addresses[i] == NULL) {
			return r.bad ? ERR_CORRUPT : ERR_NOMEM;
		}
	}
	rc = decode_relays(&r, arena, s);
	if (rc == 0) {
		*ret = st;
	}
	return rc;
}

/* ---- rows ---------------------------------------------------------------- */

/* 1, 0, <0. FOLDED is the name's key. */
static int
get(struct zone_txn *txn, const char *folded, struct arena *arena,
    struct stored *ret)
{
	struct row_key key = row_key(by_name, folded, strlen(folded));
	char name[ZONE_SUBMITTER_NAME];
	struct zone_bytes value;
	int rc = zone_txn_get(txn, ZONE_T_META, key.bytes, key.len, &value);

	if (rc != 1) {
		return rc;
	}
	rc = decode(value, arena, ret);
	if (rc < 0) {
		return rc;
	}
	return fold_name(ret->s.name, name) > 0 && strcmp(name, folded) == 0
	    ? 1
	    : ERR_CORRUPT;
}

/* The name that the row KIND of WHAT leads to, in NAME: 1, 0, <0. */
static int
get_ref(struct zone_txn *txn, const char *kind, const void *what, size_t len,
    char name[ZONE_SUBMITTER_NAME])
{
	struct row_key key = row_key(kind, what, len);
	struct zone_bytes value;
	struct reader r;
	const char *text;
	size_t n;
	int rc = zone_txn_get(txn, ZONE_T_META, key.bytes, key.len, &value);

	if (rc != 1) {
		return rc;
	}
	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	text = read_text(&r, &n);
	if (r.bad || n == 0 || n >= ZONE_SUBMITTER_NAME) {
		return ERR_CORRUPT;
	}
	memcpy(name, text, n);
	name[n] = '\0';
	return 1;
}

static int
put_ref(struct zone_txn *txn, const char *kind, const void *what, size_t len,
    const char *name)
{
	struct row_key key = row_key(kind, what, len);
	struct buf b = { 0 };
	size_t start = zone_record_begin(&b);
	int rc;

	buf_text(&b, name, strlen(name));
	zone_record_end(&b, start);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key.bytes, key.len, b.data, b.len);
	buf_free(&b);
	return rc;
}

static int
del_ref(struct zone_txn *txn, const char *kind, const void *what, size_t len)
{
	struct row_key key = row_key(kind, what, len);
	int rc = zone_txn_del(txn, ZONE_T_META, key.bytes, key.len);

	return rc < 0 ? rc : 0;
}

/* Write NEW over OLD (NULL: none) with all that leads to it. */
static int
put(struct zone_txn *txn, const char *folded, const struct stored *old,
    const struct stored *new)
{
	struct row_key key = row_key(by_name, folded, strlen(folded));
	struct buf b = { 0 };
	int rc = 0;

	for (size_t i = 0; old != NULL && i < old->s.n_addresses && rc == 0;
	     i++) {
		rc = del_ref(txn, by_sender, old->s.addresses[i],
		    strlen(old->s.addresses[i]));
	}
	if (rc == 0 && old != NULL && old->s.token) {
		rc = del_ref(txn, by_token, old->token, sizeof(old->token));
	}
	if (rc < 0 || new == NULL) {
		return rc < 0 ? rc
			      : del_ref(txn, by_name, folded, strlen(folded));
	}
	encode(new, &b);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key.bytes, key.len, b.data, b.len);
	buf_free(&b);
	for (size_t i = 0; i < new->s.n_addresses &&rc == 0; i++) {
		rc = put_ref(txn, by_sender, new->s.addresses[i],
		    strlen(new->s.addresses[i]), folded);
	}
	if (rc == 0 && memcmp(new->token, no_token, sizeof(no_token)) != 0) {
		rc = put_ref(
		    txn, by_token, new->token, sizeof(new->token), folded);
	}
	return rc;
}

/* ---- changes ------------------------------------------------------------- */

enum change_kind { CHANGE_SET, CHANGE_TOKEN, CHANGE_REMOVE };

struct change {
	enum change_kind kind;
	const char *name, *folded;
	const char *const *addresses;
	size_t n_addresses;
	const struct net_prefix *relays;
	size_t n_relays;
	uint8_t token[32];
	struct err_text *why;
};

/* None of the addresses is another's. */
static int
check_free(struct zone_txn *txn, const struct change *c)
{
	char name[ZONE_SUBMITTER_NAME];

	for (size_t i = 0; i < c->n_addresses; i++) {
		int rc = get_ref(txn, by_sender, c->addresses[i],
		    strlen(c->addresses[i]), name);

		if (rc < 0) {
			return rc;
		}
		if (rc == 1 && strcmp(name, c->folded) != 0) {
			return err_say(c->why, ERR_CONFLICT,
			    "%s is the address of %s", c->addresses[i], name);
		}
	}
	return 0;
}

static int
change(struct zone_txn *txn, void *ctx)
{
	const struct change *c = ctx;
	struct stored old, new = { 0 };
	struct arena arena = { 0 };
	int64_t now = when_now();
	int rc = get(txn, c->folded, &arena, &old);
	bool is = rc == 1;

	if (rc < 0) {
		goto out;
	}
	if (!is && c->kind != CHANGE_SET) {
		rc = ERR_NONE;
		goto out;
	}
	if (c->kind == CHANGE_REMOVE) {
		rc = put(txn, c->folded, &old, NULL);
		if (rc == 0) { /* whoever gets the name begins anew */
			rc = del_ref(txn, "suspended", c->folded,
			    strlen(c->folded));
		}
		goto out;
	}
	if (is) {
		new = old;
	} else {
		new.s.created = now;
	}
	new.s.changed = now;
	new.s.name = is && c->kind == CHANGE_TOKEN ? old.s.name : c->name;
	if (c->kind == CHANGE_TOKEN) {
		memcpy(new.token, c->token, sizeof(new.token));
	}
	if (c->addresses != NULL) {
		new.s.addresses = (const char **)c->addresses;
		new.s.n_addresses = c->n_addresses;
	}
	if (c->relays != NULL) {
		new.s.relays = (struct net_prefix *)c->relays;
		new.s.n_relays = c->n_relays;
	}
	rc = check_free(txn, c);
	if (rc == 0) {
		rc = put(txn, c->folded, is ? &old : NULL, &new);
	}
out:
	arena_free(&arena);
	return rc;
}

int
zone_submitter_set(struct zone_queue *queue, const char *name,
    const char *const *addresses, size_t n_addresses,
    const struct net_prefix *relays, size_t n_relays, struct err_text *why)
{
	const char *clean[ZONE_SUBMITTER_ADDRESSES + 1];
	char folded[ZONE_SUBMITTER_NAME];
	struct change c = { .kind = CHANGE_SET,
		.name = name,
		.folded = folded,
		.relays = relays,
		.n_relays = n_relays,
		.why = why };
	struct arena arena = { 0 };
	int rc = want_name(name, folded, why);

	if (rc == 0 &&
	    (n_addresses > ZONE_SUBMITTER_ADDRESSES ||
		n_relays > ZONE_SUBMITTER_RELAYS)) {
		rc = err_say(why, ERR_RANGE,
		    "at most %d addresses and %d mail hosts",
		    ZONE_SUBMITTER_ADDRESSES, ZONE_SUBMITTER_RELAYS);
	}
	for (size_t i = 0; i < n_addresses && rc == 0; i++) {
		rc = want_address(addresses[i], &arena, &clean[i], why);
	}
	if (rc == 0) {
		rc = want_relays(relays, n_relays, why);
	}
	if (rc == 0) {
		c.addresses = addresses != NULL ? clean : NULL;
		c.n_addresses = n_addresses;
		rc = zone_store_write(queue->store, change, &c);
	}
	arena_free(&arena);
	return rc < 0 ? rc : 0;
}

/* What is kept of a token. Case does not count. */
static bool
digest_token(struct span token, uint8_t ret[32])
{
	char folded[ZONE_SUBMITTER_TOKEN - 1];

	if (token.len != sizeof(folded)) {
		return false;
	}
	for (size_t i = 0; i < token.len; i++) {
		folded[i] = text_lower(token.at[i]);
	}
	secret_hash(folded, sizeof(folded), ret);
	return true;
}

int
zone_submitter_token(struct zone_queue *queue, const char *name,
    char ret_token[ZONE_SUBMITTER_TOKEN], struct err_text *why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char token[ZONE_SUBMITTER_TOKEN], folded[ZONE_SUBMITTER_NAME];
	uint8_t random[ZONE_SUBMITTER_TOKEN - 1];
	struct change c = {
		.kind = CHANGE_TOKEN, .name = name, .folded = folded, .why = why
	};
	int rc = want_name(name, folded, why);

	if (rc < 0) {
		return rc;
	}
	secret_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		token[i] = letters[random[i] % 32];
	}
	token[sizeof(token) - 1] = '\0';
	(void)digest_token(span(token, sizeof(token) - 1), c.token);
	rc = zone_store_write(queue->store, change, &c);
	if (rc >= 0) {
		memcpy(ret_token, token, sizeof(token));
	}
	secret_wipe(token, sizeof(token));
	secret_wipe(random, sizeof(random));
	return rc < 0 ? rc : 0;
}

int
zone_submitter_remove(
    struct zone_queue *queue, const char *name, struct err_text *why)
{
	char folded[ZONE_SUBMITTER_NAME];
	struct change c = { .kind = CHANGE_REMOVE,
		.name = name,
		.folded = folded,
		.why = why };
	int rc = want_name(name, folded, why);

	if (rc == 0) {
		rc = zone_store_write(queue->store, change, &c);
	}
	return rc < 0 ? rc : 0;
}

/* ---- questions ----------------------------------------------------------- */

struct question {
	const char *kind;
	const void *what;
	size_t len;
	struct arena *arena;
	struct stored *ret;
};

static int
ask(struct zone_txn *txn, void *ctx)
{
	const struct question *q = ctx;
	char name[ZONE_SUBMITTER_NAME];
	int rc = get_ref(txn, q->kind, q->what, q->len, name);

	if (rc == 1) {
		rc = get(txn, name, q->arena, q->ret);
		rc = rc == 0 ? ERR_CORRUPT : rc; /* a row leads nowhere */
	}
	return rc;
}

static int
ask_name(struct zone_txn *txn, void *ctx)
{
	const struct question *q = ctx;

	return get(txn, q->what, q->arena, q->ret);
}

int
zone_submitter_get(struct zone_queue *queue, const char *name,
    struct arena *arena, struct zone_submitter *ret)
{
	char folded[ZONE_SUBMITTER_NAME];
	struct stored st;
	struct question q = { by_name, folded, 0, arena, &st };
	int rc;

	if (fold_name(name, folded) == 0) {
		return 0;
	}
	rc = zone_store_read(queue->store, ask_name, &q);
	if (rc == 1) {
		*ret = st.s;
	}
	return rc;
}

int
zone_submitter_by_token(struct zone_queue *queue, struct span token,
    struct arena *arena, struct zone_submitter *ret)
{
	struct stored st;
	uint8_t digest[32];
	struct question q = { by_token, digest, sizeof(digest), arena, &st };
	int rc;

	if (!digest_token(token, digest)) {
		return 0;
	}
	rc = zone_store_read(queue->store, ask, &q);
	if (rc == 1 && !secret_equal(st.token, digest, sizeof(digest))) {
		rc = ERR_CORRUPT;
	}
	if (rc == 1) {
		*ret = st.s;
	}
	return rc;
}

int
zone_submitter_by_address(struct zone_queue *queue, struct span address,
    struct arena *arena, struct zone_submitter *ret)
{
	struct err_text why = { "" };
	struct stored st;
	struct zone_key key;
	struct question q = { by_sender, key.text, 0, arena, &st };
	bool his = false;
	int rc;

	if (zone_key_parse(ZONE_KIND_ADDRESS, address, &key, &why) < 0 ||
	    key.digest.len > 0) {
		return 0;
	}
	q.len = strlen(key.text);
	rc = zone_store_read(queue->store, ask, &q);
	for (size_t i = 0; rc == 1 && i < st.s.n_addresses; i++) {
		his = his || strcmp(st.s.addresses[i], key.text) == 0;
	}
	if (rc == 1 && !his) {
		rc = ERR_CORRUPT;
	}
	if (rc == 1) {
		*ret = st.s;
	}
	return rc;
}

struct listing {
	struct arena *arena;
	struct zone_submitter *list;
	size_t n;
};

static int
list(struct zone_txn *txn, void *ctx)
{
	struct listing *l = ctx;
	struct row_key from = row_key(by_name, "", 0);
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	l->n = 0;
	if (rc == 0) {
		rc = zone_cursor_seek(
		    cursor, from.bytes, from.len, &key, &value);
	}
	while (rc == 1 && l->n < ZONE_SUBMITTERS_MAX && key.len > from.len &&
	    memcmp(key.at, from.bytes, from.len) == 0) {
		struct stored st;

		rc = decode(value, l->arena, &st);
		if (rc == 0) {
			l->list[l->n++] = st.s;
			rc = zone_cursor_next(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

int
zone_submitter_list(struct zone_queue *queue, struct arena *arena,
    struct zone_submitter **ret, size_t *ret_n)
{
	struct listing l = { .arena = arena };
	int rc;

	l.list = arena_alloc(arena, ZONE_SUBMITTERS_MAX * sizeof(*l.list));
	if (l.list == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_store_read(queue->store, list, &l);
	if (rc == 0) {
		*ret = l.list;
		*ret_n = l.n;
	}
	return rc;
}
