/* pages_public.c - what programs fetch. */
#include "www/pages.h"
#include "www/style.h"

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
