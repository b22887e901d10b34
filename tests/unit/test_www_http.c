/* The HTTP door, asked over a real socket with what browsers send and with
 * what they never would.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/http_peer.h"
#include "tests/unit/scratch.h"
#include "www/http.h"

static int entered[2], release[2]; /* pipes: a handler is in; it may go on */
static unsigned handled;           /* one request at a time: no lock needed */

static uint64_t
uploads(const char *path, void *ctx)
{
	(void)ctx;
	return strcmp(path, "/up") == 0 || strcmp(path, "/hold") == 0 ? 100000
								      : 0;
}

/* Says what arrived. */
static void
echo(const struct www_request *q, struct www_reply *reply, void *ctx)
{
	char ip[NET_IP_TEXT] = "-";

	(void)ctx;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
	if (q->client.bits > 0) {
		net_ip_format(ip, &q->client);
	}
	reply->status = 200;
	reply->type = WWW_TEXT;
	buf_fmt(&reply->body, "method=%d path=%s client=%s host=%s", q->method,
	    q->path, ip, q->host);
	for (unsigned i = 0; i < q->query.n; i++) {
		buf_fmt(&reply->body, " q.%s=%s", q->query.field[i].name,
		    q->query.field[i].value);
	}
	for (unsigned i = 0; i < q->form.n; i++) {
		buf_fmt(&reply->body, " f.%s=%s", q->form.field[i].name,
		    q->form.field[i].value);
	}
	if (q->cookie != NULL) {
		buf_fmt(&reply->body, " cookie=%s", q->cookie);
	}
	if (q->upload.type != NULL) {
		char data[8] = "";

		CHECK(pread(q->upload.fd, data, 7, 0) >= 0, "the file");
		buf_fmt(&reply->body, " up.%s=%lu:%s", q->upload.type,
		    (unsigned long)q->upload.size, data);
	}
	if (strcmp(q->path, "/hold") == 0) {
		char c = 0;

		CHECK(write(entered[1], &c, 1) == 1 &&
			read(release[0], &c, 1) == 1,
		    "held");
	}
	if (strcmp(q->path, "/all") == 0) {
		reply->status = 405;
		snprintf(reply->allow, sizeof(reply->allow), "GET");
		snprintf(reply->location, sizeof(reply->location), "/x");
		snprintf(reply->set_cookie, sizeof(reply->set_cookie), "a=b");
		snprintf(reply->attachment, sizeof(reply->attachment), "f.txt");
		reply->retry_after = 7;
	}
}

/* 10.0.0.0/8 are proxies. */
static bool
proxy(const struct net_ip *peer, void *ctx)
{
	(void)ctx;
	return peer->bits == 32 && peer->bytes[0] == 10;
}

