/* ctl_ask.c - one DNS question, asked by hand (RFC 1035 section 4). */
#include "zone/ctl_ask.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"

const char *
ctl_type_name(unsigned type)
{
	switch (type) {
	case CTL_A: return "A";
	case CTL_NS: return "NS";
	case CTL_SOA: return "SOA";
	case CTL_TXT: return "TXT";
	case CTL_OPT: return "OPT";
	default: return "TYPE65280";
	}
}

static const char *
rcode_name(unsigned rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode]
	    : rcode == CTL_BADVERS                      ? "BADVERS"
							: "an error";
}

/* ---- the query ----------------------------------------------------------- */

/* *RET_QUESTION is how long it is without OPT: what a reply repeats. */
static int
make_query(
    struct writer *w, const struct ctl_query *query, size_t *ret_question)
{
	const char *name = query->name;
	uint16_t id = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		return ERR_SYS;
	}
	write_u16(w, id);
	write_u16(w, 0); /* a plain query, no recursion wanted */
	write_u16(w, 1);
	write_u32(w, 0);
	write_u16(w, query->edns ? 1 : 0);
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > 63) {
			return ERR_FORMAT;
		}
		write_u8(w, (unsigned)n);
		write_span(w, name, n);
		name += n + (name[n] == '.' ? 1 : 0);
	}
	write_u8(w, 0);
	write_u16(w, query->type);
	write_u16(w, query->class);
	*ret_question = written(w);
	if (query->edns) { /* RFC 6891 section 6.1.2 */
		write_u8(w, 0);
		write_u16(w, CTL_OPT);
		write_u16(w, 1232);
		write_u32(w, query->version << 16);
		write_u16(w, 0);
	}
	return w->bad ? ERR_FORMAT : 0;
}

/* ---- the reply ----------------------------------------------------------- */

/* Pass over one name; a pointer ends it. */
static void
skip_name(struct reader *r)
{
	uint8_t n;

	while (!r->bad && (n = read_u8(r)) != 0) {
		if (n >= 0xc0) {
			read_u8(r);
			return;
		}
		if (n > 63) {
			r->bad = true;
			return;
		}
		read_span(r, n);
	}
}

static void
add_text(
    struct ctl_reply *ret, const char *what, const uint8_t *data, size_t len)
{
	size_t at = strlen(ret->text);

	snprintf(ret->text + at, sizeof(ret->text) - at, " %s%.*s", what,
	    (int)len, data != NULL ? (const char *)data : "");
}

/* What an answer record says, into RET. */
static void
read_answer(struct reader *data, unsigned type, struct ctl_reply *ret)
{
	char ip[24];
	const uint8_t *p;
	size_t n;

	if (type == CTL_A && read_left(data) == 4) {
		p = read_span(data, 4);
		snprintf(ip, sizeof(ip), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
		add_text(ret, ip, NULL, 0);
		if (p[0] != 127 || (p[1] == 0 && p[2] == 0 && p[3] <= 1)) {
			ret->all_loopback = false;
		}
		ret->any_loopback = ret->any_loopback || p[0] == 127;
	} else if (type == CTL_TXT) {
		n = read_u8(data);
		p = read_span(data, n);
		add_text(ret, "text ", p, p != NULL ? n : 0);
	} else {
		add_text(ret, ctl_type_name(type), NULL, 0);
	}
}

/* The SOA of a negative answer: MNAME, RNAME, five numbers. */
static void
read_soa(struct reader *data, uint32_t ttl, struct ctl_reply *ret)
{
	struct reader at = *data;

	skip_name(&at);
	skip_name(&at);
	read_span(&at, 16);
	ret->soa_minimum = read_u32(&at);
	ret->soa_ttl = ttl;
	ret->soa = !at.bad;
}

int
ctl_reply_read(const void *data, size_t len, const void *query,
    size_t query_len, struct ctl_reply *ret, struct err_text *why)
{
	struct reader r = reader(data, len);
	const uint8_t *q = query, *question;
	unsigned id, flags, qd, an, ns, ar, type, asked;

	*ret = (struct ctl_reply){ .all_loopback = true };
	id = read_u16(&r);
	flags = read_u16(&r);
	qd = read_u16(&r);
	an = read_u16(&r);
	ns = read_u16(&r);
	ar = read_u16(&r);
	question = read_span(&r, query_len - 12);
	if (r.bad || id != ((unsigned)q[0] << 8 | q[1]) ||
	    (flags & 0x8000) == 0 || qd != 1 ||
	    memcmp(question, q + 12, query_len - 12) != 0) {
		return err_say(
		    why, ERR_FORMAT, "what came is no answer to this question");
	}
	ret->rcode = flags & 15;
	ret->aa = (flags & 0x0400) != 0;
	ret->tc = (flags & 0x0200) != 0;
	ret->answers = an;
	asked = (unsigned)q[query_len - 4] << 8 | q[query_len - 3];
	for (unsigned i = 0; i < an + ns + ar && !r.bad; i++) {
		struct reader part;
		const uint8_t *p;
		uint32_t ttl;
		size_t n;

		skip_name(&r);
		type = read_u16(&r);
		read_u16(&r);
		ttl = read_u32(&r);
		n = read_u16(&r);
		p = read_span(&r, n);
		if (p == NULL) {
			break;
		}
		part = reader(p, n);
		if (i < an) {
			ret->of_type += type == asked ? 1 : 0;
			read_answer(&part, type, ret);
		} else if (type == CTL_SOA && i < an + ns) {
			read_soa(&part, ttl, ret);
		} else if (type == CTL_OPT && i >= an + ns) {
			ret->opt = true;
			ret->rcode |= ttl >> 24 << 4;
		}
	}
	if (r.bad) {
		return err_say(why, ERR_FORMAT, "a damaged packet came back");
	}
	return 0;
}

void
ctl_reply_text(const struct ctl_reply *reply, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s%s%s%s%s", rcode_name(reply->rcode),
	    reply->aa ? "" : ", not authoritative", reply->tc ? ", cut" : "",
	    reply->text,
	    reply->answers == 0 && reply->rcode == 0 ? " without an answer"
						     : "",
	    reply->soa ? " with SOA" : "", reply->opt ? " with OPT" : "");
}

