/* doc/USING with the zones of a configuration put in. */
#include "www/using.h"
#include "www_world.h"

static const char *const pages[] = { "overview", "spamassassin", "postfix",
	"exim", "sendmail", "rspamd", "opensmtpd", "qmail" };

static char dir[SCRATCH], path[SCRATCH + 8];

#define NS " ns = ns.gr hostmaster = h.gr "
#define IP "list ip { kind = ip }\n"

static const char every[] =
    IP "list dyn { kind = ip code = 127.0.0.4 }\n"
       "list odd { kind = ip code = 127.9.0.4 }\n"
       "list a { kind = address code = 127.0.0.3 }\n"
       "list d { kind = domain }\n"
       "zone bl.example.gr { lists = {ip, dyn, odd}" NS "}\n"
       "zone bl-example.gr { lists = {dyn} access-keys = yes" NS "}\n"
       "zone 7from.example.gr { lists = {a}" NS "}\n"
       "zone dbl.example.gr { lists = {d}" NS "}\n"
       "www { url = \"https://bl.example.gr\" }\n";

static const struct {
	const char *what, *conf, *page;
	const char *has;   /* NULL: nothing is looked for */
	const char *lacks; /* the same */
} cases[] = {
	{ "a code each", every, "postfix",
	    "    reject_rbl_client bl.example.gr=127.0.0.2,\n"
	    "    reject_rbl_client bl.example.gr=127.0.0.4,\n"
	    "    reject_rbl_client bl.example.gr=127.9.0.4,\n"
	    "    reject_rbl_client YOURKEY.bl-example.gr=127.0.0.4,\n"
	    "    reject_rhsbl_sender dbl.example.gr=127.0.0.2,\n",
	    "7from" },
	{ "weights", every, "postfix", "    bl.example.gr=127.9.0.4*2\n",
	    NULL },
	{ "all codes", every, "exim",
	    "dnslists = bl.example.gr=127.0.0.2,127.0.0.4,127.9.0.4\n", NULL },
	{ "an address in Exim", every, "exim",
	    "7from.example.gr=127.0.0.3/${lc:${sha1:${lc:${sg{$sender_address}"
	    "{\\N\\+[^@]*@\\N}{@}}}}}\n",
	    NULL },
	{ "dots of m4", every, "sendmail",
	    "`', `127.0.0.2.', `127.0.0.4.', `127.9.0.4.')dnl\n", NULL },
	{ "the address of the pages", every, "sendmail",
	    "see https://bl.example.gr/lookup?q=", "dbl" },
	{ "rules that differ", every, "spamassassin",
	    "header   RCVD_IN_BL__EXAMPLE_GR ", NULL },
	{ "one code, no number", every, "spamassassin",
	    "score    RCVD_IN_BL_EXAMPLE_GR_2 2.0\n", NULL },
	{ "a code that is far off", every, "spamassassin",
	    "RCVD_IN_BL_EXAMPLE_GR_9_0_4 eval:check_rbl_sub("
	    "'BL_EXAMPLE_GR-lastexternal', '127.9.0.4')\n",
	    NULL },
	{ "a regular expression", every, "spamassassin",
	    "'^(?:127\\.0\\.0\\.3)$', 'all')\n", NULL },
	{ "a name that begins with a digit", every, "spamassassin",
	    "HASHBL_Z_7FROM_EXAMPLE_GR ", NULL },
	{ "a pattern of Lua", every, "rspamd", "= \"127%.0%.0%.3\";\n", NULL },
	{ "a chain", every, "opensmtpd",
	    "{ \\\n    \"BL_EXAMPLE_GR\", \\\n    \"BL__EXAMPLE_GR\" \\\n}\n",
	    NULL },
	{ "the key", every, "overview", "Write your key where YOURKEY", NULL },
	{ "no key", IP "zone b.gr { lists = ip" NS "}\n", "overview",
	    "2.0.0.127.b.gr\n", "YOURKEY" },
	{ "only addresses",
	    "list a { kind = address }\nzone b.gr { lists = a" NS "}\n",
	    "postfix", "Postfix can ask about nothing else", "reject_r" },
	{ "their file",
	    "list a { kind = address }\nzone b.gr { lists = a" NS "}\n",
	    "postfix", "    check_sender_access texthash:", "check_client" },
	{ "their file alone",
	    "list a { kind = address }\nzone b.gr { lists = a" NS "}\n",
	    "opensmtpd", "chain { \\\n    rbl_address \\\n}\n", "rbl_ip" },
	{ "servers alone", IP "zone b.gr { lists = ip" NS "}\n",
	    "opensmtpd", "chain { \\\n    rbl_ip \\\n}\n", "rbl_address" },
	{ "no comma in m4's text", every, "sendmail", "\" refused - see ",
	    " refused, " },
	{ "the same",
	    "list a { kind = address }\nzone b.gr { lists = a" NS "}\n",
	    "sendmail", "need SpamAssassin or Rspamd", "enhdnsbl" },
	{ "no zone", IP, "exim", "no zone yet", "```" },
	{ "no zone", IP, "qmail", "publishes no IP", "```" },
	{ "no zone", IP, "opensmtpd", "publishes no IP", "```" },
	{ "a long name",
	    IP "zone aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccc"
	       ".dddd.gr { lists = ip" NS "}\n",
	    "rspamd", "BBBBBBBBBBBBBBBBBBBBBBBBBB__Z", "CCCCCC" },
	/* names that are no page */
	{ "unknown", every, "", NULL, NULL },
	{ "unknown", every, "post", NULL, NULL },
	{ "unknown", every, "postfix ", NULL, NULL },
	{ "unknown", every, "postfix Postfix", NULL, NULL },
	{ "unknown", every, "@page", NULL, NULL },
	{ "unknown", every, "../policy", NULL, NULL },
};

