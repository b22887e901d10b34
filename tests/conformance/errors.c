/* errors.c - extended errors, RFC 8914. */
#include "tests/conformance/conform.h"

#include <stdio.h>

static void
codes(struct cf *t)
{
	static const struct cf_manner away = { .no_store = true };
	const struct cf_reply *r;
	const uint8_t *p;
	struct cf_query q;
	size_t len;

	r = cf_ask_edns(t, "example.com", CF_A, 1232);
	EXPECT(t, r->rcode == RBLD_REFUSED && cf_ede(r) == 20,
	    "outside: rcode %u, EDE %d", r->rcode, cf_ede(r));
	r = cf_ask_edns(t, "7.2.0.192.closed.test", CF_A, 1232);
	p = cf_option_of(r, RBLD_O_EDE, &len);
	EXPECT(t,
	    r->rcode == RBLD_REFUSED && cf_ede(r) == 18 && p != NULL &&
		len == 2 + strlen("https://bl.test") &&
		memcmp(p + 2, "https://bl.test", len - 2) == 0,
	    "blocked: rcode %u, EDE %d, %zu octets", r->rcode, cf_ede(r), len);
	cf_query(&q, "bl.test", CF_SOA, 1232);
	q.bytes[2] = 5 << 3;
	r = cf_send(t, &q);
	EXPECT(t, r->rcode == RBLD_NOTIMP && cf_ede(r) == 21,
	    "an opcode: rcode %u, EDE %d", r->rcode, cf_ede(r));
	r = cf_ask_edns(t, "bl.test", RBLD_T_AXFR, 1232);
	EXPECT(t, r->rcode == RBLD_REFUSED && cf_ede(r) == 18,
	    "a transfer: rcode %u, EDE %d", r->rcode, cf_ede(r));
	cf_serve(&away);
	r = cf_ask_edns(t, "7.2.0.192.bl.test", CF_A, 1232);
	EXPECT(t, r->rcode == RBLD_SERVFAIL && cf_ede(r) == 14,
	    "no store: rcode %u, EDE %d", r->rcode, cf_ede(r));
	cf_serve(NULL);
	r = cf_ask_edns(t, "7.2.0.192.bl.test", CF_A, 1232);
	EXPECT(t, r->rcode == 0 && cf_ede(r) == -1, "none with an answer");
}

/* Dropping by want of space cannot happen to replies that are errors: they
 * fit into 512 octets with the longest name and all options. That they are
 * dropped first is in test_rbld_answer. */
static void
only_with_opt(struct cf *t)
{
	char name[256] = "";
	const struct cf_reply *r;
	struct cf_query q;
	size_t len;

	r = cf_ask(t, "example.com", CF_A);
	EXPECT(t, r->rcode == RBLD_REFUSED && r->additional == 0, "no OPT");
	for (int i = 0; i < 23; i++) {
		strcat(name, "aaaaaaaaa.");
	}
	strcat(name, "a.closed.test");
	cf_query(&q, name, CF_A, 512);
	cf_option(&q, RBLD_O_COOKIE, "clientck", 8);
	cf_option(&q, RBLD_O_NSID, "", 0);
	r = cf_send(t, &q);
	EXPECT(t,
	    r->rcode == RBLD_REFUSED && r->len <= 512 && !r->tc &&
		cf_ede(r) == 18 &&
		cf_option_of(r, RBLD_O_COOKIE, &len) != NULL &&
		cf_option_of(r, RBLD_O_NSID, &len) != NULL,
	    "the longest: %zu octets, EDE %d", r->len, cf_ede(r));
	r = cf_ask_edns(t, "1.2.0.192.long.test", CF_TXT, 512);
	EXPECT(t, t->tcp || (r->tc && cf_ede(r) == -1), "TC is no error");
}

static void
rcodes_stay(struct cf *t)
{
	static const char *const names[] = { "example.com",
		"7.2.0.192.closed.test", "7.2.0.192.bl.test",
		"7.3.0.192.bl.test", "192.bl.test", "bl.test" };

	for (size_t i = 0; i < CF_COUNT(names); i++) {
		unsigned plain = cf_ask(t, names[i], CF_A)->rcode;
		unsigned edns = cf_ask_edns(t, names[i], CF_A, 1232)->rcode;

		EXPECT(
		    t, plain == edns, "%s: %u and %u", names[i], plain, edns);
	}
}

const struct cf_case cf_errors[] = {
	{ "8914-1",
	    "EDE 20 outside, 18 blocked, 14 not loaded, 21 opcode; "
	    "nothing is ever stale (24)",
	    CF_BOTH, codes },
	{ "8914-2", "only with an OPT, short, and dropped first", CF_BOTH,
	    only_with_opt },
	{ "8914-3", "EDE changes no rcode", CF_BOTH, rcodes_stay },
	{ NULL, NULL, 0, NULL },
};
