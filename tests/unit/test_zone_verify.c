/* Whatever is changed in the store behind its back, verify finds: each byte of
 * each table, each row that goes or comes, and lies with a right checksum. */
#include "tests/unit/store_world.h"
#include "zone/applied.h"
#include "zone/record.h"

static const enum zone_table tables[] = { ZONE_T_META, ZONE_T_LISTS,
	ZONE_T_BLOCKS, ZONE_T_NAMES, ZONE_T_DETAILS, ZONE_T_HISTORY,
	ZONE_T_CHANGES };
static const char *const table_names[] = { "meta", "lists", "blocks", "names",
	"details", "history", "changes" };

static struct zone_zone_conf zone = { .name = "bl.example.gr", .ttl = 900 };

/* 0: all is right. */
static int
verify(struct err_text *why)
{
	struct zone_view *v = NULL;
	struct zone_verify_counts n;
	uint64_t rows;
	int r = zone_view_open(world, &v);

	*why = (struct err_text){ "" };
	if (r == 0 && (r = zone_view_renew(v)) < 0) {
		r = err_say(why, r, "the head of the store cannot be read");
	}
	r = r == 0 ? zone_verify(v, &n, why) : r;
	r = r == 0 ? zone_history_verify(v, &rows, why) : r;
	r = r == 0 ? zone_verify_past(v, why) : r;
	r = r == 0 ? zone_applied_verify(v, &rows, why) : r;
	zone_view_close(&v);
	return r;
}

static void
fill(void)
{
	uint64_t serial;

	world_config.zones = &zone;
	world_config.n_zones = 1;
	world_open();
	world_add("205.0.114.9", "s", 0);
	world_add("205.0.114.0/24", "t", when_now() + 1000);
	world_add("205.0.114.77", "t", when_now() - 1000);
	world_exempt("205.0.114.8/30", "s", 0);
	world_add("42.0.0.0/8", "s", 0);
	world_add("2605:6001::1", "s", 0);
	world_add("2605:6000::/20", "s", 0);
	world_add("ann+x@example.gr", "s", 0);
	serial = world_exempt("ann@example.gr", "s", 0);
	world_add("x.y@gmail.com", "s", 0);
	world_add("md5:00112233445566778899aabbccddeeff", "s", 0);
	(void)world_undo(serial);
	world_remove("205.0.114.9");
	zone.ttl++;
	CHECK(zone_applied_enter(
		  world, &world_config, "t", "why", &serial, &world_why) == 0,
	    "%s", world_why.text);
}

/* ---- every row ----------------------------------------------------------- */

#define ROWS 200

struct row {
	enum zone_table table;
	const char *name;
	size_t klen, len;
	uint8_t key[ZONE_STORE_KEY_MAX];
	uint8_t value[4096];
};

static struct row rows[ROWS];
static size_t n_rows;

static int
read_rows(struct zone_txn *txn, void *ctx)
{
	int r = 0;

	(void)ctx;
	for (size_t t = 0; t < COUNT(tables) && r == 0; t++) {
		struct zone_cursor *c = NULL;
		struct zone_bytes k, v;

		r = zone_cursor_open(txn, tables[t], &c);
		if (r < 0) {
			return r;
		}
		for (r = zone_cursor_seek(c, NULL, 0, &k, &v); r == 1;
		     r = zone_cursor_next(c, &k, &v)) {
			struct row *row = &rows[n_rows];

			if (tables[t] == ZONE_T_META && k.len == 6 &&
			    memcmp(k.at, "format", 6) == 0) {
				continue; /* opening looks at it */
			}
			CHECK(n_rows < ROWS && v.len < sizeof(row->value),
			    "room");
			row->table = tables[t];
			row->name = table_names[t];
			row->klen = k.len;
			row->len = v.len;
			memcpy(row->key, k.at, k.len);
			memcpy(row->value, v.at, v.len);
			n_rows++;
		}
		zone_cursor_close(&c);
	}
	return r;
}

enum harm { NONE, FLIP, FLIP_KEY, GONE, SHORT, LONG, EMPTY };

struct wound {
	const struct row *row;
	enum harm harm;
	size_t at;
};

static struct wound last; /* healed by the next */

static int
heal(struct zone_txn *txn)
{
	const struct row *row = last.row;
	uint8_t key[ZONE_STORE_KEY_MAX];
	int r = 0;

	if (last.harm == NONE) {
		return 0;
	}
	if (last.harm == FLIP_KEY) {
		memcpy(key, row->key, row->klen);
		key[last.at] ^= 0x40;
		r = zone_txn_del(txn, row->table, key, row->klen);
	}
	return r < 0 ? r
		     : zone_txn_put(txn, row->table, row->key, row->klen,
			   row->value, row->len);
}

