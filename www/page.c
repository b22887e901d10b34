/* page.c - what all pages share: frame, errors, times, forms. */
#include "www/page.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/script.h"
#include "www/style.h"
#include "zone/delist.h"

const char *
www_site_name(const struct zone_config *config)
{
	const char *url = config->www.url;
	const char *host = url != NULL ? strstr(url, "://") : NULL;

	/* the default says nothing about whose list this is */
	if (host != NULL && !span_starts(span_str(host), "://localhost")) {
		return host + 3;
	}
	return config->n_zones > 0 ? config->zones[0].name : "rbl";
}

bool
www_may(const struct www_turn *turn, enum zone_role role)
{
	return turn->who.known && turn->who.session.user.role >= role;
}

struct place {
	enum www_section section;
	const char *path, *text;
	enum zone_role role; /* who sees it, 0: everybody */
};

/* The bar, from left to right; people see both parts. */
static const struct place bar[] = {
	{ WWW_QUEUE, "/queue", N_("Queue"), ZONE_VIEWER },
	{ WWW_REQUESTS, "/requests", N_("Requests"), ZONE_VIEWER },
	{ WWW_ENTRIES, "/entries", N_("Entries"), ZONE_VIEWER },
	{ WWW_REVIEW, "/review", N_("Review"), ZONE_VIEWER },
	{ WWW_LOG, "/log", N_("Log"), ZONE_VIEWER },
	{ WWW_SUBMITTERS, "/submitters", N_("Submitters"), ZONE_VIEWER },
	{ WWW_USERS, "/users", N_("Users"), ZONE_ADMIN },
	{ WWW_LOOKUP, "/lookup", N_("Look up"), 0 },
};
/* The foot of every page; for visitors also in the bar. */
static const struct place foot[] = {
	{ WWW_USE, "/use", N_("How to use it"), 0 },
	{ WWW_REMOVAL, "/delist", N_("Removal"), 0 },
	{ WWW_POLICY, "/policy", N_("Policy"), 0 },
	{ WWW_STATS, "/stats", N_("Statistics"), 0 },
	{ WWW_SUBMIT, "/submit", N_("Report spam"), 0 },
	{ WWW_STATUS, "/status", N_("Status"), 0 },
};

/* Only in the foot. */
static const struct place further[] = {
	{ WWW_NOWHERE, "/announcements", N_("Announcements"), 0 },
	{ WWW_NOWHERE, "/api", N_("For programs"), 0 },
	{ WWW_NOWHERE, "/contact", N_("Contact and privacy"), 0 },
};

/* How many requests for removal are open; 0 when that cannot be read. */
static uint64_t
open_requests(const struct www_turn *t)
{
	struct zone_request_counts counts;

	return zone_request_counts(www_site_queue(t->site), &counts) == 0
	    ? counts.open
	    : 0;
}

/* The count is a help, not a promise: when the queue cannot be read the page
 * itself will say so. */
static void
link_to(struct www_turn *t, const struct place *place, uint64_t waiting,
    enum www_section here)
{
	if (place->role != 0 && !www_may(t, place->role)) {
		return;
	}
	HTML(&t->html, "<a href=\"%s\"", place->path);
	if (place->section == here) {
		HTML(&t->html, " aria-current=\"page\"");
	}
	HTML(&t->html, ">%s", www_tr(t, place->text));
	if (place->section == WWW_REQUESTS) {
		waiting = open_requests(t);
	}
	if ((place->section == WWW_QUEUE ||
		place->section == WWW_REQUESTS) &&
	    waiting > 0) {
		HTML(&t->html,
		    " <span class=\"count\">%lu<span class=\"unseen\"> "
		    "%s</span></span>",
		    (unsigned long)waiting, T("waiting"));
	}
	HTML(&t->html, "</a>");
}

