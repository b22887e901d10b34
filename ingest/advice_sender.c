/* advice_sender.c - addresses: whose they are, and what proves it. */
#include <string.h>

#include "ingest/advice_priv.h"
#include "ingest/domain.h"
#include "ingest/sender.h"
#include "zone/guard.h"

#define SENDERS_MAX 3 /* of each field */

/* Addresses of a function, not of a person (RFC 2142): forged most of the
 * time, and needed by everybody. */
static bool
role_account(const char *address)
{
	static const char *const roles[] = { "abuse", "postmaster",
		"hostmaster", "mailer-daemon", "noc", "security", "root" };
	const char *at = strrchr(address, '@');
	struct span local;

	if (at == NULL) {
		return false;
	}
	local = span(address, (size_t)(at - address));
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (span_is(local, roles[i])) {
			return true;
		}
	}
	return false;
}

const char *
ingest_advice_spared(const struct ingest_advising *a,
    const struct ingest_message *m, const char *address)
{
	const struct ingest_task *task = a->task;
	const struct ingest_spare *spare = a->spare;
	struct span domain = span_str(ingest_sender_domain(address));

	/* of trap mail the envelope sender is the spammer's */
	if ((task->submitter != NULL && !task->raw &&
		strcasecmp(address, task->submitter) == 0) ||
	    ingest_sender_among(address, spare->addresses, spare->n)) {
		return "the submitter's own address";
	}
	if (ingest_sender_among(address, m->to, m->n_to)) {
		return "the recipient's own address: forged";
	}
	for (size_t i = 0; i < task->config->ingest.n_own_domains; i++) {
		if (ingest_domain_under(
			domain, task->config->ingest.own_domains[i])) {
			return "in one of our own domains";
		}
	}
	if (role_account(address)) {
		return "a role account";
	}
	return NULL;
}

static void
weigh_sender(const struct ingest_message *m, struct ingest_candidate *c,
    struct arena *arena)
{
	const struct ingest_evidence *e = &m->evidence;

	c->confidence = ZONE_UNSURE;
	c->advice = ZONE_ADVICE_UNSURE;
	if (e->dmarc_fail) {
		ingest_advice_never(c, arena, "probably forged: DMARC failed");
	} else if (m->n_from > 1) {
		ingest_note(&c->why, arena, "one of several From: addresses");
	} else if (e->dmarc_pass || e->dkim_aligned) {
		c->advice = ZONE_ADVICE_LIST;
		c->confidence = ZONE_PROBABLE;
		ingest_note(&c->why, arena, "%s",
		    e->dmarc_pass ? "dmarc-pass" : "dkim-aligned");
		if (m->from_doubtful) {
			ingest_advice_doubt(
			    c, arena, "From: can be read in two ways");
		}
	} else if (e->weak) {
		ingest_note(&c->why, arena,
		    "unverified: the recipient's server only guessed that it "
		    "is right");
	} else {
		ingest_note(&c->why, arena,
		    "unverified: From: is free text and nothing proves it");
	}
}

/* One address that is not among the candidates yet; *RET is NULL when it
 * cannot be one. */
static int
add_address(const struct ingest_advising *a, struct ingest_message *m,
    const char *address, struct ingest_candidate **ret)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(a->task->config, ZONE_KIND_ADDRESS);
	struct err_text why = { "" };
	struct zone_key key;

	*ret = NULL;
	if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(address), &key, &why) <
	    0) {
		ingest_note(&m->problems, a->arena, "%s cannot be listed: %s",
		    ingest_text(a->arena, span_str(address), 100), why.text);
		return 0;
	}
	*ret = ingest_advice_add(m, list, &key, a->arena);
	return 0;
}

/* What holds for every address, however it was found. */
static void
finish(const struct ingest_advising *a, const struct ingest_message *m,
    const char *address, struct ingest_candidate *c)
{
	const char *reason = ingest_advice_spared(a, m, address);
	struct err_text why = { "" };
	struct zone_key key;

	if (reason != NULL) {
		ingest_advice_never(c, a->arena, reason);
	}
	if (zone_key_parse(c->list->kind, span_str(c->key), &key, &why) < 0 ||
	    zone_guard_list(a->task->config, c->list, &key, &why) < 0) {
		ingest_advice_never(c, a->arena, why.text);
	}
	if (c->advice == ZONE_ADVICE_NEVER) {
		return;
	}
	if (m->stale != NULL) {
		ingest_advice_doubt(c, a->arena, m->stale);
	}
	if (a->doubt != NULL) {
		ingest_advice_doubt(c, a->arena, a->doubt);
	}
}

int
ingest_advise_senders(const struct ingest_advising *a, struct ingest_message *m)
{
	struct ingest_candidate *c;
	int r = 0;

	if (zone_config_list_of(a->task->config, ZONE_KIND_ADDRESS) == NULL) {
		return 0;
	}
	for (unsigned i = 0; r == 0 && i < m->n_from && i < SENDERS_MAX; i++) {
		r = add_address(a, m, m->from[i], &c);
		if (c != NULL) {
			weigh_sender(m, c, a->arena);
			finish(a, m, m->from[i], c);
		}
	}
	/* where the answers are to go: nobody writes an address there that is
	 * of no use to him, but it may be an innocent's all the same */
	for (unsigned i = 0; r == 0 && i < m->n_reply_to && i < SENDERS_MAX;
	     i++) {
		if (ingest_sender_among(m->reply_to[i], m->from, m->n_from)) {
			continue;
		}
		r = add_address(a, m, m->reply_to[i], &c);
		if (c != NULL) {
			c->advice = ZONE_ADVICE_UNSURE;
			c->confidence = ZONE_UNSURE;
			ingest_note(&c->why, a->arena,
			    "unverified: Reply-To:, where answers go");
			finish(a, m, m->reply_to[i], c);
		}
	}
	return r;
}
