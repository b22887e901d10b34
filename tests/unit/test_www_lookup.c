/* The look-up: what visitors type, what they are told, what they are not. */
#include <jansson.h>

#include "tests/unit/www_world.h"
#include "www/cover.h"
#include "zone/queue_review.h"

/* ---- what is typed ----------------------------------------------------------
 */

static const struct {
	const char *typed, *key; /* NULL: not understood */
} typed[] = {
	/* plain */
	{ "203.0.114.9", "203.0.114.9" },
	{ "  203.0.114.9\t", "203.0.114.9" },
	{ "203.0.114.0/24", "203.0.114.0/24" },
	{ "203.0.114.9/32", "203.0.114.9" },
	{ "2A02:0::1", "2a02::1" },
	{ "2a02:1::/32", "2a02:1::/32" },
	{ "2001:db8::", "2001:db8::" },
	{ "Ann@Example.ORG", "ann@example.org" },
	{ "example.org", "example.org" },
	{ "EXAMPLE.org.", "example.org" },
	{ "www.example.org", "www.example.org" },
	{ "παράδειγμα.ελ", "xn--hxajbheg2az3al.xn--qxam" },
	{ "5d41402abc4b2a76b9719d911017c592",
	    "md5:5d41402abc4b2a76b9719d911017c592" },
	{ "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
	    "sha1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
	{ "sha1:AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D",
	    "sha1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
	/* pasted */
	{ "http://203.0.114.9/", "203.0.114.9" },
	{ "https://203.0.114.9:8443/a/b?c=d#e", "203.0.114.9" },
	{ "http://user:secret@example.org/x", "example.org" },
	{ "hxxp://example[.]org/x", "example.org" },
	{ "203[.]0[.]114[.]9", "203.0.114.9" },
	{ "example.org/path/more", "example.org" },
	{ "example.org:25", "example.org" },
	{ "203.0.114.9:25", "203.0.114.9" },
	{ "[203.0.114.9]", "203.0.114.9" },
	{ "[203.0.114.9]:25", "203.0.114.9" },
	{ "[2a02::1]:25", "2a02::1" },
	{ "http://[2a02::1]:80/x", "2a02::1" },
	{ "(203.0.114.9)", "203.0.114.9" },
	{ "\"203.0.114.9\"", "203.0.114.9" },
	{ "203.0.114.9,", "203.0.114.9" },
	{ "<ann@example.org>", "ann@example.org" },
	{ "mailto:ann@example.org?subject=x", "ann@example.org" },
	{ "ann@example.org,", "ann@example.org" },
	/* as asked in DNS */
	{ "9.114.0.203.bl.example.gr", "203.0.114.9" },
	{ "9.114.0.203.BL.example.gr.", "203.0.114.9" },
	{ "114.0.203.bl.example.gr", "203.0.114.0/24" },
	{ "203.bl.example.gr", "203.0.0.0/8" },
	{ "9.114.0.203.in-addr.arpa", "203.0.114.9" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.a.2.bl."
	  "example.gr",
	    "2a02::1" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.a.2.ip6."
	  "arpa",
	    "2a02::1" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.A.2",
	    "2a02::1" },
	{ "www.example.org.dbl.example.gr", "www.example.org" },
	{ "256.114.0.203.in-addr.arpa", "256.114.0.203.in-addr.arpa" },
	/* nothing */
	{ "", NULL },
	{ " ", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ "/", NULL },
	{ "@", NULL },
	{ "[", NULL },
	{ "[]", NULL },
	{ "[]:25", NULL },
	{ "://", NULL },
	{ "http://", NULL },
	{ "http:///x", NULL },
	{ "mailto:", NULL },
	{ "<>", NULL },
	{ "()", NULL },
	{ "\"", NULL },
	{ "a b", NULL },
	{ "ann@", NULL },
	{ "@example.org", NULL },
	{ "ann@example.org ann@example.org", NULL },
	{ "300.0.0.1", NULL },
	{ "203.0.114.9/24", NULL },
	{ "203.0.114.9/33", NULL },
	{ "203.0.114", NULL },
	{ "2001:db8:::1", NULL },
	{ "::ffff:203.0.114.9", NULL },
	{ "1.2.3.4.5", NULL },
	{ "-example-.org", NULL },
	{ "exa mple.org", NULL },
	{ "example..org", NULL },
	{ "<script>alert(1)</script>", NULL },
	{ "' or 1=1 --", NULL },
	{ "%00", NULL },
	{ "../../etc/passwd", NULL },
	{ "5d41402abc4b2a76b9719d911017c59z@", NULL },
};

static void
typing(struct world *w)
{
	const struct zone_config *config = www_site_config(w->site);
	char text[ZONE_KEY_TEXT];

	for (unsigned i = 0; i < COUNT(typed); i++) {
		struct err_text why = { "" };
		struct zone_key key;
		int r = www_key_typed(config, typed[i].typed, &key, &why);

		if (typed[i].key == NULL) {
			CHECK(r < 0, "“%s” is %s", typed[i].typed,
			    r == 0 ? zone_key_format(text, &key) : "");
			CHECK(r == 0 || why.text[0] != '\0', "“%s” says why",
			    typed[i].typed);
		} else {
			CHECK(r == 0 &&
				strcmp(zone_key_format(text, &key),
				    typed[i].key) == 0,
			    "“%s”: %s", typed[i].typed,
			    r == 0 ? text : why.text);
		}
	}
	www_site_release(w->site, config);
}

/* Whatever is typed is a key that reads back to itself, or is refused with a
 * reason. */
static void
scribbling(struct world *w)
{
	static const char letters[] = "0123456789abcdef.:/@[]<>-_x \"%?#*";
	const struct zone_config *config = www_site_config(w->site);
	uint32_t seed = 1;

	for (unsigned i = 0; i < 60000; i++) {
		const char *from = typed[i % COUNT(typed)].typed;
		char s[100], text[ZONE_KEY_TEXT];
		struct zone_key key, again;
		struct err_text why = { "" };
		size_t n = strlen(from) < 90 ? strlen(from) : 90;

		memcpy(s, from, n);
		for (unsigned k = 0; k < 1 + i % 4; k++) {
			seed = seed * 1664525 + 1013904223;
			s[(seed >> 8) % (n + 1)] =
			    letters[(seed >> 20) % (sizeof(letters) - 1)];
		}
		s[n] = '\0';
		if (www_key_typed(config, s, &key, &why) < 0) {
			CHECK(why.text[0] != '\0', "“%s” says why", s);
			continue;
		}
		zone_key_format(text, &key);
		CHECK(zone_key_parse(key.kind, span_str(text), &again, NULL) ==
			    0 &&
			zone_key_compare(&key, &again) == 0,
		    "“%s”: %s", s, text);
	}
	www_site_release(w->site, config);
}

/* ---- what is told -------------------------------------------------------- */

static uint64_t
change(struct world *w, const char *text, const char *what,
    const char *criterion, int64_t until)
{
	const struct zone_config *config = www_site_config(w->site);
	bool removal = strcmp(what, "remove") == 0;
	struct zone_why why = { .by = "secretperson",
		.action = removal ? ZONE_ACTION_REMOVE : ZONE_ACTION_ADD,
		.source = "secretsource" };
	struct zone_terms terms = { .person = true,
		.exempt = strcmp(what, "exempt") == 0,
		.until = until,
		.forever = until == 0,
		.reason = "reason " EVIL,
		.criterion = criterion,
		.source = "secretsource",
		.evidence = "item 424242" };
	struct zone_change_result result = { .serial = 0 };
	struct zone_change *c = NULL;
	struct err_text say = { "" };
	const struct zone_list_conf *list;
	struct zone_key key;

	CHECK(zone_key_parse(zone_key_guess(span_str(text)), span_str(text),
		  &key, NULL) == 0 &&
		zone_change_new(www_site_store(w->site), config, &c) == 0,
	    "%s", text);
	list = zone_config_list_of(config, key.kind);
	CHECK(
	    (removal ? zone_change_remove(c, list, &key, 0)
		     : zone_change_put(c, list, &key, &terms, 0, &say)) == 0 &&
		zone_change_commit(&c, &why, &result, &say) == 0,
	    "%s: %s", text, say.text);
	zone_change_free(&c);
	www_site_release(w->site, config);
	return result.serial;
}

/* Ask for TYPED as a page; 1 to 3 pieces must stand in it. */
static void
page(struct world *w, const char *query, const char *must[4])
{
	struct answer a = get(w, "/lookup", query, NULL);

	for (unsigned i = 0; i < 4 && must[i] != NULL; i++) {
		CHECK(holds(&a, must[i]), "%s says %s: %s", query, must[i],
		    strstr(a.reply.body.data, "<main"));
	}
	CHECK(!holds(&a, "secret") && !holds(&a, "424242") &&
		!holds(&a, "sub&quot;") && !holds(&a, "<x-evil"),
	    "%s tells no more than it may", query);
	forget(&a);
}

static json_t *
json_of(struct world *w, const char *query, unsigned status)
{
	struct answer a = get(w, "/lookup.json", query, NULL);
	json_t *j = json_loadb(a.reply.body.data, a.reply.body.len, 0, NULL);

	CHECK(a.reply.status == status && j != NULL, "%s: %u %s", query,
	    a.reply.status, a.reply.body.data);
	CHECK(!holds(&a, "secret") && !holds(&a, "424242"), "%s", query);
	forget(&a);
	return j;
}

static void
telling(struct world *w)
{
	static const struct {
		const char *query;
		const char *must[4];
	} pages[] = {
		{ "q=203.0.114.21",
		    { "203.0.114.21 is in the list “ip”.",
			"Sent bulk mail &amp; more.",
			"21.114.0.203.bl.example.gr",
			"href=\"/delist?q=203.0.114.21\"" } },
		{ "q=21.114.0.203.bl.example.gr",
		    { "203.0.114.21 is in the list “ip”.", "127.0.0.2 means",
			"by itself on", "reason &quot;" } },
		{ "q=203.0.115.77",
		    { "is covered by the entry 203.0.115.0/24", "Listed",
			"not by itself", NULL } },
		{ "q=203.0.115.0%2F25",
		    { "is covered by the entry 203.0.115.0/24",
			"each address in it", NULL } },
		{ "q=203.0.115.17",
		    { "exempted by the entry 203.0.115.16/28", "Not listed",
			NULL } },
		{ "q=203.0.114.22",
		    { "is not in the list", "taken off the list lately",
			"a moderator took it off", "/use" } },
		{ "q=203.0.116.9",
		    { "is not in the list",
			"203.0.116.0/24, which covers it, was taken off",
			NULL } },
		{ "q=203.0.114.23",
		    { "is in the list", NULL } }, /* taken off and back */
		{ "q=203.0.117.1", { "is not in the list", "/use", NULL } },
		{ "q=www.bad.example",
		    { "is covered by the entry .bad.example", NULL } },
		{ "q=127.0.0.2", { "A test point", NULL } },
		{ "q=10.0.0.1", { "special-use space", "Not listed", NULL } },
		{ "q=x%40y.example",
		    { "is not in the list “address”.", NULL } },
		{ "q=", { "value=\"198.18.0.1\"", "is filled in", NULL } },
		{ "", { "value=\"198.18.0.1\"", NULL } },
		{ "q=%3C", { "Not understood", NULL } },
	};
	struct digest before, after;

	(void)change(w, "203.0.114.21", "list", "bulk", when_now() + 86400);
	(void)change(w, "203.0.115.0/24", "list", "", 0);
	(void)change(w, "203.0.115.16/28", "exempt", "", 0);
	(void)change(w, "203.0.114.22", "list", "", 0);
	(void)change(w, "203.0.114.22", "remove", "", 0);
	(void)change(w, "203.0.116.0/24", "list", "", 0);
	(void)change(w, "203.0.116.0/24", "remove", "", 0);
	(void)change(w, "203.0.114.23", "list", "", 0);
	(void)change(w, "203.0.114.23", "remove", "", 0);
	(void)change(w, "203.0.114.23", "list", "", 0);
	(void)change(w, "203.0.114.24", "exempt", "", 0);
	(void)change(w, "203.0.114.24", "remove", "", 0);
	(void)change(w, ".bad.example", "list", "", 0);
	before = world_bytes(w);
	for (unsigned i = 0; i < COUNT(pages); i++) {
		const char *must[4];

		memcpy(must, pages[i].must, sizeof(must));
		page(w, pages[i].query, must);
	}
	{
		const char *never[] = { "taken off the list lately",
			"Ask for removal" };
		struct answer a = get(w, "/lookup", "q=203.0.114.23", NULL);

		CHECK(!holds(&a, never[0]), "it is back");
		forget(&a);
		a = get(w, "/lookup", "q=203.0.114.24", NULL);
		CHECK(!holds(&a, never[0]), "what went was an exemption");
		forget(&a);
		a = get(w, "/lookup", "q=203.0.117.1", NULL);
		CHECK(!holds(&a, never[1]), "nothing to remove");
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "looking up writes nothing");
}

static void
json(struct world *w)
{
	static const char *const top[] = { "query", "key", "kind", "listed",
		"test_point", "special", "lists", "serial" };
	static const char *const each[] = { "list", "verdict", "entry", "exact",
		"code", "decided_by", "criterion", "criterion_text", "reason",
		"since", "until", "dns", "reports", "first_reported",
		"last_reported", "removed" };
	json_t *j = json_of(w, "q=203.0.114.21", 200), *one;
	const char *s;

	for (unsigned i = 0; i < COUNT(top); i++) {
		CHECK(json_object_get(j, top[i]) != NULL, "%s", top[i]);
	}
	CHECK(json_object_size(j) == COUNT(top), "and no more: %zu",
	    json_object_size(j));
	one = json_array_get(json_object_get(j, "lists"), 0);
	for (unsigned i = 0; i < COUNT(each); i++) {
		CHECK(json_object_get(one, each[i]) != NULL, "%s", each[i]);
	}
	CHECK(json_object_size(one) == COUNT(each), "and no more: %zu",
	    json_object_size(one));
	CHECK(json_is_true(json_object_get(j, "listed")), "listed");
	s = json_string_value(json_object_get(one, "criterion_text"));
	CHECK(s != NULL && strcmp(s, "Sent bulk mail & more.") == 0, "%s", s);
	json_decref(j);

	j = json_of(w, "q=203.0.114.22", 200);
	one = json_array_get(json_object_get(j, "lists"), 0);
	s = json_string_value(
	    json_object_get(json_object_get(one, "removed"), "how"));
	CHECK(json_is_false(json_object_get(j, "listed")) && s != NULL &&
		strcmp(s, "moderator") == 0,
	    "removed: %s", s);
	json_decref(j);

	j = json_of(w, "q=127.0.0.2", 200);
	CHECK(json_is_true(json_object_get(j, "listed")) &&
		json_is_true(json_object_get(j, "test_point")),
	    "test point");
	json_decref(j);
	j = json_of(w, "q=%3C", 400);
	CHECK(json_object_get(j, "error") != NULL &&
		json_object_get(j, "listed") == NULL,
	    "an error says neither");
	json_decref(j);
	j = json_of(w, "", 400);
	json_decref(j);
}

/* How often it was reported is told; by whom is not. */
static void
reports(struct world *w)
{
	const char *must[] = { "1 time", "first ", "last ", NULL };
	struct zone_person person = { .name = "ada", .full = true };
	const struct zone_config *config = www_site_config(w->site);
	struct zone_decision d = { .item = 1, .approve = 1 };
	struct zone_decided done;

	CHECK(zone_moderate_decide(www_site_store(w->site),
		  www_site_queue(w->site), config, &person, &d, &done,
		  NULL) == 0 &&
		done.outcome == ZONE_DONE,
	    "item 1 is listed");
	www_site_release(w->site, config);
	page(w, "q=203.0.114.9", must);
}

static void
limited(struct world *w)
{
	char cookie[100];
	unsigned i = 0;
	struct answer a;

	CHECK(log_in(w, "vera", PASSWORD, cookie) == 303, "log in");
	for (a = get(w, "/lookup", "q=192.0.2.1", NULL);
	     a.reply.status == 200 && i < 1000; i++) {
		forget(&a);
		a = get(w, "/lookup", "q=192.0.2.1", NULL);
	}
	CHECK(a.reply.status == 429 && a.reply.retry_after >= 1 &&
		a.reply.retry_after <= 60,
	    "%u after %u, wait %u", a.reply.status, i, a.reply.retry_after);
	forget(&a);
	a = get(w, "/lookup.json", "q=192.0.2.1", NULL);
	CHECK(a.reply.status == 429 && a.reply.type == WWW_JSON &&
		a.reply.retry_after > 0 && holds(&a, "error"),
	    "JSON: %u", a.reply.status);
	forget(&a);
	a = get(w, "/delist", "q=192.0.2.1", NULL);
	CHECK(a.reply.status == 429, "removal's look-up: %u", a.reply.status);
	forget(&a);
	a = get(w, "/lookup", "", NULL);
	CHECK(a.reply.status == 200, "the page itself: %u", a.reply.status);
	forget(&a);
	a = get(w, "/lookup", "q=192.0.2.1", cookie);
	CHECK(a.reply.status == 200, "people: %u", a.reply.status);
	forget(&a);
}

int
main(void)
{
	struct world w = { .site = NULL };

	json_object_seed(0);
	world_open_with(&w, "lookup-limit = 60");
	typing(&w);
	scribbling(&w);
	telling(&w);
	json(&w);
	reports(&w);
	limited(&w);
	world_close(&w);
	return failures != 0;
}
