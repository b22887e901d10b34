/* zonefile.c - a zone as a master file. */
#include "zone/zonefile.h"

#include <string.h>

struct writing {
	struct buf *b;
	uint8_t last[256]; /* the owner before: it is not repeated */
	size_t last_len;
	bool counting; /* nothing is written */
};

static void
put_owner(struct writing *w, const struct zone_rr *rr)
{
	if (rr->owner_len == w->last_len &&
	    memcmp(rr->owner, w->last, rr->owner_len) == 0) {
		return;
	}
	for (size_t at = 0; at < rr->owner_len; at += 1u + rr->owner[at]) {
		if (at > 0) {
			buf_u8(w->b, '.');
		}
		buf_add(w->b, rr->owner + at + 1, rr->owner[at]);
	}
	memcpy(w->last, rr->owner, rr->owner_len);
	w->last_len = rr->owner_len;
}

/* A string of a TXT; it is ASCII already. */
static void
put_string(struct buf *b, const uint8_t *data, size_t len)
{
	buf_u8(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' || data[i] == '\\') {
			buf_u8(b, '\\');
		}
		buf_u8(b, data[i]);
	}
	buf_u8(b, '"');
}

static int
put_record(const struct zone_rr *rr, void *ctx)
{
	struct writing *w = ctx;

	if (w->counting) {
		return 0;
	}
	put_owner(w, rr);
	switch (rr->type) {
	case ZONE_RR_A:
		buf_fmt(w->b, "\tA\t%u.%u.%u.%u\n", rr->data[0], rr->data[1],
		    rr->data[2], rr->data[3]);
		break;
	case ZONE_RR_TXT:
		buf_str(w->b, "\tTXT\t");
		put_string(w->b, rr->data + 1, rr->len - 1);
		buf_u8(w->b, '\n');
		break;
	default: buf_str(w->b, "\tHINFO\t\"-\" \"-\"\n"); break;
	}
	return w->b->bad ? ERR_NOMEM : 0;
}

/* Is TEXT's first word the label of a name server within the zone? */
static bool
names_host(const struct zone_zone_conf *z, const char *text)
{
	size_t n = strcspn(text, " \t");

	for (size_t i = 0; i < z->n_ns; i++) {
		const char *ns = z->ns[i];

		if (strncasecmp(ns, text, n) == 0 && ns[n] == '.' &&
		    strcasecmp(ns + n + 1, z->name) == 0) {
			return true;
		}
	}
	return false;
}

static void
put_apex(struct buf *b, const struct zone_zone_conf *z, uint64_t serial)
{
	uint32_t number = (uint32_t)serial != 0 ? (uint32_t)serial : 1;

	buf_fmt(b, "$ORIGIN %s.\n$TTL %u\n", z->name, z->ttl);
	buf_fmt(b, "@\tSOA\t%s. %s. %u %u %u %u %u\n",
	    z->mname != NULL ? z->mname : z->ns[0], z->hostmaster, number,
	    z->refresh, z->retry, z->expire, z->negative_ttl);
	for (size_t i = 0; i < z->n_ns; i++) {
		buf_fmt(b, "@\tNS\t%s.\n", z->ns[i]);
	}
	/* names in these are absolute even without their final dot */
	buf_str(b, "$ORIGIN .\n");
	for (size_t i = 0; i < z->n_apex; i++) {
		const char *text = z->apex[i];

		if (names_host(z, text)) {
			size_t n = strcspn(text, " \t");

			buf_fmt(b, "%.*s.%s.\t%s\n", (int)n, text, z->name,
			    text + n + strspn(text + n, " \t"));
		} else {
			buf_fmt(b, "%s.\t%s\n", z->name, text);
		}
	}
	buf_fmt(b, "$ORIGIN %s.\n", z->name);
}

int
zone_expand_why(
    const struct zone_zone_conf *zone, int err, struct err_text *why)
{
	switch (err) {
	case ERR_RANGE:
		return err_say(why, err,
		    "zone \"%s\" is more than %llu records when it is written "
		    "name by name: its widest prefixes, and what lies within "
		    "them, are for rbld alone",
		    zone->name, (unsigned long long)ZONE_EXPAND_MAX);
	case ERR_REFUSED:
		return err_say(why, err,
		    "zone \"%s\" asks for access keys, which no copy of it "
		    "would",
		    zone->name);
	default:
		return err_say(why, err, "zone \"%s\": %s", zone->name,
		    err_str(err));
	}
}

int
zone_zonefile_write(struct zone_view *view, const struct zone_zone_conf *zone,
    struct buf *b, struct zone_expand_report *ret_report, struct err_text *why)
{
	struct writing w = { .b = b, .counting = b == NULL };
	struct zone_expand *x = NULL;
	int r;

	if (b != NULL) {
		put_apex(b, zone, zone_view_serial(view));
	}
	r = zone_expand_open(view, zone, put_record, &w, &x);
	while (r >= 0 && (r = zone_expand_step(x)) == 1) {
	}
	if (x != NULL) {
		*ret_report = *zone_expand_told(x);
	}
	zone_expand_close(&x);
	if (r == 0 && b != NULL && b->bad) {
		r = ERR_NOMEM;
	}
	return r < 0 ? zone_expand_why(zone, r, why) : 0;
}

void
zone_zonefile_report(const struct zone_zone_conf *zone,
    const struct zone_expand_report *report, struct buf *b)
{
	unsigned long long names = report->names, wild = report->wildcards,
			   generic = report->generic, none = report->nodata,
			   cut = report->long_names, ended = report->ended;

	buf_fmt(b, "zone %s: %llu names with %llu records, %llu of the names "
		   "are wildcards\n",
	    zone->name, names, (unsigned long long)report->records, wild);
	if (wild > 0 && zone->kind == ZONE_KIND_IP) {
		buf_str(b, "below a wildcard also names answer that are no "
			   "whole addresses\n");
	}
	if (generic > 0) {
		buf_fmt(b,
		    "%llu wildcards: the text names the entry, not what was "
		    "asked for\n",
		    generic);
	}
	if (none > 0) {
		buf_fmt(b,
		    "%llu exempt domains: NODATA instead of NXDOMAIN for "
		    "their own name (HINFO holds the place)\n",
		    none);
	}
	if (cut > 0) {
		buf_fmt(b,
		    "%llu names left out: too long for DNS in this zone\n",
		    cut);
	}
	if (ended > 0) {
		buf_fmt(b,
		    "%llu entries have ended and stay until the sweep\n",
		    ended);
	}
}
