/* test_ingest_mime.c - the parts of a mail: by a table, and against GMime's
 * parser on every mail that comes with the tests. */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ingest/charset.h"
#include "ingest/mail.h"
#include "tests/unit/check.h"

#define ALT "Content-Type: multipart/alternative; boundary=b\n\n"
#define MIX "Content-Type: multipart/mixed; boundary=\"b\"\n\n"

/* Each part: its type, "<" within a message, "!" attached, "+" in a digest,
 * "=base64", and its bytes in brackets unless it is a multipart. */
static const struct {
	const char *name, *mail, *parts;
} mails[] = {
	{ "no type", "Subject: x\n\nhi\n", "text/plain[hi\n] " },
	{ "no empty line", "Subject: x\nhi there\n",
	    "text/plain[hi there\n] " },
	{ "only a head", "Subject: x\n", "text/plain[] " },
	{ "nothing", "", "text/plain[] " },
	{ "a type in capitals", "CONTENT-TYPE: Text/HTML; x=y\n\nhi",
	    "text/html[hi] " },
	{ "a type with comments",
	    "Content-Type: (a) text/html (b); (c) charset=x\n\nhi",
	    "text/html[hi] " },
	{ "rubbish for a type", "Content-Type: ;;;\n\nhi", "text/plain[hi] " },
	{ "a word for a type", "Content-Type: text\n\nhi", "text/plain[hi] " },
	{ "two types: the first",
	    "Content-Type: text/html\nContent-Type: text/plain\n\nhi",
	    "text/html[hi] " },
	{ "two parts", MIX "--b\n\none\n--b\n\ntwo\n--b--\nend\n",
	    "multipart/mixed text/plain[one] text/plain[two] " },
	{ "CRLF",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none"
	    "\r\n--b--\r\n",
	    "multipart/mixed text/plain[one] " },
	{ "preamble and epilogue are no parts",
	    MIX "before\n--b\n\none\n--b--\nafter\n--b\n\nno\n",
	    "multipart/mixed text/plain[one] " },
	{ "never closed", MIX "--b\n\none\n--b\n\ntwo",
	    "multipart/mixed text/plain[one] text/plain[two] " },
	{ "blanks behind the border", MIX "--b \t\n\none\n--b-- \n",
	    "multipart/mixed text/plain[one] " },
	{ "a longer line is no border", MIX "--b\n\none\n--bb\n--b--\n",
	    "multipart/mixed text/plain[one\n--bb] " },
	{ "a border at once", MIX "--b\n--b\n\ntwo\n--b--\n",
	    "multipart/mixed text/plain[] text/plain[two] " },
	{ "a border in a head", MIX "--b\nX: y\n--b\n\ntwo\n--b--\n",
	    "multipart/mixed text/plain[] text/plain[two] " },
	{ "nested, the outer border ends both",
	    MIX "--b\nContent-Type: multipart/alternative; boundary=c\n\n"
		"--c\n\none\n--b\n\ntwo\n--b--\n",
	    "multipart/mixed multipart/alternative text/plain[one] "
	    "text/plain[two] " },
	{ "a border that begins another",
	    MIX "--b\nContent-Type: multipart/mixed; boundary=bc\n\n"
		"--bc\n\none\n--bc--\n--b\n\ntwo\n--b--\n",
	    "multipart/mixed multipart/mixed text/plain[one] "
	    "text/plain[two] " },
	{ "a border of RFC 2231",
	    "Content-Type: multipart/mixed; boundary*0=\"a\"; boundary*1=b\n\n"
	    "--ab\n\none\n--ab--\n",
	    "multipart/mixed text/plain[one] " },
	{ "no border: text", "Content-Type: multipart/mixed\n\n--b\n\none\n",
	    "multipart/mixed[--b\n\none\n] " },
	{ "attached",
	    MIX "--b\nContent-Disposition: attachment\n\none\n"
		"--b\nContent-Type: text/x; name=y\n\ntwo\n--b--\n",
	    "multipart/mixed text/plain![one] text/x![two] " },
	{ "a message",
	    MIX "--b\nContent-Type: message/rfc822\n\n"
		"From: a\nSubject: s\n\nin\n--b--\n",
	    "multipart/mixed message/rfc822[From: a\nSubject: s\n\nin] "
	    "<text/plain[in] " },
	{ "a message alone", "Content-Type: message/rfc822\n\nFrom: a\n\nin\n",
	    "message/rfc822[From: a\n\nin\n] <text/plain[in\n] " },
	{ "message/global", "Content-Type: message/global\n\nFrom: a\n\nin\n",
	    "message/global[From: a\n\nin\n] <text/plain[in\n] " },
	{ "an encoded message is a leaf",
	    "Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: BASE64\n\nRnJvbQ==\n",
	    "message/rfc822=base64[RnJvbQ==\n] " },
	{ "a message with parts in it",
	    MIX "--b\nContent-Type: message/rfc822\n\n"
		"Content-Type: multipart/mixed; boundary=c\n\n--c\n\none\n"
		"--b\n\ntwo\n--b--\n",
	    "multipart/mixed message/rfc822[Content-Type: multipart/mixed; "
	    "boundary=c\n\n--c\n\none] <multipart/mixed <text/plain[one] "
	    "text/plain[two] " },
	{ "a digest",
	    "Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
	    "From: a\n\nin\n--b\nContent-Type: text/plain\n\nx\n--b--\n",
	    "multipart/digest message/rfc822+[From: a\n\nin] "
	    "<text/plain[in] text/plain+[x] " },
	{ "other messages are leaves",
	    MIX "--b\nContent-Type: message/partial\n\nFrom: a\n\nin\n--b--\n",
	    "multipart/mixed message/partial[From: a\n\nin] " },
	{ "mbox line and blanks before an attached message",
	    "Content-Type: message/rfc822\n\n\nFrom x Mon\n"
	    "Content-Type: text/html\n\nin",
	    "message/rfc822[\nFrom x Mon\nContent-Type: text/html\n\nin] "
	    "<text/html[in] " },
	{ "blanks before the mail", "\n \nContent-Type: text/html\n\nhi",
	    "text/html[hi] " },
};

