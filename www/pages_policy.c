/* pages_policy.c - what is listed, why, for how long, and how one gets off:
 * what RFC 6471 wants said, out of the configuration, so that it is true.
 */
#include <errno.h>

#include "base/log.h"
#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/prose.h"
#include "zone/entry.h"

#define POLICY_MAX (256u << 10)

static void
head(struct www_turn *t, const char *id, const char *title)
{
	HTML(&t->html, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

static void
para(struct www_turn *t, const char *text)
{
	HTML(&t->html, "<p>%s</p>\n", text);
}

/* ---- what, and how strictly -------------------------------------------- */

static const char *
kind_words(const struct www_turn *t, enum zone_kind kind)
{
	return kind == ZONE_KIND_IP    ? T("IP addresses and networks")
	    : kind == ZONE_KIND_DOMAIN ? T("domains")
				       : T("e-mail addresses");
}

static void
life(struct www_turn *t, int64_t seconds)
{
	if (seconds == 0) {
		HTML(&t->html, "%s", T("until it is taken off"));
	} else if (seconds % 86400 == 0) {
		uint64_t days = (uint64_t)seconds / 86400;

		www_say(
		    t, TN("%lu day", "%lu days", days), (unsigned long)days);
	} else {
		uint64_t hours = ((uint64_t)seconds + 3599) / 3600;

		www_say(t, TN("%lu hour", "%lu hours", hours),
		    (unsigned long)hours);
	}
}

static void
list_row(struct www_turn *t, const struct zone_list_conf *l)
{
	char code[16];

	HTML(&t->html,
	    "<tr><td data-label=\"%s\"><b>%s</b></td><td data-label=\"%s\">%s"
	    "</td><td data-label=\"%s\"><code>%s</code></td>"
	    "<td data-label=\"%s\">",
	    T("List"), l->name, T("What it lists"), kind_words(t, l->kind),
	    T("Code"), zone_code_format(code, l->code), T("A listing lasts"));
	life(t, l->expiry);
	HTML(&t->html, "</td><td data-label=\"%s\">", T("Widest"));
	if (l->kind == ZONE_KIND_IP) {
		HTML(&t->html, "/%u, IPv6 /%u", l->widest_v4, l->widest_v6);
	} else {
		HTML(&t->html, "%s", T("one entry each"));
	}
	HTML(&t->html, "</td></tr>\n");
}

static void
what_is_listed(struct www_turn *t)
{
	const char *scope = t->config->www.site.scope;

	head(t, "scope", T("What is listed"));
	para(t,
	    scope != NULL
		? scope
		: T("Servers that handed spam to our members, and, where "
		    "that is surer, the addresses and domains that sent it."));
	HTML(&t->html,
	    "<table class=\"grid\"><caption class=\"unseen\">%s</caption>"
	    "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th></tr></thead><tbody>\n",
	    T("The lists"), T("List"), T("What it lists"), T("Code"),
	    T("A listing lasts"), T("Widest"));
	for (size_t i = 0; i < t->config->n_lists; i++) {
		list_row(t, &t->config->lists[i]);
	}
	HTML(&t->html,
	    "</tbody></table>\n<p>%s <a href=\"/criteria\">%s</a>"
	    "</p>\n",
	    T("For which reasons something may be listed stands on a page of "
	      "its own:"),
	    T("the criteria"));
	head(t, "strict", T("How strict it is, and what it is meant for"));
	para(t,
	    t->config->www.site.refuses
		? T("The list is meant for refusing mail. Whoever begins to "
		    "use it should let it score for a week or two, and look "
		    "at what it would have refused.")
		: T("The list is meant for scoring: it should count points "
		    "together with other signs. It is not meant to refuse "
		    "mail by itself."));
	para(t,
	    T("It is a careful list: a single server is listed rather than "
	      "its network; servers of large providers, which honest people "
	      "use too, are proposed to nobody, and the address of the "
	      "sender is listed instead. Wide networks need more than one "
	      "person."));
}

static void
who_decides(struct www_turn *t)
{
	head(t, "who", T("Who decides"));
	para(t,
	    T("People. A program reads what was reported and proposes; a "
	      "moderator looks at each report before anything is listed. "
	      "Each moderator decides under his own name."));
	para(t,
	    T("Every listing and every removal is kept in a log with the "
	      "time, the person and the reason, in which nothing can be "
	      "changed later without being seen. Each can be taken back."));
	para(t,
	    T("We send no probes and run no scans: what we know comes from "
	      "mail that was sent to our members."));
}

/* ---- how long, how off ------------------------------------------------- */

static void
how_long(struct www_turn *t)
{
	head(t, "expiry", T("How long a listing lasts"));
	para(t,
	    T("As long as the table above says, unless the moderator chose "
	      "another end; the look-up tells the day. What has an end goes "
	      "by itself then. What has none is looked at again from time to "
	      "time, and is taken off when its reason is gone."));
}

static void
how_off(struct www_turn *t)
{
	const char *appeal = t->config->www.site.appeal;

	head(t, "removal", T("How one gets off the list"));
	HTML(&t->html, "<p>%s <a href=\"/delist\">%s</a></p>\n",
	    T("Anybody may ask, without an account and without having to "
	      "prove anything:"),
	    T("Ask for removal"));
	para(t,
	    T("What can be granted without a question is granted at once. "
	      "What needs a person is answered within two days as a rule, "
	      "and within seven at the latest."));
	para(t,
	    T("It costs nothing. No payment and no donation is taken for a "
	      "removal, or for a faster one."));
	para(t,
	    T("These pages, and our addresses below, do not use the list: "
	      "who is listed reaches us all the same."));
	para(t,
	    appeal != NULL
		? appeal
		: T("Who is denied may ask again and say why; another "
		    "moderator then looks at it."));
}

static void
special(struct www_turn *t)
{
	const struct net_prefix *allow = t->config->guard_allow;
	char text[NET_IP_TEXT];

	head(t, "special", T("What is never listed"));
	para(t,
	    T("Addresses that belong to nobody on the Internet (private use, "
	      "loopback, documentation and the other special-use ranges), "
	      "top-level domains and public suffixes, and 127.0.0.1. The "
	      "programs refuse these, whoever asks for it."));
	if (t->config->n_guard_allow > 0) {
		HTML(&t->html, "<p class=\"note trap\">%s",
		    T("The operator has lifted that for these ranges:"));
		for (size_t i = 0; i < t->config->n_guard_allow; i++) {
			HTML(&t->html, " <code>%s/%u</code>",
			    net_ip_format(text, &allow[i].ip),
			    (unsigned)allow[i].plen);
		}
		HTML(&t->html, "</p>\n");
	}
	para(t,
	    T("For tests, each zone has entries that are always listed "
	      "(127.0.0.2, the domain TEST, the address test@example.com) "
	      "and some that never are (127.0.0.1, the domain INVALID). "
	      "Blocks and exemptions are never mixed in one zone."));
}

/* ---- the rest ---------------------------------------------------------- */

static void
zones(struct www_turn *t)
{
	char ttl[32], negative[32];

	head(t, "dns", T("In DNS"));
	for (size_t i = 0; i < t->config->n_zones; i++) {
		const struct zone_zone_conf *z = &t->config->zones[i];

		HTML(&t->html, "<p><span class=\"key\">%s</span>: ", z->name);
		SAY(t,
		    "%s; name servers: %u; an answer may be kept for %s, “not "
		    "listed” for %s.",
		    kind_words(t, z->kind), (unsigned)z->n_ns,
		    when_format_duration(ttl, z->ttl),
		    when_format_duration(negative, z->negative_ttl));
		HTML(&t->html, "</p>\n");
	}
	HTML(&t->html, "<p>%s <a href=\"/use\">%s</a></p>\n",
	    T("How it is asked, what the codes mean and how to test:"),
	    T("How to use it"));
}

static void
end_of_list(struct www_turn *t)
{
	const char *shutdown = t->config->www.site.shutdown;

	head(t, "end", T("If the list ends"));
	para(t,
	    shutdown != NULL
		? shutdown
		: T("It is announced at least a month before, here and in "
		    "the feed. The zones then become empty. They never list "
		    "everything, and the domain is kept, so that nobody else "
		    "can answer in our name."));
}

static void
data(struct www_turn *t)
{
	const char *licence = t->config->www.site.licence;
	int64_t since = t->config->www.site.since;
	char when[WHEN_TEXT];

	head(t, "data", T("Data and licence"));
	para(t,
	    licence != NULL
		? licence
		: T("Whoever runs a mail server may ask the zones for his own "
		    "mail, free of charge. For anything else, ask us."));
	HTML(&t->html, "<p>%s <a href=\"/contact#privacy\">%s</a></p>\n",
	    T("What we keep of a report, for how long, and who sees it:"),
	    T("Contact and privacy"));
	if (since != 0) {
		when_format(when, since);
		HTML(&t->html, "<p>");
		SAY(t, "The list is in operation since %.10s.", when);
		HTML(&t->html, "</p>\n");
	}
}

/* The operator's own words. A file that cannot be read hides nothing else. */
static void
own_words(struct www_turn *t)
{
	static struct log_gate gate;
	const char *path = t->config->www.site.policy;
	struct buf b = { 0 };
	unsigned missed;
	int r;

	if (path == NULL) {
		return;
	}
	r = www_prose_read(path, POLICY_MAX, &b);
	if (r == 0 && b.len > 0) {
		HTML(&t->html, "<section class=\"card prose\" id=\"more\">\n");
		www_prose_put(t, span(b.data, b.len), false);
		HTML(&t->html, "</section>\n");
	} else if (r < 0 && log_pass(&gate, 1, &missed)) {
		log_event(LOG_WARN, "www.policy: cannot read %s: %s", path,
		    r == ERR_SYS ? strerror(errno) : err_str(r));
	}
	buf_free(&b);
}

int
www_policy(struct www_turn *t)
{
	www_page_begin(t, T("Policy"), WWW_POLICY);
	HTML(&t->html, "<p class=\"lead\">%s</p>\n",
	    T("What this list does and what it promises. The page is made "
	      "from the configuration that the programs run with."));
	HTML(&t->html, "<section class=\"card prose\">\n");
	what_is_listed(t);
	who_decides(t);
	how_long(t);
	how_off(t);
	special(t);
	zones(t);
	end_of_list(t);
	data(t);
	HTML(&t->html, "</section>\n");
	own_words(t);
	www_page_end(t, 200);
	return 0;
}

int
www_criteria(struct www_turn *t)
{
	www_page_begin(t, T("Criteria"), WWW_POLICY);
	HTML(&t->html, "<p class=\"lead\">%s</p>\n",
	    T("For these reasons something may be listed; the look-up says "
	      "which one it was."));
	if (t->config->n_criteria == 0) {
		HTML(&t->html, "<div class=\"card\"><p>%s</p></div>\n",
		    T("There is one: it sent unsolicited bulk mail, or mail "
		      "that deceives, to our members."));
	} else {
		HTML(&t->html, "<dl class=\"card pairs wide\">\n");
		for (size_t i = 0; i < t->config->n_criteria; i++) {
			HTML(&t->html,
			    "<div id=\"%s\"><dt class=\"key\">%s</dt>"
			    "<dd>%s</dd></div>\n",
			    t->config->criteria[i].id,
			    t->config->criteria[i].id,
			    t->config->criteria[i].text);
		}
		HTML(&t->html, "</dl>\n");
	}
	HTML(&t->html,
	    "<p><a href=\"/policy\">%s</a> · <a href=\"/delist\">%s</a></p>\n",
	    T("Policy"), T("Ask for removal"));
	www_page_end(t, 200);
	return 0;
}
