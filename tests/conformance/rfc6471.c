/* rfc6471.c - how a list is run, as far as responder and store are asked. */
#include "tests/conformance/conform.h"

#include <poll.h>
#include <stdlib.h>

static void
every_change_is_told(struct cf *t)
{
	static const char *const ips[] = { "198.51.100.211", "198.51.100.212" };
	struct zone_history_row row;
	struct zone_view *view = NULL;
	struct err_text why = { "" };
	uint64_t serial = cf_put(t, "ip", ips[t->tcp], false, 0), rows = 0;
	uint64_t gone = cf_remove(t, "ip", ips[t->tcp]);
	int64_t now = when_now();

	if (!EXPECT(t,
		zone_view_open(cf_store(), &view) == 0 &&
		    zone_view_renew(view) == 0,
		"view")) {
		return;
	}
	EXPECT(t,
	    zone_history_get(view, serial, &row) == 1 &&
		span_is(row.by, "conformance") && row.keys == 1 &&
		row.action == ZONE_ACTION_ADD && row.time <= now &&
		row.time > now - 600,
	    "who, what, when of serial %llu", (unsigned long long)serial);
	EXPECT(t,
	    gone == serial + 1 && zone_history_get(view, gone, &row) == 1 &&
		row.action == ZONE_ACTION_REMOVE,
	    "and that it was taken out");
	EXPECT(t, zone_history_verify(view, &rows, &why) == 0 && rows >= gone,
	    "the chain holds: %s", why.text);
	zone_view_rest(view);
	zone_view_close(&view);
	EXPECT(t, cf_serial(t, "bl.test") == (uint32_t)gone,
	    "the SOA has the store's serial");
}

/* A second is waited for by asking. */
static void
listings_end(struct cf *t)
{
	static const char *const ips[] = { "198.51.101.1", "198.51.102.1" };
	const struct cf_reply *r;
	char name[512];
	unsigned i;

	cf_put(t, "ip", ips[t->tcp], false, 2);
	r = cf_ask(t, cf_name_of(name, ips[t->tcp], "bl.test"), CF_A);
	EXPECT(t, r->answers == 1, "it is listed: %s", r->text);
	for (i = 0; i < 1000 && r->rcode != RBLD_NXDOMAIN; i++) {
		poll(NULL, 0, 10);
		r = cf_ask(t, name, CF_A);
		EXPECT(t, r->rcode == RBLD_NXDOMAIN || r->answers == 1,
		    "listed or not: %u", r->rcode);
	}
	EXPECT(t, r->rcode == RBLD_NXDOMAIN, "it has ended");
	cf_nxdomain(t, name, CF_TXT);
	cf_nxdomain(t, cf_name_of(name, ips[t->tcp], "bl.test") + 2, CF_A);
}

static void
refused_put(struct cf *t, const char *list, const char *key)
{
	struct err_text why;

	EXPECT(t,
	    cf_try_put(list, key, false, 0, &why) == 0 && why.text[0] != '\0',
	    "%s in %s is refused", key, list);
}

static void
widest_is_bound(struct cf *t)
{
	struct err_text why;

	refused_put(t, "ip", "45.0.0.0/8");
	refused_put(t, "ip", "45.32.0.0/15");
	refused_put(t, "ip", "2a02::/16");
	EXPECT(t, cf_try_put("ip", "45.33.0.0/16", false, 1, &why) > 0, "%s",
	    why.text);
	refused_put(t, "wide", "32.0.0.0/7");
	refused_put(t, "wide", "0.0.0.0/0");
	refused_put(t, "wide", "::/0");
	cf_nxdomain(t, "1.1.1.46.wide.test", CF_A);
}

static void
special_use_is_kept_out(struct cf *t)
{
	static const char *const keys[] = { "127.0.0.5", "127.0.0.2",
		"10.0.0.0/8", "10.1.2.3", "172.16.0.1", "192.168.1.1",
		"169.254.1.1", "224.0.0.1", "255.255.255.255", "0.0.0.0",
		"100.64.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
		"::ffff:10.1.2.3" };

	for (size_t i = 0; i < CF_COUNT(keys); i++) {
		refused_put(t, "ip", keys[i]);
	}
	cf_nxdomain(t, "3.2.1.10.bl.test", CF_A);
	cf_nxdomain(t, "5.0.0.127.bl.test", CF_A);
}

