/* test_ingest_mails.c - the bundled mails, from their bytes to their
 * candidates. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ingest/report.h"
#include "tests/unit/check.h"

enum { RAW = 1 };

/* One message of a mail; NULL for ip and sender: no such candidate. */
struct want {
	const char *relays; /* addresses, "|" before the boundary */
	const char *from;
	const char *ip;
	enum zone_advice ip_advice;
	enum zone_confidence ip_confidence;
	const char *sender;
	enum zone_advice sender_advice;
};

#define LIST ZONE_ADVICE_LIST
#define INSTEAD ZONE_ADVICE_ADDRESS_INSTEAD
#define UNSURE ZONE_ADVICE_UNSURE
#define NEVER ZONE_ADVICE_NEVER

static const struct {
	const char *file;
	unsigned flags;
	enum ingest_kind kind;
	unsigned n;
	struct want want[2];
} cases[] = {
	{ "attachment", 0, INGEST_ATTACHMENT, 1,
	    { { "127.0.0.1 |203.0.114.9 198.52.100.200 ",
		"deals@offers.example", "203.0.114.9", LIST, ZONE_CERTAIN,
		"deals@offers.example", UNSURE } } },
	{ "several", 0, INGEST_ATTACHMENT, 2,
	    { { "|203.0.114.41 ", "winner1@bulk.example", "203.0.114.41", LIST,
		  ZONE_PROBABLE, "winner1@bulk.example", UNSURE },
		{ "|203.0.114.42 ", "winner2@bulk.example", "203.0.114.42",
		    LIST, ZONE_PROBABLE, "winner2@bulk.example", UNSURE } } },
	{ "digest", 0, INGEST_DIGEST, 2,
	    { { "|203.0.114.41 ", "winner1@bulk.example", "203.0.114.41", LIST,
		  ZONE_PROBABLE, "winner1@bulk.example", UNSURE },
		{ "|203.0.114.42 ", "winner2@bulk.example", "203.0.114.42",
		    LIST, ZONE_PROBABLE, "winner2@bulk.example", UNSURE } } },
	{ "eml-base64", 0, INGEST_EML, 1,
	    { { "|203.0.114.61 ", "pills@pharm.example", "203.0.114.61", LIST,
		ZONE_PROBABLE, "pills@pharm.example", UNSURE } } },
	/* the client called itself mail.google.com: not believed */
	{ "trap-microsoft", RAW, INGEST_RAW, 1,
	    { { "2603:10a6:102:19c::10 2603:10a6:209:8e::19 "
		"2603:10a6:209:8e:cafe::9a |203.0.114.77 198.52.100.99 ",
		"billing@invoice.example", "203.0.114.77", LIST, ZONE_CERTAIN,
		"billing@invoice.example", UNSURE } } },
	/* Google writes its results below its own line, where anybody could
	 * have: they prove nothing */
	{ "trap-google", RAW, INGEST_RAW, 1,
	    { { "|198.52.100.43 ", "news@meds.example", "198.52.100.43", LIST,
		ZONE_CERTAIN, "news@meds.example", UNSURE } } },
	{ "dynamic-line", 0, INGEST_ATTACHMENT, 1,
	    { { "|203.0.114.201 ", "lucky@casino.example", "203.0.114.201",
		INSTEAD, ZONE_PROBABLE, "lucky@casino.example", UNSURE } } },
	{ "provider-farm", 0, INGEST_ATTACHMENT, 1,
	    { { "|209.85.167.45 ", "quickloan.desk@gmail.example",
		"209.85.167.45", INSTEAD, ZONE_PROBABLE,
		"quickloan.desk@gmail.example", UNSURE } } },
	{ "address-only", 0, INGEST_ATTACHMENT, 1,
	    { { "|167.89.10.20 ", "editor@newsblast.example", "167.89.10.20",
		INSTEAD, ZONE_PROBABLE, "editor@newsblast.example", LIST } } },
	{ "forged-sender", 0, INGEST_ATTACHMENT, 1,
	    { { "|203.0.114.130 198.52.100.4 ", "service@bank.example",
		"203.0.114.130", LIST, ZONE_PROBABLE, "service@bank.example",
		NEVER } } },
	{ "greek-iso-8859-7", 0, INGEST_ATTACHMENT, 1,
	    { { "|203.0.114.88 ", "info@gift.example", "203.0.114.88", LIST,
		ZONE_PROBABLE, "info@gift.example", UNSURE } } },
	{ "ipv6-relay", 0, INGEST_ATTACHMENT, 1,
	    { { "|2a0d:9999:1:2::25 2a0d:9999:ffff::1 ",
		"watches@replica.example", "2a0d:9999:1:2::/64", LIST,
		ZONE_PROBABLE, "watches@replica.example", UNSURE } } },
	{ "bounce", 0, INGEST_BOUNCE, 0, { { 0 } } },
	{ "autoreply", 0, INGEST_AUTOREPLY, 0, { { 0 } } },
	{ "nonsense", 0, INGEST_UNKNOWN, 0, { { 0 } } },
	{ "arf", 0, INGEST_ARF, 1,
	    { { "|203.0.114.150 ", "list@list.example", "203.0.114.150", LIST,
		ZONE_PROBABLE, "list@list.example", UNSURE } } },
	{ "resent", 0, INGEST_RESENT, 1,
	    { { "|203.0.114.171 ", "shop@fake.example", "203.0.114.171", LIST,
		ZONE_PROBABLE, "shop@fake.example", UNSURE } } },
	{ "fetched", RAW, INGEST_RAW, 1,
	    { { "|203.0.114.190 ", "tips@stock.example", "203.0.114.190", LIST,
		ZONE_CERTAIN, "tips@stock.example", UNSURE } } },
	{ "special-use", 0, INGEST_ATTACHMENT, 1,
	    { { "|192.0.2.44 ", "test@doc.example", "192.0.2.44", NEVER,
		ZONE_PROBABLE, "test@doc.example", UNSURE } } },
	/* raw, though it is a bounce: shown, nothing proposed */
	{ "bounce", RAW, INGEST_BOUNCE, 1,
	    { { "|198.52.100.25 ", "MAILER-DAEMON@mail.example.gr", NULL, NEVER,
		ZONE_UNSURE, NULL, NEVER } } },
	/* raw is raw: what is inside is not looked for. Below the boundary a
	 * dynamic line of its own domain logged in: a smarthost */
	{ "provider-farm", RAW, INGEST_RAW, 1,
	    { { "|198.52.100.25 198.52.101.77 ", "nikos@example.gr",
		"198.52.100.25", INSTEAD, ZONE_CERTAIN, "nikos@example.gr",
		UNSURE } } },
};

