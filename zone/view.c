/* view.c - what is listed, at one moment. */
#include "zone/view_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/when.h"

_Static_assert(sizeof(uintptr_t) == 8, "pointers carry a 16-bit generation");

#define POINTER_BITS 48
#define NO_BLOCK ((uintptr_t)1)  /* looked for: there is none */
#define BAD_BLOCK ((uintptr_t)2) /* looked at: damaged */

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

static void
forget_pointers(struct zone_view *v)
{
	if (++v->generation != 0) {
		return;
	}
	/* The generations are used up: old marks could look new again. */
	v->generation = 1;
	for (int i = 0; i < VIEW_LISTS; i++) {
		struct view_list *l = v->lists[i];

		if (l == NULL) {
			continue;
		}
		l->wide4 = l->wide6 = 0;
		if (l->table4 != NULL) {
			memset(l->table4, 0, 65536 * sizeof(*l->table4));
		}
		if (l->digests != NULL) {
			memset(l->digests, 0, 65536 * sizeof(*l->digests));
		}
		if (l->slots6 != NULL) {
			memset(l->slots6, 0, VIEW_SLOTS6 * sizeof(*l->slots6));
		}
	}
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
	if (id != view->id) {
		r = zone_head_get(view->txn, &head);
		if (r < 0) {
			zone_txn_rest(view->txn);
			return r;
		}
		view->id = id;
		view->serial = head.serial;
		view->newest = head.time;
		forget_pointers(view);
	}
	view->now = when_now();
	if (view->now < view->newest) {
		view->now = view->newest;
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
	zone_txn_close(&v->txn);
	for (int i = 0; i < VIEW_LISTS; i++) {
		if (v->lists[i] != NULL) {
			free(v->lists[i]->table4);
			free(v->lists[i]->digests);
			free(v->lists[i]->slots6);
			free(v->lists[i]);
		}
	}
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

/* ---- blocks ------------------------------------------------------------ */

/* The place that remembers the block; NULL when there is no memory for a
 * table (then every look-up goes to LMDB). */
static uintptr_t *
slot(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base)
{
	struct view_list *l = v->lists[list];
	uintptr_t **table;
	unsigned high = (unsigned)addr[0] << 8 | addr[1];

	if (l == NULL) {
		l = v->lists[list] = calloc(1, sizeof(*l));
		if (l == NULL) {
			return NULL;
		}
	}
	if (base == 0) {
		return space == ZONE_SPACE_V4 ? &l->wide4 : &l->wide6;
	}
	if (space == ZONE_SPACE_V6) {
		struct view_slot6 *s;
		uint32_t h = high << 16 | (unsigned)addr[2] << 8 | addr[3];

		if (l->slots6 == NULL &&
		    (l->slots6 = calloc(VIEW_SLOTS6, sizeof(*l->slots6))) ==
			NULL) {
			return NULL;
		}
		s = &l->slots6[h * 2654435761u >> 17];
		if (memcmp(s->stretch, addr, 4) != 0) {
			memcpy(s->stretch, addr, 4);
			s->block = 0;
		}
		return &s->block;
	}
	table = space == ZONE_SPACE_V4 ? &l->table4 : &l->digests;
	if (*table == NULL &&
	    (*table = calloc(65536, sizeof(**table))) == NULL) {
		return NULL;
	}
	return *table + high;
}

void
zone_view_ahead(struct zone_view *view, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned step)
{
	const struct view_list *l = view->lists[list];
	unsigned high = (unsigned)addr[0] << 8 | addr[1], base = 16;
	const uintptr_t *s;

	if (l == NULL) {
		return;
	}
	if (space == ZONE_SPACE_V6) {
		uint32_t h = high << 16 | (unsigned)addr[2] << 8 | addr[3];
		const struct view_slot6 *six = l->slots6 == NULL
		    ? NULL
		    : &l->slots6[h * 2654435761u >> 17];

		if (six == NULL ||
		    (step > 0 && memcmp(six->stretch, addr, 4) != 0)) {
			return;
		}
		s = &six->block;
		base = 32;
	} else {
		const uintptr_t *table =
		    space == ZONE_SPACE_V4 ? l->table4 : l->digests;

		if (table == NULL) {
			return;
		}
		s = table + high;
	}
	if (step == 0) {
		__builtin_prefetch(s);
	} else if (*s >> POINTER_BITS == view->generation) {
		uintptr_t p = *s & ((UINT64_C(1) << POINTER_BITS) - 1);

		if (p <= BAD_BLOCK) {
			return;
		}
		if (step == 1) {
			__builtin_prefetch((const uint8_t *)p);
			__builtin_prefetch((const uint8_t *)p + 64);
		} else {
			zone_block_ahead(
			    (const uint8_t *)p, base, addr, step > 2);
		}
	}
}

/* Look BLOCK up in LMDB and check it whole. */
static uintptr_t
fetch(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base, int *ret)
{
	uint8_t key[7];
	struct zone_bytes b;
	size_t n = zone_block_key(key, list, space, addr, base);

	*ret = zone_txn_get(v->txn, ZONE_T_BLOCKS, key, n, &b);
	if (*ret <= 0) {
		return *ret == 0 ? NO_BLOCK : 0;
	}
	return zone_block_check(b.at, b.len) ? (uintptr_t)b.at : BAD_BLOCK;
}

int
zone_view_block(struct zone_view *view, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base, const uint8_t **ret_block)
{
	uintptr_t *s = slot(view, list, space, addr, base);
	uintptr_t mark = (uintptr_t)view->generation << POINTER_BITS, p;
	int r;

	if (s != NULL && *s >> POINTER_BITS == view->generation) {
		p = *s ^ mark;
	} else {
		p = fetch(view, list, space, addr, base, &r);
		if (r < 0) {
			return r;
		}
		if (s != NULL && p >> POINTER_BITS == 0) {
			*s = p | mark;
		}
	}
	if (p == NO_BLOCK) {
		return 0;
	}
	if (p == BAD_BLOCK) {
		return ERR_CORRUPT;
	}
	*ret_block = (const uint8_t *)p;
	return 1;
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
zone_name_key(
    uint8_t out[2 + ZONE_KEY_TEXT], uint16_t list, const char *text, size_t len)
{
	out[0] = (uint8_t)(list >> 8);
	out[1] = (uint8_t)list;
	if (len > ZONE_KEY_TEXT) {
		len = ZONE_KEY_TEXT;
	}
	memcpy(out + 2, text, len);
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
	uint8_t key[2 + ZONE_KEY_TEXT];
	size_t n = zone_name_key(key, list, text, strlen(text));
	struct zone_bytes b;
	int r = zone_txn_get(txn, ZONE_T_NAMES, key, n, &b);

	if (r <= 0) {
		return r;
	}
	*ret_detail = zone_name_detail(&b);
	return *ret_detail == 0 ? ERR_CORRUPT : 1;
}

int
zone_name_put(
    struct zone_txn *txn, uint16_t list, const char *text, uint32_t detail)
{
	uint8_t key[2 + ZONE_KEY_TEXT], row[8];
	size_t n = zone_name_key(key, list, text, strlen(text));

	zone_name_value(row, detail);
	return zone_txn_put(txn, ZONE_T_NAMES, key, n, row, sizeof(row));
}

void
zone_group_key(uint8_t out[18], uint16_t list, const char *canon)
{
	struct digest d = digest_of(DIGEST_SHA256, canon, strlen(canon));

	out[0] = (uint8_t)(list >> 8);
	out[1] = (uint8_t)list;
	memcpy(out + 2, d.bytes, 16);
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
