/* Domains: labels to paths, what covers a name, what exists, what is refused,
 * and damage. The property test does the rest. */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/find.h"
#include "zone/moderate.h"
#include "zone/verify.h"

#define NAME 300

/* ---- labels ------------------------------------------------------------- */

/* From the root side down, '/' behind each; '+': labels that no entry has. */
static const struct {
	const char *name;
	const char *asked; /* the last label first, as a DNS name is written */
	const char *path;
} paths[] = {
	{ "one label", "gr", "gr/" },
	{ "root side first", "a.example.gr", "gr/example/a/" },
	{ "lower case", "A.ExAmple.GR", "gr/example/a/" },
	{ "digits and hyphens", "1-2.3", "3/1-2/" },
	{ "hyphens at the edges do no harm", "-a-.gr", "gr/-a-/" },
	{ "an underscore", "_dmarc.example.gr", "gr/example/+" },
	{ "below an underscore", "a._b.example.gr", "gr/example/+" },
	{ "a space", "a b.gr", "gr/+" },
	{ "a byte that is no UTF-8", "\xff.gr", "gr/+" },
	{ "cut UTF-8", "\xc3.gr", "gr/+" },
	{ "overlong UTF-8", "\xc0\xaf.gr", "gr/+" },
	{ "nothing but odd", "*", "+" },
	{ "an empty label", "a..gr", "gr/+" },
	{ "an A-label", "XN--bcher-KVA.gr", "gr/xn--bcher-kva/" },
	{ "a U-label",
	    "b\xc3\xbc"
	    "cher.gr",
	    "gr/xn--bcher-kva/" },
	{ "a U-label with capital ASCII",
	    "B\xc3\xbc"
	    "CHER.gr",
	    "gr/xn--bcher-kva/" },
	{ "a U-label with an underscore", "b\xc3\xbc_.gr", "gr/+" },
	{ "sharp s is itself", "fa\xc3\x9f.de", "de/xn--fa-hia/" },
	{ "one code point", "\xe2\x98\x83.gr", "gr/xn--n3h/" },
	{ "U-labels all the way",
	    "\xe4\xbe\x8b\xe3\x81\x88."
	    "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	    "xn--zckzah/xn--r8jz45g/" },
};

/* The path of NAME's labels, as it is written above. */
static void
path_of(const char *name, size_t len, struct zone_domain *d, char out[NAME])
{
	size_t end = len, at, k = 0;

	zone_domain_begin(d);
	for (;; end = at - 1) {
		for (at = end; at > 0 && name[at - 1] != '.'; at--) {
		}
		zone_domain_add(d, (const uint8_t *)name + at, end - at);
		if (at == 0) {
			break;
		}
	}
	for (size_t i = 0; i < d->len; i++) {
		out[k++] = d->path[i] == 0 ? '/' : (char)d->path[i];
	}
	if (d->more) {
		out[k++] = '+';
	}
	out[k] = '\0';
}

static void
check_paths(void)
{
	struct zone_domain d;
	char got[NAME];

	for (size_t i = 0; i < COUNT(paths); i++) {
		path_of(paths[i].asked, strlen(paths[i].asked), &d, got);
		CHECK(strcmp(got, paths[i].path) == 0, "%s: %s", paths[i].name,
		    got);
	}
	path_of("a\0b.gr", 6, &d, got);
	CHECK(strcmp(got, "gr/+") == 0, "NUL: %s", got);
}

/* libidn2 is the oracle: a U-label, lower case and composed, becomes what
 * zone_key_parse makes of it. */
static void
check_alabels(void)
{
	static const char *const names[] = {
		"παράδειγμα.gr",
		"ελληνικά-και-latin.gr",
		"правда.рф",
		"münchen-ost.de",
		"ليهمابتكلموشعربي.example",
		"他们为什么不说中文.example",
		"почемужеонинеговорятпорусски.example",
		"tạisaohọkhôngthểchỉnóitiếngviệt.example",
		"3年b組金八先生.example",
		"𐎀𐎁.example",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct zone_domain asked, stored;
		struct err_text why = { "" };
		struct zone_key key;
		char got[NAME];

		path_of(names[i], strlen(names[i]), &asked, got);
		CHECK(zone_key_parse(ZONE_KIND_DOMAIN, span_str(names[i]), &key,
			  &why) == 0,
		    "%s", why.text);
		(void)zone_domain_of_key(&key, &stored);
		CHECK(!asked.more && asked.len == stored.len &&
			memcmp(asked.path, stored.path, asked.len) == 0,
		    "%s: %s", key.text, got);
	}
}

static void
check_limits(void)
{
	uint8_t label[64];
	struct zone_domain d;

	memset(label, 'a', sizeof(label));
	zone_domain_begin(&d);
	zone_domain_add(&d, label, 63);
	zone_domain_add(&d, label, 63);
	zone_domain_add(&d, label, 63);
	zone_domain_add(&d, label, 61);
	CHECK(d.len == ZONE_DOMAIN_PATH && !d.more, "253 octets: %u", d.len);
	zone_domain_add(&d, label, 1);
	CHECK(d.len == ZONE_DOMAIN_PATH && d.more, "and more");
	zone_domain_begin(&d);
	zone_domain_add(&d, label, 64);
	CHECK(d.len == 0 && d.more, "a label of 64 octets");
	zone_domain_begin(&d);
	for (unsigned i = 0; i < 127; i++) {
		zone_domain_add(&d, label, 1);
	}
	CHECK(d.len == ZONE_DOMAIN_PATH && !d.more, "127 labels: %u", d.len);
}

/* Any octets at all: what comes out is a path, or the path before them. */
static void
check_octets(void)
{
	uint32_t x = 12345;

	for (unsigned round = 0; round < 20000; round++) {
		struct zone_domain d;
		uint8_t label[64], was = 0;
		size_t since = 0;
		bool good = true;

		zone_domain_begin(&d);
		for (unsigned k = 0; k < 6; k++) {
			unsigned kind = (x >> 9) % 3;

			for (size_t i = 0; i < sizeof(label); i++) {
				x = x * 1664525 + 1013904223;
				label[i] = kind == 0 ? (uint8_t)(x >> 24)
				    : i % 2 == 0     ? 0xce
						 : (uint8_t)(0x80 | (x >> 26));
			}
			zone_domain_add(&d, label, (x >> 20) % 65);
		}
		for (size_t i = 0; i < d.len; i++) {
			uint8_t c = d.path[i];

			since = c == 0 ? 0 : since + 1;
			good = good && since <= 63 && (c != 0 || was != 0) &&
			    (c == 0 || c == '-' || (c >= '0' && c <= '9') ||
				(c >= 'a' && c <= 'z'));
			was = c;
		}
		CHECK(good && was == 0 && d.len <= ZONE_DOMAIN_PATH, "round %u",
		    round);
	}
}

static void
check_order(void)
{
	static const char *const order[] = { "com", ".com", "*.com", "a.com",
		".a.com", "*.a.com", "0.a.com", "b.a.com", ".z.b.a.com",
		"a-b.com", "a0.com", "aa.com", "b.com", "a.coma", "org",
		"*.a.org" };
	struct zone_key keys[COUNT(order)];

	for (size_t i = 0; i < COUNT(order); i++) {
		CHECK(zone_key_parse(ZONE_KIND_DOMAIN, span_str(order[i]),
			  &keys[i], NULL) == 0,
		    "%s", order[i]);
	}
	for (size_t i = 0; i < COUNT(order); i++) {
		uint8_t a[ZONE_DOMAIN_KEY], b[ZONE_DOMAIN_KEY];
		struct zone_domain d;
		enum zone_domain_form form = zone_domain_of_key(&keys[i], &d);
		struct zone_bytes k = { a, zone_domain_key(a, 7, &d, form) };
		struct zone_key back;

		CHECK(zone_domain_key_decode(&k, &back) == 0 &&
			strcmp(back.text, order[i]) == 0,
		    "%s: %s", order[i], back.text);
		for (size_t n = 0; n < COUNT(order); n++) {
			int r = zone_domain_compare(order[i], order[n]), s;
			size_t len;

			CHECK((i < n) == (r < 0) && (i > n) == (r > 0),
			    "%s, %s: %d", order[i], order[n], r);
			form = zone_domain_of_key(&keys[n], &d);
			len = zone_domain_key(b, 7, &d, form);
			s = memcmp(a, b, k.len < len ? k.len : len);
			CHECK(s != 0 || i == n,
			    "%s, %s: one is the other's "
			    "beginning",
			    order[i], order[n]);
			CHECK((r < 0) == (s < 0), "%s, %s: bytes %d, text %d",
			    order[i], order[n], s, r);
		}
	}
}

#define KEY(s)                                      \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

static void
check_bad_keys(void)
{
	static const struct zone_bytes bad[] = {
		KEY(""),
		KEY("\0\1"),
		KEY("\0\1\1"),
		KEY("\0\1\0\1"),
		KEY("\0\1gr\0"),
		KEY("\0\1gr\0\4"),
		KEY("\0\1gr\0\377"),
		KEY("\0\1gr\1"),
		KEY("\0\1gr\0\0\1"),
		KEY("\0\1gr\0\0a\0\1"),
		KEY("\0\1GR\0\1"),
		KEY("\0\1g r\0\1"),
		KEY("\0\1g.r\0\1"),
		KEY("\0\1gr\0-a\0\1"),
		KEY("\0\1gr\0*\0\1"),
		KEY("\0\1127\0\1"),
	};
	struct zone_key key;

	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK(zone_domain_key_decode(&bad[i], &key) == ERR_CORRUPT,
		    "bad key %zu became %s", i, key.text);
	}
}

