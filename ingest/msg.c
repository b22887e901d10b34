/* msg.c - the .msg files of Outlook. */
#include "ingest/msg.h"

#include <stdio.h>

#include "base/bytes.h"
#include "ingest/charset.h"

#define NONE 0xfffffffau /* this and above: no sector */
#define FAT_IN_HEADER 109
#define MINI_SHIFT 6
#define MINI_CUTOFF 4096
#define ENTRY 128
#define DIRECTORY_MAX (1u << 20)
#define MINI_MAX (4u << 20)
#define STREAM_MAX (256u << 10)

enum { STORAGE = 1, STREAM = 2, ROOT = 5 };

struct cfb {
	struct span file;
	struct arena *arena;
	unsigned shift;
	uint32_t sectors; /* in the file */
	uint32_t *fat;    /* numbers of the sectors that hold the table */
	uint32_t n_fat;
	struct span dir, mini_fat, mini;
};

static uint32_t
le32_at(struct span s, size_t at)
{
	struct reader r;

	if (at > s.len || s.len - at < 4) {
		return NONE;
	}
	r = reader(s.at + at, 4);
	return read_le32(&r);
}

static unsigned
le16_at(struct span s, size_t at)
{
	struct reader r;

	if (at > s.len || s.len - at < 2) {
		return 0;
	}
	r = reader(s.at + at, 2);
	return read_le16(&r);
}

static struct span
sector(const struct cfb *c, uint32_t n)
{
	size_t size = (size_t)1 << c->shift, at;

	if (n >= c->sectors) {
		return span("", 0);
	}
	at = ((size_t)n + 1) << c->shift;
	/* the last one may be cut */
	return span(
	    c->file.at + at, c->file.len - at < size ? c->file.len - at : size);
}

static uint32_t
next_sector(const struct cfb *c, uint32_t n)
{
	uint32_t per = 1u << (c->shift - 2);

	if (n / per >= c->n_fat) {
		return NONE;
	}
	return le32_at(sector(c, c->fat[n / per]), (size_t)(n % per) * 4);
}

/* The chain that starts at START, up to LIMIT bytes, in the arena. */
static int
chain(const struct cfb *c, uint32_t start, size_t limit, struct span *ret)
{
	uint32_t n = start, steps = 0;
	size_t len = 0;
	char *copy;

	for (; n < NONE && steps < c->sectors && len < limit; steps++) {
		size_t got = sector(c, n).len;

		if (got == 0) {
			break;
		}
		len += got;
		n = next_sector(c, n);
	}
	len = len < limit ? len : limit;
	copy = arena_alloc(c->arena, len + 1);
	if (copy == NULL) {
		return ERR_NOMEM;
	}
	*ret = span(copy, len);
	for (n = start; len > 0; n = next_sector(c, n)) {
		struct span s = sector(c, n);
		size_t take = s.len < len ? s.len : len;

		memcpy(copy, s.at, take);
		copy += take;
		len -= take;
	}
	return 0;
}

/* The same of a short stream, which stands in the root's. */
static int
mini_chain(const struct cfb *c, uint32_t start, size_t size, struct span *ret)
{
	size_t step = (size_t)1 << MINI_SHIFT, len = 0;
	char *copy = arena_alloc(c->arena, size + 1);
	uint32_t n = start;

	if (copy == NULL) {
		return ERR_NOMEM;
	}
	while (n < NONE && len < size) {
		size_t at = (size_t)n << MINI_SHIFT, take = size - len;

		if (at >= c->mini.len) {
			break;
		}
		take = take < step ? take : step;
		take = take < c->mini.len - at ? take : c->mini.len - at;
		memcpy(copy + len, c->mini.at + at, take);
		len += take;
		n = le32_at(c->mini_fat, (size_t)n * 4);
	}
	*ret = span(copy, len);
	return 0;
}

static struct span
entry(const struct cfb *c, uint32_t n)
{
	size_t at = (size_t)n * ENTRY;

	return n < NONE && at + ENTRY <= c->dir.len
	    ? span(c->dir.at + at, ENTRY)
	    : span("", 0);
}

/* Is E a stream called NAME (ASCII)? */
static bool
called(struct span e, const char *name)
{
	size_t n = strlen(name);

	if (e.at[0x42] != STREAM || le16_at(e, 0x40) != 2 * n + 2) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (le16_at(e, 2 * i) != (unsigned char)name[i]) {
			return false;
		}
	}
	return true;
}

/* The stream of property ID of the message itself, not of what is attached to
 * it, as UTF-8; len 0: there is none. */
