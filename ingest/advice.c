/* advice.c - from what was read to what a person is asked. */
#include "ingest/advice.h"

#include <string.h>

#include "ingest/domain.h"
#include "ingest/sender.h"
#include "zone/guard.h"

static struct ingest_candidate *
candidate(struct ingest_message *m, const struct zone_list_conf *list,
    const struct zone_key *key, struct arena *arena)
{
	struct ingest_candidate *c = &m->candidates[m->n_candidates];
	char text[ZONE_KEY_TEXT];

	if (m->n_candidates ==
	    sizeof(m->candidates) / sizeof(m->candidates[0])) {
		return NULL;
	}
	*c = (struct ingest_candidate){ .list = list };
	c->key = arena_str(arena, zone_key_format(text, key));
	if (c->key == NULL) {
		return NULL;
	}
	m->n_candidates++;
	return c;
}

static void
never(struct ingest_candidate *c, struct arena *arena, const char *why)
{
	c->advice = ZONE_ADVICE_NEVER;
	ingest_note(&c->why, arena, "%s", why);
}

/* No better than unsure. */
static void
doubt_it(struct ingest_candidate *c, struct arena *arena, const char *why)
{
	if (c->advice == ZONE_ADVICE_LIST) {
		c->advice = ZONE_ADVICE_UNSURE;
	}
	if (c->confidence != ZONE_UNSURE) {
		c->confidence = ZONE_UNSURE;
	}
	ingest_note(&c->why, arena, "%s", why);
}

/* How sure it is that the boundary is the right relay. */
static void
confidence(const struct ingest_message *m, struct ingest_candidate *c,
    struct arena *arena)
{
	const struct ingest_evidence *e = &m->evidence;
	const struct ingest_relay *b = &m->relays[m->boundary];
	char text[NET_IP_TEXT];

	ingest_note(&c->why, arena, "boundary");
	if (e->stated.bits != 0 && net_ip_equal(&e->stated, &b->hop.ip)) {
		c->confidence = ZONE_CERTAIN;
		ingest_note(&c->why, arena,
		    "the recipient's server names it in %s", e->stated_by);
	} else if (m->first_hand) {
		c->confidence = ZONE_CERTAIN;
		ingest_note(&c->why, arena, "our own server wrote this line");
	} else if (e->stated.bits != 0) {
		c->confidence = ZONE_UNSURE;
		ingest_note(&c->why, arena, "but %s names another client: %s",
		    e->stated_by, net_ip_format(text, &e->stated));
	} else if (m->gap) {
		c->confidence = ZONE_UNSURE;
		ingest_note(&c->why, arena,
		    "a Received: line above it names no address: it may have "
		    "been the one");
	} else if (b->hop.by.len == 0) {
		c->confidence = ZONE_UNSURE;
		ingest_note(&c->why, arena,
		    "the line does not say which server wrote it");
	} else {
		c->confidence = ZONE_PROBABLE;
		ingest_note(&c->why, arena,
		    "nothing else in the header confirms or denies it");
	}
	for (int i = 0; i < m->boundary; i++) {
		if (strcmp(m->relays[i].why,
			"the submission came through this relay too") == 0 &&
		    c->confidence != ZONE_CERTAIN) {
			c->confidence = ZONE_UNSURE;
			ingest_note(&c->why, arena,
			    "a relay of the submitter was stepped over");
		}
	}
}

/* The key that an address stands for: itself, or its /64 (a line's or a
 * server's smallest share of IPv6). */
static struct zone_key
ip_key(const struct net_ip *ip)
{
	struct zone_key key = zone_key_of_ip(ip);

	if (ip->bits == 128) {
		memset(key.ip.ip.bytes + 8, 0, 8);
		key.ip.plen = 64;
	}
	return key;
}

