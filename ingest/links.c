/* links.c - hosts that the text of a message links to. */
#include "ingest/links.h"

#include "ingest/mail.h"

#define TEXT_MAX (256u << 10) /* decoded bytes of one part */
#define HOST_MAX 253

/* Letters, digits, hyphen, dot, and UTF-8: what a host may be written with. */
static bool
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static int
add(struct ingest_links *links, struct span host, struct arena *arena)
{
	char *copy;

	while (host.len > 0 && host.at[host.len - 1] == '.') {
		host.len--;
	}
	if (host.len == 0 || host.len > HOST_MAX || host.at[0] == '.' ||
	    memchr(host.at, '.', host.len) == NULL) {
		return 0;
	}
	for (unsigned i = 0; i < links->n; i++) {
		if (span_is(host, links->hosts[i])) {
			links->counts[i]++;
			return 0;
		}
	}
	if (links->n == INGEST_LINKS_MAX) {
		return 0;
	}
	copy = arena_copy(arena, host.at, host.len);
	if (copy == NULL) {
		return ERR_NOMEM;
	}
	for (char *c = copy; *c != '\0'; c++) {
		*c = text_lower(*c);
	}
	links->hosts[links->n] = copy;
	links->counts[links->n++] = 1;
	return 0;
}

/* The host at the start of S, behind a user's name if there is one. */
static struct span
host_at(struct span s)
{
	size_t n = 0;

	while (n < s.len && n < 512 && host_char(s.at[n])) {
		n++;
	}
	if (n < s.len && (s.at[n] == '@' || s.at[n] == ':')) {
		size_t at = n;

		/* "//www.bank.example:secret@evil.example/" */
		while (at < s.len && at < 512 &&
		    (host_char(s.at[at]) ||
			strchr(":$!*+,;=&%", s.at[at]) != NULL) &&
		    s.at[at] != '\0') {
			at++;
		}
		if (at < s.len && s.at[at] == '@') {
			s = span(s.at + at + 1, s.len - at - 1);
			for (n = 0;
			     n < s.len && n < 512 && host_char(s.at[n]);) {
				n++;
			}
		}
	}
	return span(s.at, n);
}

/* Length of what ends a scheme at S: "://" or its percent-encoded form. */
static size_t
slashes(struct span s)
{
	static const char *const forms[] = { "://", "%3a%2f%2f",
		"%253a%252f%252f" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (span_starts(s, forms[i])) {
			return strlen(forms[i]);
		}
	}
	return 0;
}

int
ingest_links_scan(
    struct span text, struct arena *arena, struct ingest_links *ret)
{
	for (size_t i = 0; i < text.len; i++) {
		struct span s = span(text.at + i, text.len - i);
		struct span host = span("", 0);
		char c = text_lower(s.at[0]);
		size_t n, k;

		if (c == 'h' && span_starts(s, "http")) {
			n = s.len > 4 && text_lower(s.at[4]) == 's' ? 5 : 4;
			k = slashes(span(s.at + n, s.len - n));
			if (k == 0) {
				continue;
			}
			n += k;
			host = host_at(span(s.at + n, s.len - n));
		} else if (c == 'w' && (i == 0 || !host_char(s.at[-1])) &&
		    (i == 0 || (s.at[-1] != '/' && s.at[-1] != '@')) &&
		    span_starts(s, "www.")) {
			n = 0;
			host = host_at(s);
		} else {
			continue;
		}
		if (add(ret, host, arena) < 0) {
			return ERR_NOMEM;
		}
		i += n + host.len > 0 ? n + host.len - 1 : 0;
	}
	return 0;
}

int
ingest_links_read(const struct zone_config *config, struct span bytes,
    struct arena *arena, struct ingest_links *ret)
{
	struct ingest_parts parts = { 0 };
	struct buf b = { 0 };
	int r;

	*ret = (struct ingest_links){ 0 };
	r = ingest_mime_read(bytes, config->ingest.max_depth,
	    config->ingest.max_parts, arena, &parts);
	for (unsigned i = 0; r == 0 && i < parts.n; i++) {
		const struct ingest_part *part = &parts.parts[i];

		if (part->sort != INGEST_PART_LEAF || part->within >= 0 ||
		    (strcmp(part->type, "text/plain") != 0 &&
			strcmp(part->type, "text/html") != 0)) {
			continue;
		}
		buf_clear(&b);
		r = ingest_mail_decode(part->coding, part->bytes, TEXT_MAX, &b);
		r = r == ERR_FULL ? 0 : r;
		if (r == 0 && b.len > 0) {
			r = ingest_links_scan(span(b.data, b.len), arena, ret);
		}
	}
	buf_free(&b);
	return r;
}
