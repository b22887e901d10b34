/* The forms of an address, and the digests that real clients sent for them. */
#include <string.h>

#include "check.h"
#include "zone/key.h"

#define PARADEIGMA                                                         \
	"\xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce\xb5\xce\xb9\xce\xb3" \
	"\xce\xbc\xce\xb1.gr"

static const struct {
	const char *in, *canon;
	const char *forms[ZONE_FORMS_MAX];
} cases[] = {
	{ "Plain@Example.GR", "plain@example.gr", { "plain@example.gr" } },
	{ "Spammer.Name+tag@Example.GR", "spammer.name@example.gr",
	    { "spammer.name+tag@example.gr", "spammer.name@example.gr" } },
	{ "a+b+c@example.gr", "a@example.gr",
	    { "a+b+c@example.gr", "a@example.gr" } },
	{ "a+@example.gr", "a@example.gr",
	    { "a+@example.gr", "a@example.gr" } },
	{ "+a@example.gr", "+a@example.gr", { "+a@example.gr" } },
	{ "\"a+b c\"@example.gr", "\"a+b c\"@example.gr",
	    { "\"a+b c\"@example.gr" } },
	{ "Reply.Man+x@GoogleMail.com", "replyman@gmail.com",
	    { "reply.man+x@googlemail.com", "reply.man@googlemail.com",
		"replyman@gmail.com", "replyman@googlemail.com",
		"reply.man@gmail.com" } },
	{ "dropbox@gmail.com", "dropbox@gmail.com",
	    { "dropbox@gmail.com", "dropbox@googlemail.com" } },
	{ "\"a.b c\"@gmail.com", "\"a.b c\"@gmail.com",
	    { "\"a.b c\"@gmail.com", "\"a.b c\"@googlemail.com" } },
	{ "a.b@notgmail.com", "a.b@notgmail.com", { "a.b@notgmail.com" } },
	{ "a.b@mail.gmail.com", "a.b@mail.gmail.com",
	    { "a.b@mail.gmail.com" } },
	{ "user@" PARADEIGMA, "user@xn--hxajbheg2az3al.gr",
	    { "user@xn--hxajbheg2az3al.gr", "user@" PARADEIGMA } },
	{ "u.x+y@xn--hxajbheg2az3al.gr", "u.x@xn--hxajbheg2az3al.gr",
	    { "u.x+y@xn--hxajbheg2az3al.gr", "u.x@xn--hxajbheg2az3al.gr",
		"u.x+y@" PARADEIGMA, "u.x@" PARADEIGMA } },
	/* no A-label of anything: nothing is made up */
	{ "a@xn--0.gr", "a@xn--0.gr", { "a@xn--0.gr" } },
	{ "a@xn---.gr", NULL, { NULL } },
	{ "a@xn--a.gr", "a@xn--a.gr", { "a@xn--a.gr" } },
	{ "md5:1fb6d9a4effff479b11363d470a104b2",
	    "md5:1fb6d9a4effff479b11363d470a104b2", { NULL } },
};

/* Asked by a client that was shown ADDRESS. */
static const struct {
	const char *address;
	enum digest_kind kind;
	const char *hex;
} asked[] = {
	{ "Spammer.Name+tag@Example.GR", DIGEST_MD5,
	    "1fb6d9a4effff479b11363d470a104b2" },
	{ "Spammer.Name+tag@Example.GR", DIGEST_SHA1,
	    "4b15dd36607cc5fc7bc5a902a4aa2b970012055b" },
	{ "Spammer.Name+tag@Example.GR", DIGEST_MD5,
	    "16c84e3bdd653b4b2f60100c0fcb0898" },
	{ "Spammer.Name+tag@Example.GR", DIGEST_SHA1,
	    "3f4b4fb95c65c1972c09a86561302a53e4d0cc44" },
	{ "Reply.Man+x@googlemail.com", DIGEST_SHA1,
	    "8431852c3f83bdb9cb6d0f11c5b50542973c5396" },
	{ "Reply.Man+x@googlemail.com", DIGEST_SHA1,
	    "7c0a694e6116f2037282a0f1d7b134c06ed1234e" },
	{ "Drop.Box+99@gmail.com", DIGEST_SHA1,
	    "930b38d4d03e3fb4fb1d5c74fa9211bc53511c66" },
	{ "Drop.Box+99@gmail.com", DIGEST_SHA1,
	    "1ffa51491d8ca517cd0a25ac537061667304a2ba" },
	{ "user@xn--hxajbheg2az3al.gr", DIGEST_SHA1,
	    "84e58c8dd269f144c6962dad707b027daddf41d5" },
	{ "user2@" PARADEIGMA, DIGEST_SHA1,
	    "62249f062db87aeca7acfaa3870a4a7c7090ae9f" },
	{ "test@example.com", DIGEST_SHA1,
	    "567159d622ffbb50b11b0efd307be358624a26ee" },
	{ "test@example.com", DIGEST_MD5, "55502f40dc8b7c769880b10874abc9d0" },
};

static bool
forms_of(const char *text, struct zone_forms *ret)
{
	struct zone_key key;

	if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &key, NULL) < 0) {
		return false;
	}
	memset(ret, 0x5a, sizeof(*ret));
	zone_key_forms(&key, ret);
	return true;
}

static bool
has(const struct zone_forms *f, enum digest_kind kind, const char *hex)
{
	char got[65];

	for (unsigned i = 0; i < f->n; i++) {
		struct digest d =
		    digest_of(kind, f->text[i], strlen(f->text[i]));

		digest_hex(d.bytes, d.len, got);
		if (strcmp(got, hex) == 0) {
			return true;
		}
	}
	return false;
}

