/* ctl_check.c - rblctl check: what do other lists say of this?
 *
 * All lists are asked at once by a resolver, over UDP, each from a socket of
 * its own; whoever is listed is then asked why. An answer is told as what it
 * is: 127.255.255.x, 127.0.0.1 and addresses outside 127.0.0.0/8 say that the
 * list refuses, or is gone, not that anything is listed (RFC 5782, 6471).
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "zone/ctl.h"
#include "zone/ctl_ask.h"
#include "zone/ctl_check.h"

#define TRIES 3
#define WAIT_MS 2000
#define ANSWERS 8

enum state { WAITS, NOT_LISTED, LISTED, WRONG };

struct question {
	const struct ctl_list *list;
	char name[512];
	unsigned type; /* CTL_A, then CTL_TXT */
	int fd;
	unsigned tries;
	int64_t until; /* milliseconds */
	uint8_t packet[600];
	size_t len;

	enum state state;
	uint32_t a[ANSWERS];
	unsigned n;
	char text[256], why[80];
};

struct check {
	struct ctl *ctl;
	struct zone_key key;
	struct ctl_lists lists;
	struct question *questions;
	size_t n;
	struct net_place resolver;
};

/* ---- questions ----------------------------------------------------------- */

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
digest_label(enum ctl_asked asked, const char *text, char out[65])
{
	struct digest d = digest_of(asked == MD5 ? DIGEST_MD5
		: asked == SHA1                  ? DIGEST_SHA1
						 : DIGEST_SHA256,
	    text, strlen(text));

	if (asked == SHA256) {
		digest_base32(d.bytes, d.len, out);
	} else {
		digest_hex(d.bytes, d.len, out);
	}
}

static int
add(struct check *c, const struct ctl_list *l, const char *front)
{
	struct question *q = &c->questions[c->n];

	*q = (struct question){ .list = l, .fd = -1, .type = CTL_A };
	if (strlen(front) + strlen(l->zone) + 1 > 253) {
		q->state = WRONG;
		snprintf(q->why, sizeof(q->why), "the name is too long");
	} else {
		snprintf(q->name, sizeof(q->name), "%s.%s", front, l->zone);
	}
	c->n++;
	return CTL_DONE;
}

/* Which lists can be asked, by which names. */
static void
make_questions(struct check *c)
{
	char front[ZONE_KEY_TEXT], canon[ZONE_KEY_TEXT];
	const char *at = strrchr(c->key.text, '@');

	for (size_t i = 0; i < c->lists.n; i++) {
		const struct ctl_list *l = &c->lists.at[i];

		switch (l->asked) {
		case IP:
		case IP4:
		case IP6:
			if (c->key.kind != ZONE_KIND_IP ||
			    (l->asked == IP4 && c->key.ip.ip.bits != 32) ||
			    (l->asked == IP6 && c->key.ip.ip.bits != 128)) {
				break;
			}
			add(c, l, zone_key_qname(front, &c->key));
			break;
		case DOMAIN:
			if (c->key.kind == ZONE_KIND_DOMAIN) {
				add(c, l, c->key.text);
			} else if (c->key.kind == ZONE_KIND_ADDRESS &&
			    at != NULL) {
				add(c, l, at + 1);
			}
			break;
		case MD5:
		case SHA1:
		case SHA256:
			if (c->key.kind != ZONE_KIND_ADDRESS || at == NULL) {
				break;
			}
			digest_label(l->asked, c->key.text, front);
			add(c, l, front);
			zone_key_canon(c->key.text, canon);
			if (strcmp(canon, c->key.text) != 0) {
				digest_label(l->asked, canon, front);
				add(c, l, front);
			}
			break;
		}
	}
}

static void
wrong(struct question *q, const char *why)
{
	q->state = WRONG;
	snprintf(q->why, sizeof(q->why), "%s", why);
}

