/* expand.c - a zone as records: what every kind needs. */
#include "zone/expand_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char test_reason[] = "test point";

static int
tell(struct zone_expand *x, const uint8_t *owner, size_t len, unsigned type,
    const uint8_t *data, size_t data_len)
{
	const struct zone_rr r = { owner, len, type, data, data_len };

	if (++x->report.records > ZONE_EXPAND_MAX) {
		return ERR_RANGE;
	}
	return x->fn(&r, x->ctx);
}

/* What is said by detail HIT of list K. */
static int
reason_of(struct zone_expand *x, unsigned k, const struct expand_hit *hit,
    struct zone_reason *ret)
{
	struct zone_detail *d = &x->details[k];
	int r;

	if (hit->detail == 0) {
		*ret = (struct zone_reason){ .text = span_str(test_reason) };
		return 0;
	}
	if (d->id != hit->detail) {
		r = zone_view_detail(x->view, hit->detail, d);
		if (r <= 0) {
			d->id = 0;
			return r < 0 ? r : ERR_CORRUPT;
		}
	}
	*ret = (struct zone_reason){ .text = d->reason,
		.template = d->template };
	return 0;
}

/* The last LABELS labels of KEY; 0: all of it. */
static const char *
last_labels(const char *key, unsigned labels)
{
	const char *at = key + strlen(key);

	if (labels == 0) {
		return key;
	}
	while (at > key && (at[-1] != '.' || --labels > 0)) {
		at--;
	}
	return at;
}

/* The text that list K has for KEY, into TEXT. */
static int
text_of(struct zone_expand *x, unsigned k, const struct expand_hit *hit,
    const char *key, bool wildcard, bool *generic, char text[ZONE_WORDS_MAX],
    size_t *ret_len)
{
	struct zone_reason reason;
	char shown[NET_IP_TEXT + 4];
	int r = reason_of(x, k, hit, &reason);

	if (r < 0) {
		return r;
	}
	reason.key = key;
	if (x->zone->kind == ZONE_KIND_DOMAIN) {
		reason.key = last_labels(key, hit->depth);
	}
	if (wildcard) {
		*generic = *generic || zone_words_vary(x->template, &reason);
		if (x->zone->kind == ZONE_KIND_IP) {
			/* the entry, which may be wider than the wildcard */
			struct zone_key p = { .kind = ZONE_KIND_IP };

			if (net_prefix_parse(span_str(key), &p.ip) < 0) {
				return ERR_CORRUPT;
			}
			p.ip.plen = (uint8_t)hit->depth;
			for (unsigned i = hit->depth; i < p.ip.ip.bits; i++) {
				p.ip.ip.bytes[i / 8] &=
				    (uint8_t)~(0x80u >> i % 8);
			}
			net_ip_format(shown, &p.ip.ip);
			snprintf(shown + strlen(shown), 5, "/%u", hit->depth);
			key = shown;
		} else {
			key = reason.key;
		}
		reason.key = key;
	}
	*ret_len = zone_words(text, x->template, key, &reason, hit->detail);
	return 0;
}

static int
say_codes(struct zone_expand *x, const uint8_t *owner, size_t len,
    const struct expand_hit *hits)
{
	int r = 0;

	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		const uint8_t a[4] = { (uint8_t)(hits[k].code >> 24),
			(uint8_t)(hits[k].code >> 16),
			(uint8_t)(hits[k].code >> 8), (uint8_t)hits[k].code };
		unsigned i = 0;

		if (hits[k].code == 0) {
			continue;
		}
		while (i < k && hits[i].code != hits[k].code) {
			i++;
		}
		if (i == k) {
			r = tell(x, owner, len, ZONE_RR_A, a, 4);
		}
	}
	return r;
}

