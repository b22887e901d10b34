/* pages_public.c - the first page and what programs fetch. */
#include "www/ask.h"
#include "www/pages.h"
#include "www/style.h"

#define LISTS 64

static int
text_reply(struct www_turn *t, enum www_type type, const char *text)
{
	t->reply->status = 200;
	t->reply->type = type;
	buf_str(&t->reply->body, text);
	return 0;
}

int
www_stylesheet(struct www_turn *t)
{
	t->reply->may_cache = true;
	return text_reply(t, WWW_CSS, www_style);
}

int
www_favicon(struct www_turn *t)
{
	t->reply->may_cache = true;
	return text_reply(t, WWW_SVG, www_icon);
}

int
www_robots(struct www_turn *t)
{
	return text_reply(t, WWW_TEXT,
	    "User-agent: *\nDisallow: /lookup\nDisallow: /queue\n"
	    "Disallow: /log\nDisallow: /entries\nDisallow: /entry\n"
	    "Disallow: /login\nDisallow: /delist\nDisallow: /requests\n"
	    "Disallow: /review\nDisallow: /submitters\nDisallow: /users\n"
	    "Disallow: /account\nDisallow: /submit/mine\n"
	    "Disallow: /metrics\n");
}

static void
zones(struct www_turn *t)
{
	static const char *const about[] = {
		[ZONE_KIND_IP] = "IP addresses, asked in reverse",
		[ZONE_KIND_ADDRESS] = "e-mail addresses, asked by their hash",
		[ZONE_KIND_DOMAIN] = "domains",
	};

	if (t->config->n_zones == 0) {
		return;
	}
	HTML(&t->html,
	    "<section class=\"card\"><h2>In DNS</h2><dl class=\"pairs "
	    "wide\">");
	for (size_t i = 0; i < t->config->n_zones; i++) {
		const struct zone_zone_conf *zone = &t->config->zones[i];

		HTML(&t->html,
		    "<div><dt class=\"key\">%s</dt><dd>%s</dd></div>",
		    zone->name, about[zone->kind]);
	}
	HTML(&t->html, "</dl></section>\n");
}

int
www_home(struct www_turn *t)
{
	struct zone_list_info lists[LISTS];
	struct zone_view *view = NULL;
	uint64_t serial = 0;
	int n, r;

	r = www_view_open(t, &view);
	if (r < 0) {
		return r;
	}
	serial = zone_view_serial(view);
	n = zone_view_lists(view, lists, LISTS);
	zone_view_close(&view);
	if (n < 0) {
		return n;
	}
	www_page_begin_bare(t, "A blocklist kept by people", WWW_HOME);
	HTML(&t->html,
	    "<section class=\"hero\"><h1>Is it listed?</h1>\n"
	    "<p>Mail administrators report spam here; a person looks at each "
	    "report before anything is listed.</p>\n");
	www_ask_box(t, "/lookup", "");
	HTML(&t->html, "</section>\n<section class=\"facts\">");
	for (int i = 0; i < n && i < LISTS; i++) {
		HTML(&t->html,
		    "<div class=\"card fact\"><strong>%lu</strong> <span>"
		    "%s in the list <b>%s</b></span></div>",
		    (unsigned long)lists[i].listed,
		    lists[i].listed == 1 ? "entry" : "entries", lists[i].name);
	}
	HTML(&t->html,
	    "<div class=\"card fact\"><strong>%lu</strong> <span>%s so far, "
	    "each in DNS with the next query</span></div></section>\n",
	    (unsigned long)serial, serial == 1 ? "change" : "changes");
	zones(t);
	www_page_end(t, 200);
	return 0;
}
