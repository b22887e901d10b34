/* test_rbld_handle.c - the conformance table: question in, packet out.
 *
 * Each case is asked over both transports, with and without EDNS. ldns is the
 * oracle: it must parse what came out. Names begin with the id of the
 * statement that they prove.
 */
#include "tests/unit/test_rbld_world.h"

#include <arpa/inet.h>

#define NX RBLD_NXDOMAIN
#define OK RBLD_NOERROR
#define NO RBLD_REFUSED

#define BL ".bl.example.org"
#define MU ".multi.example.org"
#define MA ".mail.example.net"
#define DB ".dbl.example.net"
#define HO ".hosts.example.net"
#define Z6 "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
#define MAPPED "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define SPAMMER "4b15dd36607cc5fc7bc5a902a4aa2b970012055b"

enum {
	A = 1,
	NS = 2,
	SOA = 6,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	ANY = 255,
	CAA = 257
};

/* The answer section as "TTL TYPE DATA; ...". A negative answer (answers
 * empty, rcode OK or NX) must carry one SOA in authority, others nothing. */
static const struct {
	const char *name;
	const char *qname;
	unsigned type;
	enum rbld_rcode rcode;
	const char *answers;
} cases[] = {
	{ "5782-1 127.0.0.2 A", "2.0.0.127" BL, A, OK, "900 A 127.0.0.2" },
	{ "5782-1 127.0.0.2 TXT", "2.0.0.127" BL, TXT, OK,
	    "900 TXT \"127.0.0.2 listed: test point ($0)\"" },
	{ "5782-5 127.0.0.2 in a zone of several codes", "2.0.0.127" MU, A, OK,
	    "60 A 127.0.0.2" },
	{ "5782-5 127.0.0.3 answers 127.0.0.3", "3.0.0.127" MU, A, OK,
	    "60 A 127.0.0.3" },
	{ "5782-5 127.0.0.9, mapped", "9.0.0.0.0.0.f.7." MAPPED MU, A, OK,
	    "60 A 127.0.0.9" },
	{ "5782-5 127.0.0.3 TXT", "3.0.0.127" MU, TXT, OK,
	    "60 TXT \"see https://example.org/?q=127.0.0.3 test point\"" },
	{ "5782-5 a code that no list has", "4.0.0.127" MU, A, NX, "" },
	{ "5782-5 a code of another zone", "3.0.0.127" BL, A, NX, "" },
	{ "5782-5 127.0.1.3 is no point", "3.1.0.127" MU, A, NX, "" },
	{ "5782-2 127.0.0.1 A", "1.0.0.127" BL, A, NX, "" },
	{ "5782-2 127.0.0.1 TXT", "1.0.0.127" BL, TXT, NX, "" },
	{ "5782-2 127.0.0.1 ANY", "1.0.0.127" BL, ANY, NX, "" },
	{ "5782-3 ::ffff:7f00:2", "2.0.0.0.0.0.f.7." MAPPED BL, A, OK,
	    "900 A 127.0.0.2" },
	{ "5782-3 ::ffff:7f00:2 TXT", "2.0.0.0.0.0.f.7." MAPPED BL, TXT, OK,
	    "900 TXT \"::ffff:127.0.0.2 listed: test point ($0)\"" },
	{ "5782-3 ::ffff:7f00:1", "1.0.0.0.0.0.f.7." MAPPED BL, A, NX, "" },
	{ "5782-4 TEST", "TEST" DB, A, OK, "900 A 127.0.0.5" },
	{ "5782-4 INVALID", "INVALID" DB, A, NX, "" },
	{ "5782-4 invalid TXT", "invalid" DB, TXT, NX, "" },
	{ "5782-6 a listed address has A", "7.2.0.192" BL, A, OK,
	    "900 A 127.0.0.2" },
	{ "5782-6 a listed address has TXT", "7.2.0.192" BL, TXT, OK,
	    "900 TXT \"192.0.2.7 listed: sends spam ($#)\"" },
	{ "5782-7 a hole has no A", "9.2.0.192" BL, A, NX, "" },
	{ "5782-7 a hole has no TXT", "9.2.0.192" BL, TXT, NX, "" },
	{ "5782-7 a hole has no CNAME", "9.2.0.192" BL, 5, NX, "" },
	{ "5782-8 first of a range", "0.2.0.192" BL, A, OK, "900 A 127.0.0.2" },
	{ "5782-8 last of a range", "255.2.0.192" BL, A, OK,
	    "900 A 127.0.0.2" },
	{ "5782-8 below the hole", "8.2.0.192" BL, A, OK, "900 A 127.0.0.2" },
	{ "5782-8 above the hole", "10.2.0.192" BL, A, OK, "900 A 127.0.0.2" },
	{ "5782-8 before the range", "255.1.0.192" BL, A, NX, "" },
	{ "5782-8 behind the range", "0.3.0.192" BL, A, NX, "" },
	{ "5782-8 last of a /25", "127.100.51.198" BL, A, OK,
	    "900 A 127.0.0.2" },
	{ "5782-8 behind a /25", "128.100.51.198" BL, A, NX, "" },
	{ "5782-10 x.2.0.0.127", "x.2.0.0.127" BL, A, NX, "" },
	{ "5782-10 02.0.0.127", "02.0.0.127" BL, A, NX, "" },
	{ "5782-10 256.0.0.127", "256.0.0.127" BL, A, NX, "" },
	{ "5782-10 g...", "g.0.0.0.0.0.f.7." MAPPED BL, A, NX, "" },
	{ "5782-10 below a listed address", "1.7.2.0.192" BL, A, NX, "" },
	{ "5782-11 one A for each list, equal codes once", "1.2.0.192" MU, A,
	    OK, "# A 127.0.0.2; # A 127.0.0.3" },
	{ "5782-11 one TXT for each list", "1.2.0.192" MU, TXT, OK,
	    "# TXT \"see https://example.org/?q=192.0.2.1 sends spam\"; "
	    "# TXT \"see https://example.org/?q=192.0.2.1 again\"" },
	{ "5782-12 apex A", "bl.example.org", A, OK, "900 A 203.0.113.80" },
	{ "5782-12 apex TXT", "bl.example.org", TXT, OK, "" },

	{ "6471-3 a TTL ends with its entry", "200.100.51.198" BL, A, OK,
	    "# A 127.0.0.2" },
	{ "6471-3 the same for TXT", "200.100.51.198" BL, TXT, OK,
	    "# TXT \"198.51.100.200 listed: for ten seconds ($#)\"" },

	{ "DNS-1 127 A", "127" BL, A, OK, "" },
	{ "DNS-1 127 NS", "127" BL, NS, OK, "" },
	{ "DNS-1 127 TXT", "127" BL, TXT, OK, "" },
	{ "DNS-1 127 AAAA", "127" BL, AAAA, OK, "" },
	{ "DNS-1 127 ANY", "127" BL, ANY, OK, "" },
	{ "DNS-1 127 SOA", "127" BL, SOA, OK, "" },
	{ "DNS-1 0.127", "0.127" BL, A, OK, "" },
	{ "DNS-1 0.0.127", "0.0.127" BL, A, OK, "" },
	{ "DNS-1 192", "192" BL, A, OK, "" },
	{ "DNS-1 0.192", "0.192" BL, A, OK, "" },
	{ "DNS-1 nibbles above the mapped test point", MAPPED BL, A, OK, "" },
	{ "DNS-2 10", "10" BL, A, NX, "" },
	{ "DNS-2 1.0.127", "1.0.127" BL, A, NX, "" },
	{ "DNS-2 2.0.192", "2.0.192" BL, A, OK, "" },
	{ "DNS-2 3.0.192", "3.0.192" BL, A, NX, "" },
	{ "DNS-2 in a zone whose lists are elsewhere", "100.51.198" MU, A, OK,
	    "" },
	{ "DNS-3 2: nothing in 2/8, but 2000::/4", "2" BL, A, OK, "" },
	{ "DNS-3 20", "20" BL, A, NX, "" },
	{ "DNS-3 0.2", "0.2" BL, A, OK, "" },
	{ "DNS-3 1.2", "1.2" BL, A, NX, "" },
	{ "DNS-3 1.0.0.2: 2.0.0.1 and 2001::/16", "1.0.0.2" BL, A, OK, "" },
	{ "DNS-3 2.0.0.2: 2.0.0.2 and 2002::/16", "2.0.0.2" BL, A, NX, "" },
	{ "DNS-3 a", "a" BL, A, NX, "" },
	{ "DNS-3 0: the mapped test point", "0" BL, A, OK, "" },
	{ "DNS-5 CAA at a listed name", "7.2.0.192" BL, CAA, OK, "" },
	{ "DNS-5 HTTPS at a listed name", "7.2.0.192" BL, 65, OK, "" },
	{ "DNS-5 TYPE65280 at a listed name", "7.2.0.192" BL, 65280, OK, "" },
	{ "DNS-5 TYPE43744 at a listed name", "7.2.0.192" BL, 43744, OK, "" },
	{ "DNS-5 AAAA at a test point", "2.0.0.127" BL, AAAA, OK, "" },
	{ "DNS-5 CAA at an unlisted name", "7.3.0.192" BL, CAA, NX, "" },
	{ "DNS-5 TYPE0 at an unlisted name", "7.3.0.192" BL, 0, NX, "" },
	{ "DNS-5 CAA at the apex", "bl.example.org", CAA, OK, "" },
	{ "DNS-7 mixed case", "7.2.0.192.bL.eXAMPLE.oRG", A, OK,
	    "900 A 127.0.0.2" },
	{ "DNS-7 NUL and 0xff", "\\000\\255" BL, A, NX, "" },
	{ "DNS-7 a dot in a label", "2\\0460.0.127" BL, A, NX, "" },
	{ "DNS-7 what clients send by mistake", "2001:db8::7" BL, A, NX, "" },
	{ "DNS-9 outside", "example.org", A, NO, "" },
	{ "DNS-9 the root", "", NS, NO, "" },
	{ "DNS-9 another zone", "7.2.0.192.xbl.example.org", A, NO, "" },
	{ "8020 an unlisted /16 ends early", "0.100" BL, A, NX, "" },
	{ "9156-1 NS at an empty non-terminal", "0.192" BL, NS, OK, "" },
	{ "9156-1 AAAA at an unlisted name", "0.100" BL, AAAA, NX, "" },

	{ "2308 SOA at the apex", "bl.example.org", SOA, OK,
	    "900 SOA ns1.example.org. hostmaster.example.org. # 3600 600 "
	    "604800 300" },
	{ "NS at the apex", "bl.example.org", NS, OK,
	    "900 NS ns1.example.org.; 900 NS ns2.example.net." },
	{ "MX at the apex", "bl.example.org", MX, OK,
	    "900 MX 10 mail.example.org." },
	{ "NS within the zone", "multi.example.org", NS, OK,
	    "60 NS ns1.multi.example.org." },
	{ "a name server's A", "nS1" MU, A, OK, "60 A 203.0.113.53" },
	{ "a name server's AAAA", "ns1" MU, AAAA, OK, "60 AAAA 2001:db8::53" },
	{ "a name server's MX", "ns1" MU, MX, OK, "" },
	{ "below a name server", "a.ns1" MU, A, NX, "" },
	{ "8482-1 ANY: one set", "7.2.0.192" BL, ANY, OK, "900 A 127.0.0.2" },
	{ "8482-1 ANY at a name server", "ns1" MU, ANY, OK,
	    "60 A 203.0.113.53" },
	{ "8482-2 ANY at an unlisted name", "7.3.0.192" BL, ANY, NX, "" },

	{ "a v6 address", "1." Z6 "7.0.0.0.8.b.d.0.1.0.0.2" BL, A, NX, "" },
	{ "a v6 address in a /48",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.8.b.d.0.1.0.0."
	    "2" BL,
	    A, OK, "900 A 127.0.0.2" },
	{ "a v6 address in a /48, TXT",
	    "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.F.7.0.0.0.8.B.D.0.1.0.0."
	    "2" BL,
	    TXT, OK, "900 TXT \"2001:db8:7:f000::f listed: six ($#)\"" },
	{ "a single v6 address",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0."
	    "2" BL,
	    A, OK, "900 A 127.0.0.2" },
	{ "its neighbour",
	    "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0."
	    "2" BL,
	    A, NX, "" },
	{ "its parent",
	    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0.2" BL,
	    A, OK, "" },
	{ "a parent within a /48", "3.2.7.0.0.0.8.b.d.0.1.0.0.2" BL, A, OK,
	    "" },
	{ "IPv4-mapped names get nothing from v4 data",
	    "7.0.2.0.0.0.0.c." MAPPED BL, A, NX, "" },
	{ "6to4 names get nothing from v4 data",
	    Z6 "7.0.2.0.0.0.0.c.2.0.0.2" BL, A, NX, "" },

	{ "sha1", SPAMMER MA, A, OK, "900 A 127.0.0.4" },
	{ "SHA1", "4B15DD36607CC5FC7BC5A902A4AA2B970012055B" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "md5", "1fb6d9a4effff479b11363d470a104b2" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "sha256 in RFC 4648 base32",
	    "csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqa" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "sha1 in rspamd's base32", "mkf4p5ychmt397iajiyekiqfzryrtncm" MA, A,
	    OK, "900 A 127.0.0.4" },
	{ "sha256 in rspamd's base32",
	    "wed5kfp878utcseayuepj9c3xariwijftduuawi61wgmyterfray" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "md5 in rspamd's base32", "9opup167987uzaqnddibzo1y1f" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "sha1 with the tag cut",
	    "3f4b4fb95c65c1972c09a86561302a53e4d0cc44" MA, A, OK,
	    "900 A 127.0.0.4" },
	{ "sha1 of somebody else",
	    "4f4b4fb95c65c1972c09a86561302a53e4d0cc44" MA, A, NX, "" },
	{ "sha1 TXT shows the label", SPAMMER MA, TXT, OK,
	    "900 TXT \"Listed: " SPAMMER "\"" },
	{ "a digest's zone is flat", "x." SPAMMER MA, A, NX, "" },
	{ "no digest", "_email" MA, A, NX, "" },
	{ "test@example.com", "567159d622ffbb50b11b0efd307be358624a26ee" MA, A,
	    OK, "900 A 127.0.0.4" },
	{ "test@example.com TXT", "55502f40dc8b7c769880b10874abc9d0" MA, TXT,
	    OK, "900 TXT \"Listed: 55502f40dc8b7c769880b10874abc9d0\"" },
	{ "5782-4 TEST in every list of the zone", "test" HO, A, OK,
	    "900 A 127.0.0.5; 900 A 127.0.0.6" },
	{ "5782-4 below TEST", "x.test" DB, A, NX, "" },
	{ "5782-4 below INVALID", "spam.gr.invalid" DB, A, NX, "" },
	{ "5782-6 a listed domain has A", "spam.gr" DB, A, OK,
	    "900 A 127.0.0.5" },
	{ "5782-6 a listed domain has TXT", "www.Spam.GR" DB, TXT, OK,
	    "900 TXT \"Listed: www.spam.gr\"" },
	{ "5782-7 a hole of one name has no A", "good.spam.gr" DB, A, OK, "" },
	{ "5782-7 a hole with what is below it", "clean.spam.gr" DB, A, NX,
	    "" },
	{ "5782-7 below it", "a.clean.spam.gr" DB, TXT, NX, "" },
	{ "5782-8 below a hole of one name", "a.good.spam.gr" DB, A, OK,
	    "900 A 127.0.0.5" },
	{ "5782-11 one A for each list, domains", "www.spam.gr" HO, A, OK,
	    "900 A 127.0.0.5; 900 A 127.0.0.6" },
	{ "5782-11 one TXT for each list, domains", "www.spam.gr" HO, TXT, OK,
	    "900 TXT \"www.spam.gr listed: a gang\"; "
	    "900 TXT \"www.spam.gr listed: again\"" },
	{ "6471-3 a domain's TTL ends with its entry", "soon.gr" DB, A, OK,
	    "# A 127.0.0.5" },
	{ "6471-3 a domain that has expired", "past.gr" DB, A, NX, "" },
	{ "DNS-4 above .d", "gr" DB, A, OK, "" },
	{ "DNS-4 above .d, TXT", "gr" DB, TXT, OK, "" },
	{ "DNS-4 *.d by itself", "shop.gr" DB, A, OK, "" },
	{ "DNS-4 below *.d", "a.b.shop.gr" DB, A, OK, "900 A 127.0.0.5" },
	{ "DNS-4 not the end of a label", "aspam.gr" DB, A, NX, "" },
	{ "DNS-4 a domain that is not listed", "example.com" DB, A, NX, "" },
	{ "DNS-4 a top-level domain without listings", "com" DB, A, NX, "" },
	{ "DNS-5 CAA at a listed domain", "spam.gr" DB, CAA, OK, "" },
	{ "DNS-5 CAA at a hole", "clean.spam.gr" DB, CAA, NX, "" },
	{ "DNS-7 mixed case, domains", "A.sPaM.gR.dBl.eXample.net", A, OK,
	    "900 A 127.0.0.5" },
	{ "DNS-7 below a domain, no host name", "_dmarc.spam.gr" DB, A, OK,
	    "900 A 127.0.0.5" },
	{ "DNS-7 below a domain, any octets", "\\000\\255.spam.gr" DB, TXT, OK,
	    "900 TXT \"Listed: ??.spam.gr\"" },
	{ "DNS-7 a dot in a label, domains", "spam\\046gr" DB, A, NX, "" },
	{ "DNS-7 NUL in a label, domains", "spam.gr\\000" DB, A, NX, "" },
	{ "DNS-7 no domain at all", "\\000" DB, A, NX, "" },
	{ "DNS-7 an address in clear", "a@spam.gr" DB, A, NX, "" },
	{ "IDN by its A-label", "xn--hxajbheg2az3al.gr" DB, A, OK,
	    "900 A 127.0.0.5" },
	{ "IDN by its U-label",
	    "\xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce\xb5\xce\xb9\xce\xb3"
	    "\xce\xbc\xce\xb1.gr" DB,
	    A, OK, "900 A 127.0.0.5" },
	{ "what clients ask an IP list", "1.0.0.127" DB, A, NX, "" },
	{ "a domain zone's name server", "NS1" HO, A, OK,
	    "900 A 203.0.113.53" },
	{ "a domain zone's name server, TXT", "ns1" HO, TXT, OK, "" },
	{ "below a domain zone's name server", "a.ns1" HO, A, NX, "" },
	{ "a domain with the server's label", "a.ns1.gr" HO, A, OK,
	    "900 A 127.0.0.6" },
	{ "AXFR", "bl.example.org", 252, NO, "" },
	{ "IXFR", "bl.example.org", 251, NO, "" },
};

