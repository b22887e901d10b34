/* udp.c - batches by recvmmsg and sendmmsg, and the thread that turns them. */
#include "rbld/udp.h"

#include "rbld/tally.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define IN_MAX                                                        \
	2048 /* octets of a question; none that makes sense is longer \
	      */
#define STAGGER                                                        \
	320 /* octets: buffers a page apart would fight for one set of \
	     * the processor's cache */
#define OUT_MAX 4096 /* octets of a reply by UDP, whatever udp-size says */
#define TURNS 16     /* batches at one socket before the others are looked at */
#define EVENTS 64

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

union control { /* room for one IP_PKTINFO or IPV6_PKTINFO */
	char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

struct rbld_batch {
	struct mmsghdr in[RBLD_BATCH], out[RBLD_BATCH];
	struct iovec in_vec[RBLD_BATCH], out_vec[RBLD_BATCH];
	union address from[RBLD_BATCH];
	union control control[RBLD_BATCH];
	uint8_t question[RBLD_BATCH][IN_MAX + STAGGER];
	uint8_t reply[RBLD_BATCH][OUT_MAX + STAGGER];
	struct rbld_turn turns[RBLD_BATCH];
	struct rbld_ahead ahead[RBLD_BATCH];
};

struct rbld_batch *
rbld_batch_new(void)
{
	struct rbld_batch *b = calloc(1, sizeof(*b));

	for (unsigned i = 0; b != NULL && i < RBLD_BATCH; i++) {
		b->in_vec[i].iov_base = b->question[i];
		b->in_vec[i].iov_len = IN_MAX;
		b->in[i].msg_hdr.msg_iov = &b->in_vec[i];
		b->in[i].msg_hdr.msg_iovlen = 1;
		b->in[i].msg_hdr.msg_name = &b->from[i];
		b->out[i].msg_hdr.msg_iov = &b->out_vec[i];
		b->out[i].msg_hdr.msg_iovlen = 1;
	}
	return b;
}

void
rbld_batch_free(struct rbld_batch **batch)
{
	free(*batch);
	*batch = NULL;
}

/* The address that was asked becomes the one that the reply leaves from
 * (DNS-10). The way back is the routing table's business, but for link-local
 * addresses, which mean nothing without their interface. */
static void
turn_around(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c == NULL) {
		m->msg_control = NULL;
		m->msg_controllen = 0;
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (void *)CMSG_DATA(c);

		info->ipi_spec_dst = info->ipi_addr;
		info->ipi_ifindex = 0;
		m->msg_controllen = CMSG_SPACE(sizeof(*info));
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
	    c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo *info = (void *)CMSG_DATA(c);

		if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) {
			info->ipi6_ifindex = 0;
		}
		m->msg_controllen = CMSG_SPACE(sizeof(*info));
	}
}

static void
send_all(struct rbld_batch *b, int fd, unsigned n, struct rbld_stats *stats)
{
	unsigned at = 0;

	while (at < n) {
		int sent = sendmmsg(fd, b->out + at, n - at, 0);

		if (sent > 0) {
			at += (unsigned)sent;
		} else if (errno != EINTR) {
			/* this one cannot go (source port 0, no route ...) */
			rbld_stats_count(stats, RBLD_N_UNSENT);
			at++;
		}
	}
}

/* Read all N packets and start fetching what their answers need, so that the
 * batch waits for memory once and not once for each packet. */
