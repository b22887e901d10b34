/* serve_listen.c - the socket that mail servers connect to. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ingest/serve.h"

#define BACKLOG 128

/* Does somebody serve on this path? A socket that refuses is left over. */
static bool
alive(const struct net_place *place)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 &&
	    (connect(fd, (const void *)&place->sa, place->len) == 0 ||
		errno != ECONNREFUSED);

	if (fd >= 0) {
		close(fd);
	}
	return yes;
}

static int
bind_unix(int fd, const struct net_place *place, int uid, int gid)
{
	const struct sockaddr_un *un = (const void *)&place->sa;
	struct stat st;
	mode_t mask;
	int r;

	if (lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (alive(place)) {
			errno = EADDRINUSE;
			return -1;
		}
		(void)unlink(un->sun_path);
	}
	mask = umask(0117); /* never wider, not for a moment */
	r = bind(fd, (const void *)un, place->len);
	umask(mask);
	if (r == 0 && (uid >= 0 || gid >= 0)) {
		r = chown(un->sun_path, (uid_t)uid, (gid_t)gid);
	}
	return r;
}

int
ingest_serve_listen(const struct net_place *place, int uid, int gid,
    int *ret_fd, struct err_text *why)
{
	int family = place->sa.ss_family, yes = 1, r = -1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char text[128];

	if (fd >= 0 && family == AF_UNIX) {
		r = bind_unix(fd, place, uid, gid);
	} else if (fd >= 0) {
		r = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		if (r == 0 && family == AF_INET6) {
			r = setsockopt(
			    fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
		}
		if (r == 0) {
			r = bind(fd, (const void *)&place->sa, place->len);
		}
	}
	if (r == 0) {
		r = listen(fd, BACKLOG);
	}
	if (r < 0) {
		err_say(why, ERR_SYS, "cannot listen on %s: %s",
		    net_place_format(text, (const void *)&place->sa),
		    strerror(errno));
		if (fd >= 0) {
			close(fd);
		}
		return ERR_SYS;
	}
	*ret_fd = fd;
	return 0;
}
