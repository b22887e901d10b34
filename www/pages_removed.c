/* pages_removed.c - how many listings went, by day and how: for everybody.
 * Which ones is nobody's business.
 */
#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/told.h"

#define DAY INT64_C(86400)

static const char *const heads[] = {
	[ZONE_GONE_EXPIRED] = N_("Ended"),
	[ZONE_GONE_ASKED] = N_("On request"),
	[ZONE_GONE_PERSON] = N_("By a moderator"),
	[ZONE_GONE_UNDONE] = N_("Taken back"),
	[ZONE_GONE_SOURCE] = N_("Source changed"),
};

/* "2026-11-21" */
static const char *
day_text(char out[WHEN_TEXT], int64_t now, unsigned ago)
{
	when_format(out, (now / DAY - ago) * DAY);
	out[10] = '\0';
	return out;
}

static unsigned long
sum(const unsigned long *n)
{
	unsigned long all = 0;

	for (unsigned i = 0; i < ZONE_GONE_WAYS; i++) {
		all += n[i];
	}
	return all;
}

static int
gather(struct www_turn *t, struct zone_lately_days *ret)
{
	struct zone_view *view = NULL;
	int r = www_view_open(t, &view);

	if (r == 0) {
		r = zone_lately_follow(www_site_lately(t->site), view, 20000);
	}
	zone_view_close(&view);
	zone_lately_days(www_site_lately(t->site), t->now, ret);
	return r;
}

static void
table(struct www_turn *t, const struct zone_lately_days *d)
{
	char day[WHEN_TEXT];

	HTML(&t->html,
	    "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table class=\"numbers\"><caption "
	    "class=\"unseen\">%s</caption><thead><tr><th scope=\"col\">%s"
	    "</th>",
	    T("Listings that went, by day"), T("Listings that went, by day"),
	    T("Day"));
	for (unsigned i = 0; i < ZONE_GONE_WAYS; i++) {
		HTML(
		    &t->html, "<th scope=\"col\">%s</th>", www_tr(t, heads[i]));
	}
	HTML(&t->html, "<th scope=\"col\">%s</th></tr></thead><tbody>",
	    T("All"));
	for (unsigned i = 0; i < ZONE_LATELY_DAYS; i++) {
		if (sum(d->n[i]) == 0) {
			continue;
		}
		HTML(&t->html, "<tr><th scope=\"row\">%s</th>",
		    day_text(day, t->now, i));
		for (unsigned k = 0; k < ZONE_GONE_WAYS; k++) {
			HTML(&t->html, "<td>%lu</td>", d->n[i][k]);
		}
		HTML(&t->html, "<td><b>%lu</b></td></tr>", sum(d->n[i]));
	}
	HTML(&t->html, "</tbody></table></div>\n");
}

int
www_removed(struct www_turn *t)
{
	struct zone_lately_days d;
	unsigned long all = 0;
	int r = gather(t, &d);

	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; i < ZONE_LATELY_DAYS; i++) {
		all += sum(d.n[i]);
	}
	www_page_begin(t, T("What was removed"), WWW_STATS);
	HTML(&t->html, "<p class=\"mut\">%s</p>\n",
	    T("How many listings went in the last 90 days, and how. Which ones "
	      "is not told. A listing that was taken back should not have "
	      "been made."));
	if (d.complete != 0) {
		HTML(&t->html, "<p class=\"note\">%s ",
		    T("So much changes here that the numbers are whole only "
		      "from this time on:"));
		www_html_time(t, d.complete);
		HTML(&t->html, "</p>\n");
	}
	if (all == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("Nothing was removed"),
		    T("No listing went in the last 90 days."));
	} else {
		table(t, &d);
	}
	HTML(&t->html, "<p><a href=\"/removed.csv\">%s</a></p>\n",
	    T("The same as CSV"));
	www_page_end(t, 200);
	return 0;
}

int
www_removed_csv(struct www_turn *t)
{
	struct zone_lately_days d;
	char day[WHEN_TEXT];
	int r = gather(t, &d);

	if (r < 0) {
		return r;
	}
	buf_str(&t->reply->body, "day,how,removed\r\n");
	for (unsigned i = 0; i < ZONE_LATELY_DAYS; i++) {
		for (unsigned k = 0; k < ZONE_GONE_WAYS; k++) {
			if (d.n[i][k] > 0) {
				buf_fmt(&t->reply->body, "%s,%s,%lu\r\n",
				    day_text(day, t->now, i),
				    www_told_gone_word((enum zone_gone)k),
				    d.n[i][k]);
			}
		}
	}
	t->reply->status = 200;
	t->reply->type = WWW_CSV;
	return 0;
}
