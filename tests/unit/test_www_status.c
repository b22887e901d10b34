/* Is the service well? A responder that answers rightly, wrongly and not at
 * all; what monitors are told, and who they are. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "www/counts.h"
#include "www/pulse.h"
#include "www_world.h"

/* ---- a responder --------------------------------------------------------- */

enum mode {
	RIGHT,
	ALL_LISTED,  /* 127.0.0.1 as well */
	NONE_LISTED, /* 127.0.0.2 neither */
	NODATA,      /* no error and no answer for what is not there */
	OUTSIDE,     /* an address outside 127.0.0.0/8 */
	REFUSES,
	FAILS,
	CUT,    /* half of the packet */
	ECHO,   /* the question itself */
	STRAYS, /* of another number */
	NOISE,
	SILENT,
	MODES,
};

struct responder {
	int fd;
	enum mode mode;
};

/* The label that NAME begins with, NUL behind it. */
static void *
respond(void *arg)
{
	struct responder *r = arg;
	uint8_t q[600];

	for (;;) {
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(r->fd, q, sizeof(q) - 60, 0,
		    (struct sockaddr *)&from, &size);
		enum mode mode = r->mode;
		bool listed, soa, error;
		size_t len = (size_t)n;

		if (n < 17) { /* the end */
			return NULL;
		}
		if (mode == SILENT) {
			continue;
		}
		soa = q[n - 3] == 6;
		/* "2" or "1" of an address in reverse */
		listed =
		    mode == ALL_LISTED || (mode != NONE_LISTED && q[13] == '2');
		error = mode == REFUSES || mode == FAILS;
		q[2] = mode == ECHO ? 0 : 0x84;
		q[3] = mode == REFUSES                ? 5
		    : mode == FAILS                   ? 2
		    : soa || listed || mode == NODATA ? 0
						      : 3;
		if (mode == STRAYS) {
			q[0] ^= 0x55;
		}
		if (mode == NOISE) {
			memset(q + 2, 0xff, len - 2);
		} else if (!error && soa) {
			static const uint8_t record[] = { 0xc0, 12, 0, 6, 0, 1,
				0, 0, 0, 9, 0, 22, 0xc0, 12, 0xc0 | 0, 12, 0, 0,
				1, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
				0, 1 };

			q[7] = 1;
			memcpy(q + len, record, sizeof(record));
			q[len + 11] = (uint8_t)(sizeof(record) - 12);
			len += sizeof(record);
		} else if (!error && listed) {
			uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9,
				0, 4, 127, 0, 0, 2 };

			record[12] = mode == OUTSIDE ? 192 : 127;
			q[7] = 1;
			memcpy(q + len, record, sizeof(record));
			len += sizeof(record);
		}
		if (mode == CUT) {
			len -= 5;
		}
		(void)sendto(r->fd, q, len, 0, (struct sockaddr *)&from, size);
	}
}

static const struct {
	const char *name;
	enum mode mode;
	enum www_pulse_state listed, clear;
	bool serial, right;
} cases[] = {
	{ "right", RIGHT, WWW_PULSE_RIGHT, WWW_PULSE_RIGHT, true, true },
	{ "everything is listed", ALL_LISTED, WWW_PULSE_RIGHT, WWW_PULSE_WRONG,
	    true, false },
	{ "nothing is listed", NONE_LISTED, WWW_PULSE_WRONG, WWW_PULSE_RIGHT,
	    true, false },
	{ "no NXDOMAIN", NODATA, WWW_PULSE_RIGHT, WWW_PULSE_WRONG, true,
	    false },
	{ "no code", OUTSIDE, WWW_PULSE_WRONG, WWW_PULSE_RIGHT, true, false },
	{ "refused", REFUSES, WWW_PULSE_REFUSED, WWW_PULSE_REFUSED, false,
	    false },
	{ "failed", FAILS, WWW_PULSE_WRONG, WWW_PULSE_WRONG, false, false },
	{ "the question back", ECHO, WWW_PULSE_SILENT, WWW_PULSE_SILENT, false,
	    false },
	{ "other numbers", STRAYS, WWW_PULSE_SILENT, WWW_PULSE_SILENT, false,
	    false },
	{ "noise", NOISE, WWW_PULSE_SILENT, WWW_PULSE_SILENT, false, false },
	{ "nothing", SILENT, WWW_PULSE_SILENT, WWW_PULSE_SILENT, false, false },
};