/* ---- a store ------------------------------------------------------------ */

static struct zone_list_conf lists[] = {
	{ .name = "before", .kind = ZONE_KIND_DOMAIN, .code = 0x7f000009 },
	{ .name = "names", .kind = ZONE_KIND_DOMAIN, .code = 0x7f000002 },
};
static struct zone_config config = { .lists = lists, .n_lists = 2 };
static struct zone_store *store;
static struct zone_view *view;
static struct err_text why;
static char dir[SCRATCH];

/* "!": an exemption; "~" in front of all: it has expired. */
static void
put(struct zone_change *c, const struct zone_list_conf *list, const char *text)
{
	struct zone_terms t = { .forever = true };
	struct zone_key key;

	if (text[0] == '~') {
		t.until = when_now() - 10;
		text++;
	}
	t.exempt = text[0] == '!';
	text += t.exempt;
	CHECK(zone_key_parse(ZONE_KIND_DOMAIN, span_str(text), &key, &why) == 0,
	    "%s", why.text);
	CHECK(zone_change_put(c, list, &key, &t, 0, &why) == 0, "%s", why.text);
}

static void
commit(struct zone_change *c)
{
	struct zone_why by = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result res;

	CHECK(zone_change_commit(&c, &by, &res, &why) == 0, "%s", why.text);
	CHECK(zone_view_renew(view) == 0, "renew");
}

