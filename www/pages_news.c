/* pages_news.c - announcements, as a page and as an Atom feed (RFC 4287). */
#include "www/lang.h"
#include "www/news.h"
#include "www/pages.h"
#include "www/prose.h"

#include "base/when.h"

#define DATE 10 /* "2026-11-21", of a name */

int
www_announcements(struct www_turn *t)
{
	struct www_news *news;
	size_t n;
	int r = www_news_read(t, WWW_NEWS_MAX, &news, &n);

	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("Announcements"), WWW_NOWHERE);
	HTML(&t->html, "<p class=\"lead\">%s <a href=\"%s\">%s</a></p>\n",
	    T("What changes for those who use the list, before it changes."),
	    "/announcements.atom", T("Follow as a feed (Atom)"));
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("Nothing was announced yet"),
		    T("Changes of zones, codes and policy will stand here, and "
		      "in the feed."));
	}
	for (size_t i = 0; i < n; i++) {
		HTML(&t->html,
		    "<article class=\"card prose news\" id=\"%s\"><h2>%s</h2>"
		    "<p class=\"mut\"><time datetime=\"%.*s\">%.*s</time>"
		    "</p>\n",
		    news[i].name, news[i].title, DATE, news[i].name, DATE,
		    news[i].name);
		www_prose_put(t, span_str(news[i].text), true);
		HTML(&t->html, "</article>\n");
	}
	www_page_end(t, 200);
	return 0;
}

/* What an id is made of stays the same when the scheme of the address
 * changes: a tag of the host and the day (RFC 4151). */
static void
entry(struct www_turn *t, const struct www_news *news)
{
	const char *host = www_site_name(t->config);
	char when[WHEN_TEXT];

	HTML(&t->html,
	    "<entry>\n<title>%s</title>\n<id>tag:%.*s,%.*s:%s</id>\n"
	    "<updated>%s</updated>\n"
	    "<link href=\"%s/announcements#%s\"/>\n"
	    "<content type=\"text\">",
	    news->title, (int)strcspn(host, "/:"), host, DATE, news->name,
	    news->name, when_format(when, news->day), t->config->www.url,
	    news->name);
	www_html_lines(&t->html, span_str(news->text));
	HTML(&t->html, "</content>\n</entry>\n");
}

int
www_announcements_feed(struct www_turn *t)
{
	const char *by = t->config->www.site.operator;
	struct www_news *news;
	char when[WHEN_TEXT];
	size_t n;
	int r = www_news_read(t, WWW_NEWS_MAX, &news, &n);

	if (r < 0) {
		return r;
	}
	HTML(&t->html,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
	    "<title>%s</title>\n<id>%s/announcements</id>\n"
	    "<link rel=\"self\" href=\"%s/announcements.atom\"/>\n"
	    "<link href=\"%s/announcements\"/>\n"
	    "<updated>%s</updated>\n<author><name>%s</name></author>\n",
	    www_site_name(t->config), t->config->www.url, t->config->www.url,
	    t->config->www.url, when_format(when, n > 0 ? news[0].day : 0),
	    by != NULL ? by : www_site_name(t->config));
	for (size_t i = 0; i < n; i++) {
		entry(t, &news[i]);
	}
	HTML(&t->html, "</feed>\n");
	t->reply->status = 200;
	t->reply->type = WWW_ATOM;
	t->reply->body = t->html.buf;
	t->html.buf = (struct buf){ 0 };
	return 0;
}
