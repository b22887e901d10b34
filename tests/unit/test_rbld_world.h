/* test_rbld_world.h - a small real store with zones over it, and questions to
 * ask, for the tests of the responder.
 *
 * What is listed: 192.0.2.0/24 less 192.0.2.9 (a hole), 198.51.100.0/25, one
 * address for ten seconds, 32.1.0.0/16 and 2001:db8:7::/48 (whose first
 * labels meet), 2001:db8:8::1; in a second and third list 192.0.2.1 again;
 * spammer.name+tag@example.gr in the address list; domains of .gr with holes
 * in one list, and www.spam.gr in a second.
 */
#pragma once

#include <ldns/ldns.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"
#include "rbld/handle.h"
#include "tests/unit/check.h"
#include "zone/moderate.h"

static const char world_conf[] =
    "data-dir = \"%s/data\"\n"
    "list \"ip\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"more\" { kind = \"ip\" code = \"127.0.0.3\" }\n"
    "list \"same\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"never-used\" { kind = \"ip\" code = \"127.0.0.9\" }\n"
    "list \"mail\" { kind = \"address\" code = \"127.0.0.4\" }\n"
    "list \"names\" { kind = \"domain\" code = \"127.0.0.5\" }\n"
    "list \"more-names\" { kind = \"domain\" code = \"127.0.0.6\" }\n"
    "zone \"bl.example.org\" {\n"
    "  lists = {\"ip\"}\n"
    "  ns = {\"ns1.example.org\", \"ns2.example.net\"}\n"
    "  hostmaster = \"hostmaster.example.org\"\n"
    "  ttl = 15m negative-ttl = 5m\n"
    "  text = \"$ listed: $r ($$$i)\"\n"
    "  apex = {\"A 203.0.113.80\", \"MX 10 mail.example.org\"}\n"
    "}\n"
    "zone \"multi.example.org\" {\n"
    "  lists = {\"ip\", \"more\", \"same\", \"never-used\"}\n"
    "  ns = {\"ns1.multi.example.org\"}\n"
    "  hostmaster = \"hostmaster.multi.example.org\"\n"
    "  ttl = 60s negative-ttl = 1h\n"
    "  text = \"see https://example.org/?q=$ $r\"\n"
    "  apex = {\"ns1 A 203.0.113.53\", \"NS1 AAAA 2001:db8::53\"}\n"
    "}\n"
    "zone \"mail.example.net\" {\n"
    "  lists = {\"mail\"}\n"
    "  ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"hostmaster.example.org\"\n"
    "}\n"
    "zone \"dbl.example.net\" {\n"
    "  lists = {\"names\"}\n"
    "  ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"hostmaster.example.org\"\n"
    "}\n"
    "zone \"hosts.example.net\" {\n"
    "  lists = {\"names\", \"more-names\"}\n"
    "  ns = {\"ns1.hosts.example.net\"}\n"
    "  hostmaster = \"hostmaster.example.org\"\n"
    "  text = \"$ listed: $r\"\n"
    "  apex = {\"ns1 A 203.0.113.53\"}\n"
    "}\n"
    "zone \"closed.example.net\" {\n"
    "  lists = {\"ip\"}\n"
    "  ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"hostmaster.example.org\"\n"
    "  allow-query = {\"192.0.2.0/24\", \"2001:db8::/32\"}\n"
    "}\n"
    "guard { allow = {\"192.0.2.0/24\", \"198.51.100.0/24\", "
    "\"2001:db8::/32\"} }\n"
    "dns { listen = {\"127.0.0.1@0\"} }\n";

struct world {
	char dir[64];
	struct zone_config *config;
	struct rbld_apex *apex;
	struct zone_store *store; /* open for reading */
	struct rbld_look look;
	struct rbld_stats stats;
};

static inline void
world_fail(const char *what, const char *why)
{
	fprintf(stderr, "cannot make a world: %s: %s\n", what, why);
	exit(99);
}

/* List KEY (or exempt it) in one change of its own; returns the serial. */
static inline uint64_t
world_put(struct world *w, const char *list, const char *text, bool exempt,
    int64_t until, const char *reason)
{
	const struct zone_list_conf *l =
	    zone_config_list(w->config, span_str(list));
	struct zone_terms terms = { .exempt = exempt,
		.until = until,
		.forever = until == 0,
		.person = true,
		.reason = reason };
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result result = { 0 };
	struct zone_change *change = NULL;
	struct zone_store *store = NULL;
	struct err_text text_why = { "" };
	struct zone_key key;
	int r;

	/* LMDB: one environment is open once in a process */
	rbld_look_close(&w->look);
	zone_store_close(&w->store);
	r = zone_store_open(w->config->data_dir, ZONE_STORE_LISTS, ZONE_WRITE,
	    w->config->map_size, &store, &text_why);
	if (r == 0) {
		r = zone_key_parse(l->kind, span_str(text), &key, &text_why);
	}
	if (r == 0) {
		r = zone_change_new(store, w->config, &change);
	}
	if (r == 0) {
		r = zone_change_put(change, l, &key, &terms, 0, &text_why);
	}
	if (r == 0) {
		r = zone_change_commit(&change, &why, &result, &text_why);
	}
	if (r < 0) {
		world_fail(text, text_why.text[0] ? text_why.text : err_str(r));
	}
	zone_store_close(&store);
	r = zone_store_open(w->config->data_dir, ZONE_STORE_LISTS, ZONE_READ,
	    w->config->map_size, &w->store, &text_why);
	if (r == 0) {
		r = rbld_look_open(&w->look, w->apex, w->store);
	}
	if (r < 0) {
		world_fail("reopen", text_why.text);
	}
	return result.serial;
}