/* The world's configuration with the responder at PORT. */
static void
configure(struct world *w, unsigned port, const char *more)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	char path[SCRATCH + 20];
	struct buf b = { 0 };

	snprintf(path, sizeof(path), "%s/more.conf", w->dir);
	buf_fmt(&b,
	    "data-dir = \"%s\"\nlist \"ip\" { kind = \"ip\" }\n"
	    "zone \"bl.example.gr\" { lists = {\"ip\"} ns = {\"ns.example.gr\"}"
	    " hostmaster = \"h.example.gr\" }\n%s"
	    "dns { listen = {\"0.0.0.0@%u\"} }\n"
	    "www { listen = {\"127.0.0.1@0\"} }\n",
	    w->dir, more, port);
	CHECK(file_write(path, b.data, b.len, 0600) == 0 &&
		zone_config_load(path, &config, &why) == 0 &&
		www_site_configure(w->site, config) == 0,
	    "%s", why.text);
	buf_free(&b);
}

static void
pulses(struct world *w)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	struct responder r = { .fd = socket(AF_INET, SOCK_DGRAM, 0) };
	const struct zone_config *config;
	struct www_pulse pulse;
	struct answer a;
	pthread_t thread;

	CHECK(bind(r.fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
		getsockname(r.fd, (struct sockaddr *)&sin, &len) == 0,
	    "a socket");
	configure(w, ntohs(sin.sin_port), "");
	a = get(w, "/status", "", NULL);
	CHECK(a.reply.status == 200 && holds(&a, "It was not asked yet") &&
		holds(&a, "The look at DNS is late"),
	    "before the first");
	forget(&a);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool waits = cases[i].listed == WWW_PULSE_SILENT;

		r.mode = cases[i].mode;
		CHECK(
		    pthread_create(&thread, NULL, respond, &r) == 0, "thread");
		config = www_site_config(w->site);
		www_pulse_take(config, waits ? 100 : 20000, 5, &pulse);
		www_site_release(w->site, config);
		CHECK(pulse.n == 1 && pulse.time == 5 &&
			pulse.zones[0].listed == cases[i].listed &&
			pulse.zones[0].clear == cases[i].clear &&
			pulse.zones[0].has_serial == cases[i].serial &&
			(!cases[i].serial || pulse.zones[0].serial == 258),
		    "%s: %d %d %d %u", cases[i].name, pulse.zones[0].listed,
		    pulse.zones[0].clear, pulse.zones[0].has_serial,
		    pulse.zones[0].serial);
		CHECK(www_pulse_right(&pulse) == cases[i].right, "%s",
		    cases[i].name);
		www_site_ask_pulse(w->site);
		a = get(w, "/status", "", NULL);
		CHECK(a.reply.status == 200 &&
			holds(&a, "All is well") == cases[i].right,
		    "%s: %s", cases[i].name, a.reply.body.data);
		forget(&a);
		a = get(w, "/status.json", "", NULL);
		CHECK(holds(&a,
			  cases[i].right ? "\"answers\":true"
					 : "\"answers\":false"),
		    "%s: %s", cases[i].name, a.reply.body.data);
		forget(&a);
		/* a packet that ends it */
		CHECK(sendto(r.fd, "x", 1, 0, (struct sockaddr *)&sin,
			  sizeof(sin)) == 1 &&
			pthread_join(thread, NULL) == 0,
		    "ended");
	}
	close(r.fd);
	/* nobody is there: it is known at once */
	config = www_site_config(w->site);
	www_pulse_take(config, 20000, 6, &pulse);
	www_site_release(w->site, config);
	CHECK(pulse.zones[0].listed == WWW_PULSE_SILENT &&
		!www_pulse_right(&pulse),
	    "nobody");
	/* what is not asked is not wrong */
	configure(w, ntohs(sin.sin_port),
	    "zone \"k.example.gr\" { lists = {\"ip\"} ns = {\"ns.example.gr\"} "
	    "access-keys = yes hostmaster = \"h.example.gr\" }\n");
	config = www_site_config(w->site);
	www_pulse_take(config, 100, 7, &pulse);
	www_site_release(w->site, config);
	CHECK(pulse.n == 2 && pulse.zones[1].listed == WWW_PULSE_UNKNOWN,
	    "a zone with keys");
}

/* ---- monitors ------------------------------------------------------------ */

static struct answer
from(struct world *w, const char *ip, const char *cookie)
{
	struct answer a = { .reply = { .status = 500 } };
	struct www_request request = { .method = WWW_GET,
		.path = "/metrics",
		.host = "localhost",
		.cookie = cookie };

	if (ip[0] != '\0') {
		CHECK(
		    net_ip_parse(span_str(ip), &request.client) == 0, "%s", ip);
	}
	www_answer(&request, &a.reply, w->site);
	return a;
}

