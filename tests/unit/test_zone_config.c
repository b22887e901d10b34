/* rbl.conf: what it says, what is refused and where, and that the documents
 * know every key. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "check.h"
#include "scratch.h"
#include "zone/config.h"

static char dir[SCRATCH], path[SCRATCH + 8];

static int
load(const char *text, struct zone_config **ret, struct err_text *why)
{
	CHECK(file_write(path, text, strlen(text), 0600) == 0, "%s", path);
	return zone_config_load(path, ret, why);
}

/* Each needs a list; put behind the text, it moves no line. */
#define LIST "\nlist ip { kind = ip }\n"
#define ZONE(more)                                              \
	"zone bl.example.gr { lists = ip ns = ns1.example.gr\n" \
	"hostmaster = h.example.gr\n" more "}" LIST

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text;
	unsigned line;
	const char *says; /* begins with the key */
} refused[] = {
	{ "", 1, "list: there is none" },
	{ "data-dir = rbl" LIST, 1, "data-dir: \"rbl\", expected an absolute" },
	{ "data-dir = \"\"" LIST, 1, "data-dir:" },
	{ "map-size = 1023K" LIST, 1,
	    "map-size: \"1023K\", expected a size "
	    "from 1M to 64T" },
	{ "map-size = 65T" LIST, 1, "map-size:" },
	{ "\nmap-size = many" LIST, 2, "map-size:" },
	{ "map-size = -1" LIST, 1, "map-size:" },
	/* lists */
	{ "list ip { }", 1, "kind: is missing in section list \"ip\"" },
	{ "list ip {\n kind = ipv4 }", 2, "kind: \"ipv4\", expected ip, " },
	{ "list \"\" { kind = ip }", 1, "list: title \"\", expected" },
	{ "list a/b { kind = ip }", 1, "list: title" },
	{ "list \"..\" { kind = ip }", 1, "list: title" },
	{ "list \"a b\" { kind = ip }", 1, "list: title" },
	{ "list -a { kind = ip }", 1, "list: title" },
	{ "list aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaa { kind = ip }",
	    1, "list: title" },
	{ "list ip { kind = ip }\nlist IP { kind = ip }", 2,
	    "list: \"ip\" is there twice" },
	{ "list ip { kind = ip\ncode = 127.0.0.1 }", 2,
	    "code: code 127.0.0.1" },
	{ "list ip { kind = ip\ncode = 10.0.0.2 }", 2, "code: code 10.0.0.2" },
	{ "list ip { kind = ip\ncode = 127.255.255.254 }", 2, "code: code" },
	{ "list ip { kind = ip\ncode = 2 }", 2, "code: \"2\", expected" },
	{ "list ip { kind = ip\ncode = 127.0.0.02 }", 2, "code:" },
	{ "list ip { kind = ip\nwidest-v4 = 33 }", 2,
	    "widest-v4: \"33\", expected a number from 8 to 32" },
	{ "list ip { kind = ip widest-v4 = 7 }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = 0x10 }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = 1.5 }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = \"\" }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = \" 16\" }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = -16 }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = 4294967312 }", 1, "widest-v4:" },
	{ "list ip { kind = ip widest-v4 = 18446744073709551632 }", 1,
	    "widest-v4:" },
	{ "list ip { kind = ip widest-v6 = 11 }", 1, "widest-v6:" },
	{ "list ip { kind = ip widest-v6 = 129 }", 1, "widest-v6:" },
	{ "list ip { kind = ip wide-v4 = 33 }", 1, "wide-v4:" },
	{ "list ip { kind = ip wide-v6 = 129 }", 1, "wide-v6:" },
	{ "list a { kind = address widest-v4 = 16 }", 1,
	    "widest-v4: is for lists of kind ip only" },
	{ "list a { kind = domain\nwide-v6 = 56 }", 2, "wide-v6: is for" },
	{ "list ip { kind = ip approve-at = 0 }", 1, "approve-at:" },
	{ "list ip { kind = ip approve-at = 3\nwide-at = 2 }", 2,
	    "wide-at: 2 is less than approve-at" },
	{ "list ip { kind = ip expiry = 1y }", 1, "expiry: \"1y\", expected" },
	{ "list ip { kind = ip expiry = 101y }", 1, "expiry:" },
	{ "list ip { kind = ip expiry = 90 }", 1, "expiry:" },
	{ "list ip { kind = ip extend = 30 }", 1, "extend:" },
	{ "list ip { kind = ip extend = always }", 1, "extend:" },
	/* zones */
	{ "zone bl.example.gr { ns = a.gr hostmaster = h.gr }" LIST, 1,
	    "lists: is missing in zone \"bl.example.gr\"" },
	{ "zone bl.example.gr {\nlists = {} }" LIST, 1, "lists: is missing" },
	{ "zone bl.example.gr {\nlists = {ip,\n ipp} }" LIST, 3,
	    "lists: there is no list \"ipp\"" },
	{ "zone bl.example.gr {\nlists = {ip, IP} }" LIST, 2,
	    "lists: \"ip\" stands there twice" },
	{ "list a { kind = address }\nzone bl.example.gr {\n"
	  "lists = {ip, a} }" LIST,
	    3, "lists: \"ip\" is of kind ip and \"a\" of kind address" },
	{ "zone bl.example.gr { lists = ip hostmaster = h.gr }" LIST, 1,
	    "ns: is missing" },
	{ "zone bl.example.gr { lists = ip ns = a.gr }" LIST, 1,
	    "hostmaster: is missing in section zone \"bl.example.gr\"" },
	{ "zone bl.example.gr { lists = ip ns = {a.gr,\n*.gr} "
	  "hostmaster = h.gr }" LIST,
	    2, "" },
	{ "zone bl.example.gr { lists = ip ns = {a.gr,\n\"*.gr\"} "
	  "hostmaster = h.gr }" LIST,
	    2, "ns: *.gr: no name of one host" },
	{ "zone bl.example.gr { lists = ip ns = {a.gr,\nA.gr.} "
	  "hostmaster = h.gr }" LIST,
	    2, "ns: \"A.gr.\" stands there twice" },
	{ "zone bl.example.gr { lists = ip ns = 192.0.2.1 }" LIST, 1,
	    "ns: 192.0.2.1: the last label is all digits, expected a name" },
	{ "zone \".bl.example.gr\" { lists = ip }" LIST, 1, "zone: .bl" },
	{ "zone \"\" { lists = ip }" LIST, 1, "zone:" },
	{ "zone \".\" { lists = ip }" LIST, 1, "zone:" },
	{ "zone b_l.example { lists = ip }" LIST, 1, "zone: b_l.example" },
	{ ZONE("") ZONE(""), 4, "title 'bl.example.gr'" },
	{ ZONE("") "zone BL.example.gr. { lists = ip }", 5,
	    "zone: \"bl.example.gr\" is there twice (line 1)" },
	{ ZONE("") "zone x.bl.example.gr { lists = ip }", 5,
	    "zone: \"x.bl.example.gr\" lies in \"bl.example.gr\"" },
	{ ZONE("") "zone 12.bl.example.gr { lists = ip }", 5,
	    "zone: \"12.bl.example.gr\" lies in \"bl.example.gr\"" },
	{ ZONE("") "zone a.em.bl.example.gr { lists = ip }", 5,
	    "zone: \"a.em.bl.example.gr\" lies in \"bl.example.gr\"" },
	{ ZONE("") "zone gr { lists = ip }", 5,
	    "zone: \"bl.example.gr\" lies in \"gr\"" },
	{ ZONE("mname = \"a b\""), 3, "mname: a b:" },
	{ "zone b.gr { lists = ip ns = a.gr\nhostmaster = h@b.gr }" LIST, 2,
	    "hostmaster: \"h@b.gr\", expected a dot for the '@'" },
	{ ZONE("ttl = 0s"), 3, "ttl: \"0s\", expected a duration from 1s" },
	{ ZONE("ttl = 8d"), 3, "ttl:" },
	{ ZONE("ttl = 900"), 3, "ttl:" },
	{ ZONE("ttl = never"), 3, "ttl:" },
	{ ZONE("negative-ttl = 2w"), 3, "negative-ttl:" },
	{ ZONE("refresh = 10m"), 3, "refresh: retry is 600s, expected less" },
	{ ZONE("refresh = 8d"), 3, "refresh: expire is 604800s" },
	{ ZONE("retry = 1h"), 3, "retry: retry is 3600s, expected less than" },
	{ ZONE("expire = 1h"), 3, "expire: expire is 3600s, expected more" },
	{ ZONE("text = \"\xce\xb1\""), 3,
	    "text: \"\xce\xb1\", expected "
	    "printable" },
	{ ZONE("apex = {\"A 192.0.2.80\",\n\"MX\"}"), 4, "apex: \"MX\"" },
	{ ZONE("apex = {\"\"}"), 3, "apex: \"\", expected type" },
	{ ZONE("apex = {\"ns a.gr.\"}"), 3, "apex: NS may not" },
	{ ZONE("apex = {\"CNAME a.gr.\"}"), 3, "apex: CNAME may not" },
	{ ZONE("allow-query = {\"192.0.2.1/24\"}"), 3,
	    "allow-query: \"192.0.2.1/24\" is no network" },
	{ ZONE("allow-query = {any}"), 3, "allow-query: \"any\" is no" },
	{ ZONE("allow-query = {192.0.2.0/24,\n192.0.2.0/24}"), 4,
	    "allow-query: \"192.0.2.0/24\" stands there twice" },
	{ "zone " A63 "." A63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.gr {\n"
	  "lists = ip access-keys = yes }" LIST,
	    1, "zone: the name leaves no room for the nibbles of an IPv6 "
	       "address and a key, expected 161 octets at most" },
	{ ZONE("access-keys = true"), 3,
	    "access-keys: \"true\", expected yes or no" },
	{ ZONE("access-keys = 1"), 3, "access-keys: \"1\", expected" },
	{ ZONE("access-keys = \"\""), 3, "access-keys: \"\", expected" },
	{ ZONE("allow-transfer = {\"key:m\"}"), 3,
	    "allow-transfer: there is no key \"m\"" },
	{ ZONE("allow-transfer = {\"key:\"}"), 3, "allow-transfer:" },
	{ ZONE("allow-transfer = {\"key:@192.0.2.1\"}"), 3, "allow-transfer:" },
	{ ZONE("allow-transfer = {m}"), 3, "allow-transfer: \"m\", expected" },
	{ "key m { secret-file = /x }\n" ZONE("allow-transfer = {\"key:m@\"}"),
	    4, "allow-transfer: \"key:m@\", expected" },
	{ ZONE("notify = {\"192.0.2.1\"}"), 3, "notify: \"192.0.2.1\"" },
	{ ZONE("notify = {\"unix:/x\"}"), 3, "notify: \"unix:/x\"" },
	/* keys and criteria */
	{ "key m { }" LIST, 1, "secret-file: is missing in section key" },
	{ "key m { secret-file = x }" LIST, 1, "secret-file: \"x\"" },
	{ "key m { secret-file = /x\nalgorithm = hmac-md5 }" LIST, 2,
	    "algorithm: \"hmac-md5\", expected hmac-sha256" },
	{ "key \"m m\" { secret-file = /x }" LIST, 1, "key: m m:" },
	{ "key m { secret-file = /x }\nkey M { secret-file = /x }" LIST, 2,
	    "key: \"m\" is there twice" },
	{ "criterion c { }" LIST, 1, "text: is missing" },
	{ "criterion \"c d\" { text = x }" LIST, 1, "criterion: title" },
	{ "criterion c { text = x }\ncriterion C { text = x }" LIST, 2,
	    "criterion: \"c\" is there twice" },
	/* guard */
	{ "guard { allow = {203.0.114.0/24} }" LIST, 1,
	    "allow: 203.0.114.0/24: is no special-use range" },
	{ "guard { allow = {192.0.2.0/24,\n127.0.0.0/8} }" LIST, 2,
	    "allow: 127.0.0.0/8: 127.0.0.0/8 is never listed" },
	{ "guard { allow = {\"0.0.0.0/0\"} }" LIST, 1, "allow: 0.0.0.0/0" },
	/* programs */
	{ "dns { listen = {} }" LIST, 1, "listen: is empty" },
	{ "dns { listen = \"unix:/x\" }" LIST, 1, "listen: \"unix:/x\"" },
	{ "dns { listen = 127.0.0.1:53 }" LIST, 1, "listen: " },
	{ "dns { listen = {::1@53,\n::1@53} }" LIST, 2,
	    "listen: \"::1@53\" stands there twice" },
	{ "dns { workers = 257 }" LIST, 1, "workers:" },
	{ "dns { udp-size = 511 }" LIST, 1, "udp-size:" },
	{ "dns { udp-size = 4097 }" LIST, 1, "udp-size:" },
	{ "dns { tcp-limit = 0 }" LIST, 1, "tcp-limit:" },
	{ "dns { tcp-timeout = 0s }" LIST, 1, "tcp-timeout:" },
	{ "dns { rate-limit = off }" LIST, 1, "rate-limit:" },
	{ "dns { slip = 101 }" LIST, 1, "slip:" },
	{ "dns { rate-exempt = {10.0.0.1/8} }" LIST, 1, "rate-exempt:" },
	{ "dns { rate-exempt = {localhost} }" LIST, 1, "rate-exempt:" },
	{ "dns { cookie-secret-file = \"\" }" LIST, 1, "cookie-secret-file:" },
	{ "dns { nsid = \"\" }" LIST, 1, "nsid: is empty" },
	{ "dns { nsid = \"a\xc3\xa9\" }" LIST, 1, "nsid: " },
	{ "dns { nsid = \"12345678901234567890123456789012345678901234567890"
	  "123456789012345\" }" LIST,
	    1, "nsid: 65 octets, expected 64 at most" },
	{ "dns { version = \"\" }" LIST, 1, "version: is empty" },
	{ "dns { identity = \"\xce\xb1\" }" LIST, 1, "identity: " },
	{ "dns { control = 127.0.0.1@1 }" LIST, 1, "control:" },
	{ "dns { control = unix:x }" LIST, 1, "control: \"unix:x\"" },
	{ "dns { user = 0 }" LIST, 1, "user: \"0\", expected the name" },
	{ "dns { user = \"\" }" LIST, 1, "user:" },
	{ "dns { user = Root }" LIST, 1, "user:" },
	{ "ingest { listen = 25 }" LIST, 1, "listen:" },
	{ "ingest { max-message = 32 }" LIST, 1, "max-message:" },
	{ "ingest { max-message = 2G }" LIST, 1, "max-message:" },
	{ "ingest { max-depth = 0 }" LIST, 1, "max-depth:" },
	{ "ingest { max-parts = 0 }" LIST, 1, "max-parts:" },
	{ "ingest { own-relays = {mx.example.gr} }" LIST, 1, "own-relays:" },
	{ "ingest { own-domains = {a@example.gr} }" LIST, 1, "own-domains:" },
	{ "ingest { authserv-ids = {a@example.gr} }" LIST, 1, "authserv-ids:" },
	{ "ingest { authserv-ids = {\"\"} }" LIST, 1, "authserv-ids:" },
	{ "ingest { authserv-ids = {\"a b\"} }" LIST, 1, "authserv-ids:" },
	{ "ingest { providers = p.conf }" LIST, 1, "providers:" },
	{ "ingest { traps = {a@b.gr,\nexample.gr} }" LIST, 2, "traps:" },
	{ "ingest { traps = {1fb6d9a4effff479b11363d470a104b2} }" LIST, 1,
	    "traps:" },
	{ "ingest { retention = 1 }" LIST, 1, "retention:" },
	{ "ingest { retention-size = 1023K }" LIST, 1, "retention-size:" },
	{ "ingest { retention-size = 65T }" LIST, 1, "retention-size:" },
	{ "ingest { retention-size = never }" LIST, 1, "retention-size:" },
	{ "ingest { receipts = yes }" LIST, 1, "receipts:" },
	{ "ingest { receipts = \"\" }" LIST, 1, "receipts:" },
	{ "ingest {\n receipts = all }" LIST, 2,
	    "receipt-from: is missing" },
	{ "ingest { receipt-from = example.gr }" LIST, 1, "receipt-from:" },
	{ "ingest { receipt-from = \"a b@example.gr\" }" LIST, 1,
	    "receipt-from:" },
	{ "ingest { receipt-from = \"<a@example.gr>\" }" LIST, 1,
	    "receipt-from:" },
	{ "ingest { receipt-from = \"a@example.gr\\nBcc: b@example.gr\" }" LIST,
	    1, "backslash:" },
	{ "ingest { receipt-from = 1fb6d9a4effff479b11363d470a104b2 }" LIST, 1,
	    "receipt-from:" },
	{ "ingest { receipt-command = {sendmail, \"-t\"} }" LIST, 1,
	    "receipt-command:" },
	{ "ingest { receipt-command = {} }" LIST, 1, "receipt-command:" },
	{ "ingest { receipt-command = {\"\"} }" LIST, 1, "receipt-command:" },
	{ "ingest { receipts-a-day = 0 }" LIST, 1, "receipts-a-day:" },
	{ "ingest { receipts-an-hour = many }" LIST, 1, "receipts-an-hour:" },
	{ "www { listen = {} }" LIST, 1, "listen: is empty" },
	{ "www { url = bl.example.gr }" LIST, 1, "url:" },
	{ "www { url = http:// }" LIST, 1, "url:" },
	{ "www { url = \"http:///x\" }" LIST, 1, "url:" },
	{ "www { url = \"https://a.gr/?q\" }" LIST, 1, "url:" },
	{ "www { url = \"https://a.gr/\\\"x\" }" LIST, 1, "url:" },
	{ "www { url = \"javascript:alert\" }" LIST, 1, "url:" },
	{ "www { behind-proxy = {localhost} }" LIST, 1, "behind-proxy:" },
	{ "www { password-cost = 7 }" LIST, 1, "password-cost:" },
	{ "www { reasons = {\"\"} }" LIST, 1, "reasons:" },
	{ "www { reasons = {a, a} }" LIST, 1, "reasons:" },
	{ "www { review-after = 5m }" LIST, 1, "review-after:" },
	{ "www { review-after = never }" LIST, 1, "review-after:" },
	{ "www { review-after = 180 }" LIST, 1, "review-after:" },
	{ "www { password-cost = 64M }" LIST, 1, "password-cost:" },
	{ "www {\ntls-cert = /c }" LIST, 2, "tls-cert: stands alone" },
	{ "www {\ntls-key = /k }" LIST, 2, "tls-key: stands alone" },
	{ "www { operator = \"\" }" LIST, 1, "operator: 0 octets, expected" },
	{ "www {\ncontact = {a@b.gr,\n nobody} }" LIST, 3,
	    "contact: \"nobody\", expected an e-mail address" },
	{ "www { contact = \"\" }" LIST, 1, "contact:" },
	{ "www { contact = \"http://a.gr\" }" LIST, 1, "contact:" },
	{ "www { contact = \"https://\" }" LIST, 1, "contact:" },
	{ "www { contact = \"https://a.gr/ b\" }" LIST, 1, "contact:" },
	{ "www { contact = \"https://a.gr/\\\">\" }" LIST, 1, "contact:" },
	{ "www { contact = \"javascript:a@b.gr\" }" LIST, 1, "contact:" },
	{ "www { contact = \"a@b.gr?cc=c@d.gr\" }" LIST, 1, "contact:" },
	{ "www { contact = {a@b.gr, b@b.gr, c@b.gr, d@b.gr, e@b.gr, f@b.gr, "
	  "g@b.gr, h@b.gr, i@b.gr} }" LIST,
	    1, "contact: 9 values, expected 8" },
	{ "www { since = 2026-13-01 }" LIST, 1, "since: \"2026-13-01\"" },
	{ "www { since = 2026-11-21T09:30:00Z }" LIST, 1, "since:" },
	{ "www { since = yesterday }" LIST, 1, "since:" },
	{ "www { meant-for = blocking }" LIST, 1,
	    "meant-for: \"blocking\", expected scoring or refusing" },
	{ "www { policy = policy.txt }" LIST, 1, "policy:" },
	{ "www { announcements = \"\" }" LIST, 1, "announcements:" },
	{ "publish { dir = export }" LIST, 1, "dir:" },
	{ "publish { formats = {plain,\nxml} }" LIST, 2,
	    "formats: there is no format \"xml\"" },
	{ "publish { formats = {plain, Plain} }" LIST, 1,
	    "formats: \"Plain\" stands there twice" },
	/* of base/conf */
	{ "data-dir = \"/${HOME}\"" LIST, 1, "" },
	{ "lists = 1" LIST, 1, "lists: unknown" },
	{ LIST "\nlist ip2 { kind = ip", 4, "section list is not closed" },
};

static void
check_refused(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct zone_config *c = NULL;
		struct err_text why = { "" };
		char place[SCRATCH + 32];
		int r = load(refused[i].text, &c, &why);

		snprintf(place, sizeof(place), "%s:%u: %s", path,
		    refused[i].line, refused[i].says);
		CHECK((r == ERR_FORMAT || r == ERR_RANGE) && c == NULL,
		    "%s: %d", refused[i].text, r);
		if (strstr(refused[i].says, "title '") != NULL) {
			CHECK(strstr(why.text, refused[i].says) != NULL, "%s",
			    why.text);
			continue;
		}
		CHECK(strncmp(why.text, place, strlen(place)) == 0,
		    "%s\ngot: %s\nnot: %s", refused[i].text, why.text, place);
		CHECK(zone_config_load(path, &c, NULL) == r, "no sentence");
	}
}

