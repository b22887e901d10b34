/* pages_submit.c - how to report spam, and a mail handed in over HTTP.
 *
 * Only registered submitters may hand in here: what comes by mail passes a
 * mail server with limits of its own, this road has none before it. The token
 * is in the form or in "Authorization: Bearer"; it is shown to nobody and
 * stands in no log. No session is involved, so another site's form could send
 * nothing that its author could not send himself.
 */
#include "www/pages.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/when.h"
#include "www/hops.h"
#include "www/lang.h"
#include "www/multipart.h"
#include "www/submitter.h"
#include "zone/handin.h"

#define CLIENT_HOUR 60     /* mails of one client */
#define SUBMITTER_HOUR 300 /* of one submitter */
#define MESSAGES_SHOWN 5

uint64_t
www_submit_limit(const char *path, void *ctx)
{
	const struct zone_config *config;
	uint64_t max;

	if (strcmp(path, "/submit") != 0) {
		return 0;
	}
	config = www_site_config(ctx);
	max = config->ingest.max_message;
	www_site_release(ctx, config);
	return max;
}

/* ---- how to ------------------------------------------------------------ */

static void
programs(struct www_turn *t)
{
	static const struct {
		const char *name, *how;
	} all[] = {
		{ "Thunderbird",
		    N_("Choose the mail, then Message, Forward As, "
		       "Attachment.") },
		{ "Outlook",
		    N_("Choose the mail, then Home, More, Forward as "
		       "Attachment (Ctrl+Alt+F). In the new Outlook drag the "
		       "mail into an empty one.") },
		{ "Apple Mail",
		    N_("Choose the mail, then Message, Forward as "
		       "Attachment.") },
		{ "Gmail",
		    N_("In the list, tick the mail, then the three dots, "
		       "Forward as attachment.") },
		{ "Roundcube",
		    N_("Choose the mail, then the arrow beside Forward, "
		       "Forward as attachment.") },
		{ "Evolution",
		    N_("Choose the mail, then Message, Forward As, "
		       "Attached.") },
		{ "mutt",
		    N_("Set mime_forward=yes, then forward with f. Do not "
		       "bounce: that hides who sent it.") },
	};

	HTML(&t->html, "<dl class=\"pairs wide\">\n");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%s</dd></div>\n",
		    all[i].name, www_tr(t, all[i].how));
	}
	HTML(&t->html, "</dl>\n");
}

static void
upload_form(struct www_turn *t)
{
	char most[32];

	if (t->config->ingest.listen.len == 0) {
		HTML(&t->html, "<p class=\"note\">%s</p>\n",
		    T("No file can be handed in here: the operator takes "
		      "reports by mail alone."));
		return;
	}
	snprintf(most, sizeof(most), "%lu MiB",
	    (unsigned long)(t->config->ingest.max_message >> 20));
	HTML(&t->html,
	    "<form method=\"post\" action=\"/submit\" "
	    "enctype=\"multipart/form-data\">"
	    "<label for=\"secret\">%s</label>"
	    "<input type=\"password\" id=\"secret\" name=\"secret\" required "
	    "maxlength=\"64\" autocomplete=\"off\" autocapitalize=\"none\" "
	    "spellcheck=\"false\">"
	    "<label for=\"mail\">%s <span class=\"mut\">",
	    T("Your token"), T("The mail as a file (.eml)"));
	SAY(t, "%s at most", most);
	HTML(&t->html,
	    "</span></label><input type=\"file\" id=\"mail\" name=\"mail\" "
	    "required accept=\".eml,message/rfc822,text/plain\">"
	    "<div class=\"buttons\"><button class=\"main\">%s</button></div>"
	    "</form>\n",
	    T("Hand it in"));
}

