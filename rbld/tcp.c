/* tcp.c - all connections in one thread, by epoll.
 *
 * A connection is either read or, when its peer does not take what it asked
 * for, written; never both, so a peer that does not read costs one buffer.
 * Connections stand in a row, the one that was silent longest first. What
 * counts as a sign of life is a complete message, not an octet (7766-4). When
 * there is no room for another one, the most silent one goes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "rbld/crew.h"
#include "rbld/stream.h"
#include "rbld/transfer.h"

#define EVENTS 64
#define ACCEPTS 64   /* new connections before the old ones are looked at */
#define READS 16     /* turns at one connection before the others' */
#define AGE_MAX 30   /* seconds; then the client may come again */
#define SHARE 4      /* one client has at most 1/SHARE of all connections */
#define CLIENTS 4096 /* counters of clients' connections */
#define OUT_ONE (2 + RBLD_REPLY_MAX)
#define OUT_MAX (2 * OUT_ONE) /* replies gathered for one write */

struct conn {
	struct conn *prev, *next; /* in the row */
	int fd;
	bool writing; /* waits for the peer to take what is in "out" */
	bool ended;   /* the peer will send no more */
	int64_t born, alive;
	struct net_ip ip;
	unsigned client; /* number of its counter */
	union {
		struct sockaddr sa;
		struct sockaddr_in6 in6;
	} peer;
	uint8_t *out; /* replies that did not fit into the socket */
	size_t out_len, out_at;
	struct rbld_transfer *transfer; /* under way; nothing is read then */
	int64_t transfer_begun;
	struct rbld_stream stream;
};

struct tcp {
	struct rbld_thread *thread;
	struct rbld_look *look;
	int ep;
	bool renewed;    /* the look is at work for this round of events */
	struct conn row; /* ring: next is the most silent one */
	unsigned n;
	unsigned transfers; /* under way */
	uint64_t seed;
	unsigned clients[CLIENTS]; /* connections by a hash of the client */
	int64_t now, swept;
	uint32_t wall; /* the time of people, for cookies */
	uint8_t out[OUT_MAX];
};

static void
leave_row(struct conn *c)
{
	c->prev->next = c->next;
	c->next->prev = c->prev;
}

static void
join_row(struct tcp *t, struct conn *c)
{
	c->prev = t->row.prev;
	c->next = &t->row;
	c->prev->next = c;
	t->row.prev = c;
}

static void
end_transfer(struct tcp *t, struct conn *c, bool done)
{
	if (c->transfer != NULL) {
		rbld_transfer_end(&c->transfer, done);
		t->transfers--;
	}
}

static void
end_conn(struct tcp *t, struct conn *c)
{
	end_transfer(t, c, false);
	leave_row(c);
	close(c->fd); /* leaves the epoll set as well */
	free(c->out);
	t->clients[c->client]--;
	free(c);
	t->n--;
}

static bool
watch(struct tcp *t, struct conn *c, bool writing)
{
	struct epoll_event e = { .events = writing ? EPOLLOUT : EPOLLIN,
		.data.ptr = c };

	if (c->writing == writing) {
		return true;
	}
	c->writing = writing;
	return epoll_ctl(t->ep, EPOLL_CTL_MOD, c->fd, &e) == 0;
}

enum flow { FLOWS, BLOCKED, BROKEN };

/* Send LEN octets; *ret_sent of them went. */
static enum flow
send_some(int fd, const uint8_t *data, size_t len, size_t *ret_sent)
{
	*ret_sent = 0;
	while (*ret_sent < len) {
		ssize_t n = send(fd, data + *ret_sent, len - *ret_sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			*ret_sent += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return BLOCKED;
		} else if (errno != EINTR) {
			return BROKEN;
		}
	}
	return FLOWS;
}

