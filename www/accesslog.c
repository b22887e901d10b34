/* accesslog.c - one line for each request. */
#include "www/accesslog.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int log_fd = -1;

int
www_accesslog_open(const char *path, struct err_text *why)
{
	int fd = -1, old;

	if (path != NULL) {
		/* a FIFO without a reader must not hold us up */
		fd = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			O_NONBLOCK,
		    0640);
		if (fd < 0) {
			return err_say(
			    why, ERR_SYS, "%s: %s", path, strerror(errno));
		}
	}
	pthread_rwlock_wrlock(&lock);
	old = log_fd;
	log_fd = fd;
	pthread_rwlock_unlock(&lock);
	if (old >= 0) {
		close(old);
	}
	return 0;
}

void
www_accesslog_close(void)
{
	struct err_text why;

	(void)!www_accesslog_open(NULL, &why);
}

size_t
www_accesslog_line(char out[512], const struct www_access *a, int64_t now)
{
	char when[WHEN_TEXT], client[NET_IP_TEXT] = "-";
	int n;

	if (a->client.bits > 0) {
		net_ip_format(client, &a->client);
	}
	n = snprintf(out, 512,
	    "time=%s client=%s method=%s route=%.200s status=%u bytes=%llu "
	    "ms=%llu tls=%s\n",
	    when_format(when, now), client,
	    a->method != NULL ? a->method : "-",
	    a->route != NULL ? a->route : "-", a->status,
	    (unsigned long long)a->bytes, (unsigned long long)a->ms,
	    a->tls ? "yes" : "no");
	return n > 0 && n < 512 ? (size_t)n : 0;
}

void
www_accesslog(const struct www_access *access)
{
	char line[512];
	size_t n;

	pthread_rwlock_rdlock(&lock);
	if (log_fd >= 0) {
		n = www_accesslog_line(line, access, when_now());
		/* one write, so that lines of two threads do not mix */
		(void)!write(log_fd, line, n);
	}
	pthread_rwlock_unlock(&lock);
}