/* Append one record: numbers that depend on the day become '#'. */
static void
show_record(struct buf *b, const ldns_rr *rr, unsigned ttl_above)
{
	char *text = ldns_rr2str(rr), *type, *data;
	bool quoted = false;

	type = strstr(text, "IN\t") + 3;
	data = strchr(type, '\t') + 1;
	data[-1] = '\0';
	data[strcspn(data, "\n")] = '\0';
	if (ldns_rr_ttl(rr) < ttl_above) {
		buf_str(b, "#");
	} else {
		buf_fmt(b, "%u", ldns_rr_ttl(rr));
	}
	buf_fmt(b, " %s ", type);
	for (const char *p = data; *p != '\0'; p++) {
		quoted ^= *p == '"';
		if (quoted && *p == '$' && p[1] >= '1' && p[1] <= '9') {
			buf_str(b, "$#");
			p += strspn(p + 1, "0123456789");
		} else {
			buf_add(b, p, 1);
		}
	}
	free(text);
}

static void
show_answers(struct buf *b, const ldns_pkt *p, unsigned ttl_above)
{
	const ldns_rr_list *l = ldns_pkt_answer(p);

	buf_str(b, "");
	for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
		if (i > 0) {
			buf_str(b, "; ");
		}
		show_record(b, ldns_rr_list_rr(l, i), ttl_above);
	}
}