/* What was kept goes first. */
static enum flow
send_kept(struct conn *c)
{
	enum flow flow;
	size_t sent;

	if (c->out == NULL) {
		return FLOWS;
	}
	flow =
	    send_some(c->fd, c->out + c->out_at, c->out_len - c->out_at, &sent);
	c->out_at += sent;
	if (flow == FLOWS) {
		free(c->out);
		c->out = NULL;
	}
	return flow;
}

static enum flow
send_new(struct conn *c, const uint8_t *data, size_t len)
{
	size_t sent;
	enum flow flow = send_some(c->fd, data, len, &sent);

	if (flow == BLOCKED) {
		c->out = malloc(len - sent);
		if (c->out == NULL) {
			return BROKEN;
		}
		memcpy(c->out, data + sent, len - sent);
		c->out_len = len - sent;
		c->out_at = 0;
	}
	return flow;
}

/* Is the next message the beginning of a transfer? */
static bool
begin_transfer(struct tcp *t, struct conn *c, const struct rbld_from *from)
{
	struct rbld_turn turn;
	size_t len;
	const uint8_t *in = rbld_stream_whole(&c->stream, &len);

	if (in == NULL) {
		return false;
	}
	rbld_handle_read(t->look, in, len, &turn);
	if (!rbld_transfer_is(&turn) ||
	    !rbld_transfer_begin(t->look, t->thread->stats, from, &turn,
		t->transfers, &c->transfer)) {
		return false;
	}
	t->transfers++;
	c->transfer_begun = c->alive = t->now;
	rbld_stream_drop(&c->stream);
	return true;
}

/* Send what the peer takes of its transfer, for a while. *ret_more: there is
 * more of it. */
static enum flow
go_on_transfer(struct tcp *t, struct conn *c, bool *ret_more)
{
	enum flow flow = FLOWS;

	*ret_more = true;
	for (int i = 0; flow == FLOWS && i < READS; i++) {
		const uint8_t *data;
		size_t len;
		int r = rbld_transfer_next(c->transfer, &data, &len);

		if (r <= 0) {
			end_transfer(t, c, r == 0);
			*ret_more = false;
			return r == 0 ? FLOWS : BROKEN;
		}
		c->alive = t->now;
		leave_row(c);
		join_row(t, c);
		flow = send_new(c, data, len);
	}
	return flow;
}

/* Answer the whole messages that are there, several with one write. *ret_more:
 * they did not all find room. */
static enum flow
answer_all(struct tcp *t, struct conn *c, bool *ret_more)
{
	const struct rbld_world *w = t->thread->world;
	const struct rbld_from from = { .peer = &c->peer.sa,
		.tcp = true,
		.limit = RBLD_REPLY_MAX,
		.self = w->self,
		.now = t->wall,
		.idle = 10 * w->tcp_timeout };
	enum rbld_stream_step step = RBLD_STREAM_SILENT;
	size_t len, at = 0;

	if (!t->renewed) {
		rbld_look_renew(t->look);
		t->renewed = true;
	}
	while (step != RBLD_STREAM_MORE && at + OUT_ONE <= sizeof(t->out)) {
		if (begin_transfer(t, c, &from)) {
			break; /* behind the replies so far */
		}
		step = rbld_stream_answer(&c->stream, t->look, t->thread->stats,
		    &from, t->out + at, &len);
		if (step == RBLD_STREAM_REPLY) {
			at += len;
		}
		if (step != RBLD_STREAM_MORE) {
			c->alive = t->now;
			leave_row(c);
			join_row(t, c);
		}
	}
	*ret_more = step != RBLD_STREAM_MORE;
	return at > 0 ? send_new(c, t->out, at) : FLOWS;
}