static struct buf
load(const char *name)
{
	const char *src = getenv("srcdir");
	struct buf b = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/mail/%s.eml",
	    src != NULL ? src : ".", name);
	CHECK(file_read(path, 1 << 20, &b) == 0, "%s", path);
	return b;
}

static const struct ingest_candidate *
candidate(const struct ingest_message *m, enum zone_kind kind)
{
	for (unsigned i = 0; i < m->n_candidates; i++) {
		if (m->candidates[i].list->kind == kind) {
			return &m->candidates[i];
		}
	}
	return NULL;
}

static void
check_message(const char *name, const struct buf *mail,
    const struct ingest_message *m, const struct want *want)
{
	const struct ingest_candidate *c;
	struct buf relays = { 0 };
	char ip[NET_IP_TEXT];

	for (unsigned i = 0; i < m->n_relays; i++) {
		const struct ingest_relay *r = &m->relays[i];

		buf_fmt(&relays, "%s%s ",
		    r->role == INGEST_ROLE_BOUNDARY ? "|" : "",
		    net_ip_format(ip, &r->hop.ip));
		CHECK(r->why[0] != '\0', "%s: relay %u without a why", name, i);
		CHECK(r->at < 0 ||
			((size_t)(r->at + r->len) <= mail->len &&
			    strncasecmp(mail->data + r->at, "Received:", 9) ==
				0),
		    "%s: offset of relay %u", name, i);
	}
	CHECK(strcmp(relays.data != NULL ? relays.data : "", want->relays) == 0,
	    "%s: %s", name, relays.data);
	buf_free(&relays);
	CHECK(m->n_from == 1 && strcmp(m->from[0], want->from) == 0,
	    "%s: from %s", name, m->n_from > 0 ? m->from[0] : "none");
	c = candidate(m, ZONE_KIND_IP);
	CHECK((c != NULL) == (want->ip != NULL), "%s: ip candidate", name);
	if (c != NULL && want->ip != NULL) {
		CHECK(strcmp(c->key, want->ip) == 0, "%s: %s", name, c->key);
		CHECK(c->advice == want->ip_advice, "%s: %s %s", name, c->key,
		    zone_advice_name(c->advice));
		CHECK(c->confidence == want->ip_confidence, "%s: %s %s", name,
		    c->key, zone_confidence_name(c->confidence));
		CHECK(c->why.n > 0, "%s: no why", name);
	}
	c = candidate(m, ZONE_KIND_ADDRESS);
	CHECK((c != NULL) == (want->sender != NULL), "%s: sender", name);
	if (c != NULL && want->sender != NULL) {
		CHECK(
		    strcmp(c->key, want->sender) == 0, "%s: %s", name, c->key);
		CHECK(c->advice == want->sender_advice, "%s: %s %s", name,
		    c->key, zone_advice_name(c->advice));
	}
}

/* Of a base64 part there are no bytes to point at; of the others there are. */
static void
check_offsets(const struct zone_config *config)
{
	static const struct {
		const char *file;
		unsigned message;
		bool literal;
	} rows[] = { { "attachment", 0, true }, { "several", 0, true },
		{ "several", 1, false }, { "eml-base64", 0, false },
		{ "digest", 1, true }, { "resent", 0, true } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ingest_task task = { .config = config,
			.file = rows[i].file };
		struct buf mail = load(rows[i].file);
		struct arena arena = { 0 };
		struct ingest_report rep;
		int r = ingest_report_make(
		    &task, mail.data, mail.len, &arena, &rep);

		CHECK(r == 0 && rep.n_messages > rows[i].message, "%s",
		    rows[i].file);
		if (r == 0 && rep.n_messages > rows[i].message) {
			CHECK((rep.messages[rows[i].message].relays[0].at >=
				  0) == rows[i].literal,
			    "%s %u", rows[i].file, rows[i].message);
		}
		arena_free(&arena);
		buf_free(&mail);
	}
}