/* DNS-8, 2308, 6891: what holds for every reply. */
static void
check_frame(const char *name, const ldns_pkt *p, const struct asked *a,
    const uint8_t *out, size_t n, bool edns, bool negative)
{
	const ldns_rr_list *auth = ldns_pkt_authority(p);
	size_t question = a->len - RBLD_HEADER - (edns ? 11 : 0);

	CHECK(out[0] == 0x12 && out[1] == 0x34, "DNS-8 %s: id", name);
	CHECK(ldns_pkt_qr(p) && ldns_pkt_rd(p) && !ldns_pkt_ra(p) &&
		!ldns_pkt_ad(p) && !ldns_pkt_cd(p) && (out[3] & 0x70) == 0,
	    "DNS-8 %s: flags", name);
	CHECK(n >= RBLD_HEADER + question &&
		memcmp(out + RBLD_HEADER, a->bytes + RBLD_HEADER, question) ==
		    0,
	    "DNS-7 %s: question", name);
	CHECK(ldns_pkt_edns(p) == edns, "6891-1 %s: OPT", name);
	CHECK(ldns_pkt_aa(p) == (ldns_pkt_get_rcode(p) != LDNS_RCODE_REFUSED),
	    "DNS-8 %s: AA", name);
	CHECK(ldns_rr_list_rr_count(auth) == (negative ? 1 : 0),
	    "2308 %s: authority", name);
	if (negative && ldns_rr_list_rr_count(auth) == 1) {
		const ldns_rr *soa = ldns_rr_list_rr(auth, 0);
		char *owner = ldns_rdf2str(ldns_rr_owner(soa));
		uint32_t minimum = ldns_rdf2native_int32(ldns_rr_rdf(soa, 6));

		CHECK(ldns_rr_get_type(soa) == LDNS_RR_TYPE_SOA &&
			owner[0] != '.' && strcasestr(owner, "example") != NULL,
		    "2308-1 %s: %s", name, owner);
		CHECK(ldns_rr_ttl(soa) <= minimum, "2308-2 %s: TTL %u", name,
		    ldns_rr_ttl(soa));
		free(owner);
	}
}

