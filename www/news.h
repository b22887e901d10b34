/* news.h - announcements: files of a folder, one each, by day.
 *
 * YYYY-MM-DD.txt or YYYY-MM-DD-NAME.txt (a-z, 0-9 and hyphens); the first line
 * is the title. Files with another name, of a day to come, or without a title
 * are none.
 */
#pragma once

#include "www/page.h"

#define WWW_NEWS_MAX 30 /* the newest */

struct www_news {
	const char *name; /* without ".txt" */
	int64_t day;      /* its first second */
	const char *title, *text;
};

/* Of the folder that is configured, newest first, in the turn's arena; none
 * when there is no folder. Unreadable ones are left out. ERR_NOMEM. */
MUST_CHECK int www_news_read(
    struct www_turn *turn, size_t max, struct www_news **ret, size_t *ret_n);
