/* pages_change.c - one change of the store, with every key before and after.
 */
#include "www/pages.h"

#include <stdio.h>

#include "www/cover.h"
#include "www/lang.h"
#include "www/log.h"
#include "www/show.h"

#define KEYS 100   /* on a page */
#define LATER 5000 /* changes that are looked at for the one that undid it */

struct showing {
	struct www_turn *t;
	struct zone_view *view;
	struct www_log_lists lists;
	uint64_t skip, seen;
	unsigned shown;
};

/* An entry as it was in words; DETAIL 0: none. */
static int
entry_words(struct showing *s, uint32_t detail, const char *key)
{
	struct www_turn *t = s->t;
	struct zone_detail d;
	char code[16];
	int r;

	if (detail == 0) {
		HTML(&t->html, "<span class=\"mut\">%s</span>", T("no entry"));
		return 0;
	}
	r = zone_view_detail(s->view, detail, &d);
	if (r == ERR_CORRUPT || r == 0) {
		HTML(&t->html, "<span class=\"mut\">%s</span>",
		    T("This record is damaged and cannot be shown."));
		return 0;
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<b>%s</b> <span class=\"mut\">",
	    zone_detail_exempt(&d) ? T("exempted")
				   : zone_code_format(code, d.code));
	www_show_terms(t, &d, key);
	if (d.criterion.len > 0) {
		HTML(&t->html, " · %.*s", (int)d.criterion.len, d.criterion.at);
	}
	if (d.evidence.len > 0) {
		HTML(&t->html, " · %.*s", (int)d.evidence.len, d.evidence.at);
	}
	HTML(&t->html, "</span>");
	return 0;
}

static int
show_key(const struct zone_history_key *key, void *ctx)
{
	struct showing *s = ctx;
	struct www_turn *t = s->t;
	struct zone_entry now = { .detail = 0 };
	char text[ZONE_KEY_TEXT];
	int r;

	if (s->seen++ < s->skip) {
		return 0;
	}
	if (s->shown == KEYS) {
		return 1;
	}
	s->shown++;
	zone_key_format(text, &key->key);
	HTML(&t->html, "<tr><th scope=\"row\">");
	www_html_key(t, text);
	HTML(&t->html,
	    " <span class=\"mut\">%s</span></th><td data-label=\"%s\">",
	    www_log_list_name(&s->lists, key->list), T("Before"));
	r = entry_words(s, key->before, text);
	HTML(&t->html, "</td><td data-label=\"%s\">", T("After"));
	r = r < 0 ? r : entry_words(s, key->after, text);
	HTML(&t->html, "</td><td data-label=\"%s\">", T("Now"));
	r = r < 0 ? r : zone_find_exact(s->view, key->list, &key->key, &now);
	if (r < 0 && r != ERR_CORRUPT) {
		return r;
	}
	HTML(&t->html, "%s</td></tr>\n",
	    r < 0                                         ? T("not known")
		: (r == 1 ? now.detail : 0) == key->after ? T("the same")
							  : T("changed since"));
	return 0;
}

/* The change that took SERIAL back, within those that are looked at: its
 * number, 0: none. */
static int
undone_by(struct zone_view *view, uint64_t serial, uint64_t *ret)
{
	struct zone_history_row row;
	uint64_t at = serial;
	int r = 1;

	*ret = 0;
	for (unsigned n = 0; n < LATER && *ret == 0; n++) {
		r = zone_history_after(view, at + 1, &row);
		if (r != 1) {
			break;
		}
		at = row.serial;
		*ret = row.undoes == serial ? at : 0;
	}
	return r < 0 && r != ERR_CORRUPT ? r : 0;
}

static void
pair(struct www_turn *t, const char *name, struct span value)
{
	if (value.len > 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%.*s</dd></div>", name,
		    (int)value.len, value.at);
	}
}

static void
about(struct www_turn *t, const struct zone_history_row *row, uint64_t by)
{
	char hash[65];

	digest_hex(row->hash, 32, hash);
	HTML(&t->html, "<section class=\"card\"><dl class=\"pairs\">");
	pair(t, T("Who"), row->by);
	HTML(&t->html, "<div><dt>%s</dt><dd>", T("When"));
	www_html_time(t, row->time);
	HTML(&t->html, "</dd></div>");
	pair(t, T("Action"), span_str(www_words(t, zone_action_name(row->action))));
	pair(t, T("Source"), row->source);
	pair(t, T("Reason"), row->reason);
	if (row->undoes != 0) {
		HTML(&t->html,
		    "<div><dt>%s</dt><dd><a href=\"/log/%lu\">#%lu</a></dd>"
		    "</div>",
		    T("Takes back"), (unsigned long)row->undoes,
		    (unsigned long)row->undoes);
	}
	if (by != 0) {
		HTML(&t->html,
		    "<div><dt>%s</dt><dd><a href=\"/log/%lu\">#%lu</a></dd>"
		    "</div>",
		    T("Taken back by"), (unsigned long)by, (unsigned long)by);
	}
	HTML(&t->html,
	    "<div><dt>%s</dt><dd>%lu</dd></div><div><dt>%s</dt><dd><code>%s"
	    "</code></dd></div></dl></section>\n",
	    T("Entries changed"), (unsigned long)row->keys, T("Hash"), hash);
}

