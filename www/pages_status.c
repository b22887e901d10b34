/* pages_status.c - is the service well? For people, for monitors. */
#include <jansson.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/counts.h"
#include "www/cover.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/pulse.h"
#include "zone/history.h"

#define OLD 300 /* seconds after which what the tick saw says nothing */

/* What is looked at for all of these. */
struct health {
	int store, queue, accounts; /* 0, or how reading it failed */
	uint64_t serial;
	int64_t changed; /* when the newest serial was; 0: never */
	uint64_t counts[3];
	int64_t oldest; /* first seen of what waits longest; 0: nothing */
	unsigned sessions;
	struct www_pulse pulse;
};

static void
look_at_store(struct www_turn *t, struct health *h)
{
	struct zone_history_row row;
	struct zone_view *view = NULL;

	h->store = www_view_open(t, &view);
	if (h->store == 0) {
		h->serial = zone_view_serial(view);
		h->store = zone_history_before(view, UINT64_MAX, &row);
		if (h->store == 1) {
			h->changed = row.time;
			h->store = 0;
		}
	}
	zone_view_close(&view);
}

static void
look(struct www_turn *t, struct health *h)
{
	struct zone_item *items;
	uint64_t total;
	size_t n = 0;

	memset(h, 0, sizeof(*h));
	look_at_store(t, h);
	h->queue = zone_queue_counts(www_site_queue(t->site), h->counts);
	if (h->queue == 0) {
		h->queue = zone_queue_list(www_site_queue(t->site),
		    ZONE_WAITING, 0, 1, &t->arena, &items, &n, &total);
	}
	h->oldest = n > 0 ? items[0].first : 0;
	h->accounts =
	    zone_session_count(www_site_accounts(t->site), &h->sessions);
	www_site_pulse(t->site, &h->pulse);
}

static bool
well(const struct health *h)
{
	return h->store == 0 && h->queue == 0 && h->accounts == 0;
}

int
www_healthz(struct www_turn *t)
{
	static const char *const names[] = { "store", "queue", "accounts" };
	struct health h;
	int how[3];

	look(t, &h);
	how[0] = h.store;
	how[1] = h.queue;
	how[2] = h.accounts;
	t->reply->status = well(&h) ? 200 : 503;
	t->reply->type = WWW_TEXT;
	buf_str(&t->reply->body, well(&h) ? "ok\n" : "failed\n");
	for (unsigned i = 0; i < 3; i++) {
		if (how[i] < 0) {
			buf_fmt(&t->reply->body, "%s: %s\n", names[i],
			    err_str(how[i]));
		}
	}
	return 0;
}

/* ---- for people -------------------------------------------------------- */

static void
state(struct www_turn *t, enum www_pulse_state s, const char *right)
{
	bool good = s == WWW_PULSE_RIGHT;

	HTML(&t->html, "<span class=\"state %s\">%s</span>",
	    good                         ? "good"
		: s == WWW_PULSE_UNKNOWN ? "mut"
					 : "bad",
	    good                         ? right
		: s == WWW_PULSE_UNKNOWN ? T("not asked: it wants a key")
		: s == WWW_PULSE_SILENT  ? T("no answer")
		: s == WWW_PULSE_REFUSED ? T("refused")
					 : T("wrong"));
}

static void
zone_row(struct www_turn *t, const struct www_pulse_zone *z, uint64_t serial)
{
	HTML(&t->html,
	    "<tr><td data-label=\"%s\"><span class=\"key\">%s</span></td>"
	    "<td data-label=\"%s\">",
	    T("Zone"), z->zone, T("Serial"));
	if (!z->has_serial) {
		HTML(&t->html, "<span class=\"state bad\">%s</span>",
		    T("no answer"));
	} else {
		/* RFC 1982: how far behind; a change may come in between */
		uint32_t behind = (uint32_t)serial - z->serial;

		HTML(&t->html, "%lu", (unsigned long)z->serial);
		if (behind > 0 && behind < 0x80000000u && serial != 0) {
			HTML(&t->html, " <span class=\"mut\">");
			SAY(t, "(%lu changes since it was asked)",
			    (unsigned long)behind);
			HTML(&t->html, "</span>");
		}
	}
	HTML(&t->html, "</td><td data-label=\"%s\">", T("Test entry"));
	state(t, z->listed, T("listed, as it must be"));
	HTML(&t->html, "</td><td data-label=\"%s\">", T("Never listed"));
	state(t, z->clear, T("not listed, as it must be"));
	HTML(&t->html, "</td></tr>\n");
}