static void
read_all(struct rbld_batch *b, unsigned n, struct rbld_look *look,
    const struct rbld_rate *rate)
{
	for (unsigned i = 0; i < n; i++) {
		size_t len = b->in[i].msg_len;

		if ((b->in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
			len = RBLD_HEADER; /* FORMERR for what is cut */
		}
		rbld_handle_read(look, b->question[i], len, &b->turns[i]);
		rbld_look_ahead(look, &b->turns[i].place, 0, &b->ahead[i]);
		if (rate != NULL) {
			rbld_rate_ahead(rate, &b->from[i].sa);
		}
	}
	for (unsigned step = 1; n > 1 && step < ZONE_FIND_STEPS; step++) {
		for (unsigned i = 0; i < n; i++) {
			rbld_look_ahead(
			    look, &b->turns[i].place, step, &b->ahead[i]);
		}
	}
}

unsigned
rbld_batch_turn(struct rbld_batch *batch, int fd, bool wildcard,
    struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *how)
{
	struct rbld_batch *b = batch;
	struct rbld_from from = *how;
	unsigned n_out = 0;
	int n;

	for (unsigned i = 0; i < RBLD_BATCH; i++) {
		struct msghdr *m = &b->in[i].msg_hdr;

		m->msg_namelen = sizeof(b->from[i]);
		if (wildcard) {
			m->msg_control = &b->control[i];
			m->msg_controllen = sizeof(b->control[i]);
		}
	}
	n = recvmmsg(fd, b->in, RBLD_BATCH, MSG_DONTWAIT, NULL);
	if (n <= 0) {
		return 0;
	}
	if (from.limit > OUT_MAX) {
		from.limit = OUT_MAX;
	}
	from.now = (uint32_t)time(NULL);
	from.tick = from.rate != NULL ? rbld_rate_clock() : 0;
	rbld_tally_pace(stats->tally, (unsigned)n);
	rbld_look_renew(look);
	read_all(b, (unsigned)n, look, from.rate);
	for (int i = 0; i < n; i++) {
		struct msghdr *m = &b->in[i].msg_hdr;
		struct msghdr *o = &b->out[n_out].msg_hdr;
		size_t len;

		from.peer = &b->from[i].sa;
		len = rbld_handle_answer(
		    look, stats, &from, &b->turns[i], b->reply[n_out]);
		if (len == 0) {
			continue;
		}
		b->out_vec[n_out].iov_base = b->reply[n_out];
		b->out_vec[n_out].iov_len = len;
		if (wildcard) {
			turn_around(m);
		}
		o->msg_name = m->msg_name;
		o->msg_namelen = m->msg_namelen;
		o->msg_control = wildcard ? m->msg_control : NULL;
		o->msg_controllen = wildcard ? m->msg_controllen : 0;
		n_out++;
	}
	rbld_look_rest(look);
	send_all(b, fd, n_out, stats);
	return (unsigned)n;
}

/* ---- the thread -------------------------------------------------------- */

/* Batches at one socket until it is empty, or the others have to wait. */
static void
serve(
    struct rbld_thread *t, struct rbld_batch *b, const struct rbld_listener *l)
{
	const struct rbld_world *w = t->world;
	const struct rbld_from how = { .limit = w->udp_size,
		.self = w->self,
		.rate = w->rate.table != NULL ? &w->rate : NULL };

	for (unsigned i = 0; i < TURNS; i++) {
		if (rbld_batch_turn(b, l->udp[t->number], l->wildcard,
			&w->looks[t->number], t->stats,
			&how) < RBLD_BATCH / 8) {
			break;
		}
	}
}

void *
rbld_worker_run(void *thread)
{
	struct rbld_thread *t = thread;
	const struct rbld_listen *listen = t->crew->listen;
	struct rbld_batch *b = rbld_batch_new();
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = { .events = EPOLLIN }, events[EVENTS];
	bool ok = b != NULL && ep >= 0;

	e.data.ptr = NULL;
	ok = ok && epoll_ctl(ep, EPOLL_CTL_ADD, t->wake, &e) == 0;
	for (unsigned i = 0; ok && i < listen->n; i++) {
		e.data.ptr = &listen->at[i];
		ok = epoll_ctl(ep, EPOLL_CTL_ADD, listen->at[i].udp[t->number],
			 &e) == 0;
	}
	if (!ok) {
		rbld_crew_fail(t);
	}
	ok = ok && rbld_crew_attend(t);
	while (ok) {
		int n = epoll_wait(ep, events, EVENTS, -1);

		for (int i = 0; ok && i < n; i++) {
			if (events[i].data.ptr == NULL) {
				ok = rbld_crew_attend(t);
			} else {
				serve(t, b, events[i].data.ptr);
			}
		}
	}
	if (ep >= 0) {
		close(ep);
	}
	rbld_batch_free(&b);
	return NULL;
}
