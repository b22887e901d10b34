/* test_ingest_walk.c - which relay is the boundary, and how sure that is. */
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "ingest/report.h"
#include "tests/unit/check.h"

#define A                                                      \
	"Received: from a.example (a.example [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 1; x\n"
#define FORGED                                                  \
	"Received: from b.example (b.example [198.52.100.4])\n" \
	"\tby a.example (Postfix) with ESMTP id 2; x\n"
#define PRIVATE                                           \
	"Received: from lb.local (lb.local [10.0.0.5])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 3; x\n"
#define LOOP                                                 \
	"Received: from localhost (localhost [127.0.0.1])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 4; x\n"
#define UNREAD                                               \
	"Received: from c.example (c.example [999.1.2.3])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 5; x\n"
#define NAMELESS "Received: by mx.example.gr with SMTP id 6; x\n"
#define FETCH                                                          \
	"Received: from pop.example.gr [198.52.100.30] by localhost\n" \
	"\twith POP3 (fetchmail-6.4); x\n"
#define SPF "Received-SPF: pass (x) client-ip=203.0.114.9; helo=a\n"
#define OTHER_SPF "Received-SPF: pass (x) client-ip=198.52.100.4; helo=a\n"
#define RESULTS                                             \
	"Authentication-Results: mx.example.gr; dkim=pass " \
	"header.d=mail.spam.example;\n\tdmarc=none\n"
#define STRANGE                                             \
	"Authentication-Results: mx.example.gr; dkim=pass " \
	"header.d=other.example; dmarc=bestguesspass\n"
#define EARLY                                                  \
	"Received: from a.example (a.example [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 1;\n"      \
	"\tThu, 19 Nov 2026 10:00:00 +0200\n"
#define LATE                                                 \
	"Received: from localhost (localhost [127.0.0.1])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 4;\n"    \
	"\tSat, 21 Nov 2026 10:00:01 +0200\n"
#define RELAY /* stands between the submitter and the world */           \
	"Received: from relay.example.gr (relay.example.gr "             \
	"[198.52.100.77])\n\tby store.example.gr (Postfix) with ESMTP\n" \
	"\tid 7; x\n"
#define ALIAS                                                               \
	"Received: from m3.improvmx.com (m3.improvmx.com [203.0.114.50])\n" \
	"\tby mx.example.gr (Postfix) with ESMTPS id 8; x\n"
#define BY_ALIAS                                               \
	"Received: from a.example (a.example [203.0.114.9])\n" \
	"\tby mx1.improvmx.com (Postfix) with ESMTP id 9; x\n"
#define HIDDEN                                               \
	"Received: from a.example (localhost [127.0.0.1])\n" \
	"\tby abcdefghijklmnop.onion (Postfix) with ESMTP id 10; x\n"
#define EXIT                                                                   \
	"Received: from abcdefghijklmnop.onion (exit.example [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 11; x\n"
#define SMARTHOST                                                    \
	"Received: from smtp.isp.com (smtp.isp.com [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 12; x\n"
#define LOGIN                                                         \
	"Received: from [192.168.1.5] (ppp-198-52-100-4.dyn.isp.com " \
	"[198.52.100.4])\n\t(Authenticated sender: u)\n"              \
	"\tby smtp.isp.com (Postfix) with ESMTPSA id 13; x\n"
#define FOREIGN                                                         \
	"Received: from [192.168.1.5] (ppp-198-52-100-4.dyn.other.com " \
	"[198.52.100.4])\n\tby smtp.isp.com (Postfix) with ESMTP id 14; x\n"
#define OTENET                                                     \
	"Received: from smtp-out3.otenet.gr (smtp-out3.otenet.gr " \
	"[203.0.114.9])\n\tby mx.example.gr (Postfix) with ESMTP id 15; x\n"
#define HELO_ONLY                                              \
	"Received: from ppp-203-0-114-9.dyn.isp.com (unknown " \
	"[203.0.114.9])\n\tby mx.example.gr (Postfix) with ESMTP id 16; x\n"
#define FARM_HELO /* a name that only the client says */                   \
	"Received: from mail-lf1-f45.google.com (unknown [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 17; x\n"
#define STRAY /* a provider's machine, but not between two of them */    \
	"Received: from spam.example (2603:10a6::19) by mx.example.gr\n" \
	"\t(2a0d:9999::1) with Microsoft SMTP Server id 18; x\n"
/* PHP on our own host: a uid line and a chain of Postfix instances */
#define PHP                                                           \
	"Received: from web.example.gr (web.example.gr [10.0.0.8])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 19; x\n"          \
	"Received: from localhost (localhost [127.0.0.1])\n"          \
	"\tby web.example.gr (Postfix) with ESMTP id 20; x\n"         \
	"Received: by web.example.gr (Postfix, from userid 33)\n"     \
	"\tid 21; x\n"
#define FROM "From: s@spam.example\nTo: u@example.gr\n\nx\n"

