/* walk.c - down the Received chain, to the relay that handed the mail over. */
#include "ingest/walk.h"

#include <string.h>

#include "ingest/mail.h"

#define DAY 86400

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

static bool
onion(struct span name)
{
	while (name.len > 0 && name.at[name.len - 1] == '.') {
		name.len--;
	}
	return span_ends(name, ".onion");
}

/* Does Tor stand in the way: a hidden service took it, or a client that calls
 * itself one handed it over? */
static bool
through_tor(const struct ingest_hop *hop)
{
	return onion(hop->helo) || onion(hop->by) || onion(hop->rdns);
}

/* WORDS with the provider's name, or only WORDS without memory. */
static const char *
with_name(
    struct arena *arena, const char *words, const struct zone_provider_row *row)
{
	const char *why = arena_fmt(arena, "%s %s", words, row->provider);

	return why != NULL ? why : words;
}

/* Why relay I is one to step over, or NULL: it is the boundary. */
static const char *
pass(const struct ingest_task *task, const struct zone_providers *providers,
    const struct ingest_path *path, struct arena *arena,
    struct ingest_message *m, unsigned i)
{
	struct ingest_relay *relay = &m->relays[i];
	const struct ingest_hop *hop = &relay->hop;
	const struct zone_provider_row *row;

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
		m->registered = true;
		return "a relay that the submitter has registered";
	}
	row = ingest_providers_inside(providers, hop);
	if (row != NULL) {
		return with_name(arena, "within the mailbox provider", row);
	}
	row = i + 1 < m->n_relays
	    ? ingest_providers_forward(providers, hop, &m->relays[i + 1].hop)
	    : NULL;
	if (row != NULL) {
		m->forwarded = true;
		return with_name(arena, "the alias forwarder", row);
	}
	/* not a shared farm: the spam may have come through it as well */
	if (on_path(path, &hop->ip) &&
	    ingest_providers_out(providers, hop) == NULL) {
		m->by_path = true;
		return "the submission came through this relay too";
	}
	return NULL;
}

/* Do the dates of the lines down to the boundary fit together? Servers write
 * theirs one after the other; hours of waiting are normal, days are not. */
static bool
dates_jump(const struct ingest_message *m)
{
	int64_t upper = 0, t;

	for (int i = 0; i <= m->boundary; i++) {
		if (!ingest_walk_date(&m->relays[i].hop, &t)) {
			continue;
		}
		if (upper != 0 && (t - upper > DAY || upper - t > DAY)) {
			return true;
		}
		upper = t;
	}
	return false;
}

bool
ingest_walk_date(const struct ingest_hop *hop, int64_t *ret_time)
{
	char text[101];

	size_t n =
	    hop->date.len < sizeof(text) ? hop->date.len : sizeof(text) - 1;

	memcpy(text, hop->date.at, n);
	text[n] = '\0';
	return n > 0 && ingest_mail_date(text, ret_time);
}

int
ingest_walk(const struct ingest_task *task,
    const struct zone_providers *providers, const struct ingest_path *path,
    struct arena *arena, struct ingest_message *m)
{
	unsigned gap = m->head.n; /* first Received: that could not be used */
	unsigned below = 0;       /* evidence stands above this field */
	bool far = false;
	int r;

	m->boundary = -1;
	r = read_chain(arena, m, &gap);
	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; i < m->n_relays; i++) {
		struct ingest_relay *relay = &m->relays[i];
		bool last_registered = m->registered;

		if (m->boundary >= 0 || m->tor) {
			relay->role = INGEST_ROLE_UNTRUSTED;
			relay->why = "below the boundary: a stranger's word";
			continue;
		}
		m->registered = false;
		relay->why = pass(task, providers, path, arena, m, i);
		if (relay->why == NULL) {
			m->boundary = (int)i;
			m->registered = last_registered;
			relay->role = INGEST_ROLE_BOUNDARY;
			relay->why = "the first relay that is none of ours: "
				     "it handed the mail over";
			below = relay->field;
		} else if (relay->role == INGEST_ROLE_PRIVATE &&
		    through_tor(&relay->hop)) {
			/* whoever came is behind this address, and every line
			 * below is his */
			m->tor = true;
			relay->why = "a private address that stands for a "
				     "stranger who came through Tor";
			below = relay->field;
		} else {
			far = far || !near(task, &relay->hop.ip);
		}
	}
	if (m->boundary >= 0) {
		m->gap = gap < below;
		m->first_hand = task->raw && !far && !m->gap;
		m->tor = through_tor(&m->relays[m->boundary].hop);
		m->jump = dates_jump(m);
	}
	return ingest_evidence_read(&m->head, below,
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