static int
make(const char *conf, const char *page, struct buf *b)
{
	struct zone_config *config = NULL;
	struct arena arena = { 0 };
	struct err_text why = { "" };
	struct www_using u;
	int r;

	CHECK(file_write(path, conf, strlen(conf), 0600) == 0, "%s", path);
	CHECK(zone_config_load(path, &config, &why) == 0, "%s", why.text);
	r = config != NULL ? www_using_make(config, page, &arena, &u) : 1;
	buf_clear(b);
	buf_str(b, "");
	if (r == 0) {
		www_using_plain(&u, b);
	}
	arena_free(&arena);
	zone_config_free(&config);
	return r;
}

static void
words(void)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = make(cases[i].conf, cases[i].page, &b);
		bool none = cases[i].has == NULL && cases[i].lacks == NULL;

		CHECK(r == (none ? ERR_NONE : 0), "%s (%s): %d", cases[i].what,
		    cases[i].page, r);
		CHECK(cases[i].has == NULL ||
			strstr(b.data, cases[i].has) != NULL,
		    "%s (%s): no %s in\n%s", cases[i].what, cases[i].page,
		    cases[i].has, b.data);
		CHECK(cases[i].lacks == NULL ||
			strstr(b.data, cases[i].lacks) == NULL,
		    "%s (%s): %s", cases[i].what, cases[i].page,
		    cases[i].lacks);
	}
	buf_free(&b);
}

/* Whatever the zones are, nothing of the template is left and every snippet
 * ends. */
static void
whole(void)
{
	static const char *const left[] = { "@ZONE@", "@RULE@", "@CODE",
		"@URL@", "@LUA@", "@SYMBOL@", "@MAKEMAP@", "@REGEXP@",
		"@COMMA@", "\n@", "\n# @" };
	static const char *const confs[] = { every, IP,
		IP "zone b.gr { lists = ip" NS "}\n",
		"list a { kind = address }\nzone b.gr { lists = a" NS "}\n",
		"list d { kind = domain }\nzone b.gr { lists = d" NS "}\n" };
	struct buf b = { 0 };

	for (size_t c = 0; c < COUNT(confs); c++) {
		for (size_t i = 0; i < COUNT(pages); i++) {
			unsigned fences = 0;

			CHECK(
			    make(confs[c], pages[i], &b) == 0, "%s", pages[i]);
			for (size_t k = 0; k < COUNT(left); k++) {
				CHECK(strstr(b.data, left[k]) == NULL, "%s: %s",
				    pages[i], left[k]);
			}
			for (const char *p = b.data;
			     (p = strstr(p, "\n```")) != NULL; p++) {
				fences++;
			}
			CHECK(fences % 2 == 0, "%s: %u", pages[i], fences);
			CHECK(strstr(b.data, "``` \n") == NULL,
			    "%s: a snippet "
			    "for no file",
			    pages[i]);
		}
	}
	buf_free(&b);
}

/* As pages. */
static void
shown(void)
{
	struct world w;
	struct answer a;
	char address[64];

	world_open(&w);
	for (size_t i = 1; i < COUNT(pages); i++) {
		snprintf(address, sizeof(address), "/use/%s", pages[i]);
		a = get(&w, address, "", NULL);
		CHECK(a.reply.status == 200 && a.reply.type == WWW_HTML, "%s",
		    address);
		CHECK(holds(&a, "bl.example.gr"), "%s", address);
		CHECK(holds(&a, "aria-current=\"page\">"), "%s", address);
		CHECK(!holds(&a, "<p>`") && !holds(&a, " `d"),
		    "%s: marks of the template", address);
		forget(&a);
		a = get(&w, address, "as=text", NULL);
		CHECK(a.reply.status == 200 && a.reply.type == WWW_TEXT, "%s",
		    address);
		CHECK(holds(&a, "\n``` "), "%s", address);
		forget(&a);
		a = get(&w, address, "as=%3Cscript%3E&x=y", NULL);
		CHECK(a.reply.status == 200 && a.reply.type == WWW_HTML, "%s",
		    address);
		forget(&a);
		a = post(&w, address, "", NULL);
		CHECK(a.reply.status == 405, "%s", address);
		forget(&a);
	}
	a = get(&w, "/use", "", NULL);
	CHECK(a.reply.status == 200 && holds(&a, "<code>127.0.0.2</code>") &&
		holds(&a, "dig +short 2.0.0.127.bl.example.gr\n"),
	    "the overview");
	forget(&a);
	a = get(&w, "/use/sendmail", "", NULL);
	CHECK(holds(&a, "$&amp;{client_addr}"), "escaped");
	forget(&a);
	a = get(&w, "/use/none", "", NULL);
	CHECK(a.reply.status == 404, "no such program");
	forget(&a);
	a = get(&w, "/use/overview", "", NULL);
	CHECK(a.reply.status == 404, "the overview is /use");
	forget(&a);
	world_close(&w);
}

int
main(void)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/conf", dir);
	words();
	whole();
	scratch_remove(dir);
	shown();
	return failures != 0;
}
