/* spool.c - files that come in. */
#include "www/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/when.h"

void
www_spools_init(struct www_spools *s)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->ended, NULL);
	s->threads = 0;
	memset(s->all, 0, sizeof(s->all));
}

void
www_spools_fini(struct www_spools *s)
{
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
}

/* A file without a name, <0: none can be had. */
static int
nameless(void)
{
	const char *folder = getenv("TMPDIR");
	char path[1024];
	int fd;

	folder = folder != NULL && folder[0] == '/' ? folder : "/var/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0) {
		return fd;
	}
	/* a file system that has no such thing */
	if (snprintf(path, sizeof(path), "%s/rbl-www.XXXXXX", folder) >=
	    (int)sizeof(path)) {
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0) {
		(void)unlink(path);
	}
	return fd;
}

unsigned
www_spool_open(
    struct www_spools *s, const struct net_ip *client, struct www_spool **ret)
{
	struct www_spool *free_one = NULL;
	unsigned same = 0, status = 0;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < WWW_SPOOLS; i++) {
		if (!s->all[i].used) {
			free_one = free_one != NULL ? free_one : &s->all[i];
		} else if (client->bits > 0 &&
		    net_ip_equal(&s->all[i].client, client)) {
			same++;
		}
	}
	if (free_one == NULL) {
		status = 503;
	} else if (same >= WWW_SPOOLS_CLIENT) {
		status = 429;
	} else {
		*free_one = (struct www_spool){ .used = true,
			.fd = -1,
			.client = *client,
			.begun = when_boot() };
	}
	pthread_mutex_unlock(&s->lock);
	if (status == 0) {
		free_one->fd = nameless();
		if (free_one->fd < 0) {
			www_spool_close(s, free_one);
			status = 507;
		}
	}
	*ret = status == 0 ? free_one : NULL;
	return status;
}

bool
www_spool_write(struct www_spool *spool, const char *data, size_t len)
{
	if (when_boot() - spool->begun > WWW_SPOOL_TIME) {
		return false;
	}
	if (spool->failed == 0 && file_write_fd(spool->fd, data, len) < 0) {
		spool->failed = errno != 0 ? errno : EIO;
	}
	spool->size += len;
	return true;
}

void
www_spool_close(struct www_spools *s, struct www_spool *spool)
{
	if (spool == NULL) {
		return;
	}
	if (spool->fd >= 0) {
		close(spool->fd);
		spool->fd = -1;
	}
	pthread_mutex_lock(&s->lock);
	spool->used = false;
	pthread_mutex_unlock(&s->lock);
}

void
www_spool_thread_begins(struct www_spools *s)
{
	pthread_mutex_lock(&s->lock);
	s->threads++;
	pthread_mutex_unlock(&s->lock);
}

void
www_spool_thread_ends(struct www_spools *s)
{
	pthread_mutex_lock(&s->lock);
	if (--s->threads == 0) {
		pthread_cond_broadcast(&s->ended);
	}
	pthread_mutex_unlock(&s->lock);
}

void
www_spools_wait(struct www_spools *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->threads > 0) {
		pthread_cond_wait(&s->ended, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
}
