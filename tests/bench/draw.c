/* draw.c - numbers from a seed, and files. */
#include "tests/bench/draw.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
make_die(const char *fmt, ...)
{
	int code = errno;
	va_list ap;

	fputs("bench_make: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (code != 0) {
		fprintf(stderr, ": %s", strerror(code));
	}
	fputc('\n', stderr);
	exit(1);
}

void *
make_room(size_t n, size_t size)
{
	void *at = calloc(n > 0 ? n : 1, size);

	if (at == NULL) {
		make_die("no memory for %zu times %zu bytes", n, size);
	}
	return at;
}

/* ---- numbers ------------------------------------------------------------ */

/* splitmix64: one addition and a mixing of bits; any seed will do. */
uint64_t
draw_u64(struct draw *d)
{
	uint64_t x = d->state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

uint32_t
draw_below(struct draw *d, uint32_t n)
{
	return (uint32_t)((draw_u64(d) >> 32) * n >> 32);
}

double
draw_share(struct draw *d)
{
	return (double)(draw_u64(d) >> 11) / (double)(1ull << 53);
}

/* By one octet after the other, the least significant first; octets that are
 * all the same are passed over. */
void
draw_sort(uint64_t *at, size_t n)
{
	uint64_t *other = make_room(n, sizeof(*other)), *from = at;
	uint64_t *to = other, *swap;

	for (unsigned shift = 0; shift < 64; shift += 8) {
		size_t count[257] = { 0 };

		for (size_t i = 0; i < n; i++) {
			count[(from[i] >> shift & 255) + 1]++;
		}
		if (n == 0 || count[(from[0] >> shift & 255) + 1] == n) {
			continue;
		}
		for (unsigned i = 0; i < 256; i++) {
			count[i + 1] += count[i];
		}
		for (size_t i = 0; i < n; i++) {
			to[count[from[i] >> shift & 255]++] = from[i];
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != at) {
		memcpy(at, from, n * sizeof(*at));
	}
	free(other);
}

size_t
draw_sort_once(uint64_t *at, size_t n)
{
	size_t kept = 0;

	draw_sort(at, n);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || at[kept - 1] != at[i]) {
			at[kept++] = at[i];
		}
	}
	return kept;
}

bool
draw_has(const uint64_t *sorted, size_t n, uint64_t x)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;

		if (sorted[low + half] < x) {
			low += half + 1;
			n -= half + 1;
		} else if (sorted[low + half] > x) {
			n = half;
		} else {
			return true;
		}
	}
	return false;
}

/* ---- files -------------------------------------------------------------- */

struct text
text_open(const char *dir, const char *name)
{
	struct text t = { 0 };

	if (asprintf(&t.path, "%s/%s", dir, name) < 0) {
		make_die("no memory");
	}
	t.file = fopen(t.path, "w");
	if (t.file == NULL || setvbuf(t.file, NULL, _IOFBF, 1 << 20) != 0) {
		make_die("%s", t.path);
	}
	return t;
}

void
text_say(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(t->file, fmt, ap);
	va_end(ap);
}

void
text_close(struct text *t)
{
	bool bad = ferror(t->file) != 0;

	if (fclose(t->file) != 0 || bad) {
		make_die("%s", t->path);
	}
	free(t->path);
	*t = (struct text){ 0 };
}

void
text_rbldnsd_head(struct text *t)
{
	text_say(t,
	    "$SOA 3600 ns." MAKE_ZONE " hostmaster." MAKE_ZONE
	    " 1 3600 600 86400 300\n"
	    "$NS 3600 ns." MAKE_ZONE "\n"
	    ":127.0.0.2:Listed, see https://" MAKE_ZONE "/?$\n");
}

/* ---- questions ---------------------------------------------------------- */

static char *
question(struct make *m, make_name *name, bool hit, void *ctx)
{
	char labels[MAKE_NAME], *line;

	name(m, hit, labels, ctx);
	if (asprintf(&line, "%c%s." MAKE_ZONE, hit ? '+' : '-', labels) < 0) {
		make_die("no memory");
	}
	return line;
}

void
make_questions(struct make *m, make_name *name, void *ctx)
{
	static const char *const files[] = { "miss", "hit" };
	size_t half = m->questions / 2, n = 0;
	char **mix = make_room(2 * half, sizeof(*mix));
	struct text t;

	for (int hit = 1; hit >= 0; hit--) {
		t = text_open(m->dir, files[hit]);
		for (size_t i = 0; i < m->questions; i++) {
			char *line = question(m, name, hit != 0, ctx);

			text_say(&t, "%s\n", line);
			if (i < half) {
				mix[n++] = line;
			} else {
				free(line);
			}
		}
		text_close(&t);
	}
	t = text_open(m->dir, "mix");
	for (; n > 0; n--) {
		size_t i = draw_below(&m->draw, (uint32_t)n);

		text_say(&t, "%s\n", mix[i]);
		free(mix[i]);
		mix[i] = mix[n - 1];
	}
	text_close(&t);
	free(mix);
}