static size_t
exchange(struct world *w, const struct asked *a, bool tcp, size_t limit,
    const char *peer, uint8_t *out)
{
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct rbld_from from = { .peer = (void *)&sa,
		.tcp = tcp,
		.limit = tcp ? RBLD_REPLY_MAX : limit };
	size_t n;

	if (inet_pton(AF_INET, peer, &sa.sin_addr) != 1) {
		CHECK(inet_pton(AF_INET6, peer, &sa6.sin6_addr) == 1, "peer");
		from.peer = (void *)&sa6;
	}
	rbld_look_renew(&w->look);
	n = rbld_handle(&w->look, &w->stats, &from, a->bytes, a->len, out);
	rbld_look_rest(&w->look);
	return n;
}

static void
test_case(struct world *w, size_t i, bool tcp, bool edns)
{
	static uint8_t out[RBLD_REPLY_MAX];
	bool negative = cases[i].answers[0] == '\0' && cases[i].rcode != NO;
	unsigned ttl_above = cases[i].answers[0] == '#' ? 61 : 0;
	struct buf b = { 0 };
	ldns_pkt *p = NULL;
	struct asked a;
	size_t n;

	ask(&a, cases[i].qname, cases[i].type, edns ? 1232 : 0);
	n = exchange(w, &a, tcp, 1232, "127.0.0.1", out);
	CHECK(n <= (edns ? 1232 : 512), "%s: %zu octets", cases[i].name, n);
	if (ldns_wire2pkt(&p, out, n) != LDNS_STATUS_OK) {
		CHECK(p != NULL, "%s: ldns cannot read it", cases[i].name);
		return;
	}
	show_answers(&b, p, ttl_above);
	if (cases[i].type == SOA && b.len > 0) { /* the serial */
		char *at = strstr(b.data, "hostmaster.example.org. ");

		if (at != NULL) {
			at += 24;
			size_t digits = strspn(at, "0123456789");

			*at = '#';
			memmove(at + 1, at + digits, strlen(at + digits) + 1);
			b.len = strlen(b.data);
		}
	}
	CHECK(ldns_pkt_get_rcode(p) == (ldns_pkt_rcode)cases[i].rcode,
	    "%s: rcode %d", cases[i].name, ldns_pkt_get_rcode(p));
	CHECK(b.data != NULL && strcmp(b.data, cases[i].answers) == 0,
	    "%s: \"%s\"", cases[i].name, b.data != NULL ? b.data : "");
	check_frame(cases[i].name, p, &a, out, n, edns, negative);
	buf_free(&b);
	ldns_pkt_free(p);
}

