/* notes.c - what moderators wrote down about an item or a key. */
#include "www/notes.h"

#include "base/log.h"
#include "www/lang.h"

/* "ip 203.0.114.0/24": what a note is about, but for an item. */
static void
about_what(struct www_turn *t, const char *subject)
{
	const char *key = strchr(subject, ' ');

	if (key == NULL || span_starts(span_str(subject), "item ")) {
		return;
	}
	HTML(&t->html, " <span class=\"tag key\">%s</span>", key + 1);
}

void
www_notes_card(struct www_turn *t, const struct zone_note *notes, size_t n,
    const char *path, const struct www_note_about *about, unsigned n_about)
{
	HTML(&t->html,
	    "<section class=\"card\" id=\"notes\" aria-labelledby=\"h-notes\">"
	    "<h2 id=\"h-notes\">%s</h2>",
	    T("Notes"));
	if (n == 0) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("Nobody wrote anything down yet."));
	} else {
		HTML(&t->html, "<ul class=\"notes\">");
	}
	for (size_t i = 0; i < n; i++) {
		HTML(&t->html, "<li id=\"note-%lu\"><p>%s</p><p class=\"mut\">"
			       "<b>%s</b> ",
		    (unsigned long)notes[i].number, notes[i].text, notes[i].by);
		www_html_ago(t, notes[i].time);
		about_what(t, notes[i].subject);
		HTML(&t->html, "</p></li>");
	}
	if (n > 0) {
		HTML(&t->html, "</ul>");
	}
	if (path != NULL && www_may(t, ZONE_MODERATOR)) {
		www_form_begin(t, path, "note-form");
		HTML(&t->html,
		    "<label for=\"note\">%s <span class=\"mut\">%s</span>"
		    "</label><textarea id=\"note\" name=\"note\" rows=\"2\" "
		    "maxlength=\"1000\" required></textarea>"
		    "<div class=\"line\">",
		    T("Write a note"), T("(for all moderators; it stays)"));
		if (n_about > 1) {
			HTML(&t->html,
			    "<select name=\"about\" aria-label=\"%s\">",
			    T("What it is about"));
			for (unsigned i = 0; i < n_about; i++) {
				HTML(&t->html, "<option value=\"%s\">%s</option>",
				    about[i].value, about[i].words);
			}
			HTML(&t->html, "</select>");
		} else if (n_about == 1) {
			HTML(&t->html,
			    "<input type=\"hidden\" name=\"about\" "
			    "value=\"%s\">",
			    about[0].value);
		}
		HTML(&t->html, "<button>%s</button></div></form>",
		    T("Keep this note"));
	}
	HTML(&t->html, "</section>\n");
}

/* The form once more, with what was typed. */
static int
too_long(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *about = www_fields_get(f, "about");
	const char *text = www_fields_get(f, "note");

	www_page_begin(t, T("Too long"), WWW_NOWHERE);
	HTML(&t->html, "<div class=\"card say\"><p>%s</p>",
	    T("A note has at most 1,000 bytes: about 1,000 Latin letters or "
	      "500 Greek ones. Nothing was changed; your words are still "
	      "here."));
	www_form_begin(t, t->request->path, "note-form");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"about\" value=\"%s\">"
	    "<label for=\"note\">%s</label><textarea id=\"note\" "
	    "name=\"note\" rows=\"10\">",
	    about != NULL ? about : "", T("Write a note"));
	www_html_lines(&t->html, span_str(text != NULL ? text : ""));
	HTML(&t->html,
	    "</textarea><div class=\"line\"><button>%s</button></div></form>"
	    "</div>\n",
	    T("Keep this note"));
	www_page_end(t, 400);
	return 0;
}

int
www_note_write(struct www_turn *t, const char *subject, const char *back)
{
	const char *text = www_fields_get(&t->request->form, "note");
	const char *name = t->who.session.user.name;
	uint64_t number = 0;
	int r;

	text = www_text_tidy(
	    &t->arena, text != NULL ? text : "", ZONE_NOTE_TEXT);
	if (text == NULL) {
		return too_long(t);
	}
	if (text[0] == '\0') {
		return www_page_say(t, 400, T("Nothing was written"), "%s",
		    T("The note has no words. Nothing was changed."));
	}
	r = zone_note_add(www_site_queue(t->site), subject, name, text, &number);
	if (r == ERR_NONE) {
		return www_page_say(t, 404, T("No such item"), "%s",
		    T("What the note is about is not there. Nothing was "
		      "changed."));
	}
	if (r == ERR_RANGE) {
		return www_page_say(t, 422, T("Too many notes"), "%s",
		    T("There are 500 notes about this already. Nothing was "
		      "changed."));
	}
	if (r < 0) {
		return r;
	}
	log_event(LOG_TELL, "noted number=%lu by=%s", (unsigned long)number,
	    name);
	return www_page_go(t, "%s#note-%lu", back, (unsigned long)number);
}
