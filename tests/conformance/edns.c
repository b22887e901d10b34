/* edns.c - RFC 6891 and RFC 5001. */
#include "tests/conformance/conform.h"

#include <stdio.h>
#include <unistd.h>

static void
opt_for_opt(struct cf *t)
{
	static const struct {
		const char *name;
		unsigned type, opcode, rcode;
	} rows[] = {
		{ "7.2.0.192.bl.test", CF_A, 0, 0 },
		{ "7.3.0.192.bl.test", CF_A, 0, RBLD_NXDOMAIN },
		{ "192.bl.test", CF_TXT, 0, 0 }, { "bl.test", CF_SOA, 0, 0 },
		{ "example.com", CF_A, 0, RBLD_REFUSED },
		{ "7.2.0.192.closed.test", CF_A, 0, RBLD_REFUSED },
		{ "bl.test", RBLD_T_AXFR, 0, RBLD_REFUSED },
		{ "bl.test", CF_SOA, 5, RBLD_NOTIMP },
		{ "bl.test", CF_SOA, 4, RBLD_NOTAUTH },
		{ "1.2.0.192.long.test", CF_TXT, 0, 0 }, /* TC by UDP */
	};
	static const struct cf_manner away = { .no_store = true };
	const struct cf_reply *r;
	struct cf_query q;

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		for (unsigned edns = 0; edns < 2; edns++) {
			cf_query(
			    &q, rows[i].name, rows[i].type, edns ? 1232 : 0);
			q.bytes[2] = (uint8_t)(rows[i].opcode << 3);
			r = cf_send(t, &q);
			EXPECT(t,
			    r->rcode == rows[i].rcode && r->additional == edns,
			    "%s type %u opcode %u: rcode %u, OPT %u",
			    rows[i].name, rows[i].type, rows[i].opcode,
			    r->rcode, r->additional);
		}
	}
	for (unsigned edns = 0; edns < 2; edns++) { /* FORMERR */
		cf_query(&q, "bl.test", CF_SOA, edns ? 1232 : 0);
		q.bytes[7] = 1; /* an answer that is not there */
		r = cf_send(t, &q);
		EXPECT(t, r->rcode == RBLD_FORMERR, "FORMERR: %u", r->rcode);
	}
	cf_query(&q, "bl.test", CF_SOA, 1232);
	memcpy(q.bytes + q.len, q.bytes + q.opt, 11); /* two */
	q.len += 11;
	q.bytes[11] = 2;
	r = cf_send(t, &q);
	EXPECT(t, r->rcode == RBLD_FORMERR && r->additional == 1,
	    "FORMERR has one");
	cf_serve(&away);
	r = cf_ask_edns(t, "7.2.0.192.bl.test", CF_A, 1232);
	EXPECT(t, r->rcode == RBLD_SERVFAIL && r->additional == 1, "SERVFAIL");
	r = cf_ask(t, "7.2.0.192.bl.test", CF_A);
	EXPECT(t, r->rcode == RBLD_SERVFAIL && r->additional == 0, "SERVFAIL");
	cf_serve(NULL);
}

static void
bad_versions(struct cf *t)
{
	static const unsigned versions[] = { 1, 2, 100, 255 };

	for (size_t i = 0; i < CF_COUNT(versions); i++) {
		const struct cf_reply *r;
		struct cf_query q;

		cf_query(&q, "7.2.0.192.bl.test", CF_A, 1232);
		q.bytes[q.opt + 6] = (uint8_t)versions[i];
		r = cf_send(t, &q);
		EXPECT(t,
		    r->rcode == RBLD_BADVERS && (r->bytes[3] & 15) == 0 &&
			r->answers == 0 && r->authority == 0 && r->pkt != NULL,
		    "version %u: rcode %u, %u answers", versions[i], r->rcode,
		    r->answers);
		EXPECT(t, r->pkt != NULL && ldns_pkt_edns_version(r->pkt) == 0,
		    "ours is 0");
	}
}