static int
forget(const struct zone_entry *e, void *ctx)
{
	return zone_change_remove(ctx, &lists[1], &e->key, 0);
}

/* List 2 holds the words of TEXT and nothing else. */
static void
world(const char *text)
{
	struct zone_change *c = NULL;
	char words[NAME], *save = NULL;

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	CHECK(zone_view_renew(view) == 0, "renew");
	CHECK(
	    zone_view_walk(view, 2, ZONE_KIND_DOMAIN, forget, c) == 0, "walk");
	zone_view_rest(view);
	snprintf(words, sizeof(words), "%s", text);
	for (char *w = strtok_r(words, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		put(c, &lists[1], w);
	}
	commit(c);
}

enum { L = 1, X, C }; /* listed; exempt or clear, and exists or not */
static const char *const answers[] = { "-", "listed", "no data", "no name" };

static const struct {
	const char *name, *entries, *asked;
	int want;
} cases[] = {
	{ "d: itself", "a.ex.com", "a.ex.com", L },
	{ "d: not below", "a.ex.com", "b.a.ex.com", C },
	{ "DNS-4 d: above", "a.ex.com", "ex.com", X },
	{ "DNS-4 d: far above", "a.ex.com", "com", X },
	{ "d: beside", "a.ex.com", "b.ex.com", C },
	{ "d: beside, longer", "a.ex.com", "aa.ex.com", C },
	{ "d: beside, with a hyphen", "a.ex.com", "a-.ex.com", C },
	{ ".d: itself", ".ex.com", "ex.com", L },
	{ ".d: below", ".ex.com", "x.ex.com", L },
	{ ".d: far below", ".ex.com", "a.b.c.d.e.f.ex.com", L },
	{ ".d: below, no host name", ".ex.com", "_dmarc.ex.com", L },
	{ ".d: below, no text at all", ".ex.com", "\xff.ex.com", L },
	{ ".d: a U-label below", ".ex.com", "\xce\xb1.ex.com", L },
	{ "DNS-4 .d: above", ".ex.com", "com", X },
	{ ".d: ends like it", ".ex.com", "aex.com", C },
	{ "*.d: below", "*.ex.com", "x.ex.com", L },
	{ "*.d: below, no host name", "*.ex.com", "_x.ex.com", L },
	{ "DNS-4 *.d: itself", "*.ex.com", "ex.com", X },
	{ "DNS-4 *.d: above", "*.ex.com", "com", X },
	{ "8020 another top-level domain", "*.ex.com", "org", C },
	{ "8020 an odd name beside", "*.ex.com", "_ex.com", C },

	{ "d before .d", "!ex.com .ex.com", "ex.com", X },
	{ "d before .d, below", "!ex.com .ex.com", "x.ex.com", L },
	{ "d and .d the other way", "ex.com !.ex.com", "ex.com", L },
	{ "d and .d the other way, below", "ex.com !.ex.com", "x.ex.com", C },
	{ "*.d before .d", "!*.ex.com .ex.com", "x.ex.com", C },
	{ "*.d before .d, itself", "!*.ex.com .ex.com", "ex.com", L },
	{ "*.d before .d, odd", "!*.ex.com .ex.com", "_x.ex.com", C },
	{ "deeper before higher", ".ex.com !.a.ex.com", "x.a.ex.com", C },
	{ "deeper before higher, beside", ".ex.com !.a.ex.com", "x.b.ex.com",
	    L },
	{ "a listing in a hole", ".ex.com !.a.ex.com b.a.ex.com", "b.a.ex.com",
	    L },
	{ "a hole in it again", ".ex.com !.a.ex.com .b.a.ex.com !b.a.ex.com",
	    "b.a.ex.com", X },

	{ "8020 an exact hole: below it is listed", ".ex.com !a.ex.com",
	    "a.ex.com", X },
	{ "8020 below an exact hole", ".ex.com !a.ex.com", "x.a.ex.com", L },
	{ "8020 a whole hole", ".ex.com !.a.ex.com", "a.ex.com", C },
	{ "8020 a whole hole in two parts", ".ex.com !a.ex.com !*.a.ex.com",
	    "a.ex.com", C },
	{ "8020 a hole below: the name is listed", ".ex.com !*.a.ex.com",
	    "a.ex.com", L },
	{ "8020 a whole hole with a listing in it",
	    ".ex.com !.a.ex.com z.y.a.ex.com", "a.ex.com", X },
	{ "8020 the name between", ".ex.com !.a.ex.com z.y.a.ex.com",
	    "y.a.ex.com", X },
	{ "8020 beside the name between", ".ex.com !.a.ex.com z.y.a.ex.com",
	    "x.a.ex.com", C },
	{ "8020 holes alone are no names", "!a.ex.com !.b.ex.com !*.c.ex.com",
	    "ex.com", C },
	{ "8020 .d that is cut out in both halves",
	    ".b.ex.com !b.ex.com !*.b.ex.com", "ex.com", C },
	{ "8020 .d that is cut out in one half", ".b.ex.com !b.ex.com",
	    "ex.com", X },
	{ "8020 .d that is cut out in the other", ".b.ex.com !*.b.ex.com",
	    "ex.com", X },
	{ "8020 a hole over a top-level domain", "!.com a.ex.com", "com", X },
	{ "a hole over a top-level domain", "!.com a.ex.com", "b.ex.com", C },

	{ "an expired listing", "~ex.com", "ex.com", C },
	{ "an expired listing is no name", "~a.ex.com", "ex.com", C },
	{ "an expired hole", ".ex.com ~!.a.ex.com", "x.a.ex.com", L },
	{ "expired: the next wider counts", "~!ex.com .ex.com", "ex.com", L },
	{ "expired: the next above counts", "*.ex.com ~!.a.ex.com",
	    "x.a.ex.com", L },
	{ "expired: *.d gives way to .d", "~!*.ex.com .ex.com", "x.ex.com", L },
	{ "an expired half of a cut", ".b.ex.com ~!b.ex.com !*.b.ex.com",
	    "ex.com", X },

	{ "IDN: asked as A-label", ".xn--hxajbheg2az3al.gr",
	    "xn--hxajbheg2az3al.gr", L },
	{ "IDN: asked as U-label", ".xn--hxajbheg2az3al.gr",
	    "\xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce\xb5\xce\xb9\xce\xb3"
	    "\xce\xbc\xce\xb1.gr",
	    L },
	{ "IDN: a hole in either spelling", ".ex.com !.xn--bcher-kva.ex.com",
	    "a.b\xc3\xbc"
	    "cher.ex.com",
	    C },

	{ "another list's row before ours", "z.gr", "b.gr", C },
	{ "another list's row above ours", "c.b.gr", "x.c.b.gr", C },
	{ "nothing at all", "", "b.gr", C },
};

static int
ask(const char *name, enum zone_verdict *ret)
{
	struct zone_domain d;
	struct zone_hit hit;
	char path[NAME];
	bool exists;
	int r;

	path_of(name, strlen(name), &d, path);
	r = zone_find_domain(view, 2, &d, &hit, &exists);
	if (r < 0) {
		return r;
	}
	*ret = hit.verdict;
	CHECK(
	    exists || hit.verdict != ZONE_LISTED, "%s: listed, no name", name);
	return hit.verdict == ZONE_LISTED ? L : exists ? X : C;
}

static void
check_cases(void)
{
	enum zone_verdict v;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int got;

		world(cases[i].entries);
		got = ask(cases[i].asked, &v);
		CHECK(got == cases[i].want, "%s: %s is %s", cases[i].name,
		    cases[i].asked, got > 0 ? answers[got] : err_str(got));
	}
}

