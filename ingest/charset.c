/* charset.c - text in the charsets of the world, as UTF-8. */
#include "ingest/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

/* iconv loads a module for each charset when it is first asked for; behind
 * the child's walls it cannot. So all that mail comes in are opened before. */
static struct {
	const char *name;
	iconv_t cd;
} converters[] = {
#define C(name)                   \
	{                         \
		name, (iconv_t)-1 \
	}
	C("iso-8859-1"),
	C("iso-8859-2"),
	C("iso-8859-3"),
	C("iso-8859-4"),
	C("iso-8859-5"),
	C("iso-8859-6"),
	C("iso-8859-7"),
	C("iso-8859-8"),
	C("iso-8859-9"),
	C("iso-8859-10"),
	C("iso-8859-11"),
	C("iso-8859-13"),
	C("iso-8859-14"),
	C("iso-8859-15"),
	C("iso-8859-16"),
	C("windows-1250"),
	C("cp1250"),
	C("windows-1251"),
	C("cp1251"),
	C("windows-1252"),
	C("cp1252"),
	C("windows-1253"),
	C("cp1253"),
	C("windows-1254"),
	C("cp1254"),
	C("windows-1255"),
	C("cp1255"),
	C("windows-1256"),
	C("cp1256"),
	C("windows-1257"),
	C("cp1257"),
	C("windows-1258"),
	C("cp1258"),
	C("cp437"),
	C("cp737"),
	C("cp850"),
	C("cp852"),
	C("cp866"),
	C("cp869"),
	C("cp874"),
	C("koi8-r"),
	C("koi8-u"),
	C("macintosh"),
	C("tis-620"),
	C("utf-7"),
	C("utf-16"),
	C("utf-16le"),
	C("utf-16be"),
	C("utf-32"),
	C("gb2312"),
	C("gbk"),
	C("gb18030"),
	C("big5"),
	C("big5-hkscs"),
	C("shift_jis"),
	C("cp932"),
	C("euc-jp"),
	C("iso-2022-jp"),
	C("euc-kr"),
	C("cp949"),
	C("iso-2022-kr"),
#undef C
};

#define N_CHARSETS (sizeof(converters) / sizeof(converters[0]))

void
ingest_charset_init(void)
{
	for (size_t i = 0; i < N_CHARSETS; i++) {
		if (converters[i].cd == (iconv_t)-1) {
			converters[i].cd =
			    iconv_open("UTF-8", converters[i].name);
		}
	}
}

static bool
mark(char c)
{
	return c != '\0' && strchr("-_ .:", c) != NULL;
}

/* Are these the same name, marks between letters and digits aside? */
static bool
same(const char *a, const char *b)
{
	for (;;) {
		while (mark(*a)) {
			a++;
		}
		while (mark(*b)) {
			b++;
		}
		if (text_lower(*a) != text_lower(*b)) {
			return false;
		}
		if (*a == '\0') {
			return true;
		}
		a++;
		b++;
	}
}

/* One of the converters of init, or none: no other is opened, since a mail
 * could name anything. */
static iconv_t
converter(const char *charset)
{
	static const char *const aliases[][2] = { { "latin1", "iso-8859-1" },
		{ "latin2", "iso-8859-2" }, { "latin5", "iso-8859-9" },
		{ "iso-8859-6-i", "iso-8859-6" },
		{ "iso-8859-8-i", "iso-8859-8" }, { "greek", "iso-8859-7" },
		{ "greek8", "iso-8859-7" }, { "elot_928", "iso-8859-7" },
		{ "cyrillic", "iso-8859-5" }, { "ks_c_5601-1987", "cp949" },
		{ "ks_c_5601", "cp949" }, { "x-sjis", "cp932" },
		{ "sjis", "cp932" }, { "windows-31j", "cp932" },
		{ "windows-874", "cp874" }, { "gb_2312-80", "gbk" },
		{ "x-gbk", "gbk" }, { "x-euc-jp", "euc-jp" },
		{ "mac", "macintosh" }, { "ibm437", "cp437" },
		{ "ibm850", "cp850" }, { "ibm866", "cp866" },
		{ "x-big5", "big5" } };

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (same(charset, aliases[i][0])) {
			charset = aliases[i][1];
			break;
		}
	}
	for (size_t i = 0; i < N_CHARSETS; i++) {
		if (same(charset, converters[i].name)) {
			return converters[i].cd;
		}
	}
	return (iconv_t)-1;
}

int
ingest_charset_utf8(struct span s, const char *charset, struct buf *b)
{
	char out[4096];
	iconv_t cd = converter(charset);

	if (cd == (iconv_t)-1) { /* UTF-8, ASCII, unknown */
		text_to_utf8(b, s.at, s.len);
		return b->bad ? ERR_NOMEM : 0;
	}
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (s.len > 0) {
		char *from = (char *)(uintptr_t)s.at, *to = out;
		size_t left = s.len, room = sizeof(out);
		size_t r = iconv(cd, &from, &left, &to, &room);

		buf_add(b, out, (size_t)(to - out));
		if (r == (size_t)-1 && errno != E2BIG && left > 0) {
			buf_str(b, "?"); /* a byte that is none */
			from++;
			left--;
		}
		s = span(from, left);
	}
	return b->bad ? ERR_NOMEM : 0;
}
