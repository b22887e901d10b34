/* http_peer.h - the other end of a connection: it sends bytes as they are, good
 * requests and others, and hears what comes back.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

static uint16_t port; /* of the server, on loopback */

static inline int
dial(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		perror("connect");
		exit(99);
	}
	return fd;
}

/* Read until the other side closes, or QUIET ms pass without a byte. */
static inline bool
hear(int fd, struct buf *b, int quiet)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char data[4096];
	ssize_t n;

	while (poll(&p, 1, quiet) > 0) {
		n = read(fd, data, sizeof(data));
		if (n <= 0) {
			return true;
		}
		buf_add(b, data, (size_t)n);
	}
	return false;
}

static inline void
tell(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0) {
			return; /* it hung up: the answer says why */
		}
		data += n;
		len -= (size_t)n;
	}
}

#define HOST "Host: h\r\n"
#define END "Connection: close\r\n\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define R(text) text, sizeof(text) - 1