static const char full[] =
    "data-dir = /tmp/x map-size = 010M\n"
    "list IP { kind = ip code = 127.0.0.3 widest-v4 = 012 widest-v6 = 48\n"
    " wide-v4 = 28 wide-v6 = 64 approve-at = 3 expiry = 090d }\n"
    "list more { kind = IP }\n"
    "list mail { kind = address }\n"
    "list dom { kind = domain wide-at = 5 }\n"
    "key Mirror1 { algorithm = hmac-sha512 secret-file = /etc/k }\n"
    "criterion C1 { text = \"\xce\xb1\xce\xb2\" }\n"
    "zone BL.Example.GR. { lists = {more, ip}\n"
    " ns = {NS1.example.gr., ns2.example.gr} hostmaster = H.example.gr\n"
    " ttl = 1s negative-ttl = 1w refresh = 10m retry = 1m expire = 1d\n"
    " text = \"$ $r $i\" apex = {\"A 192.0.2.80\",\n"
    "  \"MX 10 mail.example.gr.\"}\n"
    " allow-query = {192.0.2.0/24, \"::1\"} access-keys = YES\n"
    " allow-transfer = {\"key:mirror1@192.0.2.53\", 192.0.2.0/28,\n"
    "  \"KEY:Mirror1\"} notify = {192.0.2.53@53, \"2001:db8::1@53\"} }\n"
    "zone dbl.example.gr { lists = dom ns = a.gr mname = b.gr\n"
    " hostmaster = h.gr allow-query = {} access-keys = no }\n"
    "zone em.bl.example.gr { lists = mail ns = a.gr hostmaster = h.gr }\n"
    "guard { allow = {192.0.2.0/24} }\n"
    "dns { listen = {127.0.0.1@0, \"::1@0\"} workers = 8 udp-size = 512\n"
    " tcp-limit = 9 tcp-timeout = 1m rate-limit = 0 slip = 0\n"
    " rate-exempt = {10.0.0.0/8, \"::1\"} cookie-secret-file = /c\n"
    " nsid = gr-ath version = none identity = \"a b\"\n"
    " control = unix:/run/c user = rbld }\n"
    "ingest { listen = unix:/run/l max-message = 1M max-depth = 2\n"
    " max-parts = 3 own-relays = {192.0.2.0/28} own-domains = {EX.gr}\n"
    " providers = /p traps = {Trap@EX.gr} retention = 4w\n"
    " retention-size = 3G user = _in }\n"
    "www { listen = {127.0.0.1@0, unix:/run/w} url = https://a.gr/b//\n"
    " behind-proxy = {::1} password-cost = 8 review-after = 30d\n"
    " tls-cert = /c tls-key = /k\n"
    " user = rbl-www operator = \"\xce\xb1 & <b>\" contact = {A@EX.gr,\n"
    "  \"https://ex.gr/?a=b#c\"} since = 2026-11-21 meant-for = refusing\n"
    " scope = s appeal = a shutdown = e licence = l policy = /p\n"
    " announcements = /n }\n"
    "publish { dir = /e formats = {RBLDNSD, plain} }\n";