static int
property(const struct cfb *c, const char *id, struct span *ret)
{
	char wide[40], narrow[40];
	size_t n = c->dir.len / ENTRY, top = 0;
	uint32_t *stack;
	bool *seen;
	int r = 0;

	*ret = span("", 0);
	snprintf(wide, sizeof(wide), "__substg1.0_%s001F", id);
	snprintf(narrow, sizeof(narrow), "__substg1.0_%s001E", id);
	stack = arena_alloc(c->arena, (n + 1) * sizeof(*stack));
	seen = arena_alloc(c->arena, n + 1);
	if (stack == NULL || seen == NULL) {
		return ERR_NOMEM;
	}
	stack[top++] = le32_at(entry(c, 0), 0x4c);
	while (top > 0) {
		uint32_t at = stack[--top];
		struct span e = entry(c, at), s;
		struct buf b = { 0 };
		bool utf16;
		size_t size;
		char *copy;

		if (e.len == 0 || seen[at]) {
			continue;
		}
		seen[at] = true;
		for (size_t side = 0x44; side <= 0x48 && top + 1 < n;
		     side += 4) {
			stack[top++] = le32_at(e, side);
		}
		utf16 = called(e, wide);
		if (!utf16 && !called(e, narrow)) {
			continue;
		}
		size = le32_at(e, 0x78);
		if (size < MINI_CUTOFF) {
			r = mini_chain(c, le32_at(e, 0x74), size, &s);
		} else {
			size = size < STREAM_MAX ? size : STREAM_MAX;
			r = chain(c, le32_at(e, 0x74), size, &s);
		}
		if (r < 0) {
			return r;
		}
		/* 8-bit text is in a code page that nobody tells: ASCII is
		 * what a header should be */
		r = ingest_charset_utf8(s, utf16 ? "utf-16le" : "cp1252", &b);
		while (b.len > 0 && b.data[b.len - 1] == '\0') {
			b.len--;
		}
		copy = r == 0 && b.len > 0 ? arena_copy(c->arena, b.data, b.len)
					   : NULL;
		if (copy != NULL) {
			*ret = span(copy, b.len);
		} else if (r == 0 && b.len > 0) {
			r = ERR_NOMEM;
		}
		buf_free(&b);
		return r;
	}
	return 0;
}

/* Numbers of the sectors that hold the allocation table: the first in the
 * header, further ones in a chain. */
static int
read_fat(struct cfb *c)
{
	uint32_t n = le32_at(c->file, 0x2c), next = le32_at(c->file, 0x44);
	uint32_t got = 0, last = (1u << (c->shift - 2)) - 1;

	if (n > c->sectors) {
		n = c->sectors;
	}
	c->fat = arena_alloc(c->arena, ((size_t)n + 1) * sizeof(*c->fat));
	if (c->fat == NULL) {
		return ERR_NOMEM;
	}
	for (; got < n && got < FAT_IN_HEADER; got++) {
		c->fat[got] = le32_at(c->file, 0x4c + (size_t)got * 4);
	}
	for (uint32_t steps = 0; got < n && steps < c->sectors; steps++) {
		struct span s = sector(c, next);

		if (s.len == 0) {
			break;
		}
		for (uint32_t i = 0; i < last && got < n; i++) {
			c->fat[got++] = le32_at(s, (size_t)i * 4);
		}
		next = le32_at(s, (size_t)last * 4);
	}
	c->n_fat = got;
	return 0;
}

bool
ingest_msg_is(struct span s)
{
	return s.len >= 512 &&
	    memcmp(s.at, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* Name, and address when there is one. */
static int
sender_of(const struct cfb *c, struct span *ret)
{
	static const char *const ids[] = { "5D01", "5D02", "0C1F", "0065" };
	struct span name, address = span("", 0);
	char *text;
	int r = property(c, "0C1A", &name);

	if (r == 0 && name.len == 0) {
		r = property(c, "0042", &name);
	}
	for (size_t i = 0; r == 0 && i < sizeof(ids) / sizeof(ids[0]); i++) {
		r = property(c, ids[i], &address);
		if (address.len > 0 &&
		    memchr(address.at, '@', address.len) != NULL) {
			break; /* others are of Exchange's own kind */
		}
		address.len = 0;
	}
	if (r < 0) {
		return r;
	}
	name.len = name.len > 200 ? 200 : name.len;
	address.len = address.len > 320 ? 320 : address.len;
	text = arena_fmt(c->arena, "%.*s%s%.*s%s", (int)name.len, name.at,
	    address.len > 0 ? " <" : "", (int)address.len, address.at,
	    address.len > 0 ? ">" : "");
	if (text == NULL) {
		return ERR_NOMEM;
	}
	*ret = span_str(text);
	return 0;
}

int
ingest_msg_read(struct span s, struct arena *arena, struct ingest_msg *ret)
{
	struct cfb c = { .file = s, .arena = arena };
	struct ingest_msg m = { 0 };
	size_t mini;
	int r;

	if (!ingest_msg_is(s)) {
		return ERR_FORMAT;
	}
	c.shift = le16_at(s, 0x1e);
	if (c.shift != 9 && c.shift != 12) {
		return ERR_FORMAT;
	}
	c.sectors =
	    s.len >> c.shift > 0 ? (uint32_t)((s.len - 1) >> c.shift) : 0;
	r = read_fat(&c);
	if (r == 0) {
		r = chain(&c, le32_at(s, 0x30), DIRECTORY_MAX, &c.dir);
	}
	if (r == 0 && (c.dir.len < ENTRY || c.dir.at[0x42] != ROOT)) {
		return ERR_FORMAT;
	}
	if (r == 0) {
		r = chain(&c, le32_at(s, 0x3c), MINI_MAX / 16, &c.mini_fat);
	}
	if (r == 0) {
		mini = le32_at(c.dir, 0x78);
		r = chain(&c, le32_at(c.dir, 0x74),
		    mini < MINI_MAX ? mini : MINI_MAX, &c.mini);
	}
	if (r == 0) {
		r = property(&c, "007D", &m.header);
	}
	if (r == 0) {
		r = property(&c, "0037", &m.subject);
	}
	if (r == 0) {
		r = sender_of(&c, &m.from);
	}
	if (r == 0) {
		*ret = m;
	}
	return r;
}
