/* advice.c - from what was read to what a person is asked. */
#include "ingest/advice_priv.h"

#include <string.h>

#include "ingest/domain.h"
#include "zone/guard.h"

struct ingest_candidate *
ingest_advice_add(struct ingest_message *m, const struct zone_list_conf *list,
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

void
ingest_advice_never(
    struct ingest_candidate *c, struct arena *arena, const char *why)
{
	c->advice = ZONE_ADVICE_NEVER;
	ingest_note(&c->why, arena, "%s", why);
}

void
ingest_advice_doubt(
    struct ingest_candidate *c, struct arena *arena, const char *why)
{
	if (c->advice == ZONE_ADVICE_LIST) {
		c->advice = ZONE_ADVICE_UNSURE;
	}
	if (c->confidence != ZONE_UNSURE) {
		c->confidence = ZONE_UNSURE;
	}
	ingest_note(&c->why, arena, "%s", why);
}

/* What in the chain speaks against the boundary; NULL: nothing. */
static const char *
weak_point(const struct ingest_message *m)
{
	if (m->gap) {
		return "a Received: line above it names no address: it may "
		       "have been the one";
	}
	if (m->relays[m->boundary].hop.by.len == 0) {
		return "the line does not say which server wrote it";
	}
	if (m->forwarded) {
		return "an alias forwarder was stepped over";
	}
	if (m->by_path) {
		return "a relay of the submitter was stepped over";
	}
	if (m->jump) {
		return "the dates in the chain are days apart";
	}
	return NULL;
}

/* How sure it is that the boundary is the right relay. */
static void
confidence(const struct ingest_message *m, struct ingest_candidate *c,
    struct arena *arena)
{
	const struct ingest_evidence *e = &m->evidence;
	const struct ingest_relay *b = &m->relays[m->boundary];
	const char *weak = weak_point(m);
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
	} else if (weak != NULL) {
		c->confidence = ZONE_UNSURE;
		ingest_note(&c->why, arena, "%s", weak);
	} else if (m->registered) {
		c->confidence = ZONE_CERTAIN;
		ingest_note(&c->why, arena,
		    "a relay that the submitter has registered wrote this "
		    "line");
	} else {
		c->confidence = ZONE_PROBABLE;
		ingest_note(&c->why, arena,
		    "nothing else in the header confirms or denies it");
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

static void
instead(struct ingest_candidate *c)
{
	c->advice = ZONE_ADVICE_ADDRESS_INSTEAD;
}

/* Does the line below the boundary look as if a customer of the same access
 * provider handed the mail to it? A stranger wrote that line, so it may stop a
 * listing and never cause one. */
static bool
customer_below(const struct ingest_message *m)
{
	const struct ingest_hop *b = &m->relays[m->boundary].hop, *below;
	struct span name = b->rdns.len > 0 ? b->rdns : b->helo, client;

	if ((unsigned)m->boundary + 1 >= m->n_relays) {
		return false;
	}
	below = &m->relays[m->boundary + 1].hop;
	client = below->rdns.len > 0 ? below->rdns : below->helo;
	return !ingest_ip_private(&below->ip) &&
	    ingest_name_dynamic(client, &below->ip) != NULL &&
	    ingest_domain_aligned(name, below->by) &&
	    ingest_domain_aligned(name, client);
}

/* What kind of host the boundary is: one line's, or one that many share. */
static void
weigh_host(const struct zone_providers *providers,
    const struct ingest_message *m, struct ingest_candidate *c,
    struct arena *arena)
{
	const struct ingest_hop *hop = &m->relays[m->boundary].hop;
	const struct zone_provider_row *row =
	    ingest_providers_out(providers, hop);
	const char *dynamic = ingest_name_dynamic(hop->rdns, &hop->ip);
	const char *source = "looked up";

	if (dynamic == NULL && hop->rdns.len == 0) {
		dynamic = ingest_name_dynamic(hop->helo, &hop->ip);
		source = "HELO";
	}
	c->advice = ZONE_ADVICE_LIST;
	if (row != NULL && row->kind != ZONE_PROVIDER_ISP) {
		instead(c);
		ingest_note(&c->why, arena,
		    "a shared mail server of %s: others' mail comes from it "
		    "(%s, %s)",
		    row->provider, row->date, row->source);
	} else if (dynamic != NULL) {
		instead(c);
		ingest_note(&c->why, arena,
		    "looks like a dynamic line (its %s name holds %s): the "
		    "address will soon be another's",
		    source, dynamic);
	} else if (row != NULL) {
		instead(c);
		ingest_note(&c->why, arena,
		    "a mail server of the access provider %s: all its "
		    "customers send through it (%s, %s)",
		    row->provider, row->date, row->source);
	} else if (customer_below(m)) {
		instead(c);
		ingest_note(&c->why, arena,
		    "looks like an access provider's mail server: below it "
		    "stands one of its customers' lines");
	}
	if (m->tor) {
		instead(c);
		c->confidence = ZONE_UNSURE;
		ingest_note(&c->why, arena,
		    "it came through Tor: the address is an exit's, which "
		    "strangers share");
	}
	if (hop->auth.len > 0) {
		ingest_note(&c->why, arena,
		    "the client had logged in there: perhaps a stolen "
		    "account");
	}
}

static int
advise_ip(const struct ingest_task *task,
    const struct zone_providers *providers, const char *doubt,
    struct arena *arena, struct ingest_message *m)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(task->config, ZONE_KIND_IP);
	const struct ingest_hop *hop;
	struct ingest_candidate *c;
	struct err_text why = { "" };
	char text[NET_IP_TEXT];
	struct zone_key key, whole;

	if (list == NULL || m->boundary < 0) {
		return 0;
	}
	hop = &m->relays[m->boundary].hop;
	key = ip_key(&hop->ip);
	c = ingest_advice_add(m, list, &key, arena);
	if (c == NULL) {
		return ERR_NOMEM;
	}
	confidence(m, c, arena);
	if (hop->ip.bits == 128) {
		c->address = arena_str(arena, net_ip_format(text, &hop->ip));
		ingest_note(&c->why, arena,
		    "IPv6: its /64, which one sender has to himself");
	}
	whole = zone_key_of_ip(&hop->ip);
	if (zone_guard_list(task->config, list, &key, &why) < 0 ||
	    zone_guard_list(task->config, list, &whole, &why) < 0) {
		ingest_advice_never(c, arena, why.text);
		return 0;
	}
	if (m->stale != NULL) {
		ingest_advice_never(c, arena, m->stale);
		return 0;
	}
	weigh_host(providers, m, c, arena);
	if (doubt != NULL) {
		ingest_advice_doubt(c, arena, doubt);
	} else if (c->confidence == ZONE_UNSURE) {
		ingest_advice_doubt(
		    c, arena, "look at the chain before listing");
	}
	return 0;
}

int
ingest_advise(const struct ingest_task *task,
    const struct zone_providers *providers, const struct ingest_spare *spare,
    const char *doubt, struct arena *arena, struct ingest_message *m)
{
	const struct ingest_advising a = { .task = task,
		.providers = providers,
		.spare = spare,
		.doubt = doubt,
		.arena = arena };
	int r = advise_ip(task, providers, doubt, arena, m);

	if (r == 0) {
		r = ingest_advise_senders(&a, m);
	}
	return r < 0 ? r : ingest_advise_domains(&a, m);
}