static void
links_to(struct www_turn *t, const struct place *places, size_t n,
    uint64_t waiting, enum www_section here)
{
	for (size_t i = 0; i < n; i++) {
		link_to(t, &places[i], waiting, here);
	}
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

void
www_page_begin_bare(
    struct www_turn *t, const char *title, enum www_section here)
{
	uint64_t counts[3] = { 0 };
	const char *name = www_site_name(t->config);

	if (t->who.known &&
	    zone_queue_counts(www_site_queue(t->site), counts) < 0) {
		counts[0] = 0;
	}
	HTML(&t->html,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>",
	    www_lang_code((enum www_lang)t->lang));
	if (counts[0] > 0 && here == WWW_QUEUE) {
		HTML(&t->html, "(%lu) ", (unsigned long)counts[0]);
	}
	HTML(&t->html, "%s · %s</title>\n", title, name);
	if (t->who.known) { /* visitors need none */
		HTML(&t->html, "<script src=\"%s\" defer></script>\n",
		    www_script_path());
	}
	HTML(&t->html,
	    "<link rel=\"stylesheet\" href=\"%s\">\n"
	    "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
	    "</head>\n<body>\n"
	    "<a class=\"skip\" href=\"#main\">%s</a>\n"
	    "<header class=\"top\"><div class=\"wrap\">"
	    "<a class=\"brand\" href=\"/\"><img src=\"/icon.svg\" "
	    "alt=\"\" width=\"24\" height=\"24\">%s</a>\n<nav "
	    "aria-label=\"%s\">",
	    www_style_path(), T("Skip to the content"), name, T("Main menu"));
	links_to(t, bar, N_OF(bar), counts[0], here);
	if (!t->who.known) {
		links_to(t, foot, N_OF(foot), 0, here);
	}
	HTML(&t->html, "</nav>\n<div class=\"me\">");
	if (t->who.known) {
		HTML(&t->html,
		    "<a class=\"name\" href=\"/account\">%s<span "
		    "class=\"role\">%s</span></a>",
		    t->who.session.user.name,
		    www_role_words(t, t->who.session.user.role));
		www_form_begin(t, "/logout", "logout");
		HTML(&t->html, "<button class=\"quiet\">%s</button></form>",
		    T("Log out"));
	} else if (here != WWW_LOGIN) {
		HTML(&t->html, "<a href=\"/login\">%s</a>", T("Log in"));
	}
	HTML(&t->html,
	    "</div></div></header>\n<main id=\"main\" class=\"wrap\">\n");
}

void
www_page_begin(struct www_turn *t, const char *title, enum www_section here)
{
	www_page_begin_bare(t, title, here);
	HTML(&t->html, "<h1>%s</h1>\n", title);
}

/* The same page in the other languages. */
static void
languages(struct www_turn *t)
{
	const struct www_fields *q = &t->request->query;
	bool get = t->request->method != WWW_POST &&
	    www_path_ours(t->request->path);

	HTML(&t->html, "<nav class=\"langs\" aria-label=\"%s\">",
	    T("Language"));
	for (enum www_lang lang = 0; lang < WWW_LANGS; lang++) {
		const char *code = www_lang_code(lang);

		if (lang == (enum www_lang)t->lang) {
			HTML(&t->html,
			    "<span lang=\"%s\" aria-current=\"true\">%s</span>",
			    code, www_lang_name(lang));
			continue;
		}
		HTML(&t->html, "<a lang=\"%s\" hreflang=\"%s\" href=\"%s?",
		    code, code, get ? t->request->path : "/");
		for (unsigned i = 0; get && i < q->n; i++) {
			const struct www_field *f = &q->field[i];
			char *name = www_url_quote(&t->arena, f->name);
			char *value = www_url_quote(&t->arena, f->value);

			if (strcmp(f->name, "lang") == 0 ||
			    strcmp(f->name, "done") == 0 || name == NULL ||
			    value == NULL) {
				continue;
			}
			HTML(&t->html, "%s=%s&amp;", name, value);
		}
		HTML(&t->html, "lang=%s\">%s</a>", code, www_lang_name(lang));
	}
	HTML(&t->html, "</nav>\n");
}

void
www_page_end(struct www_turn *t, unsigned status)
{
	HTML(&t->html,
	    "</main>\n<footer class=\"wrap\"><nav aria-label=\"%s\">",
	    T("About this list"));
	links_to(t, foot, N_OF(foot), 0, WWW_HOME);
	links_to(t, further, N_OF(further), 0, WWW_HOME);
	HTML(&t->html, "</nav>\n");
	languages(t);
	HTML(&t->html, "<p>%s · %s</p></footer>\n</body>\n</html>\n",
	    www_site_name(t->config),
	    T("a blocklist kept by people · times are UTC"));
	buf_free(&t->reply->body);
	t->reply->status = status;
	t->reply->type = WWW_HTML;
	t->reply->body = t->html.buf;
	t->html.buf = (struct buf){ 0 };
	t->html.in_tag = false;
}

int
www_page_say(struct www_turn *t, unsigned status, const char *title,
    const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_clear(&t->html.buf);
	t->html.in_tag = false;
	www_page_begin(t, title, WWW_NOWHERE);
	HTML(&t->html, "<div class=\"card say\"><p>%s</p>\n<p>", text);
	if (www_may(t, ZONE_VIEWER)) {
		HTML(&t->html, "<a href=\"/queue\">%s</a>",
		    T("To the queue"));
	} else if (t->who.known) {
		HTML(&t->html, "<a href=\"/account\">%s</a>",
		    T("To your account"));
	} else {
		HTML(&t->html, "<a href=\"/\">%s</a>",
		    T("To the first page"));
	}
	HTML(&t->html, "</p></div>\n");
	www_page_end(t, status);
	return 0;
}

void
www_page_failed(struct www_turn *t, int err)
{
	const char *done =
	    t->request->method == WWW_POST ? T(" Nothing was changed.") : "";

	if (err == ERR_FULL) {
		(void)www_page_say(t, 507, T("No room left"),
		    T("The store has no room left on its disk.%s The "
		      "administrator has to make room; nothing is lost, what "
		      "waits goes on waiting."),
		    done);
		return;
	}
	(void)www_page_say(t, 503, T("Not available now"),
	    T("The store cannot be read or written now: %s.%s Try again in a "
	      "moment; if it stays so, the program's log says more."),
	    www_words(t, err_str(err)), done);
	t->reply->retry_after = 5;
}

int
www_page_go(struct www_turn *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->reply->location, sizeof(t->reply->location), fmt, ap);
	va_end(ap);
	buf_clear(&t->reply->body);
	t->reply->status = 303;
	t->reply->type = WWW_TEXT;
	return 0;
}

