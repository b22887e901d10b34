/* view.c - what is listed, at one moment. */
#include "zone/view_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/when.h"

/* Seconds for which a block that was found whole is taken to be whole still:
 * what lies on a disk can go bad while it is remembered. */
#define CHECK_EVERY 60

static const char head_key[] = "head";

int
zone_view_open(struct zone_store *store, struct zone_view **ret_view)
{
	struct zone_view *v = calloc(1, sizeof(*v));
	int r;

	if (v == NULL) {
		return ERR_NOMEM;
	}
	v->store = store;
	v->id = UINT64_MAX;
	r = zone_txn_open(store, &v->txn);
	if (r < 0) {
		free(v);
		return r;
	}
	*ret_view = v;
	return 0;
}

int
zone_view_renew(struct zone_view *view)
{
	struct zone_head head;
	uint64_t id;
	int r;

	view->live = false;
	r = zone_txn_renew(view->txn);
	if (r < 0) {
		return r;
	}
	id = zone_txn_id(view->txn);
	if (id != view->id || zone_txn_map(view->txn) != view->map) {
		r = zone_head_get(view->txn, &head);
		if (r < 0) {
			zone_txn_rest(view->txn);
			return r;
		}
		if (id != view->id + 1 ||
		    zone_txn_map(view->txn) != view->map) {
			zone_view_forget(view);
		} else if (!zone_view_keep(view)) {
			zone_view_forget(view);
		}
		view->id = id;
		view->map = zone_txn_map(view->txn);
		view->serial = head.serial;
		view->newest = head.time;
	}
	view->now = when_now();
	if (view->now < view->newest) {
		view->now = view->newest;
	}
	if (view->now >= view->checked + CHECK_EVERY ||
	    view->now < view->checked) {
		zone_view_forget(view);
		view->checked = view->now;
	}
	view->names_stale = true;
	view->live = true;
	return 0;
}

void
zone_view_rest(struct zone_view *view)
{
	zone_txn_rest(view->txn);
	view->live = false;
}

void
zone_view_close(struct zone_view **view)
{
	struct zone_view *v = *view;

	if (v == NULL) {
		return;
	}
	zone_cursor_close(&v->names);
	zone_cursor_close(&v->blocks);
	zone_txn_close(&v->txn);
	zone_view_blocks_free(v);
	free(v);
	*view = NULL;
}

uint64_t
zone_view_serial(const struct zone_view *view)
{
	return view->serial;
}

int64_t
zone_view_now(const struct zone_view *view)
{
	return view->now;
}

/* ---- rows -------------------------------------------------------------- */

int
zone_head_get(struct zone_txn *txn, struct zone_head *ret)
{
	struct zone_bytes b;
	struct reader rd;
	const uint8_t *hash;
	uint32_t crc;
	int r =
	    zone_txn_get(txn, ZONE_T_META, head_key, sizeof(head_key) - 1, &b);

	if (r <= 0) {
		*ret = (struct zone_head){ .next_detail = 1, .next_list = 1 };
		return r;
	}
	if (b.len < 60) {
		return ERR_CORRUPT;
	}
	rd = reader(b.at, b.len);
	crc = read_le32(&rd);
	ret->serial = read_le64(&rd);
	ret->time = (int64_t)read_le64(&rd);
	ret->next_detail = read_le32(&rd);
	ret->next_list = read_le32(&rd);
	hash = read_span(&rd, 32);
	if (rd.bad || crc != crc32c(b.at + 4, b.len - 4)) {
		return ERR_CORRUPT;
	}
	memcpy(ret->hash, hash, 32);
	return 1;
}

int
zone_head_put(struct zone_txn *txn, const struct zone_head *head)
{
	uint8_t row[60];
	struct writer w = writer(row, sizeof(row));

	write_le32(&w, 0);
	write_le64(&w, head->serial);
	write_le64(&w, (uint64_t)head->time);
	write_le32(&w, head->next_detail);
	write_le32(&w, head->next_list);
	write_span(&w, head->hash, 32);
	w.at = row;
	write_le32(&w, crc32c(row + 4, sizeof(row) - 4));
	return zone_txn_put(
	    txn, ZONE_T_META, head_key, sizeof(head_key) - 1, row, sizeof(row));
}

static int
list_decode(
    struct zone_bytes name, struct zone_bytes b, struct zone_list_info *ret)
{
	struct reader rd = reader(b.at, b.len);
	uint32_t crc = read_le32(&rd);

	if (b.len < 24) {
		return ERR_CORRUPT;
	}
	ret->number = read_le16(&rd);
	ret->kind = (enum zone_kind)read_le16(&rd);
	ret->listed = read_le64(&rd);
	ret->exempt = read_le64(&rd);
	if (rd.bad || name.len >= sizeof(ret->name) ||
	    ret->number >= VIEW_LISTS || ret->kind > ZONE_KIND_DOMAIN ||
	    crc != crc32c(b.at + 4, b.len - 4)) {
		return ERR_CORRUPT;
	}
	memcpy(ret->name, name.at, name.len);
	ret->name[name.len] = '\0';
	return 1;
}

