/* peer.h - small words for the programs that the flow tests ask with. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/reply.h"

static uint64_t peer_state;

static inline uint32_t
peer_rnd(uint32_t n)
{
	uint64_t z = peer_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

static inline void
peer_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(99);
}

/* Milliseconds that only count up. */
static inline int64_t
peer_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A socket of TYPE, connected to 127.0.0.1@PORT; PORT 0: bound to any. */
static inline int
peer_socket(int type, unsigned port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), size = 4 << 20;

	if (fd < 0) {
		peer_die("socket");
	}
	if (type == SOCK_DGRAM) {
		/* what is lost must not be lost here */
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			sizeof(size)) < 0) {
			(void)setsockopt(
			    fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		}
	}
	if ((port == 0 ? bind(fd, (void *)&sa, sizeof(sa))
		       : connect(fd, (void *)&sa, sizeof(sa))) < 0) {
		peer_die(port == 0 ? "bind" : "connect");
	}
	return fd;
}

static inline unsigned
peer_port_of(int fd)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (void *)&sa, &len) < 0) {
		peer_die("getsockname");
	}
	return ntohs(sa.sin_port);
}

/* R in a word: the first address, "NX", "NODATA", "rcode2", "cut". */
static inline void
reply_words(const struct reply *r, char out[32])
{
	if ((r->flags & 0x0200) != 0) {
		strcpy(out, "cut");
	} else if (r->rcode == 3) {
		strcpy(out, "NX");
	} else if (r->rcode != 0) {
		snprintf(out, 32, "rcode%u", r->rcode);
	} else if (r->n[REPLY_ANSWER] == 0) {
		strcpy(out, "NODATA");
	} else if (r->rr[0][0].len == 4) {
		inet_ntop(AF_INET, r->packet + r->rr[0][0].data, out, 32);
	} else {
		snprintf(out, 32, "type %u", r->rr[0][0].type);
	}
}

/* A question for NAME (labels with dots between) into OUT, which has room for
 * 300 octets; returns its length. PAYLOAD 0: no OPT. */
static inline size_t
peer_question(uint8_t out[300], unsigned id, const char *name, unsigned type,
    unsigned payload, bool recurse)
{
	size_t n = 12;

	memset(out, 0, 12);
	out[0] = (uint8_t)(id >> 8);
	out[1] = (uint8_t)id;
	out[2] = recurse;
	out[5] = 1;
	out[11] = payload > 0;
	while (*name != '\0' && n < 250) {
		size_t len = strcspn(name, ".");

		out[n++] = (uint8_t)len;
		memcpy(out + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	out[n++] = 0;
	out[n++] = (uint8_t)(type >> 8);
	out[n++] = (uint8_t)type;
	out[n++] = 0;
	out[n++] = 1;
	if (payload > 0) {
		static const uint8_t rest[6] = { 0 };

		out[n++] = 0;
		out[n++] = 0;
		out[n++] = 41;
		out[n++] = (uint8_t)(payload >> 8);
		out[n++] = (uint8_t)payload;
		memcpy(out + n, rest, 6);
		n += 6;
	}
	return n;
}

/* The name of ADDRESS (16 octets, of which BITS count) below ZONE. */
static inline void
peer_reversed(
    char out[256], const uint8_t *address, unsigned bits, const char *zone)
{
	char *at = out;

	for (unsigned i = bits / 8; i-- > 0;) {
		at += bits == 32
		    ? sprintf(at, "%u.", address[i])
		    : sprintf(at, "%x.%x.", address[i] & 15, address[i] >> 4);
	}
	snprintf(at, 256 - (size_t)(at - out), "%s", zone);
}
