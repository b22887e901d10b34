/* http.c - HTTP in and out. The only door to libmicrohttpd.
 *
 * libmicrohttpd 0.9.75 reads requests leniently even when told to be strict;
 * www/head.c looks at what it read and refuses what another program may have
 * read otherwise.
 */
#include "www/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "www/accesslog.h"
#include "www/clients.h"
#include "www/head.h"
#include "www/spool.h"
#include "www/tls.h"

#define THREADS 6u /* two may be checking passwords, two waiting to */
#define CONNECTIONS 1000u
#define PER_ADDRESS 16u
#define SILENCE 10u   /* seconds */
#define HEAD_TIME 20u /* the same, for all of it: www/clients.h */
#define BODY_TIME 30u
#define UPLOAD_TIME 600u /* for a mail as a file */
#define SEND_TIME 300u
#define SEND_SLOWEST 16384u /* bytes a second of a file, on top of it */
#define HEADERS 65536u

struct www_http {
	www_http_fn *fn;
	www_http_proxy_fn *proxy;
	www_http_upload_fn *upload;
	void *ctx;
	struct www_clients *clients;
	atomic_uint busy; /* requests begun and not yet sent */
	struct www_spools spools;
	size_t n;
	struct door {
		struct www_http *http;
		struct MHD_Daemon *daemon;
		bool local, tls;
	} doors[];
};

/* One request, from its first line until the last byte of its answer. */
struct turn {
	struct arena arena;
	struct buf body;
	char *url;
	bool begun, counted;
	struct timespec since;
	struct www_access access;

	struct www_spool *spool; /* of an upload; NULL: a form */
	struct www_http *http;
	struct MHD_Connection *connection;
	struct www_request request;
	struct www_reply reply;
	bool answered; /* by its thread */
};

static enum MHD_Result
on_header(void *ctx, enum MHD_ValueKind kind, const char *key, size_t klen,
    const char *value, size_t vlen)
{
	(void)kind;
	www_head_note(ctx, span(key, klen), span(value, vlen));
	return MHD_YES;
}

/* Whom a proxy speaks for; the peer itself when it is none. */
static struct net_ip
client_of(const struct door *door, const struct sockaddr *peer,
    const struct www_head *head)
{
	struct net_ip ip = { .bits = 0 };

	if (peer != NULL) {
		ip = net_ip_of_sockaddr(peer);
	}
	if (!door->local &&
	    (ip.bits == 0 || !door->http->proxy(&ip, door->http->ctx))) {
		return ip;
	}
	return www_head_client(head, &ip, door->http->proxy, door->http->ctx);
}

/* ---- answering --------------------------------------------------------- */

static const char *const types[] = {
	[WWW_HTML] = "text/html; charset=utf-8",
	[WWW_TEXT] = "text/plain; charset=utf-8",
	[WWW_RAW] = "text/plain",
	[WWW_JSON] = "application/json",
	[WWW_JS] = "text/javascript; charset=utf-8",
	[WWW_CSS] = "text/css; charset=utf-8",
	[WWW_SVG] = "image/svg+xml",
	[WWW_CSV] = "text/csv; charset=utf-8",
	[WWW_JSONL] = "application/jsonl; charset=utf-8",
	[WWW_ATOM] = "application/atom+xml; charset=utf-8",
	[WWW_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
	[WWW_BYTES] = "application/octet-stream",
};

/* What every answer carries, whatever page made it. */
static const struct {
	const char *name, *value;
} always[] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; script-src 'self'; "
	    "connect-src 'self'; img-src 'self'; "
	    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy",
	    "camera=(), display-capture=(), geolocation=(), "
	    "interest-cohort=(), microphone=(), payment=(), usb=()" },
	{ "Origin-Agent-Cluster", "?1" },
};

static void
header(struct MHD_Response *response, const char *name, const char *value)
{
	/* A header that cannot be added (no memory) must not leave a page
	 * without its policy: the caller sees it by asking for it back. */
	if (value[0] != '\0') {
		(void)!MHD_add_response_header(response, name, value);
	}
}

