/* test_rbld_crew.c - the threads, over real sockets of the loopback. */
#include "tests/unit/test_rbld_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>

#include "rbld/crew.h"

static struct world world;
static struct rbld_listen *listening;
static struct rbld_crew *crew;

/* A world for the crew over W's store. */
static struct rbld_world
crew_world(struct world *w, unsigned limit, unsigned timeout)
{
	struct rbld_world cw = { .apex = w->apex,
		.n_looks = rbld_crew_threads(listening),
		.udp_size = 1232,
		.tcp_limit = limit,
		.tcp_timeout = timeout };

	cw.looks = calloc(cw.n_looks, sizeof(*cw.looks));
	for (unsigned i = 0; i < cw.n_looks; i++) {
		if (cw.looks == NULL ||
		    rbld_look_open(&cw.looks[i], w->apex, w->store) < 0) {
			world_fail("look", "cannot be opened");
		}
	}
	return cw;
}

static void
crew_world_end(struct rbld_world *cw)
{
	for (unsigned i = 0; i < cw->n_looks; i++) {
		rbld_look_close(&cw->looks[i]);
	}
	free(cw->looks);
}

/* A socket connected to place I, or to ADDRESS at its port. */
static int
dial(unsigned i, int type, const char *address)
{
	struct net_place p = listening->at[i].place;
	struct timeval patience = { .tv_sec = 5 };
	int fd;

	if (address != NULL && p.sa.ss_family == AF_INET) {
		CHECK(
		    inet_pton(AF_INET, address,
			&((struct sockaddr_in *)(void *)&p.sa)->sin_addr) == 1,
		    "%s", address);
	} else if (address != NULL) {
		CHECK(inet_pton(AF_INET6, address,
			  &((struct sockaddr_in6 *)(void *)&p.sa)->sin6_addr) ==
			1,
		    "%s", address);
	}
	fd = socket(p.sa.ss_family, type, 0);
	if (fd < 0 || connect(fd, (void *)&p.sa, p.len) < 0) {
		world_fail("connect", strerror(errno));
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
send_all(int fd, const void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n =
		    send(fd, (const char *)data + at, len - at, MSG_NOSIGNAL);

		if (n <= 0) {
			CHECK(n > 0, "send: %s", strerror(errno));
			return;
		}
		at += (size_t)n;
	}
}

/* LEN octets; false when the stream ends before. */
static bool
recv_all(int fd, void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = recv(fd, (char *)data + at, len - at, 0);

		if (n <= 0) {
			return false;
		}
		at += (size_t)n;
	}
	return true;
}

/* One message behind its length; 0: the stream ended. */
static size_t
recv_message(int fd, uint8_t out[RBLD_REPLY_MAX])
{
	uint8_t head[2];
	size_t n;

	if (!recv_all(fd, head, 2)) {
		return 0;
	}
	n = (size_t)head[0] << 8 | head[1];
	return recv_all(fd, out, n) ? n : 0;
}

static void
frame(struct asked *a, const char *name, unsigned type, unsigned id)
{
	ask(a, name, type, 0);
	a->bytes[0] = (uint8_t)(id >> 8);
	a->bytes[1] = (uint8_t)id;
	memmove(a->bytes + 2, a->bytes, a->len);
	a->bytes[0] = (uint8_t)(a->len >> 8);
	a->bytes[1] = (uint8_t)a->len;
	a->len += 2;
}

/* rcode of NAME by UDP at place I; -1: no reply came from there. */
static int
ask_udp(unsigned i, const char *address, const char *name)
{
	int fd = dial(i, SOCK_DGRAM, address);
	uint8_t out[2048];
	struct asked a;
	ssize_t n;

	ask(&a, name, RBLD_T_A, 1232);
	send_all(fd, a.bytes, a.len);
	n = recv(fd, out, sizeof(out), 0);
	close(fd);
	return n < 12 ? -1 : out[3] & 15;
}

static int
ask_tcp(int fd, const char *name)
{
	uint8_t out[RBLD_REPLY_MAX];
	struct asked a;

	frame(&a, name, RBLD_T_A, 77);
	send_all(fd, a.bytes, a.len);
	return recv_message(fd, out) < 12 ? -1 : out[3] & 15;
}

#define LISTED "7.2.0.192.bl.example.org"
#define UNLISTED "9.2.0.192.bl.example.org"

