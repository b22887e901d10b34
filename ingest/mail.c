/* mail.c - what is encoded in a mail, read. The only door to GMime. */
#include "ingest/mail.h"

#include <gmime/gmime.h>
#include <string.h>
#include <time.h>

#include "ingest/charset.h"
#include "ingest/head.h"
#include "ingest/uu.h"

#define ADDRESSES_MAX 500

static GMimeParserOptions *options;

/* What GLib has to say may quote the mail: it reaches no log. */
static void
silence(const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer ctx)
{
	(void)domain;
	(void)level;
	(void)message;
	(void)ctx;
}

void
ingest_mail_init(void)
{
	static const char *charsets[] = { "utf-8", "windows-1252", NULL };

	if (options != NULL) {
		return;
	}
	g_log_set_default_handler(silence, NULL);
	g_mime_init();
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(options, charsets);
	ingest_charset_init();
	tzset(); /* reads a file */
}

/* A copy in ARENA of S, which is freed; "" for NULL. */
static const char *
keep(struct arena *arena, char *s)
{
	const char *copy = "";

	if (s != NULL) {
		struct buf b = { 0 };

		text_to_utf8(&b, s, strlen(s));
		copy = b.bad || b.data == NULL ? "" : arena_str(arena, b.data);
		buf_free(&b);
		g_free(s);
	}
	return copy != NULL ? copy : "";
}

/* ---- content ----------------------------------------------------------- */

static GMimeContentEncoding
encoding_of(enum ingest_coding coding)
{
	return coding == INGEST_BASE64 ? GMIME_CONTENT_ENCODING_BASE64
	    : coding == INGEST_QUOTED  ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE
				       : GMIME_CONTENT_ENCODING_BINARY;
}

int
ingest_mail_decode(
    enum ingest_coding coding, struct span in, size_t limit, struct buf *b)
{
	GMimeEncoding state;
	char out[8192];
	size_t start = b->len;

	if (coding == INGEST_UUENCODE) {
		return ingest_uu_decode(in, limit, b);
	}
	g_mime_encoding_init_decode(&state, encoding_of(coding));
	while (in.len > 0) {
		size_t n = in.len < 4096 ? in.len : 4096, m;

		if (g_mime_encoding_outlen(&state, n) > sizeof(out)) {
			return ERR_NOMEM;
		}
		m = g_mime_encoding_step(&state, in.at, n, out);
		in = span(in.at + n, in.len - n);
		if (b->len - start + m > limit) {
			buf_add(b, out, limit - (b->len - start));
			return b->bad ? ERR_NOMEM : ERR_FULL;
		}
		buf_add(b, out, m);
	}
	return b->bad ? ERR_NOMEM : 0;
}

/* ---- single fields ----------------------------------------------------- */

struct gather {
	struct arena *arena;
	const char **list;
	unsigned n;
};

/* Colons are counted without looking at quotes or ";" on purpose: what this
 * reads as closed, GMime may read as open. */
bool
ingest_mail_safe(struct span value)
{
	unsigned colons = 0, open = 0;

	if (value.len > INGEST_FIELD_MAX) {
		return false;
	}
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c == ':') {
			colons++;
		} else if (c == '(') {
			open++;
		} else if (c == ')' && open > 0) {
			open--;
		}
		if (colons > INGEST_NEST_MAX || open > INGEST_NEST_MAX) {
			return false;
		}
	}
	return true;
}

/* Groups nest at most INGEST_NEST_MAX deep: the value is safe. */
static void
gather(InternetAddressList *list, struct gather *g)
{
	int n = internet_address_list_length(list);

	for (int i = 0; i < n && g->n < ADDRESSES_MAX; i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);

		if (INTERNET_ADDRESS_IS_MAILBOX(a)) {
			const char *addr = internet_address_mailbox_get_addr(
			    INTERNET_ADDRESS_MAILBOX(a));

			if (addr != NULL && addr[0] != '\0') {
				g->list[g->n++] =
				    keep(g->arena, g_strdup(addr));
			}
		} else if (INTERNET_ADDRESS_IS_GROUP(a)) {
			InternetAddressList *members =
			    internet_address_group_get_members(
				INTERNET_ADDRESS_GROUP(a));

			if (members != NULL) {
				gather(members, g);
			}
		}
	}
}

/* Letters, digits, MORE, and dots between them. */
static size_t
dotted(const char *s, const char *more)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	    (s[n] >= '0' && s[n] <= '9') ||
	    (s[n] != '\0' && strchr(more, s[n]) != NULL) ||
	    (s[n] == '.' && n > 0 && s[n - 1] != '.')) {
		n++;
	}
	return n > 0 && s[n - 1] == '.' ? 0 : n;
}