static enum flow
read_some(struct conn *c)
{
	size_t room;
	uint8_t *at = rbld_stream_room(&c->stream, &room);
	ssize_t n = recv(c->fd, at, room, MSG_DONTWAIT);

	if (n > 0) {
		rbld_stream_fill(&c->stream, (size_t)n);
		return FLOWS;
	}
	if (n == 0) {
		c->ended = true; /* a half-closed peer still gets replies */
		return FLOWS;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
	    ? BLOCKED
	    : BROKEN;
}

/* Read, answer and write as far as it goes without waiting. */
static void
turn_conn(struct tcp *t, struct conn *c)
{
	enum flow flow = send_kept(c);
	bool more = true;

	for (int i = 0; flow == FLOWS && i < READS; i++) {
		if (c->transfer != NULL) {
			flow = go_on_transfer(t, c, &more);
			if (more) {
				break; /* others wait as well */
			}
			more = true;
			continue;
		}
		flow = answer_all(t, c, &more);
		if (flow != FLOWS || more) {
			continue;
		}
		if (c->ended) {
			flow = BROKEN;
			break;
		}
		flow = read_some(c);
		if (flow == BLOCKED) {
			break; /* nothing to read is no reason to write */
		}
		more = true; /* perhaps: it was not looked at yet */
	}
	if (flow == BROKEN || !watch(t, c, c->out != NULL || more)) {
		end_conn(t, c);
	}
}

/* ---- coming and going -------------------------------------------------- */

/* IPv6 clients have a whole /64. */
static bool
same_client(const struct net_ip *a, const struct net_ip *b)
{
	return net_ip_within(a, b, a->bits == 32 ? 32 : 64);
}

/* The counter of a client, which it may share with others: a table of them
 * all would be walked for each connection, which is what a crowd wants. */
static unsigned
client_of(const struct tcp *t, const struct net_ip *ip)
{
	uint64_t h = ip->bits, part;

	memcpy(&part, ip->bytes, sizeof(part)); /* an IPv4 address, or a /64 */
	h = (h ^ part ^ t->seed) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(h >> 32) % CLIENTS;
}

static void
evict(struct tcp *t, struct conn *c)
{
	rbld_stats_count(t->thread->stats, RBLD_N_EVICTED);
	end_conn(t, c);
}

/* Of a client that may have too many: the most silent connection, and how
 * many there are in truth. */
static struct conn *
count_client(const struct tcp *t, const struct net_ip *ip, unsigned *ret_n)
{
	struct conn *c, *oldest = NULL;

	*ret_n = 0;
	for (c = t->row.next; c != &t->row; c = c->next) {
		if (same_client(ip, &c->ip)) {
			++*ret_n;
			oldest = oldest == NULL ? c : oldest;
		}
	}
	return oldest;
}

/* Room for one more connection from IP, at the cost of the most silent one of
 * the same client, else of all. */
static void
make_room(struct tcp *t, const struct net_ip *ip, unsigned client)
{
	unsigned limit = t->thread->world->tcp_limit, share, same;

	share = limit / SHARE > 0 ? limit / SHARE : 1;
	if (t->clients[client] >= share) {
		struct conn *oldest = count_client(t, ip, &same);

		if (same >= share) {
			evict(t, oldest);
		}
	}
	while (t->n >= limit) {
		evict(t, t->row.next);
	}
}

static void
add_conn(struct tcp *t, int fd, const struct sockaddr_in6 *peer)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->peer.in6 = *peer;
	c->ip = net_ip_of_sockaddr(&c->peer.sa);
	c->born = t->now;
	c->alive = t->now;
	c->client = client_of(t, &c->ip);
	make_room(t, &c->ip, c->client);
	join_row(t, c);
	t->clients[c->client]++;
	t->n++;
	rbld_stats_count(t->thread->stats, RBLD_N_CONNECTIONS);
	e.data.ptr = c;
	if (epoll_ctl(t->ep, EPOLL_CTL_ADD, fd, &e) < 0) {
		end_conn(t, c);
	}
}

/* Take what waits at LISTENER. A new connection can end an old one, so no
 * event of this round may be used after it. */
