#include <string.h>

#include "check.h"
#include "zone/key.h"

#define S(s) (s), sizeof(s) - 1
#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define D61 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678"

static const struct {
	const char *in;
	size_t len;
	const char *want; /* NULL: refused */
	int r;
} ips[] = {
	{ S("203.0.114.7"), "203.0.114.7", 0 },
	{ S("203.0.114.7/32"), "203.0.114.7", 0 },
	{ S("203.0.114.0/24"), "203.0.114.0/24", 0 },
	{ S("0.0.0.0/0"), "0.0.0.0/0", 0 },
	{ S("2001:DB8::/32"), "2001:db8::/32", 0 },
	{ S("2001:db8:0:0:0:0:0:7"), "2001:db8::7", 0 },
	{ S("::/0"), "::/0", 0 },
	{ S("::ffff:0:0/95"), NULL, ERR_RANGE },
	{ S("::fffe:0:0/95"), "::fffe:0:0/95", 0 },
	{ S("::ffff:203.0.114.7"), NULL, ERR_RANGE },
	{ S("::ffff:203.0.114.0/120"), NULL, ERR_RANGE },
	{ S("::ffff:0:0/96"), NULL, ERR_RANGE },
	{ S("203.0.114.7/24"), NULL, ERR_RANGE },
	{ S("203.0.114.0/33"), NULL, ERR_RANGE },
	{ S("2001:db8::/129"), NULL, ERR_RANGE },
	{ S("203.0.114.0/24x"), NULL, ERR_FORMAT },
	{ S("203.0.114"), NULL, ERR_FORMAT },
	{ S("203.0.114.07"), NULL, ERR_FORMAT },
	{ S("203.0.114.7\0"), NULL, ERR_FORMAT },
	{ S(" 203.0.114.7"), NULL, ERR_FORMAT },
	{ S("203.0.114.7-9"), NULL, ERR_FORMAT },
	{ S("example.gr"), NULL, ERR_FORMAT },
	{ S("[2001:db8::7]"), NULL, ERR_FORMAT },
	{ S("fe80::1%eth0"), NULL, ERR_FORMAT },
	{ S(""), NULL, ERR_FORMAT },
};

