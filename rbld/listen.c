/* listen.c - sockets for each place. */
#include "rbld/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS_MAX 64
#define BACKLOG 512
#define BUFFER (4 << 20) /* octets; the system may give less */
#define PORT_TRIES 16    /* for a port that is free on UDP as well */

static int
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static bool
is_wildcard(const struct net_place *place)
{
	static const uint8_t zero[16];
	struct net_ip ip = net_ip_of_sockaddr((const void *)&place->sa);

	return memcmp(ip.bytes, zero, ip.bits / 8) == 0;
}

static unsigned
port_of(const struct net_place *place)
{
	/* the port is at the same place in both families */
	return ((const struct sockaddr_in *)(const void *)&place->sa)->sin_port;
}

/* A bound socket of TYPE, or -1 with errno. */
static int
bound(const struct net_place *place, int type)
{
	int family = place->sa.ss_family;
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0;

	if (ok && family == AF_INET6) {
		ok = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0;
	}
	if (ok && type == SOCK_STREAM) {
		ok = set(fd, SOL_SOCKET, SO_REUSEADDR, 1) == 0;
	}
	if (ok && type == SOCK_DGRAM) {
		ok = set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0;
	}
	if (ok) {
		ok = bind(fd, (const void *)&place->sa, place->len) == 0;
	}
	if (!ok && fd >= 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		fd = -1;
	}
	return fd;
}

static int
open_tcp(struct rbld_listener *l)
{
	socklen_t len = sizeof(l->place.sa);

	l->tcp = bound(&l->place, SOCK_STREAM);
	if (l->tcp < 0 || listen(l->tcp, BACKLOG) < 0 ||
	    fcntl(l->tcp, F_SETFL, O_NONBLOCK) < 0) {
		return ERR_SYS;
	}
	(void)set(l->tcp, IPPROTO_TCP, TCP_NODELAY, 1); /* is inherited */
	if (getsockname(l->tcp, (void *)&l->place.sa, &len) < 0) {
		return ERR_SYS;
	}
	return 0;
}

static int
open_udp(const struct rbld_listener *l, int *ret_fd)
{
	bool v6 = l->place.sa.ss_family == AF_INET6;
	int fd = bound(&l->place, SOCK_DGRAM);

	*ret_fd = fd;
	if (fd < 0) {
		return ERR_SYS;
	}
	/* As much as can be had; none of these is needed to be right. */
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0) {
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	}
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER) < 0) {
		(void)set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER);
	}
	/* A forged "fragmentation needed" must not cut our replies up. */
	if (v6) {
		(void)set(
		    fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
	} else {
		(void)set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
	}
	/* Replies leave from the address that was asked. */
	if (l->wildcard &&
	    (v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
		: set(fd, IPPROTO_IP, IP_PKTINFO, 1)) < 0) {
		return ERR_SYS;
	}
	return 0;
}

static void
close_listener(struct rbld_listener *l, unsigned workers)
{
	if (l->tcp >= 0) {
		close(l->tcp);
		l->tcp = -1;
	}
	for (unsigned i = 0; l->udp != NULL && i < workers; i++) {
		if (l->udp[i] >= 0) {
			close(l->udp[i]);
			l->udp[i] = -1;
		}
	}
}

/* TCP first: without SO_REUSEPORT it refuses a place where another process
 * already answers, even one of the same user. */
static int
open_listener(
    struct rbld_listener *l, const struct net_place *place, unsigned workers)
{
	bool any_port = port_of(place) == 0;
	int r = ERR_SYS;

	for (unsigned tries = any_port ? PORT_TRIES : 1; tries > 0; tries--) {
		l->place = *place;
		r = open_tcp(l);
		for (unsigned i = 0; r == 0 && i < workers; i++) {
			r = open_udp(l, &l->udp[i]);
		}
		if (r == 0 || errno != EADDRINUSE) {
			break;
		}
		if (tries > 1) {
			close_listener(l, workers);
		}
	}
	return r;
}

static unsigned
workers_of(const struct zone_config *config)
{
	unsigned n = config->dns.workers;
	cpu_set_t cpus;

	if (n == 0) {
		n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0
		    ? (unsigned)CPU_COUNT(&cpus)
		    : 1;
	}
	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
}

int
rbld_listen_open(const struct zone_config *config,
    struct rbld_listen **ret_listen, struct err_text *why)
{
	struct rbld_listen *listen = calloc(1, sizeof(*listen));
	char text[128];
	int r = ERR_NOMEM;

	if (listen == NULL) {
		goto out;
	}
	listen->workers = workers_of(config);
	listen->control = -1;
	listen->at = calloc(config->dns.n_listen + 1, sizeof(*listen->at));
	if (listen->at == NULL) {
		goto out;
	}
	for (size_t i = 0; i < config->dns.n_listen; i++) {
		const struct net_place *place = &config->dns.listen[i];
		struct rbld_listener *l = &listen->at[i];

		l->tcp = -1;
		l->udp = malloc(listen->workers * sizeof(*l->udp));
		if (l->udp == NULL) {
			r = ERR_NOMEM;
			goto out;
		}
		memset(l->udp, 0xff, listen->workers * sizeof(*l->udp));
		listen->n++;
		net_place_format(text, (const void *)&place->sa);
		if (place->sa.ss_family == AF_UNIX) {
			r = err_say(why, ERR_RANGE,
			    "dns.listen %s: an address "
			    "and a port expected",
			    text);
			goto out;
		}
		l->wildcard = is_wildcard(place);
		r = open_listener(l, place, listen->workers);
		if (r < 0) {
			r = err_say(why, r, "cannot listen on %s: %s", text,
			    strerror(errno));
			goto out;
		}
	}
	if (listen->n == 0) {
		r = err_say(
		    why, ERR_RANGE, "dns.listen: no place to listen on");
		goto out;
	}
	*ret_listen = listen;
	listen = NULL;
	r = 0;
out:
	if (r == ERR_NOMEM) {
		(void)err_say(why, r, "%s", err_str(r));
	}
	rbld_listen_close(&listen);
	return r;
}

void
rbld_listen_close(struct rbld_listen **listen)
{
	struct rbld_listen *l = *listen;

	if (l == NULL) {
		return;
	}
	for (unsigned i = 0; i < l->n; i++) {
		close_listener(&l->at[i], l->workers);
		free(l->at[i].udp);
	}
	free(l->at);
	free(l);
	*listen = NULL;
}
