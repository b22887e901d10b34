/* moved.c - which blocks the newest commit wrote. doc/FORMATS, "moved". */
#include <string.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "zone/view_priv.h"

static const char row_key[] = "moved";

#define KEY_ROOM 8 /* a length and seven bytes */
#define ROW_MAX (16 + (size_t)ZONE_MOVED_MAX * KEY_ROOM)

void
zone_moved_add(struct zone_moved *m, const uint8_t *key, size_t klen)
{
	if (m->n < ZONE_MOVED_MAX && klen < KEY_ROOM) {
		m->keys[m->n].len = (uint8_t)klen;
		memset(m->keys[m->n].at, 0, sizeof(m->keys[m->n].at));
		memcpy(m->keys[m->n].at, key, klen);
		m->n++;
	} else {
		m->n = ZONE_MOVED_MANY;
	}
}

int
zone_moved_get(struct zone_txn *txn, struct zone_moved *ret)
{
	struct zone_moved m;
	struct zone_bytes b;
	struct reader rd;
	uint32_t crc;
	int r =
	    zone_txn_get(txn, ZONE_T_META, row_key, sizeof(row_key) - 1, &b);

	if (r <= 0) {
		return r;
	}
	rd = reader(b.at, b.len);
	crc = read_le32(&rd);
	m.commit = read_le64(&rd);
	m.n = read_le32(&rd);
	if (rd.bad || crc != crc32c(b.at + 4, b.len - 4) ||
	    (m.n > ZONE_MOVED_MAX && m.n != ZONE_MOVED_MANY)) {
		return ERR_CORRUPT;
	}
	for (uint32_t i = 0; i < m.n && m.n != ZONE_MOVED_MANY; i++) {
		const uint8_t *at;

		m.keys[i].len = read_u8(&rd);
		at = read_span(&rd, KEY_ROOM - 1);
		if (at == NULL || m.keys[i].len >= KEY_ROOM) {
			return ERR_CORRUPT;
		}
		memcpy(m.keys[i].at, at, KEY_ROOM - 1);
	}
	if (rd.bad || read_left(&rd) > 0) {
		return ERR_CORRUPT;
	}
	*ret = m;
	return 1;
}

int
zone_moved_put(struct zone_txn *txn, const struct zone_moved *moved)
{
	struct zone_moved m = *moved, before;
	uint8_t row[ROW_MAX];
	struct writer w = writer(row + 4, sizeof(row) - 4);
	size_t len;

	m.commit = zone_txn_id(txn);
	if (zone_moved_get(txn, &before) == 1 && before.commit == m.commit) {
		for (uint32_t i = 0; i < before.n; i++) { /* as well */
			if (before.n == ZONE_MOVED_MANY) {
				m.n = ZONE_MOVED_MANY;
				break;
			}
			zone_moved_add(
			    &m, before.keys[i].at, before.keys[i].len);
		}
	}
	write_le64(&w, m.commit);
	write_le32(&w, m.n);
	for (uint32_t i = 0; i < m.n && m.n != ZONE_MOVED_MANY; i++) {
		write_u8(&w, m.keys[i].len);
		write_span(&w, m.keys[i].at, KEY_ROOM - 1);
	}
	len = 4 + written(&w);
	w = writer(row, 4);
	write_le32(&w, crc32c(row + 4, len - 4));
	return zone_txn_put(
	    txn, ZONE_T_META, row_key, sizeof(row_key) - 1, row, len);
}