static void
mine_form(struct www_turn *t)
{
	HTML(&t->html,
	    "<form method=\"post\" action=\"/submit/mine\">"
	    "<label for=\"mine\">%s</label>"
	    "<input type=\"password\" id=\"mine\" name=\"secret\" required "
	    "maxlength=\"64\" autocomplete=\"off\" autocapitalize=\"none\" "
	    "spellcheck=\"false\"><div class=\"buttons\"><button>%s</button>"
	    "</div></form>\n",
	    T("Your token"), T("Show my reports"));
}

int
www_submit(struct www_turn *t)
{
	const char *to = t->config->ingest.receipt_from;

	www_page_begin(t, T("Report spam"), WWW_SUBMIT);
	HTML(&t->html, "<p class=\"lead\">%s</p>\n",
	    T("Send us the spam as you got it, with all its headers: who "
	      "handed it over stands there and nowhere else. A person looks "
	      "at it before anything is listed."));
	HTML(&t->html,
	    "<div class=\"two\"><div class=\"body\">\n"
	    "<section class=\"card\"><h2>%s</h2>\n<p>",
	    T("Forward it as an attachment"));
	if (to != NULL) {
		SAY(t, "To %s, or to the secret address that you got.", to);
	} else {
		HTML(&t->html, "%s",
		    T("To the address that the operator gave you."));
	}
	HTML(&t->html, " %s</p>\n",
	    T("An ordinary forward does not help: it loses the headers."));
	programs(t);
	HTML(&t->html,
	    "</section>\n<section class=\"card\"><h2>%s</h2>\n"
	    "<p>%s</p>\n<p>%s</p>\n<p>%s <a href=\"/contact\">%s</a></p>"
	    "</section>\n",
	    T("Be known as a submitter"),
	    T("Anybody may report. Who is known gets a token and a secret "
	      "address, so that his reports count as his own, and tells us "
	      "which servers take his mail in: they are stepped over when "
	      "we look for the one that handed over the spam, and are never "
	      "proposed for the list."),
	    T("Tell us the addresses that you report from, and the networks "
	      "of the servers that your mail passes: your provider's MX, a "
	      "forwarder, your own relay."),
	    T("The operator registers you:"), T("Contact and privacy"));
	HTML(&t->html,
	    "</div>\n<div class=\"side\">"
	    "<section class=\"card decide\"><h2>%s</h2>\n",
	    T("Hand in a file"));
	upload_form(t);
	HTML(&t->html,
	    "<p class=\"hint\">%s <a href=\"/api\">%s</a></p>"
	    "</section>\n<section class=\"card decide side-more\"><h2>%s</h2>"
	    "\n",
	    T("By a program:"), T("For programs"), T("My reports"));
	mine_form(t);
	HTML(&t->html, "</section></div></div>\n");
	www_page_end(t, 200);
	return 0;
}

/* ---- a mail ------------------------------------------------------------ */

/* What was sent: borrowed from MAP. */
struct sent {
	void *map;
	size_t len;
	struct span token, mail;
	bool program; /* Bearer: answers are JSON */
};

/* An answer that is no success: a page or an object. Returns 0. */
static int
say_no(struct www_turn *t, const struct sent *s, unsigned status,
    const char *title, const char *text)
{
	json_t *j;
	char *out;

	if (!s->program) {
		return www_page_say(t, status, title, "%s", text);
	}
	j = json_pack("{ss}", "error", text);
	out = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (out == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = status;
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, out);
	buf_str(&t->reply->body, "\n");
	free(out);
	return 0;
}

static int
too_often(struct www_turn *t, const struct sent *s, unsigned wait)
{
	int r = say_no(t, s, 429, T("Too often"),
	    T("That was too often in this hour. Nothing was taken; please "
	      "try again later, or forward the mail instead."));

	t->reply->retry_after = wait;
	return r;
}