int
zone_list_get(
    struct zone_txn *txn, const char *name, struct zone_list_info *ret)
{
	struct zone_bytes key = { (const uint8_t *)name, strlen(name) }, b;
	int r = zone_txn_get(txn, ZONE_T_LISTS, key.at, key.len, &b);

	return r <= 0 ? r : list_decode(key, b, ret);
}

int
zone_list_put(struct zone_txn *txn, const struct zone_list_info *info)
{
	uint8_t row[24];
	struct writer w = writer(row, sizeof(row));

	write_le32(&w, 0);
	write_le16(&w, info->number);
	write_le16(&w, info->kind);
	write_le64(&w, info->listed);
	write_le64(&w, info->exempt);
	w.at = row;
	write_le32(&w, crc32c(row + 4, sizeof(row) - 4));
	return zone_txn_put(txn, ZONE_T_LISTS, info->name, strlen(info->name),
	    row, sizeof(row));
}

int
zone_view_list(struct zone_view *view, const char *name, enum zone_kind kind,
    uint16_t *ret_list)
{
	struct zone_list_info info;
	int r = zone_list_get(view->txn, name, &info);

	if (r <= 0) {
		return r;
	}
	if (info.kind != kind) {
		return ERR_CORRUPT;
	}
	*ret_list = info.number;
	return 1;
}

int
zone_view_lists(struct zone_view *view, struct zone_list_info *ret, size_t cap)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes key, val;
	size_t n = 0;
	int r;

	r = zone_cursor_open(view->txn, ZONE_T_LISTS, &c);
	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, NULL, 0, &key, &val); r == 1;
	     r = zone_cursor_next(c, &key, &val)) {
		struct zone_list_info info;

		r = list_decode(key, val, &info);
		if (r < 0) {
			break;
		}
		if (n < cap) {
			ret[n] = info;
		}
		n++;
	}
	zone_cursor_close(&c);
	return r < 0 ? r : (int)n;
}

int
zone_detail_get(struct zone_txn *txn, uint32_t id, struct zone_detail *ret)
{
	uint8_t key[4];
	struct writer w = writer(key, sizeof(key));
	struct zone_bytes b;
	int r;

	write_u32(&w, id);
	r = zone_txn_get(txn, ZONE_T_DETAILS, key, sizeof(key), &b);
	if (r <= 0) {
		return r;
	}
	r = zone_detail_decode(b.at, b.len, ret);
	return r < 0 ? r : ret->id != id ? ERR_CORRUPT : 1;
}

int
zone_view_detail(struct zone_view *view, uint32_t id, struct zone_detail *ret)
{
	return zone_detail_get(view->txn, id, ret);
}

size_t
zone_name_key(uint8_t out[2 + ZONE_NAME_TEXT], uint16_t list, const char *name,
    size_t len)
{
	out[0] = (uint8_t)(list >> 8);
	out[1] = (uint8_t)list;
	if (len > ZONE_NAME_TEXT) {
		len = ZONE_NAME_TEXT;
	}
	memcpy(out + 2, name, len);
	return 2 + len;
}

void
zone_name_value(uint8_t out[8], uint32_t detail)
{
	struct writer w = writer(out + 4, 4);

	write_le32(&w, detail);
	w = writer(out, 4);
	write_le32(&w, crc32c(out + 4, 4));
}

uint32_t
zone_name_detail(const struct zone_bytes *value)
{
	struct reader rd = reader(value->at, value->len);
	uint32_t crc = read_le32(&rd), detail = read_le32(&rd);

	return value->len == 8 && crc == crc32c(value->at + 4, 4) ? detail : 0;
}

int
zone_name_get(
    struct zone_txn *txn, uint16_t list, const char *text, uint32_t *ret_detail)
{
	uint8_t key[2 + ZONE_NAME_TEXT];
	char name[ZONE_NAME_TEXT];
	size_t n = zone_name_key(key, list, name, zone_key_name(text, name));
	struct zone_bytes b;
	int r = zone_txn_get(txn, ZONE_T_NAMES, key, n, &b);

	if (r <= 0) {
		return r;
	}
	*ret_detail = zone_name_detail(&b);
	return *ret_detail == 0 ? ERR_CORRUPT : 1;
}

int
zone_list_new(struct zone_txn *txn, struct zone_head *head, const char *name,
    enum zone_kind kind, struct zone_list_info *ret)
{
	struct zone_list_info info = { .kind = kind };
	size_t n = strlen(name);

	if (head->next_list >= VIEW_LISTS || n >= sizeof(info.name)) {
		return ERR_RANGE;
	}
	memcpy(info.name, name, n + 1);
	info.number = (uint16_t)head->next_list++;
	*ret = info;
	return zone_list_put(txn, &info);
}