#define IS(a, b) (strcmp((a), (b)) == 0)

static void
check_zones(const struct zone_config *c)
{
	const struct zone_zone_conf *z =
	    zone_config_zone(c, span_str("bl.EXAMPLE.gr."));
	const struct zone_zone_conf *d =
	    zone_config_zone(c, span_str("dbl.example.gr"));

	CHECK(
	    c->n_zones == 3 && z == &c->zones[0] && d == &c->zones[1], "zones");
	CHECK(zone_config_zone(c, span_str("example.gr")) == NULL &&
		zone_config_zone(c, span_str("")) == NULL &&
		zone_config_zone(c, span_str(".")) == NULL,
	    "no zone");
	if (z == NULL || d == NULL) {
		return;
	}
	CHECK(IS(z->name, "bl.example.gr") && z->kind == ZONE_KIND_IP &&
		z->n_lists == 2 && z->lists[0] == &c->lists[1] &&
		z->lists[1] == &c->lists[0] && z->line == 9,
	    "lists");
	CHECK(z->n_ns == 2 && IS(z->ns[0], "ns1.example.gr") &&
		IS(z->mname, "ns1.example.gr") &&
		IS(z->hostmaster, "h.example.gr"),
	    "names");
	CHECK(z->ttl == 1 && z->negative_ttl == 604800 && z->refresh == 600 &&
		z->retry == 60 && z->expire == 86400,
	    "timers");
	CHECK(IS(z->text, "$ $r $i") && z->n_apex == 2 &&
		IS(z->apex[1], "MX 10 mail.example.gr.") &&
		z->apex_lines[0] == 12 && z->apex_lines[1] == 13,
	    "records");
	CHECK(z->n_allow_query == 2 && z->allow_query[0].plen == 24 &&
		z->allow_query[1].plen == 128,
	    "allow-query");
	CHECK(z->access_keys && !d->access_keys && !c->zones[2].access_keys,
	    "access-keys");
	CHECK(z->n_allow_transfer == 3 && z->n_notify == 2, "transfer");
	CHECK(z->allow_transfer[0].key == &c->tsig[0] &&
		z->allow_transfer[0].from.plen == 32 &&
		z->allow_transfer[1].key == NULL &&
		z->allow_transfer[1].from.plen == 28 &&
		z->allow_transfer[2].key == &c->tsig[0] &&
		z->allow_transfer[2].from.ip.bits == 0,
	    "who");
	CHECK(d->kind == ZONE_KIND_DOMAIN && IS(d->mname, "b.gr") &&
		d->ttl == 900 && d->negative_ttl == 300 &&
		d->n_allow_query == 0 && d->n_apex == 0 && d->n_notify == 0 &&
		IS(d->text, "Listed: $"),
	    "defaults");
	CHECK(c->zones[2].n_allow_query == 2 &&
		c->zones[2].allow_query[0].ip.bits == 32 &&
		c->zones[2].allow_query[0].plen == 0 &&
		c->zones[2].allow_query[1].ip.bits == 128 &&
		c->zones[2].allow_query[1].plen == 0,
	    "everybody");
}

