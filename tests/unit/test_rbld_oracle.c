/* test_rbld_oracle.c - ldns builds the same packets.
 *
 * For each case ldns makes a reply to the very question, from records in zone
 * file syntax. The responder's packet must equal it octet for octet. Where
 * the two compress names in different places, which RFC 1035 leaves to the
 * writer, the case says so ("SHORTENED"): then both are read back by ldns and
 * must agree in the header, the question, the OPT and record for record.
 */
#include <arpa/inet.h>

#include "tests/unit/test_rbld_world.h"

#define BL "bl.example.org"
#define MU "multi.example.org"
#define MA "mail.example.net"
#define SHA1 "4b15dd36607cc5fc7bc5a902a4aa2b970012055b"
#define MAPPED "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

enum { A = 1, NS = 2, SOA = 6, MX = 15, TXT = 16, AAAA = 28, ANY = 255 };
#define OK RBLD_NOERROR
#define NX RBLD_NXDOMAIN
#define NO RBLD_REFUSED

enum how { EXACT, SHORTENED };

/* Records: "@" is the question's name, "#" the serial, ";" stands between. */
#define SOA_BL(ttl)                                                       \
	BL ". " ttl " IN SOA ns1.example.org. hostmaster.example.org. # " \
	   "3600 600 604800 300"
#define SOA_MU(ttl)                                   \
	MU ". " ttl " IN SOA ns1.multi.example.org. " \
	   "hostmaster.multi.example.org. # 3600 600 604800 3600"
#define SOA_MA(ttl)                                                       \
	MA ". " ttl " IN SOA ns1.example.org. hostmaster.example.org. # " \
	   "3600 600 604800 300"

