/* ask.c - questions by socket, and what replies say. */
#include "tests/conformance/conform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/bytes.h"

#define PATIENCE 10 /* seconds for a reply that must come */

static struct cf_reply reply;

void
cf_fail(struct cf *t, const char *file, int line, const char *what,
    const char *fmt, ...)
{
	va_list ap;

	t->failed++;
	fprintf(stderr, "%s:%d: %s by %s: ", file, line, t->id,
	    t->tcp ? "TCP" : "UDP");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": expected %s\n", what);
}

/* ---- questions --------------------------------------------------------- */

static void
put_name(struct writer *w, const char *name)
{
	uint8_t label[256];
	unsigned n = 0;

	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '.') {
			write_u8(w, n);
			write_span(w, label, n);
			n = 0;
		} else if (*p == '\\') {
			label[n++ & 255] = (uint8_t)((p[1] - '0') * 100 +
			    (p[2] - '0') * 10 + p[3] - '0');
			p += 3;
		} else {
			label[n++ & 255] = (uint8_t)*p;
		}
	}
	if (n > 0) {
		write_u8(w, n);
		write_span(w, label, n);
	}
	write_u8(w, 0);
}

void
cf_query(struct cf_query *q, const char *name, unsigned type, unsigned payload)
{
	static unsigned id = 4711;
	struct writer w = writer(q->bytes, sizeof(q->bytes));

	id = (id * 31 + 7) & 0xffff;
	write_u16(&w, id);
	write_u16(&w, RBLD_RD);
	write_u16(&w, 1);
	write_u32(&w, 0);
	write_u16(&w, payload > 0);
	put_name(&w, name);
	write_u16(&w, type);
	write_u16(&w, RBLD_CLASS_IN);
	q->opt = 0;
	if (payload > 0) {
		q->opt = written(&w);
		write_u8(&w, 0);
		write_u16(&w, RBLD_T_OPT);
		write_u16(&w, payload);
		write_u32(&w, 0);
		write_u16(&w, 0);
	}
	q->len = written(&w);
}

void
cf_option(struct cf_query *q, unsigned code, const void *data, size_t len)
{
	struct writer w = writer(q->bytes + q->len, sizeof(q->bytes) - q->len);
	size_t all;

	write_u16(&w, code);
	write_u16(&w, (unsigned)len);
	write_span(&w, data, len);
	q->len += written(&w);
	all = q->len - q->opt - 11;
	q->bytes[q->opt + 9] = (uint8_t)(all >> 8);
	q->bytes[q->opt + 10] = (uint8_t)all;
}

/* ---- sockets ----------------------------------------------------------- */

int
cf_dial(struct cf *t, int type, const char *address)
{
	bool v6 = strchr(address, ':') != NULL;
	struct timeval patience = { .tv_sec = PATIENCE };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	int r;

	in.sin_port = htons((uint16_t)cf_port(false));
	in6.sin6_port = htons((uint16_t)cf_port(true));
	if (v6) {
		inet_pton(AF_INET6, address, &in6.sin6_addr);
		r = connect(fd, (const void *)&in6, sizeof(in6));
	} else {
		inet_pton(AF_INET, address, &in.sin_addr);
		r = connect(fd, (const void *)&in, sizeof(in));
	}
	EXPECT(t, r == 0, "%s: %s", address, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

bool
cf_write(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n =
		    send(fd, (const char *)data + at, len - at, MSG_NOSIGNAL);

		if (n <= 0) {
			return false;
		}
		at += (size_t)n;
	}
	return true;
}

static bool
read_all(int fd, uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv(fd, data + at, len - at, 0);

		if (n <= 0) {
			return false;
		}
		at += (size_t)n;
	}
	return true;
}

size_t
cf_read_message(int fd, uint8_t *out)
{
	uint8_t head[2];
	size_t n;

	if (!read_all(fd, head, 2)) {
		return 0;
	}
	n = (size_t)head[0] << 8 | head[1];
	return read_all(fd, out, n) ? n : 0;
}

size_t
cf_frame(uint8_t *out, const struct cf_query *q)
{
	out[0] = (uint8_t)(q->len >> 8);
	out[1] = (uint8_t)q->len;
	memcpy(out + 2, q->bytes, q->len);
	return q->len + 2;
}

