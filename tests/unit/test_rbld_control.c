/* test_rbld_control.c - the control socket: its file, what may be asked, who
 * asks badly, and whether the metrics are what Prometheus reads. */
#include "tests/unit/test_rbld_world.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/secret.h"
#include "rbld/control.h"
#include "rbld/metrics.h"
#include "tests/unit/prometheus.h"
#include "zone/control.h"

static struct world world;
static uint64_t serial; /* of its store */
static struct rbld_listen *listening;
static struct rbld_control control = { .fd = -1 };
static struct rbld_book *book;
static struct rbld_ledger *ledger;
static struct rbld_crew *crew;
static char path[128];

/* ---- requests --------------------------------------------------------------
 */

#define MORE RBLD_WISH_MORE
#define METRICS RBLD_WISH_METRICS
#define TOP RBLD_WISH_TOP
#define JSON RBLD_WISH_JSON
#define UNKNOWN RBLD_WISH_UNKNOWN
#define METHOD RBLD_WISH_METHOD
#define BAD RBLD_WISH_BAD
#define V " HTTP/1.1\r\n\r\n"

static const struct {
	const char *text;
	bool ended;
	enum rbld_wish wish;
	bool http, head;
} requests[] = {
	{ "", false, MORE, false, false },
	{ "", true, METRICS, false, false },
	{ "\n", false, METRICS, false, false },
	{ "metrics", false, MORE, false, false },
	{ "metrics", true, METRICS, false, false },
	{ "metrics\n", false, METRICS, false, false },
	{ "Metrics\r\n", false, METRICS, false, false },
	{ " top \n", false, TOP, false, false },
	{ "json\nmore", false, JSON, false, false },
	{ "jsonx\n", false, UNKNOWN, false, false },
	{ "top secret\n", false, UNKNOWN, false, false },
	{ "quit\n", false, UNKNOWN, false, false },
	{ "GET /metrics\n", false, UNKNOWN, false, false },
	{ "\xff\xfe\n", false, UNKNOWN, false, false },
	{ "GET /metrics HTTP/1.1\r\n", false, MORE, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: x\r\n", false, MORE, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: x\r\n", true, METRICS, true, false },
	{ "GET /metrics" V, false, METRICS, true, false },
	{ "GET /metrics HTTP/1.0\n\n", false, METRICS, true, false },
	{ "GET /" V, false, METRICS, true, false },
	{ "GET /metrics?x=1" V, false, METRICS, true, false },
	{ "GET /top" V, false, TOP, true, false },
	{ "HEAD /json" V, false, JSON, true, true },
	{ "GET /metrics/" V, false, UNKNOWN, true, false },
	{ "GET /../etc/passwd" V, false, UNKNOWN, true, false },
	{ "get /metrics" V, false, METHOD, true, false },
	{ "POST /metrics" V, false, METHOD, true, false },
	{ "DELETE /" V, false, METHOD, true, false },
	{ "GET metrics" V, false, BAD, true, false },
	{ "GET  HTTP/1.1\r\n\r\n", false, BAD, true, false },
	{ "GET /a b" V, false, BAD, true, false },
	{ " HTTP/1.1\r\n\r\n", false, UNKNOWN, false, false },
};

static void
test_requests(void)
{
	static char long_one[RBLD_REQUEST_MAX];

	for (size_t i = 0; i < COUNT(requests); i++) {
		struct rbld_request r = rbld_control_read(requests[i].text,
		    strlen(requests[i].text), requests[i].ended);

		CHECK(r.wish == requests[i].wish && r.http == requests[i].http,
		    "\"%s\": %d %d", requests[i].text, (int)r.wish, r.http);
		CHECK(r.head == requests[i].head, "\"%s\": head",
		    requests[i].text);
	}
	memset(long_one, 'x', sizeof(long_one));
	CHECK(rbld_control_read(long_one, sizeof(long_one) - 1, false).wish ==
		MORE,
	    "room is left");
	CHECK(rbld_control_read(long_one, sizeof(long_one), false).wish ==
		UNKNOWN,
	    "a line without an end");
	memcpy(long_one, "GET / HTTP/1.1\r\n", 16);
	CHECK(rbld_control_read(long_one, sizeof(long_one), false).wish ==
		METRICS,
	    "headers that are not read");
}

static void
test_escape(void)
{
	struct buf b = { 0 };

	rbld_metrics_escape(&b, "a\"b\\c\nd");
	CHECK(strcmp(b.data, "a\\\"b\\\\c\\nd") == 0, "%s", b.data);
	buf_free(&b);
}

