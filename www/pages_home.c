/* pages_home.c - the first page: the look-up, what this is, where to go. */
#include "www/ask.h"
#include "www/lang.h"
#include "www/news.h"
#include "www/pages.h"
#include "zone/history.h"

#define LISTS 64
#define NEWS 3

/* What the numbers say is true at one moment. */
struct moment {
	struct zone_list_info lists[LISTS];
	int n;
	uint64_t serial;
	int64_t changed; /* 0: never */
};

static int
look(struct www_turn *t, struct moment *m)
{
	struct zone_history_row row;
	struct zone_view *view = NULL;
	int r = www_view_open(t, &view);

	if (r == 0) {
		m->serial = zone_view_serial(view);
		m->n = zone_view_lists(view, m->lists, LISTS);
		r = m->n < 0 ? m->n
			     : zone_history_before(view, UINT64_MAX, &row);
	}
	m->changed = r == 1 ? row.time : 0;
	zone_view_close(&view);
	return r < 0 ? r : 0;
}

static void
numbers(struct www_turn *t, const struct moment *m)
{
	HTML(&t->html, "<section class=\"card strip\" aria-label=\"%s\">",
	    T("In numbers"));
	for (int i = 0; i < m->n && i < LISTS; i++) {
		const struct zone_list_info *l = &m->lists[i];

		HTML(&t->html, "<div><strong>%lu</strong> <span>",
		    (unsigned long)l->listed);
		www_say(t,
		    TN("entry in the list “%s”", "entries in the list “%s”",
			l->listed),
		    l->name);
		HTML(&t->html, "</span></div>");
	}
	HTML(&t->html, "<div><strong>%lu</strong> <span>%s",
	    (unsigned long)m->serial,
	    TN("change so far", "changes so far", m->serial));
	if (m->changed != 0) {
		HTML(&t->html, ", %s ", T("the last"));
		www_html_ago(t, m->changed);
	}
	HTML(&t->html, "</span></div>");
	HTML(&t->html, "</section>\n");
}

static void
ways(struct www_turn *t)
{
	static const struct {
		const char *path, *title, *about;
	} all[] = {
		{ "/use", N_("Use the list"),
		    N_("Lines to copy for your mail server, with the traps of "
		       "each program.") },
		{ "/submit", N_("Report spam"),
		    N_("Forward it as an attachment, or hand in the file.") },
		{ "/delist", N_("Ask for removal"),
		    N_("Free, without an account, whoever you are.") },
		{ "/policy", N_("What it promises"),
		    N_("What is listed and why, for how long, and who "
		       "decides.") },
	};

	HTML(&t->html, "<ul class=\"tiles four\">\n");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		HTML(&t->html,
		    "<li class=\"card\"><a href=\"%s\">%s</a><span>%s</span>"
		    "</li>\n",
		    all[i].path, www_tr(t, all[i].title),
		    www_tr(t, all[i].about));
	}
	HTML(&t->html, "</ul>\n");
}

static void
zones(struct www_turn *t)
{
	static const char *const about[] = {
		[ZONE_KIND_IP] = N_("IP addresses, in reverse"),
		[ZONE_KIND_ADDRESS] = N_("e-mail addresses, by digest"),
		[ZONE_KIND_DOMAIN] = N_("domains"),
	};

	HTML(&t->html, "<section class=\"card\"><h2>%s</h2>", T("In DNS"));
	if (t->config->n_zones == 0) {
		HTML(&t->html, "<p class=\"mut\">%s</p></section>\n",
		    T("Nothing is published in DNS yet."));
		return;
	}
	HTML(&t->html, "<dl class=\"pairs wide\">");
	for (size_t i = 0; i < t->config->n_zones; i++) {
		const struct zone_zone_conf *zone = &t->config->zones[i];

		HTML(&t->html,
		    "<div><dt class=\"key\">%s</dt><dd>%s</dd></div>",
		    zone->name, www_tr(t, about[zone->kind]));
	}
	HTML(&t->html, "</dl><p class=\"mut after\">%s</p></section>\n",
	    t->config->www.site.licence != NULL
		? t->config->www.site.licence
		: T("Free for filtering your own mail."));
}

static void
news(struct www_turn *t, const struct www_news *all, size_t n)
{
	if (n == 0) {
		return;
	}
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><dl class=\"pairs "
	    "wide\">",
	    T("Announcements"));
	for (size_t i = 0; i < n; i++) {
		HTML(&t->html,
		    "<div><dt><time datetime=\"%.*s\">%.*s</time></dt><dd>"
		    "<a href=\"/announcements#%s\">%s</a></dd></div>",
		    10, all[i].name, 10, all[i].name, all[i].name,
		    all[i].title);
	}
	HTML(&t->html, "</dl></section>\n");
}

int
www_home(struct www_turn *t)
{
	struct moment *m = arena_alloc(&t->arena, sizeof(*m));
	struct www_news *told;
	size_t n;
	int r = m == NULL ? ERR_NOMEM : look(t, m);

	if (r == 0) {
		r = www_news_read(t, NEWS, &told, &n);
	}
	if (r < 0) {
		return r;
	}
	www_page_begin_bare(t, T("A blocklist kept by people"), WWW_HOME);
	HTML(&t->html, "<section class=\"hero\"><h1>%s</h1>\n<p>%s</p>\n",
	    T("Is it listed?"),
	    T("Mail administrators report spam here; a person looks at each "
	      "report before anything is listed."));
	www_ask_box(t, "/lookup", "");
	HTML(&t->html, "</section>\n");
	ways(t);
	numbers(t, m);
	HTML(&t->html, "<div class=\"%s\">\n", n > 0 ? "halves" : "whole");
	zones(t);
	news(t, told, n);
	HTML(&t->html, "</div>\n");
	www_page_end(t, 200);
	return 0;
}
