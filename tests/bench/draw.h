/* draw.h - what the makers of benchmark data share: numbers from a seed, text
 * files written quickly, questions in three files, names of addresses.
 *
 * The same seed and size make the same bytes everywhere. These are tools for
 * a person at a terminal: what goes wrong is said and ends the program.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* The zone that all questions are asked in. */
#define MAKE_ZONE "bl.test"

/* Says "bench_make: ..." with errno when it is not 0; exits with 1. */
void make_die(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));
/* calloc or exit. */
void *make_room(size_t n, size_t size);

/* ---- numbers ------------------------------------------------------------ */

struct draw {
	uint64_t state;
};
uint64_t draw_u64(struct draw *d);
/* 0 ... N-1, N > 0 */
uint32_t draw_below(struct draw *d, uint32_t n);
/* 0 <= x < 1 */
double draw_share(struct draw *d);
/* Ascending, in place. */
void draw_sort(uint64_t *at, size_t n);
/* Sort and leave one of each; how many are left. */
size_t draw_sort_once(uint64_t *at, size_t n);
bool draw_has(const uint64_t *sorted, size_t n, uint64_t x);

/* ---- files -------------------------------------------------------------- */

struct text {
	FILE *file;
	char *path;
};
/* Replaces DIR/NAME. */
struct text text_open(const char *dir, const char *name);
void text_say(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void text_close(struct text *t);
/* What rbldnsd wants before the entries. */
void text_rbldnsd_head(struct text *t);

/* ---- what is made ------------------------------------------------------- */

#define MAKE_SPARE 20000 /* keys that are neither listed nor asked for */

struct make {
	const char *dir;
	size_t n;         /* entries */
	size_t questions; /* in each of the three files */
	bool zone;        /* also as a zone file of names */
	bool shuffled;    /* also in no order */
	bool tagged;      /* each address has a +tag */
	struct draw draw;
};

/* Write N questions to the file "hit", N to "miss", and half of each in any
 * order to "mix". A line is '+' (listed) or '-' and the name. NAME puts the
 * label or labels before the zone into OUT. */
#define MAKE_NAME 300
typedef void make_name(struct make *m, bool hit, char *out, void *ctx);
void make_questions(struct make *m, make_name *name, void *ctx);

/* Each writes the lists "list.rbl" (rbldnsd's form) and "list.plain" (ours),
 * what else is wanted, and the questions. */
void make_ip4(struct make *m);
void make_ip6(struct make *m);
void make_digests(struct make *m);
void make_addresses(struct make *m);
void make_domains(struct make *m);