/* ---- the file --------------------------------------------------------------
 */

static int
open_at(const char *where, struct rbld_control *ret, struct err_text *why)
{
	struct zone_config c = { .n_zones = 0 };
	char text[160];

	snprintf(text, sizeof(text), "unix:%s", where);
	CHECK(net_place_parse(span_str(text), &c.dns.control) == 0, "%s", text);
	return rbld_control_open(&c, ret, why);
}

static void
test_file(void)
{
	struct rbld_control a = { .fd = -1 }, b = { .fd = -1 };
	struct zone_config none = { .n_zones = 0 };
	struct err_text why = { "" };
	char file[128], other[160];
	struct stat st;
	FILE *f;

	CHECK(rbld_control_open(&none, &a, &why) == 0 && a.fd == -1, "none");
	rbld_control_close(&a);
	snprintf(file, sizeof(file), "%s/a.sock", world.dir);
	CHECK(open_at(file, &a, &why) == 0, "%s", why.text);
	CHECK(stat(file, &st) == 0 && S_ISSOCK(st.st_mode) &&
		(st.st_mode & 0777) == 0660,
	    "mode %o", (unsigned)st.st_mode);
	CHECK(open_at(file, &b, &why) == ERR_SYS && b.fd == -1, "in use");
	CHECK(strstr(why.text, file) != NULL, "it says where: %s", why.text);
	close(a.fd); /* as when the program is killed */
	CHECK(stat(file, &st) == 0, "left behind");
	CHECK(open_at(file, &b, &why) == 0, "replaced: %s", why.text);
	a.fd = dup(b.fd);
	rbld_control_close(&a); /* the file is not its own any more */
	CHECK(stat(file, &st) == 0, "another's file stays");
	rbld_control_close(&b);
	CHECK(stat(file, &st) < 0 && errno == ENOENT, "removed");
	f = fopen(file, "w");
	CHECK(f != NULL && fclose(f) == 0, "a file");
	CHECK(open_at(file, &a, &why) == ERR_SYS && stat(file, &st) == 0 &&
		S_ISREG(st.st_mode),
	    "what is no socket stays: %s", why.text);
	CHECK(unlink(file) == 0 && mkdir(file, 0700) == 0 &&
		open_at(file, &a, &why) == ERR_SYS,
	    "a folder");
	rmdir(file);
	snprintf(other, sizeof(other), "%s/none/a.sock", world.dir);
	CHECK(open_at(other, &a, &why) == ERR_SYS, "no such folder");
}

/* ---- the thread ------------------------------------------------------------
 */

static int
dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(un.sun_path, path);
	if (fd < 0 || connect(fd, (void *)&un, sizeof(un)) < 0) {
		world_fail("connect", strerror(errno));
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* All that comes; the caller frees it. Hangs up. */
static char *
read_all(int fd)
{
	struct buf b = { 0 };
	char part[4096];
	ssize_t n;

	while ((n = recv(fd, part, sizeof(part), 0)) > 0) {
		buf_add(&b, part, (size_t)n);
	}
	CHECK(n == 0 || errno == ECONNRESET, "the end: %s", strerror(errno));
	buf_str(&b, "");
	close(fd);
	return b.data;
}

static char *
say(const char *text)
{
	int fd = dial();

	CHECK(
	    send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text),
	    "send");
	return read_all(fd);
}

/* rcode of NAME over UDP. */
static int
ask_udp(const char *name)
{
	struct net_place p = listening->at[0].place;
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(p.sa.ss_family, SOCK_DGRAM, 0);
	uint8_t out[2048];
	struct asked a;
	ssize_t n;

	ask(&a, name, RBLD_T_A, 1232);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	CHECK(connect(fd, (void *)&p.sa, p.len) == 0 &&
		send(fd, a.bytes, a.len, 0) == (ssize_t)a.len,
	    "send");
	n = recv(fd, out, sizeof(out), 0);
	close(fd);
	return n < 12 ? -1 : out[3] & 15;
}