/* The address of a field that can be read in one way only: "a@b",
 * "Ann Example <a@b>", "\"Ann\" <a@b>". GMime reads these too, but builds a
 * dozen objects to do so. len 0: it is not so simple. */
static struct span
simple_address(const char *value)
{
	const char *p = value + strspn(value, " \t"), *start;
	size_t n = strcspn(p, "<");
	bool angle = p[n] == '<';
	size_t local;

	if (angle && *p == '"') {
		n = 1 + strcspn(p + 1, "\"\\");
		if (p[n] != '"') {
			return span("", 0);
		}
		p += n + 1;
		p += strspn(p, " \t");
	} else if (angle) {
		size_t k = 0;

		while (k < n &&
		    (p[k] == ' ' || p[k] == '-' ||
			(p[k] >= '0' && p[k] <= '9') ||
			(p[k] >= 'a' && p[k] <= 'z') ||
			(p[k] >= 'A' && p[k] <= 'Z'))) {
			k++;
		}
		if (k < n) {
			return span("", 0);
		}
		p += n;
	}
	if (angle && *p++ != '<') {
		return span("", 0);
	}
	start = p;
	local = dotted(p, "!#$%&'*+/=?^_`{|}~-");
	n = local > 0 && p[local] == '@' ? dotted(p + local + 1, "-") : 0;
	if (n == 0) {
		return span("", 0);
	}
	p += local + 1 + n;
	if (angle && *p++ != '>') {
		return span("", 0);
	}
	p += strspn(p, " \t");
	return *p == '\0' ? span(start, local + 1 + n) : span("", 0);
}

int
ingest_mail_addresses(
    const char *value, struct arena *arena, const char ***ret, unsigned *ret_n)
{
	static const char *none[1] = { "" };
	struct gather g = { .arena = arena, .list = none };
	InternetAddressList *list;
	struct span simple;

	*ret = none;
	*ret_n = 0;
	simple = simple_address(value);
	if (simple.len > 0) {
		g.list = arena_alloc(arena, sizeof(*g.list));
		if (g.list == NULL) {
			return ERR_NOMEM;
		}
		g.list[0] = arena_copy(arena, simple.at, simple.len);
		if (g.list[0] == NULL) {
			return ERR_NOMEM;
		}
		*ret = g.list;
		*ret_n = 1;
		return 0;
	}
	if (!ingest_mail_safe(span_str(value))) {
		return 0;
	}
	list = internet_address_list_parse(options, value);
	if (list == NULL) {
		return 0;
	}
	g.list = arena_alloc(arena, ADDRESSES_MAX * sizeof(*g.list));
	if (g.list == NULL) {
		g_object_unref(list);
		return ERR_NOMEM;
	}
	gather(list, &g);
	g_object_unref(list);
	*ret = g.list;
	*ret_n = g.n;
	return 0;
}

/* The charset that the first encoded word of VALUE names, or "". */
static const char *
named_charset(const char *value, struct arena *arena)
{
	const char *word = strstr(value, "=?");
	char *name;
	size_t n;

	if (word == NULL) {
		return "";
	}
	n = strcspn(word + 2, "?*"); /* RFC 2231: "*language" */
	if (n == 0 || n > 40) {
		return "";
	}
	name = arena_copy(arena, word + 2, n);
	for (char *p = name; p != NULL && *p != '\0'; p++) {
		*p = text_lower(*p);
	}
	return name != NULL ? keep(arena, g_strdup(name)) : "";
}

static bool
eight_bit(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80) {
		s++;
	}
	return *s != '\0';
}

const char *
ingest_mail_text(const char *value, const char *hint, struct arena *arena,
    const char **ret_charset)
{
	const char *charsets[] = { "utf-8", hint, "windows-1252", NULL };
	GMimeParserOptions *own = NULL;
	const char *text;

	*ret_charset = named_charset(value, arena);
	if (hint[0] != '\0' && eight_bit(value)) {
		own = g_mime_parser_options_clone(options);
		g_mime_parser_options_set_fallback_charsets(own, charsets);
	}
	text = keep(arena,
	    g_mime_utils_header_decode_text(
		own != NULL ? own : options, value));
	if (own != NULL) {
		g_mime_parser_options_free(own);
	}
	return text;
}

bool
ingest_mail_date(const char *value, int64_t *ret_time)
{
	GDateTime *t = g_mime_utils_header_decode_date(value);

	if (t == NULL) {
		return false;
	}
	*ret_time = g_date_time_to_unix(t);
	g_date_time_unref(t);
	return true;
}