static const struct {
	const char *name;
	const char *qname;
	unsigned type;
	enum rbld_rcode rcode;
	int ede;
	const char *answer, *authority;
	enum how how;
} cases[] = {
	{ "listed A", "7.2.0.192." BL, A, OK, -1, "@ 900 IN A 127.0.0.2", "",
	    EXACT },
	{ "listed A, mixed case", "7.2.0.192.bL.ExAmPlE.ORG", A, OK, -1,
	    "@ 900 IN A 127.0.0.2", "", EXACT },
	{ "listed TXT", "7.2.0.192." BL, TXT, OK, -1,
	    "@ 900 IN TXT \"192.0.2.7 listed: sends spam ($1)\"", "", EXACT },
	{ "listed TXT, not ASCII", "7.100.51.198." BL, TXT, OK, -1,
	    "@ 900 IN TXT \"198.51.100.7 listed: ?? ?\\\"\\\\ ($3)\"", "",
	    EXACT },
	{ "listed ANY", "7.2.0.192." BL, ANY, OK, -1, "@ 900 IN A 127.0.0.2",
	    "", EXACT },
	{ "listed AAAA", "7.2.0.192." BL, AAAA, OK, -1, "", SOA_BL("300"),
	    EXACT },
	{ "listed TYPE65280", "7.2.0.192." BL, 65280, OK, -1, "", SOA_BL("300"),
	    EXACT },
	{ "listed, IPv6",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0.2."
	    "" BL,
	    A, OK, -1, "@ 900 IN A 127.0.0.2", "", EXACT },
	{ "listed, IPv6, upper case TXT",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.B.D.0.1.0.0.2."
	    "" BL,
	    TXT, OK, -1, "@ 900 IN TXT \"2001:db8:8::1 listed: one ($6)\"", "",
	    EXACT },
	{ "several lists A", "78.2.0.192." MU, A, OK, -1,
	    "@ 60 IN A 127.0.0.2;@ 60 IN A 127.0.0.3;@ 60 IN A 127.0.0.9", "",
	    EXACT },
	{ "several lists TXT, one text for two", "78.2.0.192." MU, TXT, OK, -1,
	    "@ 60 IN TXT \"see https://example.org/?q=192.0.2.78 sends "
	    "spam\";"
	    "@ 60 IN TXT \"see https://example.org/?q=192.0.2.78 again\"",
	    "", EXACT },
	{ "several lists ANY", "78.2.0.192." MU, ANY, OK, -1,
	    "@ 60 IN A 127.0.0.2;@ 60 IN A 127.0.0.3;@ 60 IN A 127.0.0.9", "",
	    EXACT },
	{ "a digest", SHA1 "." MA, A, OK, -1, "@ 900 IN A 127.0.0.4", "",
	    EXACT },
	{ "a test point", "2.0.0.0.0.0.f.7." MAPPED "." BL, A, OK, -1,
	    "@ 900 IN A 127.0.0.2", "", EXACT },
	{ "NODATA", "0.192." BL, A, OK, -1, "", SOA_BL("300"), EXACT },
	{ "NODATA NS", "0.192." BL, NS, OK, -1, "", SOA_BL("300"), EXACT },
	{ "NODATA, TTL below MINIMUM", "192." MU, A, OK, -1, "", SOA_MU("60"),
	    EXACT },
	{ "NXDOMAIN", "9.9.9.9." BL, A, NX, -1, "", SOA_BL("300"), EXACT },
	{ "NXDOMAIN, a hole", "9.2.0.192." BL, TXT, NX, -1, "", SOA_BL("300"),
	    EXACT },
	{ "NXDOMAIN, zone of digests", "x." MA, A, NX, -1, "", SOA_MA("300"),
	    SHORTENED },
	{ "apex SOA", BL, SOA, OK, -1,
	    "@ 900 IN SOA ns1.example.org. hostmaster.example.org. # 3600 600 "
	    "604800 300",
	    "", EXACT },
	{ "apex SOA, mixed case", "bl.eXample.Org", SOA, OK, -1,
	    "@ 900 IN SOA ns1.example.org. hostmaster.example.org. # 3600 600 "
	    "604800 300",
	    "", EXACT },
	{ "apex SOA, names within", MU, SOA, OK, -1,
	    "@ 60 IN SOA ns1.multi.example.org. hostmaster.multi.example.org. "
	    "# 3600 600 604800 3600",
	    "", EXACT },
	{ "apex NS", BL, NS, OK, -1,
	    "@ 900 IN NS ns1.example.org.;@ 900 IN NS ns2.example.net.", "",
	    EXACT },
	{ "apex NS within", MU, NS, OK, -1, "@ 60 IN NS ns1.multi.example.org.",
	    "", EXACT },
	{ "apex MX", BL, MX, OK, -1, "@ 900 IN MX 10 mail.example.org.", "",
	    SHORTENED },
	{ "apex A", BL, A, OK, -1, "@ 900 IN A 203.0.113.80", "", EXACT },
	{ "apex AAAA: none", BL, AAAA, OK, -1, "", SOA_BL("300"), EXACT },
	{ "a name server's A", "ns1." MU, A, OK, -1, "@ 60 IN A 203.0.113.53",
	    "", EXACT },
	{ "a name server's AAAA", "NS1." MU, AAAA, OK, -1,
	    "@ 60 IN AAAA 2001:db8::53", "", EXACT },
	{ "a name server's MX", "ns1." MU, MX, OK, -1, "", SOA_MU("60"),
	    SHORTENED },
	{ "outside", "www.example.com", A, NO, 20, "", "", EXACT },
	{ "the root", "", NS, NO, 20, "", "", EXACT },
	{ "not this client", "7.2.0.192.closed.example.net", A, NO, 18, "", "",
	    EXACT },
};

static struct world world;
static unsigned n_exact, n_shortened;

/* ---- what ldns makes --------------------------------------------------- */

static void
push(ldns_pkt *p, ldns_pkt_section section, const char *text, const char *qname)
{
	char line[1024] = "", serial[16];
	ldns_rr *rr = NULL;
	size_t n = 0;

	snprintf(serial, sizeof(serial), "%u", world.look.serial);
	for (const char *c = text; *c != '\0' && n + 300 < sizeof(line); c++) {
		if (*c == '@' && c == text) {
			n += (size_t)sprintf(line + n, "%s.", qname);
		} else if (*c == '#') {
			n += (size_t)sprintf(line + n, "%s", serial);
		} else {
			line[n++] = *c;
			line[n] = '\0';
		}
	}
	CHECK(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) == LDNS_STATUS_OK,
	    "%s", line);
	if (rr != NULL) {
		ldns_pkt_push_rr(p, section, rr);
	}
}

static void
push_all(
    ldns_pkt *p, ldns_pkt_section section, const char *text, const char *qname)
{
	char *copy = strdup(text), *save = NULL;

	for (char *t = strtok_r(copy, ";", &save); t != NULL;
	     t = strtok_r(NULL, ";", &save)) {
		push(p, section, t, qname);
	}
	free(copy);
}