static void
self_test(struct www_turn *t, const struct health *h)
{
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2>\n",
	    T("What DNS answers"));
	if (h->pulse.n == 0) {
		HTML(&t->html, "<p>%s</p></section>\n",
		    h->pulse.time == 0
			? T("It was not asked yet. That is done every minute.")
			: T("Nothing is published in DNS yet."));
		return;
	}
	HTML(&t->html, "<p class=\"mut\">%s ",
	    T("Asked once a minute: an entry that must be listed (127.0.0.2 "
	      "or its like), one that must not be (127.0.0.1), and the "
	      "serial."));
	www_html_ago(t, h->pulse.time);
	HTML(&t->html,
	    "</p>\n<table class=\"grid\"><caption class=\"unseen\">%s"
	    "</caption><thead><tr><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th></tr></thead><tbody>\n",
	    T("What DNS answers"), T("Zone"), T("Serial"), T("Test entry"),
	    T("Never listed"));
	for (unsigned i = 0; i < h->pulse.n; i++) {
		zone_row(t, &h->pulse.zones[i], h->serial);
	}
	HTML(&t->html, "</tbody></table></section>\n");
}

static void
verdict(struct www_turn *t, const struct health *h)
{
	bool fresh = h->pulse.time != 0 && t->now - h->pulse.time < OLD;
	bool dns = h->pulse.n == 0 || www_pulse_right(&h->pulse);
	const char *class = well(h) && fresh && dns ? "good" : "bad";

	HTML(&t->html,
	    "<div class=\"card verdict %s\" role=\"status\"><p class=\"big\">"
	    "%s</p><p>%s</p></div>\n",
	    class,
	    !well(h)     ? T("Something cannot be read")
		: !fresh ? T("The look at DNS is late")
		: !dns   ? T("DNS does not answer as it should")
			 : T("All is well"),
	    !well(h) ? T("A part of the data cannot be read now. What is "
			 "listed is answered by DNS all the same.")
		: !fresh
		? T("What stands below is older than it should be, or was "
		    "not asked yet.")
		: !dns
		? T("See below what is wrong. Mail servers take no answer for "
		    "“not listed”, so mail goes on.")
		: T("The data can be read, and every zone answers as it "
		    "should."));
}

int
www_status(struct www_turn *t)
{
	struct health h;

	look(t, &h);
	www_page_begin(t, T("Status"), WWW_STATUS);
	verdict(t, &h);
	HTML(&t->html,
	    "<section class=\"facts\">"
	    "<div class=\"card fact\"><strong>%lu</strong><span>%s</span>"
	    "</div><div class=\"card fact\"><strong>",
	    (unsigned long)h.serial, T("serial: changes so far"));
	www_html_ago(t, h.changed);
	HTML(&t->html,
	    "</strong><span>%s</span></div>"
	    "<div class=\"card fact\"><strong>%lu</strong><span>%s</span>"
	    "</div><div class=\"card fact\"><strong>",
	    T("the last change"), (unsigned long)h.counts[ZONE_WAITING],
	    T("reports wait for a moderator"));
	if (h.oldest == 0) {
		HTML(&t->html, "%s", T("none"));
	} else {
		www_html_ago(t, h.oldest);
	}
	HTML(&t->html, "</strong><span>%s</span></div></section>\n",
	    T("the one that waits longest came in"));
	self_test(t, &h);
	www_page_end(t, 200);
	return 0;
}

/* ---- for programs ------------------------------------------------------ */

static const char *const words[] = { "not asked", "no answer", "refused",
	"wrong", "right" };