static void
show(const struct ingest_parts *parts, struct buf *b)
{
	static const char *const codings[] = { "", "=base64", "=quoted",
		"=uu" };

	buf_clear(b);
	buf_str(b, "");
	for (unsigned i = 0; i < parts->n; i++) {
		const struct ingest_part *p = &parts->parts[i];

		buf_fmt(b, "%s%s%s%s%s", p->within >= 0 ? "<" : "", p->type,
		    p->digest ? "+" : "", p->attached ? "!" : "",
		    codings[p->coding]);
		if (p->sort != INGEST_PART_MULTI) {
			buf_str(b, "[");
			buf_add(b, p->bytes.at, p->bytes.len);
			buf_str(b, "]");
		}
		buf_str(b, " ");
	}
}

static void
check_table(void)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(mails); i++) {
		struct arena arena = { 0 };
		struct ingest_parts parts;

		CHECK(ingest_mime_read(span_str(mails[i].mail), 20, 100, &arena,
			  &parts) == 0,
		    "%s", mails[i].name);
		show(&parts, &b);
		CHECK(strcmp(b.data, mails[i].parts) == 0, "%s: %s",
		    mails[i].name, b.data);
		CHECK(!parts.too_deep && !parts.too_many, "%s: flags",
		    mails[i].name);
		arena_free(&arena);
	}
	buf_free(&b);
}

static void
check_limits(void)
{
	struct buf b = { 0 };
	struct arena arena = { 0 };
	struct ingest_parts parts;

	for (unsigned i = 0; i < 30; i++) {
		buf_str(&b, "Content-Type: message/rfc822\n\n");
	}
	buf_str(&b, "From: a\n\nx\n");
	CHECK(ingest_mime_read(span(b.data, b.len), 5, 100, &arena, &parts) ==
		    0 &&
		parts.too_deep && parts.n == 6,
	    "deep: %u", parts.n);
	CHECK(ingest_mime_read(span(b.data, b.len), 100, 100, &arena, &parts) ==
		    0 &&
		!parts.too_deep && parts.n == 31,
	    "not deep: %u", parts.n);
	buf_clear(&b);
	buf_str(&b, MIX);
	for (unsigned i = 0; i < 300; i++) {
		buf_str(&b, "--b\n\nx\n");
	}
	CHECK(ingest_mime_read(span(b.data, b.len), 5, 300, &arena, &parts) ==
		    0 &&
		parts.too_many && parts.n == 300,
	    "many: %u", parts.n);
	CHECK(ingest_mime_read(span(b.data, b.len), 5, 301, &arena, &parts) ==
		    0 &&
		!parts.too_many && parts.n == 301,
	    "as many as may be: %u", parts.n);
	arena_free(&arena);
	buf_free(&b);
}