/* ---- what the table cannot say ----------------------------------------- */

static unsigned
rcode_of(const uint8_t *out)
{
	return out[3] & 15u;
}

/* EDE of a reply whose OPT is last: -1 none. */
static int
ede_of(const uint8_t *out, size_t n)
{
	return n > 17 && out[11] == 1 && out[n - 8 + 1] == 6 &&
		out[n - 6 + 1] == 15
	    ? out[n - 1]
	    : -1;
}

static void
test_access(struct world *w)
{
	static const struct {
		const char *name, *peer;
		bool may;
	} peers[] = {
		{ "within", "192.0.2.77", true },
		{ "without", "192.0.3.77", false },
		{ "within, IPv6", "2001:db8::1", true },
		{ "without, IPv6", "2001:db9::1", false },
		{ "within, mapped", "::ffff:192.0.2.77", true },
		{ "loopback is not special", "127.0.0.1", false },
	};
	static const char *const names[] = { "closed.example.net",
		"7.2.0.192.closed.example.net", "2.0.0.127.closed.example.net",
		"1.0.0.127.closed.example.net", "9.9.9.9.closed.example.net" };
	uint8_t out[512];
	struct asked a;

	for (size_t i = 0; i < COUNT(peers); i++) {
		for (size_t k = 0; k < COUNT(names); k++) {
			size_t n;

			ask(&a, names[k], RBLD_T_SOA, 1232);
			n = exchange(w, &a, false, 512, peers[i].peer, out);
			CHECK((rcode_of(out) == NO) == !peers[i].may,
			    "allow-query %s: %s: rcode %u", peers[i].name,
			    names[k], rcode_of(out));
			CHECK(peers[i].may ||
				(ede_of(out, n) == 18 && (out[2] & 4) == 0 &&
				    out[7] == 0 && out[9] == 0),
			    "8914-1 %s: EDE 18 without AA", peers[i].name);
		}
	}
}

