/* test_ingest_unwrap.c - the same spam in all the ways that people send it on:
 * found each time, with the right confidence, and nobody else is accused. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ingest/report.h"
#include "tests/unit/check.h"

#define LIST ZONE_ADVICE_LIST
#define UNSURE ZONE_ADVICE_UNSURE
#define NEVER ZONE_ADVICE_NEVER /* here: no candidate at all */

enum { LITERAL = 1 }; /* its bytes stand in the mail as they are */

static const struct {
	const char *file;
	enum ingest_kind kind;
	unsigned n; /* messages, from 203.0.114.61 on */
	enum zone_advice advice;
	unsigned flags;
} cases[] = {
	{ "autoreply-resent", INGEST_RESENT, 1, LIST, LITERAL },
	{ "bare-apple", INGEST_INLINE, 1, NEVER, 0 },
	{ "bare-forged-trace", INGEST_INLINE, 1, NEVER, 0 },
	{ "bare-gmail", INGEST_INLINE, 1, NEVER, 0 },
	{ "bare-outlook-greek", INGEST_INLINE, 1, NEVER, 0 },
	{ "bare-rfc822", INGEST_ATTACHMENT, 1, LIST, LITERAL },
	{ "bounce-named", INGEST_BOUNCE, 0, NEVER, 0 },
	{ "forward-of-forward", INGEST_ATTACHMENT, 1, UNSURE, LITERAL },
	{ "forward-of-forward-base64", INGEST_ATTACHMENT, 1, UNSURE, 0 },
	{ "global", INGEST_ATTACHMENT, 1, LIST, LITERAL },
	{ "gzip", INGEST_ARCHIVE, 1, LIST, 0 },
	{ "inline-alternative", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-double", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-flowed", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-greek", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-header-only", INGEST_INLINE, 1, UNSURE, LITERAL },
	{ "inline-html-br", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-html-p", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-links", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-plain", INGEST_INLINE, 1, UNSURE, LITERAL },
	{ "inline-quoted", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-stripped", INGEST_INLINE, 1, UNSURE, 0 },
	{ "inline-wrapped", INGEST_INLINE, 1, UNSURE, 0 },
	{ "lone-cr", INGEST_ATTACHMENT, 1, LIST, LITERAL },
	{ "mbox-attached", INGEST_MBOX, 2, LIST, 0 },
	{ "mbox-pasted", INGEST_MBOX, 2, UNSURE, LITERAL },
	{ "msg", INGEST_EML, 1, LIST, 0 },
	{ "not-closed", INGEST_ATTACHMENT, 1, LIST, LITERAL },
	{ "partial", INGEST_UNKNOWN, 0, NEVER, 0 },
	{ "raw-with-quote", INGEST_UNKNOWN, 0, NEVER, 0 },
	{ "rfc822-headers", INGEST_ATTACHMENT, 1, LIST, LITERAL },
	{ "rfc822-quoted-printable", INGEST_ATTACHMENT, 1, LIST, 0 },
	{ "text-with-address", INGEST_UNKNOWN, 0, NEVER, 0 },
	{ "uuencode", INGEST_EML, 1, LIST, 0 },
	{ "winmail", INGEST_TNEF, 2, LIST, 0 },
	{ "zip", INGEST_ARCHIVE, 2, LIST, 0 },
	{ "zip-in-zip", INGEST_UNKNOWN, 0, NEVER, 0 },
};

static struct buf
load(const char *name)
{
	const char *src = getenv("srcdir");
	struct buf b = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/unwrap/%s.eml",
	    src != NULL ? src : ".", name);
	CHECK(file_read(path, 1 << 20, &b) == 0, "%s", path);
	return b;
}

static void
check_relays(size_t i, unsigned k, const struct ingest_message *m,
    const struct buf *mail)
{
	const char *name = cases[i].file;
	char want[80], ip[NET_IP_TEXT];
	struct buf relays = { 0 };

	buf_str(&relays, "");
	for (unsigned r = 0; r < m->n_relays; r++) {
		const struct ingest_relay *relay = &m->relays[r];

		buf_fmt(&relays, "%s%s ",
		    relay->role == INGEST_ROLE_BOUNDARY ? "|" : "",
		    net_ip_format(ip, &relay->hop.ip));
		CHECK((relay->at >= 0) == ((cases[i].flags & LITERAL) != 0),
		    "%s: relay %u at %lld", name, r, (long long)relay->at);
		CHECK(relay->at < 0 ||
			((size_t)(relay->at + relay->len) <= mail->len &&
			    memcmp(mail->data + relay->at, "Received:", 9) ==
				0),
		    "%s: relay %u is not at %lld", name, r,
		    (long long)relay->at);
	}
	snprintf(want, sizeof(want), "|203.0.114.%u 198.52.101.9 ", 61 + k);
	CHECK(strcmp(relays.data, cases[i].advice == NEVER ? "" : want) == 0,
	    "%s: relays %s", name, relays.data);
	buf_free(&relays);
}

static void
check_message(size_t i, unsigned k, const struct ingest_message *m,
    const struct buf *mail)
{
	const char *name = cases[i].file;
	char key[40];

	check_relays(i, k, m, mail);
	CHECK(m->n_from == 1 && strcmp(m->from[0], "shop@fake.example") == 0,
	    "%s: from %s", name, m->n_from > 0 ? m->from[0] : "nobody");
	snprintf(key, sizeof(key), "203.0.114.%u", 61 + k);
	CHECK((m->n_candidates == 0) == (cases[i].advice == NEVER),
	    "%s: %u candidates", name, m->n_candidates);
	for (unsigned c = 0; c < m->n_candidates; c++) {
		const struct ingest_candidate *x = &m->candidates[c];

		if (x->list->kind == ZONE_KIND_IP) {
			CHECK(strcmp(x->key, key) == 0 &&
				x->advice == cases[i].advice,
			    "%s: %s %s", name, x->key,
			    zone_advice_name(x->advice));
		} else if (x->list->kind == ZONE_KIND_ADDRESS) {
			CHECK(strcmp(x->key, "shop@fake.example") == 0 &&
				x->advice != LIST,
			    "%s: %s %s", name, x->key,
			    zone_advice_name(x->advice));
		}
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
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ingest_task task = { .config = config,
			.file = cases[i].file };
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
				/* only the newlines differ in lone-cr */
				for (size_t c = 0; c < mail.len; c++) {
					mail.data[c] = mail.data[c] == '\r'
					    ? '\n'
					    : mail.data[c];
				}
				check_message(i, k, &rep.messages[k], &mail);
			}
		}
		arena_free(&arena);
		buf_free(&mail);
	}
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
