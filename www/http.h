/* http.h - HTTP in and out. The only door to libmicrohttpd.
 *
 * A request reaches the handler whole, checked and within limits; whatever
 * two programs could read differently (two Hosts, a length given twice, a
 * length and a transfer coding, ...) is refused here with 400 and the
 * connection is closed, so that nothing can be smuggled past a proxy. Strings
 * of a request live until its handler returns.
 *
 * Limits: 64 KiB of headers and 100 of them, 64 KiB of body, 4 KiB of URL,
 * 1,000 connections, 16 from one address, 10 s of silence; 20 s for a head
 * however often a byte of it comes, 30 s for a body, 5 min for taking the
 * answer.
 */
#pragma once

#include "base/net.h"
#include "www/fetch.h"
#include "www/form.h"

enum www_method { WWW_GET, WWW_HEAD, WWW_POST, WWW_OTHER };

struct www_request {
	enum www_method method;
	const char *path; /* as sent: not decoded, begins with '/' */
	struct www_fields query, form;
	const char *host;
	const char *cookie, *origin, *fetch_site; /* NULL: not sent */
	const char *languages; /* Accept-Language; NULL: not sent */
	const char *agent;     /* User-Agent; NULL: not sent */
	struct net_ip client; /* behind a proxy: whom it names; bits 0: none */
	const char *authorization; /* NULL: not sent */
	struct www_fetch fetch;
	struct www_upload {
		const char *type; /* Content-Type; NULL: there is no upload */
		int fd;           /* all of it, in a file without a name */
		uint64_t size;
	} upload;
};

enum www_type {
	WWW_HTML,
	WWW_TEXT,
	WWW_RAW, /* a mail's bytes: plain text of no known charset */
	WWW_JSON,
	WWW_CSS,
	WWW_JS,
	WWW_SVG,
	WWW_CSV,
	WWW_JSONL,
	WWW_ATOM,
	WWW_METRICS, /* Prometheus text */
	WWW_BYTES,   /* a published file: as it is */
};

struct www_reply {
	unsigned status;
	enum www_type type;
	struct buf body;
	bool may_cache;       /* for a week; else no-store */
	char location[1024];  /* "": none */
	char set_cookie[160]; /* "": none */
	char device_cookie[160]; /* a second one, and a third */
	char lang_cookie[96];
	char attachment[64];  /* file name; "": shown in place */
	char allow[32];       /* of 405; "": none */
	const char *route;    /* a literal for the access log; NULL: none */
	unsigned retry_after; /* seconds; 0: none */
	struct www_sent_file file; /* instead of the body, when it is open */
};

/* Called on several threads at once. */
typedef void www_http_fn(
    const struct www_request *request, struct www_reply *reply, void *ctx);

/* Whom a proxy may speak for (X-Forwarded-For); asked for each request. */
typedef bool www_http_proxy_fn(const struct net_ip *peer, void *ctx);

/* How many bytes of a file PATH takes in a POST; 0: none, its bodies are forms.
 * Such a body goes to a file as it comes ($TMPDIR, /var/tmp), 8 at a time and
 * 2 of one client, each within 5 minutes. Its handler runs on a thread of its
 * own, so that it may take its time and no page waits for it. */
typedef uint64_t www_http_upload_fn(const char *path, void *ctx);

struct www_http_place {
	int fd;     /* listening; taken over */
	bool local; /* a unix socket: the peer is a proxy by its nature */
	bool crowd; /* many clients behind one address: no limit for it */
	bool tls;   /* with what www_tls_load took (www/tls.h) */
};

struct www_http;

/* Serve all PLACES; UPLOAD may be NULL. On failure their sockets are closed all the same. */
MUST_CHECK int www_http_start(const struct www_http_place *places, size_t n,
    www_http_fn *fn, www_http_proxy_fn *proxy, www_http_upload_fn *upload,
    void *ctx, struct www_http **ret_http, struct err_text *why);
/* Connections at this moment. */
unsigned www_http_connections(struct www_http *http);
/* No new connections; wait up to SECONDS for answers in hand; close. */
void www_http_stop(struct www_http **http, unsigned seconds);