static const struct {
	const char *in;
	size_t len;
	const char *want;
	int r;
} addresses[] = {
	{ S("Spammer.Name+tag@Example.GR"), "spammer.name+tag@example.gr", 0 },
	{ S("a@b.gr."), "a@b.gr", 0 },
	{ S("!#$%&'*+-/=?^_`{|}~@b.gr"), "!#$%&'*+-/=?^_`{|}~@b.gr", 0 },
	{ S("\"john doe\"@b.gr"), "\"john doe\"@b.gr", 0 },
	{ S("\"John\"@b.gr"), "john@b.gr", 0 },
	{ S("\"a\\b\"@b.gr"), "ab@b.gr", 0 },
	{ S("\"a\\\"b\\\\c\"@b.gr"), "\"a\\\"b\\\\c\"@b.gr", 0 },
	{ S("\"a@b\"@b.gr"), "\"a@b\"@b.gr", 0 },
	{ S("\"a..b\"@b.gr"), "\"a..b\"@b.gr", 0 },
	{ S(X64 "@b.gr"), X64 "@b.gr", 0 },
	{ S("a@" X63 ".gr"), "a@" X63 ".gr", 0 },
	{ S("user@\xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce\xb5\xce\xb9"
	    "\xce\xb3\xce\xbc\xce\xb1.gr"),
	    "user@xn--hxajbheg2az3al.gr", 0 },
	{ S("user@\xce\xa0\xce\x91\xce\xa1\xce\x86\xce\x94\xce\x95\xce\x99"
	    "\xce\x93\xce\x9c\xce\x91.GR"),
	    "user@xn--hxajbheg2az3al.gr", 0 },
	{ S("user@XN--HXAJBHEG2AZ3AL.gr"), "user@xn--hxajbheg2az3al.gr", 0 },
	{ S("user@b\xc3\xbc"
	    "cher.example"),
	    "user@xn--bcher-kva.example", 0 },
	/* the combining form is the same name */
	{ S("user@bu\xcc\x88"
	    "cher.example"),
	    "user@xn--bcher-kva.example", 0 },
	/* an ideographic full stop parts labels, UTS 46 */
	{ S("user@b\xe3\x80\x82gr"), "user@b.gr", 0 },
	{ S("@b.gr"), NULL, ERR_FORMAT },
	{ S("a@"), NULL, ERR_FORMAT },
	{ S("a@gr"), NULL, ERR_RANGE },
	{ S("a@localhost"), NULL, ERR_RANGE },
	{ S("a@.gr"), NULL, ERR_FORMAT },
	{ S("a@b..gr"), NULL, ERR_FORMAT },
	{ S("a@b.gr.."), NULL, ERR_FORMAT },
	{ S("a@-b.gr"), NULL, ERR_FORMAT },
	{ S("a@b-.gr"), NULL, ERR_FORMAT },
	{ S("a@b_c.gr"), NULL, ERR_FORMAT },
	{ S("a@\xce\xb1_\xce\xb2.gr"), NULL, ERR_FORMAT },
	{ S("a@b c.gr"), NULL, ERR_FORMAT },
	{ S("a@203.0.114.7"), NULL, ERR_FORMAT },
	{ S("a@[203.0.114.7]"), NULL, ERR_FORMAT },
	{ S("a@b@c.gr"), NULL, ERR_FORMAT },
	{ S("a b@c.gr"), NULL, ERR_FORMAT },
	{ S(".a@b.gr"), NULL, ERR_FORMAT },
	{ S("a.@b.gr"), NULL, ERR_FORMAT },
	{ S("a..b@c.gr"), NULL, ERR_FORMAT },
	{ S("a,b@c.gr"), NULL, ERR_FORMAT },
	{ S("<a@b.gr>"), NULL, ERR_FORMAT },
	{ S("\xce\xb1@b.gr"), NULL, ERR_FORMAT },
	{ S("\"\"@b.gr"), NULL, ERR_FORMAT },
	{ S("\"a@b.gr"), NULL, ERR_FORMAT },
	{ S("\"a\"b@c.gr"), NULL, ERR_FORMAT },
	{ S("\"a\\\"@b.gr"), NULL, ERR_FORMAT },
	{ S("\"a\nb\"@b.gr"), NULL, ERR_FORMAT },
	{ S("\"a\tb\"@b.gr"), NULL, ERR_FORMAT },
	{ S("\""), NULL, ERR_FORMAT },
	{ S("\"@"), NULL, ERR_FORMAT },
	{ S("a\0b@c.gr"), NULL, ERR_FORMAT },
	{ S("a@b.gr\0"), NULL, ERR_FORMAT },
	{ S("a@b.gr\n"), NULL, ERR_FORMAT },
	{ S("a@\xe1\xe2.gr"), NULL, ERR_FORMAT },
	{ S("x" X64 "@b.gr"), NULL, ERR_RANGE },
	{ S("a@x" X63 ".gr"), NULL, ERR_RANGE },
	{ S("a@" D61 "." D61 "." D61 "." D61 ".example"), NULL, ERR_RANGE },
	{ S("a@\xef\xbf\xbf.gr"), NULL, ERR_FORMAT },
	{ S("md5:1FB6D9A4EFFFF479B11363D470A104B2"),
	    "md5:1fb6d9a4effff479b11363d470a104b2", 0 },
	{ S("1fb6d9a4effff479b11363d470a104b2"),
	    "md5:1fb6d9a4effff479b11363d470a104b2", 0 },
	{ S("9opup167987uzaqnddibzo1y1f"),
	    "md5:1fb6d9a4effff479b11363d470a104b2", 0 },
	{ S("sha1:mkf4p5ychmt397iajiyekiqfzryrtncm"),
	    "sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055b", 0 },
	/* hex is md5, unless its name says what else it is */
	{ S("1111111111111111aaaaaaaaaaaaaaaa"),
	    "md5:1111111111111111aaaaaaaaaaaaaaaa", 0 },
	{ S("sha1:1111111111111111aaaaaaaaaaaaaaaa"),
	    "sha1:524a29a594524a29a59418638c31c618638c31c6", 0 },
	{ S("csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqa"),
	    "sha256:148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a05"
	    "22228560",
	    0 },
	{ S("wed5kfp878utcseayuepj9c3xariwijftduuawi61wgmyterfray"),
	    "sha256:148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a05"
	    "22228560",
	    0 },
	{ S("148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a0522228"
	    "560"),
	    "sha256:148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a05"
	    "22228560",
	    0 },
	{ S("md5:4b15dd36607cc5fc7bc5a902a4aa2b970012055b"), NULL, ERR_FORMAT },
	{ S("sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055"), NULL, ERR_FORMAT },
	{ S("sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055x"), NULL,
	    ERR_FORMAT },
	{ S("sha512:00"), NULL, ERR_FORMAT },
	{ S("md5:"), NULL, ERR_FORMAT },
	{ S("example.gr"), NULL, ERR_FORMAT },
	{ S(""), NULL, ERR_FORMAT },
};