static const struct {
	const char *name;
	const char *request;
	size_t len;
	const char *status; /* of the first answer; NULL: none needed */
	const char *holds;  /* in the answer, or NULL */
	unsigned handled;   /* how often the handler was called */
} cases[] = {
	{ "GET", R("GET /a?q=1 HTTP/1.1\r\n" HOST END), "200", "q.q=1", 1 },
	{ "a file",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822"
	      "\r\nContent-Length: 5\r\n" END "a=%00"),
	    "200", "up.message/rfc822=5:a=%00", 1 },
	{ "a form with a file",
	    R("POST /up?q=1 HTTP/1.1\r\n" HOST "Content-Type: multipart/"
	      "form-data; boundary=x\r\nContent-Length: 9\r\n" END
	      "--x\0\r\n\r\nz"),
	    "200", "q.q=1 up.multipart/form-data; boundary=x=9:--x", 1 },
	{ "a file and another request behind it",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 2\r\n\r\nabGET /z HTTP/1.1\r\n" HOST END),
	    "200", "path=/z", 2 },
	{ "an empty file",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: "
	      "message/rfc822\r\nContent-Length: 0\r\n" END),
	    "200", "path=/up", 1 },
	{ "a form where files go",
	    R("POST /up HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n" END
	      "a=b"),
	    "415", NULL, 0 },
	{ "a file of no type",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END "a=b"),
	    "415", NULL, 0 },
	{ "a file of another type",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822x\r\n"
	      "Content-Length: 3\r\n" END "a=b"),
	    "415", NULL, 0 },
	{ "a file where forms go",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 3\r\n" END "a=b"),
	    "415", NULL, 0 },
	{ "below the place of files",
	    R("POST /up/ HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 3\r\n" END "a=b"),
	    "415", NULL, 0 },
	{ "a file by GET",
	    R("GET /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 3\r\n" END "a=b"),
	    "400", NULL, 0 },
	{ "too large a file",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 165537\r\n" END),
	    "413", NULL, 0 },
	{ "a file cut off",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Content-Length: 9\r\n" END "abc"),
	    NULL, NULL, 0 },
	{ "a file in chunks",
	    R("POST /up HTTP/1.1\r\n" HOST "Content-Type: message/rfc822\r\n"
	      "Transfer-Encoding: chunked\r\n" END "1\r\na\r\n0\r\n\r\n"),
	    "411", NULL, 0 },
	{ "two authorizations",
	    R("GET /a HTTP/1.1\r\n" HOST "Authorization: a\r\n"
	      "Authorization: b\r\n" END),
	    "400", NULL, 0 },
	{ "HEAD has no body", R("HEAD /a HTTP/1.1\r\n" HOST END), "200", NULL,
	    1 },
	{ "HTTP/1.0", R("GET /a HTTP/1.0\r\n" HOST END), "200", "path=/a", 1 },
	{ "the path stays encoded", R("GET /a%2Fb%00c HTTP/1.1\r\n" HOST END),
	    "200", "path=/a%2Fb%00c", 1 },
	{ "POST",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 7\r\n" END
	      "x=1&y=2"),
	    "200", "f.x=1 f.y=2", 1 },
	{ "POST with a charset",
	    R("POST /a HTTP/1.1\r\n" HOST
	      "Content-Type: application/x-www-form-urlencoded; "
	      "charset=UTF-8\r\nContent-Length: 3\r\n" END "x=1"),
	    "200", "f.x=1", 1 },
	{ "POST of nothing",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END), "200",
	    NULL, 1 },
	{ "another method reaches the table of routes",
	    R("DELETE /a HTTP/1.1\r\n" HOST END), "200", "method=3", 1 },
	{ "TRACE reaches the table of routes",
	    R("TRACE /a HTTP/1.1\r\n" HOST END), "200", "method=3", 1 },
	{ "OPTIONS reaches the table of routes",
	    R("OPTIONS /a HTTP/1.1\r\n" HOST END), "200", "method=3", 1 },
	{ "a method nobody knows", R("BREW /a HTTP/1.1\r\n" HOST END), "501",
	    NULL, 0 },
	{ "a method in small letters", R("get /a HTTP/1.1\r\n" HOST END),
	    "501", NULL, 0 },
	{ "a method that begins like one", R("GETS /a HTTP/1.1\r\n" HOST END),
	    "501", NULL, 0 },
	{ "PROPFIND", R("PROPFIND /a HTTP/1.1\r\n" HOST END), "501", NULL,
	    0 },
	{ "the preface of HTTP/2",
	    R("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), NULL, NULL, 0 },
	{ "PUT with a body",
	    R("PUT /a HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n" END
	      "x=1"),
	    "400", NULL, 0 },
	{ "a cookie", R("GET / HTTP/1.1\r\n" HOST "Cookie: a=b\r\n" END), "200",
	    "cookie=a=b", 1 },

	{ "no Host", R("GET /a HTTP/1.1\r\n" END), "400", NULL, 0 },
	{ "no Host, 1.0", R("GET /a HTTP/1.0\r\n" END), "400", NULL, 0 },
	{ "empty Host", R("GET /a HTTP/1.1\r\nHost:\r\n" END), "400", NULL, 0 },
	{ "two Hosts", R("GET /a HTTP/1.1\r\n" HOST HOST END), "400", NULL, 0 },
	{ "two lengths",
	    R("POST /a HTTP/1.1\r\n" HOST FORM
	      "Content-Length: 3\r\nContent-Length: 3\r\n" END "x=1"),
	    "400", NULL, 0 },
	{ "two lengths that differ",
	    R("POST /a HTTP/1.1\r\n" HOST FORM
	      "Content-Length: 3\r\nContent-Length: 40\r\n" END "x=1"),
	    "400", NULL, 0 },
	{ "a list of lengths",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 3, 3\r\n" END
	      "x=1"),
	    "400", NULL, 0 },
	{ "a signed length",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: +3\r\n" END
	      "x=1"),
	    "400", NULL, 0 },
	{ "length and coding",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n"
	      "Transfer-Encoding: chunked\r\n" END "3\r\nx=1\r\n0\r\n\r\n"),
	    "400", NULL, 0 },
	{ "length and coding, smuggling a request",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 5\r\n"
	      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	      "GET /smuggled HTTP/1.1\r\n" HOST END),
	    "400", NULL, 0 },
	{ "chunked",
	    R("POST /a HTTP/1.1\r\n" HOST FORM
	      "Transfer-Encoding: chunked\r\n" END "3\r\nx=1\r\n0\r\n\r\n"),
	    "411", NULL, 0 },
	{ "a coding nobody knows",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: x\r\n" END),
	    NULL, NULL, 0 },
	{ "no length", R("POST /a HTTP/1.1\r\n" HOST FORM END), "411", NULL,
	    0 },
	{ "a blank before the colon",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Length : 3\r\n" END "x=1"),
	    "400", NULL, 0 },
	/* the library ends a value at NUL before we see it; what follows
	 * must not be read as anything */
	{ "NUL in a cookie",
	    R("GET /a HTTP/1.1\r\n" HOST "Cookie: a=\0b\r\n" END), "200",
	    "cookie=a=", 1 },
	{ "NUL in a length",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: \0003\r\n" END
	      "x=1"),
	    "400", NULL, 0 },
	{ "a folded length",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n 4\r\n" END
	      "x=1"),
	    "411", NULL, 0 },
	{ "a folded Host", R("GET /a HTTP/1.1\r\nHost: h\r\n\tevil\r\n" END),
	    "400", NULL, 0 },
	{ "a fold before any header", R("GET /a HTTP/1.1\r\n " HOST HOST END),
	    "400", NULL, 0 },
	{ "bare line feeds",
	    R("GET /a HTTP/1.1\nHost: h\n"
	      "Connection: close\n\n"),
	    "200", NULL, 1 },
	{ "control in a value",
	    R("GET /a HTTP/1.1\r\n" HOST "X-A: a\x01"
	      "b\r\n" END),
	    "400", NULL, 0 },
	{ "two cookies",
	    R("GET / HTTP/1.1\r\n" HOST "Cookie: a=b\r\n"
	      "Cookie: c=d\r\n" END),
	    "400", NULL, 0 },
	{ "two origins",
	    R("GET / HTTP/1.1\r\n" HOST "Origin: a\r\n"
	      "Origin: b\r\n" END),
	    "400", NULL, 0 },
	{ "GET with a body",
	    R("GET /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END "x=1"),
	    "400", NULL, 0 },
	{ "another version", R("GET /a HTTP/1.2\r\n" HOST END), "505", NULL,
	    0 },
	{ "an old version", R("GET /a HTTP/0.9\r\n" HOST END), "505", NULL, 0 },
	{ "another site's address", R("GET http://h/a HTTP/1.1\r\n" HOST END),
	    "400", NULL, 0 },
	{ "no slash", R("GET a HTTP/1.1\r\n" HOST END), "400", NULL, 0 },
	{ "OPTIONS *", R("OPTIONS * HTTP/1.1\r\n" HOST END), "400", NULL, 0 },
	{ "JSON",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
	      "Content-Length: 2\r\n" END "{}"),
	    "415", NULL, 0 },
	{ "multipart",
	    R("POST /a HTTP/1.1\r\n" HOST
	      "Content-Type: multipart/form-data; boundary=x\r\n"
	      "Content-Length: 2\r\n" END "--"),
	    "415", NULL, 0 },
	{ "a type like ours",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Type: "
	      "application/x-www-form-urlencodedx\r\n"
	      "Content-Length: 3\r\n" END "x=1"),
	    "415", NULL, 0 },
	{ "no type",
	    R("POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END "x=1"),
	    "415", NULL, 0 },
	{ "a large form",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 65537\r\n" END),
	    "413", NULL, 0 },
	{ "a huge form",
	    R("POST /a HTTP/1.1\r\n" HOST FORM
	      "Content-Length: 99999999999999999999\r\n" END),
	    NULL, NULL, 0 },
	{ "a field twice", R("GET /a?q=1&q=2 HTTP/1.1\r\n" HOST END), "400",
	    NULL, 0 },
	{ "NUL in a field", R("GET /a?q=%00 HTTP/1.1\r\n" HOST END), "400",
	    NULL, 0 },
	{ "a form with a bad escape",
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 4\r\n" END
	      "x=%z"),
	    "400", NULL, 0 },
	{ "no HTTP", R("hello\r\n\r\n"), NULL, NULL, 0 },
	{ "TLS", R("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"), NULL,
	    NULL, 0 },
};