static const struct {
	const char *params, *name, *value; /* NULL: none */
} params[] = {
	{ "; charset=utf-8", "charset", "utf-8" },
	{ " ; Charset = \"utf-8\" ", "charset", "utf-8" },
	{ "; a=\"x;charset=no\"; charset=yes", "charset", "yes" },
	{ "; (charset=no) charset=yes", "charset", "yes" },
	{ "; charset=\"a\\\"b\"", "charset", "a\"b" },
	{ "; charset=one; charset=two", "charset", "one" },
	{ "; charset*=utf-8'en'a%41b", "charset", "aAb" },
	{ "; n*0=ab; n*1=cd", "n", "abcd" },
	{ "; n*0*=''a%42; n*1=cd", "n", "aBcd" }, { "; n=a\n\tb", "n", "a" },
	{ ";;; n=a", "n", "a" }, { "; n=", "n", "" }, { "; nn=a", "n", NULL },
	{ "; n", "n", NULL }, { "", "n", NULL }, { "; =x; n=a", "n", "a" },
	{ "; ( unclosed n=a", "n", NULL }, { "; m=\"unclosed; n=a", "n", NULL },
	{ "; n*=%", "n", "%" }, { "; n*=%4", "n", "%4" },
	{ "; n=0123456789abcdefghijkl", "n", "0123456789abcdefghi" }, /* cut */
};

static void
check_params(void)
{
	char out[20];

	for (size_t i = 0; i < COUNT(params); i++) {
		bool is = ingest_mime_param(span_str(params[i].params),
		    params[i].name, out, sizeof(out));

		CHECK(is == (params[i].value != NULL) &&
			(!is || strcmp(out, params[i].value) == 0),
		    "%s: %s", params[i].params, is ? out : "none");
	}
}

/* ---- GMime's opinion --------------------------------------------------- */

struct theirs {
	struct buf *b;
	unsigned depth;
};

static void
see(GMimeObject *o, struct theirs *t)
{
	char *type = g_mime_content_type_get_mime_type(
	    g_mime_object_get_content_type(o));
	char *low = g_ascii_strdown(type, -1);

	buf_fmt(t->b, "%u:%s", t->depth, low);
	g_free(type);
	g_free(low);
	if (GMIME_IS_MULTIPART(o)) {
		buf_str(t->b, "\n");
		t->depth++;
		for (int i = 0;
		     i < g_mime_multipart_get_count(GMIME_MULTIPART(o)); i++) {
			see(g_mime_multipart_get_part(GMIME_MULTIPART(o), i),
			    t);
		}
		t->depth--;
	} else if (GMIME_IS_MESSAGE_PART(o)) {
		GMimeMessage *m =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));

		buf_str(t->b, "\n");
		t->depth++;
		if (m != NULL && g_mime_message_get_mime_part(m) != NULL) {
			see(g_mime_message_get_mime_part(m), t);
		}
		t->depth--;
	} else if (GMIME_IS_PART(o)) {
		GMimeStream *mem = g_mime_stream_mem_new();
		GMimeDataWrapper *w = g_mime_part_get_content(GMIME_PART(o));
		GByteArray *bytes;

		if (w != NULL) {
			g_mime_data_wrapper_write_to_stream(w, mem);
		}
		bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
		buf_fmt(t->b, " %u\n", bytes->len);
		g_object_unref(mem);
	}
}

static void
ours(struct span mail, struct buf *b)
{
	struct arena arena = { 0 };
	struct ingest_parts parts;
	struct buf content = { 0 };

	CHECK(ingest_mime_read(mail, 50, 1000, &arena, &parts) == 0, "read");
	for (unsigned i = 0; i < parts.n; i++) {
		const struct ingest_part *p = &parts.parts[i];

		buf_fmt(b, "%u:%s", p->depth, p->type);
		if (p->sort == INGEST_PART_LEAF) {
			buf_clear(&content);
			CHECK(ingest_mail_decode(
				  p->coding, p->bytes, 1u << 24, &content) == 0,
			    "decode");
			buf_fmt(b, " %zu", content.len);
		}
		buf_str(b, "\n");
	}
	buf_free(&content);
	arena_free(&arena);
}

