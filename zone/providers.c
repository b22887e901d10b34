/* providers.c - mail servers and domains that everybody shares. */
#include "zone/providers.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"

extern const char *const zone_providers_builtin[]; /* ends with NULL */

static const struct {
	const char *prefix, *name; /* NULL: there is no such row */
} kinds[ZONE_PROVIDER_KINDS] = {
	[ZONE_PROVIDER_OUT] = { "out", "out-name" },
	[ZONE_PROVIDER_ISP] = { "isp", "isp-name" },
	[ZONE_PROVIDER_IN] = { "in", "in-name" },
	[ZONE_PROVIDER_FORWARD] = { "forward", "forward-name" },
	[ZONE_PROVIDER_FREEMAIL] = { NULL, "freemail" },
	[ZONE_PROVIDER_SHORTENER] = { NULL, "shortener" },
	[ZONE_PROVIDER_HOSTING] = { NULL, "hosting" },
	[ZONE_PROVIDER_BRAND] = { NULL, "brand" },
};

const char *
zone_provider_kind_name(enum zone_provider_kind kind, bool name)
{
	return name ? kinds[kind].name : kinds[kind].prefix;
}

/* ---- the index ----------------------------------------------------------- */

#define HASH_START 2166136261u /* FNV-1a */

static uint32_t
hash_byte(uint32_t h, unsigned char c)
{
	return (h ^ c) * 16777619u;
}

static uint32_t
hash_prefix(const struct net_ip *ip, unsigned plen)
{
	uint32_t h =
	    hash_byte(hash_byte(HASH_START, ip->bits), (unsigned char)plen);
	unsigned whole = plen / 8;

	for (unsigned i = 0; i < whole; i++) {
		h = hash_byte(h, ip->bytes[i]);
	}
	if (plen % 8 != 0) {
		h = hash_byte(
		    h, ip->bytes[whole] & (unsigned char)(0xff00 >> plen % 8));
	}
	return h;
}

/* From the right, so that every suffix is hashed on the way. */
static uint32_t
hash_name(const char *name)
{
	uint32_t h = HASH_START;

	for (size_t n = strlen(name); n > 0; n--) {
		h = hash_byte(h, (unsigned char)name[n - 1]);
	}
	return h;
}

static int
make_index(struct zone_providers *p, struct arena *arena)
{
	for (p->n_heads = 64; p->n_heads < p->n * 2;) {
		p->n_heads *= 2;
	}
	p->heads = arena_alloc(arena, p->n_heads * sizeof(*p->heads));
	if (p->heads == NULL) {
		return ERR_NOMEM;
	}
	/* the last first: each chain is in the order of the file then */
	for (size_t i = p->n; i-- > 0;) {
		struct zone_provider_row *row = &p->rows[i];
		uint32_t h = row->name != NULL
		    ? hash_name(row->name)
		    : hash_prefix(&row->prefix.ip, row->prefix.plen);
		uint32_t *head = &p->heads[h & (p->n_heads - 1)];

		row->next = *head;
		*head = (uint32_t)i + 1;
		if (row->name == NULL && row->prefix.ip.bits == 32) {
			p->plens4 |= (uint64_t)1 << row->prefix.plen;
		} else if (row->name == NULL) {
			p->plens6[row->prefix.plen / 64] |= (uint64_t)1
			    << row->prefix.plen % 64;
		}
	}
	return 0;
}

const struct zone_provider_row *
zone_providers_ip(
    const struct zone_providers *p, const struct net_ip *ip, unsigned want)
{
	for (unsigned plen = ip->bits + 1u; p->n_heads > 0 && plen-- > 0;) {
		uint64_t used =
		    ip->bits == 32 ? p->plens4 : p->plens6[plen / 64];
		uint32_t at;

		if ((used >> plen % 64 & 1) == 0) {
			continue;
		}
		at = p->heads[hash_prefix(ip, plen) & (p->n_heads - 1)];
		while (at != 0) {
			const struct zone_provider_row *row = &p->rows[at - 1];

			if (row->name == NULL && row->prefix.plen == plen &&
			    (want >> row->kind & 1) != 0 &&
			    net_ip_within(ip, &row->prefix.ip, plen)) {
				return row;
			}
			at = row->next;
		}
	}
	return NULL;
}

