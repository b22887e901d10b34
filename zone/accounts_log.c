/* accounts_log.c - what was changed about people, each row bound to the one
 * before by its digest (doc/FORMATS, "LOG").
 */
#include <string.h>

#include "base/digest.h"
#include "base/when.h"
#include "zone/accounts_priv.h"
#include "zone/record.h"

#define LINK 32

static const char head_key[] = "log";

struct head {
	uint64_t number;
	uint8_t link[LINK];
};

/* 0 also when there is none yet: number 0. */
static int
get_head(struct zone_txn *txn, struct head *ret)
{
	struct zone_bytes value;
	const uint8_t *link;
	struct reader r;
	int rc;

	*ret = (struct head){ 0 };
	rc = zone_txn_get(
	    txn, ZONE_T_META, head_key, strlen(head_key), &value);
	if (rc <= 0) {
		return rc;
	}
	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	ret->number = read_le64(&r);
	link = read_span(&r, LINK);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	memcpy(ret->link, link, LINK);
	return 0;
}

static void
key_of(uint64_t number, uint8_t ret[8])
{
	for (unsigned i = 0; i < 8; i++) {
		ret[i] = (uint8_t)(number >> (56 - 8 * i));
	}
}

static const char *
known(const char *name)
{
	char key[ZONE_USER_NAME];

	return account_user_key(name, key) > 0 ? name : "?";
}

int
account_log_add(struct zone_txn *txn, const char *by, const char *what,
    const char *whom, const char *more)
{
	struct buf b = { 0 };
	struct head head;
	uint8_t key[8];
	size_t start;
	int rc = get_head(txn, &head);

	if (rc < 0) {
		return rc;
	}
	by = by != NULL ? known(by) : "-";
	whom = known(whom);
	start = zone_record_begin(&b);
	buf_add(&b, head.link, LINK);
	buf_le64(&b, (uint64_t)when_now());
	buf_text(&b, by, strlen(by));
	buf_text(&b, what, strlen(what));
	buf_text(&b, whom, strlen(whom));
	buf_text(&b, more, strlen(more));
	zone_record_end(&b, start);
	if (b.bad) {
		buf_free(&b);
		return ERR_NOMEM;
	}
	key_of(++head.number, key);
	rc = zone_txn_append(
	    txn, ZONE_T_ACCOUNT_LOG, key, sizeof(key), b.data, b.len);
	digest_sha256_2(b.data, b.len, NULL, 0, head.link);
	buf_clear(&b);
	if (rc == 0) {
		start = zone_record_begin(&b);
		buf_le64(&b, head.number);
		buf_add(&b, head.link, LINK);
		zone_record_end(&b, start);
		rc = b.bad ? ERR_NOMEM
			   : zone_txn_put(txn, ZONE_T_META, head_key,
				 strlen(head_key), b.data, b.len);
	}
	buf_free(&b);
	return rc;
}

static bool
take_text(struct reader *r, char *out, size_t room)
{
	size_t n;
	const char *text = read_text(r, &n);

	if (r->bad || n >= room) {
		return false;
	}
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

/* KEY and VALUE as stored; LINK as it stands in the row. */
static int
decode(struct zone_bytes key, struct zone_bytes value, uint8_t link[LINK],
    struct zone_account_event *ret)
{
	struct zone_account_event e = { 0 };
	const uint8_t *before;
	struct reader r;

	if (key.len != 8 || zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	for (unsigned i = 0; i < 8; i++) {
		e.number = e.number << 8 | key.at[i];
	}
	before = read_span(&r, LINK);
	e.time = (int64_t)read_le64(&r);
	if (!take_text(&r, e.by, sizeof(e.by)) ||
	    !take_text(&r, e.what, sizeof(e.what)) ||
	    !take_text(&r, e.whom, sizeof(e.whom)) ||
	    !take_text(&r, e.more, sizeof(e.more))) {
		return ERR_CORRUPT;
	}
	memcpy(link, before, LINK);
	*ret = e;
	return 0;
}

struct reading {
	uint64_t before;
	struct zone_account_event *events;
	size_t cap;
	int n;
};

static int
read_back(struct zone_txn *txn, void *ctx)
{
	struct reading *g = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t last[8], link[LINK];
	int rc, more;

	g->n = 0;
	rc = zone_cursor_open(txn, ZONE_T_ACCOUNT_LOG, &cursor);
	if (rc < 0) {
		return rc == ERR_NONE ? 0 : rc;
	}
	key_of(g->before == 0 ? UINT64_MAX : g->before - 1, last);
	more = zone_cursor_back(cursor, last, sizeof(last), &key, &value);
	while (more == 1 && (size_t)g->n < g->cap) {
		rc = decode(key, value, link, &g->events[g->n]);
		if (rc < 0) {
			break;
		}
		g->n++;
		more = zone_cursor_prev(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : more < 0 ? more : 0;
}

int
zone_account_log(struct zone_accounts *accounts, uint64_t before,
    struct zone_account_event *ret, size_t cap)
{
	struct reading g = { .before = before, .events = ret, .cap = cap };
	int rc = zone_store_read(accounts->store, read_back, &g);

	return rc < 0 ? rc : g.n;
}

static int
verify(struct zone_txn *txn, void *ctx)
{
	uint64_t *ret_n = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_account_event e;
	struct zone_bytes key, value;
	uint8_t want[LINK] = { 0 }, link[LINK];
	struct head head;
	int rc, more;

	*ret_n = 0;
	rc = get_head(txn, &head);
	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_open(txn, ZONE_T_ACCOUNT_LOG, &cursor);
	if (rc < 0) {
		return rc == ERR_NONE && head.number == 0 ? 0
		    : rc == ERR_NONE                      ? ERR_CORRUPT
							  : rc;
	}
	more = zone_cursor_seek(cursor, "", 1, &key, &value);
	while (more == 1 && rc == 0) {
		rc = decode(key, value, link, &e);
		if (rc == 0 &&
		    (e.number != *ret_n + 1 || memcmp(link, want, LINK) != 0)) {
			rc = ERR_CORRUPT;
		}
		++*ret_n;
		digest_sha256_2(value.at, value.len, NULL, 0, want);
		more = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	if (rc == 0 && more < 0) {
		rc = more;
	}
	if (rc == 0 &&
	    (*ret_n != head.number || memcmp(want, head.link, LINK) != 0)) {
		++*ret_n;
		rc = ERR_CORRUPT;
	}
	return rc;
}

int
zone_account_log_verify(struct zone_accounts *accounts, uint64_t *ret_n)
{
	return zone_store_read(accounts->store, verify, ret_n);
}