/* ---- many rows ---------------------------------------------------------- */

/* FIRST, then N times "b.", then "s.gr". */
static void
steps(char out[NAME], const char *first, unsigned n)
{
	size_t len = strlen(first);

	memcpy(out, first, len);
	for (; n > 0; n--, len += 2) {
		memcpy(out + len, "b.", 2);
	}
	memcpy(out + len, "s.gr", 5);
}

static void
check_many(void)
{
	struct zone_change *c = NULL;
	enum zone_verdict v;
	char text[NAME];

	world("");
	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "!h%u.few.gr", i);
		put(c, &lists[1], text);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "!h%u.many.gr", i);
		put(c, &lists[1], text);
	}
	commit(c);
	CHECK(ask("few.gr", &v) == C, "3,000 holes are looked through");
	CHECK(ask("many.gr", &v) == X, "5,000 are not: the safe side");
	CHECK(ask("h7.many.gr", &v) == C && v == ZONE_EXEMPT, "within");
	CHECK(ask("x.h7.many.gr", &v) == C && v == ZONE_CLEAR, "below");

	/* A neighbour at each label, so that every one has to be looked at. */
	world(".s.gr");
	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (unsigned i = 0; i < 60; i++) {
		steps(text, "!a.", i);
		put(c, &lists[1], text);
	}
	commit(c);
	steps(text, "", 60);
	CHECK(ask(text, &v) == L, "all the way up");
	steps(text, "a.", 30);
	CHECK(ask(text, &v) == X, "one step of it");
}