static void
metrics(struct world *w)
{
	static const struct {
		const char *ip;
		bool person;
		unsigned status;
	} who[] = {
		{ "127.0.0.1", false, 200 }, { "127.9.9.9", false, 200 },
		{ "::1", false, 200 }, { "203.0.113.9", true, 200 },
		{ "203.0.113.9", false, 403 }, { "10.0.0.1", false, 403 },
		{ "::2", false, 403 }, { "::", false, 403 },
		{ "2001:db8::1", false, 403 },
		{ "::ffff:127.0.0.1", false, 403 }, /* folded before */
		{ "", false, 403 }, /* a proxy that does not say who */
	};
	static const char *const lines[] = {
		("\nrbl_www_requests_total{method=\"GET\",route=\"/lookup\","
		 "status=\"2xx\"} 3\n"),
		"route=\"none\",status=\"4xx\"} 1\n",
		"\nrbl_www_logins_failed_total 1\n",
		"\nrbl_www_sessions 1\n",
		"\nrbl_queue_items{state=\"waiting\"} 4\n",
		"\nrbl_queue_oldest_waiting_seconds ",
		"\nrbl_www_readable 1\n",
		"\nrbl_store_serial 0\n",
		"_bucket{le=\"+Inf\"} ",
	};
	char cookie[100], wrong[100];
	struct answer a;

	for (unsigned i = 0; i < 3; i++) {
		a = get(w, "/lookup", "q=203.0.114.9", NULL);
		forget(&a);
	}
	a = get(w, "/nothing\"}", "", NULL);
	forget(&a);
	CHECK(log_in(w, "vera", "wrong password", wrong) == 401 ||
		wrong[0] == '\0',
	    "a wrong one");
	CHECK(log_in(w, "vera", PASSWORD, cookie) == 303, "a right one");
	for (size_t i = 0; i < COUNT(who); i++) {
		a = from(w, who[i].ip, who[i].person ? cookie : NULL);
		CHECK(a.reply.status == who[i].status, "%s: %u", who[i].ip,
		    a.reply.status);
		CHECK((a.reply.type == WWW_METRICS) == (who[i].status == 200),
		    "%s", who[i].ip);
		forget(&a);
	}
	a = from(w, "127.0.0.1", NULL);
	for (size_t i = 0; i < COUNT(lines); i++) {
		CHECK(holds(&a, lines[i]), "no %s in\n%s", lines[i],
		    a.reply.body.data);
	}
	CHECK(!holds(&a, "nothing") && !holds(&a, "203.0.114") &&
		!holds(&a, "vera"),
	    "nothing of anybody");
	/* each line is a comment or NAME{...} NUMBER */
	for (char *line = strtok(a.reply.body.data, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		const char *blank = strrchr(line, ' ');

		CHECK(line[0] == '#' ||
			(strncmp(line, "rbl_", 4) == 0 && blank != NULL &&
			    strspn(blank + 1, "0123456789.") ==
				strlen(blank + 1)),
		    "%s", line);
	}
	forget(&a);
}

static void
health(struct world *w)
{
	char path[SCRATCH + 40];
	struct answer a = get(w, "/healthz", "", NULL);

	CHECK(a.reply.status == 200 && holds(&a, "ok\n"), "%u", a.reply.status);
	forget(&a);
	/* a file that was cut */
	snprintf(path, sizeof(path), "%s/store/data.mdb", w->dir);
	CHECK(truncate(path, 8192) == 0, "%s", path);
	a = get(w, "/healthz", "", NULL);
	CHECK(a.reply.status == 503 && holds(&a, "failed\nstore: "), "%u %s",
	    a.reply.status, a.reply.body.data);
	forget(&a);
	a = get(w, "/status", "", NULL);
	CHECK(a.reply.status == 200 && holds(&a, "Something cannot be read"),
	    "%u", a.reply.status);
	forget(&a);
	a = from(w, "127.0.0.1", NULL);
	CHECK(a.reply.status == 200 && holds(&a, "\nrbl_www_readable 0\n"),
	    "monitors are told");
	forget(&a);
}

int
main(void)
{
	struct digest before, after;
	struct world w;
	unsigned n;

	(void)www_route_all(&n);
	CHECK(n < WWW_COUNTS_ROUTES - 1, "room for %u routes", n);
	world_open(&w);
	before = world_bytes(&w);
	pulses(&w);
	after = world_bytes(&w);
	CHECK(same(&before, &after), "nothing was written");
	metrics(&w);
	health(&w);
	world_close(&w);
	return failures != 0;
}
