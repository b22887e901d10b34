/* hops.c - the relays that a mail passed, as a table. */
#include "www/hops.h"

#include "www/raw.h"

static void
host(struct www_turn *t, const char *name, const char *what)
{
	if (name[0] == '\0') {
		return;
	}
	HTML(&t->html, "<span class=\"nm\">");
	www_html_name(&t->html, name);
	if (what[0] != '\0') {
		HTML(&t->html, " <i>%s</i>", what);
	}
	HTML(&t->html, "</span>");
}

void
www_hops_card(struct www_turn *t, const struct www_analysis *a)
{
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-hops\">"
	    "<h2 id=\"h-hops\">The way it came</h2>");
	if (a->n_relays == 0) {
		HTML(&t->html,
		    "<p class=\"mut\">No relay's address stands in its "
		    "headers.</p></section>\n");
		return;
	}
	HTML(&t->html,
	    "<p class=\"mut\">Newest first. The <mark>boundary</mark> is the "
	    "first relay that a trusted server met; what lies below is only "
	    "claimed by strangers.</p>"
	    "<table class=\"hops\"><thead><tr><th scope=\"col\">From</th>"
	    "<th scope=\"col\">Names</th><th scope=\"col\">Received by</th>"
	    "<th scope=\"col\">Role</th></tr></thead><tbody>");
	for (unsigned i = 0; i < a->n_relays; i++) {
		const struct www_relay *h = &a->relays[i];
		bool boundary = strcmp(h->role, "boundary") == 0;

		HTML(&t->html, "<tr class=\"%s\"><td data-label=\"From\">",
		    www_role_class(h->role));
		if (boundary) {
			HTML(&t->html, "<mark class=\"key\">%s</mark>", h->ip);
		} else {
			HTML(&t->html, "<span class=\"key\">%s</span>", h->ip);
		}
		HTML(&t->html, "</td><td data-label=\"Names\">");
		if (h->rdns[0] != '\0' && strcmp(h->rdns, h->helo) == 0) {
			host(t, h->rdns, "rDNS and HELO");
		} else {
			host(t, h->rdns, "rDNS");
			host(t, h->helo, "HELO");
		}
		HTML(&t->html, "</td><td data-label=\"Received by\">");
		host(t, h->by, "");
		if (h->date[0] != '\0') {
			HTML(&t->html, "<span class=\"when\">%s</span>",
			    h->date);
		}
		HTML(&t->html,
		    "</td>"
		    "<td data-label=\"Role\"><span class=\"role\">%s</span>",
		    h->role);
		if (h->why[0] != '\0') {
			HTML(
			    &t->html, " <span class=\"why\">%s</span>", h->why);
		}
		HTML(&t->html, "</td></tr>\n");
	}
	HTML(&t->html, "</tbody></table></section>\n");
}
