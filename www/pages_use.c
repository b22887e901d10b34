/* pages_use.c - how mail servers ask this list, for the zones that there are.
 */
#include "www/lang.h"
#include "www/pages.h"
#include "www/using.h"
#include "zone/entry.h"

/* The programs, in the order of the page; the title is doc/USING's. */
static const struct program {
	const char *name, *title, *about;
} programs[] = {
	{ "spamassassin", "SpamAssassin",
	    N_("Adds points: the gentlest way to begin.") },
	{ "rspamd", "Rspamd",
	    N_("Adds points, and knows every kind of list here.") },
	{ "postfix", "Postfix",
	    N_("Refuses at the door, or adds up lists with postscreen.") },
	{ "exim", "Exim", N_("Adds a header, or refuses.") },
	{ "sendmail", "Sendmail", N_("Refuses at the door; IPv4 only.") },
	{ "opensmtpd", "OpenSMTPD", N_("With a filter of its own.") },
	{ "qmail", "qmail", N_("With rblsmtpd before it.") },
};
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

/* ---- blocks as markup -------------------------------------------------- */

/* TEXT with what is between `` ` `` as code. */
static void
put_text(struct www_turn *t, const char *text)
{
	bool code = false;

	for (;;) {
		size_t n = strcspn(text, "`");

		if (code) {
			HTML(&t->html, "<code>%.*s</code>", (int)n, text);
		} else {
			HTML(&t->html, "%.*s", (int)n, text);
		}
		if (text[n] == '\0') {
			break;
		}
		code = !code;
		text += n + 1;
	}
}

static void
put_snippet(struct www_turn *t, const struct www_using_block *k)
{
	HTML(&t->html, "<figure class=\"snippet\">");
	if (k->file[0] != '\0' && strcmp(k->file, "sh") != 0) {
		HTML(&t->html, "<figcaption><code>%s</code></figcaption>",
		    k->file);
	}
	HTML(&t->html, "<pre tabindex=\"0\"><code>");
	www_html_lines(&t->html, span_str(k->text));
	HTML(&t->html, "</code></pre></figure>\n");
}

static void
put_blocks(struct www_turn *t, const struct www_using *u)
{
	enum www_using_kind before = WWW_USING_TEXT;

	for (size_t i = 0; i <= u->n; i++) {
		enum www_using_kind kind =
		    i < u->n ? u->blocks[i].kind : WWW_USING_TEXT;

		if (before == WWW_USING_ITEM && kind != WWW_USING_ITEM) {
			HTML(&t->html, "</ul>\n");
		} else if (kind == WWW_USING_ITEM && before != kind) {
			HTML(&t->html, "<ul class=\"dots\">\n");
		}
		before = kind;
		if (i == u->n) {
			break;
		}
		switch (kind) {
		case WWW_USING_HEADING:
			HTML(&t->html, "<h2>%s</h2>\n", u->blocks[i].text);
			break;
		case WWW_USING_SNIPPET: put_snippet(t, &u->blocks[i]); break;
		case WWW_USING_ITEM:
			HTML(&t->html, "<li>");
			put_text(t, u->blocks[i].text);
			HTML(&t->html, "</li>\n");
			break;
		case WWW_USING_TRAP:
			HTML(&t->html, "<p class=\"note trap\">");
			put_text(t, u->blocks[i].text);
			HTML(&t->html, "</p>\n");
			break;
		case WWW_USING_TEXT:
		default:
			HTML(&t->html, "<p>");
			put_text(t, u->blocks[i].text);
			HTML(&t->html, "</p>\n");
			break;
		}
	}
}

/* "?as=text": for programs and for whoever reads in a terminal. */
static bool
wants_text(const struct www_turn *t)
{
	const char *as = www_fields_get(&t->request->query, "as");

	return as != NULL && strcmp(as, "text") == 0;
}

static int
as_text(struct www_turn *t, const struct www_using *u)
{
	t->reply->status = 200;
	t->reply->type = WWW_TEXT;
	www_using_plain(u, &t->reply->body);
	return 0;
}

/* ---- the zones --------------------------------------------------------- */

static const char *
who_may_ask(const struct www_turn *t, const struct zone_zone_conf *z)
{
	bool four = false, six = false;

	for (size_t i = 0; i < z->n_allow_query; i++) {
		four = four ||
		    (z->allow_query[i].plen == 0 &&
			z->allow_query[i].ip.bits == 32);
		six = six ||
		    (z->allow_query[i].plen == 0 &&
			z->allow_query[i].ip.bits == 128);
	}
	return z->access_keys ? T("subscribers, with a key")
	    : z->n_allow_query > 0 && !(four || six)
	    ? T("certain networks only")
	    : T("everybody");
}

