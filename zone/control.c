/* control.c - one line out, all that comes in. */
#include "zone/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

static int64_t
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Wait until FD is ready for EVENTS; ERR_SYS when it is END before. */
static int
wait_for(int fd, short events, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = end - milliseconds();
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	if (n == 0) {
		errno = ETIMEDOUT;
	}
	return n > 0 ? 0 : ERR_SYS;
}

/* All that comes until the peer hangs up. */
static int
read_all(int fd, int64_t end, struct buf *b)
{
	size_t start = b->len;
	char part[4096];

	for (;;) {
		int r = wait_for(fd, POLLIN, end);
		ssize_t n;

		if (r < 0) {
			return r;
		}
		n = recv(fd, part, sizeof(part), 0);
		if (n == 0) {
			return b->bad ? ERR_NOMEM : 0;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return ERR_SYS;
		}
		if (n > 0) {
			buf_add(b, part, (size_t)n);
		}
		if (b->len - start > ZONE_CONTROL_MAX) {
			return ERR_FULL;
		}
	}
}

int
zone_control_ask(const struct zone_config *config, const char *what,
    int patience, struct buf *b)
{
	const struct net_place *place = &config->dns.control;
	int64_t end = milliseconds() + patience;
	char line[32] = "";
	size_t len = strlen(what);
	int fd, saved, r = ERR_SYS;

	if (place->len == 0) {
		return ERR_NONE;
	}
	if (len + 2 > sizeof(line)) {
		return ERR_RANGE;
	}
	memcpy(line, what, len);
	line[len++] = '\n';
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return ERR_SYS;
	}
	if (connect(fd, (const void *)&place->sa, place->len) < 0) {
		r = errno == ENOENT || errno == ECONNREFUSED ? ERR_NONE
							     : ERR_SYS;
		goto out;
	}
	/* so short a line always fits into a new socket */
	if (send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len) {
		r = read_all(fd, end, b);
	}
out:
	saved = errno;
	close(fd);
	errno = saved;
	return r;
}