/* Ask, or ask again. */
static void
send_question(struct check *c, struct question *q)
{
	struct writer w = writer(q->packet, sizeof(q->packet));
	const char *name = q->name;
	uint16_t id;

	if (q->fd >= 0) { /* another port, another number */
		close(q->fd);
	}
	q->fd = socket(c->resolver.sa.ss_family,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->fd < 0 || getrandom(&id, sizeof(id), 0) != sizeof(id) ||
	    connect(q->fd, (struct sockaddr *)&c->resolver.sa,
		c->resolver.len) != 0) {
		wrong(q, "the resolver cannot be asked");
		return;
	}
	write_u16(&w, id);
	write_u16(&w, 0x0100); /* recursion is wanted */
	write_u16(&w, 1);
	write_u32(&w, 0);
	write_u16(&w, 0);
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		write_u8(&w, (unsigned)n);
		write_span(&w, name, n);
		name += n + (name[n] == '.');
	}
	write_u8(&w, 0);
	write_u16(&w, q->type);
	write_u16(&w, CTL_IN);
	q->len = written(&w);
	if (w.bad) {
		wrong(q, "the name is too long");
		return;
	}
	(void)!send(q->fd, q->packet, q->len, 0); /* lost: asked again */
	q->tries++;
	q->until = clock_ms() + WAIT_MS;
}

static void
skip_name(struct reader *r)
{
	for (;;) {
		unsigned n = read_u8(r);

		if (r->bad || n == 0) {
			return;
		}
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
read_records(struct question *q, struct reader *r, unsigned n)
{
	for (; n > 0 && !r->bad; n--) {
		unsigned type, class, len;
		const uint8_t *data;

		skip_name(r);
		type = read_u16(r);
		class = read_u16(r);
		read_u32(r);
		len = read_u16(r);
		data = read_span(r, len);
		if (r->bad || class != CTL_IN || type != q->type) {
			continue; /* a CNAME on the way */
		}
		if (type == CTL_A && len == 4 && q->n < ANSWERS) {
			q->a[q->n++] = (uint32_t)data[0] << 24 |
			    (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 |
			    data[3];
		} else if (type == CTL_TXT && len > 1 && data[0] < len &&
		    q->text[0] == '\0') {
			text_printable_in(q->text, sizeof(q->text),
			    (const char *)data + 1, data[0]);
		}
	}
}

/* What the addresses say, all of them together. */
static void
judge(struct check *c, struct question *q)
{
	char a[16];

	if (q->n == 0) {
		q->state = NOT_LISTED;
		return;
	}
	for (unsigned i = 0; i < q->n; i++) {
		const char *why = NULL;

		zone_code_format(a, q->a[i]);
		if (q->a[i] >> 24 != 127) {
			why = "is no answer of a list: it is gone, or somebody "
			      "answers for it";
		} else if (q->a[i] >> 8 == 0x7fffff) {
			why = "says that it refuses this resolver";
		} else if (q->a[i] == 0x7f000001) {
			why = "is never a listing";
		}
		if (why != NULL) {
			q->state = WRONG;
			snprintf(q->why, sizeof(q->why), "%s %s", a, why);
			return;
		}
	}
	q->type = CTL_TXT;
	q->tries = 0;
	send_question(c, q);
	if (q->state == WRONG) { /* listed all the same */
		q->state = LISTED;
	}
}

static void
take_reply(struct check *c, struct question *q, const uint8_t *data, size_t len)
{
	struct reader r = reader(data, len);
	unsigned flags, an, rcode;
	size_t question = q->len - 12;
	char text[80];

	/* ours: number and question as they were sent */
	if (len < q->len || memcmp(data, q->packet, 2) != 0 ||
	    memcmp(data + 12, q->packet + 12, question) != 0) {
		return;
	}
	read_u16(&r);
	flags = read_u16(&r);
	if ((flags & 0x8000) == 0 || read_u16(&r) != 1) {
		return;
	}
	an = read_u16(&r);
	read_u32(&r);
	read_span(&r, question);
	rcode = flags & 15;
	if (q->type == CTL_TXT) {
		read_records(q, &r, an);
		q->state = LISTED;
	} else if (rcode == 3) {
		q->state = NOT_LISTED;
	} else if (rcode != 0) {
		snprintf(text, sizeof(text), "answered %s",
		    rcode == 2	     ? "SERVFAIL"
			: rcode == 5 ? "REFUSED"
				     : "an error");
		wrong(q, text);
	} else {
		read_records(q, &r, an);
		if (r.bad || ((flags & 0x0200) != 0 && q->n == 0)) {
			wrong(q, "an answer that cannot be read");
		} else {
			judge(c, q);
		}
	}
}

static void
look_at(struct check *c, struct question *q, bool ready)
{
	uint8_t data[4096];
	ssize_t n;

	while (ready && q->state == WAITS &&
	    (n = recv(q->fd, data, sizeof(data), 0)) >= 0) {
		if (n >= 12) {
			take_reply(c, q, data, (size_t)n);
		}
	}
	if (q->state == WAITS && clock_ms() >= q->until) {
		if (q->tries < TRIES) {
			send_question(c, q);
		} else if (q->type == CTL_TXT) {
			q->state = LISTED;
		} else {
			wrong(q, "no answer");
		}
	}
}

static int
ask_all(struct check *c)
{
	struct pollfd *fds = calloc(c->n + 1, sizeof(*fds));
	size_t waits = 0;

	if (fds == NULL) {
		return ctl_fail("no memory");
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->questions[i].state == WAITS) {
			send_question(c, &c->questions[i]);
		}
	}
	do {
		int64_t next = INT64_MAX, now = clock_ms();

		waits = 0;
		for (size_t i = 0; i < c->n; i++) {
			struct question *q = &c->questions[i];
			bool is = q->state == WAITS;

			fds[i] = (struct pollfd){ is ? q->fd : -1, POLLIN, 0 };
			waits += is;
			next = is && q->until < next ? q->until : next;
		}
		if (waits == 0) {
			break;
		}
		if (poll(fds, (nfds_t)c->n,
			next > now ? (int)(next - now) : 0) < 0 &&
		    errno != EINTR) {
			break;
		}
		for (size_t i = 0; i < c->n; i++) {
			if (c->questions[i].state == WAITS) {
				look_at(c, &c->questions[i],
				    fds[i].revents != 0);
			}
		}
	} while (waits > 0);
	free(fds);
	return CTL_DONE;
}

/* ---- telling ------------------------------------------------------------- */

static const char *const states[] = { "unanswered", "not listed", "listed",
	"error" };

static int
tell_json(const struct question *q)
{
	json_t *codes = json_array(), *meanings = json_array();
	char a[16];

	for (unsigned i = 0; i < q->n && q->state == LISTED; i++) {
		json_array_append_new(
		    codes, ctl_json_str(zone_code_format(a, q->a[i])));
		json_array_append_new(
		    meanings, ctl_json_text(ctl_list_meaning(q->list, q->a[i])));
	}
	return ctl_print_json(json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}",
	    "list", ctl_json_str(q->list->zone), "name",
	    ctl_json_str(q->name), "state", states[q->state], "codes", codes,
	    "meanings", meanings, "text",
	    q->text[0] != '\0' ? ctl_json_str(q->text) : json_null(), "error",
	    q->why[0] != '\0' ? ctl_json_str(q->why) : json_null()));
}