/* One commit heals the last wound and makes the next. */
static int
wound(struct zone_txn *txn, void *ctx)
{
	const struct wound *w = ctx;
	const struct row *row = w->row;
	uint8_t key[ZONE_STORE_KEY_MAX], value[4096] = { 0 };
	int r = heal(txn);

	if (r < 0 || w->harm == NONE) {
		return r;
	}
	memcpy(key, row->key, row->klen);
	memcpy(value, row->value, row->len);
	switch (w->harm) {
	case FLIP: value[w->at] ^= (uint8_t)(1 << w->at % 8); break;
	case FLIP_KEY:
		r = zone_txn_del(txn, row->table, key, row->klen);
		if (r < 0) {
			return r;
		}
		key[w->at] ^= 0x40;
		break;
	case GONE:
		r = zone_txn_del(txn, row->table, key, row->klen);
		return r < 0 ? r : 0;
	case SHORT:
		return zone_txn_put(
		    txn, row->table, key, row->klen, value, row->len - 1);
	case LONG:
		return zone_txn_put(
		    txn, row->table, key, row->klen, value, row->len + 1);
	case EMPTY:
		return zone_txn_put(txn, row->table, key, row->klen, value, 0);
	case NONE: break;
	}
	return zone_txn_put(txn, row->table, key, row->klen, value, row->len);
}

static void
hurt(const struct row *row, enum harm harm, size_t at)
{
	static const char *const harms[] = { "none", "flipped", "key flipped",
		"gone", "short", "long", "empty" };
	struct wound w = { row, harm, at };
	struct err_text why;
	int r;

	if (row->table == ZONE_T_META && row->klen == 5 &&
	    memcmp(row->key, "moved", 5) == 0 &&
	    (harm == GONE || harm == FLIP_KEY)) {
		return; /* its absence is no damage */
	}

	CHECK(zone_store_write(world, wound, &w) == 0, "wound");
	last = w;
	r = verify(&why);
	CHECK(r != 0, "%s, row of %zu bytes, byte %zu %s: not found", row->name,
	    row->len, at, harms[harm]);
	CHECK(r != ERR_CORRUPT || why.text[0] != '\0',
	    "%s: byte %zu %s: found without a word", row->name, at,
	    harms[harm]);
}

static void
every_row(void)
{
	struct wound none = { .harm = NONE };
	struct err_text why;

	fill();
	CHECK(verify(&why) == 0, "before: %s", why.text);
	n_rows = 0;
	CHECK(zone_store_read(world, read_rows, NULL) == 0, "rows");
	for (size_t i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];
		size_t step = row->len > 24 ? row->len / 12 : 2;

		for (size_t at = i % 2; at < row->len; at += step) {
			hurt(row, FLIP, at);
		}
		/* a list's name stands nowhere else */
		if (row->table != ZONE_T_LISTS) {
			hurt(row, FLIP_KEY, row->klen - 1);
			hurt(row, FLIP_KEY, row->klen / 2);
		}
		/* a zone without its row reads as one that was never
		 * entered, which is told elsewhere */
		if (row->table != ZONE_T_META || row->len != 44) {
			hurt(row, GONE, 0);
		}
		hurt(row, SHORT, 0);
		hurt(row, LONG, 0);
		hurt(row, EMPTY, 0);
	}
	CHECK(zone_store_write(world, wound, &none) == 0, "healed");
	last = none;
	CHECK(verify(&why) == 0, "healed: %s", why.text);
	world_close();
}

/* ---- lies with a right checksum ------------------------------------------ */

/* Entries of 205.0/16 in list 1, once more without the one that FN drops or
 * with what it changes. */
typedef size_t rows_fn(struct zone_row *rows, size_t n);

static int
rewrite(struct zone_txn *txn, rows_fn *fn)
{
	uint8_t key[7], stretch[16] = { 205 };
	size_t klen = zone_block_key(key, 1, ZONE_SPACE_V4, stretch, 16);
	struct zone_row in[16];
	struct zone_bytes b;
	struct buf out = { 0 };
	size_t n;
	int r = zone_txn_get(txn, ZONE_T_BLOCKS, key, klen, &b);

	CHECK(r == 1 && zone_block_check(b.at, b.len) &&
		zone_block_count(b.at) < 15 &&
		zone_block_decode(b.at, 16, stretch, in) == 0,
	    "block");
	n = fn(in, zone_block_count(b.at));
	zone_block_encode(in, n, 16, &out);
	r = zone_txn_put(txn, ZONE_T_BLOCKS, key, klen, out.data, out.len);
	buf_free(&out);
	return r;
}

