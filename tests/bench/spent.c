/* spent.c - processor time, from /proc. */
#include "tests/bench/spent.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAMILY 64 /* processes of one server at most */

static bool
read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0) {
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* What follows the program's name, which may hold anything. */
static const char *
stat_of(const char *pid, char *out, size_t size)
{
	char path[64], *end;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (!read_file(path, out, size)) {
		return NULL;
	}
	end = strrchr(out, ')');
	return end != NULL && end[1] == ' ' ? end + 2 : NULL;
}

static pid_t
parent_of(const char *pid)
{
	char text[1024];
	const char *at = stat_of(pid, text, sizeof(text));
	int parent;

	return at != NULL && sscanf(at, "%*c %d", &parent) == 1 ? parent : 0;
}

/* PID and everything below it. Looks again until nothing is new, since a
 * child may have a smaller number than its parent. */
static unsigned
family_of(pid_t pid, pid_t family[FAMILY])
{
	unsigned n = 1, before = 0;

	family[0] = pid;
	while (before != n) {
		DIR *dir = opendir("/proc");
		struct dirent *e;

		before = n;
		while (dir != NULL && (e = readdir(dir)) != NULL) {
			pid_t one = (pid_t)strtol(e->d_name, NULL, 10), up;
			bool known = one <= 0;

			for (unsigned i = 0; i < n && !known; i++) {
				known = family[i] == one;
			}
			up = known ? 0 : parent_of(e->d_name);
			for (unsigned i = 0; i < before && up != 0; i++) {
				if (family[i] == up && n < FAMILY) {
					family[n++] = one;
					break;
				}
			}
		}
		if (dir != NULL) {
			closedir(dir);
		}
	}
	return n;
}

/* /proc/PID/task/TID/schedstat: nanoseconds on a processor. */
static void
add_threads(pid_t pid, struct spent *ret)
{
	char path[512], text[128];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat",
		    (int)pid, e->d_name);
		if (e->d_name[0] != '.' &&
		    read_file(path, text, sizeof(text))) {
			ret->all += strtod(text, NULL) * 1e-9;
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
}

static void
add_process(pid_t pid, struct spent *ret)
{
	char name[16], text[1024];
	unsigned long user, system;
	double tick = (double)sysconf(_SC_CLK_TCK);
	const char *at;

	snprintf(name, sizeof(name), "%d", (int)pid);
	at = stat_of(name, text, sizeof(text));
	if (at != NULL &&
	    sscanf(at, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		&user, &system) == 2) {
		ret->user += (double)user / tick;
		ret->system += (double)system / tick;
	}
	add_threads(pid, ret);
}

void
spent_read(pid_t pid, struct spent *ret)
{
	pid_t family[FAMILY];
	unsigned n = pid > 0 ? family_of(pid, family) : 0;

	*ret = (struct spent){ 0 };
	for (unsigned i = 0; i < n; i++) {
		add_process(family[i], ret);
	}
	if (ret->all == 0) { /* a kernel that does not count so finely */
		ret->all = ret->user + ret->system;
	}
}
