/* negative.c - what is not there (RFC 2308), and all that is (RFC 8482). */
#include "tests/conformance/conform.h"

#include <stdlib.h>

static void
one_soa(struct cf *t)
{
	static const struct {
		const char *name, *owner;
		unsigned rcode;
	} rows[] = {
		{ "7.3.0.192.bl.test", "bl.test.", RBLD_NXDOMAIN },
		{ "192.bl.test", "bl.test.", RBLD_NOERROR },
		{ "x.bl.test", "bl.test.", RBLD_NXDOMAIN },
		{ "1.1.1.1.ip.multi.test", "ip.multi.test.", RBLD_NXDOMAIN },
		{ "multi.test", "multi.test.", RBLD_NOERROR },
		{ "INVALID.mail.test", "mail.test.", RBLD_NXDOMAIN },
	};

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		for (unsigned edns = 0; edns < 2; edns++) {
			const struct cf_reply *r =
			    cf_ask_edns(t, rows[i].name, CF_A, edns ? 1232 : 0);
			uint32_t minimum;
			char *owner;

			if (!EXPECT(t,
				r->rcode == rows[i].rcode && r->answers == 0 &&
				    cf_soa_ttl(r, &minimum) >= 0,
				"%s: rcode %u, %u in authority", rows[i].name,
				r->rcode, r->authority)) {
				continue;
			}
			owner = ldns_rdf2str(ldns_rr_owner(
			    ldns_rr_list_rr(ldns_pkt_authority(r->pkt), 0)));
			EXPECT(t, strcasecmp(owner, rows[i].owner) == 0,
			    "%s: SOA of %s", rows[i].name, owner);
			free(owner);
		}
	}
}

static void
negative_ttl(struct cf *t)
{
	static const struct {
		const char *name;
		int64_t ttl;
		uint32_t minimum;
	} rows[] = {
		{ "7.3.0.192.bl.test", 300, 300 }, /* TTL 900 */
		{ "192.bl.test", 300, 300 },
		{ "7.3.0.192.multi.test", 60, 3600 }, /* TTL 60 */
		{ "192.multi.test", 60, 3600 },
	};

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		const struct cf_reply *r = cf_ask(t, rows[i].name, CF_A);
		uint32_t minimum = 0;
		int64_t ttl = cf_soa_ttl(r, &minimum);

		EXPECT(t, ttl == rows[i].ttl && minimum == rows[i].minimum,
		    "%s: TTL %lld, MINIMUM %u", rows[i].name, (long long)ttl,
		    minimum);
	}
}

static void
errors_have_no_soa(struct cf *t)
{
	static const struct cf_manner away = { .no_store = true };
	const struct cf_reply *r;

	r = cf_ask(t, "example.com", CF_A);
	EXPECT(t, r->rcode == RBLD_REFUSED && r->authority == 0, "REFUSED");
	r = cf_ask(t, "7.3.0.192.closed.test", CF_A);
	EXPECT(t, r->rcode == RBLD_REFUSED && r->authority == 0, "blocked");
	cf_serve(&away);
	r = cf_ask(t, "7.3.0.192.bl.test", CF_A);
	EXPECT(t,
	    r->rcode == RBLD_SERVFAIL && r->authority == 0 && r->answers == 0 &&
		!r->aa,
	    "SERVFAIL: %u, %u", r->rcode, r->authority);
	cf_serve(NULL);
}

static void
any_is_one_set(struct cf *t)
{
	const struct cf_reply *r;
	size_t any, both;

	r = cf_ask(t, "7.2.0.192.bl.test", CF_TXT);
	both = r->len + 16; /* an A on top of it */
	r = cf_ask(t, "7.2.0.192.bl.test", CF_ANY);
	any = r->len;
	EXPECT(t, strcmp(r->text, "900 A 127.0.0.2") == 0 && !r->tc, "%s",
	    r->text);
	EXPECT(t, any < both, "smaller than A and TXT: %zu of %zu", any, both);
	r = cf_ask(t, "1.2.0.192.long.test", CF_ANY);
	EXPECT(t, r->answers == 8 && !r->tc, "one set of several records: %s",
	    r->text);
	r = cf_ask(t, "bl.test", CF_ANY);
	EXPECT(t, strcmp(r->text, "900 A 203.0.113.80") == 0,
	    "the smallest at the apex: %s", r->text);
	r = cf_ask(t, "multi.test", CF_ANY);
	EXPECT(t, r->answers == 1, "one at an apex: %s", r->text);
	r = cf_ask(t, "ns2.bl.test", CF_ANY);
	EXPECT(t, strcmp(r->text, "900 AAAA 2001:db8::53") == 0,
	    "of a name server: %s", r->text);
}

static void
any_of_nothing(struct cf *t)
{
	cf_nodata(t, "127.bl.test", CF_ANY);
	cf_nodata(t, "2.0.192.bl.test", CF_ANY);
	cf_nxdomain(t, "7.3.0.192.bl.test", CF_ANY);
	cf_nxdomain(t, "100.bl.test", CF_ANY);
}

const struct cf_case cf_negative[] = {
	{ "2308-1", "NXDOMAIN and NODATA carry one SOA, of the apex", CF_BOTH,
	    one_soa },
	{ "2308-2", "negative TTL is min(SOA TTL, MINIMUM)", CF_BOTH,
	    negative_ttl },
	{ "2308-3", "REFUSED and SERVFAIL carry no SOA", CF_BOTH,
	    errors_have_no_soa },
	{ "8482-1", "ANY gets one set, without TC", CF_BOTH, any_is_one_set },
	{ "8482-2", "ANY of what is not there is NODATA or NXDOMAIN", CF_BOTH,
	    any_of_nothing },
	{ NULL, NULL, 0, NULL },
};
