/* cover.c - what the list store says of a key. */
#include "www/cover.h"

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
