/* Which language a reader gets, and words looked up in its catalogue. */
#include "tests/unit/check.h"
#include "www/lang.h"

static void
chosen(void)
{
	static const struct {
		const char *cookie, *accept;
		enum www_lang want;
	} table[] = {
		{ NULL, NULL, WWW_ENGLISH },
		{ NULL, "", WWW_ENGLISH },
		{ NULL, "el", WWW_GREEK },
		{ NULL, "EL-gr", WWW_GREEK },
		{ NULL, "el-GR,el;q=0.9,en;q=0.8", WWW_GREEK },
		{ NULL, "en-GB,en;q=0.9,el;q=0.8", WWW_ENGLISH },
		{ NULL, "de, el;q=0.5", WWW_GREEK },
		{ NULL, "en;q=0.3, el;q=0.5", WWW_GREEK },
		{ NULL, "en;q=0.50, el;q=0.499", WWW_ENGLISH },
		{ NULL, "el;q=0", WWW_ENGLISH },
		{ NULL, "el;q=0.000, de", WWW_ENGLISH },
		{ NULL, "de;q=1.0, fr", WWW_ENGLISH },
		{ NULL, "ell", WWW_ENGLISH },
		{ NULL, "e", WWW_ENGLISH },
		{ NULL, "*", WWW_ENGLISH },
		{ NULL, ";q=1", WWW_ENGLISH },
		{ NULL, ",,, ,el", WWW_GREEK },
		{ NULL, "el;q=9", WWW_GREEK },
		{ NULL, "el;q=", WWW_GREEK },
		{ "lang=el", "en", WWW_GREEK },
		{ "lang=en", "el", WWW_ENGLISH },
		{ "a=b; lang=el", NULL, WWW_GREEK },
		{ "lang=xx", "el", WWW_GREEK },
		{ "lang=", "el", WWW_GREEK },
		{ "lang=el; lang=en", NULL, WWW_ENGLISH },
		{ "llang=el", NULL, WWW_ENGLISH },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum www_lang got =
		    www_lang_choose(table[i].cookie, table[i].accept);

		CHECK(got == table[i].want, "cookie %s, accept %s: %s",
		    table[i].cookie != NULL ? table[i].cookie : "-",
		    table[i].accept != NULL ? table[i].accept : "-",
		    www_lang_code(got));
	}
}

static void
words(void)
{
	struct www_turn turn = { .lang = WWW_GREEK }, *t = &turn;

	CHECK(strcmp(T("Log in"), "Σύνδεση") == 0, "%s", T("Log in"));
	CHECK(strcmp(T("never said here"), "never said here") == 0, "itself");
	CHECK(strcmp(www_tr(t, ""), "") == 0, "not the catalogue's head");
	CHECK(strcmp(www_trn(t, "never one", "never many", 1), "never one") ==
		0 &&
		strcmp(www_trn(t, "never one", "never many", 0),
		    "never many") == 0,
	    "plural without a translation");
	SAY(t, "%s <b>", T("Log in"));
	buf_add(&t->html.buf, "", 1);
	CHECK(strcmp(t->html.buf.data, "Σύνδεση &lt;b&gt;") == 0, "%s",
	    t->html.buf.data);
	buf_clear(&t->html.buf);
	t->lang = WWW_ENGLISH;
	CHECK(strcmp(T("Log in"), "Log in") == 0, "English");
	www_html_free(&t->html);
}

/* What other rooms said, with names and numbers in it. */
static void
others_words(void)
{
	static const struct {
		const char *said, *want;
	} table[] = {
		{ "approve", "έγκριση" },
		{ "vote", "ψήφος" },
		{ "boundary", "όριο" },
		{ "10.0.0.1 is special-use space: private use, RFC 1918",
		    "το 10.0.0.1 είναι χώρος ειδικής χρήσης: ιδιωτική χρήση, "
		    "RFC 1918" },
		{ "0.0.0.0/0 contains special-use space: 10.0.0.0/8 (private "
		  "use, RFC 1918)",
		    "το 0.0.0.0/0 περιέχει χώρο ειδικής χρήσης: 10.0.0.0/8 "
		    "(ιδιωτική χρήση, RFC 1918)" },
		{ "127.0.0.2 is a test point, answered by the server itself, "
		  "RFC 5782",
		    "το 127.0.0.2 είναι δοκιμαστική εγγραφή, απαντά γι’ αυτό "
		    "ο ίδιος ο διακομιστής, RFC 5782" },
		{ "test is a test point, answered by the server itself",
		    "το test είναι δοκιμαστική εγγραφή, απαντά γι’ αυτό ο "
		    "ίδιος ο διακομιστής" },
		{ "3 From: fields", "3 πεδία From:" },
		/* itself: not known, cut, longer, with a pattern as a name */
		{ "", "" },
		{ "approved", "approved" },
		{ "%s", "%s" },
		{ " From: field", " From: field" },
		{ "10.0.0.1 is special-use space", "10.0.0.1 is special-use "
						   "space" },
		{ "From: may also be read as %s%n",
		    "το From: μπορεί να διαβαστεί και ως %s%n" },
		{ "the alias forwarder ", "η υπηρεσία προώθησης " },
	};
	struct www_turn turn = { .lang = WWW_GREEK }, *t = &turn;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *got = www_words(t, table[i].said);

		CHECK(strcmp(got, table[i].want) == 0, "%s: %s", table[i].said,
		    got);
		t->lang = WWW_ENGLISH;
		CHECK(www_words(t, table[i].said) == table[i].said, "English");
		t->lang = WWW_GREEK;
	}
	arena_free(&t->arena);
}

static void
cut(void)
{
	struct www_turn turn = { .lang = WWW_ENGLISH }, *t = &turn;
	char text[4004];

	/* 2,000 bytes end within a character of two, of three, of four */
	for (unsigned lead = 0; lead < 4; lead++) {
		memset(text, 'x', lead);
		for (size_t i = lead; i < 4000; i += 4) {
			memcpy(text + i, "\U0001f4e7", 4);
		}
		text[4000] = '\0';
		SAY(t, "%s", text);
		CHECK(t->html.buf.len <= 2000 && t->html.buf.len > 1990 &&
			memcmp(t->html.buf.data, text, t->html.buf.len) == 0 &&
			(t->html.buf.len - lead) % 4 == 0,
		    "%u: %zu bytes", lead, t->html.buf.len);
		buf_clear(&t->html.buf);
	}
	www_html_free(&t->html);
}

int
main(void)
{
	CHECK(www_lang_init() == 0, "catalogues");
	chosen();
	words();
	others_words();
	cut();
	return failures != 0;
}