/* A reply to the question in A, without records. */
static ldns_pkt *
reply_to(const struct asked *a, enum rbld_rcode rcode, bool aa, int ede)
{
	ldns_pkt *q = NULL, *p;
	ldns_rr_list *question;

	if (ldns_wire2pkt(&q, a->bytes, a->len) != LDNS_STATUS_OK) {
		world_fail("ldns", "cannot read the question");
	}
	p = ldns_pkt_new();
	question = ldns_rr_list_clone(ldns_pkt_question(q));
	ldns_pkt_set_id(p, ldns_pkt_id(q));
	ldns_pkt_set_qr(p, true);
	ldns_pkt_set_aa(p, aa);
	ldns_pkt_set_rd(p, ldns_pkt_rd(q));
	ldns_pkt_set_opcode(p, ldns_pkt_get_opcode(q));
	ldns_pkt_set_rcode(p, (uint8_t)(rcode & 15));
	ldns_pkt_push_rr_list(p, LDNS_SECTION_QUESTION, question);
	ldns_rr_list_free(question); /* its records are the packet's now */
	if (ldns_pkt_edns(q)) {
		ldns_pkt_set_edns_udp_size(p, 1232);
		ldns_pkt_set_edns_do(p, ldns_pkt_edns_do(q));
		ldns_pkt_set_edns_extended_rcode(p, (uint8_t)(rcode >> 4));
		if (ede >= 0) {
			uint8_t option[6] = { 0, 15, 0, 2, 0, (uint8_t)ede };

			ldns_pkt_set_edns_data(p,
			    ldns_rdf_new_frm_data(
				LDNS_RDF_TYPE_UNKNOWN, sizeof(option), option));
		}
	}
	ldns_pkt_free(q);
	return p;
}

/* ---- comparing --------------------------------------------------------- */

static char *
section_text(const ldns_rr_list *list)
{
	ldns_rr_list *copy = ldns_rr_list_clone(list);
	char *text;

	ldns_rr_list_sort(copy);
	text = ldns_rr_list2str(copy);
	ldns_rr_list_deep_free(copy);
	return text;
}

static void
check_section(const char *name, const char *what, const ldns_rr_list *ours,
    const ldns_rr_list *theirs)
{
	char *a = section_text(ours), *b = section_text(theirs);

	CHECK(
	    strcmp(a, b) == 0, "%s: %s: \"%s\", ldns \"%s\"", name, what, a, b);
	free(a);
	free(b);
}

static bool
same_options(const ldns_pkt *a, const ldns_pkt *b)
{
	const ldns_rdf *x = ldns_pkt_edns_data(a), *y = ldns_pkt_edns_data(b);

	return x == NULL || y == NULL ? x == y : ldns_rdf_compare(x, y) == 0;
}

/* Header, question, OPT, and records: what is left when names are read. */
static void
check_parsed(const char *name, const uint8_t *out, size_t n,
    const uint8_t *wire, size_t size)
{
	ldns_pkt *ours = NULL, *theirs = NULL;

	if (ldns_wire2pkt(&ours, out, n) != LDNS_STATUS_OK ||
	    ldns_wire2pkt(&theirs, wire, size) != LDNS_STATUS_OK) {
		CHECK(ours != NULL && theirs != NULL, "%s: unreadable", name);
		return;
	}
	CHECK(n >= 12 && size >= 12 && memcmp(out, wire, 12) == 0,
	    "%s: the header", name);
	check_section(name, "question", ldns_pkt_question(ours),
	    ldns_pkt_question(theirs));
	check_section(
	    name, "answer", ldns_pkt_answer(ours), ldns_pkt_answer(theirs));
	check_section(name, "authority", ldns_pkt_authority(ours),
	    ldns_pkt_authority(theirs));
	check_section(name, "additional", ldns_pkt_additional(ours),
	    ldns_pkt_additional(theirs));
	CHECK(ldns_pkt_edns(ours) == ldns_pkt_edns(theirs) &&
		ldns_pkt_edns_udp_size(ours) ==
		    ldns_pkt_edns_udp_size(theirs) &&
		ldns_pkt_edns_do(ours) == ldns_pkt_edns_do(theirs) &&
		ldns_pkt_edns_version(ours) == ldns_pkt_edns_version(theirs) &&
		ldns_pkt_edns_extended_rcode(ours) ==
		    ldns_pkt_edns_extended_rcode(theirs) &&
		same_options(ours, theirs),
	    "%s: the OPT", name);
	ldns_pkt_free(ours);
	ldns_pkt_free(theirs);
}