static void
two_opts(struct cf *t)
{
	const struct cf_reply *r;
	struct cf_query q;

	for (unsigned version = 0; version < 2; version++) {
		cf_query(&q, "7.2.0.192.bl.test", CF_A, 1232);
		memcpy(q.bytes + q.len, q.bytes + q.opt, 11);
		q.bytes[q.len + 6] = (uint8_t)version;
		q.len += 11;
		q.bytes[11] = 2;
		r = cf_send(t, &q);
		EXPECT(t, r->rcode == RBLD_FORMERR && r->answers == 0,
		    "two OPT: rcode %u", r->rcode);
	}
}

/* Replies of TXT get longer with the question's name; at each payload either
 * all fits or TC. */
static void
payloads(struct cf *t)
{
	static const struct {
		unsigned payload;
		size_t most;
	} rows[] = {
		{ 1, 512 },
		{ 100, 512 },
		{ 511, 512 },
		{ 512, 512 },
		{ 513, 513 },
		{ 700, 700 },
		{ 1231, 1231 },
		{ 1232, 1232 },
		{ 1233, 1232 },
		{ 4096, 1232 },
		{ 65535, 1232 },
	};
	const struct cf_reply *r;

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		r = cf_ask_edns(
		    t, "1.2.0.192.long.test", CF_TXT, rows[i].payload);
		EXPECT(t, t->tcp || (r->len <= rows[i].most && r->tc),
		    "payload %u: %zu octets", rows[i].payload, r->len);
		EXPECT(t, !t->tcp || (!r->tc && r->answers == 8),
		    "payload %u means nothing by TCP", rows[i].payload);
		r = cf_ask_edns(
		    t, "7.2.0.192.bl.test", CF_TXT, rows[i].payload);
		EXPECT(t, !r->tc && r->answers == 1,
		    "payload %u is enough for one", rows[i].payload);
	}
	EXPECT(t, r->pkt != NULL && ldns_pkt_edns_udp_size(r->pkt) == 1232,
	    "ours is 1232");
}

static void
options(struct cf *t)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		bool ok;
	} rows[] = {
		{ "unknown", "\xfd\xe9\0\3abc", 7, true },
		{ "unknown, empty", "\xff\xff\0\0", 4, true },
		{ "client subnet", "\0\x8\0\7\0\1\x18\0\xc0\0\2", 11, true },
		{ "padding", "\0\xc\0\4\0\0\0\0", 8, true },
		{ "two", "\0\xc\0\0\0\xd\0\1x", 9, true },
		{ "longer than the OPT", "\0\xc\0\5abcd", 8, false },
		{ "half a length", "\0\xc\0", 3, false },
		{ "half a code", "\0", 1, false },
		{ "65535 octets", "\0\xc\xff\xff", 4, false },
	};
	const struct cf_reply *r;
	struct cf_query q;

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		cf_query(&q, "7.2.0.192.bl.test", CF_A, 1232);
		memcpy(q.bytes + q.len, rows[i].bytes, rows[i].len);
		q.len += rows[i].len;
		q.bytes[q.opt + 10] = (uint8_t)rows[i].len;
		r = cf_send(t, &q);
		EXPECT(t,
		    r->rcode == (rows[i].ok ? 0 : RBLD_FORMERR) &&
			r->answers == rows[i].ok && r->additional == 1,
		    "%s: rcode %u, OPT %u", rows[i].what, r->rcode,
		    r->additional);
		EXPECT(t, r->pkt == NULL || ldns_pkt_edns_data(r->pkt) == NULL,
		    "%s: none comes back", rows[i].what);
	}
	for (unsigned z = 0; z < 16; z++) {
		bool dnssec_ok = (z & 8) != 0;

		cf_query(&q, "7.2.0.192.bl.test", CF_A, 1232);
		q.bytes[q.opt + 7] = (uint8_t)(z << 4);
		q.bytes[q.opt + 8] = (uint8_t)(z * 17);
		r = cf_send(t, &q);
		EXPECT(t,
		    r->rcode == 0 && r->answers == 1 && r->len > 11 &&
			r->bytes[r->len - 4] == (dnssec_ok ? 0x80 : 0) &&
			r->bytes[r->len - 3] == 0,
		    "DO %d is copied, Z is clear", dnssec_ok);
	}
}

/* An A record, an OPT, a TSIG: as additional records in any order. The TSIG is
 * by a key that nobody has, so its question is read and answered NOTAUTH. */
