/* test_rbld_warm.c - a file that was not in memory is there soon after. */
#include "rbld/warm.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"

#define SIZE (8u << 20)
#define PAGES_MAX (SIZE / 4096)
#define PATIENCE 20 /* seconds */

/* Pages of the file FD that are in memory. */
static size_t
in_memory(int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
	static unsigned char is[PAGES_MAX];
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED || mincore(map, SIZE, is) != 0) {
		perror("mincore");
		exit(99);
	}
	munmap(map, SIZE);
	for (size_t i = 0; i < SIZE / page; i++) {
		n += is[i] & 1;
	}
	return n;
}

int
main(void)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	size_t all = SIZE / (size_t)sysconf(_SC_PAGESIZE);
	char dir[SCRATCH], path[SCRATCH + 16];
	uint8_t *bytes = malloc(SIZE);
	time_t until;
	int fd;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	rbld_warm(path); /* which is not there: nothing happens */
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (bytes == NULL || fd < 0) {
		perror(path);
		return 99;
	}
	memset(bytes, 'x', SIZE);
	CHECK(
	    write(fd, bytes, SIZE) == (ssize_t)SIZE && fsync(fd) == 0, "write");
	free(bytes);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (in_memory(fd) > all / 2) {
		printf(
		    "SKIP: %s is on a file system that lives in memory\n", dir);
		scratch_remove(dir);
		return 77;
	}
	rbld_warm(path);
	until = time(NULL) + PATIENCE;
	while (in_memory(fd) < all && time(NULL) < until) {
		nanosleep(&moment, NULL);
	}
	CHECK(in_memory(fd) == all, "%zu of %zu pages", in_memory(fd), all);
	close(fd);
	scratch_remove(dir);
	return failures != 0;
}
