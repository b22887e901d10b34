/* mail.c - MIME: a mail as a list of its parts. The only door to GMime. */
#include "ingest/mail.h"

#include <gmime/gmime.h>
#include <string.h>

#include "ingest/head.h"
#include "ingest/limits.h"

#define STACK 64 /* above any max-depth that rbl.conf accepts */
#define ADDRESSES_MAX 500

struct ingest_mail {
	GMimeStream *stream;
	GByteArray *array; /* borrows the caller's bytes */
	GMimeMessage *message;
};

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

static const char *
type_of(GMimeObject *object, struct arena *arena)
{
	GMimeContentType *ct = g_mime_object_get_content_type(object);
	char *s = ct != NULL ? g_mime_content_type_get_mime_type(ct) : NULL;

	for (char *p = s; p != NULL && *p != '\0'; p++) {
		*p = text_lower(*p);
	}
	return keep(arena, s);
}

static const char *
parameter(GMimeObject *object, const char *name, struct arena *arena)
{
	GMimeContentType *ct = g_mime_object_get_content_type(object);
	const char *s =
	    ct != NULL ? g_mime_content_type_get_parameter(ct, name) : NULL;

	return keep(arena, g_strdup(s));
}

/* Widen *RET_AT .. *RET_END to hold the fields of LIST. */
static void
cover(GMimeHeaderList *list, size_t *ret_at, size_t *ret_end)
{
	int n = g_mime_header_list_get_count(list);

	for (int i = 0; i<n; i += n> 1 ? n - 1 : 1) { /* first and last */
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *raw = g_mime_header_get_raw_value(h);
		gint64 at = g_mime_header_get_offset(h);
		size_t end;

		if (at < 0 || raw == NULL) {
			continue;
		}
		end = (size_t)at + strlen(g_mime_header_get_name(h)) + 1 +
		    strlen(raw);
		*ret_at = (size_t)at < *ret_at ? (size_t)at : *ret_at;
		*ret_end = end > *ret_end ? end : *ret_end;
	}
}

/* The bytes of MESSAGE's header block, by the places of its fields. GMime
 * keeps those called Content-* with the part that they describe. */
static bool
block_of(GMimeMessage *message, size_t *ret_at, size_t *ret_end)
{
	GMimeObject *part = g_mime_message_get_mime_part(message);
	size_t at = SIZE_MAX, end = 0;

	cover(g_mime_object_get_header_list(GMIME_OBJECT(message)), &at, &end);
	if (part != NULL) {
		cover(g_mime_object_get_header_list(part), &at, &end);
	}
	if (end <= at) {
		return false;
	}
	*ret_at = at;
	*ret_end = end;
	return true;
}

struct frame {
	GMimeObject *object;
	int next; /* child of a multipart */
	int within;
	unsigned depth;
	bool digest;
};

struct walk {
	struct arena *arena;
	struct ingest_parts *parts;
	struct frame stack[STACK];
	unsigned n, cap, max_depth, max_parts;
};

static int
add(struct walk *w, const struct frame *f, struct ingest_part **ret)
{
	struct ingest_parts *parts = w->parts;
	struct ingest_part *p;

	if (parts->n >= w->max_parts) {
		parts->too_many = true;
		return 0;
	}
	if (parts->n == w->cap) {
		unsigned cap = w->cap == 0 ? 16 : w->cap * 2;

		p = arena_alloc(w->arena, cap * sizeof(*p));
		if (p == NULL) {
			return ERR_NOMEM;
		}
		if (parts->n > 0) {
			memcpy(p, parts->parts, parts->n * sizeof(*p));
		}
		parts->parts = p;
		w->cap = cap;
	}
	p = &parts->parts[parts->n++];
	*p = (struct ingest_part){ .within = f->within,
		.depth = f->depth,
		.digest = f->digest,
		.type = type_of(f->object, w->arena),
		.name = "",
		.handle = f->object };
	*ret = p;
	return 1;
}

static void
push(struct walk *w, GMimeObject *object, const struct frame *from, int within,
    bool digest)
{
	unsigned depth = from != NULL ? from->depth + 1 : 0;

	if (object == NULL) {
		return;
	}
	if (depth > w->max_depth || w->n == STACK) {
		w->parts->too_deep = true;
		return;
	}
	w->stack[w->n++] = (struct frame){ .object = object,
		.within = within,
		.depth = depth,
		.digest = digest };
}

