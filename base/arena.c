/* arena.c - memory that dies together. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 16384

struct arena_chunk {
	struct arena_chunk *next;
	size_t len, cap;
	alignas(max_align_t) unsigned char data[];
};

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->chunks;
	size_t align = alignof(max_align_t), cap;
	void *p;

	if (n > SIZE_MAX / 2) {
		return NULL;
	}
	n = (n + align - 1) & ~(align - 1);
	if (a->limit != 0 && a->used + n > a->limit) {
		return NULL;
	}
	if (c == NULL || c->cap - c->len < n) {
		cap = n > CHUNK ? n : CHUNK;
		c = calloc(1, sizeof(*c) + cap);
		if (c == NULL) {
			return NULL;
		}
		c->cap = cap;
		/* A large piece goes behind the chunk in use, which may have
		 * room for many small ones. */
		if (n > CHUNK && a->chunks != NULL) {
			c->next = a->chunks->next;
			a->chunks->next = c;
		} else {
			c->next = a->chunks;
			a->chunks = c;
		}
	}
	p = c->data + c->len;
	c->len += n;
	a->used += n;
	return p;
}

char *
arena_copy(struct arena *a, const void *data, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (p != NULL && len > 0) {
		memcpy(p, data, len);
	}
	return p;
}

char *
arena_str(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s));
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(a, (size_t)n + 1)) == NULL) {
		return NULL;
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_free(struct arena *a)
{
	struct arena_chunk *c = a->chunks;

	while (c != NULL) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
	a->chunks = NULL;
	a->used = 0;
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunks, *rest;

	if (keep == NULL || keep->cap > CHUNK) {
		arena_free(a);
		return;
	}
	rest = keep->next;
	keep->next = NULL;
	a->chunks = rest;
	arena_free(a);
	memset(keep->data, 0, keep->len);
	keep->len = 0;
	a->chunks = keep;
}
