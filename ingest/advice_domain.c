/* advice_domain.c - domains: of the sender, and of links.
 *
 * What is proposed is the registered domain with all below it (".d"): names
 * below are free to whoever has it, so a single one is soon replaced.
 */
#include <stdio.h>
#include <string.h>

#include "ingest/advice_priv.h"
#include "ingest/domain.h"
#include "ingest/links.h"
#include "ingest/sender.h"
#include "zone/guard.h"

#define DOMAINS_MAX 8 /* candidates of one message */

struct domains {
	const struct ingest_advising *a;
	const struct zone_list_conf *list;
	struct ingest_message *m;
	unsigned n;
};

/* Why ORG, which everybody shares or nobody may list, is spared; or NULL. */
static const char *
shared(const struct domains *d, const char *org)
{
	const struct zone_provider_row *row =
	    zone_providers_name(d->a->providers, span_str(org),
		ZONE_PROVIDER(ZONE_PROVIDER_FREEMAIL) |
		    ZONE_PROVIDER(ZONE_PROVIDER_SHORTENER) |
		    ZONE_PROVIDER(ZONE_PROVIDER_BRAND));

	if (row == NULL) {
		/* below it each name is somebody's own where the suffix list
		 * says so; then ORG is longer than the row's name */
		row = zone_providers_name(d->a->providers, span_str(org),
		    ZONE_PROVIDER(ZONE_PROVIDER_HOSTING));
		return row != NULL && strcmp(row->name, org) == 0
		    ? "everybody's pages are below it"
		    : NULL;
	}
	switch (row->kind) {
	case ZONE_PROVIDER_FREEMAIL: return "everybody's mailboxes are in it";
	case ZONE_PROVIDER_SHORTENER: return "a redirector that everybody uses";
	default: return "a name that spam pretends to be of, and links to";
	}
}

/* Is ORG the domain of somebody who got or reported the mail? */
static bool
ours(const struct domains *d, const char *org)
{
	const struct ingest_spare *spare = d->a->spare;
	char other[256];

	for (unsigned i = 0; i < d->m->n_to; i++) {
		ingest_domain_org(
		    other, span_str(ingest_sender_domain(d->m->to[i])));
		if (strcmp(other, org) == 0) {
			return true;
		}
	}
	for (unsigned i = 0; i < spare->n; i++) {
		ingest_domain_org(
		    other, span_str(ingest_sender_domain(spare->addresses[i])));
		if (strcmp(other, org) == 0) {
			return true;
		}
	}
	return false;
}

/* The candidate for the registered domain of HOST, new or there before; *RET
 * is NULL when there can be none. *RET_NEW: nothing was said of it yet. */
static void
domain(struct domains *d, const char *host, struct ingest_candidate **ret,
    bool *ret_new)
{
	struct err_text why = { "" };
	char org[256], text[260], canonical[ZONE_KEY_TEXT];
	struct zone_key key;
	const char *reason;

	*ret = NULL;
	*ret_new = false;
	ingest_domain_org(org, span_str(host));
	snprintf(text, sizeof(text), ".%s", org);
	if (org[0] == '\0' ||
	    zone_key_parse(ZONE_KIND_DOMAIN, span_str(text), &key, &why) < 0) {
		return;
	}
	zone_key_format(canonical, &key);
	for (unsigned i = 0; i < d->m->n_candidates; i++) {
		struct ingest_candidate *c = &d->m->candidates[i];

		if (c->list == d->list && strcmp(c->key, canonical) == 0) {
			*ret = c;
			return;
		}
	}
	if (d->n == DOMAINS_MAX) {
		return;
	}
	*ret = ingest_advice_add(d->m, d->list, &key, d->a->arena);
	if (*ret == NULL) {
		return;
	}
	d->n++;
	*ret_new = true;
	(*ret)->advice = ZONE_ADVICE_UNSURE;
	(*ret)->confidence = ZONE_UNSURE;
	reason = shared(d, org);
	if (reason == NULL && ours(d, org)) {
		reason = "the domain of a recipient or the submitter";
	}
	if (reason != NULL) {
		ingest_advice_never(*ret, d->a->arena, reason);
	}
	if (zone_guard_list(d->a->task->config, d->list, &key, &why) < 0) {
		ingest_advice_never(*ret, d->a->arena, why.text);
	}
}

static void
of_sender(struct domains *d, const char *address)
{
	const struct ingest_evidence *e = &d->m->evidence;
	struct arena *arena = d->a->arena;
	struct ingest_candidate *c;
	bool fresh;

	domain(d, ingest_sender_domain(address), &c, &fresh);
	if (c == NULL || c->advice == ZONE_ADVICE_NEVER) {
		return;
	}
	if (e->dmarc_fail) {
		ingest_advice_never(
		    c, arena, "of From:, probably forged: DMARC failed");
		return;
	}
	if (!d->m->from_doubtful && d->m->n_from == 1 &&
	    (e->dmarc_pass || e->dkim_aligned)) {
		c->advice = ZONE_ADVICE_LIST;
		c->confidence = ZONE_PROBABLE;
		ingest_note(&c->why, arena, "of From:, %s",
		    e->dmarc_pass ? "dmarc-pass" : "dkim-aligned");
	} else {
		ingest_note(&c->why, arena, "of From:, unverified");
	}
	if (d->m->stale != NULL) {
		ingest_advice_doubt(c, arena, d->m->stale);
	}
	if (d->a->doubt != NULL) {
		ingest_advice_doubt(c, arena, d->a->doubt);
	}
}

int
ingest_advise_domains(const struct ingest_advising *a, struct ingest_message *m)
{
	struct domains d = { .a = a,
		.list = zone_config_list_of(a->task->config, ZONE_KIND_DOMAIN),
		.m = m };
	struct ingest_links links;
	int r;

	if (d.list == NULL) {
		return 0;
	}
	for (unsigned i = 0; i < m->n_from && i < DOMAINS_MAX / 2; i++) {
		of_sender(&d, m->from[i]);
	}
	r = ingest_links_read(a->task->config, m->bytes, a->arena, &links);
	for (unsigned i = 0; r == 0 && i < links.n; i++) {
		struct ingest_candidate *c;
		bool fresh;

		domain(&d, links.hosts[i], &c, &fresh);
		if (c == NULL || c->advice == ZONE_ADVICE_NEVER) {
			continue;
		}
		ingest_note(&c->why, a->arena,
		    "linked to in the text (%s): look at it before listing",
		    links.hosts[i]);
		if (fresh && a->doubt != NULL) {
			ingest_advice_doubt(c, a->arena, a->doubt);
		}
	}
	return r;
}