static void
test_everywhere(void)
{
	static const struct {
		const char *name;
		unsigned place;
		const char *address;
	} places[] = {
		{ "IPv4", 0, NULL },
		{ "IPv6", 1, NULL },
		{ "wildcard IPv4", 2, "127.0.0.1" },
		{ "DNS-10 wildcard IPv4, another address", 2, "127.0.0.7" },
		{ "wildcard IPv6", 3, "::1" },
	};

	for (size_t i = 0; i < COUNT(places); i++) {
		int fd = dial(places[i].place, SOCK_STREAM, places[i].address);

		for (unsigned k = 0; k < 16; k++) { /* several workers */
			CHECK(ask_udp(places[i].place, places[i].address,
				  LISTED) == RBLD_NOERROR,
			    "%s UDP listed", places[i].name);
			CHECK(ask_udp(places[i].place, places[i].address,
				  UNLISTED) == RBLD_NXDOMAIN,
			    "%s UDP unlisted", places[i].name);
		}
		CHECK(ask_tcp(fd, LISTED) == RBLD_NOERROR,
		    "7766-1 %s TCP listed", places[i].name);
		CHECK(ask_tcp(fd, UNLISTED) == RBLD_NXDOMAIN,
		    "7766-1 %s TCP unlisted", places[i].name);
		close(fd);
	}
}

/* Packets that get no reply, or one that cannot be sent, hold nobody up. */
static void
test_udp_rubbish(void)
{
	int fd = dial(0, SOCK_DGRAM, NULL);
	uint8_t big[4000] = { 0, 1, 1, 0, 0, 1 }, out[512];
	ssize_t n;

	for (int i = 0; i < 100; i++) {
		send(fd, big, (size_t)(i % 12), 0);
	}
	big[2] = 0x80;
	send(fd, big, 40, 0);
	big[2] = 1;
	send(fd, big, sizeof(big), 0);
	n = recv(fd, out, sizeof(out), 0);
	CHECK(n == 12 && (out[3] & 15) == RBLD_FORMERR,
	    "a packet that was cut is FORMERR: %zd", n);
	close(fd);
	CHECK(ask_udp(0, NULL, LISTED) == RBLD_NOERROR, "after rubbish");
}

static void
test_pieces(void)
{
	int fd = dial(0, SOCK_STREAM, NULL);
	uint8_t out[RBLD_REPLY_MAX], *many;
	size_t len = 0, want = 3000;
	struct asked a;

	frame(&a, LISTED, RBLD_T_TXT, 5);
	for (size_t i = 0; i < a.len; i++) {
		send_all(fd, a.bytes + i, 1);
	}
	CHECK(
	    recv_message(fd, out) > 12 && out[1] == 5, "7766-2 octet by octet");
	many = malloc(want * sizeof(a.bytes));
	for (unsigned i = 0; many != NULL && i < want; i++) {
		frame(&a, i % 2 ? LISTED : UNLISTED, RBLD_T_A, i);
		memcpy(many + len, a.bytes, a.len);
		len += a.len;
	}
	send_all(fd, many, len);
	shutdown(fd, SHUT_WR);
	for (unsigned i = 0; i < want; i++) {
		size_t n = recv_message(fd, out);

		CHECK(n > 12 && (out[0] << 8 | out[1]) == (int)i &&
			(out[3] & 15) == (i % 2 ? RBLD_NOERROR : RBLD_NXDOMAIN),
		    "7766-2 pipelined %u: %zu", i, n);
		if (n == 0) {
			break;
		}
	}
	CHECK(recv_message(fd, out) == 0, "closed behind a half-closed peer");
	free(many);
	close(fd);
}

/* A peer that asks and does not read: it is held up, others are not. */
static void
test_deaf(void)
{
	int fd = dial(0, SOCK_STREAM, NULL), other;
	uint8_t out[RBLD_REPLY_MAX];
	unsigned long sent = 0, got = 0;
	size_t at = 0;
	struct asked a;

	frame(&a, LISTED, RBLD_T_TXT, 9);
	for (;;) { /* until it cannot send for half a second */
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = send(
		    fd, a.bytes + at, a.len - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			at += (size_t)n;
			if (at == a.len) {
				at = 0;
				sent++;
			}
		} else if (errno != EAGAIN || poll(&p, 1, 500) == 0) {
			break;
		}
	}
	CHECK(sent > 1000, "some were taken: %lu", sent);
	other = dial(0, SOCK_STREAM, NULL);
	CHECK(ask_tcp(other, LISTED) == RBLD_NOERROR,
	    "7766-4 another connection beside a deaf one");
	CHECK(ask_udp(0, NULL, LISTED) == RBLD_NOERROR,
	    "7766-4 UDP beside a deaf connection");
	close(other);
	while (got < sent && recv_message(fd, out) > 0) {
		got++;
	}
	CHECK(got == sent, "all replies come when it reads: %lu of %lu", got,
	    sent);
	close(fd);

	/* 7766-5: away with unread replies, and in the middle of a question */
	for (int i = 0; i < 50; i++) {
		fd = dial(0, SOCK_STREAM, NULL);
		send_all(fd, a.bytes, i % 2 ? a.len : 7);
		close(fd);
	}
	CHECK(ask_udp(0, NULL, LISTED) == RBLD_NOERROR, "7766-5 still there");
}

