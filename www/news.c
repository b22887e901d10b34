/* news.c - a folder of announcements. */
#include "www/news.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/prose.h"

#define NAME_MAX_OURS 80
#define FILE_LIMIT (64u << 10)
#define LOOKED_AT 10000 /* entries of the folder */
/* The newest by name: some may turn out to be none. */
#define CANDIDATES (2 * WWW_NEWS_MAX)

/* "2026-11-21-name.txt": the day; false: no such name. */
static bool
name_day(const char *name, int64_t *ret_day)
{
	size_t n = strlen(name);

	if (n < 14 || n > NAME_MAX_OURS || strcmp(name + n - 4, ".txt") != 0 ||
	    when_parse(span(name, 10), ret_day) < 0 ||
	    (n > 14 && name[10] != '-')) {
		return false;
	}
	return 10 +
	    strspn(name + 10, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	    n - 4;
}

/* The newest first; of one day by name, backwards. */
static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct www_news *)b)->name,
	    ((const struct www_news *)a)->name);
}

/* Put NEWS among the MAX newest. */
static void
keep(struct www_news *all, size_t *n, size_t max, const struct www_news *news)
{
	if (*n < max) {
		all[(*n)++] = *news;
	} else if (strcmp(all[max - 1].name, news->name) < 0) {
		all[max - 1] = *news;
	} else {
		return;
	}
	qsort(all, *n, sizeof(*all), by_name);
}

/* false: it is none. */
static bool
read_one(struct www_turn *t, struct www_news *news)
{
	char path[1200];
	struct buf b = { 0 };
	struct span text, title;
	const char *lf;
	bool fit;

	snprintf(path, sizeof(path), "%s/%s.txt",
	    t->config->www.site.announcements, news->name);
	fit = www_prose_read(path, FILE_LIMIT, &b) == 0;
	text = span_trim(span(b.data, fit ? b.len : 0));
	lf = text.len > 0 ? memchr(text.at, '\n', text.len) : NULL;
	title = span_trim(
	    span(text.at, lf != NULL ? (size_t)(lf - text.at) : text.len));
	while (title.len > 0 && (title.at[0] == '#' || title.at[0] == ' ')) {
		title = span(title.at + 1, title.len - 1);
	}
	if (title.len > 200 || title.len == 0) {
		fit = false;
	}
	if (fit) {
		struct span rest = lf != NULL
		    ? span_trim(span(lf, text.len - (size_t)(lf - text.at)))
		    : span("", 0);

		news->title = arena_copy(&t->arena, title.at, title.len);
		news->text = arena_copy(&t->arena, rest.at, rest.len);
		fit = news->title != NULL && news->text != NULL;
	}
	buf_free(&b);
	return fit;
}

int
www_news_read(
    struct www_turn *t, size_t max, struct www_news **ret, size_t *ret_n)
{
	const char *folder = t->config->www.site.announcements;
	struct www_news *all =
	    arena_alloc(&t->arena, CANDIDATES * sizeof(*all));
	DIR *dir = folder != NULL && all != NULL ? opendir(folder) : NULL;
	const struct dirent *e;
	unsigned looked = 0;
	size_t n = 0, kept = 0;

	*ret_n = 0;
	*ret = all;
	if (all == NULL) {
		return ERR_NOMEM;
	}
	while (
	    dir != NULL && looked++ < LOOKED_AT && (e = readdir(dir)) != NULL) {
		struct www_news news = { .name = e->d_name };

		if (!name_day(e->d_name, &news.day) || news.day > t->now) {
			continue;
		}
		news.name =
		    arena_copy(&t->arena, e->d_name, strlen(e->d_name) - 4);
		if (news.name == NULL) {
			closedir(dir);
			return ERR_NOMEM;
		}
		keep(all, &n, CANDIDATES, &news);
	}
	if (dir != NULL) {
		closedir(dir);
	}
	for (size_t i = 0; i < n && kept < max; i++) {
		if (read_one(t, &all[i])) {
			all[kept++] = all[i];
		}
	}
	*ret_n = kept;
	return 0;
}
