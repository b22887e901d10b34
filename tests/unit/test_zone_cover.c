/* Which entries could answer for a key, the narrowest first. */
#include "tests/unit/check.h"

#include <string.h>

#include "zone/cover.h"

static const struct {
	const char *key;
	enum zone_kind kind;
	const char *covers[12]; /* the first ones; NULL: no more */
	unsigned n;             /* how many there are */
} cases[] = {
	{ "203.0.114.9", ZONE_KIND_IP,
	    { "203.0.114.9", "203.0.114.8/31", "203.0.114.8/30",
		"203.0.114.8/29", "203.0.114.0/28" },
	    33 },
	{ "203.0.114.0/24", ZONE_KIND_IP,
	    { "203.0.114.0/24", "203.0.114.0/23", "203.0.112.0/22" }, 25 },
	{ "0.0.0.0/0", ZONE_KIND_IP, { "0.0.0.0/0", NULL }, 1 },
	{ "2605:6001::/32", ZONE_KIND_IP,
	    { "2605:6001::/32", "2605:6000::/31" }, 33 },
	{ "::/0", ZONE_KIND_IP, { "::/0", NULL }, 1 },
	{ "a+b@example.gr", ZONE_KIND_ADDRESS, { "a+b@example.gr", NULL }, 1 },
	{ "a.b.example", ZONE_KIND_DOMAIN,
	    { "a.b.example", ".a.b.example", "*.b.example", ".b.example",
		"*.example", ".example", NULL },
	    6 },
	{ ".b.example", ZONE_KIND_DOMAIN,
	    { ".b.example", "*.example", ".example", NULL }, 3 },
	{ "*.b.example", ZONE_KIND_DOMAIN,
	    { "*.b.example", ".b.example", "*.example", ".example", NULL }, 4 },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err_text why = { "" };
		struct zone_cover c;
		struct zone_key key;
		unsigned n = 0;

		CHECK(zone_key_parse(cases[i].kind, span_str(cases[i].key),
			  &key, &why) == 0,
		    "%s", why.text);
		zone_cover_begin(&c, &key);
		while (zone_cover_next(&c)) {
			char text[ZONE_KEY_TEXT], back[ZONE_KEY_TEXT];
			struct zone_key again;

			zone_key_format(text, &c.key);
			if (n < 12 && cases[i].covers[n] != NULL) {
				CHECK(strcmp(text, cases[i].covers[n]) == 0,
				    "%s: %u is %s, not %s", cases[i].key, n,
				    text, cases[i].covers[n]);
			}
			CHECK(zone_key_parse(cases[i].kind, span_str(text),
				  &again, &why) == 0 &&
				strcmp(zone_key_format(back, &again), text) ==
				    0,
			    "%s: %s is no key: %s", cases[i].key, text,
			    why.text);
			n++;
		}
		CHECK(n == cases[i].n, "%s: %u covers, not %u", cases[i].key, n,
		    cases[i].n);
	}
	return failures != 0;
}
