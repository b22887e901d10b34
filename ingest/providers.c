/* providers.c - servers that everybody shares. */
#include "ingest/providers.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "ingest/domain.h"

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

/* One line of the table. NULL: fine; else what is wrong with it. */
static const char *
read_line(struct span line, struct arena *arena, struct ingest_providers *p)
{
	struct ingest_provider_row row = { 0 };
	struct span provider, kind, value;
	const char *hash;
	bool name;

	hash = line.len > 0 ? memchr(line.at, '#', line.len) : NULL;
	if (hash != NULL) {
		line.len = (size_t)(hash - line.at);
	}
	provider = next_word(&line);
	kind = next_word(&line);
	value = next_word(&line);
	if (provider.len == 0) {
		return NULL;
	}
	if (value.len == 0) {
		return "expected PROVIDER KIND VALUE DATE SOURCE";
	}
	row.inside = span_starts(kind, "in");
	name = span_ends(kind, "-name");
	if (!span_is(kind, "out") && !span_is(kind, "in") &&
	    !span_is(kind, "out-name") && !span_is(kind, "in-name")) {
		return "expected out, out-name, in or in-name";
	}
	row.provider = arena_copy(arena, provider.at, provider.len);
	if (name) {
		if (memchr(value.at, '.', value.len) == NULL ||
		    memchr(value.at, '/', value.len) != NULL) {
			return "expected a domain";
		}
		row.name = arena_copy(arena, value.at, value.len);
	} else if (net_prefix_parse(value, &row.prefix) < 0) {
		return "expected a prefix like 192.0.2.0/24, host bits zero";
	}
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 256 : p->cap * 2;
		struct ingest_provider_row *more =
		    arena_alloc(arena, cap * sizeof(*more));

		if (more == NULL) {
			return "out of memory";
		}
		if (p->n > 0) {
			memcpy(more, p->rows, p->n * sizeof(*more));
		}
		p->rows = more;
		p->cap = cap;
	}
	if (row.provider == NULL || (name && row.name == NULL)) {
		return "out of memory";
	}
	p->rows[p->n++] = row;
	return NULL;
}

#define FILE_MAX (4u << 20)

int
ingest_providers_load(const char *path, struct arena *arena,
    struct ingest_providers *ret, struct err_text *why)
{
	struct ingest_providers p = { 0 };
	struct buf b = { 0 };
	const char *wrong;
	unsigned number = 1;
	int r = 0;

	if (path == NULL) {
		for (size_t i = 0; ingest_providers_builtin[i] != NULL; i++) {
			wrong = read_line(
			    span_str(ingest_providers_builtin[i]), arena, &p);
			if (wrong != NULL) {
				return err_say(why, ERR_FORMAT,
				    "built-in provider %zu: %s", i, wrong);
			}
		}
		*ret = p;
		return 0;
	}
	r = file_read(path, FILE_MAX, &b);
	if (r < 0) {
		err_say(why, r, "%s: cannot read: %s", path,
		    r == ERR_SYS ? strerror(errno) : err_str(r));
		goto out;
	}
	for (size_t at = 0; at < b.len; number++) {
		const char *nl = memchr(b.data + at, '\n', b.len - at);
		size_t end = nl != NULL ? (size_t)(nl - b.data) : b.len;

		wrong = read_line(span(b.data + at, end - at), arena, &p);
		if (wrong != NULL) {
			r = err_say(
			    why, ERR_FORMAT, "%s:%u: %s", path, number, wrong);
			goto out;
		}
		at = end + 1;
	}
	*ret = p;
out:
	buf_free(&b);
	return r;
}

const char *
ingest_providers_out(
    const struct ingest_providers *p, const struct net_ip *ip, struct span rdns)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct ingest_provider_row *row = &p->rows[i];

		if (row->inside) {
			continue;
		}
		if (row->name != NULL ? ingest_domain_under(rdns, row->name)
				      : net_ip_within(ip, &row->prefix.ip,
					    row->prefix.plen)) {
			return row->provider;
		}
	}
	return NULL;
}

static bool
inside_name(
    const struct ingest_providers *p, const char *provider, struct span name)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct ingest_provider_row *row = &p->rows[i];

		if (row->inside && row->name != NULL &&
		    strcmp(row->provider, provider) == 0 &&
		    ingest_domain_under(name, row->name)) {
			return true;
		}
	}
	return false;
}

const char *
ingest_providers_inside(
    const struct ingest_providers *p, const struct ingest_hop *hop)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct ingest_provider_row *row = &p->rows[i];

		if (row->inside && row->name == NULL &&
		    net_ip_within(
			&hop->ip, &row->prefix.ip, row->prefix.plen) &&
		    inside_name(p, row->provider, hop->by) &&
		    inside_name(p, row->provider, hop->helo)) {
			return row->provider;
		}
	}
	return NULL;
}
