/* bare.c - bench_bare: the floor. Reads batches of questions and sends replies
 * of the size it is told, without looking anything up: what sockets alone
 * cost. Half of the replies are an A record, half an NXDOMAIN with its SOA.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 32
#define ROOM 1024
#define STAGGER 320 /* not all buffers in one set of the cache */
#define TAIL 320    /* most octets behind a question */

struct shape {
	uint8_t tail[TAIL]; /* what follows the question */
	size_t len;
};

static struct shape shapes[2]; /* miss, hit */

static void
number16(uint8_t *at, size_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

/* An A record. */
static void
shape_hit(struct shape *s)
{
	static const uint8_t a[16] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 3, 0x84, 0,
		4, 127, 0, 0, 2 };

	memcpy(s->tail, a, sizeof(a));
	s->len = sizeof(a);
}

/* A SOA record; its first name is as long as it takes to have LEN octets. */
static void
shape_miss(struct shape *s, size_t len)
{
	static const uint8_t head[12] = { 0xc0, 12, 0, 6, 0, 1, 0, 0, 1, 44 };
	size_t at = sizeof(head), name, least = sizeof(head) + 1 + 1 + 20;

	if (len < least + 2) {
		len = least + 2;
	}
	memcpy(s->tail, head, sizeof(head));
	number16(s->tail + 10, len - sizeof(head));
	name = len - least;
	while (name > 0) {
		size_t label = name > 64 ? 63 : name - 1;

		if (name - label - 1 == 1) {
			label--; /* a label has an octet at least */
		}
		s->tail[at++] = (uint8_t)label;
		memset(s->tail + at, 'n', label);
		at += label;
		name -= label + 1;
	}
	s->len = len;
}

/* In place; octets of the reply, 0: none. */
static size_t
reply(uint8_t *p, size_t len)
{
	const struct shape *s = &shapes[p[1] & 1]; /* by the id */
	size_t at = 12;

	while (at < len && p[at] != 0) {
		at += p[at] + 1u;
	}
	at += 5;
	if (at > len) {
		return 0;
	}
	p[2] = 0x84;
	p[3] = s == &shapes[1] ? 0 : 3;
	memset(p + 6, 0, 6);
	p[s == &shapes[1] ? 7 : 9] = 1;
	memcpy(p + at, s->tail, s->len);
	return at + s->len;
}

static void
serve(int fd)
{
	static uint8_t room[BATCH][ROOM + STAGGER];
	static struct mmsghdr in[BATCH], out[BATCH];
	static struct iovec in_vec[BATCH], out_vec[BATCH];
	static struct sockaddr_in from[BATCH];

	for (unsigned i = 0; i < BATCH; i++) {
		in_vec[i] = (struct iovec){ room[i], ROOM - TAIL };
		in[i].msg_hdr.msg_iov = &in_vec[i];
		in[i].msg_hdr.msg_iovlen = 1;
		in[i].msg_hdr.msg_name = &from[i];
		out[i].msg_hdr.msg_iov = &out_vec[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		unsigned n_out = 0, sent = 0;
		int n;

		for (unsigned i = 0; i < BATCH; i++) {
			in[i].msg_hdr.msg_namelen = sizeof(from[i]);
		}
		n = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			size_t len = reply(room[i], in[i].msg_len);

			if (len > 0) {
				out_vec[n_out] = (struct iovec){ room[i], len };
				out[n_out].msg_hdr.msg_name = &from[i];
				out[n_out].msg_hdr.msg_namelen =
				    sizeof(from[i]);
				n_out++;
			}
		}
		while (sent < n_out) {
			int r = sendmmsg(fd, out + sent, n_out - sent, 0);

			sent += r > 0 ? (unsigned)r : 1;
		}
	}
}

static size_t
size_of(const char *s)
{
	unsigned long n = strtoul(s, NULL, 10);

	return n < TAIL ? n : TAIL;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd, o, room = 1 << 20;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	shape_hit(&shapes[1]);
	shape_miss(&shapes[0], 0);
	while ((o = getopt(argc, argv, "p:m:")) != -1) {
		switch (o) {
		case 'p': at.sin_port = htons((uint16_t)atoi(optarg)); break;
		case 'm': shape_miss(&shapes[0], size_of(optarg)); break;
		default:
			fputs("usage: bench_bare -p PORT [-m OCTETS]\n"
			      "-m: octets behind the question in a reply "
			      "that says NXDOMAIN\n",
			    stderr);
			return 2;
		}
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0 ||
	    bind(fd, (void *)&at, sizeof(at)) < 0) {
		perror("bench_bare");
		return 1;
	}
	serve(fd);
}