static json_t *
zones_json(const struct www_pulse *p)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < p->n; i++) {
		const struct www_pulse_zone *z = &p->zones[i];
		json_t *serial = z->has_serial
		    ? json_integer((json_int_t)z->serial)
		    : json_null();

		if (json_array_append_new(all,
			json_pack("{ss so ss ss}", "zone", z->zone, "serial",
			    serial, "test_entry", words[z->listed],
			    "never_listed", words[z->clear])) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

int
www_status_json(struct www_turn *t)
{
	char changed[WHEN_TEXT], asked[WHEN_TEXT];
	struct health h;
	json_t *zones, *j;
	char *text;

	look(t, &h);
	zones = zones_json(&h.pulse);
	if (zones == NULL) {
		return ERR_NOMEM;
	}
	j = json_pack("{sb sb sI ss? sI ss? so}", "readable", (int)well(&h),
	    "answers", (int)www_pulse_right(&h.pulse), "serial",
	    (json_int_t)h.serial, "changed",
	    h.changed != 0 ? when_format(changed, h.changed) : NULL, "waiting",
	    (json_int_t)h.counts[ZONE_WAITING], "asked",
	    h.pulse.time != 0 ? when_format(asked, h.pulse.time) : NULL,
	    "zones", zones);
	text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (text == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = 200;
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, text);
	buf_str(&t->reply->body, "\n");
	free(text);
	return 0;
}

static bool
is_loopback(const struct net_ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->bits == 32
	    ? ip->bytes[0] == 127
	    : ip->bits == 128 && memcmp(ip->bytes, one, sizeof(one)) == 0;
}

int
www_metrics(struct www_turn *t)
{
	struct buf *b = &t->reply->body;
	struct health h;

	if (!is_loopback(&t->request->client) && !t->who.known) {
		return www_page_say(t, 403, T("Not from here"), "%s",
		    T("The numbers for monitors are for this machine and for "
		      "people with an account."));
	}
	look(t, &h);
	www_counts_text(www_site_counts(t->site), b);
	buf_fmt(b,
	    "# TYPE rbl_www_readable gauge\nrbl_www_readable %d\n"
	    "# TYPE rbl_www_sessions gauge\nrbl_www_sessions %u\n"
	    "# TYPE rbl_store_serial counter\nrbl_store_serial %llu\n"
	    "# TYPE rbl_queue_items gauge\n"
	    "rbl_queue_items{state=\"waiting\"} %llu\n"
	    "rbl_queue_items{state=\"listed\"} %llu\n"
	    "rbl_queue_items{state=\"dismissed\"} %llu\n"
	    "# HELP rbl_queue_oldest_waiting_seconds Age of what waits "
	    "longest.\n"
	    "# TYPE rbl_queue_oldest_waiting_seconds gauge\n"
	    "rbl_queue_oldest_waiting_seconds %lld\n"
	    "# HELP rbl_www_quota_refused_total Uploads and tokens refused "
	    "since too many.\n"
	    "# TYPE rbl_www_quota_refused_total counter\n"
	    "rbl_www_quota_refused_total %llu\n"
	    "# HELP rbl_selftest_right Does the zone answer as it should?\n"
	    "# TYPE rbl_selftest_right gauge\n",
	    (int)well(&h), h.sessions, (unsigned long long)h.serial,
	    (unsigned long long)h.counts[0], (unsigned long long)h.counts[1],
	    (unsigned long long)h.counts[2],
	    (long long)(h.oldest != 0 && t->now > h.oldest ? t->now - h.oldest
							   : 0),
	    (unsigned long long)www_quota_refused(www_site_quota(t->site)));
	for (unsigned i = 0; i < h.pulse.n; i++) {
		const struct www_pulse_zone *z = &h.pulse.zones[i];

		if (z->listed != WWW_PULSE_UNKNOWN) {
			buf_fmt(b, "rbl_selftest_right{zone=\"%s\"} %d\n",
			    z->zone,
			    z->listed == WWW_PULSE_RIGHT &&
				z->clear == WWW_PULSE_RIGHT);
		}
	}
	t->reply->status = 200;
	t->reply->type = WWW_METRICS;
	return 0;
}