static void
test_edns(struct world *w)
{
	uint8_t out[RBLD_REPLY_MAX];
	struct asked a;
	size_t n;

	ask(&a, "example.com", A, 1232);
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(rcode_of(out) == NO && ede_of(out, n) == 20,
	    "8914-1 EDE 20 outside our zones: %d", ede_of(out, n));
	ask(&a, "7.2.0.192" BL, A, 1232);
	a.bytes[a.len - 4] = 0x80; /* DO */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(out[n - 4] == 0x80 && out[n - 3] == 0, "6891-5 DO is copied");
	CHECK(out[n - 8] == 1232 >> 8 && out[n - 7] == (uint8_t)1232,
	    "our payload");
	ask(&a, "7.2.0.192" BL, A, 1232);
	a.bytes[a.len - 5] = 1; /* version */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(rcode_of(out) == 0 && out[n - 6] == 1 && out[n - 5] == 0 &&
		out[7] == 0 && (out[2] & 4) == 0,
	    "6891-2 BADVERS without an answer");
	ask(&a, "7.2.0.192" BL, A, 0);
	a.bytes[2] = 4 << 3; /* NOTIFY, RD clear */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(rcode_of(out) == RBLD_NOTAUTH && out[2] == (0x80 | 4 << 3),
	    "1996-2 NOTIFY is NOTAUTH, opcode copied, RD not set");
	ask(&a, "7.2.0.192" BL, A, 1232);
	a.bytes[2] = 5 << 3 | 1; /* UPDATE */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(rcode_of(out) == RBLD_NOTIMP && out[2] == (0x81 | 5 << 3) &&
		out[11] == 1 && ede_of(out, n) == 21,
	    "DNS-9 UPDATE is NOTIMP, opcode, RD and OPT kept");
	ask(&a, "version.bind", TXT, 0);
	a.bytes[a.len - 1] = 3; /* CH */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(n == a.len && rcode_of(out) == NO && (out[2] & 4) == 0,
	    "DNS-9 class CH is REFUSED");
	ask(&a, "7.2.0.192" BL, A, 0);
	a.bytes[a.len - 1] = 255; /* class ANY */
	(void)exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(rcode_of(out) == NO, "DNS-9 class ANY is REFUSED");
	ask(&a, "7.2.0.192" BL, A, 0);
	a.bytes[5] = 0; /* no question */
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(n == 12 && rcode_of(out) == RBLD_FORMERR && out[5] == 0,
	    "DNS-9 FORMERR is a header");
	a.bytes[2] |= 0x80;
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(n == 0, "DNS-9 no reply to a response");
}