static const struct {
	const char *in;
	size_t len;
	const char *want, *qname;
	int r;
} domains[] = {
	{ S("Example.GR"), "example.gr", "example.gr", 0 },
	{ S(".Example.GR."), ".example.gr", "example.gr", 0 },
	{ S("*.example.gr"), "*.example.gr", "", 0 },
	{ S("test"), "test", "test", 0 },
	{ S("1.example"), "1.example", "1.example", 0 },
	{ S(".b\xc3\xbc"
	    "cher.example"),
	    ".xn--bcher-kva.example", "xn--bcher-kva.example", 0 },
	{ S(""), NULL, NULL, ERR_FORMAT },
	{ S("."), NULL, NULL, ERR_FORMAT },
	{ S(".."), NULL, NULL, ERR_FORMAT },
	{ S("*."), NULL, NULL, ERR_FORMAT },
	{ S("*"), NULL, NULL, ERR_FORMAT },
	{ S("..example"), NULL, NULL, ERR_FORMAT },
	{ S("*.*.example"), NULL, NULL, ERR_FORMAT },
	{ S(".*.example"), NULL, NULL, ERR_FORMAT },
	{ S("a.*.example"), NULL, NULL, ERR_FORMAT },
	{ S("_dmarc.example"), NULL, NULL, ERR_FORMAT },
	{ S("203.0.114.7"), NULL, NULL, ERR_FORMAT },
	{ S("a b.example"), NULL, NULL, ERR_FORMAT },
	{ S("http://example.gr/"), NULL, NULL, ERR_FORMAT },
	{ S("a@b.example"), NULL, NULL, ERR_FORMAT },
	{ S("a\0b.example"), NULL, NULL, ERR_FORMAT },
	{ S("a.example\x1b"), NULL, NULL, ERR_FORMAT },
	{ S("x" X63 ".example"), NULL, NULL, ERR_RANGE },
	{ S(D61 "." D61 "." D61 "." D61 ".example"), NULL, NULL, ERR_RANGE },
};