static struct www_client *
client_at(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* The body, or the file, which is sent as it is read. Takes over either. */
static struct MHD_Response *
body_of(struct www_reply *reply)
{
	struct MHD_Response *response;

	if (reply->file.open) {
		buf_free(&reply->body);
		response = MHD_create_response_from_fd_at_offset64(
		    reply->file.len, reply->file.fd, reply->file.from);
		if (response == NULL) {
			close(reply->file.fd);
		}
		return response;
	}
	response = MHD_create_response_from_buffer(
	    reply->body.len, reply->body.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		buf_free(&reply->body);
	}
	return response;
}

static void
file_headers(struct MHD_Response *response, const struct www_sent_file *file)
{
	header(response, "WWW-Authenticate",
	    file->challenge != NULL ? file->challenge : "");
	if (file->etag[0] == '\0') {
		return;
	}
	header(response, "ETag", file->etag);
	header(response, "Last-Modified", file->modified);
	header(response, "Accept-Ranges", "bytes");
	header(response, "Content-Range", file->range);
	header(response, "Content-Encoding",
	    file->encoding != NULL ? file->encoding : "");
	header(response, "Vary", "Accept-Encoding");
}

static enum MHD_Result
send_reply(struct door *door, struct MHD_Connection *connection,
    struct turn *turn, struct www_reply *reply, bool last)
{
	struct MHD_Response *response;
	enum MHD_Result r = MHD_NO;
	char number[16];

	if (reply->body.bad) {
		buf_free(&reply->body);
		reply->status = 503;
		reply->type = WWW_TEXT;
		buf_str(&reply->body, "503: out of memory, try again\n");
	}
	response = body_of(reply);
	if (response == NULL) {
		return MHD_NO;
	}
	turn->access.status = reply->status;
	turn->access.bytes = reply->file.open ? reply->file.len
					      : reply->body.len;
	turn->access.route = reply->route;
	reply->body = (struct buf){ 0 };
	if (door->tls) { /* RFC 6797: only over TLS */
		header(response, "Strict-Transport-Security",
		    "max-age=31536000");
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		header(response, always[i].name, always[i].value);
	}
	header(response, "Content-Type", types[reply->type]);
	header(response, "Cache-Control",
	    reply->may_cache		     ? "public, max-age=604800"
		: reply->file.etag[0] != '\0' ? "private, no-cache"
					     : "no-store");
	file_headers(response, &reply->file);
	header(response, "Location", reply->location);
	header(response, "Set-Cookie", reply->set_cookie);
	header(response, "Set-Cookie", reply->device_cookie);
	header(response, "Set-Cookie", reply->lang_cookie);
	header(response, "Vary",
	    reply->type == WWW_HTML ? "Accept-Language, Cookie" : "");
	header(response, "Allow", reply->allow);
	if (reply->attachment[0] != '\0') {
		char text[96];

		snprintf(text, sizeof(text), "attachment; filename=\"%s\"",
		    reply->attachment);
		header(response, "Content-Disposition", text);
	}
	if (reply->retry_after > 0) {
		snprintf(number, sizeof(number), "%u", reply->retry_after);
		header(response, "Retry-After", number);
	}
	if (last) {
		header(response, "Connection", "close");
	}
	if (MHD_get_response_header(response, always[0].name) != NULL) {
		www_client_due(door->http->clients, client_at(connection),
		    SEND_TIME +
			(unsigned)((reply->file.open ? reply->file.len : 0) /
			    SEND_SLOWEST));
		r = MHD_queue_response(connection, reply->status, response);
	}
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
refuse(struct door *door, struct MHD_Connection *connection, struct turn *turn,
    unsigned status, const char *why)
{
	struct www_reply reply = { .status = status, .type = WWW_TEXT };

	buf_fmt(&reply.body, "%u: %s\n", status, why);
	return send_reply(door, connection, turn, &reply, true);
}

static const struct sockaddr *
peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info != NULL ? info->client_addr : NULL;
}

/* The request, once all of it is here. The status to refuse it with, or 0. */
static unsigned
read_request(struct door *door, struct MHD_Connection *connection,
    struct turn *turn, const struct www_head *head, const char *method,
    struct www_request *ret)
{
	char *question = strchr(turn->url, '?');
	int r = 0;

	*ret = (struct www_request){
		.method = strcmp(method, "GET") == 0 ? WWW_GET
		    : strcmp(method, "HEAD") == 0    ? WWW_HEAD
		    : strcmp(method, "POST") == 0    ? WWW_POST
						     : WWW_OTHER,
		.path = turn->url,
		.host = head->host,
		.cookie = head->cookie,
		.origin = head->origin,
		.fetch_site = head->fetch_site,
		.languages = head->languages,
		.agent = head->agent,
		.authorization = head->authorization,
		.fetch = head->fetch,
		.client = client_of(door, peer_of(connection), head),
		.upload.fd = -1,
	};
	if (question != NULL) {
		*question = '\0';
		r = www_fields_parse(
		    span_str(question + 1), &turn->arena, &ret->query);
	}
	if (r == 0 && turn->spool == NULL) {
		r = www_fields_parse(span(turn->body.data, turn->body.len),
		    &turn->arena, &ret->form);
	}
	return r == ERR_NOMEM ? 503 : r < 0 ? 400 : 0;
}

static enum MHD_Result
refuse_request(struct door *door, struct MHD_Connection *connection,
    struct turn *turn, unsigned status)
{
	return refuse(door, connection, turn, status,
	    status == 503 ? "out of memory, try again"
			  : "the address or the form holds something that no "
			    "page here sends");
}

static enum MHD_Result
answer(struct door *door, struct MHD_Connection *connection, struct turn *turn,
    const struct www_head *head, const char *method)
{
	struct www_reply reply = { .status = 500, .type = WWW_HTML };
	struct www_request request;
	unsigned status =
	    read_request(door, connection, turn, head, method, &request);

	if (status != 0) {
		return refuse_request(door, connection, turn, status);
	}
	turn->access.client = request.client;
	door->http->fn(&request, &reply, door->http->ctx);
	return send_reply(door, connection, turn, &reply, false);
}

/* ---- uploads ----------------------------------------------------------- */

static void *
answer_upload(void *arg)
{
	struct turn *turn = arg;
	struct www_http *http = turn->http;

	http->fn(&turn->request, &turn->reply, http->ctx);
	turn->answered = true;
	/* from here on the turn may go at any moment */
	MHD_resume_connection(turn->connection);
	www_spool_thread_ends(&http->spools);
	return NULL;
}

/* All of it is here: its thread answers while the connection rests. */
static enum MHD_Result
begin_upload(struct door *door, struct MHD_Connection *connection,
    struct turn *turn, const struct www_head *head, const char *method)
{
	unsigned status =
	    read_request(door, connection, turn, head, method, &turn->request);
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (status != 0) {
		return refuse_request(door, connection, turn, status);
	}
	if (turn->spool->failed != 0) {
		return refuse(door, connection, turn, 507,
		    "there is no room for the file; try again later");
	}
	turn->request.upload.type = head->type;
	turn->request.upload.fd = turn->spool->fd;
	turn->request.upload.size = turn->spool->size;
	turn->reply = (struct www_reply){ .status = 500, .type = WWW_HTML };
	turn->http = door->http;
	turn->connection = connection;
	MHD_suspend_connection(connection);
	www_spool_thread_begins(&door->http->spools);
	r = pthread_attr_init(&attr);
	if (r == 0) {
		(void)pthread_attr_setdetachstate(
		    &attr, PTHREAD_CREATE_DETACHED);
		r = pthread_create(&thread, &attr, answer_upload, turn);
		pthread_attr_destroy(&attr);
	}
	if (r != 0) { /* then here, and others wait */
		(void)answer_upload(turn);
	}
	return MHD_YES;
}

/* The head of a POST with a file: may it come? */
static enum MHD_Result
expect_upload(struct door *door, struct MHD_Connection *connection,
    struct turn *turn, const struct www_head *head)
{
	struct net_ip client = client_of(door, peer_of(connection), head);
	unsigned status =
	    www_spool_open(&door->http->spools, &client, &turn->spool);

	return status == 0 ? MHD_YES
	    : status == 507
	    ? refuse(door, connection, turn, 507,
		  "there is no room for the file; try again later")
	    : refuse(door, connection, turn, status,
		  "too many files come in at once; try again in a minute");
}

/* How large a file may be that is sent to URL, which may be NULL. */
static uint64_t
upload_of(const struct www_http *http, const char *url, const char *method)
{
	char path[64];
	size_t n = url != NULL ? strcspn(url, "?") : 0;

	if (http->upload == NULL || n == 0 || n >= sizeof(path) ||
	    strcmp(method, "POST") != 0) {
		return 0;
	}
	memcpy(path, url, n);
	path[n] = '\0';
	return http->upload(path, http->ctx);
}

/* libmicrohttpd calls this first with the head only, then for each piece of
 * the body, then once more when all is there. */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **con)
{
	struct door *door = ctx;
	struct turn *turn = *con;
	struct www_head head = { 0 };
	const char *why;
	unsigned status;

	(void)url;
	if (turn == NULL) {
		return MHD_NO;
	}
	if (*size > 0 && turn->spool != NULL) {
		bool late = !www_spool_write(turn->spool, data, *size);

		*size = 0;
		return late ? MHD_NO : MHD_YES;
	}
	if (*size > 0) {
		turn->body.limit = WWW_BODY_MAX;
		buf_add(&turn->body, data, *size);
		*size = 0;
		return turn->body.bad ? MHD_NO : MHD_YES;
	}
	if (!turn->counted) {
		turn->counted = true;
		atomic_fetch_add(&door->http->busy, 1);
	}
	MHD_get_connection_values_n(
	    connection, MHD_HEADER_KIND, on_header, &head);
	if (!turn->begun) {
		turn->begun = true;
		head.upload = upload_of(door->http, turn->url, method);
		status =
		    www_head_doubtful(&head, turn->url, method, version, &why);
		turn->access.method = www_head_method(method);
		turn->access.client =
		    client_of(door, peer_of(connection), &head);
		www_client_due(door->http->clients, client_at(connection),
		    head.upload > 0 ? UPLOAD_TIME : BODY_TIME);
		if (status != 0) {
			return refuse(door, connection, turn, status, why);
		}
		return head.upload > 0 && head.length > 0
		    ? expect_upload(door, connection, turn, &head)
		    : MHD_YES;
	}
	if (turn->spool != NULL) {
		return turn->answered
		    ? send_reply(door, connection, turn, &turn->reply, false)
		    : begin_upload(door, connection, turn, &head, method);
	}
	return answer(door, connection, turn, &head, method);
}