bool
cf_has_ended(int fd)
{
	uint8_t c;
	ssize_t n;

	do {
		n = recv(fd, &c, 1, 0);
	} while (n > 0);
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* ---- replies ----------------------------------------------------------- */

static void
add_text(struct cf_reply *r, const char *text)
{
	size_t at = strlen(r->text);

	snprintf(r->text + at, sizeof(r->text) - at, "%s", text);
}

static void
show_answers(struct cf_reply *r)
{
	const ldns_rr_list *l = ldns_pkt_answer(r->pkt);

	for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l, i);
		char *text = ldns_rr2str(rr), ttl[32];
		char *type = strstr(text, "\tIN\t"), *data;

		type = type != NULL ? type : strstr(text, "\tCH\t");
		if (type == NULL) {
			add_text(r, "?");
			free(text);
			continue;
		}
		type += 4;
		data = strchr(type, '\t');
		if (data != NULL) {
			*data = ' ';
		}
		type[strcspn(type, "\n")] = '\0';
		snprintf(ttl, sizeof(ttl), "%s%u ", i > 0 ? "; " : "",
		    ldns_rr_ttl(rr));
		add_text(r, ttl);
		add_text(r, type);
		free(text);
	}
}

static void
read_reply(struct cf_reply *r)
{
	ldns_pkt_free(r->pkt);
	r->pkt = NULL;
	r->rcode = 0xffff;
	r->aa = r->tc = false;
	r->answers = r->authority = r->additional = 0;
	r->text[0] = '\0';
	if (r->len == 0 ||
	    ldns_wire2pkt(&r->pkt, r->bytes, r->len) != LDNS_STATUS_OK) {
		r->pkt = NULL;
		return;
	}
	r->rcode = (unsigned)ldns_pkt_get_rcode(r->pkt) |
	    (unsigned)ldns_pkt_edns_extended_rcode(r->pkt) << 4;
	r->aa = ldns_pkt_aa(r->pkt);
	r->tc = ldns_pkt_tc(r->pkt);
	r->answers = (unsigned)ldns_pkt_ancount(r->pkt);
	r->authority = (unsigned)ldns_pkt_nscount(r->pkt);
	r->additional = (unsigned)(r->bytes[10] << 8 | r->bytes[11]);
	show_answers(r);
}

const struct cf_reply *
cf_send(struct cf *t, const struct cf_query *q)
{
	int fd = cf_dial(t, t->tcp ? SOCK_STREAM : SOCK_DGRAM, "127.0.0.1");
	uint8_t framed[CF_QUERY_MAX + 2];
	ssize_t n;

	reply.len = 0;
	if (t->tcp) {
		size_t len = cf_frame(framed, q);

		if (EXPECT(t, cf_write(fd, framed, len), "write")) {
			reply.len = cf_read_message(fd, reply.bytes);
		}
	} else if (EXPECT(t, cf_write(fd, q->bytes, q->len), "write")) {
		n = recv(fd, reply.bytes, sizeof(reply.bytes), 0);
		reply.len = n > 0 ? (size_t)n : 0;
	}
	close(fd);
	read_reply(&reply);
	EXPECT(t, reply.pkt != NULL, "a reply that ldns reads, %zu octets",
	    reply.len);
	EXPECT(t, reply.len < 2 || memcmp(reply.bytes, q->bytes, 2) == 0,
	    "the id of the question");
	return &reply;
}

const struct cf_reply *
cf_ask_edns(struct cf *t, const char *name, unsigned type, unsigned payload)
{
	struct cf_query q;

	cf_query(&q, name, type, payload);
	return cf_send(t, &q);
}

const struct cf_reply *
cf_ask(struct cf *t, const char *name, unsigned type)
{
	return cf_ask_edns(t, name, type, 0);
}

