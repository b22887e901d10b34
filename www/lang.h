/* lang.h - the words of the pages in the reader's language.
 *
 * English stands in the code; po/LL.po has the others, compiled by msgfmt and
 * built into the program, so that no locale has to be installed and two
 * readers may be served in two languages at once: gettext(3) itself has one
 * language for the process. xgettext finds the words by the names below.
 *
 * T("text") and the others need a variable `t`, the request's turn. What they
 * return lives as long as the program.
 */
#pragma once

#include "www/page.h"

/* The languages. Numbers are only for this program. */
enum www_lang { WWW_ENGLISH, WWW_GREEK, WWW_LANGS };

/* Mark a literal that is translated later, by www_tr. */
#define N_(text) text

/* "" TEXT: only a literal can have been found by xgettext. */
#define T(text) www_tr(t, "" text)
#define TN(one, many, n) www_trn(t, "" one, "" many, (n))
/* The translated format with its arguments, as text into the page. */
#define SAY(t, ...) www_say((t), "" __VA_ARGS__)

/* TEXT in the language of TURN; TEXT itself where there is no other. */
const char *www_tr(const struct www_turn *turn, const char *text)
    __attribute__((format_arg(2)));
/* The form for N things. Both languages have two: one, and many. */
const char *www_trn(const struct www_turn *turn, const char *one,
    const char *many, uint64_t n) __attribute__((format_arg(3)));
/* TEXT as another room said it (a reason of the guard, a word of the log, a
 * note of the parser), in the language of TURN as far as words.c knows it;
 * else TEXT. Lives as long as TURN's arena, or TEXT. */
const char *www_words(struct www_turn *turn, const char *text);
/* At most 2,000 bytes, cut at a character. */
void www_say(struct www_turn *turn, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "en", "el". */
const char *www_lang_code(enum www_lang lang);
/* Its name in itself. */
const char *www_lang_name(enum www_lang lang);

/* The language for a request: what the cookie "lang" says, else the first
 * one of Accept-Language (RFC 9110 12.5.4, by weight) that there is, else
 * English. Either may be NULL. */
enum www_lang www_lang_choose(const char *cookie, const char *accept);

/* Look at the catalogues; before threads. A broken one is ERR_FORMAT: the
 * program was built wrongly. */
MUST_CHECK int www_lang_init(void);
