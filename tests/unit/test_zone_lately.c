/* What was changed lately: found by key, in order, whether it was there at the
 * start or came later; what was too much is said to be missing.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/lately.h"

static char dir[SCRATCH];
static struct zone_config *config;
static struct zone_store *store;

static struct zone_key
key_of(const char *text)
{
	struct zone_key key;

	CHECK(zone_key_parse(zone_key_guess(span_str(text)), span_str(text),
		  &key, NULL) == 0,
	    "%s", text);
	return key;
}

/* Put (exempt or list) or remove N keys from 198.20.0.0 or TEXT on. */
static uint64_t
change(const char *text, unsigned n, const char *what, enum zone_action action,
    const char *source)
{
	struct zone_why why = {
		.by = "test", .action = action, .source = source
	};
	struct zone_terms terms = { .person = true,
		.exempt = strcmp(what, "exempt") == 0 };
	struct zone_change_result result = { .serial = 0 };
	struct zone_change *change = NULL;
	struct zone_key key = key_of(text);
	const struct zone_list_conf *list =
	    zone_config_list_of(config, key.kind);

	CHECK(zone_change_new(store, config, &change) == 0, "change");
	for (unsigned i = 0; i < n; i++) {
		struct zone_key k = key;

		k.ip.ip.bytes[3] = (uint8_t)i;
		k.ip.ip.bytes[2] = (uint8_t)(i >> 8);
		if (n == 1) {
			k = key;
		}
		CHECK((strcmp(what, "remove") == 0
			      ? zone_change_remove(change, list, &k, 0)
			      : zone_change_put(
				    change, list, &k, &terms, 0, NULL)) == 0,
		    "%s %u", text, i);
	}
	CHECK(
	    zone_change_commit(&change, &why, &result, NULL) == 0, "%s", text);
	zone_change_free(&change);
	return result.serial;
}

static size_t
find(struct zone_lately *l, const char *text, struct zone_lately_row rows[8],
    uint64_t *ret_from)
{
	struct zone_view *view = NULL;
	struct zone_key key = key_of(text);
	const struct zone_list_conf *list =
	    zone_config_list_of(config, key.kind);
	uint16_t number;
	size_t n = 0;

	CHECK(zone_view_open(store, &view) == 0 && zone_view_renew(view) == 0 &&
		zone_lately_follow(l, view, 0) == 0,
	    "follow");
	if (zone_view_list(view, list->name, list->kind, &number) == 1) {
		n = zone_lately_find(l, number, &key, rows, 8, ret_from);
	}
	zone_view_close(&view);
	return n;
}

static unsigned long
gone(struct zone_lately *l, enum zone_gone how)
{
	struct zone_lately_days days;

	zone_lately_days(l, when_now(), &days);
	return days.n[0][how];
}

/* The same whether LATELY saw it come or read it at its start. */
static void
look(struct zone_lately *l)
{
	static const struct {
		const char *key;
		size_t n;
		bool gone;
		enum zone_gone how;
	} cases[] = {
		{ "203.0.114.1", 2, true, ZONE_GONE_PERSON },
		{ "203.0.114.2", 2, true, ZONE_GONE_ASKED },
		{ "203.0.114.3", 2, true, ZONE_GONE_EXPIRED },
		{ "203.0.114.4", 2, true, ZONE_GONE_UNDONE },
		{ "203.0.114.5", 2, true, ZONE_GONE_SOURCE },
		{ "203.0.114.6", 1, false, 0 },
		{ "203.0.114.7", 2, true, ZONE_GONE_PERSON }, /* exempted */
		{ "203.0.114.8", 2, false, 0 }, /* an exemption went */
		{ "a@example.org", 2, true, ZONE_GONE_PERSON },
		{ "203.0.114.99", 0, false, 0 },
		{ "203.0.114.0/24", 0, false, 0 },
		{ "2a02::1", 0, false, 0 },
		{ "b@example.org", 0, false, 0 },
	};
	struct zone_lately_row rows[8];
	uint64_t from = 0;

	for (unsigned i = 0; i < COUNT(cases); i++) {
		size_t n = find(l, cases[i].key, rows, &from);

		CHECK(n == cases[i].n, "%s: %zu", cases[i].key, n);
		CHECK(from == 1, "whole: %lu", (unsigned long)from);
		if (n == 0 || n != cases[i].n) {
			continue;
		}
		CHECK(rows[0].gone == cases[i].gone &&
			(!rows[0].gone || rows[0].how == cases[i].how),
		    "%s: %d %d", cases[i].key, (int)rows[0].gone,
		    (int)rows[0].how);
		CHECK(
		    n < 2 || (rows[0].serial > rows[1].serial && !rows[1].gone),
		    "%s: newest first", cases[i].key);
	}
	CHECK(gone(l, ZONE_GONE_PERSON) == 3 && gone(l, ZONE_GONE_ASKED) == 1 &&
		gone(l, ZONE_GONE_EXPIRED) == 1 &&
		gone(l, ZONE_GONE_UNDONE) == 1 &&
		gone(l, ZONE_GONE_SOURCE) == 1,
	    "counted by day");
}