const uint8_t *
cf_option_of(const struct cf_reply *r, unsigned code, size_t *ret_len)
{
	size_t len = 0;

	*ret_len = 0;
	if (r->pkt == NULL || !ldns_pkt_edns(r->pkt)) {
		return NULL;
	}
	if (ldns_pkt_edns_data(r->pkt) != NULL) {
		len = ldns_rdf_size(ldns_pkt_edns_data(r->pkt));
	}
	/* the OPT is the last record, and its options end the message */
	for (const uint8_t *p = r->bytes + r->len - len;
	     p + 4 <= r->bytes + r->len; p += 4 + (p[2] << 8 | p[3])) {
		if ((unsigned)(p[0] << 8 | p[1]) == code) {
			*ret_len = (size_t)(p[2] << 8 | p[3]);
			return p + 4;
		}
	}
	return NULL;
}

int
cf_ede(const struct cf_reply *r)
{
	size_t len;
	const uint8_t *p = cf_option_of(r, RBLD_O_EDE, &len);

	return p != NULL && len >= 2 ? p[0] << 8 | p[1] : -1;
}

int64_t
cf_soa_ttl(const struct cf_reply *r, uint32_t *ret_minimum)
{
	const ldns_rr_list *l;
	const ldns_rr *soa;

	if (r->pkt == NULL || r->authority != 1) {
		return -1;
	}
	l = ldns_pkt_authority(r->pkt);
	soa = ldns_rr_list_rr(l, 0);
	if (soa == NULL || ldns_rr_get_type(soa) != LDNS_RR_TYPE_SOA) {
		return -1;
	}
	*ret_minimum = ldns_rdf2native_int32(ldns_rr_rdf(soa, 6));
	return ldns_rr_ttl(soa);
}

uint32_t
cf_serial(struct cf *t, const char *zone)
{
	const struct cf_reply *r = cf_ask(t, zone, CF_SOA);
	const ldns_rr *soa;

	if (r->pkt == NULL || r->answers != 1) {
		return 0;
	}
	soa = ldns_rr_list_rr(ldns_pkt_answer(r->pkt), 0);
	return ldns_rr_get_type(soa) == LDNS_RR_TYPE_SOA
	    ? ldns_rdf2native_int32(ldns_rr_rdf(soa, 2))
	    : 0;
}

/* ---- expectations ------------------------------------------------------ */

void
cf_listed(struct cf *t, const char *name, const char *answers)
{
	const struct cf_reply *r = cf_ask(t, name, CF_A);

	EXPECT(t, r->rcode == 0 && strcmp(r->text, answers) == 0,
	    "%s A is \"%s\", rcode %u, not \"%s\"", name, r->text, r->rcode,
	    answers);
}

static void
negative(struct cf *t, const char *name, unsigned type, unsigned rcode)
{
	const struct cf_reply *r = cf_ask(t, name, type);
	uint32_t minimum;

	EXPECT(t,
	    r->rcode == rcode && r->aa && r->answers == 0 &&
		r->additional == 0 && cf_soa_ttl(r, &minimum) >= 0,
	    "%s type %u: rcode %u, %u answers, %u authority, not rcode %u",
	    name, type, r->rcode, r->answers, r->authority, rcode);
}

void
cf_nxdomain(struct cf *t, const char *name, unsigned type)
{
	negative(t, name, type, RBLD_NXDOMAIN);
}

void
cf_nodata(struct cf *t, const char *name, unsigned type)
{
	negative(t, name, type, RBLD_NOERROR);
}

void
cf_rcode(struct cf *t, const char *name, unsigned type, unsigned rcode)
{
	const struct cf_reply *r = cf_ask(t, name, type);

	EXPECT(t, r->rcode == rcode, "%s type %u: rcode %u, not %u", name, type,
	    r->rcode, rcode);
}

char *
cf_name_of(char *out, const char *ip, const char *zone)
{
	uint8_t b[16];
	size_t at = 0;

	if (inet_pton(AF_INET, ip, b) == 1) {
		snprintf(
		    out, 512, "%u.%u.%u.%u.%s", b[3], b[2], b[1], b[0], zone);
		return out;
	}
	if (inet_pton(AF_INET6, ip, b) != 1) {
		abort();
	}
	for (unsigned i = 16; i-- > 0;) {
		at += (size_t)snprintf(
		    out + at, 512 - at, "%x.%x.", b[i] & 15u, b[i] >> 4);
	}
	snprintf(out + at, 512 - at, "%s", zone);
	return out;
}
