/* handin.c - a client of LMTP, for one mail. */
#include "zone/handin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "zone/submitters.h"

#define LINE 1024
#define PIECE (64u << 10) /* bytes sent at once */

struct client {
	int fd;
	char in[LINE]; /* read and not used yet */
	size_t n;
	struct err_text *why;
};

static int
broken(const struct client *c)
{
	return err_say(c->why, ERR_SYS, "rbl-ingest: %s",
	    errno == EAGAIN ? "no answer in time" : strerror(errno));
}

static int
say(struct client *c, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return broken(c);
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One line of an answer into LINE, without its end. */
static int
hear_line(struct client *c, char line[LINE])
{
	for (;;) {
		char *lf = memchr(c->in, '\n', c->n);
		ssize_t n;

		if (lf != NULL) {
			size_t len = (size_t)(lf - c->in);

			memcpy(line, c->in, len);
			line[len > 0 && line[len - 1] == '\r' ? len - 1 : len] =
			    '\0';
			c->n -= len + 1;
			memmove(c->in, lf + 1, c->n);
			return 0;
		}
		if (c->n == sizeof(c->in)) {
			return err_say(
			    c->why, ERR_SYS, "rbl-ingest: this is not LMTP");
		}
		n = recv(c->fd, c->in + c->n, sizeof(c->in) - c->n, 0);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			errno = n == 0 ? ECONNRESET : errno;
			return broken(c);
		}
		c->n += (size_t)n;
	}
}

/* An answer whose code begins with WANT; its last line is in LINE. */
static int
hear(struct client *c, char want, char line[LINE])
{
	char shown[160];
	int r;

	do {
		r = hear_line(c, line);
	} while (r == 0 && strlen(line) > 3 && line[3] == '-');
	if (r < 0 || line[0] == want) {
		return r;
	}
	text_printable_in(shown, sizeof(shown), line, strlen(line));
	return err_say(c->why,
	    strncmp(line, "552", 3) == 0 ? ERR_RANGE : ERR_STORE,
	    "rbl-ingest: %s", shown);
}

/* LEN bytes of DATA behind what waits in B, which goes out when it is much. */
static int
say_later(struct client *c, const char *data, size_t len, struct buf *b)
{
	int r = 0;

	if (b->len + len > PIECE && b->len > 0 && !b->bad) {
		r = say(c, b->data, b->len);
		buf_clear(b);
	}
	if (r == 0 && len > PIECE) {
		return say(c, data, len);
	}
	buf_add(b, data, len);
	return r;
}

/* MAIL as LMTP has it: CR LF for LF, a dot more in front of a dot, the end.
 * Piece by piece, since it may be large. */
static int
say_mail(struct client *c, const char *mail, size_t len, struct buf *b)
{
	int r = 0;

	while (len > 0 && r == 0) {
		const char *lf = memchr(mail, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - mail) : len;
		size_t text =
		    lf != NULL && n > 0 && mail[n - 1] == '\r' ? n - 1 : n;

		if (text > 0 && mail[0] == '.') {
			buf_u8(b, '.');
		}
		r = say_later(c, mail, text, b);
		buf_str(b, "\r\n");
		n += lf != NULL;
		mail += n;
		len -= n;
	}
	buf_str(b, ".\r\n");
	return r == 0 && b->bad
	    ? err_say(c->why, ERR_NOMEM, "%s", err_str(ERR_NOMEM))
	    : r == 0 ? say(c, b->data, b->len)
		     : r;
}

static bool
token_right(struct span token)
{
	for (size_t i = 0; i < token.len; i++) {
		char c = text_lower(token.at[i]);

		if ((c < 'a' || c > 'z') && (c < '2' || c > '7')) {
			return false;
		}
	}
	return token.len == 0 || token.len == ZONE_SUBMITTER_TOKEN - 1;
}

static int
talk(struct client *c, struct span token, const char *mail, size_t len,
    struct zone_handed *ret)
{
	static const char number[] = "queued as ";
	struct buf b = { 0 };
	char line[LINE], rcpt[128];
	const char *at;
	int r = hear(c, '2', line);

	if (r == 0) {
		r = say(c, "LHLO localhost\r\n", 16);
	}
	if (r == 0) {
		r = hear(c, '2', line);
	}
	if (r == 0) {
		r = say(c, "MAIL FROM:<>\r\n", 14);
	}
	if (r == 0) {
		r = hear(c, '2', line);
	}
	snprintf(rcpt, sizeof(rcpt), "RCPT TO:<upload%s%.*s@localhost>\r\n",
	    token.len > 0 ? "+" : "", (int)token.len, token.at);
	if (r == 0) {
		r = say(c, rcpt, strlen(rcpt));
	}
	if (r == 0) {
		r = hear(c, '2', line);
	}
	if (r == 0) {
		r = say(c, "DATA\r\n", 6);
	}
	if (r == 0) {
		r = hear(c, '3', line);
	}
	if (r == 0) {
		r = say_mail(c, mail, len, &b);
	}
	buf_free(&b);
	if (r == 0) {
		r = hear(c, '2', line);
	}
	if (r == 0) {
		at = strstr(line, number);
		ret->submission = at != NULL
		    ? strtoull(at + sizeof(number) - 1, NULL, 10)
		    : 0;
		ret->known = at != NULL && strstr(at, ", known") != NULL;
		(void)say(c, "QUIT\r\n", 6);
	}
	return r;
}

int
zone_handin(const struct net_place *place, struct span token, const char *mail,
    size_t len, struct zone_handed *ret, struct err_text *why)
{
	const struct timeval wait = { .tv_sec = ZONE_HANDIN_WAIT };
	struct client c = { .why = why };
	int r;

	if (!token_right(token)) {
		return err_say(why, ERR_FORMAT, "this is no token");
	}
	c.fd = socket(place->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c.fd < 0 ||
	    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) <
		0 ||
	    setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) <
		0 ||
	    connect(c.fd, (const void *)&place->sa, place->len) < 0) {
		r = broken(&c);
	} else {
		r = talk(&c, token, mail, len, ret);
	}
	if (c.fd >= 0) {
		close(c.fd);
	}
	return r;
}