static bool
has_ended(int fd)
{
	uint8_t c;
	ssize_t n = recv(fd, &c, 1, 0);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

/* Limits: one client has a quarter; the most silent one goes. */
static void
test_limits(void)
{
	struct rbld_world few = crew_world(&world, 16, 60),
			  other = crew_world(&world, 16, 1);
	int fds[6], slow;
	struct asked a;
	unsigned i;

	rbld_crew_move(crew, &few);
	for (i = 0; i < 6; i++) {
		fds[i] = dial(0, SOCK_STREAM, NULL);
		CHECK(ask_tcp(fds[i], LISTED) == RBLD_NOERROR, "%u", i);
		if (i == 3) { /* now 1 is the most silent one */
			CHECK(ask_tcp(fds[0], LISTED) == RBLD_NOERROR, "0");
		}
	}
	CHECK(has_ended(fds[1]) && has_ended(fds[2]),
	    "7766-4 the most silent ones went");
	CHECK(ask_tcp(fds[0], LISTED) == RBLD_NOERROR &&
		ask_tcp(fds[5], LISTED) == RBLD_NOERROR,
	    "7766-4 the others stayed");

	/* a second of silence, and octets that are no message do not count */
	rbld_crew_move(crew, &other);
	slow = dial(1, SOCK_STREAM, NULL);
	frame(&a, LISTED, RBLD_T_A, 1);
	for (i = 0; i < 80; i++) {
		struct pollfd p = { .fd = slow, .events = POLLIN };

		if (i < a.len - 1 &&
		    send(slow, a.bytes + i, 1, MSG_NOSIGNAL) != 1) {
			break;
		}
		if (poll(&p, 1, 100) == 1) {
			break;
		}
	}
	CHECK(i < 80 && has_ended(slow), "7766-4 one octet at a time: %u", i);
	for (i = 0; i < 6; i++) {
		CHECK(has_ended(fds[i]), "7766-4 silent: %u", i);
		close(fds[i]);
	}
	close(slow);
	rbld_crew_stop(&crew);
	crew_world_end(&few);
	crew_world_end(&other);
}

/* Another configuration: in use when move returns; connections stay. */
static void
test_move(struct rbld_world *first)
{
	int fd = dial(0, SOCK_STREAM, NULL);
	struct rbld_apex none = { 0 };
	struct rbld_zone *table[1] = { NULL };
	struct rbld_apex *kept = world.apex;
	struct rbld_world second;

	none.table = table;
	CHECK(ask_tcp(fd, LISTED) == RBLD_NOERROR, "before");
	world.apex = &none;
	second = crew_world(&world, 100, 60);
	rbld_crew_move(crew, &second);
	CHECK(ask_tcp(fd, LISTED) == RBLD_REFUSED, "TCP moved");
	for (int i = 0; i < 16; i++) {
		CHECK(ask_udp(0, NULL, LISTED) == RBLD_REFUSED, "UDP moved");
	}
	rbld_crew_move(crew, first);
	CHECK(ask_tcp(fd, LISTED) == RBLD_NOERROR, "TCP moved back");
	CHECK(ask_udp(1, NULL, LISTED) == RBLD_NOERROR, "UDP moved back");
	world.apex = kept;
	crew_world_end(&second);
	close(fd);
}

/* A restart: the same places, though connections that we ended linger there;
 * but never two at a time. */
static void
test_again(struct zone_config *config)
{
	struct rbld_listen *second = NULL;
	struct err_text why = { "" };

	for (unsigned i = 0; i < listening->n; i++) {
		config->dns.listen[i] = listening->at[i].place;
	}
	CHECK(rbld_listen_open(config, &second, &why) == ERR_SYS &&
		strstr(why.text, "127.0.0.1@") != NULL,
	    "a second one at the same place: %s", why.text);
	rbld_listen_close(&listening);
	CHECK(rbld_listen_open(config, &listening, &why) == 0,
	    "the same place again: %s", why.text);
}

int
main(void)
{
	static const char conf[] =
	    "list \"ip\" { kind = \"ip\" }\n"
	    "dns { listen = {\"127.0.0.1@0\", \"::1@0\", \"0.0.0.0@0\", "
	    "\"::@0\"} workers = 2 }\n";
	struct err_text why = { "" };
	struct rbld_world first;
	struct world other;

	world_make(&world);
	world_begin(&other);
	if (world_config(&other, conf, &why) < 0 ||
	    rbld_listen_open(other.config, &listening, &why) < 0) {
		world_fail("listen", why.text);
	}
	first = crew_world(&world, 100, 60);
	if (rbld_crew_start(listening, &first, 0, &crew) < 0) {
		world_fail("crew", strerror(errno));
	}
	test_everywhere();
	test_udp_rubbish();
	test_pieces();
	test_deaf();
	test_move(&first);
	test_limits();
	crew_world_end(&first);
	test_again(other.config);
	rbld_listen_close(&listening);
	world_end(&other);
	world_end(&world);
	return failures != 0;
}
