/* test_ingest_walk.c - which relay is the boundary, and how sure that is. */
#include <string.h>

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
	for (size_t i = 0; i < COUNT(cases); i++) {
		check(config, i);
	}
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