static void
table(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };
		int fd = dial();
		bool closed;

		__atomic_store_n(&handled, 0, __ATOMIC_SEQ_CST);
		tell(fd, cases[i].request, cases[i].len);
		/* whoever closes his side while his file is looked at is
		 * taken for gone, by the library */
		if (strncmp(cases[i].request, "POST /up", 8) != 0 ||
		    cases[i].handled == 0) {
			shutdown(fd, SHUT_WR);
		}
		closed = hear(fd, &b, 15000);
		close(fd);
		CHECK(closed, "%s: the connection was closed", cases[i].name);
		CHECK(__atomic_load_n(&handled, __ATOMIC_SEQ_CST) ==
			cases[i].handled,
		    "%s: handled %u times", cases[i].name, handled);
		if (cases[i].status != NULL) {
			CHECK(b.len > 12 &&
				memcmp(b.data + 9, cases[i].status, 3) == 0,
			    "%s: %.60s", cases[i].name,
			    b.len > 0 ? b.data : "nothing");
		}
		if (cases[i].holds != NULL) {
			CHECK(
			    b.len > 0 && strstr(b.data, cases[i].holds) != NULL,
			    "%s: %s", cases[i].name,
			    b.len > 0 ? b.data : "nothing");
		}
		buf_free(&b);
	}
}