static void
show(const char *who, const uint8_t *data, size_t n)
{
	fprintf(stderr, "  %s:", who);
	for (size_t i = 0; i < n; i++) {
		fprintf(stderr, "%s%02x", i % 16 == 0 ? "\n   " : " ", data[i]);
	}
	fputc('\n', stderr);
}

static void
check_packet(const char *name, enum how how, const ldns_pkt *theirs,
    const uint8_t *out, size_t n)
{
	uint8_t *wire = NULL;
	size_t size = 0;

	if (ldns_pkt2wire(&wire, theirs, &size) != LDNS_STATUS_OK) {
		CHECK(wire != NULL, "%s: ldns cannot write it", name);
		return;
	}
	check_parsed(name, out, n, wire, size);
	if (n == size && memcmp(out, wire, n) == 0) {
		n_exact++;
	} else if (how == SHORTENED) {
		/* not by much, and never longer than names in full */
		CHECK(
		    n <= size + 40, "%s: %zu octets, ldns %zu", name, n, size);
		n_shortened++;
	} else {
		CHECK(memcmp(out, wire, n) == 0, "%s: octets", name);
		if (failures < 8) {
			show("ours", out, n);
			show("ldns", wire, size);
		}
	}
	LDNS_FREE(wire);
}

static size_t
exchange(const struct asked *a, bool tcp, size_t limit, uint8_t *out)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rbld_from from = { .peer = (void *)&sa,
		.tcp = tcp,
		.limit = tcp ? RBLD_REPLY_MAX : limit };
	size_t n;

	rbld_look_renew(&world.look);
	n = rbld_handle(
	    &world.look, &world.stats, &from, a->bytes, a->len, out);
	rbld_look_rest(&world.look);
	return n;
}

/* ---- cases ------------------------------------------------------------- */

/* EDNS 0 none, 1 plain, 2 with DO. */
static void
test_case(size_t i, bool tcp, unsigned edns)
{
	static uint8_t out[RBLD_REPLY_MAX];
	ldns_pkt *p;
	struct asked a;
	size_t n;

	ask(&a, cases[i].qname, cases[i].type, edns > 0 ? 1232 : 0);
	if (edns == 2) {
		a.bytes[a.len - 4] = 0x80;
	}
	n = exchange(&a, tcp, 1232, out);
	p = reply_to(&a, cases[i].rcode, cases[i].rcode != NO,
	    edns > 0 ? cases[i].ede : -1);
	push_all(p, LDNS_SECTION_ANSWER, cases[i].answer, cases[i].qname);
	push_all(p, LDNS_SECTION_AUTHORITY, cases[i].authority, "");
	check_packet(cases[i].name, cases[i].how, p, out, n);
	ldns_pkt_free(p);
}

/* Replies that are not answers, and questions that are odd. */
static void
test_errors(void)
{
	static const struct {
		const char *name;
		unsigned opcode, class, version;
		enum rbld_rcode rcode;
		int ede;
	} rows[] = {
		{ "UPDATE", 5, 1, 0, RBLD_NOTIMP, 21 },
		{ "STATUS", 2, 1, 0, RBLD_NOTIMP, 21 },
		{ "NOTIFY", 4, 1, 0, RBLD_NOTAUTH, -1 },
		{ "BADVERS", 0, 1, 1, RBLD_BADVERS, -1 },
		{ "BADVERS 255", 0, 1, 255, RBLD_BADVERS, -1 },
	};
	uint8_t out[1232];
	struct asked a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned edns = rows[i].version > 0; edns < 2; edns++) {
			ldns_pkt *p;
			size_t n;

			ask(&a, "7.2.0.192." BL, A, edns ? 1232 : 0);
			p = reply_to(
			    &a, rows[i].rcode, false, edns ? rows[i].ede : -1);
			ldns_pkt_set_opcode(p, (ldns_pkt_opcode)rows[i].opcode);
			a.bytes[2] |= (uint8_t)(rows[i].opcode << 3);
			if (edns) {
				a.bytes[a.len - 5] = (uint8_t)rows[i].version;
			}
			n = exchange(&a, false, 1232, out);
			check_packet(rows[i].name, EXACT, p, out, n);
			ldns_pkt_free(p);
		}
	}
}

