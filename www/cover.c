/* cover.c - what the list store says of a key. */
#include "www/cover.h"

#include <stdio.h>

int
www_cover_find(struct zone_view *view, const struct zone_list_conf *list,
    const struct zone_key *key, struct www_cover *ret)
{
	struct www_cover cover = { .verdict = ZONE_CLEAR };
	struct zone_hit hit;
	uint16_t number;
	int r;

	r = zone_view_list(view, list->name, list->kind, &number);
	if (r == 1) {
		r = zone_find_key(view, number, key, &hit, &cover.entry);
		if (r == 0 && hit.verdict != ZONE_CLEAR) {
			cover.verdict = hit.verdict;
			cover.exact = zone_key_compare(key, &cover.entry) == 0;
			zone_key_format(cover.text, &cover.entry);
			r = zone_view_detail(view, hit.detail, &cover.detail);
			/* an entry whose detail is gone is damage */
			r = r == 0 ? ERR_CORRUPT : r;
		}
	}
	if (r < 0) {
		return r;
	}
	*ret = cover;
	return 0;
}

int
www_cover_find_text(struct zone_view *view, const struct zone_config *config,
    const char *list, const char *text, struct www_cover *ret)
{
	const struct zone_list_conf *conf =
	    zone_config_list(config, span_str(list));
	struct zone_key key;

	*ret = (struct www_cover){ .verdict = ZONE_CLEAR };
	if (conf == NULL ||
	    zone_key_parse(conf->kind, span_str(text), &key, NULL) < 0) {
		return 0;
	}
	return www_cover_find(view, conf, &key, ret);
}

int
www_view_open(struct www_turn *turn, struct zone_view **ret)
{
	struct zone_view *view = NULL;
	int r;

	r = zone_view_open(www_site_store(turn->site), &view);
	if (r == 0) {
		r = zone_view_renew(view);
	}
	if (r < 0) {
		zone_view_close(&view);
		return r;
	}
	*ret = view;
	return 0;
}

/* What stands before a zone's name, back into a key as people write it:
 * "9.114.0.203" is 203.0.114.9, 32 nibbles are an IPv6 address, one label is
 * a digest. OUT has room for 64 bytes. */
static bool
turn_around(struct span s, char out[64])
{
	struct span label[33];
	unsigned n = 0;
	size_t used = 0;

	while (s.len > 0) {
		const char *dot = memchr(s.at, '.', s.len);
		size_t len = dot != NULL ? (size_t)(dot - s.at) : s.len;

		if (n == 33 || len == 0) {
			return false;
		}
		label[n++] = span(s.at, len);
		len += dot != NULL;
		s = span(s.at + len, s.len - len);
	}
	if (n == 4) {
		for (unsigned i = n; i-- > 0;) {
			if (label[i].len > 3) {
				return false;
			}
			used += (size_t)snprintf(out + used, 64 - used,
			    "%.*s%s", (int)label[i].len, label[i].at,
			    i > 0 ? "." : "");
		}
		return true;
	}
	if (n == 32) {
		for (unsigned i = n; i-- > 0;) {
			if (label[i].len != 1) {
				return false;
			}
			out[used++] = label[i].at[0];
			if (i > 0 && i % 4 == 0) {
				out[used++] = ':';
			}
		}
		out[used] = '\0';
		return true;
	}
	if (n == 1 && label[0].len < 64) {
		snprintf(out, 64, "%.*s", (int)label[0].len, label[0].at);
		return true;
	}
	return false;
}

int
www_key_typed(const struct zone_config *config, const char *q,
    struct zone_key *ret_key, struct err_text *why)
{
	struct span s = span_trim(span_str(q));
	char turned[64];

	if (s.len > 1 && s.at[s.len - 1] == '.') {
		s.len--; /* a name with its final dot */
	}
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct zone_zone_conf *zone = &config->zones[i];
		size_t n = strlen(zone->name);

		if (s.len < n + 2 || !span_ends(s, zone->name) ||
		    s.at[s.len - n - 1] != '.') {
			continue;
		}
		if (zone->kind == ZONE_KIND_DOMAIN) {
			return zone_key_parse(zone->kind,
			    span(s.at, s.len - n - 1), ret_key, why);
		}
		if (turn_around(span(s.at, s.len - n - 1), turned)) {
			return zone_key_parse(
			    zone->kind, span_str(turned), ret_key, why);
		}
	}
	return zone_key_parse(zone_key_guess(s), s, ret_key, why);
}
