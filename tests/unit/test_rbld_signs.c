/* test_rbld_signs.c - which questions tell of a client that is not set up
 * right (6471-14), and which do not. */
#include "tests/unit/test_rbld_world.h"

#include "rbld/signs.h"

#define BL ".bl.example.org"
#define MA ".mail.example.net"
#define DB ".dbl.example.net"
#define Z8 "0.0.0.0.0.0.0.0."
#define MD5 "1fb6d9a4effff479b11363d470a104b2"

static const struct {
	const char *qname, *sign;
} cases[] = {
	/* addresses, rightly asked */
	{ "7.2.0.192" BL, "-" },
	{ "1.1.1.1" BL, "-" },
	{ "8.8.4.8" BL, "-" },
	{ "200.100.51.198" BL, "-" },
	{ "1.0.0.223" BL, "-" },
	{ "10.2.0.198" BL, "-" }, /* 10 in front says nothing */
	{ "127.2.0.198" BL, "-" },
	{ "2.0.0.127" BL, "-" }, /* test points */
	{ "1.0.0.127" BL, "-" },
	{ "127" BL, "-" },
	{ "51.198" BL, "-" },
	{ "bl.example.org", "-" },
	{ "test" BL, "-" },
	{ "INVALID" BL, "-" },
	{ "256.1.1.1" BL, "-" },
	{ "01.1.1.1" BL, "-" },
	{ "1.2.3.4.5" BL, "-" },
	{ "_dmarc" BL, "-" },
	{ "*" BL, "-" },
	{ "f" BL, "-" },
	/* nobody outside has these */
	{ "1.1.168.192" BL, "private" },
	{ "4.3.2.10" BL, "private" },
	{ "1.0.16.172" BL, "private" },
	{ "1.0.15.172" BL, "-" },
	{ "1.0.32.172" BL, "-" },
	{ "9.9.254.169" BL, "private" },
	{ "1.0.64.100" BL, "private" },
	{ "1.0.128.100" BL, "-" },
	{ "3.0.0.127" BL, "private" },
	{ "10.0.0.0" BL, "private" },
	{ "0.0.0.224" BL, "private" },
	{ "1.0.0.0.0.0.0.0." Z8 Z8 "0.0.0.0.0.8.e.f" BL, "private" },
	{ "1.0.0.0.0.0.0.0." Z8 Z8 "0.0.0.0.0.0.d.f" BL, "private" },
	{ "1.0.0.0.0.0.0.0." Z8 Z8 "0.0.0.0.0.0.0.0" BL, "private" },
	{ "1.0.0.0.0.0.0.0." Z8 Z8 "8.b.d.0.1.0.0.2" BL, "-" },
	/* the order of reading */
	{ "192.168.1.5" BL, "unreversed" },
	{ "172.20.1.5" BL, "unreversed" },
	{ "169.254.1.5" BL, "unreversed" },
	{ "8.8.8.240" BL, "unreversed" },
	{ "8.8.8.0" BL, "unreversed" },
	{ "192.169.1.5" BL, "-" },
	{ "10.1.2.3" BL, "-" }, /* 3.2.1.10 is as good */
	/* domains of a list of addresses */
	{ "example.com" BL, "domain" },
	{ "EXAMPLE.Com" BL, "domain" },
	{ "com" BL, "domain" },
	{ "mail.7.com" BL, "domain" },
	{ "xn--jxalpdlp" BL, "domain" },
	{ "192.0.2.7.com" BL, "domain" },
	{ "a.b" BL, "-" }, /* nibbles */
	{ "2001:db8::7" BL, "ipv6-text" },
	{ "::1" BL, "ipv6-text" },
	/* addresses of a list of names */
	{ "7.2.0.192" MA, "address" },
	{ "7.2.0.192" DB, "address" },
	{ "1.0.0.0.0.0.0.0." Z8 Z8 "8.b.d.0.1.0.0.2" DB, "address" },
	{ "example.com" DB, "-" },
	{ "a.b.c.com" DB, "-" },
	{ "1.2.3.com" DB, "-" },
	{ "1.2.3.400" DB, "-" },
	{ "test" DB, "-" },
	{ MD5 MA, "-" },
	{ "example.com" MA, "-" },
	/* elsewhere */
	{ "example.com", "-" },
};

int
main(void)
{
	struct err_text why = { "" };
	struct world w;

	world_begin(&w);
	if (world_config(&w, NULL, &why) < 0 ||
	    rbld_apex_load(w.config, &w.apex, &why) < 0) {
		world_fail("configuration", why.text);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rbld_place place;
		struct rbld_query q;
		struct asked a;
		const char *got;

		ask(&a, cases[i].qname, RBLD_T_A, 0);
		CHECK(rbld_query_parse(a.bytes, a.len, &q) == RBLD_PARSE_OK,
		    "%s", cases[i].qname);
		rbld_name_place(w.apex, &q, &place);
		got = rbld_sign_name(rbld_sign_of(&q, &place));
		CHECK(strcmp(got, cases[i].sign) == 0, "6471-14 %s: %s, not %s",
		    cases[i].qname, got, cases[i].sign);
	}
	world_end(&w);
	return failures != 0;
}