/* FORMERR is a header, and an OPT when one was read. */
static void
test_formerr(void)
{
	uint8_t out[1232];

	for (unsigned edns = 0; edns < 2; edns++) {
		struct asked a;
		ldns_pkt *p;
		size_t n;

		ask(&a, "7.2.0.192." BL, A, edns ? 1232 : 0);
		p = reply_to(&a, RBLD_FORMERR, false, -1);
		while (ldns_rr_list_rr_count(ldns_pkt_question(p)) > 0) {
			ldns_rr_free(ldns_rr_list_pop_rr(ldns_pkt_question(p)));
		}
		ldns_pkt_set_section_count(p, LDNS_SECTION_QUESTION, 0);
		a.bytes[5] = 2; /* a second question */
		if (edns) {     /* put where the OPT was, and behind it */
			static const uint8_t more[] = { 0, 0, 1, 0, 1 };

			memmove(
			    a.bytes + a.len - 11 + 5, a.bytes + a.len - 11, 11);
			memcpy(a.bytes + a.len - 11, more, 5);
		} else {
			memcpy(
			    a.bytes + a.len, (uint8_t[]){ 0, 0, 1, 0, 1 }, 5);
		}
		a.len += 5;
		n = exchange(&a, false, 1232, out);
		check_packet("FORMERR", EXACT, p, out, n);
		ldns_pkt_free(p);
	}
}

/* TC: the header and the question, no record. */
static void
test_truncated(void)
{
	static const char *const lists[] = { "ip", "more", "same",
		"never-used" };
	uint8_t out[1232];
	char reason[256];

	for (size_t i = 0; i < COUNT(lists); i++) {
		memset(reason, 'a' + (int)i, 200);
		reason[200] = '\0';
		(void)world_put(
		    &world, lists[i], "192.0.2.77", false, 0, reason);
	}
	for (unsigned edns = 0; edns < 3; edns++) {
		struct asked a;
		ldns_pkt *p;
		size_t n;

		ask(&a, "77.2.0.192." MU, TXT, edns == 0 ? 0 : 700);
		if (edns == 2) {
			a.bytes[a.len - 4] = 0x80;
		}
		n = exchange(&a, false, 1232, out);
		p = reply_to(&a, OK, true, -1);
		ldns_pkt_set_tc(p, true);
		check_packet("TC", EXACT, p, out, n);
		ldns_pkt_free(p);
	}
}

/* SERVFAIL with EDE 14: no store. */
static void
test_servfail(void)
{
	uint8_t out[1232];

	rbld_look_close(&world.look);
	if (rbld_look_open(&world.look, world.apex, NULL) < 0) {
		world_fail("look", "cannot be opened");
	}
	for (unsigned edns = 0; edns < 2; edns++) {
		struct asked a;
		ldns_pkt *p;
		size_t n;

		ask(&a, "7.2.0.192." BL, A, edns ? 1232 : 0);
		n = exchange(&a, false, 1232, out);
		p = reply_to(&a, RBLD_SERVFAIL, false, edns ? 14 : -1);
		check_packet("SERVFAIL", EXACT, p, out, n);
		ldns_pkt_free(p);
	}
}

int
main(void)
{
	world_make(&world);
	(void)world_put(&world, "more", "192.0.2.78", false, 0, "again");
	(void)world_put(&world, "same", "192.0.2.78", false, 0, "again");
	(void)world_put(&world, "never-used", "192.0.2.78", false, 0, "again");
	rbld_look_renew(&world.look); /* for the serial */
	rbld_look_rest(&world.look);
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned how = 0; how < 6; how++) {
			test_case(i, how % 2 == 1, how / 2);
		}
	}
	test_errors();
	test_formerr();
	test_truncated();
	test_servfail();
	printf("%u packets equal ldns's octet for octet, %u record for record "
	       "(names shortened elsewhere)\n",
	    n_exact, n_shortened);
	world_end(&world);
	return failures != 0;
}