/* The two parts of a form. 0, or 1: it was answered. */
static int
read_parts(struct www_turn *t, struct sent *s)
{
	const struct www_part *secret, *mail;
	struct www_parts parts;
	struct span boundary;

	if (!www_multipart_boundary(t->request->upload.type, &boundary) ||
	    www_multipart_parse(span(s->map, s->len), boundary, &parts) < 0) {
		(void)say_no(t, s, 400, T("Not a form of ours"),
		    T("What arrived is cut off, or is no form of this page. "
		      "Nothing was taken; please try again."));
		return 1;
	}
	secret = www_multipart_get(&parts, "secret");
	mail = www_multipart_get(&parts, "mail");
	if (parts.n != (secret != NULL) + (mail != NULL) + 0u || mail == NULL ||
	    !mail->is_file || (secret != NULL && secret->is_file)) {
		(void)say_no(t, s, 400, T("Not a form of ours"),
		    T("The form must hold one file and the token, nothing "
		      "else. Nothing was taken."));
		return 1;
	}
	if (secret != NULL && !s->program) {
		s->token = span_trim(secret->body);
	}
	s->mail = mail->body;
	return 0;
}

/* "Bearer TOKEN" */
static void
read_bearer(const struct www_turn *t, struct sent *s)
{
	static const char want[] = "Bearer ";
	struct span value;

	if (t->request->authorization == NULL) {
		return;
	}
	s->program = true;
	value = span_str(t->request->authorization);
	if (span_starts(value, want)) {
		s->token = span_trim(span(value.at + sizeof(want) - 1,
		    value.len - (sizeof(want) - 1)));
	}
}

/* What was sent, as far as it can be read. 0, 1: answered, <0. */
static int
read_sent(struct www_turn *t, struct sent *s)
{
	const struct www_upload *up = &t->request->upload;

	read_bearer(t, s);
	if (up->type == NULL || up->fd < 0 || up->size == 0) {
		/* no file: who has no token hears that first */
		return 0;
	}
	if (up->size > SIZE_MAX / 2) {
		return ERR_RANGE;
	}
	s->len = (size_t)up->size;
	s->map = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, up->fd, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return ERR_NOMEM;
	}
	if (span_starts(span_str(up->type), "message/rfc822")) {
		s->mail = span(s->map, s->len);
		return 0;
	}
	return read_parts(t, s);
}

/* ---- the answer -------------------------------------------------------- */

static int
say_program(struct www_turn *t, const struct zone_handed *handed, bool dry)
{
	json_t *j = dry
	    ? json_pack("{sb}", "ok", 1)
	    : json_pack("{sI sb}", "submission", (json_int_t)handed->submission,
		  "known", (int)handed->known);
	char *out = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	if (out == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = dry ? 200 : handed->known ? 208 : 201;
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, out);
	buf_str(&t->reply->body, "\n");
	free(out);
	return 0;
}

/* What was read in it, hop by hop. */
static int
parsed(struct www_turn *t, uint64_t id)
{
	struct zone_submission s;
	/* nobody decides here: no relay can be chosen */
	struct www_story story = { .item.state = ZONE_DISMISSED };
	struct www_analysis *a = &story.analysis;
	unsigned n = 1;
	int r =
	    zone_queue_submission(www_site_queue(t->site), id, &t->arena, &s);

	if (r <= 0) {
		return r;
	}
	for (unsigned i = 0; i < n && i < MESSAGES_SHOWN; i++) {
		r = www_analysis_read(s.analysis, i, &t->arena, a);
		if (r == ERR_FORMAT) {
			return 0;
		} else if (r < 0) {
			return r;
		}
		n = a->n_messages;
		if (n == 0) {
			HTML(&t->html, "<p class=\"note warn\">%s</p>\n",
			    T("No reported message was found in it. A person "
			      "looks at it all the same; was it the whole mail "
			      "with its headers?"));
			break;
		}
		HTML(&t->html, "<h2>%s</h2>\n",
		    a->subject[0] != '\0' ? a->subject : T("(no subject)"));
		www_hops_card(t, &story);
	}
	return 0;
}

