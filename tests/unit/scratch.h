/* scratch.h - a temporary folder for a test, under $TMPDIR or /tmp. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH 256

static int
scratch_forget(
    const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_make(char dir[SCRATCH])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(
	    dir, SCRATCH, "%s/rbl-test.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL) {
		perror(dir);
		exit(99);
	}
}

static inline void
scratch_remove(const char *dir)
{
	nftw(dir, scratch_forget, 16, FTW_DEPTH | FTW_PHYS);
}