static void
one_meaning(struct cf *t)
{
	struct err_text why;

	EXPECT(t,
	    cf_check_config("list a { kind = ip } "
			    "list b { kind = domain }\n"
			    "zone z.test { lists = {a, b} ns = n.test "
			    "hostmaster = h.test }",
		&why) < 0,
	    "lists of two kinds in one zone");
	/* an exemption is an absence, never a value of its own */
	cf_nxdomain(t, "9.2.0.192.bl.test", CF_A);
	cf_nxdomain(t, "9.2.0.192.multi.test", CF_TXT);
}

static void
operational_flag(struct cf *t)
{
	static const char *const zones[] = { "bl.test", "multi.test",
		"empty.test", "wide.test", "long.test" };
	struct err_text why;
	char name[512];

	for (size_t i = 0; i < CF_COUNT(zones); i++) {
		const struct cf_reply *r =
		    cf_ask(t, cf_name_of(name, "127.0.0.2", zones[i]), CF_A);

		EXPECT(t, r->answers >= 1 && strstr(r->text, "A 127.") != NULL,
		    "%s: %s", name, r->text);
	}
	EXPECT(t,
	    cf_check_config("list a { kind = ip code = 1.2.3.4 }", &why) < 0,
	    "a value outside 127/8");
	refused_put(t, "ip", "127.0.0.2");
	EXPECT(t,
	    cf_try_put("ip", "127.0.0.2", true, 0, &why) == 0 ||
		cf_remove(t, "ip", "127.0.0.2") > 0,
	    "an exemption");
	cf_listed(t, "2.0.0.127.bl.test", "900 A 127.0.0.2");
}

/* A list without entries, and one that is not there, list nobody. */
static void
end_lists_nobody(struct cf *t)
{
	static const struct cf_manner away = { .no_store = true };
	const struct cf_reply *r;

	cf_nxdomain(t, "7.2.0.192.empty.test", CF_A);
	cf_nxdomain(t, "192.empty.test", CF_A);
	refused_put(t, "wide", "0.0.0.0/0");
	cf_serve(&away);
	r = cf_ask(t, "7.2.0.192.empty.test", CF_A);
	EXPECT(t, r->rcode == RBLD_SERVFAIL && r->answers == 0, "%u", r->rcode);
	cf_serve(NULL);
	cf_rcode(t, "7.2.0.192.gone.test", CF_A, RBLD_REFUSED);
}

/* Clients that are not to ask are refused, and never told "listed". */
static void
clients_are_blocked(struct cf *t)
{
	static const char *const names[] = { "7.2.0.192.closed.test",
		"2.0.0.127.closed.test", "1.0.0.127.closed.test", "closed.test",
		"127.closed.test", "example.com.closed.test" };

	for (size_t i = 0; i < CF_COUNT(names); i++) {
		const struct cf_reply *r = cf_ask_edns(t, names[i], CF_A, 1232);

		EXPECT(t,
		    r->rcode == RBLD_REFUSED && r->answers == 0 &&
			r->authority == 0 && !r->aa && cf_ede(r) == 18,
		    "%s: rcode %u, EDE %d", names[i], r->rcode, cf_ede(r));
	}
	/* domains asked of a list of addresses, and addresses the wrong way */
	cf_nxdomain(t, "example.com.bl.test", CF_A);
	cf_nxdomain(t, "192.0.2.7.bl.test", CF_A);
}

const struct cf_case cf_rfc6471[] = {
	{ "6471-2", "every change has its row in the log", CF_BOTH,
	    every_change_is_told },
	{ "6471-3", "a listing ends with its time, with no reload", CF_BOTH,
	    listings_end },
	{ "6471-7", "what is wider than a list's bound is refused", CF_BOTH,
	    widest_is_bound },
	{ "6471-8", "special-use space is kept out", CF_BOTH,
	    special_use_is_kept_out },
	{ "6471-10", "no opposing meanings in one zone", CF_BOTH, one_meaning },
	{ "6471-11", "127.0.0.2 is there, no value is outside 127/8", CF_BOTH,
	    operational_flag },
	{ "6471-12", "a list at its end lists nobody", CF_BOTH,
	    end_lists_nobody },
	{ "6471-14", "clients can be blocked, by REFUSED", CF_BOTH,
	    clients_are_blocked },
	{ NULL, NULL, 0, NULL },
};