static void
tell(const struct question *q)
{
	char a[16];

	printf("%-30s %s", q->list->zone, states[q->state]);
	if (q->state == WRONG) {
		printf(": %s", q->why);
	}
	for (unsigned i = 0; i < q->n && q->state == LISTED; i++) {
		struct span m = ctl_list_meaning(q->list, q->a[i]);

		printf("%s %s", i > 0 ? ";" : "", zone_code_format(a, q->a[i]));
		if (m.len > 0) {
			printf(" ");
			ctl_print_span(m);
		}
	}
	printf("\n");
	if (q->state == LISTED && q->text[0] != '\0') {
		printf("%-30s %s\n", "", q->text);
	}
}

/* The first "nameserver" of resolv.conf. */
static int
default_resolver(struct net_place *ret)
{
	struct buf b = { 0 };
	struct span rest, line;
	char text[80];
	int r = ERR_NONE;

	if (file_read("/etc/resolv.conf", 65536, &b) == 0 && b.len > 0) {
		rest = span(b.data, b.len);
		while (r < 0 && ctl_lists_line(&rest, &line)) {
			if (span_starts(line, "nameserver ") ||
			    span_starts(line, "nameserver\t")) {
				line = span_trim(
				    span(line.at + 11, line.len - 11));
				snprintf(text, sizeof(text), "%.*s@53",
				    (int)(line.len < 60 ? line.len : 60),
				    line.at);
				r = net_place_parse(span_str(text), ret);
			}
		}
	}
	buf_free(&b);
	return r;
}