static void
ask(const char *request, struct buf *b)
{
	int fd = dial();

	tell(fd, request, strlen(request));
	CHECK(hear(fd, b, 15000), "closed after %.40s", request);
	close(fd);
}

/* What every answer has to carry. */
static void
headers(void)
{
	static const char *const want[] = {
		"\r\nContent-Security-Policy: default-src 'none'; style-src "
		"'self'; script-src 'self'; connect-src 'self'; img-src "
		"'self'; form-action 'self'; frame-ancestors 'none'; base-uri "
		"'none'\r\n",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nCross-Origin-Opener-Policy: same-origin\r\n",
		"\r\nCross-Origin-Resource-Policy: same-origin\r\n",
		"\r\nX-Frame-Options: DENY\r\n",
		"\r\nPermissions-Policy: camera=(), ",
		"\r\nCache-Control: no-store\r\n",
	};
	static const char *const all[] = {
		"\r\nAllow: GET\r\n",
		"\r\nLocation: /x\r\n",
		"\r\nSet-Cookie: a=b\r\n",
		"\r\nContent-Disposition: attachment; filename=\"f.txt\"\r\n",
		"\r\nRetry-After: 7\r\n",
	};
	struct buf ok = { 0 }, refused = { 0 }, full = { 0 };

	ask("GET /a HTTP/1.1\r\n" HOST END, &ok);
	ask("GET /a HTTP/1.1\r\n" HOST HOST END, &refused);
	ask("GET /all HTTP/1.1\r\n" HOST END, &full);
	for (size_t i = 0; i < COUNT(want); i++) {
		CHECK(strstr(ok.data, want[i]) != NULL, "%s", ok.data);
		CHECK(
		    strstr(refused.data, want[i]) != NULL, "%s", refused.data);
	}
	CHECK(strstr(ok.data, "Strict-Transport-Security") == NULL,
	    "not in the clear");
	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK(strstr(full.data, all[i]) != NULL, "%s", full.data);
		CHECK(strstr(ok.data, all[i]) == NULL, "%s", ok.data);
	}
	buf_free(&ok);
	buf_free(&refused);
	buf_free(&full);
}

/* A body that comes a byte at a time, and two requests on one connection. */
static void
slowly(void)
{
	static const char request[] = "POST /a HTTP/1.1\r\n" HOST FORM
				      "Content-Length: 11\r\n\r\nx=1&y=%C3%A9"
				      "GET /b HTTP/1.1\r\n" HOST END;
	struct buf b = { 0 };
	int fd = dial();

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		tell(fd, request + i, 1);
	}
	CHECK(hear(fd, &b, 15000), "closed");
	/* the length says 11, one byte less than the form has */
	CHECK(b.len > 0 && memcmp(b.data + 9, "400", 3) == 0,
	    "the cut form is refused: %s", b.data);
	buf_free(&b);
	close(fd);

	fd = dial();
	tell(fd,
	    R("POST /a HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n\r\nx=1"
	      "GET /b HTTP/1.1\r\n" HOST END));
	CHECK(hear(fd, &b, 15000), "closed");
	CHECK(strstr(b.data, "path=/a") != NULL &&
		strstr(b.data, "path=/b") != NULL,
	    "both are answered: %s", b.data);
	buf_free(&b);
	close(fd);
}