static size_t
drop_first(struct zone_row *r, size_t n)
{
	memmove(r, r + 1, (n - 1) * sizeof(*r));
	return n - 1;
}

static size_t
other_detail(struct zone_row *r, size_t n)
{
	r[0].detail = r[n - 1].detail;
	r[0].code = r[n - 1].code;
	r[0].until = r[n - 1].until;
	return n;
}

static size_t
other_code(struct zone_row *r, size_t n)
{
	r[0].code++;
	return n;
}

static size_t
later(struct zone_row *r, size_t n)
{
	r[0].until += 1000000;
	return n;
}

static size_t
no_detail(struct zone_row *r, size_t n)
{
	r[0].detail = 9999;
	return n;
}

static size_t
one_more(struct zone_row *r, size_t n)
{
	memmove(r + 1, r, n * sizeof(*r));
	r[0].addr[3] = 1; /* the narrowest come first */
	return n + 1;
}

static size_t
out_of_order(struct zone_row *r, size_t n)
{
	struct zone_row x = r[0];

	memset(r[0].addr + 2, 0xff, 2); /* behind its neighbour */
	r[1] = x;
	r[1].len = r[0].len;
	return n;
}

static int
count_less(struct zone_txn *txn, const char *name, int listed)
{
	struct zone_list_info info;

	CHECK(zone_list_get(txn, name, &info) == 1, "list");
	info.listed = (uint64_t)((int64_t)info.listed + listed);
	return zone_list_put(txn, &info);
}

#define LIE(name) static int name(struct zone_txn *txn, void *ctx)

LIE(l_drop)
{
	(void)ctx;
	return rewrite(txn, drop_first);
}
LIE(l_detail)
{
	(void)ctx;
	return rewrite(txn, other_detail);
}
LIE(l_code)
{
	(void)ctx;
	return rewrite(txn, other_code);
}
LIE(l_later)
{
	(void)ctx;
	return rewrite(txn, later);
}
LIE(l_nodetail)
{
	(void)ctx;
	return rewrite(txn, no_detail);
}
LIE(l_more)
{
	(void)ctx;
	return rewrite(txn, one_more);
}
LIE(l_order)
{
	(void)ctx;
	return rewrite(txn, out_of_order);
}
LIE(l_drop_counted)
{
	int r = rewrite(txn, drop_first);

	(void)ctx;
	return r < 0 ? r : count_less(txn, "ip", -1);
}
LIE(l_more_counted)
{
	int r = rewrite(txn, one_more);

	(void)ctx;
	return r < 0 ? r : count_less(txn, "ip", 1);
}
LIE(l_count)
{
	(void)ctx;
	return count_less(txn, "ip", 1);
}
static int
name_put(
    struct zone_txn *txn, uint16_t list, const char *text, uint32_t detail)
{
	uint8_t key[2 + ZONE_NAME_TEXT], row[8];
	char name[ZONE_NAME_TEXT];
	size_t n = zone_name_key(key, list, name, zone_key_name(text, name));

	zone_name_value(row, detail);
	return zone_txn_put(txn, ZONE_T_NAMES, key, n, row, sizeof(row));
}

LIE(l_name)
{
	(void)ctx;
	return name_put(txn, 2, "x.y@gmail.com", 1);
}
LIE(l_new_name)
{
	(void)ctx;
	return name_put(txn, 2, "z@example.gr", 1);
}
LIE(l_lost_name)
{
	(void)ctx;
	return name_put(txn, 77, "z@example.gr", 1);
}
LIE(l_kind)
{
	struct zone_list_info info;

	(void)ctx;
	CHECK(zone_list_get(txn, "ip", &info) == 1, "list");
	info.kind = ZONE_KIND_ADDRESS;
	return zone_list_put(txn, &info);
}
LIE(l_number)
{
	struct zone_list_info info;

	(void)ctx;
	CHECK(zone_list_get(txn, "ip", &info) == 1, "list");
	info.number = 2;
	return zone_list_put(txn, &info);
}
LIE(l_serial)
{
	struct zone_head head;

	(void)ctx;
	CHECK(zone_head_get(txn, &head) == 1, "head");
	head.serial++;
	return zone_head_put(txn, &head);
}
LIE(l_time)
{
	struct zone_head head;

	(void)ctx;
	CHECK(zone_head_get(txn, &head) == 1, "head");
	head.time++;
	return zone_head_put(txn, &head);
}
LIE(l_hash)
{
	struct zone_head head;

	(void)ctx;
	CHECK(zone_head_get(txn, &head) == 1, "head");
	head.hash[31] ^= 1;
	return zone_head_put(txn, &head);
}
LIE(l_next_detail)
{
	struct zone_head head;

	(void)ctx;
	CHECK(zone_head_get(txn, &head) == 1, "head");
	head.next_detail++;
	return zone_head_put(txn, &head);
}

