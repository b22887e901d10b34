/* control_run.c - the thread that tells the counters. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "rbld/control.h"
#include "rbld/metrics.h"

#define TALKS 16 /* at once */
#define EVENTS 8
#define SILENCE 1  /* seconds: who has said nothing wants the metrics */
#define PATIENCE 5 /* seconds from the first octet to the last */

struct talk {
	int fd; /* -1: free */
	int64_t begun;
	size_t len, at;
	bool ended;   /* the peer will say no more */
	bool replied; /* there is nothing left but to send */
	struct buf out;
	char in[RBLD_REQUEST_MAX];
};

struct desk {
	struct rbld_thread *thread;
	int ep;
	bool deaf; /* no descriptor was left: accept again a second later */
	struct talk talks[TALKS];
};

static void
end_talk(struct talk *t)
{
	close(t->fd);
	t->fd = -1;
	buf_free(&t->out);
}

static void
fill_body(struct desk *d, enum rbld_wish wish, struct buf *b)
{
	const struct rbld_thread *t = d->thread;
	const struct rbld_world *w = t->world;
	struct rbld_look *look = &w->looks[t->number];

	switch (wish) {
	case RBLD_WISH_METRICS:
	case RBLD_WISH_TOP:
	case RBLD_WISH_JSON: break;
	default: buf_str(b, "expected: metrics, top or json\n"); return;
	}
	rbld_look_renew(look);
	if (wish == RBLD_WISH_METRICS) {
		rbld_metrics_text(t->crew, w, look, b);
	} else if (wish == RBLD_WISH_TOP) {
		rbld_metrics_top(t->crew, w, look, b);
	} else {
		rbld_metrics_json(t->crew, w, look, b);
	}
	rbld_look_rest(look);
}

/* Make the reply; from now on the talk only writes. False: no memory. */
static bool
reply(struct desk *d, struct talk *t, const struct rbld_request *request)
{
	struct epoll_event e = { .events = EPOLLOUT, .data.ptr = t };
	struct buf body = { 0 };
	bool ok;

	fill_body(d, request->wish, &body);
	if (request->http) {
		rbld_control_head(&t->out, request, body.len);
	}
	if (!request->head) {
		buf_add(&t->out, body.data, body.len);
	}
	ok = !body.bad && !t->out.bad &&
	    epoll_ctl(d->ep, EPOLL_CTL_MOD, t->fd, &e) == 0;
	buf_free(&body);
	t->replied = true;
	return ok;
}

/* False: the talk is over. */
static bool
hear(struct desk *d, struct talk *t)
{
	struct rbld_request request;
	ssize_t n =
	    recv(t->fd, t->in + t->len, sizeof(t->in) - t->len, MSG_DONTWAIT);

	if (n < 0) {
		return errno == EAGAIN || errno == EINTR;
	}
	t->len += (size_t)n;
	t->ended = n == 0;
	request = rbld_control_read(t->in, t->len, t->ended);
	return request.wish == RBLD_WISH_MORE || reply(d, t, &request);
}

static bool
speak(struct talk *t)
{
	while (t->at < t->out.len) {
		ssize_t n = send(t->fd, t->out.data + t->at, t->out.len - t->at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			return errno == EAGAIN || errno == EINTR;
		}
		t->at += (size_t)n;
	}
	return false;
}

/* A free place, if need be that of the oldest talk. */
static struct talk *
make_room(struct desk *d)
{
	struct talk *oldest = &d->talks[0];

	for (unsigned i = 0; i < TALKS; i++) {
		if (d->talks[i].fd < 0) {
			return &d->talks[i];
		}
		if (d->talks[i].begun < oldest->begun) {
			oldest = &d->talks[i];
		}
	}
	end_talk(oldest);
	return oldest;
}

/* Listen for who comes, or not for a while. */
static void
open_ears(struct desk *d, bool open)
{
	struct epoll_event e = { .events = open ? EPOLLIN : 0, .data.ptr = d };

	if (epoll_ctl(d->ep, EPOLL_CTL_MOD, d->thread->crew->listen->control,
		&e) == 0) {
		d->deaf = !open;
	}
}

static void
accept_one(struct desk *d)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd = accept4(d->thread->crew->listen->control, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct talk *t;

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			open_ears(d, false);
		}
		return;
	}
	t = make_room(d);
	t->fd = fd;
	t->begun = rbld_crew_clock();
	t->len = 0;
	t->at = 0;
	t->ended = false;
	t->replied = false;
	e.data.ptr = t;
	if (epoll_ctl(d->ep, EPOLL_CTL_ADD, fd, &e) < 0) {
		end_talk(t);
	}
}

/* Who is silent is answered, who is slow is hung up on. */
static void
look_at_clock(struct desk *d)
{
	static const struct rbld_request metrics = { .wish =
							 RBLD_WISH_METRICS };
	int64_t now = rbld_crew_clock();

	for (unsigned i = 0; i < TALKS; i++) {
		struct talk *t = &d->talks[i];
		int64_t age = now - t->begun;

		if (t->fd < 0) {
			continue;
		}
		if (age > PATIENCE ||
		    (age > SILENCE && t->len == 0 && !t->replied &&
			!reply(d, t, &metrics))) {
			end_talk(t);
		}
	}
	if (d->deaf) {
		open_ears(d, true);
	}
}

/* What happened; the crew comes last, since it may change the world. New
 * peers come after old ones, since they may take an old one's place. */
static bool
round_of(struct desk *d, const struct epoll_event *events, int n)
{
	bool woken = false, comes = false;

	for (int i = 0; i < n; i++) {
		struct talk *t = events[i].data.ptr;

		if (events[i].data.ptr == NULL) {
			woken = true;
		} else if (events[i].data.ptr == d) {
			comes = true;
		} else if (t->replied ? !speak(t) : !hear(d, t)) {
			end_talk(t);
		}
	}
	if (comes) {
		accept_one(d);
	}
	look_at_clock(d);
	return !woken || rbld_crew_attend(d->thread);
}

static bool
begin(struct desk *d)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };

	for (unsigned i = 0; i < TALKS; i++) {
		d->talks[i].fd = -1;
	}
	d->ep = epoll_create1(EPOLL_CLOEXEC);
	if (d->ep < 0 ||
	    epoll_ctl(d->ep, EPOLL_CTL_ADD, d->thread->wake, &e) < 0) {
		return false;
	}
	e.data.ptr = d;
	return epoll_ctl(d->ep, EPOLL_CTL_ADD, d->thread->crew->listen->control,
		   &e) == 0;
}

static bool
is_idle(const struct desk *d)
{
	for (unsigned i = 0; i < TALKS; i++) {
		if (d->talks[i].fd >= 0) {
			return false;
		}
	}
	return !d->deaf;
}

void *
rbld_control_run(void *thread)
{
	struct epoll_event events[EVENTS];
	struct desk *d = calloc(1, sizeof(*d));
	bool ok = d != NULL;

	if (ok) {
		d->thread = thread;
		ok = begin(d);
	}
	if (ok) {
		ok = rbld_crew_attend(thread);
	} else {
		rbld_crew_fail(thread);
	}
	while (ok) {
		int n =
		    epoll_wait(d->ep, events, EVENTS, is_idle(d) ? -1 : 500);

		ok = round_of(d, events, n);
	}
	for (unsigned i = 0; d != NULL && d->ep >= 0 && i < TALKS; i++) {
		if (d->talks[i].fd >= 0) {
			end_talk(&d->talks[i]);
		}
	}
	if (d != NULL && d->ep >= 0) {
		close(d->ep);
	}
	free(d);
	return NULL;
}