static void
large(void)
{
	struct buf q = { 0 }, b = { 0 };

	buf_str(&q, "GET /");
	for (unsigned i = 0; i < 5000; i++) {
		buf_str(&q, "a");
	}
	buf_str(&q, " HTTP/1.1\r\n" HOST END);
	ask(q.data, &b);
	CHECK(b.len > 12 && memcmp(b.data + 9, "414", 3) == 0, "%.40s", b.data);
	buf_clear(&q);
	buf_clear(&b);

	buf_str(&q, "GET / HTTP/1.1\r\n" HOST "X-A: ");
	for (unsigned i = 0; i < 100000; i++) {
		buf_str(&q, "a");
	}
	buf_str(&q, "\r\n" END);
	ask(q.data, &b);
	CHECK(b.len > 12 && b.data[9] == '4', "%.40s", b.data);
	buf_clear(&q);
	buf_clear(&b);

	for (unsigned n = 90; n <= 110; n += 20) {
		buf_str(&q, "GET / HTTP/1.1\r\n" HOST);
		for (unsigned i = 0; i < n; i++) {
			buf_fmt(&q, "X-%u: a\r\n", i);
		}
		buf_str(&q, END);
		ask(q.data, &b);
		CHECK(b.len > 12 &&
			memcmp(b.data + 9, n == 90 ? "200" : "431", 3) == 0,
		    "%u headers: %.40s", n, b.data);
		buf_clear(&q);
		buf_clear(&b);
	}

	buf_str(&q,
	    "POST / HTTP/1.1\r\n" HOST FORM "Content-Length: 65536\r\n" END
	    "a=");
	for (unsigned i = 0; i < 65534; i++) {
		buf_str(&q, "b");
	}
	ask(q.data, &b);
	CHECK(b.len > 65534 && memcmp(b.data + 9, "200", 3) == 0, "%.40s",
	    b.data);
	buf_free(&q);
	buf_free(&b);
}

/* Gone in the middle: nothing may be left behind (the sanitizer looks). */
static void
aborted(void)
{
	static const char request[] = "POST /a HTTP/1.1\r\n" HOST FORM
				      "Content-Length: 30\r\n\r\nx=1&y=2";

	for (size_t n = 1; n < sizeof(request); n++) {
		int fd = dial();

		tell(fd, request, n);
		close(fd);
	}
}

static const struct {
	const char *forwarded, *client;
} chains[] = {
	{ "203.0.114.9", "203.0.114.9" },
	{ "6.6.6.6, 203.0.114.9", "203.0.114.9" },
	{ "203.0.114.9, 10.0.0.7", "203.0.114.9" },
	{ "6.6.6.6,203.0.114.9 , 10.0.0.7,10.0.0.8", "203.0.114.9" },
	{ "10.0.0.7", "10.0.0.7" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "::ffff:203.0.114.9", "203.0.114.9" },
	{ "unknown, 10.0.0.7", "10.0.0.7" },
	{ "unknown", "-" },
	{ "", "-" },
	{ ",,", "-" },
};

/* On a unix socket the peer is a proxy, and says who is behind it. On TCP a
 * stranger's word counts for nothing. */
static void
behind_proxy(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char request[512];

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	for (size_t i = 0; i < COUNT(chains); i++) {
		struct buf b = { 0 };
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		CHECK(connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0,
		    "connect");
		snprintf(request, sizeof(request),
		    "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: %s\r\n" END,
		    chains[i].forwarded);
		tell(fd, request, strlen(request));
		CHECK(hear(fd, &b, 15000), "closed");
		snprintf(request, sizeof(request), "client=%s host",
		    chains[i].client);
		CHECK(b.len > 0 && strstr(b.data, request) != NULL, "%s: %s",
		    chains[i].forwarded, b.data);
		buf_free(&b);
		close(fd);
	}
	{
		struct buf b = { 0 };

		ask("GET / HTTP/1.1\r\n" HOST
		    "X-Forwarded-For: 203.0.114.9\r\n" END,
		    &b);
		CHECK(strstr(b.data, "client=127.0.0.1 host") != NULL, "%s",
		    b.data);
		buf_free(&b);
	}
}

static void *
stop(void *ctx)
{
	www_http_stop(ctx, 30);
	return NULL;
}

#define UPLOAD(path)                                         \
	R("POST " path " HTTP/1.1\r\n" HOST "Content-Type: " \
	  "message/rfc822\r\nContent-Length: 2\r\n" END "ab")