static int
want_key(const char *text, struct zone_key *ret)
{
	enum zone_kind kind = zone_key_guess(span_str(text));
	struct err_text why = { "" };
	char shown[80];

	text_printable_in(shown, sizeof(shown), text, strlen(text));
	if (zone_key_parse(kind, span_str(text), ret, &why) < 0) {
		return ctl_wrong("\"%s\": %s", shown, why.text);
	}
	if ((kind == ZONE_KIND_IP && ret->ip.plen != ret->ip.ip.bits) ||
	    (kind == ZONE_KIND_DOMAIN &&
		(ret->text[0] == '.' || ret->text[0] == '*')) ||
	    ret->digest.len > 0) {
		return ctl_wrong("\"%s\": expected one IP address, e-mail "
				 "address or domain",
		    shown);
	}
	return CTL_DONE;
}

static int
run_check(struct ctl *ctl, const struct ctl_args *args)
{
	const char *path = ctl_given(args, "against");
	const char *resolver = ctl_given(args, "resolver");
	bool json = ctl_given(args, "json") != NULL;
	struct check *c = calloc(1, sizeof(*c));
	size_t listed = 0, failed = 0;
	int r;

	if (c == NULL) {
		return ctl_fail("no memory");
	}
	c->ctl = ctl;
	if (path == NULL) {
		r = ctl_wrong("check: expected --against FILE; rbl-lists.conf "
			      "is one");
		goto out;
	}
	if ((r = want_key(args->words[0], &c->key)) != CTL_DONE ||
	    (r = ctl_lists_read(&c->lists, path)) != CTL_DONE) {
		goto out;
	}
	if (resolver == NULL ? default_resolver(&c->resolver) < 0
			     : net_place_parse(
				   span_str(resolver), &c->resolver) < 0 ||
		    c->resolver.sa.ss_family == AF_UNIX) {
		r = ctl_wrong("--resolver: expected ADDRESS@PORT, since there "
			      "is none in /etc/resolv.conf");
		goto out;
	}
	c->questions = calloc(2 * c->lists.n, sizeof(c->questions[0]));
	if (c->questions == NULL) {
		r = ctl_fail("no memory");
		goto out;
	}
	make_questions(c);
	if (c->n == 0) {
		r = ctl_fail("%s: no list in it can be asked about that",
		    path);
		goto out;
	}
	r = ask_all(c);
	for (size_t i = 0; i < c->n && r == CTL_DONE; i++) {
		struct question *q = &c->questions[i];

		if (q->state == WAITS) {
			wrong(q, "no answer");
		}
		listed += q->state == LISTED;
		failed += q->state == WRONG;
		if (json) {
			r = tell_json(q);
		} else {
			tell(q);
		}
	}
	if (r == CTL_DONE && !json) {
		printf("%zu asked, %zu listed, %zu errors\n", c->n, listed,
		    failed);
	}
	if (r == CTL_DONE && listed == 0) {
		r = failed == c->n ? CTL_FAILED : CTL_NEGATIVE;
	}
out:
	for (size_t i = 0; c->questions != NULL && i < c->n; i++) {
		if (c->questions[i].fd >= 0) {
			close(c->questions[i].fd);
		}
	}
	free(c->questions);
	buf_free(&c->lists.file);
	free(c);
	return r;
}

const struct ctl_command ctl_check_commands[] = {
	{ "check", "KEY", "what do other lists say of it?", 1, 1, run_check,
	    { { "against", "FILE", "the lists; see rbl-lists.conf", false },
		{ "resolver", "ADDRESS@PORT", "that of /etc/resolv.conf",
		    false },
		{ "json", NULL, "one JSON object a line", false } } },
	{ 0 },
};