static void
check_full(void)
{
	struct zone_config *c = NULL;
	struct err_text why = { "" };
	const struct zone_list_conf *l;
	int r = load(full, &c, &why);

	CHECK(r == 0, "%s", why.text);
	if (r < 0) {
		return;
	}
	CHECK(IS(c->path, path) && IS(c->data_dir, "/tmp/x") &&
		c->map_size == 10u << 20,
	    "top");
	l = zone_config_list(c, span_str("ip"));
	CHECK(c->n_lists == 4 && l == &c->lists[0] && IS(l->name, "ip") &&
		l->code == 0x7f000003 && l->widest_v4 == 12 &&
		l->widest_v6 == 48 && l->wide_v4 == 28 && l->wide_v6 == 64 &&
		l->approve_at == 3 && l->wide_at == 3 &&
		l->expiry == 90 * 86400,
	    "list");
	l = zone_config_list_of(c, ZONE_KIND_DOMAIN);
	CHECK(l == &c->lists[3] && l->wide_at == 5 && l->approve_at == 1 &&
		l->code == 0x7f000002 && l->expiry == 0,
	    "list of domains");
	CHECK(zone_config_list(c, span_str("ipx")) == NULL, "no list");
	check_zones(c);
	CHECK(c->n_tsig == 1 && IS(c->tsig[0].name, "mirror1") &&
		IS(c->tsig[0].algorithm, "hmac-sha512") &&
		IS(c->tsig[0].secret_file, "/etc/k"),
	    "key");
	CHECK(c->n_criteria == 1 && IS(c->criteria[0].id, "c1") &&
		IS(c->criteria[0].text, "\xce\xb1\xce\xb2"),
	    "criterion");
	CHECK(c->n_guard_allow == 1 && c->guard_allow[0].plen == 24, "guard");
	CHECK(c->dns.n_listen == 2 && c->dns.workers == 8 &&
		c->dns.udp_size == 512 && c->dns.tcp_limit == 9 &&
		c->dns.tcp_timeout == 60 && c->dns.rate_limit == 0 &&
		c->dns.slip == 0 && c->dns.control.len > 0 &&
		IS(c->dns.user, "rbld"),
	    "dns");
	CHECK(c->dns.n_rate_exempt == 2 && c->dns.rate_exempt[0].plen == 8 &&
		IS(c->dns.cookie_secret_file, "/c") &&
		IS(c->dns.nsid, "gr-ath") && c->dns.version == NULL &&
		IS(c->dns.identity, "a b"),
	    "dns, for clients");
	CHECK(c->ingest.listen.len > 0 && c->ingest.max_message == 1u << 20 &&
		c->ingest.max_depth == 2 && c->ingest.max_parts == 3 &&
		c->ingest.n_own_relays == 1 && c->ingest.n_own_domains == 1 &&
		IS(c->ingest.own_domains[0], "ex.gr") &&
		IS(c->ingest.providers, "/p") && c->ingest.n_traps == 1 &&
		IS(c->ingest.traps[0], "trap@ex.gr") &&
		c->ingest.retention == 28 * 86400 &&
		c->ingest.retention_size == UINT64_C(3) << 30 && IS(c->ingest.user, "_in"),
	    "ingest");
	CHECK(c->www.n_listen == 2 && IS(c->www.url, "https://a.gr/b") &&
		c->www.n_behind_proxy == 1 && c->www.password_cost == 8 &&
		c->www.review_after == 30 * 86400 &&
		IS(c->www.tls_cert, "/c") && IS(c->www.tls_key, "/k") &&
		IS(c->www.user, "rbl-www"),
	    "www");
	CHECK(IS(c->www.site.operator, "\xce\xb1 & <b>") &&
		c->www.site.n_contact == 2 &&
		IS(c->www.site.contact[0], "A@EX.gr") &&
		IS(c->www.site.contact[1], "https://ex.gr/?a=b#c") &&
		c->www.site.since == 1795219200 && c->www.site.refuses &&
		IS(c->www.site.scope, "s") && IS(c->www.site.appeal, "a") &&
		IS(c->www.site.shutdown, "e") && IS(c->www.site.licence, "l") &&
		IS(c->www.site.policy, "/p") &&
		IS(c->www.site.announcements, "/n"),
	    "what the operator says");
	CHECK(IS(c->publish.dir, "/e") && c->publish.n_formats == 2 &&
		IS(c->publish.formats[0], "rbldnsd"),
	    "publish");
	zone_config_free(&c);
	CHECK(c == NULL, "free");
	zone_config_free(&c);
}