/* A long name pushes the SOA over 512 octets: TC, not half an answer. */
static void
test_truncation(struct world *w)
{
	char name[300] = "";
	uint8_t out[RBLD_REPLY_MAX];
	struct asked a;
	size_t n;

	ask(&a, "1.2.0.192" MU, TXT, 0);
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(n <= 512 && (out[2] & 2) == 0 && out[7] == 2,
	    "two texts fit into 512 octets: %zu", n);
	for (int i = 0; i < 23; i++) {
		strcat(name, "aaaaaaaaa.");
	}
	strcat(name, "bl.example.org");
	ask(&a, name, A, 0);
	n = exchange(w, &a, false, 1232, "127.0.0.1", out);
	CHECK(n <= 512 && rcode_of(out) == NX, "the longest names: %zu", n);
}

/* 2308-2, exactly: 900/300 and 60/3600. */
static void
test_negative_ttl(struct world *w)
{
	static const struct {
		const char *name, *qname;
		uint32_t ttl, minimum;
	} rows[] = {
		{ "2308-2 MINIMUM below TTL", "9.9.9.9" BL, 300, 300 },
		{ "2308-2 TTL below MINIMUM", "9.9.9.9" MU, 60, 3600 },
		{ "2308-2 the same for NODATA", "127" MU, 60, 3600 },
	};
	uint8_t out[512];
	struct asked a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ldns_pkt *p = NULL;
		const ldns_rr *soa;

		ask(&a, rows[i].qname, A, 0);
		size_t n = exchange(w, &a, false, 512, "127.0.0.1", out);

		if (ldns_wire2pkt(&p, out, n) != LDNS_STATUS_OK) {
			CHECK(p != NULL, "%s", rows[i].name);
			continue;
		}
		soa = ldns_rr_list_rr(ldns_pkt_authority(p), 0);
		CHECK(ldns_rr_ttl(soa) == rows[i].ttl &&
			ldns_rdf2native_int32(ldns_rr_rdf(soa, 6)) ==
			    rows[i].minimum,
		    "%s: %u", rows[i].name, ldns_rr_ttl(soa));
		ldns_pkt_free(p);
	}
}