/* ---- what is refused, what is found ------------------------------------- */

static void
check_refused(void)
{
	static const char *const keys[] = { ".com", "com", "*.co.uk",
		".blogspot.com", "test", "invalid", ".a.test", "x.localhost" };
	struct zone_terms t = { .forever = true };

	for (size_t i = 0; i < COUNT(keys); i++) {
		struct zone_change *c = NULL;
		struct zone_key key;
		int r;

		CHECK(zone_change_new(store, &config, &c) == 0 &&
			zone_key_parse(ZONE_KIND_DOMAIN, span_str(keys[i]),
			    &key, &why) == 0,
		    "%s", keys[i]);
		r = zone_change_put(c, &lists[1], &key, &t, 0, &why);
		CHECK(r == ERR_REFUSED, "%s: %s", keys[i], err_str(r));
		t.exempt = true;
		r = zone_change_put(c, &lists[1], &key, &t, 0, &why);
		CHECK(r == 0, "a hole %s: %s", keys[i], err_str(r));
		t.exempt = false;
		zone_change_free(&c);
	}
}

static const struct {
	const char *asked, *by; /* NULL: nothing covers it */
} keys[] = {
	{ "ex.com", "ex.com" },
	{ ".ex.com", ".ex.com" },
	{ "*.ex.com", "*.ex.com" },
	{ "a.ex.com", "*.ex.com" },
	{ ".a.ex.com", "*.ex.com" },
	{ "*.a.ex.com", "*.ex.com" },
	{ "*.b.gr", ".b.gr" },
	{ "b.gr", ".b.gr" },
	{ "c.gr", "c.gr" },
	{ ".c.gr", NULL },
	{ "*.c.gr", NULL },
	{ ".d.gr", NULL },
	{ "*.d.gr", "*.d.gr" },
	{ "com", NULL },
	{ ".com", NULL },
	{ "*.com", NULL },
};