static const struct {
	const char *name, *head;
	bool raw;
	const char *boundary; /* NULL: none */
	enum zone_advice ip;
	enum zone_confidence confidence;
	enum zone_advice sender;
} cases[] = {
	{ "trap", A FORGED FROM, true, "203.0.114.9", ZONE_ADVICE_LIST,
	    ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "trap behind a content filter", LOOP A FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	/* behind a NAT every stranger is 10.0.0.5, and the next line his */
	{ "trap behind a proxy", PRIVATE FORGED FROM, true, "198.52.100.4",
	    ZONE_ADVICE_LIST, ZONE_PROBABLE, ZONE_ADVICE_UNSURE },
	{ "an unreadable line above", UNREAD FORGED FROM, true, "198.52.100.4",
	    ZONE_ADVICE_UNSURE, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "an unreadable line below", A UNREAD FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a line without a client above", NAMELESS A FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "confirmed from above", SPF A FORGED FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "denied from above", LOOP PRIVATE OTHER_SPF A FORGED FROM, true,
	    "203.0.114.9", ZONE_ADVICE_UNSURE, ZONE_UNSURE,
	    ZONE_ADVICE_UNSURE },
	{ "a claim from below", PRIVATE A OTHER_SPF FORGED FROM, true,
	    "203.0.114.9", ZONE_ADVICE_LIST, ZONE_PROBABLE,
	    ZONE_ADVICE_UNSURE },
	{ "fetched", LOOP FETCH A FORGED FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a forged fetch", A FETCH FORGED FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "only private", PRIVATE LOOP FROM, true, NULL, ZONE_ADVICE_NEVER,
	    ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "no Received", FROM, true, NULL, ZONE_ADVICE_NEVER, ZONE_UNSURE,
	    ZONE_ADVICE_UNSURE },
	/* nobody said that it is trap mail */
	{ "not said to be raw", SPF A FROM, false, "203.0.114.9",
	    ZONE_ADVICE_UNSURE, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "aligned DKIM above", RESULTS A FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_LIST },
	{ "aligned DKIM below", A RESULTS FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "an alias forwarder", ALIAS BY_ALIAS FORGED FROM, true, "203.0.114.9",
	    ZONE_ADVICE_UNSURE, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "who only says he is one", ALIAS A FROM, true, "203.0.114.50",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "days between the lines", LATE PRIVATE EARLY FROM, true,
	    "203.0.114.9", ZONE_ADVICE_UNSURE, ZONE_UNSURE,
	    ZONE_ADVICE_UNSURE },
	{ "a relay nobody registered", RELAY A FROM, true, "198.52.100.77",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "to a hidden service", HIDDEN FORGED FROM, true, NULL,
	    ZONE_ADVICE_NEVER, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "to a hidden service, passed on", LOOP HIDDEN A FROM, true, NULL,
	    ZONE_ADVICE_NEVER, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "out of Tor", EXIT FORGED FROM, true, "203.0.114.9",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "through a smarthost", SMARTHOST LOGIN FROM, true, "203.0.114.9",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "another's customer below", SMARTHOST FOREIGN FROM, true,
	    "203.0.114.9", ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a smarthost in the table", OTENET FROM, true, "203.0.114.9",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a dynamic HELO", HELO_ONLY FROM, true, "203.0.114.9",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a provider's HELO", FARM_HELO FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "a provider's machine alone", STRAY FROM, true, "2603:10a6::/64",
	    ZONE_ADVICE_ADDRESS_INSTEAD, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "PHP on our own host", PHP FROM, true, NULL, ZONE_ADVICE_NEVER,
	    ZONE_UNSURE, ZONE_ADVICE_UNSURE },
	{ "PHP on a stranger's host", A PHP FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
	{ "another's DKIM", STRANGE A FROM, true, "203.0.114.9",
	    ZONE_ADVICE_LIST, ZONE_CERTAIN, ZONE_ADVICE_UNSURE },
};

static void
check(const struct zone_config *config, size_t i)
{
	struct ingest_task task = {
		.config = config, .file = "-", .raw = cases[i].raw
	};
	struct arena arena = { 0 };
	struct ingest_report rep;
	const struct ingest_message *m;
	char ip[NET_IP_TEXT] = "";
	bool sender = false;

	if (ingest_report_make(&task, cases[i].head, strlen(cases[i].head),
		&arena, &rep) < 0 ||
	    rep.n_messages != 1) {
		CHECK(false, "%s: no message", cases[i].name);
		arena_free(&arena);
		return;
	}
	m = &rep.messages[0];
	if (m->boundary >= 0) {
		net_ip_format(ip, &m->relays[m->boundary].hop.ip);
	}
	if (m->boundary >= 0 && m->relays[m->boundary].hop.ip.bits == 128) {
		snprintf(strchr(ip, '\0') - 2, 8, "/64"); /* of "::19" */
	}
	CHECK(
	    strcmp(ip, cases[i].boundary != NULL ? cases[i].boundary : "") == 0,
	    "%s: boundary %s", cases[i].name, ip);
	for (unsigned k = 0; k < m->n_candidates; k++) {
		const struct ingest_candidate *c = &m->candidates[k];

		if (c->list->kind == ZONE_KIND_IP) {
			CHECK(cases[i].boundary != NULL &&
				strcmp(c->key, ip) == 0,
			    "%s: %s is proposed", cases[i].name, c->key);
			CHECK(c->advice == cases[i].ip, "%s: %s", cases[i].name,
			    zone_advice_name(c->advice));
			CHECK(c->confidence == cases[i].confidence, "%s: %s",
			    cases[i].name, zone_confidence_name(c->confidence));
		} else {
			sender = true;
			CHECK(c->advice == cases[i].sender, "%s: sender %s",
			    cases[i].name, zone_advice_name(c->advice));
		}
	}
	CHECK(sender, "%s: no sender", cases[i].name);
	arena_free(&arena);
}

/* What the submitter has registered is stepped over, and what its machine
 * wrote is believed; the same of another is a stranger. */
static void
check_registered(const struct zone_config *config)
{
	static const char head[] = RELAY A FORGED FROM;
	static const struct {
		uint8_t ip[4], plen;
		const char *boundary;
		enum zone_confidence confidence;
	} rows[] = {
		{ { 198, 52, 100, 77 }, 32, "203.0.114.9", ZONE_CERTAIN },
		{ { 198, 52, 100, 0 }, 24, "203.0.114.9", ZONE_CERTAIN },
		{ { 198, 52, 100, 78 }, 32, "198.52.100.77", ZONE_CERTAIN },
		{ { 203, 0, 114, 9 }, 32, "198.52.100.77", ZONE_CERTAIN },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net_prefix relay = { .ip = { .bits = 32 },
			.plen = rows[i].plen };
		struct ingest_task task = { .config = config,
			.file = "-",
			.raw = true,
			.relays = &relay,
			.n_relays = 1 };
		struct arena arena = { 0 };
		struct ingest_report rep;
		const struct ingest_candidate *c;

		memcpy(relay.ip.bytes, rows[i].ip, 4);
		if (ingest_report_make(
			&task, head, sizeof(head) - 1, &arena, &rep) < 0 ||
		    rep.n_messages != 1 || rep.messages[0].n_candidates == 0) {
			CHECK(false, "registered %zu", i);
			arena_free(&arena);
			continue;
		}
		c = &rep.messages[0].candidates[0];
		CHECK(strcmp(c->key, rows[i].boundary) == 0 &&
			c->confidence == rows[i].confidence,
		    "registered %zu: %s %s", i, c->key,
		    zone_confidence_name(c->confidence));
		arena_free(&arena);
	}
}

/* A handover SECONDS ago, against max-age. */
static void
check_age(struct zone_config *config)
{
	const int64_t day = 86400;
	const struct {
		int64_t ago, max;
		enum zone_advice ip;
	} rows[] = {
		{ 60, 7 * day, ZONE_ADVICE_LIST },
		{ 6 * day, 7 * day, ZONE_ADVICE_LIST },
		{ 8 * day, 7 * day, ZONE_ADVICE_NEVER },
		{ 8 * day, 9 * day, ZONE_ADVICE_LIST },
		{ 4000 * day, 0, ZONE_ADVICE_LIST },
		{ -3600, 7 * day, ZONE_ADVICE_LIST }, /* a clock ahead */
		{ -2 * day, 7 * day, ZONE_ADVICE_NEVER },
		{ 7200, 3600, ZONE_ADVICE_NEVER },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ingest_task task = {
			.config = config, .file = "-", .raw = true
		};
		time_t t = (time_t)(when_now() - rows[i].ago);
		struct arena arena = { 0 };
		struct ingest_report rep;
		char text[1024], date[64];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(
		    date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
		snprintf(text, sizeof(text),
		    "Received: from a.example (a.example [203.0.114.9])\n"
		    "\tby mx.example.gr (Postfix) with ESMTP id 1; %s\n"
		    "Authentication-Results: mx.example.gr; dmarc=pass\n" FROM,
		    date);
		config->ingest.max_age = rows[i].max;
		if (ingest_report_make(
			&task, text, strlen(text), &arena, &rep) < 0 ||
		    rep.n_messages != 1 || rep.messages[0].n_candidates != 2) {
			CHECK(false, "age %zu", i);
		} else {
			const struct ingest_candidate *c =
			    rep.messages[0].candidates;

			CHECK(c->advice == rows[i].ip, "age %zu: %s", i,
			    zone_advice_name(c->advice));
			CHECK((rep.messages[0].problems.n > 0) ==
				(rows[i].ip == ZONE_ADVICE_NEVER),
			    "age %zu: it is told", i);
			CHECK(c[1].advice == ZONE_ADVICE_UNSURE,
			    "age %zu: sender %s", i,
			    zone_advice_name(c[1].advice));
		}
		arena_free(&arena);
	}
}

int
main(void)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };

	if (zone_config_default(&config) < 0 ||
	    ingest_report_init(config, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	config->ingest.max_age = 0; /* the mails stay as old as they are */
	for (size_t i = 0; i < COUNT(cases); i++) {
		check(config, i);
	}
	check_registered(config);
	check_age(config);
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