static uint32_t
soa_serial(struct world *w)
{
	uint8_t out[512];
	struct asked a;
	size_t n;

	ask(&a, "bl.example.org", SOA, 0);
	n = exchange(w, &a, false, 512, "127.0.0.1", out);
	return n < 60
	    ? 0
	    : (uint32_t)out[n - 20] << 24 | (uint32_t)out[n - 19] << 16 |
		(uint32_t)out[n - 18] << 8 | out[n - 17];
}

static enum rbld_rcode
rcode_for(struct world *w, const char *name)
{
	uint8_t out[512];
	struct asked a;

	ask(&a, name, A, 0);
	(void)exchange(w, &a, false, 512, "127.0.0.1", out);
	return (enum rbld_rcode)rcode_of(out);
}

/* 8020-1: what a change lists is there with the next question. */
static void
test_change(struct world *w)
{
	uint32_t before = soa_serial(w);
	uint64_t serial;

	CHECK(rcode_for(w, "77" BL) == NX, "8020-1 nothing in 77/8 yet");
	serial = world_put(w, "ip", "77.1.2.3", false, 0, "new");
	CHECK(rcode_for(w, "77" BL) == OK && rcode_for(w, "1.77" BL) == OK &&
		rcode_for(w, "2.1.77" BL) == OK &&
		rcode_for(w, "3.2.1.77" BL) == OK,
	    "8020-1 ancestors of a new entry");
	CHECK(soa_serial(w) == (uint32_t)serial && serial > before,
	    "the serial is the store's: %u", soa_serial(w));
	(void)world_put(w, "ip", "77.1.2.3", true, 0, "a hole");
	CHECK(rcode_for(w, "77" BL) == NX && rcode_for(w, "3.2.1.77" BL) == NX,
	    "DNS-2 a hole alone is nothing");
	(void)world_put(
	    w, "ip", "77.1.2.3", false, when_now() - 5, "has expired");
	CHECK(rcode_for(w, "3.2.1.77" BL) == NX, "6471-3 expired: NXDOMAIN");
	(void)world_put(w, "never-used", "77.1.2.4", false, 0, "first");
	CHECK(rcode_for(w, "4.2.1.77" MU) == OK,
	    "a list that was not in the store before");
}

/* No store, an empty one, and a view that cannot be renewed. */
static void
test_no_store(void)
{
	struct err_text why = { "" };
	struct zone_store *store = NULL;
	uint8_t out[512];
	struct world w;
	struct asked a;
	size_t n;

	world_begin(&w);
	if (world_config(&w, NULL, &why) < 0 ||
	    rbld_apex_load(w.config, &w.apex, &why) < 0 ||
	    rbld_look_open(&w.look, w.apex, NULL) < 0) {
		world_fail("no store", why.text);
	}
	CHECK(rcode_for(&w, "7.2.0.192" BL) == RBLD_SERVFAIL, "no store");
	CHECK(rcode_for(&w, "2.0.0.127" BL) == RBLD_SERVFAIL,
	    "no store: a test point would hide it");
	CHECK(rcode_for(&w, "bl.example.org") == RBLD_SERVFAIL, "no store");
	CHECK(rcode_for(&w, "example.com") == NO, "no store: outside");
	ask(&a, "7.2.0.192" BL, A, 1232);
	n = exchange(&w, &a, false, 512, "127.0.0.1", out);
	CHECK(ede_of(out, n) == 14 && (out[2] & 4) == 0 && out[7] == 0 &&
		out[9] == 0,
	    "8914-1 EDE 14; 2308-3 no SOA");
	rbld_look_close(&w.look);

	if (zone_store_open(w.config->data_dir, ZONE_STORE_LISTS, ZONE_CREATE,
		w.config->map_size, &store, &why) < 0 ||
	    rbld_look_open(&w.look, w.apex, store) < 0) {
		world_fail("empty store", why.text);
	}
	w.store = store;
	CHECK(rcode_for(&w, "7.2.0.192" BL) == NX, "empty store");
	CHECK(rcode_for(&w, "2.0.0.127" BL) == OK, "empty store, test point");
	CHECK(rcode_for(&w, "127" BL) == OK, "empty store, above it");
	CHECK(rcode_for(&w, "192" BL) == NX, "empty store");
	CHECK(soa_serial(&w) == 1, "empty store: serial %u", soa_serial(&w));
	world_end(&w);
}

int
main(void)
{
	struct world w;

	world_make(&w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned how = 0; how < 4; how++) {
			test_case(&w, i, (how & 1) != 0, (how & 2) != 0);
		}
	}
	test_access(&w);
	test_edns(&w);
	test_truncation(&w);
	test_negative_ttl(&w);
	test_change(&w);
	world_end(&w);
	test_no_store();
	return failures != 0;
}