static int
advise_ip(const struct ingest_task *task,
    const struct ingest_providers *providers, const char *doubt,
    struct arena *arena, struct ingest_message *m)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(task->config, ZONE_KIND_IP);
	const struct ingest_hop *hop;
	struct ingest_candidate *c;
	struct err_text why = { "" };
	char text[NET_IP_TEXT];
	const char *provider, *dynamic;
	struct zone_key key, whole;

	if (list == NULL || m->boundary < 0) {
		return 0;
	}
	hop = &m->relays[m->boundary].hop;
	key = ip_key(&hop->ip);
	c = candidate(m, list, &key, arena);
	if (c == NULL) {
		return ERR_NOMEM;
	}
	confidence(m, c, arena);
	if (hop->ip.bits == 128) {
		c->address = arena_str(arena, net_ip_format(text, &hop->ip));
		ingest_note(&c->why, arena,
		    "IPv6: its /64, which one sender has to himself");
	}
	provider = ingest_providers_out(providers, &hop->ip, hop->rdns);
	dynamic = ingest_name_dynamic(
	    hop->rdns.len > 0 ? hop->rdns : hop->helo, &hop->ip);
	whole = zone_key_of_ip(&hop->ip);
	if (zone_guard_list(task->config, list, &key, &why) < 0 ||
	    zone_guard_list(task->config, list, &whole, &why) < 0) {
		never(c, arena, why.text);
	} else if (provider != NULL) {
		c->advice = ZONE_ADVICE_ADDRESS_INSTEAD;
		ingest_note(&c->why, arena,
		    "a shared mail server of %s: others' mail comes from it",
		    provider);
	} else if (dynamic != NULL) {
		c->advice = ZONE_ADVICE_ADDRESS_INSTEAD;
		ingest_note(&c->why, arena,
		    "looks like a dynamic line (its name holds %s): the "
		    "address will soon be another's",
		    dynamic);
	} else {
		c->advice = ZONE_ADVICE_LIST;
	}
	if (doubt != NULL && c->advice != ZONE_ADVICE_NEVER) {
		doubt_it(c, arena, doubt);
	} else if (c->confidence == ZONE_UNSURE) {
		doubt_it(c, arena, "look at the chain before listing");
	}
	return 0;
}

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

/* Why ADDRESS must not be listed because of this mail, or NULL. */
static const char *
spared(const struct ingest_task *task, const struct ingest_spare *spare,
    const struct ingest_message *m, const char *address)
{
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
		never(c, arena, "probably forged: DMARC failed");
	} else if (m->n_from > 1) {
		ingest_note(&c->why, arena, "one of several From: addresses");
	} else if (e->dmarc_pass || e->dkim_aligned) {
		c->advice = ZONE_ADVICE_LIST;
		c->confidence = ZONE_PROBABLE;
		ingest_note(&c->why, arena, "%s",
		    e->dmarc_pass ? "dmarc-pass" : "dkim-aligned");
		if (m->from_doubtful) {
			doubt_it(c, arena, "From: can be read in two ways");
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

static int
advise_from(const struct ingest_task *task, const struct ingest_spare *spare,
    const char *doubt, struct arena *arena, struct ingest_message *m)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(task->config, ZONE_KIND_ADDRESS);

	for (unsigned i = 0; list != NULL && i < m->n_from; i++) {
		struct ingest_candidate *c;
		struct err_text why = { "" };
		const char *reason;
		struct zone_key key;

		if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(m->from[i]),
			&key, &why) < 0) {
			ingest_note(&m->problems, arena,
			    "%s cannot be listed: %s",
			    ingest_text(arena, span_str(m->from[i]), 100),
			    why.text);
			continue;
		}
		c = candidate(m, list, &key, arena);
		if (c == NULL) {
			break; /* more than a person can look at */
		}
		weigh_sender(m, c, arena);
		reason = spared(task, spare, m, m->from[i]);
		if (reason != NULL) {
			never(c, arena, reason);
		}
		if (zone_guard_list(task->config, list, &key, &why) < 0) {
			never(c, arena, why.text);
		}
		if (doubt != NULL && c->advice != ZONE_ADVICE_NEVER) {
			doubt_it(c, arena, doubt);
		}
	}
	return 0;
}

int
ingest_advise(const struct ingest_task *task,
    const struct ingest_providers *providers, const struct ingest_spare *spare,
    const char *doubt, struct arena *arena, struct ingest_message *m)
{
	int r = advise_ip(task, providers, doubt, arena, m);

	return r < 0 ? r : advise_from(task, spare, doubt, arena, m);
}
