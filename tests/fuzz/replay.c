/* replay.c - run a fuzz target over its stored corpus, as an ordinary test.
 *
 * fuzz_NAME reads $srcdir/tests/fuzz/NAME.in/. Each file is given whole, then
 * (up to 2 KiB) cut at every length and with every bit flipped once, so that
 * a handful of small files reaches most refusals. An empty or missing corpus
 * fails: a test that ran nothing has not passed.
 *
 * With FUZZ_BY_ENGINE there is nothing here: libFuzzer brings its own main
 * (tests/fuzz/run).
 */
#ifndef FUZZ_BY_ENGINE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUTATE_MAX 2048
#define FILE_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned long inputs;

/* A copy of exactly LEN bytes, so that ASan sees the edge. */
static void
one(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	if (exact == NULL) {
		exit(99);
	}
	if (len > 0) {
		memcpy(exact, data, len);
	}
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	inputs++;
}

static void
all(uint8_t *data, size_t len)
{
	one(data, len);
	if (len > MUTATE_MAX) {
		return;
	}
	for (size_t n = 0; n < len; n++) {
		one(data, n);
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		one(data, len);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int
main(int argc, char **argv)
{
	const char *src = getenv("srcdir");
	const char *self = argc > 0 ? strstr(argv[0], "fuzz_") : NULL;
	uint8_t *data = malloc(FILE_MAX);
	char path[4096];
	unsigned files = 0;
	struct dirent *e;
	DIR *d;

	for (const char *p = self; p != NULL; p = strstr(p + 1, "fuzz_")) {
		self = p;
	}
	if (self == NULL || data == NULL) {
		return 99;
	}
	snprintf(path, sizeof(path), "%s/tests/fuzz/%s.in",
	    src != NULL ? src : ".", self + 5);
	if ((d = opendir(path)) == NULL) {
		perror(path);
		return 1;
	}
	while ((e = readdir(d)) != NULL) {
		char file[8192];
		size_t n;
		FILE *f;

		if (e->d_name[0] == '.') {
			continue;
		}
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		if ((f = fopen(file, "rb")) == NULL) {
			perror(file);
			return 1;
		}
		n = fread(data, 1, FILE_MAX, f);
		fclose(f);
		all(data, n);
		files++;
	}
	closedir(d);
	free(data);
	printf("%u files, %lu inputs\n", files, inputs);
	return files == 0;
}
#endif