static void
zone_row(struct www_turn *t, const struct zone_zone_conf *z)
{
	static const char *const about[] = {
		[ZONE_KIND_IP] = N_("IP addresses, in reverse"),
		[ZONE_KIND_ADDRESS] = N_("e-mail addresses, by digest"),
		[ZONE_KIND_DOMAIN] = N_("domains"),
	};
	char code[16];

	HTML(&t->html,
	    "<tr><td data-label=\"%s\"><span class=\"key\">%s</span></td>"
	    "<td data-label=\"%s\">%s</td><td data-label=\"%s\">",
	    T("Zone"), z->name, T("Asked for"), www_tr(t, about[z->kind]),
	    T("Code and what it means"));
	for (size_t i = 0; i < z->n_lists; i++) {
		HTML(&t->html, "<span class=\"line\"><code>%s</code> ",
		    zone_code_format(code, z->lists[i]->code));
		SAY(t, "in the list “%s”", z->lists[i]->name);
		HTML(&t->html, "</span>");
	}
	HTML(&t->html, "</td><td data-label=\"%s\">%s</td></tr>\n",
	    T("Who may ask"), who_may_ask(t, z));
}

static void
zone_table(struct www_turn *t)
{
	if (t->config->n_zones == 0) {
		HTML(&t->html, "<p class=\"note\">%s</p>\n",
		    T("Nothing is published in DNS yet."));
		return;
	}
	HTML(&t->html,
	    "<table class=\"grid\"><caption class=\"unseen\">%s</caption>"
	    "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"
	    "<tbody>\n",
	    T("The zones"), T("Zone"), T("Asked for"),
	    T("Code and what it means"), T("Who may ask"));
	for (size_t i = 0; i < t->config->n_zones; i++) {
		zone_row(t, &t->config->zones[i]);
	}
	HTML(&t->html, "</tbody></table>\n");
}

/* ---- pages ------------------------------------------------------------- */

static void
in_english(struct www_turn *t)
{
	if (t->lang != WWW_ENGLISH) {
		HTML(&t->html, "<p class=\"mut\">%s</p>\n",
		    T("What follows is in English, as are the programs' own "
		      "manuals."));
	}
}

int
www_use(struct www_turn *t)
{
	struct www_using u;
	int r = www_using_make(t->config, "overview", &t->arena, &u);

	if (r < 0) {
		return r;
	}
	if (wants_text(t)) {
		return as_text(t, &u);
	}
	www_page_begin(t, T("How to use it"), WWW_USE);
	HTML(&t->html, "<p class=\"lead\">%s</p>\n",
	    T("Your mail server asks DNS about each mail; the answer says "
	      "whether the sender is listed. Choose your program, take the "
	      "lines as they are, and let the list count points before it "
	      "may refuse anything."));
	HTML(&t->html, "<ul class=\"tiles\">\n");
	for (size_t i = 0; i < PROGRAMS; i++) {
		HTML(&t->html,
		    "<li class=\"card\"><a href=\"/use/%s\">%s</a><span>%s"
		    "</span></li>\n",
		    programs[i].name, programs[i].title,
		    www_tr(t, programs[i].about));
	}
	HTML(&t->html, "</ul>\n<section class=\"card\"><h2>%s</h2>\n",
	    T("The zones"));
	zone_table(t);
	HTML(&t->html, "</section>\n");
	in_english(t);
	HTML(&t->html, "<section class=\"card prose\" lang=\"en\">\n");
	put_blocks(t, &u);
	HTML(&t->html, "</section>\n");
	www_page_end(t, 200);
	return 0;
}

static void
other_programs(struct www_turn *t, const char *name)
{
	HTML(&t->html, "<nav class=\"tabs\" aria-label=\"%s\">", T("Programs"));
	for (size_t i = 0; i < PROGRAMS; i++) {
		HTML(&t->html, "<a href=\"/use/%s\"", programs[i].name);
		if (strcmp(programs[i].name, name) == 0) {
			HTML(&t->html, " aria-current=\"page\"");
		}
		HTML(&t->html, ">%s</a>", programs[i].title);
	}
	HTML(&t->html, "</nav>\n");
}

int
www_use_program(struct www_turn *t)
{
	const char *name = t->request->path + strlen("/use/");
	struct www_using u;
	int r = www_using_make(t->config, name, &t->arena, &u);

	if (r < 0) {
		return r;
	}
	if (wants_text(t)) {
		return as_text(t, &u);
	}
	www_page_begin_bare(t, u.title, WWW_USE);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/use\">%s</a></p>\n"
	    "<h1>%s</h1>\n",
	    T("How to use it"), u.title);
	other_programs(t, name);
	in_english(t);
	HTML(&t->html, "<section class=\"card prose\" lang=\"en\">\n");
	put_blocks(t, &u);
	HTML(&t->html, "</section>\n<p class=\"mut\">");
	SAY(t, "Test it first, and match the code: see “%s”.",
	    T("How to use it"));
	HTML(&t->html, " <a href=\"%s?as=text\">%s</a></p>\n", t->request->path,
	    T("This page as plain text"));
	www_page_end(t, 200);
	return 0;
}
