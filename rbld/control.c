/* control.c - the socket's file, and what is asked there. */
#include "rbld/control.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG 16

/* ---- the file --------------------------------------------------------------
 */

/* Make room at AT for a socket of ours. */
static int
clear_stale(const struct sockaddr_un *at, socklen_t len)
{
	struct stat st;
	int fd, r;

	if (lstat(at->sun_path, &st) < 0) {
		return errno == ENOENT ? 0 : ERR_SYS;
	}
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return ERR_SYS;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return ERR_SYS;
	}
	r = connect(fd, (const struct sockaddr *)at, len);
	if (r < 0 && errno == ECONNREFUSED) {
		r = unlink(at->sun_path);
	} else if (r == 0 || errno == EAGAIN) { /* a full row waits there */
		errno = EADDRINUSE;
		r = -1;
	}
	if (r < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return ERR_SYS;
	}
	close(fd);
	return 0;
}

static int
listen_at(struct rbld_control *c, socklen_t len)
{
	mode_t mask;
	int r, saved;

	if (clear_stale(&c->at, len) < 0) {
		return ERR_SYS;
	}
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0) {
		return ERR_SYS;
	}
	mask = umask(0117);
	r = bind(c->fd, (const struct sockaddr *)&c->at, len);
	umask(mask);
	if (r == 0 && lstat(c->at.sun_path, &c->file) == 0 &&
	    listen(c->fd, BACKLOG) == 0) {
		return 0;
	}
	saved = errno;
	close(c->fd);
	c->fd = -1;
	errno = saved;
	return ERR_SYS;
}

int
rbld_control_open(const struct zone_config *config,
    struct rbld_control *ret_control, struct err_text *why)
{
	const struct net_place *place = &config->dns.control;
	struct rbld_control c = { .fd = -1 };
	int r = 0;

	if (place->len > 0) {
		memcpy(&c.at, &place->sa, sizeof(c.at));
		r = listen_at(&c, place->len);
	}
	if (r < 0) {
		return err_say(why, r, "dns.control unix:%s: %s%s",
		    c.at.sun_path, strerror(errno),
		    errno == EEXIST ? " and is no socket" : "");
	}
	*ret_control = c;
	return 0;
}

void
rbld_control_close(struct rbld_control *control)
{
	const struct stat *ours = &control->file;
	struct stat st;

	if (control->fd < 0) {
		return;
	}
	close(control->fd);
	control->fd = -1;
	if (lstat(control->at.sun_path, &st) == 0 &&
	    st.st_dev == ours->st_dev && st.st_ino == ours->st_ino &&
	    st.st_mtim.tv_sec == ours->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == ours->st_mtim.tv_nsec) {
		/* a number is soon given to another file: so the time */
		(void)unlink(control->at.sun_path);
	}
}

/* ---- requests --------------------------------------------------------------
 */

static enum rbld_wish
wish_of(struct span word)
{
	static const struct {
		const char *word;
		enum rbld_wish wish;
	} words[] = {
		{ "", RBLD_WISH_METRICS },
		{ "metrics", RBLD_WISH_METRICS },
		{ "top", RBLD_WISH_TOP },
		{ "json", RBLD_WISH_JSON },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(word, words[i].word)) {
			return words[i].wish;
		}
	}
	return RBLD_WISH_UNKNOWN;
}

/* The next word of LINE, which begins behind it then. */
static struct span
next_word(struct span *line)
{
	struct span s = *line;

	while (s.len > 0 && s.at[0] == ' ') {
		s.at++;
		s.len--;
	}
	line->at = s.at;
	line->len = s.len;
	while (line->len > 0 && line->at[0] != ' ') {
		line->at++;
		line->len--;
	}
	return span(s.at, (size_t)(line->at - s.at));
}

/* "GET /metrics HTTP/1.1": a method, a path and a version. */
static struct rbld_request
read_http(struct span line)
{
	struct rbld_request r = { .http = true, .wish = RBLD_WISH_BAD };
	struct span method = next_word(&line), path = next_word(&line);
	const char *query;

	if (next_word(&line).len < 8 || next_word(&line).len > 0 ||
	    path.len == 0 || path.at[0] != '/') {
		return r;
	}
	r.head = method.len == 4 && memcmp(method.at, "HEAD", 4) == 0;
	if (!r.head && !(method.len == 3 && memcmp(method.at, "GET", 3) == 0)) {
		r.wish = RBLD_WISH_METHOD;
		return r;
	}
	query = memchr(path.at, '?', path.len);
	if (query != NULL) {
		path.len = (size_t)(query - path.at);
	}
	r.wish = wish_of(span(path.at + 1, path.len - 1));
	return r;
}

/* Does AT have the empty line that ends the head of a request? */
static bool
has_empty_line(const char *at, size_t len)
{
	return memmem(at, len, "\n\n", 2) != NULL ||
	    memmem(at, len, "\n\r\n", 3) != NULL;
}

struct rbld_request
rbld_control_read(const char *at, size_t len, bool ended)
{
	struct rbld_request r = { .wish = RBLD_WISH_MORE };
	const char *end = len > 0 ? memchr(at, '\n', len) : NULL;
	struct span line;

	if (end == NULL && !ended) {
		r.wish =
		    len < RBLD_REQUEST_MAX ? RBLD_WISH_MORE : RBLD_WISH_UNKNOWN;
		return r;
	}
	line = span_trim(span(at, end != NULL ? (size_t)(end - at) : len));
	if (line.len >= 5 && span_find(line, " HTTP/") != NULL) {
		if (!ended && len < RBLD_REQUEST_MAX &&
		    !has_empty_line(at, len)) {
			return r;
		}
		return read_http(line);
	}
	r.wish = wish_of(line);
	return r;
}

void
rbld_control_head(struct buf *b, const struct rbld_request *request, size_t len)
{
	const char *status = "200 OK";
	const char *type = "text/plain; charset=utf-8";

	switch (request->wish) {
	case RBLD_WISH_METRICS:
		type = "text/plain; version=0.0.4; charset=utf-8";
		break;
	case RBLD_WISH_TOP: break;
	case RBLD_WISH_JSON: type = "application/json"; break;
	case RBLD_WISH_UNKNOWN: status = "404 Not Found"; break;
	case RBLD_WISH_METHOD:
		status = "405 Method Not Allowed\r\nAllow: GET, HEAD";
		break;
	default: status = "400 Bad Request"; break;
	}
	buf_fmt(b,
	    "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
	    status, type, len);
}