/* Texts of addresses, names of rows, and back. */
static void
names(void)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ "ann@example.gr", "ann@example.gr" },
		{ "ann+x@example.gr", "ann@example.gr\1+x" },
		{ "ann+x+y@example.gr", "ann@example.gr\1+x+y" },
		{ "ann+@example.gr", "ann@example.gr\1+" },
		{ "+x@example.gr", "+x@example.gr" },
		{ "a.nn@example.gr", "a.nn@example.gr" },
		{ "ann@gmail.com", "ann@gmail.com" },
		{ "a.nn@gmail.com", "ann@gmail.com\1a.nn@gmail.com" },
		{ "ann+x@gmail.com", "ann@gmail.com\1ann+x@gmail.com" },
		{ "ann@googlemail.com", "ann@gmail.com\1ann@googlemail.com" },
		{ "+a.b@gmail.com", "+ab@gmail.com\1+a.b@gmail.com" },
		{ "\"a+b\"@example.gr", "\"a+b\"@example.gr" },
		{ "md5:00112233445566778899aabbccddeeff",
		    "md5:00112233445566778899aabbccddeeff" },
	};
	static const char *const wrong[] = {
		"ann@example.gr\1",                  /* nothing was cut */
		"ann@example.gr\1x",                 /* no tag */
		"ann@gmail.com\1+x",                 /* as a whole there */
		"ann@example.gr\1+x\1+y",            /* twice */
		"ann+x@example.gr",                  /* not canonical */
		"ann@example.gr\1bob+x@example.gr",  /* another's */
		"a.nn@gmail.com",                    /* not canonical */
		"md5:00\1+x",                        /* no address */
		"ann@gmail.com\1ann@gmail.com",      /* the same */
		"ann@example.gr\1ann+x@example.gr",  /* as a tag there */
		"bob@example.gr\1ann+x@example.org", /* another's */
	};
	char name[ZONE_NAME_TEXT], text[ZONE_KEY_TEXT];
	char longest[2 * ZONE_NAME_TEXT];

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = zone_key_name(rows[i].text, name);

		CHECK(strcmp(name, rows[i].name) == 0 && n == strlen(name),
		    "%s: %s", rows[i].text, name);
		CHECK(zone_key_of_name(name, n, text) == 0 &&
			strcmp(text, rows[i].text) == 0,
		    "%s: back to %s", rows[i].text, text);
		for (size_t cut = 1; cut < n; cut++) {
			CHECK(zone_key_of_name(name, cut, text) < 0 ||
				strlen(text) <= cut + 1,
			    "%s cut to %zu", rows[i].text, cut);
		}
	}
	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK(zone_key_of_name(wrong[i], strlen(wrong[i]), text) ==
			ERR_CORRUPT,
		    "%s is taken for %s", wrong[i], text);
	}
	memset(longest, 'a', sizeof(longest));
	longest[ZONE_KEY_TEXT / 2] = '@';
	for (size_t n = ZONE_KEY_TEXT + 1; n <= sizeof(longest); n += 7) {
		CHECK(zone_key_of_name(longest, n, text) == ERR_CORRUPT,
		    "%zu octets", n);
		longest[ZONE_KEY_TEXT - 4] = ZONE_NAME_REST;
		longest[ZONE_KEY_TEXT - 3] = '+';
		CHECK(zone_key_of_name(longest, n, text) == ERR_CORRUPT,
		    "%zu octets with a rest", n);
		longest[ZONE_KEY_TEXT - 4] = longest[ZONE_KEY_TEXT - 3] = 'a';
	}
	CHECK(zone_key_of_name("ann\0@a", 6, text) == ERR_CORRUPT, "a NUL");
}

int
main(void)
{
	struct zone_forms f, g;
	struct zone_key key;

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned n = 0;

		if (!forms_of(cases[i].in, &f)) {
			CHECK(cases[i].canon == NULL, "%s", cases[i].in);
			continue;
		}
		CHECK(cases[i].canon != NULL &&
			strcmp(f.canon, cases[i].canon) == 0,
		    "%s: canon %s", cases[i].in, f.canon);
		while (n < ZONE_FORMS_MAX && cases[i].forms[n] != NULL) {
			CHECK(n < f.n &&
				strcmp(f.text[n], cases[i].forms[n]) == 0,
			    "%s: form %u is %s", cases[i].in, n,
			    n < f.n ? f.text[n] : "none");
			n++;
		}
		CHECK(f.n == n, "%s: %u forms", cases[i].in, f.n);
		/* whoever shares a form shares the canon, which is stable */
		if (f.n > 0 && forms_of(f.canon, &g)) {
			CHECK(strcmp(f.canon, g.canon) == 0, "%s: %s", f.canon,
			    g.canon);
		}
		for (unsigned k = 0; k < f.n; k++) {
			CHECK(!forms_of(f.text[k], &g) ||
				strcmp(f.canon, g.canon) == 0,
			    "%s: canon %s", f.text[k], g.canon);
		}
	}
	for (size_t i = 0; i < COUNT(asked); i++) {
		CHECK(forms_of(asked[i].address, &f) &&
			has(&f, asked[i].kind, asked[i].hex),
		    "%s: %s is not found", asked[i].address, asked[i].hex);
	}
	names();
	key = zone_key_of_ip(&(struct net_ip){ .bits = 32 });
	zone_key_forms(&key, &f);
	CHECK(f.n == 0, "forms of no address");
	return failures != 0;
}