static void
accept_some(struct tcp *t, int listener)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_in6 peer = { 0 };
		socklen_t len = sizeof(peer);
		int fd = accept4(listener, (void *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			add_conn(t, fd, &peer);
		} else if ((errno == EMFILE || errno == ENFILE ||
			       errno == ENOBUFS || errno == ENOMEM) &&
		    t->n > 0) {
			evict(t, t->row.next);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
}

/* Once a second: end what was silent for too long, or is old. */
static void
sweep(struct tcp *t)
{
	int64_t timeout = t->thread->world->tcp_timeout;
	struct conn *c, *next;

	if (t->swept == t->now) {
		return;
	}
	t->swept = t->now;
	for (c = t->row.next; c != &t->row; c = next) {
		next = c->next;
		if (c->transfer != NULL) {
			if (t->now - c->transfer_begun > RBLD_TRANSFER_TIME) {
				end_conn(t, c);
			}
		} else if (t->now - c->alive > timeout ||
		    t->now - c->born > AGE_MAX) {
			end_conn(t, c);
		}
	}
}

/* The peers come again. */
static void
end_transfers(struct tcp *t)
{
	struct conn *c, *next;

	for (c = t->row.next; c != &t->row; c = next) {
		next = c->next;
		if (c->transfer != NULL) {
			end_conn(t, c);
		}
	}
}

/* ---- the thread -------------------------------------------------------- */

static bool
begin(struct tcp *t)
{
	const struct rbld_listen *listen = t->thread->crew->listen;
	struct epoll_event e = { .events = EPOLLIN };
	bool ok;

	t->ep = epoll_create1(EPOLL_CLOEXEC);
	e.data.ptr = NULL;
	ok = t->ep >= 0 &&
	    epoll_ctl(t->ep, EPOLL_CTL_ADD, t->thread->wake, &e) == 0;
	for (unsigned i = 0; ok && i < listen->n; i++) {
		e.data.ptr = (void *)&listen->at[i];
		ok =
		    epoll_ctl(t->ep, EPOLL_CTL_ADD, listen->at[i].tcp, &e) == 0;
	}
	return ok;
}

static bool
is_listener(const struct tcp *t, const void *p)
{
	const struct rbld_listen *listen = t->thread->crew->listen;

	return (uintptr_t)p >= (uintptr_t)listen->at &&
	    (uintptr_t)p < (uintptr_t)(listen->at + listen->n);
}

/* One round of events: connections, then new ones, then the crew. */
static bool
round_of(struct tcp *t, const struct epoll_event *events, int n)
{
	bool ok = true, woken = false;

	t->now = rbld_crew_clock();
	t->wall = (uint32_t)time(NULL);
	t->look = &t->thread->world->looks[t->thread->number];
	t->renewed = false;
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL) {
			woken = true;
		} else if (!is_listener(t, events[i].data.ptr)) {
			turn_conn(t, events[i].data.ptr);
		}
	}
	if (t->renewed) {
		rbld_look_rest(t->look);
	}
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr != NULL &&
		    is_listener(t, events[i].data.ptr)) {
			const struct rbld_listener *l = events[i].data.ptr;

			accept_some(t, l->tcp);
		}
	}
	sweep(t);
	if (woken) {
		/* they are of the world that is about to go */
		end_transfers(t);
		ok = rbld_crew_attend(t->thread);
	}
	return ok;
}

void *
rbld_tcp_run(void *thread)
{
	struct epoll_event events[EVENTS];
	struct tcp *t = calloc(1, sizeof(*t));
	bool ok = t != NULL;

	if (ok) {
		t->thread = thread;
		t->row.next = t->row.prev = &t->row;
		secret_random(&t->seed, sizeof(t->seed));
		ok = begin(t);
	}
	if (ok) {
		ok = rbld_crew_attend(thread);
	} else {
		rbld_crew_fail(thread);
	}
	while (ok) {
		int n = epoll_wait(t->ep, events, EVENTS, t->n > 0 ? 1000 : -1);

		ok = round_of(t, events, n);
	}
	while (t != NULL && t->n > 0) {
		end_conn(t, t->row.next);
	}
	if (t != NULL && t->ep >= 0) {
		close(t->ep);
	}
	free(t);
	return NULL;
}
