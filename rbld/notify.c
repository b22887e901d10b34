/* notify.c - who is still to be told, and when next. */
#include "rbld/notify.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

#define QUIET 1    /* seconds without a change */
#define PATIENCE 5 /* seconds of changes without rest */
#define TRIES 6
#define WAIT_MAX 60   /* seconds between two tries */
#define REPLIES 256   /* that are looked at in a second */
#define MESSAGE 1024  /* octets: question and SOA */
#define OPCODE (4 << 11)

struct target {
	const struct rbld_zone *zone;
	const struct net_place *place;
	bool waits; /* for an answer */
	unsigned tries;
	uint16_t id;
	int64_t next;
};

struct rbld_notify {
	const struct rbld_listen *listen;
	int fds[2]; /* of each family; -1: not open */
	uint64_t serial, told;
	int64_t changed, since;
	bool changing;
	size_t n;
	struct target at[];
};

int
rbld_notify_open(const struct rbld_apex *apex, const struct rbld_listen *listen,
    struct rbld_notify **ret_notify)
{
	struct rbld_notify *n;
	size_t all = 0;

	*ret_notify = NULL;
	for (unsigned i = 0; i < apex->n_zones; i++) {
		all += apex->zones[i].conf->n_notify;
	}
	if (all == 0) {
		return 0;
	}
	n = calloc(1, sizeof(*n) + all * sizeof(n->at[0]));
	if (n == NULL) {
		return ERR_NOMEM;
	}
	n->listen = listen;
	n->fds[0] = n->fds[1] = -1;
	for (unsigned i = 0; i < apex->n_zones; i++) {
		const struct rbld_zone *z = &apex->zones[i];

		for (size_t k = 0; k < z->conf->n_notify; k++) {
			n->at[n->n].zone = z;
			n->at[n->n++].place = &z->conf->notify[k];
		}
	}
	*ret_notify = n;
	return 0;
}

void
rbld_notify_close(struct rbld_notify **notify)
{
	struct rbld_notify *n = *notify;

	if (n != NULL) {
		for (unsigned i = 0; i < 2; i++) {
			if (n->fds[i] >= 0) {
				close(n->fds[i]);
			}
		}
		free(n);
		*notify = NULL;
	}
}

/* A socket for the family of PLACE, from the address that we answer at:
 * secondaries look at it. */
static int
socket_for(struct rbld_notify *n, const struct net_place *place)
{
	int family = place->sa.ss_family;
	int *fd = &n->fds[family == AF_INET6];

	if (*fd >= 0) {
		return *fd;
	}
	*fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	for (unsigned i = 0; *fd >= 0 && i < n->listen->n; i++) {
		struct net_place from = n->listen->at[i].place;

		if (from.sa.ss_family != family || n->listen->at[i].wildcard) {
			continue;
		}
		if (family == AF_INET) {
			((struct sockaddr_in *)&from.sa)->sin_port = 0;
		} else {
			((struct sockaddr_in6 *)&from.sa)->sin6_port = 0;
		}
		if (bind(*fd, (struct sockaddr *)&from.sa, from.len) == 0) {
			break;
		}
	}
	return *fd;
}

/* The question with the SOA as it is now. */
static size_t
make(const struct target *t, uint32_t serial, uint8_t *out)
{
	const struct rbld_zone *z = t->zone;
	struct rbld_query q = { .id = t->id,
		.flags = OPCODE,
		.name = z->name,
		.name_len = z->name_len,
		.type = RBLD_T_SOA,
		.class = RBLD_CLASS_IN };
	struct rbld_answer a;
	size_t len;

	rbld_answer_begin(&a, &q, out, MESSAGE);
	rbld_answer_soa(&a, z, serial);
	len = rbld_answer_end(&a, RBLD_NOERROR, true, RBLD_EDE_NONE);
	out[2] &= 0x7f; /* it is a question */
	return len;
}

static void
send_one(struct rbld_notify *n, struct target *t, int64_t now,
    struct rbld_life *life)
{
	uint32_t serial = (uint32_t)n->told != 0 ? (uint32_t)n->told : 1;
	int64_t wait = INT64_C(2) << t->tries;
	uint8_t out[MESSAGE];
	char where[128];
	int fd = socket_for(n, t->place);

	if (t->tries == TRIES) {
		t->waits = false;
		if (life != NULL) {
			atomic_fetch_add(&life->notify_given_up, 1);
		}
		log_event(LOG_WARN, "notify of %s to %s: no answer",
		    t->zone->conf->name,
		    net_place_format(
			where, (const struct sockaddr *)&t->place->sa));
		return;
	}
	if (fd >= 0) {
		size_t len = make(t, serial, out);

		(void)sendto(fd, out, len, MSG_DONTWAIT,
		    (const struct sockaddr *)&t->place->sa, t->place->len);
		if (life != NULL) {
			atomic_fetch_add(&life->notify_sent, 1);
		}
	}
	t->tries++;
	t->next = now + (wait < WAIT_MAX ? wait : WAIT_MAX);
}

static bool
same_place(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family) {
		return false;
	}
	return a->ss_family == AF_INET
	    ? a4->sin_port == b4->sin_port &&
		a4->sin_addr.s_addr == b4->sin_addr.s_addr
	    : a6->sin6_port == b6->sin6_port &&
		memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0;
}

/* Any answer with the id will do, whatever it says (RFC 1996, 3.6). */
static void
hear(struct rbld_notify *n, int fd, struct rbld_life *life)
{
	for (unsigned i = 0; i < REPLIES; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t from_len = sizeof(from);
		uint8_t in[RBLD_REPLY_MIN];
		ssize_t len = recvfrom(fd, in, sizeof(in), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);

		if (len < 0) {
			return;
		}
		for (size_t k = 0; len >= RBLD_HEADER && k < n->n; k++) {
			struct target *t = &n->at[k];

			if (t->waits && t->tries > 0 && (in[2] & 0x80) != 0 &&
			    t->id == ((unsigned)in[0] << 8 | in[1]) &&
			    same_place(&from, &t->place->sa)) {
				t->waits = false;
				if (life != NULL) {
					atomic_fetch_add(
					    &life->notify_answered, 1);
				}
			}
		}
	}
}

/* Everybody is to be told. */
static void
begin(struct rbld_notify *n, int64_t now)
{
	n->told = n->serial;
	n->changing = false;
	for (size_t i = 0; i < n->n; i++) {
		struct target *t = &n->at[i];

		t->waits = true;
		t->tries = 0;
		t->next = now;
		secret_random(&t->id, sizeof(t->id));
	}
}

void
rbld_notify_tick(struct rbld_notify *notify, uint64_t serial, int64_t now,
    struct rbld_life *life)
{
	struct rbld_notify *n = notify;

	for (unsigned i = 0; i < 2; i++) {
		if (n->fds[i] >= 0) {
			hear(n, n->fds[i], life);
		}
	}
	if (serial != 0 && serial != n->serial) {
		n->serial = serial;
		n->changed = now;
		if (!n->changing) {
			n->changing = true;
			n->since = now;
		}
	}
	if (n->changing && n->serial != n->told &&
	    (now - n->changed >= QUIET || now - n->since >= PATIENCE)) {
		begin(n, now);
	}
	for (size_t i = 0; i < n->n; i++) {
		if (n->at[i].waits && n->at[i].next <= now) {
			send_one(n, &n->at[i], now, life);
		}
	}
}