static void
check_keys(void)
{
	world("ex.com .ex.com *.ex.com .b.gr c.gr *.d.gr");
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct zone_key key, by;
		struct zone_hit hit;
		struct zone_entry e;
		int r;

		CHECK(zone_key_parse(ZONE_KIND_DOMAIN, span_str(keys[i].asked),
			  &key, &why) == 0,
		    "%s", keys[i].asked);
		by.text[0] = '\0';
		r = zone_find_key(view, 2, &key, &hit, &by);
		CHECK(r == 0 &&
			(hit.verdict != ZONE_CLEAR) == (keys[i].by != NULL) &&
			(keys[i].by == NULL ||
			    strcmp(by.text, keys[i].by) == 0),
		    "%s: by \"%s\"", keys[i].asked, by.text);
		r = zone_find_exact(view, 2, &key, &e);
		CHECK(r ==
			(keys[i].by != NULL &&
			    strcmp(keys[i].by, keys[i].asked) == 0),
		    "%s: exact %d", keys[i].asked, r);
	}
}

/* ---- damage ------------------------------------------------------------- */

struct flip {
	uint8_t key[ZONE_DOMAIN_KEY];
	size_t klen, at;
	bool in_key;
};

static int
flip_bit(struct zone_txn *txn, void *ctx)
{
	const struct flip *f = ctx;
	uint8_t key[ZONE_DOMAIN_KEY], copy[64];
	struct zone_bytes b;
	int r = zone_txn_get(txn, ZONE_T_NAMES, f->key, f->klen, &b);

	if (r != 1 || b.len > sizeof(copy)) {
		return ERR_NONE;
	}
	memcpy(copy, b.at, b.len);
	memcpy(key, f->key, f->klen);
	(f->in_key ? key : copy)[f->at / 8] ^= (uint8_t)(1u << f->at % 8);
	if (f->in_key) {
		r = zone_txn_del(txn, ZONE_T_NAMES, f->key, f->klen);
		if (r < 0) {
			return r;
		}
	}
	return zone_txn_put(txn, ZONE_T_NAMES, key, f->klen, copy, b.len);
}

