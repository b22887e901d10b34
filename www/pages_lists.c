/* pages_lists.c - what is published, for subscribers: files, what changed.
 *
 * A subscriber says who it is with each request: "Authorization: Basic" with
 * its name and token, or "Bearer" with the token. Tokens cannot be guessed, so
 * the right one is never slowed down; whoever keeps sending wrong ones waits,
 * since each costs a look at all subscribers. People who are logged in may
 * fetch everything.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/when.h"
#include "www/cover.h"
#include "www/fetch.h"
#include "www/lang.h"
#include "www/pages.h"
#include "zone/publish.h"
#include "zone/subscribers.h"

#define CHALLENGE "Basic realm=\"lists\", charset=\"UTF-8\""
#define MANIFEST_MAX (4u << 20)

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
say(struct www_turn *t, unsigned status, const char *text)
{
	t->reply->status = status;
	t->reply->type = WWW_TEXT;
	buf_fmt(&t->reply->body, "%u: %s\n", status, text);
	return 0;
}

/* Who fetches? 1, 0 it was answered, <0. */
static int
authorize(struct www_turn *t, struct zone_subscriber *ret)
{
	const char *value = t->request->authorization;
	struct span name = span("", 0), token = span("", 0);
	char text[200];
	unsigned wait;
	int r = 0;

	*ret = (struct zone_subscriber){ 0 };
	if (value == NULL && t->who.known) {
		return 1; /* every role may: all lists */
	}
	if (value != NULL &&
	    www_fetch_credentials(value, text, sizeof(text), &name, &token)) {
		r = zone_subscriber_check(www_site_accounts(t->site), name,
		    token, t->now, ret);
		secret_wipe(text, sizeof(text));
		if (r != 0) {
			return r;
		}
	}
	wait = value == NULL
	    ? 0
	    : www_throttle_try(www_site_throttle(t->site), "lists",
		  &t->request->client, milliseconds());
	if (wait > 0) {
		t->reply->retry_after = wait;
		(void)say(t, 429, "too many wrong tokens; try again later");
		return 0;
	}
	t->reply->file.challenge = CHALLENGE;
	(void)say(t, 401,
	    value == NULL ? "lists are for subscribers"
			  : "no subscriber has this token, or its time is "
			    "over");
	return 0;
}

/* The folder that is published now, or -1 after an answer. */
static int
open_current(struct www_turn *t)
{
	char path[1200];
	int fd;

	snprintf(path, sizeof(path), "%s/current", t->config->publish.dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		(void)say(t, 503, "nothing is published yet");
		t->reply->retry_after = 60;
	}
	return fd;
}

/* ---- one file ------------------------------------------------------------ */

/* From its .sha256 file, else from size and time. */
static void
etag_of(int dir, const char *name, const struct stat *st, char out[80])
{
	char sum_name[300];
	struct buf b = { 0 };
	int fd;

	snprintf(out, 80, "\"%llx-%llx-%llx\"", (unsigned long long)st->st_size,
	    (unsigned long long)st->st_mtim.tv_sec,
	    (unsigned long long)st->st_mtim.tv_nsec);
	snprintf(sum_name, sizeof(sum_name), "%s.sha256", name);
	fd = openat(dir, sum_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && file_read_fd(fd, 4096, &b) == 0 && b.len > 64 &&
	    strspn(b.data, "0123456789abcdef") == 64) {
		snprintf(out, 80, "\"%.32s\"", b.data);
	}
	if (fd >= 0) {
		close(fd);
	}
	buf_free(&b);
}

