/* answers.c - ready answers to requests. */
#include "www/answers.h"

#include "www/lang.h"

static const struct {
	enum www_answer_for what;
	const char *text;
} ready[] = {
	{ WWW_ANSWER_GRANT,
	    N_("Thank you for taking care of it. It has been removed.") },
	{ WWW_ANSWER_GRANT,
	    N_("It should not have been listed. It has been removed; we are "
	       "sorry for the trouble.") },
	{ WWW_ANSWER_GRANT,
	    N_("It has been removed. If spam is seen from there again, it "
	       "will be listed again.") },
	{ WWW_ANSWER_DENY,
	    N_("Spam from there is still being reported, so it stays listed "
	       "for now. Please find the cause and ask again.") },
	{ WWW_ANSWER_DENY,
	    N_("This listing is about a whole network. Please let whoever "
	       "runs the network ask.") },
	{ WWW_ANSWER_DENY,
	    N_("Nothing says that the cause is gone, so it stays listed for "
	       "now. Please tell us what was changed when you ask again.") },
	{ WWW_ANSWER_ASK,
	    N_("What was the cause, and what was done about it?") },
	{ WWW_ANSWER_ASK,
	    N_("Do you run this server or network, or on whose behalf do you "
	       "ask?") },
};

#define N_READY (sizeof(ready) / sizeof(ready[0]))

const char *
www_answer_ready(unsigned n)
{
	return n >= 1 && n <= N_READY ? ready[n - 1].text : NULL;
}

enum www_answer_for
www_answer_for(unsigned n)
{
	return n >= 1 && n <= N_READY ? ready[n - 1].what : WWW_ANSWER_ASK;
}

static void
group(struct www_turn *t, enum www_answer_for what, const char *label)
{
	HTML(&t->html, "<optgroup label=\"%s\">", label);
	for (unsigned i = 0; i < N_READY; i++) {
		if (ready[i].what == what) {
			HTML(&t->html, "<option value=\"%u\">%s</option>",
			    i + 1, www_tr(t, ready[i].text));
		}
	}
	HTML(&t->html, "</optgroup>");
}

void
www_answer_select(struct www_turn *t, const char *id)
{
	HTML(&t->html,
	    "<select id=\"%s\" name=\"canned\"><option value=\"0\">%s"
	    "</option>",
	    id, T("none"));
	group(t, WWW_ANSWER_GRANT, T("when it is removed"));
	group(t, WWW_ANSWER_DENY, T("when it stays"));
	group(t, WWW_ANSWER_ASK, T("as a question"));
	HTML(&t->html, "</select>");
}
