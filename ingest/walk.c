/* walk.c - down the Received chain, to the relay that handed the mail over. */
#include "ingest/walk.h"

#include <string.h>

static int
read_chain(struct arena *arena, struct ingest_message *m, unsigned *ret_gap)
{
	const struct ingest_head *head = &m->head;
	bool all_private = true;

	m->relays =
	    arena_alloc(arena, (INGEST_RECEIVED_MAX + 1) * sizeof(*m->relays));
	if (m->relays == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < head->n; i++) {
		const struct ingest_field *f = &head->fields[i];
		struct ingest_relay *relay = &m->relays[m->n_relays];
		int r;

		if (!span_is(f->name, "Received")) {
			continue;
		}
		r = ingest_received_parse(f->value, arena, &relay->hop);
		if (r < 0) {
			return r;
		}
		if (relay->hop.sort == INGEST_HOP_FETCH && all_private) {
			/* the mail lay in a mailbox: the way up to here is
			 * the recipient's own business (decisions 19) */
			m->n_relays = 0;
			*ret_gap = head->n;
			continue;
		}
		if (relay->hop.sort != INGEST_HOP_RELAY ||
		    m->n_relays == INGEST_RECEIVED_MAX) {
			if (relay->hop.from.len > 0 && i < *ret_gap) {
				*ret_gap = i;
			}
			continue;
		}
		relay->field = i;
		relay->why = "";
		relay->at = m->base < 0 ? -1 : m->base + (int64_t)f->at;
		relay->len = m->base < 0 ? -1 : (int64_t)f->len;
		all_private = all_private && ingest_ip_private(&relay->hop.ip);
		m->n_relays++;
	}
	return 0;
}

static bool
within_any(const struct net_ip *ip, const struct net_prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (net_ip_within(ip, &list[i].ip, list[i].plen)) {
			return true;
		}
	}
	return false;
}

/* A hop within our own server or between ours. A private address alone does
 * not prove that: behind a NAT or a proxy every stranger has it. */
static bool
near(const struct ingest_task *task, const struct net_ip *ip)
{
	return (ip->bits == 32 && ip->bytes[0] == 127) ||
	    (ip->bits == 128 && ip->bytes[0] == 0) ||
	    within_any(ip, task->config->ingest.own_relays,
		task->config->ingest.n_own_relays);
}

static bool
on_path(const struct ingest_path *path, const struct net_ip *ip)
{
	for (unsigned i = 0; i < path->n; i++) {
		if (net_ip_equal(&path->ips[i], ip)) {
			return true;
		}
	}
	return false;
}

/* Why RELAY is one to step over, or NULL: it is the boundary. */
static const char *
pass(const struct ingest_task *task, const struct ingest_providers *providers,
    const struct ingest_path *path, struct arena *arena,
    struct ingest_relay *relay)
{
	const struct ingest_hop *hop = &relay->hop;
	const char *provider;

	relay->role = INGEST_ROLE_TRUSTED;
	if (ingest_ip_private(&hop->ip)) {
		relay->role = INGEST_ROLE_PRIVATE;
		return "a private address";
	}
	if (within_any(&hop->ip, task->config->ingest.own_relays,
		task->config->ingest.n_own_relays)) {
		return "one of our own relays";
	}
	if (within_any(&hop->ip, task->relays, task->n_relays)) {
		return "a mail host of the submitter";
	}
	provider = ingest_providers_inside(providers, hop);
	if (provider != NULL) {
		const char *why = arena_fmt(
		    arena, "within the mailbox provider %s", provider);

		return why != NULL ? why : "within a mailbox provider";
	}
	/* not a shared farm: the spam may have come through it as well */
	if (on_path(path, &hop->ip) &&
	    ingest_providers_out(providers, &hop->ip, hop->rdns) == NULL) {
		return "the submission came through this relay too";
	}
	return NULL;
}

int
ingest_walk(const struct ingest_task *task,
    const struct ingest_providers *providers, const struct ingest_path *path,
    struct arena *arena, struct ingest_message *m)
{
	unsigned gap = m->head.n; /* first Received: that could not be used */
	bool far = false;
	int r;

	m->boundary = -1;
	r = read_chain(arena, m, &gap);
	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; i < m->n_relays; i++) {
		struct ingest_relay *relay = &m->relays[i];

		if (m->boundary >= 0) {
			relay->role = INGEST_ROLE_UNTRUSTED;
			relay->why = "below the boundary: a stranger's word";
			continue;
		}
		relay->why = pass(task, providers, path, arena, relay);
		if (relay->why == NULL) {
			m->boundary = (int)i;
			relay->role = INGEST_ROLE_BOUNDARY;
			relay->why = "the first relay that is none of ours: "
				     "it handed the mail over";
		} else {
			far = far || !near(task, &relay->hop.ip);
		}
	}
	m->gap = m->boundary >= 0 && gap < m->relays[m->boundary].field;
	m->first_hand = task->raw && m->boundary >= 0 && !far && !m->gap;
	return ingest_evidence_read(&m->head,
	    m->boundary >= 0 ? m->relays[m->boundary].field : 0,
	    m->n_from == 1 ? m->from[0] : NULL, arena, &m->evidence);
}

int
ingest_walk_path(const struct ingest_head *head, struct arena *arena,
    struct ingest_path *ret)
{
	struct net_ip *ips =
	    arena_alloc(arena, INGEST_RECEIVED_MAX * sizeof(*ips));
	unsigned n = 0;

	if (ips == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < head->n && n < INGEST_RECEIVED_MAX; i++) {
		struct ingest_hop hop;
		int r;

		if (!span_is(head->fields[i].name, "Received")) {
			continue;
		}
		r = ingest_received_parse(head->fields[i].value, arena, &hop);
		if (r < 0) {
			return r;
		}
		if (hop.ip.bits != 0 && !ingest_ip_private(&hop.ip)) {
			ips[n++] = hop.ip;
		}
	}
	*ret = (struct ingest_path){ .ips = ips, .n = n };
	return 0;
}