int
expand_say(struct zone_expand *x, const uint8_t *owner, size_t len,
    const struct expand_hit *hits, const char *key)
{
	bool wildcard = owner[0] == 1 && owner[1] == '*', generic = false;
	uint8_t texts[EXPAND_LISTS][1 + ZONE_WORDS_MAX];
	unsigned n = 0;
	int r;

	if (!expand_any(x, hits)) {
		return 0;
	}
	if (len + x->zone_len > EXPAND_NAME) {
		x->report.long_names++;
		return 0;
	}
	r = say_codes(x, owner, len, hits);
	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		size_t words;
		unsigned i = 0;

		if (hits[k].code == 0) {
			continue;
		}
		r = text_of(x, k, &hits[k], key, wildcard, &generic,
		    (char *)texts[n] + 1, &words);
		if (r != 0 || words == 0) {
			continue;
		}
		texts[n][0] = (uint8_t)words;
		while (i < n &&
		    memcmp(texts[i], texts[n], words + 1) != 0) {
			i++;
		}
		if (i == n) {
			r = tell(x, owner, len, ZONE_RR_TXT, texts[n],
			    words + 1);
			n++;
		}
	}
	x->report.names++;
	x->report.wildcards += wildcard;
	x->report.generic += generic;
	return r;
}

int
expand_block(struct zone_expand *x, const uint8_t *owner, size_t len)
{
	static const uint8_t empty[] = { 1, '-', 1, '-' };

	if (len + x->zone_len > EXPAND_NAME) {
		x->report.long_names++;
		return 0;
	}
	x->report.nodata++;
	return tell(x, owner, len, ZONE_RR_HINFO, empty, sizeof(empty));
}

int
expand_code(struct zone_expand *x, uint32_t detail, uint32_t *ret_code)
{
	struct zone_detail d;
	int r = 1;

	*ret_code = 0;
	if (detail != 0) {
		r = zone_view_detail(x->view, detail, &d);
		if (r == 1) {
			*ret_code = d.code;
		}
	}
	return r < 0 ? r : r == 0 ? ERR_CORRUPT : 0;
}

/* ---- the whole zone ----------------------------------------------------- */

int
zone_expand_open(struct zone_view *view, const struct zone_zone_conf *zone,
    zone_rr_fn *fn, void *ctx, struct zone_expand **ret_expand)
{
	struct zone_expand *x;
	int r = 0;

	if (zone->access_keys || zone->n_lists > EXPAND_LISTS) {
		return ERR_REFUSED;
	}
	x = calloc(1, sizeof(*x));
	if (x == NULL) {
		return ERR_NOMEM;
	}
	x->view = view;
	x->zone = zone;
	x->fn = fn;
	x->ctx = ctx;
	x->zone_len = strlen(zone->name) + 2;
	x->template = zone->text != NULL && zone->text[0] != '\0'
	    ? zone->text
	    : "Listed";
	x->n_lists = (unsigned)zone->n_lists;
	for (unsigned k = 0; k < x->n_lists && r >= 0; k++) {
		r = zone_view_list(view, zone->lists[k]->name, zone->kind,
		    &x->lists[k].number);
		x->lists[k].state = r;
	}
	if (r >= 0 && zone->kind == ZONE_KIND_IP) {
		r = expand_ip_fits(x);
	}
	if (r < 0) {
		zone_expand_close(&x);
		return r;
	}
	*ret_expand = x;
	return 0;
}

int
zone_expand_step(struct zone_expand *x)
{
	switch (x->zone->kind) {
	case ZONE_KIND_IP: return expand_ip_step(x);
	case ZONE_KIND_ADDRESS: return expand_address_step(x);
	case ZONE_KIND_DOMAIN: return expand_domain_step(x);
	}
	return ERR_REFUSED;
}

const struct zone_expand_report *
zone_expand_told(const struct zone_expand *expand)
{
	return &expand->report;
}

void
zone_expand_close(struct zone_expand **expand)
{
	struct zone_expand *x = *expand;

	if (x != NULL) {
		expand_ip_free(x);
		free(x);
		*expand = NULL;
	}
}