/* The only place where the address is still as it was sent. */
static void *
on_url(void *ctx, const char *url, struct MHD_Connection *connection)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	(void)ctx;
	(void)connection;
	if (turn != NULL) {
		clock_gettime(CLOCK_MONOTONIC, &turn->since);
		turn->arena.limit = 1 << 20;
		turn->url = arena_str(&turn->arena, url);
	}
	return turn;
}

static void
write_down(const struct door *door, struct turn *turn)
{
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(now.tv_sec - turn->since.tv_sec) * 1000 +
	    (now.tv_nsec - turn->since.tv_nsec) / 1000000;
	turn->access.ms = ms > 0 ? (uint64_t)ms : 0;
	turn->access.tls = door->tls;
	www_accesslog(&turn->access);
}

static void
on_connection(void *ctx, struct MHD_Connection *connection, void **client,
    enum MHD_ConnectionNotificationCode code)
{
	struct door *door = ctx;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(
		    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*client = info != NULL
		    ? www_client_came(
			  door->http->clients, info->connect_fd, HEAD_TIME)
		    : NULL;
	} else {
		www_client_went(door->http->clients, *client);
		*client = NULL;
	}
}

static void
on_completed(void *ctx, struct MHD_Connection *connection, void **con,
    enum MHD_RequestTerminationCode code)
{
	struct door *door = ctx;
	struct turn *turn = *con;