static void
spoil(const struct flip *f)
{
	struct flip copy = *f;

	zone_view_rest(view);
	CHECK(zone_store_write(store, flip_bit, &copy) == 0, "flip");
	CHECK(zone_view_renew(view) == 0, "renew");
}

static void
check_damage(void)
{
	struct zone_verify_counts n;
	struct zone_domain d;
	struct zone_key key;
	enum zone_domain_form form;
	enum zone_verdict v;
	struct flip f = { .klen = 0 };

	world(".a.gr");
	CHECK(zone_key_parse(ZONE_KIND_DOMAIN, span_str(".a.gr"), &key, &why) ==
		0,
	    "key");
	form = zone_domain_of_key(&key, &d);
	f.klen = zone_domain_key(f.key, 2, &d, form);
	CHECK(zone_verify(view, &n, &why) == 0, "%s", why.text);
	for (f.at = 0; f.at < ZONE_DOMAIN_VALUE * 8; f.at++) {
		spoil(&f);
		CHECK(ask("x.a.gr", &v) == ERR_CORRUPT, "value, bit %zu", f.at);
		CHECK(zone_find_exact(view, 2, &key,
			  &(struct zone_entry){ .code = 0 }) == ERR_CORRUPT,
		    "exact, bit %zu", f.at);
		CHECK(zone_verify(view, &n, &why) == ERR_CORRUPT,
		    "verify, bit %zu", f.at);
		spoil(&f);
	}
	/* In the key: it lists nothing, neither here nor elsewhere. */
	f.in_key = true;
	for (f.at = 0; f.at < f.klen * 8; f.at++) {
		struct flip back = f;
		struct zone_domain moved = { .len = 0 };
		struct zone_hit hit;
		bool exists;
		int r;

		spoil(&f);
		r = ask("x.a.gr", &v);
		CHECK(r < 0 || r == C, "key, bit %zu: %d", f.at, r);
		back.key[f.at / 8] ^= (uint8_t)(1u << f.at % 8);
		moved.len = (uint8_t)(f.klen - 3);
		memcpy(moved.path, back.key + 2, moved.len);
		r = zone_find_domain(view,
		    (uint16_t)(back.key[0] << 8 | back.key[1]), &moved, &hit,
		    &exists);
		CHECK(r < 0 || hit.verdict != ZONE_LISTED,
		    "key, bit %zu lists another name", f.at);
		CHECK(zone_verify(view, &n, &why) == ERR_CORRUPT,
		    "verify, key bit %zu", f.at);
		spoil(&back);
	}
	CHECK(zone_verify(view, &n, &why) == 0 && ask("x.a.gr", &v) == L,
	    "whole again: %s", why.text);
}

int
main(void)
{
	struct zone_change *c = NULL;

	check_paths();
	check_alabels();
	check_limits();
	check_octets();
	check_order();
	check_bad_keys();
	scratch_make(dir);
	if (zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 22, &store,
		&why) < 0 ||
	    zone_moderate_init(store, &config) < 0 ||
	    zone_view_open(store, &view) < 0) {
		fprintf(stderr, "no store: %s\n", why.text);
		return 99;
	}
	/* the last row of the list before ours covers what is asked for */
	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	put(c, &lists[0], ".b.gr");
	commit(c);
	check_cases();
	check_many();
	check_refused();
	check_keys();
	check_damage();
	zone_view_close(&view);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
