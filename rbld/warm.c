/* warm.c - have the store's file in memory before it is asked for. */
#include "rbld/warm.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define STACK (PTHREAD_STACK_MIN + 65536)

static void *
warm(void *arg)
{
	int fd = (int)(intptr_t)arg;

	/* it reads all of it and waits where the disk is slower */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
	close(fd);
	return NULL;
}

static bool
fits(int fd)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	struct stat st;

	return fstat(fd, &st) == 0 && pages > 0 && page > 0 &&
	    st.st_size / page < pages / 2;
}

void
rbld_warm(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	pthread_attr_t how;
	pthread_t id;

	if (fd < 0) {
		return; /* whoever opens the store says why */
	}
	if (!fits(fd) || pthread_attr_init(&how) != 0) {
		close(fd);
		return;
	}
	pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&how, STACK);
	if (pthread_create(&id, &how, warm, (void *)(intptr_t)fd) != 0) {
		close(fd);
	}
	pthread_attr_destroy(&how);
}
