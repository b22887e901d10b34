/* Connections that are late are hung up on, others are not; and the line of
 * the access log. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "www/accesslog.h"
#include "www/clients.h"
#include "www/head.h"

/* Was FD hung up on, within MS? */
static bool
over(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&p, 1, ms) == 1 && read(fd, &c, 1) == 0;
}

static void
late(void)
{
	struct www_clients *clients = NULL;
	struct www_client *c[3];
	int pair[3][2];

	CHECK(www_clients_new(&clients) == 0, "new");
	for (unsigned i = 0; i < 3; i++) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]) == 0, "pair");
		c[i] = www_client_came(clients, pair[i][0], 3600);
	}
	CHECK(www_clients_count(clients) == 3, "three");
	www_client_due(clients, c[1], 0);
	CHECK(over(pair[1][1], 60000), "late: hung up");
	CHECK(!over(pair[0][1], 0) && !over(pair[2][1], 0), "not the others");
	www_client_went(clients, c[1]); /* in the middle of the list */
	www_client_went(clients, c[0]);
	CHECK(www_clients_count(clients) == 1, "one");
	www_client_due(clients, c[2], 0);
	CHECK(over(pair[2][1], 60000), "the last");
	www_client_went(clients, c[2]);
	www_client_went(clients, NULL);
	www_client_due(clients, NULL, 1);
	CHECK(www_clients_count(clients) == 0, "none");
	/* one that was taken out is not touched any more */
	c[0] = www_client_came(clients, pair[0][0], 0);
	www_client_went(clients, c[0]);
	CHECK(www_client_came(clients, pair[0][1], 3600) != NULL, "left");
	www_clients_free(&clients);
	CHECK(clients == NULL && !over(pair[0][1], 0), "freed");
	for (unsigned i = 0; i < 3; i++) {
		close(pair[i][0]);
		close(pair[i][1]);
	}
}

static void
lines(void)
{
	struct www_access a = { .method = "GET",
		.route = "/queue/#",
		.status = 200,
		.bytes = 5120,
		.ms = 3,
		.tls = true };
	struct err_text why = { "" };
	char out[512], dir[SCRATCH], path[SCRATCH + 20], moved[SCRATCH + 24];
	struct buf b = { 0 };
	struct stat st;

	CHECK(net_ip_parse(span_str("203.0.113.9"), &a.client) == 0, "ip");
	www_accesslog_line(out, &a, 1700000000);
	CHECK(strcmp(out,
		  "time=2023-11-14T22:13:20Z client=203.0.113.9 method=GET "
		  "route=/queue/# status=200 bytes=5120 ms=3 tls=yes\n") == 0,
	    "%s", out);
	www_accesslog_line(out, &(struct www_access){ .ms = 1 }, 0);
	CHECK(strstr(out, "client=- method=- route=- status=0") != NULL, "%s",
	    out);
	www_accesslog(&a); /* nowhere */
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s.1", path);
	CHECK(www_accesslog_open(path, &why) == 0, "%s", why.text);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 027) == 0,
	    "others do not read it: %o", st.st_mode & 0777);
	www_accesslog(&a);
	CHECK(rename(path, moved) == 0, "moved away");
	www_accesslog(&a);
	CHECK(www_accesslog_open(path, &why) == 0, "%s", why.text);
	www_accesslog(&a);
	CHECK(www_accesslog_open("/nonexistent/log", &why) == ERR_SYS &&
		strstr(why.text, "/nonexistent/log") != NULL,
	    "%s", why.text);
	www_accesslog(&a); /* the one before stays */
	www_accesslog_close();
	www_accesslog(&a);
	for (unsigned i = 0; i < 2; i++) {
		unsigned n = 0;

		buf_clear(&b);
		CHECK(file_read(i == 0 ? moved : path, 4096, &b) == 0, "read");
		for (size_t k = 0; k < b.len; k++) {
			n += b.data[k] == '\n';
		}
		CHECK(n == 2, "%u lines", n);
	}
	buf_free(&b);
	scratch_remove(dir);
}

static void
methods(void)
{
	static const struct {
		const char *method;
		bool known;
	} cases[] = {
		{ "GET", true }, { "HEAD", true }, { "POST", true },
		{ "PUT", true }, { "DELETE", true }, { "OPTIONS", true },
		{ "TRACE", true }, { "CONNECT", true }, { "PATCH", true },
		{ "get", false }, { "", false }, { "GETX", false },
		{ "GE", false }, { "PROPFIND", false }, { "PRI", false },
		{ "G\xc3\x89T", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK((www_head_method(cases[i].method) != NULL) ==
			cases[i].known,
		    "%s", cases[i].method);
	}
}

int
main(void)
{
	late();
	lines();
	methods();
	return failures != 0;
}