/* The next step of the walk: one part, or one child of a multipart. */
static int
step(struct walk *w)
{
	struct frame f = w->stack[w->n - 1];
	struct ingest_part *p = NULL;
	int r;

	if (GMIME_IS_MULTIPART(f.object)) {
		GMimeMultipart *multi = GMIME_MULTIPART(f.object);
		bool digest;

		if (f.next == 0 && (r = add(w, &f, &p)) <= 0) {
			w->n = r == 0 ? 0 : w->n;
			return r;
		}
		if (p != NULL) {
			p->sort = INGEST_PART_MULTI;
		}
		if (f.next >= g_mime_multipart_get_count(multi)) {
			w->n--;
			return 0;
		}
		w->stack[w->n - 1].next++;
		digest = strcmp(type_of(f.object, w->arena),
			     "multipart/digest") == 0;
		push(w, g_mime_multipart_get_part(multi, f.next), &f, f.within,
		    digest);
		return 0;
	}
	w->n--;
	r = add(w, &f, &p);
	if (r <= 0) {
		w->n = 0;
		return r;
	}
	p->attached = g_mime_object_get_content_disposition(f.object) != NULL;
	if (GMIME_IS_MESSAGE_PART(f.object)) {
		GMimeMessage *m = g_mime_message_part_get_message(
		    GMIME_MESSAGE_PART(f.object));

		p->sort = INGEST_PART_MESSAGE;
		if (m != NULL && block_of(m, &p->at, &p->end)) {
			push(w, g_mime_message_get_mime_part(m), &f,
			    (int)w->parts->n - 1, false);
		}
	} else if (GMIME_IS_PART(f.object)) {
		p->name = keep(w->arena,
		    g_strdup(g_mime_part_get_filename(GMIME_PART(f.object))));
		p->attached = p->attached || p->name[0] != '\0';
	}
	return 0;
}

int
ingest_mail_open(struct span bytes, unsigned max_depth, unsigned max_parts,
    struct arena *arena, struct ingest_mail **ret_mail,
    struct ingest_parts *ret_parts)
{
	struct ingest_mail *mail = g_new0(struct ingest_mail, 1);
	struct ingest_parts parts = { .report_type = "", .charset = "" };
	struct walk w = { .arena = arena,
		.parts = &parts,
		.max_depth = max_depth,
		.max_parts = max_parts };
	GMimeParser *parser;
	GMimeObject *top;
	int r = ERR_FORMAT;

	/* lent: GMime reads the bytes in place and must not free them */
	mail->array =
	    g_byte_array_new_take((guint8 *)(uintptr_t)bytes.at, bytes.len);
	mail->stream = g_mime_stream_mem_new_with_byte_array(mail->array);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(mail->stream), FALSE);
	parser = g_mime_parser_new_with_stream(mail->stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	mail->message = g_mime_parser_construct_message(parser, options);
	g_object_unref(parser);
	if (mail->message == NULL) {
		goto out;
	}
	top = g_mime_message_get_mime_part(mail->message);
	r = 0;
	if (top != NULL) {
		if (strcmp(type_of(top, arena), "multipart/report") == 0) {
			parts.report_type =
			    parameter(top, "report-type", arena);
		}
		parts.charset = parameter(top, "charset", arena);
		push(&w, top, NULL, -1, false);
	}
	while (w.n > 0 && r >= 0) {
		r = step(&w);
	}
	if (r < 0) {
		goto out;
	}
	*ret_parts = parts;
	*ret_mail = mail;
	mail = NULL;
	r = 0;
out:
	ingest_mail_close(&mail);
	return r;
}

void
ingest_mail_close(struct ingest_mail **mail)
{
	struct ingest_mail *m = *mail;

	if (m == NULL) {
		return;
	}
	if (m->message != NULL) {
		g_object_unref(m->message);
	}
	g_object_unref(m->stream);
	(void)g_byte_array_steal(m->array, NULL);
	g_byte_array_free(m->array, TRUE);
	g_free(m);
	*mail = NULL;
}

int
ingest_mail_decode(const struct ingest_part *part, size_t limit, struct buf *b)
{
	GMimeDataWrapper *content;
	GMimeStream *stream;
	GMimeEncoding state;
	char in[4096], out[8192];
	size_t start = b->len;
	ssize_t n;

	if (part->sort != INGEST_PART_LEAF || !GMIME_IS_PART(part->handle)) {
		return 0;
	}
	content = g_mime_part_get_content(GMIME_PART(part->handle));
	stream =
	    content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
	if (stream == NULL) {
		return 0;
	}
	g_mime_encoding_init_decode(
	    &state, g_mime_data_wrapper_get_encoding(content));
	if (g_mime_stream_reset(stream) < 0) {
		return 0;
	}
	while ((n = g_mime_stream_read(stream, in, sizeof(in))) > 0) {
		size_t m;

		if (g_mime_encoding_outlen(&state, (size_t)n) > sizeof(out)) {
			return ERR_NOMEM;
		}
		m = g_mime_encoding_step(&state, in, (size_t)n, out);
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

/* Groups nest at most INGEST_NEST_MAX deep: limits.c has seen to it. */
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

int
ingest_mail_addresses(
    const char *value, struct arena *arena, const char ***ret, unsigned *ret_n)
{
	static const char *none[1] = { "" };
	struct gather g = { .arena = arena, .list = none };
	InternetAddressList *list;

	*ret = none;
	*ret_n = 0;
	if (!ingest_limits_address(span_str(value))) {
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