static void
check_programs(const struct zone_config *c)
{
	CHECK(IS(c->data_dir, "/var/lib/rbl") &&
		c->map_size == UINT64_C(64) << 30 && c->n_zones == 0,
	    "top");
	CHECK(c->dns.n_listen == 1 && c->dns.workers == 0 &&
		c->dns.udp_size == 1232 && c->dns.tcp_limit > 0 &&
		c->dns.tcp_timeout > 0 && c->dns.rate_limit == 200 &&
		c->dns.slip == 2 && c->dns.control.len == 0 &&
		c->dns.user == NULL,
	    "dns");
	CHECK(c->dns.n_rate_exempt == 0 && c->dns.cookie_secret_file == NULL &&
		c->dns.nsid == NULL && IS(c->dns.version, "rbld") &&
		c->dns.identity == NULL,
	    "dns, for clients");
	CHECK(c->ingest.max_message == 32u << 20 && c->ingest.max_depth == 20 &&
		c->ingest.max_parts == 1000 && c->ingest.providers == NULL &&
		c->ingest.user == NULL && c->ingest.listen.len == 0,
	    "ingest");
	CHECK(c->www.site.operator == NULL && c->www.site.n_contact == 0 &&
		c->www.site.since == 0 && !c->www.site.refuses &&
		c->www.site.policy == NULL,
	    "nothing is said");
	CHECK(c->www.n_listen == 1 && c->www.url != NULL &&
		c->www.password_cost == 65536 &&
		c->www.review_after == 180 * 86400 && c->www.tls_cert == NULL,
	    "www");
	CHECK(IS(c->publish.dir, "/var/lib/rbl/export") &&
		c->publish.n_formats == 1 && IS(c->publish.formats[0], "plain"),
	    "publish");
}

