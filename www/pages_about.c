/* pages_about.c - how to reach the people behind the list, what they keep, and
 * what programs may fetch.
 */
#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"

#define DAY 86400
#define EXPIRES (180 * DAY) /* of security.txt: less than a year */

static bool
is_address(const char *contact)
{
	return !span_starts(span_str(contact), "https://");
}

static void
contacts(struct www_turn *t)
{
	const char *by = t->config->www.site.operator;

	HTML(&t->html, "<section class=\"card prose\"><h2>%s</h2>\n",
	    T("Who keeps the list"));
	if (by != NULL) {
		HTML(&t->html, "<p>%s</p>\n", by);
	}
	if (t->config->www.site.n_contact == 0) {
		HTML(&t->html, "<p>%s</p>\n",
		    T("The operator has not said how to reach him. The address "
		      "in the SOA record of each zone works as well."));
	} else {
		HTML(&t->html, "<ul class=\"dots\">\n");
	}
	for (size_t i = 0; i < t->config->www.site.n_contact; i++) {
		const char *c = t->config->www.site.contact[i];

		HTML(&t->html, "<li><a href=\"%s%s\">%s</a></li>\n",
		    is_address(c) ? "mailto:" : "", c, c);
	}
	if (t->config->www.site.n_contact > 0) {
		HTML(&t->html, "</ul>\n");
	}
	HTML(&t->html,
	    "<p>%s</p>\n<p>%s <a href=\"/delist\">%s</a></p></section>\n",
	    T("These addresses are read by people, and mail to them is not "
	      "filtered by the list."),
	    T("To be taken off the list, this is quicker:"),
	    T("Ask for removal"));
}

static void
privacy(struct www_turn *t)
{
	int64_t keep = t->config->ingest.retention;

	HTML(&t->html,
	    "<section class=\"card prose\" id=\"privacy\"><h2>%s</h2>\n"
	    "<p>%s</p>\n<p>",
	    T("What is kept"),
	    T("Of a report: the mail as it came in, who sent it in, and what "
	      "was read in it. Moderators see all of that. The public sees "
	      "the listed key, the time and the reason, and no mail, no "
	      "recipient and no reporter."));
	if (keep == 0) {
		HTML(&t->html, "%s",
		    T("Mails are kept as long as there is room, then the "
		      "oldest go."));
	} else {
		uint64_t days = (uint64_t)(keep + DAY - 1) / DAY;

		www_say(t,
		    TN("Mails are removed after %lu day, unless what they "
		       "report still waits.",
			"Mails are removed after %lu days, unless what they "
			"report still waits.",
			days),
		    (unsigned long)days);
	}
	HTML(&t->html, " %s</p>\n<p>%s</p>\n<p>%s</p></section>\n",
	    T("The log of decisions is kept for good, since it is what "
	      "decisions can be checked by."),
	    T("Of questions in DNS, numbers are kept in memory: how many, "
	      "and for two hours which networks ask most. Visits to these "
	      "pages may stand in the server's log with their address, as "
	      "long as the operator keeps his logs."),
	    T("Two cookies are set at most: one for people with an account "
	      "while they are logged in, one for the language you chose. "
	      "Nothing is loaded from elsewhere."));
}

int
www_contact(struct www_turn *t)
{
	www_page_begin(t, T("Contact and privacy"), WWW_NOWHERE);
	contacts(t);
	privacy(t);
	www_page_end(t, 200);
	return 0;
}

/* ---- for programs ------------------------------------------------------ */

static void
command(struct www_turn *t, const char *text)
{
	HTML(&t->html, "<figure class=\"snippet\"><pre tabindex=\"0\"><code>");
	www_html_lines(&t->html, span_str(text));
	HTML(&t->html, "</code></pre></figure>\n");
}

int
www_api(struct www_turn *t)
{
	const char *url = t->config->www.url;
	struct buf b = { 0 };

	www_page_begin(t, T("For programs"), WWW_NOWHERE);
	HTML(&t->html, "<p class=\"lead\">%s</p>\n",
	    T("What can be fetched without a browser. Mail servers ask DNS "
	      "instead, which is made for many questions."));
	HTML(&t->html, "<section class=\"card prose\"><h2>%s</h2><p>%s</p>\n",
	    T("Is it listed?"),
	    T("One object for one key: an IP address, a network, a domain, an "
	      "e-mail address or its digest. “listed” is true or false; "
	      "“lists” says for each list by which entry, since when, until "
	      "when and why. 400 means that it was not understood, 429 that "
	      "it was too often: wait as long as Retry-After says."));
	buf_fmt(&b, "curl '%s/lookup.json?q=203.0.113.7'", url);
	command(t, b.bad ? "" : b.data);
	HTML(&t->html, "<h2>%s</h2><p>%s</p>\n", T("Report spam"),
	    T("The mail as a file with all its headers, and the token of a "
	      "submitter. 201 means that it is in the queue, 208 that "
	      "the very same mail was there already. The answer is JSON."));
	buf_clear(&b);
	buf_fmt(&b,
	    "curl -H 'Authorization: Bearer TOKEN' \\\n"
	    "     -H 'Content-Type: message/rfc822' \\\n"
	    "     --data-binary @spam.eml '%s/submit'",
	    url);
	command(t, b.bad ? "" : b.data);
	HTML(&t->html, "<p>%s</p>\n",
	    T("With ?dry-run=1 behind the address the token and the size are "
	      "looked at and nothing is put into the queue."));
	HTML(&t->html, "<h2>%s</h2><p>%s</p>\n", T("Numbers"),
	    T("What the statistics show, and whether the service is well: "
	      "/healthz answers 200 or 503."));
	buf_clear(&b);
	buf_fmt(&b,
	    "curl '%s/stats.json'\ncurl '%s/status.json'\n"
	    "curl '%s/healthz'\ncurl '%s/announcements.atom'",
	    url, url, url, url);
	command(t, b.bad ? "" : b.data);
	HTML(&t->html, "</section>\n");
	t->html.buf.bad = t->html.buf.bad || b.bad;
	buf_free(&b);
	www_page_end(t, 200);
	return 0;
}

/* RFC 9116. Its end lies ahead whenever it is asked for, at midnight, so that
 * it changes once a day. */
int
www_security(struct www_turn *t)
{
	struct buf *b = &t->reply->body;
	char when[WHEN_TEXT];

	if (t->config->www.site.n_contact == 0) {
		return www_page_say(t, 404, T("No such page"), "%s",
		    T("The operator has not said whom to tell of a weakness."));
	}
	for (size_t i = 0; i < t->config->www.site.n_contact; i++) {
		const char *c = t->config->www.site.contact[i];

		buf_fmt(
		    b, "Contact: %s%s\n", is_address(c) ? "mailto:" : "", c);
	}
	when_format(when, (t->now + EXPIRES) / DAY * DAY);
	buf_fmt(b,
	    "Expires: %s\nPreferred-Languages: el, en\n"
	    "Canonical: %s/.well-known/security.txt\nPolicy: %s/policy\n",
	    when, t->config->www.url, t->config->www.url);
	t->reply->status = 200;
	t->reply->type = WWW_TEXT;
	return 0;
}