const struct zone_provider_row *
zone_providers_name(
    const struct zone_providers *p, struct span name, unsigned want)
{
	const struct zone_provider_row *best = NULL;
	uint32_t h = HASH_START;

	while (name.len > 0 && name.at[name.len - 1] == '.') {
		name.len--;
	}
	for (size_t n = name.len; p->n_heads > 0 && n > 0; n--) {
		struct span below = span(name.at + n - 1, name.len - n + 1);

		h = hash_byte(h, (unsigned char)text_lower(name.at[n - 1]));
		if (n > 1 && name.at[n - 2] != '.') {
			continue;
		}
		for (uint32_t at = p->heads[h & (p->n_heads - 1)]; at != 0;
		     at = p->rows[at - 1].next) {
			const struct zone_provider_row *row = &p->rows[at - 1];

			if (row->name != NULL && (want >> row->kind & 1) != 0 &&
			    span_is(below, row->name)) {
				best = row;
				break;
			}
		}
	}
	return best;
}

/* ---- lines --------------------------------------------------------------- */

/* The next blank-separated word of *S, which moves behind it. */
static struct span
next_word(struct span *s)
{
	size_t n = 0;
	struct span w;

	*s = span_trim(*s);
	while (n < s->len && s->at[n] != ' ' && s->at[n] != '\t') {
		n++;
	}
	w = span(s->at, n);
	s->at += n;
	s->len -= n;
	return w;
}

/* YYYY-MM or YYYY-MM-DD. */
static bool
date_ok(struct span s)
{
	static const char form[] = "dddd-dd-dd";
	unsigned long month = 0, day = 1;

	if (s.len != 7 && s.len != 10) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.at[i] >= '0' && s.at[i] <= '9';

		if (form[i] == 'd' ? !digit : s.at[i] != '-') {
			return false;
		}
	}
	month = (unsigned long)(s.at[5] - '0') * 10 +
	    (unsigned long)(s.at[6] - '0');
	if (s.len == 10) {
		day = (unsigned long)(s.at[8] - '0') * 10 +
		    (unsigned long)(s.at[9] - '0');
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Labels of letters, digits, hyphens and underscores, at least two. */
static bool
name_ok(struct span s)
{
	size_t label = 0, dots = 0;
	bool letters = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = text_lower(s.at[i]);

		if (c == '.' && label > 0) {
			label = 0;
			dots++;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_') ||
		    ++label > 63) {
			return false;
		}
		letters = letters || c > '9';
	}
	return label > 0 && dots > 0 && letters && s.len <= 253;
}

static bool
kind_of(struct span word, enum zone_provider_kind *ret_kind, bool *ret_name)
{
	for (unsigned i = 0; i < ZONE_PROVIDER_KINDS; i++) {
		if (kinds[i].prefix != NULL && span_is(word, kinds[i].prefix)) {
			*ret_name = false;
		} else if (span_is(word, kinds[i].name)) {
			*ret_name = true;
		} else {
			continue;
		}
		*ret_kind = (enum zone_provider_kind)i;
		return true;
	}
	return false;
}

static struct zone_provider_row *
room(struct zone_providers *p, struct arena *arena)
{
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 512 : p->cap * 2;
		struct zone_provider_row *more =
		    arena_alloc(arena, cap * sizeof(*more));

		if (more == NULL) {
			return NULL;
		}
		if (p->n > 0) {
			memcpy(more, p->rows, p->n * sizeof(*more));
		}
		p->rows = more;
		p->cap = cap;
	}
	return &p->rows[p->n];
}

static const char *
copy_lower(struct arena *arena, struct span s)
{
	char *out = arena_copy(arena, s.at, s.len);

	for (char *c = out; c != NULL && *c != '\0'; c++) {
		*c = text_lower(*c);
	}
	return out;
}

/* One line into ROW. NULL: fine, with a row when its provider is set; else
 * what is wrong with the line. */