static void
test_metrics(void)
{
	char *text;

	CHECK(ask_udp("7.2.0.192.bl.example.org") == RBLD_NOERROR, "listed");
	CHECK(ask_udp("7.3.0.192.bl.example.org") == RBLD_NXDOMAIN, "not");
	CHECK(ask_udp("example.com.bl.example.org") == RBLD_NXDOMAIN, "sign");
	CHECK(ask_udp("example.com") == RBLD_REFUSED, "outside");
	text = say("metrics\n");
	CHECK(prom_check(text) >= 15, "families");
#define BL "{zone=\"bl.example.org\","
	CHECK(prom_value(text,
		  "rbld_queries_total" BL "qtype=\"A\",transport=\"udp\","
		  "family=\"ipv4\"}") == 3,
	    "questions");
	CHECK(prom_value(text, "rbld_answers_total" BL "rcode=\"NXDOMAIN\"}") ==
		2,
	    "answers");
	CHECK(prom_value(text,
		  "rbld_answers_total{zone=\"-\","
		  "rcode=\"REFUSED\"}") == 1,
	    "outside");
	CHECK(prom_value(text, "rbld_list_hits_total" BL "list=\"ip\"}") == 1,
	    "hits");
	CHECK(prom_value(
		  text, "rbld_client_signs_total" BL "sign=\"domain\"}") == 1,
	    "signs");
	CHECK(prom_value(text, "rbld_store_entries{list=\"ip\"}") == 5 &&
		prom_value(text, "rbld_store_exemptions{list=\"ip\"}") == 1,
	    "entries");
	CHECK(prom_value(text, "rbld_store_readable") == 1 &&
		prom_value(text, "rbld_store_serial") == (double)serial,
	    "the store");
	CHECK(prom_value(text, "rbld_messages_total{transport=\"udp\"}") == 4,
	    "messages");
	CHECK(prom_value(text, "process_start_time_seconds") > 1e9, "start");
	CHECK(prom_value(text, "rbld_restarts_total") == 0, "restarts");
	free(text);
}

static void
test_shapes(void)
{
	static const char begin[] = "HTTP/1.0 200 OK\r\nContent-Type: "
				    "text/plain; version=0.0.4";
	char *text = say("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), *body;
	json_t *j;

	CHECK(strncmp(text, begin, strlen(begin)) == 0, "%.60s", text);
	body = strstr(text, "\r\n\r\n");
	CHECK(body != NULL && prom_check(body + 4) >= 15, "by HTTP");
	CHECK(body == NULL || strstr(text, "Content-Length: ") == NULL ||
		strtoul(strstr(text, "Content-Length: ") + 16, NULL, 10) ==
		    strlen(body + 4),
	    "Content-Length");
	free(text);
	text = say("HEAD / HTTP/1.1\r\n\r\n");
	CHECK(strncmp(text, begin, strlen(begin)) == 0 &&
		strcmp(strstr(text, "\r\n\r\n"), "\r\n\r\n") == 0,
	    "HEAD has no body");
	free(text);
	text = say("POST / HTTP/1.1\r\n\r\n");
	CHECK(strncmp(text, "HTTP/1.0 405 ", 13) == 0 &&
		strstr(text, "\r\nAllow: GET, HEAD\r\n") != NULL,
	    "%.40s", text);
	free(text);
	text = say("GET /nothing HTTP/1.1\r\n\r\n");
	CHECK(strncmp(text, "HTTP/1.0 404 ", 13) == 0, "%.40s", text);
	free(text);
	text = say("top\n");
	CHECK(strstr(text, " 4 127.0.0.1\n") != NULL &&
		strstr(text, " 1 ip 192.0.2.0/24\n") != NULL &&
		strstr(text, " 1 127.0.0.1 domain bl.example.org\n") != NULL,
	    "%s", text);
	free(text);
	text = say("json\n");
	j = json_loads(text, 0, NULL);
	CHECK(j != NULL, "JSON: %s", text);
	CHECK(json_array_size(json_object_get(j, "zones")) ==
		world.apex->n_zones + 1, "zones");
	CHECK(json_integer_value(json_object_get(j, "serial")) == (json_int_t)serial, "serial");
	json_decref(j);
	free(text);
	text = say("nonsense\n");
	CHECK(strstr(text, "expected") != NULL, "%s", text);
	free(text);
}

/* Who says nothing, who says it slowly, who does not listen. */
static void
test_bad_peers(void)
{
	int silent = dial(), half = dial(), slow = dial(), many[40];
	char *text;

	CHECK(shutdown(half, SHUT_WR) == 0, "half-closed");
	text = read_all(half);
	CHECK(prom_check(text) >= 15, "half-closed");
	free(text);
	for (const char *p = "metrics\n"; *p != '\0'; p++) {
		CHECK(send(slow, p, 1, MSG_NOSIGNAL) == 1, "one octet");
	}
	text = read_all(slow);
	CHECK(prom_check(text) >= 15, "slowly");
	free(text);
	text = read_all(silent);
	CHECK(prom_check(text) >= 15, "silent: the metrics after a while");
	free(text);
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = dial(); /* more than there are places */
		CHECK(send(many[i], "to", 2, MSG_NOSIGNAL) == 2, "half a word");
	}
	text = say("metrics\n");
	CHECK(prom_check(text) >= 15, "among many that wait");
	free(text);
	CHECK(ask_udp("7.2.0.192.bl.example.org") == RBLD_NOERROR,
	    "questions are answered meanwhile");
	for (size_t i = 0; i < COUNT(many); i++) {
		close(many[i]);
	}
	for (int i = 0; i < 200; i++) { /* gone before the reply */
		int fd = dial();

		CHECK(send(fd, "json\n", 5, MSG_NOSIGNAL) == 5, "send");
		close(fd);
	}
	text = say("metrics\n");
	CHECK(prom_check(text) >= 15, "after those who did not wait");
	free(text);
}

