/* A mail handed in over HTTP: the form with a file in it, whose token it was,
 * how often, and all that is refused. Nobody serves LMTP here: what would be
 * handed over answers 503, and tests/flow/upload.sh does the rest. */
#include <stdlib.h>
#include <unistd.h>

#include "www/multipart.h"
#include "www/quota.h"
#include "www_world.h"
#include "zone/submitters.h"

#define B "--xyz"
#define DISP "Content-Disposition: form-data; name="
#define SECRET(t) B "\r\n" DISP "\"secret\"\r\n\r\n" t "\r\n"
#define MAIL(m)                                                        \
	B "\r\n" DISP "\"mail\"; filename=\"a.eml\"\r\nContent-Type: " \
	  "message/rfc822\r\n\r\n" m "\r\n"
#define END B "--\r\n"
#define TYPE "multipart/form-data; boundary=xyz"

static const struct {
	const char *what, *body;
	int r;
	unsigned n; /* parts */
} forms[] = {
	{ "as it should be", SECRET("t") MAIL("m") END, 0, 2 },
	{ "the other way round", MAIL("m") SECRET("t") END, 0, 2 },
	{ "no line end at the end", MAIL("m") B "--", 0, 1 },
	{ "an empty file", MAIL("") END, 0, 1 },
	{ "lines in it", MAIL("a\r\n\r\n-- \r\n--xy\r\nb") END, 0, 1 },
	{ "its boundary within a line", MAIL("a --xyz b") END, 0, 1 },
	{ "no quotes", B "\r\n" DISP "mail; filename=a\r\n\r\nm\r\n" END, 0,
	    1 },
	{ "further fields of a head",
	    B "\r\nX-A: b\r\n" DISP "\"mail\"\r\n\r\nm\r\n" END, 0, 1 },
	{ "nothing", "", ERR_FORMAT, 0 },
	{ "the end alone", END, ERR_FORMAT, 0 },
	{ "no end", SECRET("t") MAIL("m"), ERR_FORMAT, 0 },
	{ "half an end", MAIL("m") B "-", ERR_FORMAT, 0 },
	{ "more after the end", MAIL("m") END "x", ERR_FORMAT, 0 },
	{ "two ends", MAIL("m") END END, ERR_FORMAT, 0 },
	{ "words before it", "hello\r\n" MAIL("m") END, ERR_FORMAT, 0 },
	{ "a line end before it", "\r\n" MAIL("m") END, ERR_FORMAT, 0 },
	{ "another boundary", "--abc\r\n" DISP "\"a\"\r\n\r\nm\r\n--abc--",
	    ERR_FORMAT, 0 },
	{ "no name", B "\r\nContent-Type: a/b\r\n\r\nm\r\n" END, ERR_FORMAT,
	    0 },
	{ "an empty name", B "\r\n" DISP "\"\"\r\n\r\nm\r\n" END, ERR_FORMAT,
	    0 },
	{ "two names", B "\r\n" DISP "\"a\"; name=\"b\"\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "two dispositions",
	    B "\r\n" DISP "\"a\"\r\n" DISP "\"b\"\r\n\r\nm"
	      "\r\n" END,
	    ERR_FORMAT, 0 },
	{ "an open quote", B "\r\n" DISP "\"a\r\n\r\nm\r\n" END, ERR_FORMAT,
	    0 },
	{ "a backslash", B "\r\n" DISP "\"a\\\"b\"\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "words behind a quote", B "\r\n" DISP "\"a\"b\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "another disposition",
	    B
	    "\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "an encoding",
	    B "\r\n" DISP "\"a\"\r\nContent-Transfer-Encoding: "
	      "base64\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "a name in two ways",
	    B "\r\n" DISP "\"a\"; filename*=utf-8''b\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "a folded head", B "\r\n" DISP "\"a\"\r\n b\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "no colon", B "\r\nabc\r\n\r\nm\r\n" END, ERR_FORMAT, 0 },
	{ "a control character", B "\r\n" DISP "\"a\x01\"\r\n\r\nm\r\n" END,
	    ERR_FORMAT, 0 },
	{ "lines of Unix", B "\n" DISP "\"a\"\n\nm\n" B "--\n", ERR_FORMAT, 0 },
	{ "no head", B "\r\n\r\nm\r\n" END, ERR_FORMAT, 0 },
	{ "no end of the head", B "\r\n" DISP "\"a\"\r\n", ERR_FORMAT, 0 },
	{ "one name twice", SECRET("t") SECRET("u") END, ERR_RANGE, 0 },
	{ "two files", MAIL("m") MAIL("n") END, ERR_RANGE, 0 },
	{ "too many parts",
	    B "\r\n" DISP "a\r\n\r\n\r\n" B "\r\n" DISP "b\r\n\r\n\r\n" B
	      "\r\n" DISP "c\r\n\r\n\r\n" B "\r\n" DISP "d\r\n\r\n\r\n" B
	      "\r\n" DISP "e\r\n\r\n\r\n" END,
	    ERR_RANGE, 0 },
};

static const struct {
	const char *type, *boundary; /* NULL: it has none */
} types[] = {
	{ "multipart/form-data; boundary=xyz", "xyz" },
	{ "Multipart/Form-Data;boundary=\"x y\"", NULL },
	{ "multipart/form-data; boundary=\"x:y\"", "x:y" },
	{ "multipart/form-data; charset=utf-8; boundary=--a", "--a" },
	{ "multipart/form-data; boundary=a;", "a" },
	{ "multipart/form-data", NULL },
	{ "multipart/form-data;", NULL },
	{ "multipart/form-data; boundary=", NULL },
	{ "multipart/form-data; boundary=\"\"", NULL },
	{ "multipart/form-data; boundary=a; boundary=b", NULL },
	{ "multipart/form-data; boundary=\"a", NULL },
	{ "multipart/form-data; boundary", NULL },
	{ "multipart/form-data; boundary=a\r\nb", NULL },
	{ "multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    NULL },
	{ "multipart/form-dataX; boundary=a", NULL },
	{ "multipart/mixed; boundary=a", NULL },
	{ "", NULL },
};

static void
reading(void)
{
	const char *good = SECRET("t") MAIL("m") B "--";
	struct www_parts parts;
	struct span xyz = span("xyz", 3), b;

	for (size_t i = 0; i < COUNT(forms); i++) {
		int r =
		    www_multipart_parse(span_str(forms[i].body), xyz, &parts);

		CHECK(r == forms[i].r && (r < 0 || parts.n == forms[i].n),
		    "%s: %d", forms[i].what, r);
	}
	CHECK(www_multipart_parse(span_str(good), xyz, &parts) == 0 &&
		www_multipart_get(&parts, "mail")->is_file &&
		!www_multipart_get(&parts, "secret")->is_file &&
		span_is(www_multipart_get(&parts, "mail")->body, "m") &&
		www_multipart_get(&parts, "Mail") == NULL &&
		www_multipart_get(&parts, "mai") == NULL,
	    "what it holds");
	for (size_t n = 0; n < strlen(good); n++) { /* half is none */
		char *cut = malloc(n + 1); /* no byte more than there is */

		memcpy(cut, good, n);
		CHECK(www_multipart_parse(span(cut, n), xyz, &parts) ==
			ERR_FORMAT,
		    "cut at %zu", n);
		free(cut);
	}
	for (size_t i = 0; i < COUNT(types); i++) {
		bool is = www_multipart_boundary(types[i].type, &b);

		CHECK(is == (types[i].boundary != NULL) &&
			(!is ||
			    (b.len == strlen(types[i].boundary) &&
				memcmp(b.at, types[i].boundary, b.len) == 0)),
		    "%s", types[i].type);
	}
}

/* ---- quotas -------------------------------------------------------------- */

static void
quotas(void)
{
	struct net_ip a, b, c;
	struct www_quota *q = NULL;

	CHECK(www_quota_new(&q) == 0, "a quota");
	CHECK(net_ip_parse(span_str("2001:db8:0:1::1"), &a) == 0 &&
		net_ip_parse(span_str("2001:db8:0:ff::2"), &b) == 0 &&
		net_ip_parse(span_str("203.0.113.1"), &c) == 0,
	    "addresses");
	for (unsigned i = 0; i < 3; i++) {
		CHECK(www_quota_client(q, "k", &c, 3, 60, 100, false) == 0,
		    "%u", i);
	}
	CHECK(www_quota_client(q, "k", &c, 3, 60, 130, false) == 30, "waits");
	CHECK(www_quota_client(q, "other", &c, 3, 60, 130, false) == 0,
	    "another kind");
	CHECK(www_quota_client(q, "k", &a, 3, 60, 130, true) == 0 &&
		www_quota_client(q, "k", &a, 1, 60, 130, false) == 0,
	    "a look counts nothing");
	CHECK(www_quota_client(q, "k", &b, 1, 60, 130, false) == 60,
	    "a /56 is one client");
	CHECK(www_quota_client(q, "k", &c, 3, 60, 160, false) == 0,
	    "a new window");
	CHECK(www_quota_refused(q) >= 1, "counted");
	for (unsigned i = 0; i < 100000; i++) { /* it stays as large */
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		CHECK(www_quota_take(
			  q, "x", span_str(name), 1, 60, 200 + i, false) == 0,
		    "%s", name);
	}
	www_quota_free(&q);
}

/* ---- pages --------------------------------------------------------------- */

static struct answer
upload(struct world *w, const char *query, const char *type, const char *bearer,
    const char *body, const char *fetch_site)
{
	struct answer a = { .reply = { .status = 500 } };
	char path[SCRATCH + 20], auth[200];
	struct www_request request = {
		.method = WWW_POST,
		.path = "/submit",
		.host = "localhost:8053",
		.fetch_site = fetch_site,
		.client = { .bytes = { 198, 18, 0, 1 }, .bits = 32 },
		.upload = { .type = type, .fd = -1 },
	};

	snprintf(path, sizeof(path), "%s/upload", w->dir);
	CHECK(www_fields_parse(span_str(query), &a.arena, &request.query) == 0,
	    "%s", query);
	if (bearer != NULL) {
		snprintf(auth, sizeof(auth), "%s", bearer);
		request.authorization = auth;
	}
	if (type != NULL) {
		FILE *f;

		CHECK(file_write(path, body, strlen(body), 0600) == 0, "file");
		f = fopen(path, "r");
		request.upload.fd = f != NULL ? dup(fileno(f)) : -1;
		request.upload.size = strlen(body);
		if (f != NULL) {
			fclose(f);
		}
	}
	www_answer(&request, &a.reply, w->site);
	if (request.upload.fd >= 0) {
		close(request.upload.fd);
	}
	if (a.reply.body.data == NULL) {
		buf_str(&a.reply.body, "");
	}
	return a;
}

static char token[ZONE_SUBMITTER_TOKEN], revoked[ZONE_SUBMITTER_TOKEN];

/* "%T" in FORMAT is the token, "%R" one that was replaced. */
static char *
with_token(char out[2000], const char *format)
{
	size_t n = 0;

	for (; *format != '\0' && n < 1900; format++) {
		const char *word = format[0] != '%' ? NULL
		    : format[1] == 'T'              ? token
		    : format[1] == 'R'              ? revoked
						    : NULL;

		if (word != NULL) {
			n += (size_t)snprintf(out + n, 2000 - n, "%s", word);
			format++;
		} else {
			out[n++] = *format;
		}
	}
	out[n] = '\0';
	return out;
}

static const struct {
	const char *what, *query, *type, *bearer, *body;
	unsigned status;
} uploads[] = {
	{ "a form", "", TYPE, NULL, SECRET("%T") MAIL("Subject: a\n\nb\n") END,
	    503 },
	{ "blanks about the token", "", TYPE, NULL,
	    SECRET(" %T \t") MAIL("Subject: a\n\nb\n") END, 503 },
	{ "a program", "", "message/rfc822", "Bearer %T", "Subject: a\n\nb\n",
	    503 },
	{ "small letters", "", "message/rfc822", "bearer %T",
	    "Subject: a\n\nb\n", 503 },
	{ "a program with a form", "", TYPE, "Bearer %T",
	    MAIL("Subject: a\n\nb\n") END, 503 },
	{ "dry", "dry-run=1", "message/rfc822", "Bearer %T", "Subject: a",
	    200 },
	{ "not dry", "dry-run=0", "message/rfc822", "Bearer %T", "Subject: a",
	    503 },
	/* whose it is */
	{ "no token", "", TYPE, NULL, MAIL("m") END, 403 },
	{ "an empty one", "", TYPE, NULL, SECRET("") MAIL("m") END, 403 },
	{ "a wrong one", "", TYPE, NULL,
	    SECRET("aaaaaaaaaaaaaaaaaaaaaaaaaa") MAIL("m") END, 403 },
	{ "one that was replaced", "", TYPE, NULL, SECRET("%R") MAIL("m") END,
	    403 },
	{ "a part of it", "", TYPE, NULL, SECRET("%T%T") MAIL("m") END, 403 },
	{ "the file's name for it", "", TYPE, NULL,
	    SECRET("nikos") MAIL("m") END, 403 },
	{ "markup", "", TYPE, NULL, SECRET(EVIL) MAIL("m") END, 403 },
	{ "a program without", "", "message/rfc822", NULL, "m", 403 },
	{ "in the address", "secret=%T&token=%T", "message/rfc822", NULL, "m",
	    403 },
	{ "basic", "", "message/rfc822", "Basic %T", "m", 403 },
	{ "no scheme", "", "message/rfc822", "%T", "m", 403 },
	{ "no blank", "", "message/rfc822", "Bearer%T", "m", 403 },
	{ "nothing behind it", "", "message/rfc822", "Bearer ", "m", 403 },
	{ "wrong in the head, right in the form", "", TYPE, "Bearer aaaa",
	    SECRET("%T") MAIL("m") END, 403 },
	{ "dry, and wrong", "dry-run=1", "message/rfc822", "Bearer aaaa", "m",
	    403 },
	/* what it is */
	{ "no file at all", "", NULL, "Bearer %T", "", 400 },
	{ "an empty body", "", "message/rfc822", "Bearer %T", "", 400 },
	{ "an empty file", "", TYPE, NULL, SECRET("%T") MAIL("") END, 400 },
	{ "no file", "", TYPE, NULL, SECRET("%T") END, 400 },
	{ "the mail as a word", "", TYPE, NULL,
	    SECRET("%T") B "\r\n" DISP "\"mail\"\r\n\r\nm\r\n" END, 400 },
	{ "the token as a file", "", TYPE, NULL,
	    B "\r\n" DISP "\"secret\"; filename=\"a\"\r\n\r\n%T\r\n" MAIL("m")
		END,
	    400 },
	{ "two files", "", TYPE, NULL, SECRET("%T") MAIL("m") MAIL("n") END,
	    400 },
	{ "a field of another page", "", TYPE, NULL,
	    SECRET("%T") MAIL("m") B "\r\n" DISP "\"x\"\r\n\r\n1\r\n" END,
	    400 },
	{ "cut off", "", TYPE, NULL, SECRET("%T") MAIL("m"), 400 },
	{ "no boundary", "", "multipart/form-data", NULL,
	    SECRET("%T") MAIL("m") END, 400 },
	{ "another boundary", "", "multipart/form-data; boundary=abc", NULL,
	    SECRET("%T") MAIL("m") END, 400 },
	{ "a form of another kind", "", TYPE, "Bearer %T", "secret=%T&mail=m",
	    400 },
};

static void
open_world(struct world *w)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	struct buf b = { 0 };
	char path[SCRATCH + 20];

	world_open(w);
	CHECK(zone_submitter_set(www_site_queue(w->site), "nikos",
		  (const char *const[]){ "nikos@example.gr" }, 1, NULL, 0,
		  &why) == 0 &&
		zone_submitter_token(
		    www_site_queue(w->site), "nikos", revoked, &why) == 0 &&
		zone_submitter_token(
		    www_site_queue(w->site), "nikos", token, &why) == 0,
	    "%s", why.text);
	buf_fmt(&b,
	    "data-dir = \"%s\"\nlist \"ip\" { kind = \"ip\" }\n"
	    "ingest { listen = \"unix:%s/lmtp\" max-message = 64K }\n",
	    w->dir, w->dir);
	snprintf(path, sizeof(path), "%s/more.conf", w->dir);
	CHECK(file_write(path, b.data, b.len, 0600) == 0 &&
		zone_config_load(path, &config, &why) == 0 &&
		www_site_configure(w->site, config) == 0,
	    "%s", why.text);
	buf_free(&b);
}

static void
handed(void)
{
	char body[2000], bearer[2000], query[2000];
	struct digest before, after;
	struct answer a;
	struct world w;

	for (size_t i = 0; i < COUNT(uploads); i++) {
		bool json = uploads[i].bearer != NULL;

		if (i % 12 == 0) { /* limits are of one process */
			open_world(&w);
		}
		before = world_bytes(&w);
		a = upload(&w, with_token(query, uploads[i].query),
		    uploads[i].type,
		    json ? with_token(bearer, uploads[i].bearer) : NULL,
		    with_token(body, uploads[i].body), NULL);
		CHECK(a.reply.status == uploads[i].status, "%s: %u\n%s",
		    uploads[i].what, a.reply.status, a.reply.body.data);
		CHECK(a.reply.type == (json ? WWW_JSON : WWW_HTML), "%s",
		    uploads[i].what);
		CHECK(!holds(&a, token) && !holds(&a, revoked) &&
			!holds(&a, "<x-evil"),
		    "%s: nothing of it is shown", uploads[i].what);
		forget(&a);
		after = world_bytes(&w);
		CHECK(same(&before, &after), "%s: nothing was written",
		    uploads[i].what);
		if (i % 12 == 11 || i + 1 == COUNT(uploads)) {
			world_close(&w);
		}
	}
}

static void
limits(void)
{
	char body[2000], bearer[2000], form[200];
	struct buf big = { 0 };
	struct answer a;
	struct world w;

	open_world(&w);
	with_token(bearer, "Bearer %T");
	buf_str(&big, "Subject: a\n\n");
	while (big.len <= 65536) {
		buf_u8(&big, 'x');
	}
	a = upload(&w, "", "message/rfc822", bearer, big.data, NULL);
	CHECK(a.reply.status == 413, "too large: %u", a.reply.status);
	forget(&a);
	buf_free(&big);
	a = upload(&w, "", TYPE, NULL,
	    with_token(body, SECRET("%T") MAIL("m") END), "cross-site");
	CHECK(a.reply.status == 403, "of another site: %u", a.reply.status);
	forget(&a);
	/* his own page */
	snprintf(form, sizeof(form), "secret=%s", token);
	a = post(&w, "/submit/mine", form, NULL);
	CHECK(a.reply.status == 200 && holds(&a, "Reports of nikos") &&
		holds(&a, "No report yet") && !holds(&a, token),
	    "%u", a.reply.status);
	forget(&a);
	a = get(&w, "/submit/mine", form, NULL);
	CHECK(a.reply.status == 405, "not by GET: %u", a.reply.status);
	forget(&a);
	/* tokens are not guessed */
	for (unsigned i = 0; i < 30; i++) {
		a = post(&w, "/submit/mine", "secret=wrong", NULL);
		CHECK(a.reply.status == (i < 20 ? 403 : 429), "%u: %u", i,
		    a.reply.status);
		CHECK(i < 20 || a.reply.retry_after > 0, "%u", i);
		forget(&a);
	}
	a = post(&w, "/submit/mine", form, NULL);
	CHECK(a.reply.status == 429, "nor is the right one heard: %u",
	    a.reply.status);
	forget(&a);
	world_close(&w);

	open_world(&w);
	for (unsigned i = 0; i < 62; i++) { /* two may not count twice */
		a = upload(&w, "dry-run=1", "message/rfc822",
		    with_token(bearer, "Bearer %T"), "Subject: a", NULL);
		CHECK(a.reply.status == (i < 60 ? 200 : 429), "%u: %u", i,
		    a.reply.status);
		forget(&a);
	}
	world_close(&w);
}

/* What a submitter sees of his own, and of nobody else's. */
static void
mine(void)
{
	struct zone_candidate c = { "ip", "203.0.114.200", ZONE_ADVICE_LIST,
		ZONE_CERTAIN, NULL, 0 };
	struct zone_report report = { .subject = "mine " EVIL,
		.from = "x@example.gr",
		.candidates = &c,
		.n_candidates = 1 };
	struct zone_submission s = { .submitter = "nikos",
		.road = "lmtp",
		.kind = "raw",
		.analysis = "{}" };
	struct zone_added added;
	struct answer a;
	struct world w;
	char form[200];

	open_world(&w);
	s.time = when_now();
	CHECK(zone_queue_add(
		  www_site_queue(w.site), &s, "a", 1, &report, 1, &added) == 0,
	    "added");
	snprintf(form, sizeof(form), "secret=%s", token);
	a = post(&w, "/submit/mine", form, NULL);
	CHECK(a.reply.status == 200 && holds(&a, "mine &quot;") &&
		holds(&a, "waits for a moderator") && holds(&a, "1 waiting"),
	    "%s", a.reply.body.data);
	CHECK(!holds(&a, "<x-evil") && !holds(&a, "subject ") &&
		!holds(&a, "203.0.114"),
	    "only his own");
	forget(&a);
	a = get(&w, "/submit", "secret=x&mail=y", NULL);
	CHECK(a.reply.status == 200 &&
		holds(&a, "enctype=\"multipart/form-data\""),
	    "the page");
	forget(&a);
	world_close(&w);
}

int
main(void)
{
	reading();
	if (secret_init() < 0) {
		return 99;
	}
	quotas();
	handed();
	limits();
	mine();
	return failures != 0;
}