static const char *
read_line(struct span line, struct arena *arena, struct zone_provider_row *row)
{
	struct span provider, kind, value, date;
	const char *hash;
	bool name;

	hash = line.len > 0 ? memchr(line.at, '#', line.len) : NULL;
	if (hash != NULL) {
		line.len = (size_t)(hash - line.at);
	}
	provider = next_word(&line);
	kind = next_word(&line);
	value = next_word(&line);
	date = next_word(&line);
	line = span_trim(line);
	if (provider.len == 0) {
		return NULL;
	}
	if (line.len == 0) {
		return "expected PROVIDER KIND VALUE DATE SOURCE";
	}
	if (provider.len > 40 || line.len > 200) {
		return "a provider of more than 40 or a source of more than "
		       "200 bytes";
	}
	if (!kind_of(kind, &row->kind, &name)) {
		return "expected out, isp, in, forward, each also with -name, "
		       "freemail, shortener, hosting or brand";
	}
	if (name && !name_ok(value)) {
		return "expected a domain";
	}
	if (!name && net_prefix_parse(value, &row->prefix) < 0) {
		return "expected a prefix like 192.0.2.0/24, host bits zero";
	}
	if (!name && row->prefix.plen < (row->prefix.ip.bits == 32 ? 8 : 16)) {
		return "expected a prefix of at least /8, IPv6 /16";
	}
	if (!date_ok(date)) {
		return "expected a date like 2026-11 or 2026-11-21 behind the "
		       "value";
	}
	row->name = name ? copy_lower(arena, value) : NULL;
	row->date = arena_copy(arena, date.at, date.len);
	row->source = arena_copy(arena, line.at, line.len);
	row->provider = arena_copy(arena, provider.at, provider.len);
	if (row->provider == NULL || row->date == NULL || row->source == NULL ||
	    (name && row->name == NULL)) {
		return "out of memory";
	}
	return NULL;
}

/* The built-in rows of the kinds that are in WANT. */
static int
add_builtin(struct zone_providers *p, unsigned want, struct arena *arena,
    struct err_text *why)
{
	for (size_t i = 0; zone_providers_builtin[i] != NULL; i++) {
		struct zone_provider_row row = { .builtin = true }, *at;
		const char *wrong =
		    read_line(span_str(zone_providers_builtin[i]), arena, &row);

		if (wrong != NULL) {
			return err_say(why, ERR_FORMAT,
			    "built-in providers:%zu: %s", i + 1, wrong);
		}
		if (row.provider == NULL || (want >> row.kind & 1) == 0) {
			continue;
		}
		at = room(p, arena);
		if (at == NULL) {
			return ERR_NOMEM;
		}
		*at = row;
		p->counts[row.kind]++;
		p->n++;
	}
	return 0;
}

int
zone_providers_read(const char *path, const char *text, size_t len,
    struct arena *arena, struct zone_providers *ret, struct err_text *why)
{
	struct zone_providers p = { 0 };
	unsigned missing = 0, number = 1;
	int r;

	for (size_t at = 0; at < len; number++) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t end = nl != NULL ? (size_t)(nl - text) : len;
		struct zone_provider_row row = { 0 }, *to;
		struct span line = span(text + at, end - at);
		const char *wrong = NULL;

		if (memchr(line.at, '\0', line.len) != NULL) {
			wrong = "a NUL byte";
		} else {
			wrong = read_line(line, arena, &row);
		}
		if (wrong != NULL) {
			return err_say(
			    why, ERR_FORMAT, "%s:%u: %s", path, number, wrong);
		}
		at = end + 1;
		if (row.provider == NULL) {
			continue;
		}
		to = room(&p, arena);
		if (to == NULL) {
			return ERR_NOMEM;
		}
		*to = row;
		p.counts[row.kind]++;
		p.n++;
	}
	for (unsigned i = 0; i < ZONE_PROVIDER_KINDS; i++) {
		missing |= p.counts[i] == 0 ? ZONE_PROVIDER(i) : 0;
	}
	r = add_builtin(&p, missing, arena, why);
	if (r == 0) {
		r = make_index(&p, arena);
	}
	if (r == 0) {
		*ret = p;
	}
	return r;
}

int
zone_providers_load(const char *path, struct arena *arena,
    struct zone_providers *ret, struct err_text *why)
{
	struct buf b = { 0 };
	int r;

	if (path == NULL) {
		return zone_providers_read("", "", 0, arena, ret, why);
	}
	r = file_read(path, ZONE_PROVIDERS_MAX, &b);
	if (r == 0) {
		r = zone_providers_read(path, b.data, b.len, arena, ret, why);
	} else {
		err_say(why, r, "%s: cannot read: %s", path,
		    r == ERR_SYS        ? strerror(errno)
			: r == ERR_FULL ? "more than 4 MiB"
					: err_str(r));
	}
	buf_free(&b);
	return r;
}