static void
check_defaults(void)
{
	struct zone_config *c = NULL;
	const struct zone_list_conf *l;
	struct err_text why = { "" };

	CHECK(zone_config_default(&c) == 0, "built-in");
	if (c != NULL) {
		l = zone_config_list_of(c, ZONE_KIND_IP);
		CHECK(c->path == NULL && c->n_lists == 2 && l != NULL &&
			IS(l->name, "ip") && l->widest_v4 == 16 &&
			l->widest_v6 == 32 && l->wide_v4 == 24 &&
			l->wide_v6 == 56 && l->approve_at == 1 &&
			l->wide_at == 2 && l->code == 0x7f000002,
		    "ip");
		l = zone_config_list(c, span_str("address"));
		CHECK(l != NULL && l->kind == ZONE_KIND_ADDRESS, "address");
		CHECK(
		    zone_config_list_of(c, ZONE_KIND_DOMAIN) == NULL, "domain");
		check_programs(c);
		zone_config_free(&c);
	}
	CHECK(load(LIST, &c, &why) == 0, "%s", why.text);
	if (c != NULL) {
		check_programs(c);
		zone_config_free(&c);
	}
}

/* Where the file is looked for. */
static void
check_environment(void)
{
	struct zone_config *c = NULL;
	struct err_text why = { "" };

	CHECK(file_write(path, LIST, strlen(LIST), 0600) == 0, "%s", path);
	setenv("RBL_CONF", path, 1);
	CHECK(zone_config_load(NULL, &c, &why) == 0, "%s", why.text);
	CHECK(c != NULL && IS(c->path, path), "path");
	zone_config_free(&c);
	setenv("RBL_CONF", "/nonexistent/x.conf", 1);
	CHECK(zone_config_load(NULL, &c, &why) == ERR_SYS &&
		strncmp(why.text, "/nonexistent/x.conf: ", 21) == 0,
	    "%s", why.text);
	CHECK(zone_config_load(path, &c, &why) == 0, "-c comes first");
	zone_config_free(&c);
	setenv("RBL_CONF", "", 1);
	CHECK(zone_config_load(NULL, &c, &why) == ERR_SYS &&
		strstr(why.text, "/rbl.conf: ") != NULL,
	    "%s", why.text);
	unsetenv("RBL_CONF");
}