/* Sorted, one kind behind the other. */
static const struct {
	enum zone_kind kind;
	const char *text, *qname;
} order[] = {
	{ ZONE_KIND_IP, "0.0.0.0/0", "" },
	{ ZONE_KIND_IP, "198.51.100.9", "9.100.51.198" },
	{ ZONE_KIND_IP, "203.0.114.0/24", "" },
	{ ZONE_KIND_IP, "203.0.114.0/25", "" },
	{ ZONE_KIND_IP, "203.0.114.0", "0.114.0.203" },
	{ ZONE_KIND_IP, "203.0.114.255", "255.114.0.203" },
	{ ZONE_KIND_IP, "::/0", "" },
	{ ZONE_KIND_IP, "2001:db8::/32", "" },
	{ ZONE_KIND_IP, "2001:db8::1:abcd",
	    "d.c.b.a.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
	{ ZONE_KIND_ADDRESS, "a@b.gr",
	    "f9841032bfc659994016430f93ffd68eb304a061" },
	{ ZONE_KIND_ADDRESS, "md5:1fb6d9a4effff479b11363d470a104b2",
	    "1fb6d9a4effff479b11363d470a104b2" },
	{ ZONE_KIND_ADDRESS, "sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055b",
	    "4b15dd36607cc5fc7bc5a902a4aa2b970012055b" },
	{ ZONE_KIND_ADDRESS,
	    "sha256:148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a05"
	    "22228560",
	    "csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqa" },
	{ ZONE_KIND_ADDRESS, "test@example.com",
	    "567159d622ffbb50b11b0efd307be358624a26ee" },
	{ ZONE_KIND_DOMAIN, "b.example", "b.example" },
	{ ZONE_KIND_DOMAIN, ".b.example", "b.example" },
	{ ZONE_KIND_DOMAIN, "*.b.example", "" },
	{ ZONE_KIND_DOMAIN, "a.b.example", "a.b.example" },
	{ ZONE_KIND_DOMAIN, "c.example", "c.example" },
};

static const struct {
	const char *in;
	enum zone_kind want;
} guesses[] = {
	{ "203.0.114.7", ZONE_KIND_IP },
	{ "203.0.114.0/24", ZONE_KIND_IP },
	{ "203.0.114", ZONE_KIND_IP },
	{ "2001:db8::7", ZONE_KIND_IP },
	{ "::", ZONE_KIND_IP },
	{ "a@b.gr", ZONE_KIND_ADDRESS },
	{ "@", ZONE_KIND_ADDRESS },
	{ "1fb6d9a4effff479b11363d470a104b2", ZONE_KIND_ADDRESS },
	{ "sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055b", ZONE_KIND_ADDRESS },
	{ "SHA1:short", ZONE_KIND_ADDRESS },
	{ "example.gr", ZONE_KIND_DOMAIN },
	{ "1.example", ZONE_KIND_DOMAIN },
	{ ".example.gr", ZONE_KIND_DOMAIN },
	{ "*.example.gr", ZONE_KIND_DOMAIN },
	{ "beef", ZONE_KIND_DOMAIN },
	{ "", ZONE_KIND_DOMAIN },
};

static void
parse(enum zone_kind kind, const char *in, size_t len, const char *want,
    int want_r)
{
	struct err_text why = { "" };
	struct zone_key key, again;
	char out[ZONE_KEY_TEXT];
	int r;

	memset(&key, 0x5a, sizeof(key));
	r = zone_key_parse(kind, span(in, len), &key, &why);
	CHECK(r == want_r, "%s: %d, %s", in, r, why.text);
	CHECK(r == 0 || why.text[0] != '\0', "%s: no sentence", in);
	if (r < 0) {
		CHECK(zone_key_parse(kind, span(in, len), &key, NULL) == r,
		    "%s: without a sentence", in);
		return;
	}
	if (want == NULL) {
		return;
	}
	zone_key_format(out, &key);
	CHECK(strcmp(out, want) == 0, "%s: %s", in, out);
	memset(&again, 0xa5, sizeof(again));
	CHECK(zone_key_parse(kind, span_str(out), &again, NULL) == 0 &&
		memcmp(&key, &again, sizeof(key)) == 0 &&
		zone_key_compare(&key, &again) == 0,
	    "%s: what is written is read as another key", in);
}

static void
check_order(void)
{
	struct zone_key keys[COUNT(order)];
	char out[ZONE_KEY_TEXT];

	for (size_t i = 0; i < COUNT(order); i++) {
		int r = zone_key_parse(
		    order[i].kind, span_str(order[i].text), &keys[i], NULL);

		CHECK(r == 0, "%s: %d", order[i].text, r);
		if (r < 0) {
			return;
		}
		zone_key_qname(out, &keys[i]);
		CHECK(strcmp(out, order[i].qname) == 0, "%s: %s", order[i].text,
		    out);
	}
	for (size_t i = 0; i < COUNT(order); i++) {
		for (size_t k = 0; k < COUNT(order); k++) {
			int r = zone_key_compare(&keys[i], &keys[k]);

			CHECK((i < k) == (r < 0) && (i > k) == (r > 0),
			    "%s, %s: %d", order[i].text, order[k].text, r);
		}
	}
}

static void
check_kinds(void)
{
	enum zone_kind kind = ZONE_KIND_DOMAIN;
	struct zone_key key;
	char out[ZONE_KEY_TEXT], big[2000];
	struct err_text why;

	for (size_t i = 0; i < COUNT(guesses); i++) {
		enum zone_kind got = zone_key_guess(span_str(guesses[i].in));

		CHECK(got == guesses[i].want, "%s: %s", guesses[i].in,
		    zone_kind_name(got));
	}
	CHECK(zone_kind_parse(span_str("IP"), &kind) && kind == ZONE_KIND_IP,
	    "kind");
	CHECK(!zone_kind_parse(span_str("ipv4"), &kind), "no kind");
	CHECK(!zone_kind_parse(span("", 0), &kind), "no kind");
	key = zone_key_of_ip(
	    &(struct net_ip){ .bytes = { 203, 0, 114, 7 }, .bits = 32 });
	CHECK(
	    strcmp(zone_key_format(out, &key), "203.0.114.7") == 0, "%s", out);
	memset(big, 'a', sizeof(big));
	for (unsigned k = 0; k < 3; k++) {
		int r = zone_key_parse(
		    (enum zone_kind)k, span(big, sizeof(big)), &key, &why);

		CHECK(r == ERR_RANGE, "2000 octets: %d", r);
	}
	/* a sentence is for a person's eyes */
	CHECK(zone_key_parse(ZONE_KIND_ADDRESS, span_str("a\xe2\x80\xae@b"),
		  &key, &why) < 0 &&
		strstr(why.text, "\\u{202E}") != NULL,
	    "%s", why.text);
}

int
main(void)
{
	char out[ZONE_KEY_TEXT];
	struct zone_key key;

	for (size_t i = 0; i < COUNT(ips); i++) {
		parse(
		    ZONE_KIND_IP, ips[i].in, ips[i].len, ips[i].want, ips[i].r);
	}
	for (size_t i = 0; i < COUNT(addresses); i++) {
		parse(ZONE_KIND_ADDRESS, addresses[i].in, addresses[i].len,
		    addresses[i].want, addresses[i].r);
	}
	for (size_t i = 0; i < COUNT(domains); i++) {
		parse(ZONE_KIND_DOMAIN, domains[i].in, domains[i].len,
		    domains[i].want, domains[i].r);
		if (domains[i].r == 0 &&
		    zone_key_parse(ZONE_KIND_DOMAIN,
			span(domains[i].in, domains[i].len), &key, NULL) == 0) {
			zone_key_qname(out, &key);
			CHECK(strcmp(out, domains[i].qname) == 0, "%s: %s",
			    domains[i].in, out);
		}
	}
	check_order();
	check_kinds();
	return failures != 0;
}