static int
say_person(struct www_turn *t, const struct zone_handed *handed)
{
	int r;

	www_page_begin(t,
	    handed->known ? T("Reported already") : T("Thank you"), WWW_SUBMIT);
	HTML(&t->html, "<div class=\"note good\" role=\"status\"><p>");
	if (handed->known) {
		SAY(t,
		    "The very same mail was here already, as number %lu. "
		    "Nothing was added.",
		    (unsigned long)handed->submission);
	} else {
		SAY(t,
		    "It is in the queue as number %lu. A moderator looks at "
		    "it; what comes of it stands among your reports.",
		    (unsigned long)handed->submission);
	}
	HTML(&t->html, "</p></div>\n");
	r = parsed(t, handed->submission);
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<p><a href=\"/submit\">%s</a></p>\n",
	    T("Report another one"));
	www_page_end(t, handed->known ? 208 : 201);
	return 0;
}

static int
hand_in(struct www_turn *t, const struct sent *s)
{
	struct err_text why = { "" };
	struct zone_handed handed = { 0 };
	int r;

	if (t->config->ingest.listen.len == 0) {
		return say_no(t, s, 503, T("Not available now"),
		    T("No file can be handed in here: the operator takes "
		      "reports by mail alone."));
	}
	r = zone_handin(&t->config->ingest.listen, s->token, s->mail.at,
	    s->mail.len, &handed, &why);
	if (r == ERR_RANGE) {
		return say_no(t, s, 413, T("Too large"),
		    T("The mail is larger than is taken here. Nothing was "
		      "taken."));
	} else if (r < 0) {
		log_event(LOG_WARN, "upload not taken: %s", why.text);
		r = say_no(t, s, 503, T("Not available now"),
		    T("The program that reads mail does not take it now. "
		      "Please try again in a minute; what comes twice is "
		      "stored once."));
		t->reply->retry_after = 60;
		return r;
	}
	return s->program ? say_program(t, &handed, false)
			  : say_person(t, &handed);
}

static int
consider(struct www_turn *t, const struct sent *s)
{
	const char *dry = www_fields_get(&t->request->query, "dry-run");
	struct www_quota *quota = www_site_quota(t->site);
	struct zone_submitter who;
	int64_t now = when_boot();
	unsigned wait;
	int r;

	wait = www_quota_client(quota, "upload", &t->request->client,
	    CLIENT_HOUR, 3600, now, false);
	if (wait > 0) {
		return too_often(t, s, wait);
	}
	r = www_submitter_known(t, s->token, &who, &wait);
	if (r < 0) {
		return r;
	} else if (wait > 0) {
		return too_often(t, s, wait);
	} else if (r == 0) {
		return say_no(t, s, 403, T("This token is not known"),
		    T("A file is taken only with the token of a submitter. "
		      "It may have been mistyped, or was replaced by a newer "
		      "one. Nothing was taken."));
	}
	if (s->mail.len == 0) {
		return say_no(t, s, 400, T("No mail"),
		    T("There was no file, or it is empty. Nothing was "
		      "taken."));
	}
	if (s->mail.len > t->config->ingest.max_message) {
		return say_no(t, s, 413, T("Too large"),
		    T("The mail is larger than is taken here. Nothing was "
		      "taken."));
	}
	wait = www_quota_take(quota, "submitter", span_str(who.name),
	    SUBMITTER_HOUR, 3600, now, false);
	if (wait > 0) {
		return too_often(t, s, wait);
	}
	if (dry != NULL && strcmp(dry, "0") != 0) {
		return s->program
		    ? say_program(t, NULL, true)
		    : www_page_say(t, 200, T("It would be taken"), "%s",
			  T("The token and the size are right. Nothing was "
			    "put into the queue."));
	}
	return hand_in(t, s);
}

int
www_submit_post(struct www_turn *t)
{
	struct sent s = { .token = span("", 0), .mail = span("", 0) };
	int r = read_sent(t, &s);

	if (r == 0) {
		r = consider(t, &s);
	}
	if (s.map != NULL) {
		munmap(s.map, s.len);
	}
	return r > 0 ? 0 : r;
}