/* Room for the longest question: one octet decides. */
static void
check_room(void)
{
	static const struct {
		const char *kind;
		size_t most;
	} rooms[] = { { "ip", 189 }, { "address", 200 }, { "domain", 125 } };
	struct zone_config *c = NULL;
	struct err_text why = { "" };
	char name[256], text[600];

	for (size_t i = 0; i < COUNT(rooms); i++) {
		for (size_t len = rooms[i].most; len <= rooms[i].most + 1;
		     len++) {
			int r;

			memset(name, 'a', len);
			for (size_t k = 47; k < len; k += 47) {
				name[k] = '.';
			}
			name[len] = '\0';
			snprintf(text, sizeof(text),
			    "list l { kind = %s }\nzone %s { lists = l "
			    "ns = a.gr hostmaster = h.gr }",
			    rooms[i].kind, name);
			r = load(text, &c, &why);
			CHECK(r == (len == rooms[i].most ? 0 : ERR_RANGE),
			    "%s, %zu octets: %d", rooms[i].kind, len, r);
			zone_config_free(&c);
		}
	}
}

static void
check_many(void)
{
	struct zone_config *c = NULL;
	struct err_text why = { "" };
	struct buf b = { 0 };

	buf_str(&b, LIST "ingest { own-relays = {");
	for (unsigned i = 0; i < 4096; i++) {
		buf_fmt(&b, "203.%u.%u.%u,", i >> 8, i & 255, i & 7);
	}
	buf_str(&b, "} }");
	CHECK(load(b.data, &c, &why) == 0, "%s", why.text);
	CHECK(c != NULL && c->ingest.n_own_relays == 4096, "4096");
	zone_config_free(&c);
	b.len -= 3;
	buf_str(&b, "204.0.0.1} }");
	CHECK(load(b.data, &c, &why) == ERR_RANGE &&
		strstr(why.text, "own-relays: 4097 values") != NULL,
	    "%s", why.text);
	buf_free(&b);
}