/* What rblctl asks with. */
static void
test_client(void)
{
	struct zone_config c = { .n_zones = 0 };
	struct buf b = { 0 };
	char text[160];

	CHECK(zone_control_ask(&c, "top", 1000, &b) == ERR_NONE, "no control");
	snprintf(text, sizeof(text), "unix:%s.none", path);
	CHECK(net_place_parse(span_str(text), &c.dns.control) == 0, "place");
	CHECK(zone_control_ask(&c, "top", 1000, &b) == ERR_NONE, "nobody");
	snprintf(text, sizeof(text), "unix:%s", path);
	CHECK(net_place_parse(span_str(text), &c.dns.control) == 0, "place");
	CHECK(zone_control_ask(&c, "metrics", 20000, &b) == 0 &&
		prom_check(b.data) >= 15,
	    "metrics");
	CHECK(
	    zone_control_ask(&c, "a word that is longer than any word is here",
		1000, &b) == ERR_RANGE,
	    "too long");
	buf_free(&b);
}

static struct rbld_world
make_world(void)
{
	struct rbld_world cw = { .apex = world.apex,
		.ledger = ledger,
		.n_looks = rbld_crew_threads(listening),
		.udp_size = 1232,
		.tcp_limit = 10,
		.tcp_timeout = 5 };

	cw.looks = calloc(cw.n_looks, sizeof(*cw.looks));
	for (unsigned i = 0; i < cw.n_looks; i++) {
		if (cw.looks == NULL ||
		    rbld_look_open(&cw.looks[i], world.apex, world.store) < 0) {
			world_fail("look", "cannot be opened");
		}
		cw.looks[i].ledger = ledger;
		cw.looks[i].counts = rbld_ledger_row(ledger, i);
	}
	return cw;
}

static void
world_close(struct rbld_world *cw)
{
	for (unsigned i = 0; i < cw->n_looks; i++) {
		rbld_look_close(&cw->looks[i]);
	}
	free(cw->looks);
}

int
main(void)
{
	struct err_text why = { "" };
	struct rbld_world one, two;
	char *text;

	test_requests();
	test_escape();
	world_make(&world);
	rbld_look_renew(&world.look);
	serial = world.look.serial;
	rbld_look_close(&world.look);
	test_file();
	snprintf(path, sizeof(path), "%s/control.sock", world.dir);
	if (secret_init() < 0 ||
	    rbld_listen_open(world.config, &listening, &why) < 0 ||
	    open_at(path, &control, &why) < 0) {
		world_fail("listen", why.text);
	}
	listening->control = control.fd;
	book = rbld_book_new(rbld_crew_threads(listening));
	if (book == NULL || rbld_ledger_open(book, world.apex, &ledger) < 0) {
		world_fail("book", "no memory");
	}
	one = make_world();
	if (rbld_crew_start(listening, &one, 0, &crew) < 0) {
		world_fail("crew", strerror(errno));
	}
	test_metrics();
	test_shapes();
	test_bad_peers();
	test_client();

	/* the thread moves to another world like all others */
	two = make_world();
	rbld_crew_move(crew, &two);
	world_close(&one);
	text = say("metrics\n");
	CHECK(prom_check(text) >= 15 &&
		prom_value(text, "rbld_store_serial") == (double)serial,
	    "in another world");
	free(text);
	rbld_crew_stop(&crew);
	world_close(&two);
	rbld_control_close(&control);
	rbld_listen_close(&listening);
	rbld_ledger_free(&ledger);
	rbld_book_free(&book);
	world_end(&world);
	return failures != 0;
}