static inline void
world_fill(struct world *w)
{
	static const struct {
		const char *list, *key, *reason;
		bool exempt;
		int64_t life;
	} rows[] = {
		{ "ip", "192.0.2.0/24", "sends spam", false, 0 },
		{ "ip", "192.0.2.9", "no spam", true, 0 },
		{ "ip", "198.51.100.0/25", "\xce\xb1\xce\xb2 \x01\"\\", false,
		    0 },
		{ "ip", "198.51.100.200", "for ten seconds", false, 10 },
		{ "ip", "2001:db8:7::/48", "six", false, 0 },
		{ "ip", "2001:db8:8::1", "one", false, 0 },
		{ "more", "192.0.2.1", "again", false, 30 },
		{ "same", "192.0.2.1", "again", false, 0 },
		{ "mail", "spammer.name+tag@example.gr", "phish", false, 0 },
		{ "names", ".spam.gr", "a gang", false, 0 },
		{ "names", "good.spam.gr", "a good one", true, 0 },
		{ "names", ".clean.spam.gr", "good ones", true, 0 },
		{ "names", "*.shop.gr", "its customers", false, 0 },
		{ "names", "soon.gr", "for ten seconds", false, 10 },
		{ "names", "past.gr", "over", false, -10 },
		{ "names", ".xn--hxajbheg2az3al.gr", "IDN", false, 0 },
		{ "more-names", "www.spam.gr", "again", false, 0 },
		{ "more-names", "a.ns1.gr", "below a host's label", false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (zone_config_list(w->config, span_str(rows[i].list)) ==
		    NULL) {
			continue; /* this world has fewer lists */
		}
		(void)world_put(w, rows[i].list, rows[i].key, rows[i].exempt,
		    rows[i].life != 0 ? when_now() + rows[i].life : 0,
		    rows[i].reason);
	}
}

/* The configuration alone, with TEXT in place of world_conf when given. */
static inline int
world_config(struct world *w, const char *text, struct err_text *why)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/rbl.conf", w->dir);
	f = fopen(path, "w");
	if (f == NULL) {
		world_fail(path, "cannot be written");
	}
	if (text == NULL) {
		fprintf(f, world_conf, w->dir);
	} else {
		fputs(text, f);
	}
	fclose(f);
	return zone_config_load(path, &w->config, why);
}

static inline void
world_begin(struct world *w)
{
	*w = (struct world){ .dir = "/tmp/test_rbld.XXXXXX" };
	if (mkdtemp(w->dir) == NULL) {
		world_fail("mkdtemp", w->dir);
	}
}

static inline void
world_make(struct world *w)
{
	struct err_text why = { "" };
	struct zone_store *store = NULL;
	int r;

	world_begin(w);
	r = world_config(w, NULL, &why);
	if (r == 0) {
		r = rbld_apex_load(w->config, &w->apex, &why);
	}
	if (r == 0) {
		r = zone_store_open(w->config->data_dir, ZONE_STORE_LISTS,
		    ZONE_CREATE, w->config->map_size, &store, &why);
	}
	if (r < 0) {
		world_fail(w->dir, why.text);
	}
	zone_store_close(&store);
	world_fill(w);
}

static inline void
world_end(struct world *w)
{
	static const char *const files[] = { "data/store/data.mdb",
		"data/store/lock.mdb", "data/store", "data", "rbl.conf", "" };
	char path[128];

	rbld_look_close(&w->look);
	zone_store_close(&w->store);
	rbld_apex_free(&w->apex);
	zone_config_free(&w->config);
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
		(void)remove(path);
	}
}

/* ---- questions --------------------------------------------------------- */

struct asked {
	uint8_t bytes[1024];
	size_t len;
};

/* A name as people write it, on the wire; "\DDD" is an octet. */
static inline void
ask_name(struct writer *w, const char *name)
{
	uint8_t label[256];
	unsigned n = 0;

	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '.') {
			write_u8(w, n);
			write_span(w, label, n);
			n = 0;
		} else if (*p == '\\') {
			label[n++ & 255] = (uint8_t)((p[1] - '0') * 100 +
			    (p[2] - '0') * 10 + p[3] - '0');
			p += 3;
		} else {
			label[n++ & 255] = (uint8_t)*p;
		}
	}
	if (n > 0) {
		write_u8(w, n);
		write_span(w, label, n);
	}
	write_u8(w, 0);
}

/* A plain question, id 0x1234, RD set; PAYLOAD > 0: with an OPT. */
static inline void
ask(struct asked *a, const char *name, unsigned type, unsigned payload)
{
	struct writer w = writer(a->bytes, sizeof(a->bytes));

	write_u16(&w, 0x1234);
	write_u16(&w, RBLD_RD);
	write_u16(&w, 1);
	write_u32(&w, 0);
	write_u16(&w, payload > 0);
	ask_name(&w, name);
	write_u16(&w, type);
	write_u16(&w, RBLD_CLASS_IN);
	if (payload > 0) {
		write_u8(&w, 0);
		write_u16(&w, RBLD_T_OPT);
		write_u16(&w, payload);
		write_u32(&w, 0);
		write_u16(&w, 0);
	}
	a->len = written(&w);
}
