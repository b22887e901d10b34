/* raw.c - the header block of a mail as it is, with its relays marked. */
#include "www/raw.h"

#define BLOCK_MAX (128u << 10)

const char *
www_role_class(const char *role)
{
	static const char *const classes[][2] = {
		{ "trusted", "r-trusted" },
		{ "boundary", "r-boundary" },
		{ "untrusted", "r-untrusted" },
		{ "private", "r-private" },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(role, classes[i][0]) == 0) {
			return classes[i][1];
		}
	}
	return "r-other";
}

/* Does an empty line end just before AT? */
static bool
block_begins(const char *raw, size_t at)
{
	if (at == 0) {
		return true;
	}
	return raw[at - 1] == '\n' &&
	    (at == 1 || raw[at - 2] == '\n' ||
		(raw[at - 2] == '\r' && (at == 2 || raw[at - 3] == '\n')));
}

/* Is the line at AT empty, or is AT the end? */
static bool
line_empty(const char *raw, size_t len, size_t at)
{
	return at >= len || raw[at] == '\n' ||
	    (raw[at] == '\r' && at + 1 < len && raw[at + 1] == '\n');
}

void
www_raw_block(const char *raw, size_t len, const struct www_relay *relays,
    unsigned n_relays, size_t *ret_at, size_t *ret_len)
{
	size_t anchor = 0, at, end;
	const char *nl;

	for (unsigned i = 0; i < n_relays; i++) {
		if (relays[i].length > 0 && relays[i].offset < len) {
			anchor = relays[i].offset;
			if (strcmp(relays[i].role, "boundary") == 0) {
				break;
			}
		}
	}
	at = anchor;
	while (!block_begins(raw, at) && anchor - at < BLOCK_MAX / 2) {
		at--;
	}
	end = anchor;
	while (end < len && end - at < BLOCK_MAX &&
	    !(end > at && raw[end - 1] == '\n' && line_empty(raw, len, end))) {
		nl = memchr(raw + end, '\n', len - end);
		end = nl != NULL ? (size_t)(nl - raw) + 1 : len;
	}
	if (end - at > BLOCK_MAX) {
		end = at + BLOCK_MAX;
	}
	*ret_at = at;
	*ret_len = end - at;
}

/* The relay whose header begins first at or after AT and ends by END. */
static const struct www_relay *
next_relay(const struct www_relay *relays, unsigned n, size_t at, size_t end)
{
	const struct www_relay *best = NULL;

	for (unsigned i = 0; i < n; i++) {
		const struct www_relay *r = &relays[i];

		if (r->length == 0 || r->offset < at || r->offset >= end ||
		    r->length > end - r->offset) {
			continue;
		}
		if (best == NULL || r->offset < best->offset) {
			best = r;
		}
	}
	return best;
}

void
www_raw_show(struct www_html *h, const char *raw, size_t len,
    const struct www_relay *relays, unsigned n_relays)
{
	const struct www_relay *r;
	size_t at, n, end;

	www_raw_block(raw, len, relays, n_relays, &at, &n);
	end = at + n;
	HTML(h, "<pre class=\"raw\" tabindex=\"0\">");
	while ((r = next_relay(relays, n_relays, at, end)) != NULL) {
		bool boundary = strcmp(r->role, "boundary") == 0;

		www_html_lines(h, span(raw + at, r->offset - at));
		if (boundary) {
			HTML(h, "<mark class=\"r-boundary\">");
		} else {
			HTML(h, "<span class=\"%s\">", www_role_class(r->role));
		}
		www_html_lines(h, span(raw + r->offset, r->length));
		if (boundary) {
			HTML(h, "</mark>");
		} else {
			HTML(h, "</span>");
		}
		at = r->offset + r->length;
	}
	www_html_lines(h, span(raw + at, end - at));
	HTML(h, "</pre>\n");
}