/* Byte AT of row KEY in TABLE, with the checksum of a record made right. */
static int
patch(struct zone_txn *txn, enum zone_table table, const void *key, size_t klen,
    size_t at)
{
	struct zone_bytes b;
	struct buf out = { 0 };
	int r = zone_txn_get(txn, table, key, klen, &b);

	CHECK(r == 1 && at < b.len, "row");
	buf_add(&out, b.at, b.len);
	out.data[at] ^= 1;
	zone_record_end(&out, 0);
	r = zone_txn_put(txn, table, key, klen, out.data, out.len);
	buf_free(&out);
	return r;
}

static const uint8_t serial3[12] = { 0, 0, 0, 0, 0, 0, 0, 3 };
static const uint8_t serial12[12] = { 0, 0, 0, 0, 0, 0, 0, 12 };
static const uint8_t detail2[4] = { 0, 0, 0, 2 };

LIE(l_row_time)
{
	(void)ctx;
	return patch(txn, ZONE_T_HISTORY, serial3, 8, 52);
}
LIE(l_row_action)
{
	(void)ctx;
	return patch(txn, ZONE_T_HISTORY, serial3, 8, 60);
}
LIE(l_row_undoes)
{
	(void)ctx;
	return patch(txn, ZONE_T_HISTORY, serial12, 8, 68);
}
LIE(l_row_keys)
{
	(void)ctx;
	return patch(txn, ZONE_T_HISTORY, serial3, 8, 76);
}
LIE(l_change)
{
	(void)ctx;
	return patch(txn, ZONE_T_CHANGES, serial3, 12, 16);
}
LIE(l_detail_code)
{
	(void)ctx;
	return patch(txn, ZONE_T_DETAILS, detail2, 4, 20);
}
LIE(l_more_changes)
{
	uint8_t key[12] = { 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1 };

	(void)ctx;
	return zone_txn_put(txn, ZONE_T_CHANGES, key, 12, "x", 1);
}
LIE(l_more_history)
{
	uint8_t key[8] = { 0, 0, 0, 0, 0, 0, 9, 9 };

	(void)ctx;
	return zone_txn_put(txn, ZONE_T_HISTORY, key, 8, "x", 1);
}

static const struct {
	const char *what;
	zone_store_fn *lie;
	const char *said; /* part of the sentence */
} lies[] = {
	{ "an entry less", l_drop, "counts" },
	{ "an entry less, counted", l_drop_counted, "205.0.114.77" },
	{ "an entry more", l_more, "counts" },
	{ "an entry more, counted", l_more_counted, "205.0.114.1" },
	{ "another detail", l_detail, "" },
	{ "another code", l_code, "says something else" },
	{ "another end", l_later, "says something else" },
	{ "a detail that is not there", l_nodetail, "9999" },
	{ "out of order", l_order, "" },
	{ "a count", l_count, "\"ip\"" },
	{ "another detail of a name", l_name, "" },
	{ "a name more", l_new_name, "" },
	{ "a name of no list", l_lost_name, "names" },
	{ "a list's kind", l_kind, "" },
	{ "a list's number", l_number, "number" },
	{ "the serial", l_serial, "newest row" },
	{ "the time", l_time, "newest row" },
	{ "the hash", l_hash, "newest row" },
	{ "the next detail", l_next_detail, "details" },
	{ "a row's time", l_row_time, "chain breaks" },
	{ "a row's action", l_row_action, "serial 4" },
	{ "a row's undo", l_row_undoes, "serial 1" },
	{ "a row's count", l_row_keys, "serial 4" },
	{ "a changed key", l_change, "serial 3" },
	{ "a detail's code", l_detail_code, "" },
	{ "a piece of changes more", l_more_changes, "pieces" },
	{ "a row of history more", l_more_history, "rows" },
};

static void
every_lie(void)
{
	struct err_text why;

	for (size_t i = 0; i < COUNT(lies); i++) {
		int r;

		fill();
		CHECK(zone_store_write(world, lies[i].lie, NULL) >= 0, "lie");
		r = verify(&why);
		CHECK(r == ERR_CORRUPT, "%s: %s", lies[i].what, err_str(r));
		CHECK(strstr(why.text, lies[i].said) != NULL, "%s: \"%s\"",
		    lies[i].what, why.text);
		world_close();
	}
}

int
main(void)
{
	every_row();
	every_lie();
	return failures != 0;
}