	(void)code;
	www_client_due(door->http->clients, client_at(connection),
	    SILENCE + HEAD_TIME); /* for the next request */
	if (turn != NULL) {
		write_down(door, turn);
		if (turn->counted) {
			atomic_fetch_sub(&door->http->busy, 1);
		}
		www_spool_close(&door->http->spools, turn->spool);
		arena_free(&turn->arena);
		buf_free(&turn->body);
		buf_free(&turn->reply.body); /* when it was not sent */
		free(turn);
		*con = NULL;
	}
}

static void on_log(void *ctx, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

static void
on_log(void *ctx, const char *fmt, va_list ap)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct log_gate gate;
	char line[256], shown[512];
	unsigned missed = 0;
	bool pass;

	(void)ctx;
	pthread_mutex_lock(&lock);
	pass = log_pass(&gate, 2, &missed);
	pthread_mutex_unlock(&lock);
	if (pass) {
		vsnprintf(line, sizeof(line), fmt, ap);
		line[strcspn(line, "\r\n")] = '\0';
		text_printable_in(shown, sizeof(shown), line, strlen(line));
		log_event(
		    LOG_NOTE, "http library: %s (missed=%u)", shown, missed);
	}
}

static char tls_priorities[] = WWW_TLS_PRIORITIES;

