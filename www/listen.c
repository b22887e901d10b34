/* listen.c - sockets to listen on. */
#include "www/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static bool
loopback(const struct sockaddr *sa)
{
	struct net_ip ip = net_ip_of_sockaddr(sa);
	static const uint8_t one[16] = { [15] = 1 };

	return ip.bits == 32 ? ip.bytes[0] == 127
			     : ip.bits == 128 && memcmp(ip.bytes, one, 16) == 0;
}

/* A socket that an earlier run left behind is in the way of the next; one
 * that somebody answers on is not ours to take. */
static int
clear_stale(const struct sockaddr_un *un, socklen_t len)
{
	struct stat st;
	int fd, r;

	if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		return 0;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return ERR_SYS;
	}
	r = connect(fd, (const struct sockaddr *)un, len);
	close(fd);
	if (r == 0) {
		errno = EADDRINUSE;
		return ERR_SYS;
	}
	return unlink(un->sun_path) < 0 ? ERR_SYS : 0;
}

static int
open_one(const struct net_place *place, uid_t owner, gid_t group, int *ret_fd)
{
	const struct sockaddr *sa = (const struct sockaddr *)&place->sa;
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)(const void *)&place->sa;
	bool local = sa->sa_family == AF_UNIX;
	int on = 1, saved, fd;
	mode_t mask;

	if (local && clear_stale(un, place->len) < 0) {
		return ERR_SYS;
	}
	fd = socket(
	    sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return ERR_SYS;
	}
	mask = umask(0117);
	if ((!local &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) <
		    0) ||
	    (sa->sa_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) <
		    0) ||
	    bind(fd, sa, place->len) < 0 ||
	    (local && (owner != (uid_t)-1 || group != (gid_t)-1) &&
		lchown(un->sun_path, owner, group) < 0) ||
	    listen(fd, BACKLOG) < 0) {
		saved = errno;
		umask(mask);
		close(fd);
		errno = saved;
		return ERR_SYS;
	}
	umask(mask);
	*ret_fd = fd;
	return 0;
}

int
www_listen_check(const struct zone_config *config, struct err_text *why)
{
	char name[128];

	if (config->www.n_listen == 0) {
		return err_say(why, ERR_RANGE,
		    "www.listen is empty: nothing to listen on");
	}
	for (size_t i = 0; i < config->www.n_listen; i++) {
		const struct sockaddr *sa =
		    (const struct sockaddr *)&config->www.listen[i].sa;

		if (sa->sa_family != AF_UNIX && !loopback(sa) &&
		    config->www.n_behind_proxy == 0 &&
		    config->www.tls_cert == NULL) {
			return err_say(why, ERR_REFUSED,
			    "www.listen %s can be reached by others, and "
			    "passwords would travel there in clear text: "
			    "give www.tls-cert and www.tls-key, or listen on "
			    "127.0.0.1 or a unix: socket behind a web server "
			    "with TLS, or name that server in "
			    "www.behind-proxy",
			    net_place_format(name, sa));
		}
	}
	return 0;
}

int
www_listen(const struct zone_config *config, uid_t owner, gid_t group,
    struct www_http_place *ret, struct err_text *why)
{
	size_t i = 0;
	char name[128];
	int r;

	r = www_listen_check(config, why);
	for (; r == 0 && i < config->www.n_listen; i++) {
		const struct net_place *place = &config->www.listen[i];
		const struct sockaddr *sa = (const struct sockaddr *)&place->sa;
		int fd = -1;

		r = open_one(place, owner, group, &fd);
		if (r < 0) {
			r = err_say(why, r, "cannot listen on %s: %s",
			    net_place_format(name, sa), strerror(errno));
			break;
		}
		ret[i] = (struct www_http_place){
			.fd = fd,
			.local = sa->sa_family == AF_UNIX,
			.crowd = config->www.n_behind_proxy > 0,
			.tls = sa->sa_family != AF_UNIX &&
			    config->www.tls_cert != NULL,
		};
	}
	while (r < 0 && i-- > 0) {
		close(ret[i].fd);
	}
	return r;
}

char *
www_listen_name(char *out, int fd)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
		snprintf(out, 128, "?");
		return out;
	}
	return net_place_format(out, (const struct sockaddr *)&sa);
}