static void
story(void)
{
	static const char *const ips[] = { "203.0.114.1", "203.0.114.2",
		"203.0.114.3", "203.0.114.4", "203.0.114.5", "203.0.114.6",
		"203.0.114.7", "a@example.org" };

	for (unsigned i = 0; i < COUNT(ips); i++) {
		(void)change(ips[i], 1, "add", ZONE_ACTION_ADD, "");
	}
	(void)change("203.0.114.8", 1, "exempt", ZONE_ACTION_EXEMPT, "");
	(void)change("203.0.114.1", 1, "remove", ZONE_ACTION_REMOVE, "hand");
	(void)change("203.0.114.2", 1, "remove", ZONE_ACTION_REMOVE, "delist");
	(void)change("203.0.114.3", 1, "remove", ZONE_ACTION_SWEEP, "");
	(void)change("203.0.114.4", 1, "remove", ZONE_ACTION_UNDO, "");
	(void)change("203.0.114.5", 1, "remove", ZONE_ACTION_IMPORT, "feed");
	(void)change("203.0.114.7", 1, "exempt", ZONE_ACTION_EXEMPT, "");
	(void)change("203.0.114.8", 1, "remove", ZONE_ACTION_REMOVE, "");
	(void)change("a@example.org", 1, "remove", ZONE_ACTION_REMOVE, "");
}

/* Rows of any length, and the ring when it is full. */
static void
much(struct zone_lately *l)
{
	struct zone_lately_row rows[8];
	uint64_t from = 0, serial;

	serial = change("198.20.0.0", 20000, "add", ZONE_ACTION_IMPORT, "x");
	CHECK(find(l, "198.20.0.1", rows, &from) == 0 && from == serial + 1,
	    "too long: %lu", (unsigned long)from);
	CHECK(find(l, "203.0.114.1", rows, &from) == 2, "others stay");
	(void)change("198.20.0.0", 20000, "remove", ZONE_ACTION_REMOVE, "x");
	(void)find(l, "198.20.0.1", rows, &from);
	CHECK(gone(l, ZONE_GONE_PERSON) == 20003, "counted all the same: %lu",
	    gone(l, ZONE_GONE_PERSON));
	for (unsigned i = 0; i < 9; i++) {
		serial = change("198.21.0.0", 16000,
		    i % 2 == 0 ? "add" : "remove", ZONE_ACTION_IMPORT, "x");
	}
	CHECK(find(l, "203.0.114.1", rows, &from) == 0,
	    "what is old was written over");
	CHECK(find(l, "198.21.0.7", rows, &from) >= 7 &&
		rows[0].serial == serial && rows[6].serial == serial - 6,
	    "the newest are there");
	CHECK(
	    from > 1 && from <= serial, "known from %lu", (unsigned long)from);
}

int
main(void)
{
	static const char conf[] =
	    "data-dir = \"%s\"\nlist \"ip\" { kind = \"ip\" }\n"
	    "list \"address\" { kind = \"address\" }\n";
	struct zone_lately *early = NULL, *late = NULL;
	struct zone_lately_row rows[8];
	struct err_text why = { "" };
	char path[SCRATCH + 20];
	struct buf b = { 0 };
	uint64_t from;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/rbl.conf", dir);
	buf_fmt(&b, conf, dir);
	if (secret_init() < 0 || file_write(path, b.data, b.len, 0600) < 0 ||
	    zone_config_load(path, &config, &why) < 0 ||
	    zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 64 << 20,
		&store, &why) < 0 ||
	    zone_moderate_init(store, config) < 0 ||
	    zone_lately_new(&early) < 0 || zone_lately_new(&late) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	buf_free(&b);
	CHECK(find(early, "203.0.114.1", rows, &from) == 0, "an empty store");
	story();
	look(early);
	look(late);
	much(early);
	zone_lately_free(&early);
	zone_lately_free(&late);
	zone_store_close(&store);
	zone_config_free(&config);
	scratch_remove(dir);
	return failures != 0;
}
