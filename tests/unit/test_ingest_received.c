/* test_ingest_received.c - Received: lines in the words of many servers. */
#include <stdlib.h>
#include <string.h>

#include "ingest/received.h"
#include "tests/unit/check.h"

static const struct {
	const char *name, *line;
	const char *ip, *helo, *rdns, *by; /* ip NULL: no hop */
} hops[] = {
	{ "Postfix",
	    "from mail.a.example (host9.a.example [203.0.114.9])\n"
	    "\t(using TLSv1.3 with cipher X (256/256 bits) [198.52.100.1])\n"
	    "\tby mx.b.example (Postfix) with ESMTPS id 4F1\n"
	    "\tfor <u@b.example>; Thu, 19 Nov 2026 10:00:00 +0200",
	    "203.0.114.9", "mail.a.example", "host9.a.example",
	    "mx.b.example" },
	{ "Postfix, no name",
	    "from mail.a.example (unknown [203.0.114.9]) by mx.b.example "
	    "(Postfix) with ESMTP id 1; x",
	    "203.0.114.9", "mail.a.example", "", "mx.b.example" },
	{ "Postfix, IPv6",
	    "from a (a.example [IPv6:2a0d:9999::25]) by mx.b.example "
	    "(Postfix) with ESMTP id 1; x",
	    "2a0d:9999::25", "a", "a.example", "mx.b.example" },
	{ "Postfix, an address as HELO",
	    "from [192.168.1.4] (line.isp.example [203.0.114.9]) (Authenticated"
	    " sender: u@b.example) by mx.b.example (Postfix) with ESMTPSA id "
	    "1; x",
	    "203.0.114.9", "192.168.1.4", "line.isp.example", "mx.b.example" },
	{ "Sendmail",
	    "from a.example (IDENT:joe@line9.isp.example [203.0.114.9] (may be "
	    "forged)) by mx.b.example (8.15.2/8.15.2) with ESMTP id x; y",
	    "203.0.114.9", "a.example", "line9.isp.example", "mx.b.example" },
	{ "Exim 4",
	    "from host9.a.example ([203.0.114.9]:52313 helo=desk) by "
	    "mx.b.example with esmtps (TLS1.3) (Exim 4.96) id x; y",
	    "203.0.114.9", "desk", "host9.a.example", "mx.b.example" },
	{ "Exim 4, no name",
	    "from [203.0.114.9] (helo=[198.52.100.1]) by mx.b.example with "
	    "esmtp (Exim 4.96) id x; y",
	    "203.0.114.9", "198.52.100.1", "", "mx.b.example" },
	{ "qmail",
	    "from host9.a.example (HELO desk) (joe@203.0.114.9)\n"
	    "  by mx.b.example with SMTP; 1 Nov 2026 00:00:00 -0000",
	    "203.0.114.9", "desk", "host9.a.example", "mx.b.example" },
	{ "qmail, HELO is an address",
	    "from unknown (HELO ?198.52.100.1?) (203.0.114.9) by mx.b.example "
	    "with SMTP; x",
	    "203.0.114.9", "?198.52.100.1?", "", "mx.b.example" },
	{ "Exchange",
	    "from mail.google.com (203.0.114.9) by MX1.b.example (10.0.0.4) "
	    "with Microsoft SMTP Server id 15.1.1; x",
	    "203.0.114.9", "mail.google.com", "", "MX1.b.example" },
	{ "SMTPSVC",
	    "from desk ([203.0.114.9] RDNS failed) by b.example with Microsoft "
	    "SMTPSVC(6.0.3790.0); x",
	    "203.0.114.9", "desk", "", "b.example" },
	{ "Google",
	    "from a.example (a.example. [203.0.114.9]) by mx.google.com with "
	    "ESMTPS id 1 for <u@b.example> (version=TLS1_3); x",
	    "203.0.114.9", "a.example", "a.example", "mx.google.com" },
	{ "Yahoo",
	    "from 203.0.114.9 (EHLO a.example) (203.0.114.9) by "
	    "mta1.mail.yahoo.com with SMTP; x",
	    "203.0.114.9", "a.example", "", "mta1.mail.yahoo.com" },
	{ "Courier",
	    "from a.example (softdnserr [::ffff:203.0.114.9]) by mx.b.example "
	    "with esmtp; x",
	    "203.0.114.9", "a.example", "", "mx.b.example" },
	{ "Domino",
	    "from a.example ([203.0.114.9]) by mx.b.example (Lotus Domino "
	    "Release 8.5) with ESMTP id 1; x",
	    "203.0.114.9", "a.example", "", "mx.b.example" },
	{ "ecelerity",
	    "from ([203.0.114.9:53798] helo=a.example) by mx.b.example "
	    "(ecelerity 2.1) with ESMTP id 1; x",
	    "203.0.114.9", "a.example", "", "mx.b.example" },
	{ "Zimbra LMTP",
	    "from a.example (LHLO b.example) (10.1.2.3) by c.example with "
	    "LMTP; x",
	    "10.1.2.3", "b.example", "a.example", "c.example" },
	{ "CommuniGate",
	    "from [203.0.114.9] (account u@a.example HELO desk) by "
	    "mx.b.example (CommuniGate Pro SMTP 5.1) with ESMTPSA id 1; x",
	    "203.0.114.9", "desk", "", "mx.b.example" },
	{ "SquirrelMail",
	    "from 203.0.114.9 (SquirrelMail authenticated user u); by "
	    "web.b.example with HTTP; x",
	    "203.0.114.9", "203.0.114.9", "", "web.b.example" },
	{ "XMail",
	    "from a.example (203.0.114.9:23198) by mx.b.example with [XMail "
	    "1.20 ESMTP Server] id <S1> for <u@b.example> from <s@a.example>; "
	    "x",
	    "203.0.114.9", "a.example", "", "mx.b.example" },
	{ "NAVGW",
	    "(from desk [203.0.114.9]) by mx.b.example (NAVGW 2.5) with SMTP "
	    "id 1; x",
	    "203.0.114.9", "desk", "", "mx.b.example" },
	{ "no blank before by",
	    "from a (localhost [127.0.0.1])by b.example (Postfix) with ESMTP "
	    "id 1; x",
	    "127.0.0.1", "a", "localhost", "b.example" },
	{ "zone id",
	    "from a ([fe80::1%4]) by b.example ([fe80::2%4]) with mapi id 1; x",
	    "fe80::1", "a", "", "b.example" },
	{ "local with a client",
	    "from [203.0.114.9] by b.example with local; x", "203.0.114.9",
	    "203.0.114.9", "", "b.example" },
	/* no hop */
	{ "empty", "", NULL, NULL, NULL, NULL },
	{ "blanks", " \t\n ", NULL, NULL, NULL, NULL },
	{ "no from", "by mx.b.example (Postfix, from userid 33) id 1; x", NULL,
	    NULL, NULL, NULL },
	{ "qmail's own", "(qmail 87263 invoked by uid 404); x", NULL, NULL,
	    NULL, NULL },
	{ "by IPv6 without from", "by 2002:a05:7300:8a8c:: with SMTP id d12; x",
	    NULL, NULL, NULL, NULL },
	{ "names only", "from a.example by b.example with ESMTP id 1; x", NULL,
	    NULL, NULL, NULL },
	{ "qmail-scanner",
	    "from 203.0.114.9 by b.example (uid 502) with qmail-scanner-1.24 "
	    "(clear); x",
	    NULL, NULL, NULL, NULL },
	{ "Exim's own",
	    "from [203.0.114.9] by b.example with local (Exim 4.96) id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "Yahoo inside",
	    "from 203.0.114.9 by a1.yahoo.com pod-id NONE with HTTPS; x", NULL,
	    NULL, NULL, NULL },
	{ "unverified",
	    "from 203.0.114.9 (unverified) by b.example (X SMTPRS 4.2) with "
	    "ESMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "too short to be true", "from 203.0.114.9 by mx.b.example; x", NULL,
	    NULL, NULL, NULL },
	{ "address only in HELO",
	    "from [203.0.114.9.7.7] (HELO 203.0.114.9) by b.example with SMTP; "
	    "x",
	    NULL, NULL, NULL, NULL },
	{ "address only in the by-clause",
	    "from a.example by b.example ([203.0.114.9]) with SMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "octal", "from a (a [010.0.114.9]) by b.example with SMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "hex", "from a (a [0xcb.0.114.9]) by b.example with SMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "short", "from a (a [203.114]) by b.example with SMTP id 1; x", NULL,
	    NULL, NULL, NULL },
	{ "256", "from a (a [203.0.114.256]) by b.example with SMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "five octets",
	    "from a (a [203.0.114.9.1]) by b.example with SMTP id 1; x", NULL,
	    NULL, NULL, NULL },
	{ "minus", "from a (a [-203.0.114.9]) by b.example with SMTP id 1; x",
	    NULL, NULL, NULL, NULL },
	{ "unclosed", "from (((((( [203.0.114", NULL, NULL, NULL, NULL },
};