/* A descriptor for each connection, beside those of the environments. */
static void
room_for_connections(void)
{
	const rlim_t want = 4 * CONNECTIONS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < want) {
		limit.rlim_cur =
		    limit.rlim_max < want ? limit.rlim_max : want;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

unsigned
www_http_connections(struct www_http *http)
{
	return www_clients_count(http->clients);
}

int
www_http_start(const struct www_http_place *places, size_t n, www_http_fn *fn,
    www_http_proxy_fn *proxy, www_http_upload_fn *upload, void *ctx,
    struct www_http **ret_http, struct err_text *why)
{
	struct www_http *http =
	    calloc(1, sizeof(*http) + n * sizeof(http->doors[0]));
	size_t i = 0;
	int r = ERR_NOMEM;

	if (http == NULL) {
		goto out;
	}
	http->fn = fn;
	http->proxy = proxy;
	http->upload = upload;
	www_spools_init(&http->spools);
	http->ctx = ctx;
	r = www_clients_new(&http->clients);
	if (r < 0) {
		goto out;
	}
	room_for_connections();
	for (; i < n; i++) {
		struct door *door = &http->doors[i];
		struct MHD_OptionItem tls[] = {
			{ MHD_OPTION_HTTPS_PRIORITIES, 0, tls_priorities },
			{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
			    (void *)(uintptr_t)www_tls_present },
			{ MHD_OPTION_END, 0, NULL },
		};

		door->http = http;
		door->local = places[i].local;
		door->tls = places[i].tls;
		if (!door->tls) {
			tls[0].option = MHD_OPTION_END;
		}
		door->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
			MHD_USE_ERROR_LOG | MHD_USE_ITC |
			(door->tls ? MHD_USE_TLS : 0u) |
			MHD_ALLOW_SUSPEND_RESUME,
		    0, NULL, NULL, on_request, door, MHD_OPTION_EXTERNAL_LOGGER,
		    on_log, NULL, MHD_OPTION_LISTEN_SOCKET,
		    (MHD_socket)places[i].fd, MHD_OPTION_THREAD_POOL_SIZE,
		    THREADS, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		    MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		    places[i].crowd || places[i].local ? 0u : PER_ADDRESS,
		    MHD_OPTION_CONNECTION_TIMEOUT, SILENCE,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS,
		    MHD_OPTION_STRICT_FOR_CLIENT, 1,
		    MHD_OPTION_URI_LOG_CALLBACK, on_url, door,
		    MHD_OPTION_NOTIFY_COMPLETED, on_completed, door,
		    MHD_OPTION_NOTIFY_CONNECTION, on_connection, door,
		    MHD_OPTION_ARRAY, tls,
		    MHD_OPTION_END);
		if (door->daemon == NULL) {
			r = err_say(
			    why, ERR_SYS, "cannot start the HTTP library");
			goto out;
		}
		http->n++;
	}
	*ret_http = http;
	http = NULL;
	r = 0;
out:
	for (; i < n; i++) {
		close(places[i].fd);
	}
	www_http_stop(&http, 0);
	return r;
}

void
www_http_stop(struct www_http **http, unsigned seconds)
{
	struct timespec step = { .tv_nsec = 20000000 };
	struct www_http *h = *http;

	if (h == NULL) {
		return;
	}
	for (size_t i = 0; i < h->n; i++) {
		MHD_socket fd = MHD_quiesce_daemon(h->doors[i].daemon);

		if (fd != MHD_INVALID_SOCKET) {
			close(fd);
		}
	}
	for (unsigned i = 0; i < seconds * 50 && atomic_load(&h->busy) > 0;
	     i++) {
		nanosleep(&step, NULL);
	}
	/* the library bears no connection that still rests; what a file's
	 * thread waits for has an end (zone/handin.h) */
	www_spools_wait(&h->spools);
	for (size_t i = 0; i < h->n; i++) {
		MHD_stop_daemon(h->doors[i].daemon);
	}
	www_clients_free(&h->clients);
	www_spools_fini(&h->spools);
	free(h);
	*http = NULL;
}