static void
undo_form(struct www_turn *t, const struct zone_history_row *row)
{
	char path[64];

	if (!www_may(t, ZONE_MODERATOR) || row->keys == 0 ||
	    row->action == ZONE_ACTION_SWEEP ||
	    row->action == ZONE_ACTION_CONFIG ||
	    row->action == ZONE_ACTION_RESTORE ||
	    row->action == ZONE_ACTION_ACCESS) {
		return;
	}
	snprintf(
	    path, sizeof(path), "/log/%lu/undo", (unsigned long)row->serial);
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><p class=\"mut\">%s"
	    "</p>",
	    T("Take it back"),
	    T("Entries that were changed since stay as they are."));
	www_form_begin(t, path, "formrow");
	HTML(&t->html,
	    "<label for=\"reason\" class=\"unseen\">%s</label><input "
	    "id=\"reason\" name=\"reason\" maxlength=\"1000\" "
	    "placeholder=\"%s\"><button class=\"undo\">%s</button></form>"
	    "</section>\n",
	    T("Reason"), T("Reason"), T("Undo"));
}

static int
show(struct www_turn *t, struct showing *s, const struct zone_history_row *row)
{
	char title[64];
	uint64_t by = 0;
	int r = undone_by(s->view, row->serial, &by);

	if (r < 0) {
		return r;
	}
	snprintf(
	    title, sizeof(title), T("Change #%lu"), (unsigned long)row->serial);
	www_page_begin_bare(t, title, WWW_LOG);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/log\">%s</a></p><h1>%s</h1>\n",
	    T("Log"), title);
	about(t, row, by);
	if (by == 0) {
		undo_form(t, row);
	}
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><table class=\"before-after\">"
	    "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th "
	    "scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>"
	    "\n",
	    T("What it changed"), T("Entry"), T("Before"), T("After"),
	    T("Now"));
	r = zone_history_keys(s->view, row->serial, show_key, s);
	if (r == ERR_CORRUPT) {
		HTML(&t->html, "<tr><td colspan=\"4\">%s</td></tr>",
		    T("This record is damaged and cannot be shown."));
		r = 0;
	}
	HTML(&t->html, "</tbody></table></section>\n");
	if (r >= 0 && row->keys > KEYS) {
		char query[64];

		snprintf(query, sizeof(query),
		    "/log/%lu?page=", (unsigned long)row->serial);
		www_html_pages(t, query, (unsigned long)(s->skip / KEYS) + 1,
		    row->keys, KEYS);
	}
	return r < 0 ? r : 0;
}

int
www_change(struct www_turn *t)
{
	struct showing *s = arena_alloc(&t->arena, sizeof(*s));
	struct zone_history_row row;
	unsigned long page = 1;
	int r = s != NULL ? 0 : ERR_NOMEM;

	if (r == 0 &&
	    (!www_fields_number(&t->request->query, "page", INT32_MAX, &page) ||
		page == 0)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("A page is given by its number, from 1."));
	}
	if (r == 0) {
		r = www_view_open(t, &s->view);
	}
	if (r < 0) {
		return r;
	}
	s->t = t;
	s->skip = (uint64_t)(page - 1) * KEYS;
	r = www_log_lists(s->view, &s->lists);
	if (r == 0) {
		r = zone_history_get(s->view, t->id, &row);
	}
	if (r == 1) {
		r = show(t, s, &row);
		r = r < 0 ? r : 1;
	}
	zone_view_close(&s->view);
	if (r == 0) {
		return www_page_say(t, 404, T("No such change"), "%s",
		    T("There is no change of this number in the log."));
	}
	if (r == ERR_CORRUPT) {
		return www_page_say(t, 503, T("Damaged"), "%s",
		    T("This record is damaged and cannot be shown."));
	}
	if (r < 0) {
		return r;
	}
	www_page_end(t, 200);
	return 0;
}