static int
send_file(struct www_turn *t, int dir, const char *name, bool packed,
    const struct zone_subscriber *who)
{
	struct www_reply *reply = t->reply;
	struct www_sent_file *f = &reply->file;
	char full[200];
	struct stat st;
	uint64_t size;
	int fd;

	snprintf(full, sizeof(full), "%s%s", name, packed ? ".gz" : "");
	fd = openat(dir, full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0) {
			close(fd);
		}
		return packed ? send_file(t, dir, name, false, who)
			      : say(t, 404, "there is no such file");
	}
	size = (uint64_t)st.st_size;
	etag_of(dir, full, &st, f->etag);
	www_fetch_date(f->modified, st.st_mtim.tv_sec);
	f->encoding = packed ? "gzip" : NULL;
	reply->status = www_fetch_decide(&t->request->fetch, f->etag,
	    st.st_mtim.tv_sec, size, &f->from, &f->len);
	reply->type = WWW_BYTES;
	if (reply->status == 416) {
		snprintf(f->range, sizeof(f->range), "bytes */%llu",
		    (unsigned long long)size);
		f->encoding = NULL;
	} else if (reply->status == 206) {
		snprintf(f->range, sizeof(f->range), "bytes %llu-%llu/%llu",
		    (unsigned long long)f->from,
		    (unsigned long long)(f->from + f->len - 1),
		    (unsigned long long)size);
	}
	f->open = reply->status == 200 || reply->status == 206;
	f->fd = fd;
	if (!f->open) {
		close(fd);
	}
	if (who->name[0] != '\0' && reply->status != 416) {
		www_fetches_note(who->name, t->now,
		    t->request->method == WWW_HEAD ? 0 : f->len);
	}
	return 0;
}

/* Whose file NAME is. A zone has several lists: its file is for those who may
 * have all, and "*" is the name of none. */
static struct span
list_of(const char *name)
{
	return strstr(name, ".zonefile") != NULL
	    ? span_str("*")
	    : span(name, strcspn(name, "."));
}

static bool
ends_in(const char *name, const char *end)
{
	return span_ends(span_str(name), end);
}

int
www_list_file(struct www_turn *t)
{
	const char *name = t->request->path + sizeof("/lists/") - 1;
	struct zone_subscriber who;
	int dir, r = authorize(t, &who);

	if (r <= 0) {
		return r;
	}
	if (strcmp(name, "manifest.json") == 0) {
		return www_lists(t);
	}
	if (!zone_subscriber_may(&who, list_of(name))) {
		return say(t, 403, "this list is not for this subscriber");
	}
	dir = open_current(t);
	if (dir < 0) {
		return 0;
	}
	r = send_file(t, dir, name,
	    www_fetch_packed(&t->request->fetch) && !ends_in(name, ".gz") &&
		!ends_in(name, ".sha256"),
	    &who);
	close(dir);
	return r;
}

/* ---- what there is ------------------------------------------------------- */