/* A document holds LEAD and then NAME, and no letter behind it. */
static bool
knows(const char *text, const char *lead, const char *name)
{
	char want[80];
	const char *at = text;
	size_t n;

	snprintf(want, sizeof(want), "%s%s", lead, name);
	n = strlen(want);
	while ((at = strstr(at, want)) != NULL) {
		if (strchr(" \t\n", at[n]) != NULL &&
		    (at == text || strchr(" \t\n#", at[-1]) != NULL)) {
			return true;
		}
		at++;
	}
	return false;
}

static void
check_documents(void)
{
	const char *src = getenv("srcdir");
	struct zone_config *c = NULL;
	struct err_text why = { "" };
	struct buf man = { 0 }, sample = { 0 };
	const struct conf_section *s;
	char name[4096];
	size_t n;

	if (src == NULL) {
		src = ".";
	}
	snprintf(name, sizeof(name), "%s/doc/man/rbl.conf.5", src);
	CHECK(file_read(name, 1 << 20, &man) == 0, "%s", name);
	snprintf(name, sizeof(name), "%s/doc/rbl.conf.sample", src);
	CHECK(file_read(name, 1 << 20, &sample) == 0, "%s", name);
	s = zone_config_schema(&n);
	CHECK(n >= 9, "%zu sections", n);
	for (size_t i = 0; i < n && man.data != NULL && sample.data != NULL;
	     i++) {
		if (s[i].name != NULL) {
			CHECK(knows(man.data, ".Ss Section ", s[i].name),
			    "rbl.conf(5): section %s", s[i].name);
			CHECK(knows(sample.data, "", s[i].name),
			    "sample: section %s", s[i].name);
		}
		for (size_t k = 0; k < s[i].n_items; k++) {
			CHECK(knows(man.data, "Cm ", s[i].items[k].name),
			    "rbl.conf(5): %s", s[i].items[k].name);
			CHECK(knows(sample.data, "", s[i].items[k].name),
			    "sample: %s", s[i].items[k].name);
			CHECK(s[i].items[k].help[0] != '\0', "help: %s",
			    s[i].items[k].name);
		}
	}
	CHECK(zone_config_load(name, &c, &why) == 0, "%s", why.text);
	CHECK(c != NULL && c->n_zones == 3 && c->n_lists == 3, "sample");
	zone_config_free(&c);

	/* each default that the sample shows is one: without its "# " the
	 * file loads, but for those that name what is not there */
	for (size_t i = 0; i + 2 < sample.len; i++) {
		char *p = sample.data + i;

		if (p[0] == '\t' && p[1] == '#' && p[2] == ' ' &&
		    strchr(p, '\n') != NULL &&
		    memchr(p, '=', strcspn(p, "\n")) != NULL) {
			p[1] = ' ';
		}
	}
	CHECK(sample.data != NULL && load(sample.data, &c, &why) == 0, "%s",
	    why.text);
	zone_config_free(&c);
	buf_free(&man);
	buf_free(&sample);
}

int
main(void)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/c", dir);
	unsetenv("RBL_CONF");
	check_refused();
	check_full();
	check_defaults();
	check_environment();
	check_room();
	check_many();
	check_documents();
	scratch_remove(dir);
	return failures != 0;
}