/* While files are looked at, pages are answered; of one client only so many
 * come in at once. */
static void
resting(void)
{
	struct buf b = { 0 };
	int fds[2];
	char c = 0;

	for (unsigned i = 0; i < COUNT(fds); i++) {
		fds[i] = dial();
		tell(fds[i], UPLOAD("/hold"));
		CHECK(read(entered[0], &c, 1) == 1, "a handler has it");
	}
	for (unsigned i = 0; i < 20; i++) { /* more than there are threads */
		ask("GET /a HTTP/1.1\r\n" HOST END, &b);
		CHECK(b.len > 12 && memcmp(b.data + 9, "200", 3) == 0, "%u", i);
		buf_clear(&b);
	}
	{
		int fd = dial();

		tell(fd, UPLOAD("/up"));
		CHECK(hear(fd, &b, 15000), "closed");
		CHECK(b.len > 12 && memcmp(b.data + 9, "429", 3) == 0,
		    "a third: %.40s", b.len > 0 ? b.data : "nothing");
		buf_clear(&b);
		close(fd);
	}
	for (unsigned i = 0; i < COUNT(fds); i++) {
		CHECK(write(release[1], &c, 1) == 1, "go on");
	}
	for (unsigned i = 0; i < COUNT(fds); i++) {
		CHECK(hear(fds[i], &b, 15000), "closed");
		CHECK(b.len > 12 && memcmp(b.data + 9, "200", 3) == 0, "%u", i);
		buf_clear(&b);
		close(fds[i]);
	}
	buf_free(&b);
}

/* An answer that is in the making when the program ends is still given. */
static void
in_hand(struct www_http **http, bool upload)
{
	struct buf b = { 0 };
	pthread_t stopper;
	int fd = dial();
	char c = 0;

	if (upload) {
		tell(fd, UPLOAD("/hold"));
	} else {
		tell(fd, R("GET /hold HTTP/1.1\r\n" HOST END));
	}
	CHECK(read(entered[0], &c, 1) == 1, "the handler has it");
	CHECK(pthread_create(&stopper, NULL, stop, http) == 0, "thread");
	CHECK(write(release[1], &c, 1) == 1, "go on");
	CHECK(hear(fd, &b, 15000), "closed");
	CHECK(b.len > 12 && strstr(b.data, "path=/hold") != NULL, "%s",
	    b.len > 0 ? b.data : "nothing");
	pthread_join(stopper, NULL);
	buf_free(&b);
	close(fd);
}

static int
listen_on(const struct sockaddr *sa, socklen_t len)
{
	int fd = socket(
	    sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, sa, len) < 0 || listen(fd, 64) < 0) {
		perror("listen");
		exit(99);
	}
	return fd;
}

/* Both places, served; the unix socket is in DIR. */
static struct www_http *
serve(const char *dir, struct sockaddr_un *un)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	struct www_http_place places[2];
	struct err_text why = { "" };
	struct www_http *http = NULL;

	snprintf(un->sun_path, sizeof(un->sun_path), "%.90s/s", dir);
	(void)unlink(un->sun_path);
	places[0] = (struct www_http_place){
		.fd = listen_on((struct sockaddr *)&sin, sizeof(sin)),
		.crowd = true,
	};
	places[1] = (struct www_http_place){
		.fd = listen_on((struct sockaddr *)un, sizeof(*un)),
		.local = true,
	};
	if (getsockname(places[0].fd, (struct sockaddr *)&sin, &len) < 0) {
		exit(99);
	}
	port = ntohs(sin.sin_port);
	CHECK(www_http_start(
		  places, 2, echo, proxy, uploads, NULL, &http, &why) == 0,
	    "%s", why.text);
	return http;
}

int
main(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct www_http *http;
	char dir[SCRATCH];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(entered) < 0 || pipe(release) < 0) {
		return 99;
	}
	scratch_make(dir);
	http = serve(dir, &un);
	if (http != NULL) {
		table();
		headers();
		slowly();
		large();
		aborted();
		behind_proxy(un.sun_path);
		resting();
		table(); /* and all is as before */
		in_hand(&http, false);
	}
	www_http_stop(&http, 5);
	http = serve(dir, &un);
	if (http != NULL) {
		in_hand(&http, true);
	}
	www_http_stop(&http, 5);
	CHECK(http == NULL, "stopped");
	scratch_remove(dir);
	return failures != 0;
}