static bool
same(struct span s, const char *text)
{
	return s.len == strlen(text) &&
	    (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

static void
check_hops(void)
{
	for (size_t i = 0; i < COUNT(hops); i++) {
		struct arena arena = { 0 };
		struct ingest_hop h;
		char ip[NET_IP_TEXT] = "";
		int r =
		    ingest_received_parse(span_str(hops[i].line), &arena, &h);

		CHECK(r == 0, "%s: %d", hops[i].name, r);
		if (r < 0) {
			continue;
		}
		CHECK((h.sort == INGEST_HOP_RELAY) == (hops[i].ip != NULL),
		    "%s: sort %d", hops[i].name, h.sort);
		if (h.sort == INGEST_HOP_RELAY && hops[i].ip != NULL) {
			net_ip_format(ip, &h.ip);
			CHECK(strcmp(ip, hops[i].ip) == 0, "%s: %s",
			    hops[i].name, ip);
			CHECK(same(h.helo, hops[i].helo), "%s: helo %.*s",
			    hops[i].name, (int)h.helo.len, h.helo.at);
			CHECK(same(h.rdns, hops[i].rdns), "%s: rdns %.*s",
			    hops[i].name, (int)h.rdns.len, h.rdns.at);
			CHECK(same(h.by, hops[i].by), "%s: by %.*s",
			    hops[i].name, (int)h.by.len, h.by.at);
		}
		arena_free(&arena);
	}
}

static void
check_rest(void)
{
	struct arena arena = { 0 };
	struct ingest_hop h;

	CHECK(ingest_received_parse(
		  span_str("from pop.b.example [203.0.114.9] by localhost with "
			   "POP3 (fetchmail-6.4) for <u@localhost>; x"),
		  &arena, &h) == 0 &&
		h.sort == INGEST_HOP_FETCH,
	    "POP3 is a fetch");
	CHECK(ingest_received_parse(
		  span_str("from pop.b.example [203.0.114.9] by localhost with "
			   "IMAP (getmail); x"),
		  &arena, &h) == 0 &&
		h.sort == INGEST_HOP_FETCH,
	    "IMAP is a fetch");
	CHECK(ingest_received_parse(
		  span_str("from a ([203.0.114.9]) (envelope-from "
			   "<s@a.example>) by b.example (Postfix) with ESMTPSA "
			   "id <77>; Thu, 1 Jan 2026 00:00:00 +0000"),
		  &arena, &h) == 0,
	    "all fields");
	CHECK(same(h.envelope_from, "s@a.example"), "envelope");
	CHECK(same(h.with, "ESMTPSA"), "with");
	CHECK(same(h.id, "77"), "id");
	CHECK(h.auth.len > 0, "auth");
	CHECK(same(h.date, "Thu, 1 Jan 2026 00:00:00 +0000"), "date");
	arena_free(&arena);
}

/* However it is broken off, no address comes out that is not in it. */
static void
check_cuts(void)
{
	for (size_t i = 0; i < COUNT(hops); i++) {
		size_t len = strlen(hops[i].line);

		for (size_t n = 0; n < len; n++) {
			struct arena arena = { 0 };
			struct ingest_hop h;
			char *exact = malloc(n > 0 ? n : 1);

			if (exact == NULL) {
				exit(99);
			}
			memcpy(exact, hops[i].line, n);
			CHECK(ingest_received_parse(
				  span(exact, n), &arena, &h) == 0,
			    "%s cut at %zu", hops[i].name, n);
			arena_free(&arena);
			free(exact);
		}
	}
}

static void
check_private(void)
{
	static const struct {
		const char *ip;
		bool is;
	} rows[] = { { "10.255.0.1", true }, { "127.0.0.1", true },
		{ "192.168.0.1", true }, { "172.31.0.1", true },
		{ "172.32.0.1", false }, { "100.64.0.1", true },
		{ "100.128.0.1", false }, { "169.254.1.1", true },
		{ "203.0.114.9", false }, { "::1", true }, { "::", true },
		{ "fe80::1", true }, { "fd00::1", true },
		{ "2a0d:9999::1", false }, { "::2", false } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net_ip ip;

		CHECK(ingest_ip_read(span_str(rows[i].ip), &ip) &&
			ingest_ip_private(&ip) == rows[i].is,
		    "%s", rows[i].ip);
	}
}

int
main(void)
{
	check_hops();
	check_rest();
	check_cuts();
	check_private();
	return failures != 0;
}