int
www_lists(struct www_turn *t)
{
	struct zone_subscriber who;
	struct buf b = { 0 };
	json_t *m = NULL, *f;
	char *text;
	size_t i;
	int dir, fd, r = authorize(t, &who);

	if (r <= 0) {
		return r;
	}
	if ((dir = open_current(t)) < 0) {
		return 0;
	}
	fd = openat(dir, "manifest.json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	close(dir);
	if (fd >= 0) {
		if (file_read_fd(fd, MANIFEST_MAX, &b) == 0) {
			m = json_loadb(b.data, b.len, 0, NULL);
		}
		close(fd);
	}
	buf_free(&b);
	if (m == NULL) {
		return say(t, 503, "the manifest cannot be read");
	}
	for (i = json_array_size(json_object_get(m, "files")); i-- > 0;) {
		const char *list;

		f = json_array_get(json_object_get(m, "files"), i);
		list = json_string_value(json_object_get(f, "list"));
		if (list == NULL || !zone_subscriber_may(&who, span_str(list))) {
			json_array_remove(json_object_get(m, "files"), i);
		}
	}
	text = json_dumps(m, JSON_INDENT(1));
	json_decref(m);
	if (text == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = 200;
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, text);
	free(text);
	if (who.name[0] != '\0') {
		www_fetches_note(who.name, t->now, t->reply->body.len);
	}
	return 0;
}

/* ---- what changed -------------------------------------------------------- */

int
www_list_changes(struct www_turn *t)
{
	const char *since_text = www_fields_get(&t->request->query, "since");
	const char *only = www_fields_get(&t->request->query, "list");
	struct zone_subscriber who;
	struct zone_view *view = NULL;
	struct buf lines = { 0 };
	unsigned long since = 0;
	uint64_t from = 0;
	int r = authorize(t, &who);

	if (r <= 0) {
		return r;
	}
	if (since_text == NULL ||
	    !text_number(span_str(since_text), INT64_MAX, &since)) {
		return say(t, 400, "expected ?since=SERIAL");
	}
	r = www_view_open(t, &view);
	if (r < 0) {
		return r;
	}
	if (since > zone_view_serial(view)) {
		zone_view_close(&view);
		return say(t, 410, "this serial is to come; fetch the lists");
	}
	buf_fmt(&t->reply->body, "{\"since\":%lu,\"serial\":%llu}\n", since,
	    (unsigned long long)zone_view_serial(view));
	for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];

		if ((only != NULL && !span_is(span_str(only), list->name)) ||
		    !zone_subscriber_may(&who, span_str(list->name))) {
			continue;
		}
		r = zone_changes_write(view, list, since, ZONE_CHANGES_MAX,
		    ZONE_CHANGES_AGE, &lines, &from);
		if (r == 0 && from > since) {
			zone_view_close(&view);
			buf_free(&lines);
			buf_clear(&t->reply->body);
			return say(t, 410,
			    "too long ago, or too much since; fetch the "
			    "lists");
		}
	}
	zone_view_close(&view);
	if (r == 0 && lines.len > 0) {
		buf_add(&t->reply->body, lines.data, lines.len);
	}
	buf_free(&lines);
	t->reply->status = 200;
	t->reply->type = WWW_JSONL;
	if (r == 0 && who.name[0] != '\0') {
		www_fetches_note(who.name, t->now, t->reply->body.len);
	}
	return r;
}

/* ---- who fetches --------------------------------------------------------- */

static int
row(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	struct www_turn *t = ctx;

	(void)secret;
	HTML(&t->html,
	    "<li class=\"card person\"><div class=\"head\"><h2>%s</h2>",
	    s->name);
	if (zone_subscriber_over(s, t->now)) {
		HTML(&t->html, "<span class=\"tag off\">%s</span>",
		    T("expired"));
	}
	HTML(&t->html, "</div><p class=\"meta\">");
	if (s->n_lists == 0) {
		HTML(&t->html, "%s", T("all lists"));
	}
	for (unsigned i = 0; i < s->n_lists; i++) {
		HTML(&t->html, "%s<b>%s</b>", i > 0 ? ", " : "", s->lists[i]);
	}
	HTML(&t->html, " · %s ", T("added"));
	www_html_ago(t, s->created);
	if (s->until != 0) {
		HTML(&t->html, " · %s ", T("ends"));
		www_html_ago(t, s->until);
	}
	HTML(&t->html, " · %s ", T("last fetch"));
	www_html_ago(t, s->fetched);
	HTML(&t->html, " · %lu %s", (unsigned long)s->fetches,
	    TN("fetch", "fetches", s->fetches));
	HTML(&t->html, " · %lu KiB</p></li>", (unsigned long)(s->bytes / 1024));
	return t->html.buf.bad ? ERR_NOMEM : 0;
}

int
www_subscribers(struct www_turn *t)
{
	int r;

	www_page_begin(t, T("Subscribers"), WWW_USERS);
	HTML(&t->html, "<p class=\"mut\">%s</p><ul class=\"plain\">",
	    T("Programs that fetch what is published. They are made and "
	      "removed with \"rblctl subscriber\"; what is fetched is counted "
	      "once a minute."));
	r = zone_subscriber_each(www_site_accounts(t->site), row, t);
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "</ul>");
	www_page_end(t, 200);
	return 0;
}