/* ---- the wire ------------------------------------------------------------ */

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for EVENTS until UNTIL. */
static bool
ready(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = until - clock_ms();
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

struct question {
	const uint8_t *at;
	size_t len;   /* with OPT */
	size_t plain; /* without: what a reply repeats */
};

static int
by_udp(int fd, const struct question *q, struct ctl_reply *ret,
    struct err_text *why)
{
	uint8_t in[4096];
	int r;

	for (unsigned i = 0; i < CTL_ASK_TRIES; i++) {
		int64_t until = clock_ms() + CTL_ASK_SECONDS * 1000;
		ssize_t n = send(fd, q->at, q->len, 0);

		while (n >= 0 && ready(fd, POLLIN, until)) {
			n = recv(fd, in, sizeof(in), 0);
			if (n < 0) { /* refused: nobody is there */
				break;
			}
			r = ctl_reply_read(
			    in, (size_t)n, q->at, q->plain, ret, why);
			if (r == 0 || (size_t)n >= 12) {
				return r;
			}
		}
		if (n < 0 && errno == ECONNREFUSED) {
			return err_say(
			    why, ERR_NONE, "no answer: nobody listens there");
		}
	}
	return err_say(why, ERR_NONE, "no answer in %d tries of %d s",
	    CTL_ASK_TRIES, CTL_ASK_SECONDS);
}

/* LEN bytes into DATA before UNTIL. */
static bool
read_all(int fd, uint8_t *data, size_t len, int64_t until)
{
	while (len > 0) {
		ssize_t n =
		    ready(fd, POLLIN, until) ? recv(fd, data, len, 0) : 0;

		if (n <= 0) {
			return false;
		}
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static int
by_tcp(int fd, const struct question *q, struct ctl_reply *ret,
    struct err_text *why)
{
	int64_t until = clock_ms() + CTL_ASK_SECONDS * 1000;
	static uint8_t in[65536];
	uint8_t out[2 + 512];
	struct writer w = writer(out, sizeof(out));
	size_t len;

	write_u16(&w, (unsigned)q->len);
	write_span(&w, q->at, q->len);
	if (!ready(fd, POLLOUT, until) ||
	    send(fd, out, written(&w), MSG_NOSIGNAL) != (ssize_t)written(&w)) {
		return err_say(why, ERR_NONE, "no connection");
	}
	if (!read_all(fd, in, 2, until)) {
		return err_say(
		    why, ERR_NONE, "no answer in %d s", CTL_ASK_SECONDS);
	}
	len = (size_t)in[0] << 8 | in[1];
	if (!read_all(fd, in, len, until)) {
		return err_say(why, ERR_NONE, "only part of an answer");
	}
	return ctl_reply_read(in, len, q->at, q->plain, ret, why);
}

static int
ask_once(const struct net_place *server, bool tcp, const struct question *q,
    struct ctl_reply *ret, struct err_text *why)
{
	int fd, r;

	fd = socket(server->sa.ss_family,
	    (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return err_say(why, ERR_SYS, "no socket: %s", strerror(errno));
	}
	if (connect(fd, (const struct sockaddr *)&server->sa, server->len) !=
		0 &&
	    errno != EINPROGRESS) {
		r = err_say(
		    why, ERR_NONE, "no connection: %s", strerror(errno));
	} else {
		r = tcp ? by_tcp(fd, q, ret, why) : by_udp(fd, q, ret, why);
	}
	close(fd);
	return r;
}

int
ctl_ask(const struct net_place *server, const struct ctl_query *query,
    struct ctl_reply *ret, struct err_text *why)
{
	uint8_t out[512];
	struct writer w = writer(out, sizeof(out));
	struct question q = { .at = out };
	int r = make_query(&w, query, &q.plain);

	if (r < 0) {
		return err_say(why, r, "%s is no name to ask for", query->name);
	}
	q.len = written(&w);
	r = ask_once(server, query->tcp, &q, ret, why);
	if (r == 0 && ret->tc && !query->tcp) {
		r = ask_once(server, true, &q, ret, why);
		ret->retried = true;
		/* TCP that does not answer is not a silent server */
		r = r == ERR_NONE ? ERR_FORMAT : r;
	}
	return r;
}