static void
places(struct cf *t)
{
	static const char a[] = "\1x\0\0\1\0\1\0\0\0\0\0\4abcd";
	static const char tsig[] =
	    "\1k\0\0\xfa\0\xff\0\0\0\0\0\x1d\x0bhmac-sha256\0"
	    "\0\0\0\0\0\0\1\x2c\0\0\0\0\0\0\0\0";
	static const char opt[] = "\0\0\x29\4\xd0\0\0\0\0\0\0";
	static const struct {
		const char *order;
		bool ok;
	} rows[] = {
		{ "o", true },
		{ "ao", true },
		{ "oa", true },
		{ "aoa", true },
		{ "ot", true },
		{ "oat", true },
		{ "at", true },
		{ "to", false },
		{ "ota", false },
		{ "tt", false },
	};

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		const struct cf_reply *r;
		struct cf_query q;
		bool edns = strchr(rows[i].order, 'o') != NULL;
		bool tsigs = strchr(rows[i].order, 't') != NULL;
		unsigned want = !rows[i].ok ? RBLD_FORMERR
		    : tsigs		    ? RBLD_NOTAUTH
					    : RBLD_NOERROR;

		cf_query(&q, "7.2.0.192.bl.test", CF_A, 0);
		for (const char *p = rows[i].order; *p != '\0'; p++) {
			const char *from = *p == 'a' ? a
			    : *p == 't'              ? tsig
						     : opt;
			size_t len = *p == 'a' ? sizeof(a) - 1
			    : *p == 't'        ? sizeof(tsig) - 1
					       : sizeof(opt) - 1;

			memcpy(q.bytes + q.len, from, len);
			q.len += len;
			q.bytes[11]++;
		}
		r = cf_send(t, &q);
		EXPECT(t,
		    r->rcode == want &&
			(want != RBLD_NOERROR || r->answers == 1),
		    "order %s: rcode %u", rows[i].order, r->rcode);
		EXPECT(t,
		    !rows[i].ok ||
			r->additional == (unsigned)edns + (unsigned)tsigs,
		    "order %s: OPT %u", rows[i].order, r->additional);
	}
}

static void
server_name(struct cf *t)
{
	const struct cf_reply *r;
	const uint8_t *p;
	struct cf_query q;
	size_t len;

	cf_query(&q, "7.2.0.192.bl.test", CF_A, 1232);
	cf_option(&q, RBLD_O_NSID, "", 0);
	r = cf_send(t, &q);
	p = cf_option_of(r, RBLD_O_NSID, &len);
	EXPECT(t, p != NULL && len == 6 && memcmp(p, "gr-ath", 6) == 0, "NSID");
	cf_query(&q, "7.3.0.192.bl.test", CF_A, 1232);
	cf_option(&q, RBLD_O_NSID, "whatever", 8);
	r = cf_send(t, &q);
	p = cf_option_of(r, RBLD_O_NSID, &len);
	EXPECT(t,
	    r->rcode == RBLD_NXDOMAIN && p != NULL && len == 6 &&
		memcmp(p, "gr-ath", 6) == 0,
	    "its payload is ignored");
	r = cf_ask_edns(t, "7.2.0.192.bl.test", CF_A, 1232);
	EXPECT(t, cf_option_of(r, RBLD_O_NSID, &len) == NULL, "never unasked");
	r = cf_ask(t, "7.2.0.192.bl.test", CF_A);
	EXPECT(t, r->additional == 0, "nor without an OPT");
}

const struct cf_case cf_edns[] = {
	{ "6891-1", "an OPT gets an OPT in every reply, none gets none",
	    CF_BOTH, opt_for_opt },
	{ "6891-2", "a version above 0 is BADVERS, ours is 0", CF_BOTH,
	    bad_versions },
	{ "6891-3", "two OPT are FORMERR", CF_BOTH, two_opts },
	{ "6891-4", "the payload is 512 at least and bounds the reply", CF_BOTH,
	    payloads },
	{ "6891-5",
	    "unknown options and Z are ignored, DO copied, malformed "
	    "options FORMERR with OPT",
	    CF_BOTH, options },
	{ "6891-6", "OPT anywhere among the additional, TSIG last", CF_BOTH,
	    places },
	{ "5001-1", "NSID to who asks, and to nobody else", CF_BOTH,
	    server_name },
	{ NULL, NULL, 0, NULL },
};