void
www_form_begin(struct www_turn *t, const char *path, const char *class)
{
	char token[WWW_TOKEN];

	HTML(&t->html,
	    "<form method=\"post\" action=\"%s\" class=\"%s\">"
	    "<input type=\"hidden\" name=\"token\" value=\"%s\">",
	    path, class, www_form_token(token, t->who.session.secret, path));
}

/* "3 h ago", "in 3 h": the whole is one text, since words differ in order. */
static void
say_ago(struct www_turn *t, int64_t seconds, bool later)
{
	unsigned long s = (unsigned long)seconds, n;

	if (s >= 2 * 86400) {
		n = s / 86400;
		www_say(t,
		    later ? TN("in %lu d", "in %lu d", n)
			  : TN("%lu d ago", "%lu d ago", n),
		    n);
	} else if (s >= 3600) {
		n = s / 3600;
		www_say(t,
		    later ? TN("in %lu h", "in %lu h", n)
			  : TN("%lu h ago", "%lu h ago", n),
		    n);
	} else if (s >= 60) {
		n = s / 60;
		www_say(t,
		    later ? TN("in %lu min", "in %lu min", n)
			  : TN("%lu min ago", "%lu min ago", n),
		    n);
	} else {
		www_say(t,
		    later ? TN("in %lu s", "in %lu s", s)
			  : TN("%lu s ago", "%lu s ago", s),
		    s);
	}
}

/* "2026-11-21T09:30:00Z" as "2026-11-21 09:30". */
static const char *
plain_time(char out[WHEN_TEXT], int64_t t)
{
	char *sep;

	when_format(out, t);
	sep = strchr(out, 'T');
	if (sep != NULL && strlen(sep) >= 6) {
		*sep = ' ';
		sep[6] = '\0';
	}
	return out;
}

void
www_html_ago(struct www_turn *turn, int64_t t)
{
	char text[WHEN_TEXT], plain[WHEN_TEXT];

	if (t == 0) {
		HTML(&turn->html, "%s", www_tr(turn, N_("never")));
		return;
	}
	HTML(&turn->html, "<time datetime=\"%s\" title=\"%s UTC\">",
	    when_format(text, t), plain_time(plain, t));
	say_ago(turn, t > turn->now ? t - turn->now : turn->now - t,
	    t > turn->now + 1);
	HTML(&turn->html, "</time>");
}

void
www_html_time(struct www_turn *turn, int64_t t)
{
	char text[WHEN_TEXT], plain[WHEN_TEXT];

	HTML(&turn->html, "<time datetime=\"%s\">%s</time>",
	    when_format(text, t), plain_time(plain, t));
}

void
www_html_key(struct www_turn *t, const char *key)
{
	char *quoted = www_url_quote(&t->arena, key);

	if (quoted == NULL) {
		t->html.buf.bad = true;
		return;
	}
	HTML(&t->html, "<a class=\"key\" href=\"/%s?q=%s\">%s</a>",
	    www_may(t, ZONE_VIEWER) ? "entries" : "lookup", quoted, key);
}

void
www_html_pages(struct www_turn *t, const char *query, unsigned long page,
    uint64_t total, unsigned per_page)
{
	unsigned long pages =
	    (unsigned long)((total + per_page - 1) / per_page);

	if (pages <= 1 && page <= 1) {
		return;
	}
	HTML(&t->html, "<nav class=\"pages\" aria-label=\"%s\">", T("Pages"));
	if (page > 1) {
		HTML(&t->html, "<a rel=\"prev\" href=\"%s%lu\">← %s</a>",
		    query, page - 1, T("Back"));
	}
	HTML(&t->html, "<span>");
	SAY(t, "page %lu of %lu", page, pages > 0 ? pages : 1);
	HTML(&t->html, "</span>");
	if (page < pages) {
		HTML(&t->html, "<a rel=\"next\" href=\"%s%lu\">%s →</a>",
		    query, page + 1, T("More"));
	}
	HTML(&t->html, "</nav>\n");
}
