/* ctl_check_lists.c - the file of lists that rblctl check asks. */
#include "zone/ctl_check.h"

#include "base/file.h"

#define FILE_MAX (1u << 20)

static const char *const asked_names[] = { "ip", "ip4", "ip6", "domain",
	"address-md5", "address-sha1", "address-sha256" };

bool
ctl_lists_line(struct span *rest, struct span *ret)
{
	const char *end;

	if (rest->len == 0) {
		return false;
	}
	end = memchr(rest->at, '\n', rest->len);
	*ret = span(rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len);
	*rest = span(rest->at + ret->len + (end != NULL),
	    rest->len - ret->len - (end != NULL));
	return true;
}

static bool
is_zone(struct span s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = text_lower(s.at[i]);

		if (c == '.') {
			if (label == 0) {
				return false;
			}
			label = 0;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_') {
			if (++label > 63) {
				return false;
			}
		} else {
			return false;
		}
	}
	return label > 0 && s.len < 200;
}

static int
take_list(struct ctl_lists *c, struct span line, const char *path, unsigned at)
{
	size_t n = 0, k = 0;
	struct ctl_list *l;
	struct span zone, kind;

	while (n < line.len && line.at[n] != ' ' && line.at[n] != '\t') {
		n++;
	}
	zone = span(line.at, n);
	kind = span_trim(span(line.at + n, line.len - n));
	while (k < sizeof(asked_names) / sizeof(asked_names[0]) &&
	    !span_is(kind, asked_names[k])) {
		k++;
	}
	if (!is_zone(zone) ||
	    k == sizeof(asked_names) / sizeof(asked_names[0])) {
		return ctl_fail("%s:%u: expected ZONE and ip, ip4, ip6, "
				"domain, address-md5, address-sha1 or "
				"address-sha256",
		    path, at);
	}
	if (c->n == CTL_LISTS) {
		return ctl_fail("%s:%u: more than %d lists", path, at, CTL_LISTS);
	}
	l = &c->at[c->n++];
	l->asked = (enum ctl_asked)k;
	snprintf(l->zone, sizeof(l->zone), "%.*s", (int)zone.len, zone.at);
	l->meanings = span(line.at + line.len, 0);
	return CTL_DONE;
}

int
ctl_lists_read(struct ctl_lists *c, const char *path)
{
	struct span rest, line;
	unsigned at = 0;
	int r = file_read(path, FILE_MAX, &c->file);

	if (r < 0) {
		return r == ERR_SYS ? ctl_fail("%s: %m", path)
				    : ctl_failed(r, NULL, path);
	}
	rest = span(c->file.len > 0 ? c->file.data : "", c->file.len);
	while (ctl_lists_line(&rest, &line)) {
		struct span word = span_trim(line);

		at++;
		if (word.len == 0 || word.at[0] == '#') {
			continue;
		}
		if (line.at[0] != ' ' && line.at[0] != '\t') {
			r = take_list(c, word, path, at);
			if (r != CTL_DONE) {
				return r;
			}
		} else if (c->n == 0) {
			return ctl_fail(
			    "%s:%u: expected a list first", path, at);
		} else {
			struct span *m = &c->at[c->n - 1].meanings;

			m->len = (size_t)(line.at + line.len - m->at);
		}
	}
	return c->n > 0 ? CTL_DONE
			      : ctl_fail("%s: there is no list in it", path);
}

struct span
ctl_list_meaning(const struct ctl_list *l, uint32_t a)
{
	struct span rest = l->meanings, line;
	char text[16];

	zone_code_format(text, a);
	while (ctl_lists_line(&rest, &line)) {
		size_t n = 0, same = 0;

		line = span_trim(line);
		while (n < line.len && line.at[n] != ' ' && line.at[n] != '\t') {
			n++;
		}
		while (same < n && text[same] == line.at[same]) {
			same++;
		}
		if ((same == n && text[same] == '\0') ||
		    (n > 0 && same + 1 == n && line.at[same] == '*')) {
			return span_trim(span(line.at + n, line.len - n));
		}
	}
	return span("", 0);
}