static void
compare(const char *name, struct span mail)
{
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(mail.at, mail.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	struct buf a = { 0 }, b = { 0 };
	struct theirs t = { .b = &b };

	if (message != NULL && g_mime_message_get_mime_part(message) != NULL) {
		see(g_mime_message_get_mime_part(message), &t);
		ours(mail, &a);
		CHECK(a.data != NULL && strcmp(a.data, b.data) == 0,
		    "%s: we read\n%sGMime reads\n%s", name, a.data, b.data);
	}
	if (message != NULL) {
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	buf_free(&a);
	buf_free(&b);
}

static void
check_gmime(const char *folder, unsigned least)
{
	const char *src = getenv("srcdir");
	struct buf path = { 0 };
	const struct dirent *d;
	unsigned n = 0;
	DIR *dir;

	buf_fmt(&path, "%s%s%s", folder[0] == '/' || src == NULL ? "" : src,
	    folder[0] == '/' || src == NULL ? "" : "/", folder);
	dir = opendir(path.data);
	CHECK(dir != NULL, "%s", path.data);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		struct buf mail = { 0 }, file = { 0 };

		if (strstr(d->d_name, ".eml") == NULL) {
			continue;
		}
		buf_fmt(&file, "%s/%s", path.data, d->d_name);
		CHECK(file_read(file.data, 1u << 26, &mail) == 0, "%s",
		    file.data);
		compare(d->d_name, span(mail.data, mail.len));
		buf_free(&mail);
		buf_free(&file);
		n++;
	}
	CHECK(n >= least, "%s: %u mails to compare", folder, n);
	if (dir != NULL) {
		closedir(dir);
	}
	buf_free(&path);
}

/* The short way through an address field must say what GMime says. */
static void
check_addresses(void)
{
	static const char *const values[] = { "a@b.example", " a@b.example ",
		"<a@b.example>", "Ann <a@b.example>", "Ann B-C 3 <a@b.example>",
		"\"Ann, B.\" <a@b.example>", "\"A\\\"B\" <a@b.example>",
		"\"\" <a@b.example>", "a.b+c@d-e.example", "a..b@c.example",
		".a@c.example", "a@c.example.", "a@b.example, c@d.example",
		"Ann <a@b.example> (x)", "Ann <a@b.example", "<a@b.example>>",
		"a@[192.0.2.1]", "Ann a@b.example", "@b.example", "a@", "<>",
		"", "g: a@b.example;", "\xce\xb1@b.example",
		"=?utf-8?q?A?= <a@b.example>", "O'Hara <o'hara@b.example>",
		"x <a b@c.example>", "a@b@c.example", "1@2" };

	for (size_t i = 0; i < COUNT(values); i++) {
		InternetAddressList *list =
		    internet_address_list_parse(NULL, values[i]);
		struct arena arena = { 0 };
		const char **got;
		unsigned n, k = 0;

		CHECK(ingest_mail_addresses(values[i], &arena, &got, &n) == 0,
		    "%s", values[i]);
		for (int a = 0;
		     list != NULL && a < internet_address_list_length(list);
		     a++) {
			InternetAddress *ia =
			    internet_address_list_get_address(list, a);
			const char *addr = INTERNET_ADDRESS_IS_MAILBOX(ia)
			    ? internet_address_mailbox_get_addr(
				  INTERNET_ADDRESS_MAILBOX(ia))
			    : NULL;

			if (addr != NULL && addr[0] != '\0') {
				CHECK(k < n && strcmp(got[k], addr) == 0,
				    "\"%s\": %s, GMime %s", values[i],
				    k < n ? got[k] : "none", addr);
				k++;
			}
		}
		CHECK(k == n || strchr(values[i], ';') != NULL,
		    "\"%s\": %u, GMime %u", values[i], n, k);
		if (list != NULL) {
			g_object_unref(list);
		}
		arena_free(&arena);
	}
}

static const struct {
	const char *name;
	enum ingest_coding coding;
	const char *in, *out;
} codings[] = {
	{ "identity", INGEST_IDENTITY, "a=20b", "a=20b" },
	{ "base64", INGEST_BASE64, "aGVs\nbG8=\n", "hello" },
	{ "base64, cut", INGEST_BASE64, "aGVsbG8", "hel" },
	{ "base64, rubbish in it", INGEST_BASE64, "aG!Vs bG8=", "hello" },
	{ "quoted", INGEST_QUOTED, "a=3Db=\nc", "a=bc" },
	{ "quoted, wrong", INGEST_QUOTED, "a=zz", "a=zz" },
	{ "uu", INGEST_UUENCODE, "begin 644 x\n#86)C\n`\nend\n", "abc" },
	{ "uu without a beginning", INGEST_UUENCODE, "#86)C\n`\nend\n", "abc" },
	{ "uu, cut", INGEST_UUENCODE, "#86)", "ab@" },
	{ "uu, a lie about the length", INGEST_UUENCODE, "M86)C\n", "abc" },
	{ "uu, empty lines", INGEST_UUENCODE, "\n\n#86)C\n\nend", "abc" },
	{ "nothing", INGEST_BASE64, "", "" },
};

static void
check_codings(void)
{
	for (size_t i = 0; i < COUNT(codings); i++) {
		struct buf b = { 0 };

		buf_str(&b, "");
		CHECK(ingest_mail_decode(codings[i].coding,
			  span_str(codings[i].in), 1000, &b) == 0 &&
			strcmp(b.data, codings[i].out) == 0,
		    "%s: %s", codings[i].name, b.data);
		buf_clear(&b);
		CHECK(codings[i].out[0] == '\0' ||
			(ingest_mail_decode(codings[i].coding,
			     span_str(codings[i].in), 1, &b) ==
				(codings[i].out[1] == '\0' ? 0 : ERR_FULL) &&
			    b.len == 1),
		    "%s: limit", codings[i].name);
		buf_free(&b);
	}
}

static const struct {
	const char *charset, *in, *out;
} charsets[] = {
	{ "", "abc \xce\xb1", "abc \xce\xb1" },
	{ "utf-8", "\xce\xb1", "\xce\xb1" },
	{ "UTF-8", "\xe1", "\xc3\xa1" },
	{ "us-ascii", "\xe1", "\xc3\xa1" },
	{ "iso-8859-7", "\xe1\xc1", "\xce\xb1\xce\x91" },
	{ "windows-1253", "\xe1\xa2", "\xce\xb1\xce\x86" },
	{ "cp1253", "\xe1", "\xce\xb1" },
	{ "ISO_8859-7:", "\xe1", "\xce\xb1" },
	{ "greek", "\xe1", "\xce\xb1" },
	{ "utf8", "\xce\xb1", "\xce\xb1" },
	{ "iso-8859-7//TRANSLIT", "abc", "abc" },
	{ "koi8-r", "\xd4", "\xd1\x82" },
	{ "iso-2022-jp", "\x1b$B$\"\x1b(Bx", "\xe3\x81\x82x" },
	{ "gb2312", "\xc4\xe3", "\xe4\xbd\xa0" },
	{ "x-nobody-knows", "abc\xe1", "abc\xc3\xa1" },
	{ "../../etc/passwd", "abc", "abc" },
	{ "shift_jis", "a\x82", "a?" }, /* half a character */
	{ "gb2312",
	    "a\xff"
	    "b",
	    "a?b" },
};

static void
check_charsets(void)
{
	for (size_t i = 0; i < COUNT(charsets); i++) {
		struct buf b = { 0 };

		CHECK(ingest_charset_utf8(span_str(charsets[i].in),
			  charsets[i].charset, &b) == 0 &&
			strcmp(b.data, charsets[i].out) == 0,
		    "%s: %s", charsets[i].charset, b.data);
		buf_free(&b);
	}
}

/* With a folder as argument: compare with GMime on the mails there. */
int
main(int argc, char **argv)
{
	ingest_mail_init();
	check_table();
	check_limits();
	check_params();
	check_addresses();
	check_codings();
	check_charsets();
	if (argc > 1) {
		check_gmime(argv[1], 1);
	} else {
		check_gmime("tests/data/mail", 15);
		check_gmime("tests/data/unwrap", 30);
	}
	return failures != 0;
}