/* Who sent it in, and whom it was sent to, is never accused. */
static void
check_spared(const struct zone_config *config)
{
	static const char mail[] =
	    "Return-Path: <nikos@example.gr>\n"
	    "Received: from mail.example.gr (mail.example.gr [198.52.100.25])"
	    " by mx.bl.example (Postfix) with ESMTPS id 1\n"
	    "From: nikos@example.gr\nTo: report@bl.example\n"
	    "Content-Type: message/rfc822\n\n"
	    "Received: from x.example (x.example [198.52.100.25])"
	    " by store.example.gr (Postfix) with ESMTP id 2\n"
	    "Received: from y.example (y.example [203.0.114.7])"
	    " by mail.example.gr (Postfix) with ESMTP id 3\n"
	    "From: %s\nTo: maria@example.gr\nSubject: x\n\nx\n";
	static const struct {
		const char *from, *submitter;
		enum zone_advice advice;
	} rows[] = {
		{ "stranger@spam.example", NULL, UNSURE },
		{ "nikos@example.gr", NULL, NEVER },
		{ "Maria@Example.gr", NULL, NEVER },
		{ "boss@firm.example", "boss@firm.example", NEVER },
		{ "abuse@firm.example", NULL, NEVER },
		{ "postmaster@firm.example", NULL, NEVER },
		{ "mailer-daemon@firm.example", NULL, NEVER },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ingest_task task = { .config = config,
			.file = "-",
			.submitter = rows[i].submitter };
		struct arena arena = { 0 };
		struct ingest_report rep;
		const struct ingest_candidate *c;
		char text[1024];

		snprintf(text, sizeof(text), mail, rows[i].from);
		if (ingest_report_make(
			&task, text, strlen(text), &arena, &rep) < 0 ||
		    rep.n_messages != 1) {
			CHECK(false, "%s: no message", rows[i].from);
			arena_free(&arena);
			continue;
		}
		c = candidate(&rep.messages[0], ZONE_KIND_ADDRESS);
		CHECK(c != NULL && c->advice == rows[i].advice, "%s",
		    rows[i].from);
		/* the submitter's own relay is stepped over, never proposed */
		c = candidate(&rep.messages[0], ZONE_KIND_IP);
		CHECK(c != NULL && strcmp(c->key, "203.0.114.7") == 0 &&
			c->advice == UNSURE,
		    "%s: %s", rows[i].from, c != NULL ? c->key : "none");
		arena_free(&arena);
	}
}

static void
check_greek(const struct zone_config *config)
{
	struct ingest_task task = { .config = config, .file = "-" };
	struct buf mail = load("greek-iso-8859-7");
	struct arena arena = { 0 };
	struct ingest_report rep;
	int r = ingest_report_make(&task, mail.data, mail.len, &arena, &rep);

	CHECK(r == 0 && rep.n_messages == 1, "greek");
	if (r == 0 && rep.n_messages == 1) {
		const struct ingest_message *m = &rep.messages[0];

		CHECK(strcmp(m->subject,
			  "\xce\x9a\xce\xb5\xcf\x81\xce\xb4\xce\xaf\xcf\x83"
			  "\xce\xb1\xcf\x84\xce\xb5 \xce\xb4\xcf\x8e\xcf\x81"
			  "\xce\xbf") == 0,
		    "subject %s", m->subject);
		CHECK(strcmp(m->charset, "iso-8859-7") == 0, "%s", m->charset);
		CHECK(m->dated && m->date == 1795093200, "date %lld",
		    (long long)m->date);
	}
	arena_free(&arena);
	buf_free(&mail);
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
		struct ingest_task task = { .config = config,
			.file = cases[i].file,
			.raw = (cases[i].flags & RAW) != 0 };
		struct buf mail = load(cases[i].file);
		struct arena arena = { 0 };
		struct ingest_report rep;
		int r = ingest_report_make(
		    &task, mail.data, mail.len, &arena, &rep);

		CHECK(r == 0, "%s: %d", cases[i].file, r);
		if (r == 0) {
			CHECK(rep.kind == cases[i].kind, "%s: kind %s",
			    cases[i].file, ingest_kind_name(rep.kind));
			CHECK(rep.n_messages == cases[i].n, "%s: %u messages",
			    cases[i].file, rep.n_messages);
			for (unsigned k = 0;
			     k < rep.n_messages && k < cases[i].n; k++) {
				check_message(cases[i].file, &mail,
				    &rep.messages[k], &cases[i].want[k]);
			}
		}
		arena_free(&arena);
		buf_free(&mail);
	}
	check_offsets(config);
	check_spared(config);
	check_greek(config);
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
