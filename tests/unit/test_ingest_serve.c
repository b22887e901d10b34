/* test_ingest_serve.c - the server as a whole: who it lets in, how many, what
 * it answers when the queue is away, what signals do; and the client of it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "ingest/serve.h"
#include "ingest/serve_priv.h"
#include "ingest/submit.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/handin.h"

static char dir[SCRATCH];
static struct net_place place;

static char *
at(const char *name)
{
	static char path[8][SCRATCH + 128];
	static unsigned i;

	i = (i + 1) % 8;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static void
write_conf(const char *more)
{
	char conf[1024];

	snprintf(conf, sizeof(conf),
	    "data-dir = \"%s\"\nmap-size = 64M\n"
	    "list \"ip\" { kind = \"ip\" }\n"
	    "list \"address\" { kind = \"address\" }\n"
	    "ingest { listen = \"unix:%s\" max-message = 64K %s }\n",
	    at("data"), at("s"), more);
	if (file_write(at("rbl.conf"), conf, strlen(conf), 0600) < 0) {
		exit(99);
	}
}

/* The server in a child; what it says comes by *RET_SAID. */
static pid_t
start(int fd, int *ret_said)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	int said[2];
	pid_t pid;

	if (pipe(said) < 0) {
		exit(99);
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int status;

		dup2(said[1], 2);
		close(said[0]);
		if (zone_config_load(at("rbl.conf"), &config, &why) < 0 ||
		    ingest_report_init(config, &why) < 0) {
			_exit(99);
		}
		status = ingest_serve(fd, at("rbl.conf"), &config);
		ingest_report_fini();
		zone_config_free(&config);
		exit(status);
	}
	close(said[1]);
	*ret_said = said[0];
	return pid;
}

/* Read what the server says until TEXT was there. */
static bool
hear(int said, const char *text)
{
	char line[4096] = "";
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(said, line + n, 1) == 1) {
		line[++n] = '\0';
		if (strstr(line, text) != NULL) {
			return true;
		}
		if (line[n - 1] == '\n') {
			n = 0;
		}
	}
	return false;
}

static int
client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const void *)&place.sa, place.len) < 0) {
		perror("connect");
		exit(99);
	}
	return fd;
}

/* The first three bytes of what the server says next. */
static const char *
code(int fd)
{
	static char text[512];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	text[3] = '\0';
	return text;
}

static bool known; /* what was handed in last was there already */

static int
hand_in(const char *token, const char *mail, uint64_t *ret)
{
	struct zone_handed handed = { .submission = *ret };
	struct err_text why = { "" };
	int r = zone_handin(
	    &place, span_str(token), mail, strlen(mail), &handed, &why);

	CHECK(r == 0 || why.text[0] != '\0', "no reason");
	*ret = handed.submission;
	known = handed.known;
	return r;
}

static void
check_socket(int *ret_fd)
{
	struct err_text why = { "" };
	struct stat st;
	int other;

	CHECK(ingest_serve_listen(&place, -1, -1, ret_fd, &why) == 0, "%s",
	    why.text);
	CHECK(stat(at("s"), &st) == 0 && (st.st_mode & 0777) == 0660, "mode %o",
	    st.st_mode & 0777);
	CHECK(ingest_serve_listen(&place, -1, -1, &other, &why) == ERR_SYS,
	    "where one serves");
	close(*ret_fd);
	CHECK(ingest_serve_listen(&place, -1, -1, ret_fd, &why) == 0,
	    "where one has died: %s", why.text);
}

static void
check_handin(const char *token)
{
	struct zone_queue *queue = NULL;
	struct zone_submission s = { 0 };
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct buf raw = { 0 };
	uint64_t one = 0, two = 0;
	char *big = calloc(1, 70000);

	CHECK(hand_in(token, "Subject: a\n\n.b\r\n..c\nd\re\n", &one) == 0,
	    "with a token");
	CHECK(hand_in(token, "Subject: a\n\n.b\r\n..c\nd\re\n", &two) == 0 &&
		one == two,
	    "again");
	CHECK(hand_in("", "Subject: b\n\nno end of line", &two) == 0 &&
		two != one,
	    "without");
	CHECK(hand_in("short", "x", &two) == ERR_FORMAT, "no token");
	CHECK(
	    hand_in("aaaaaaaaaa>\r\nRSET\r\naaaaaaa", "x", &two) == ERR_FORMAT,
	    "a token that is more");
	if (big != NULL) {
		memset(big, 'x', 69999);
		CHECK(hand_in("", big, &two) == ERR_RANGE, "too long");
	}
	free(big);
	if (zone_queue_open(at("data"), ZONE_READ, 1 << 26, &queue, &why) < 0) {
		CHECK(false, "%s", why.text);
		return;
	}
	CHECK(zone_queue_submission(queue, one, &arena, &s) == 1 &&
		strcmp(s.submitter, "ann") == 0 &&
		s.known == ZONE_KNOWN_TOKEN && strcmp(s.road, "lmtp") == 0,
	    "whose it is");
	CHECK(zone_queue_raw(queue, one, &raw) == 1 &&
		strcmp(raw.data, "Subject: a\n\n.b\n..c\nd\re\n") == 0,
	    "its bytes");
	buf_free(&raw);
	arena_free(&arena);
	zone_queue_close(&queue);
}

/* One more than there is room for. */
static void
check_crowd(void)
{
	int fds[INGEST_SERVE_CONNECTIONS], more;

	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = client();
		CHECK(strcmp(code(fds[i]), "220") == 0, "number %zu", i);
	}
	more = client();
	CHECK(strcmp(code(more), "421") == 0, "one more");
	close(more);
	for (size_t i = 0; i < COUNT(fds); i++) {
		close(fds[i]);
	}
}

/* ---- whoever means harm -------------------------------------------------- */

#define BEGIN "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<t@x.test>\r\nDATA\r\n"

/* Everything the server says until it hangs up, or "" when it does not within
 * the test's patience. */
static const char *
farewell(int fd)
{
	static char text[65536];
	size_t n = 0;
	ssize_t k;

	while (n + 1 < sizeof(text) &&
	    (k = read(fd, text + n, sizeof(text) - 1 - n)) > 0) {
		n += (size_t)k;
	}
	text[n] = '\0';
	return text;
}

static void
say(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t k = write(fd, text, len);

		if (k <= 0) {
			return; /* it has hung up */
		}
		text += k;
		len -= (size_t)k;
	}
}

static void
say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

static const struct {
	const char *what, *text;
	size_t len;
	const char *last; /* in what it says before it hangs up */
} garbage[] = {
#define G(text) text, sizeof(text) - 1
	{ "NUL in a command", G("LHLO a\0b\r\n"), "521 " },
	{ "LF alone", G("LHLO a\nQUIT\r\n"), "521 " },
	{ "CR alone", G("LHLO a\rb\r\nQUIT\r\n"), "521 " },
	{ "a browser", G("POST / HTTP/1.1\r\nHost: x\r\n\r\n" BEGIN), "521 " },
	{ "only mistakes",
	    G("A\r\nB\r\nC\r\nD\r\nE\r\nF\r\nG\r\nH\r\nI\r\nJ\r\nK\r\nL\r\n"
	      "M\r\nN\r\nO\r\nP\r\nQ\r\nR\r\nS\r\nT\r\nU\r\n" BEGIN),
	    "421 4.7.0" },
	{ "SIZE too large, then the mail all the same",
	    G("LHLO a\r\nMAIL FROM:<> SIZE=99999999\r\n"
	      "RCPT TO:<t@x>\r\nDATA\r\nQUIT\r\n"),
	    "503 5.5.1 no recipient\r\n221 " },
	{ "SIZE of a number that no type holds",
	    G("LHLO a\r\nMAIL FROM:<> SIZE=99999999999999999999\r\nQUIT\r\n"),
	    "552 5.3.4" },
	{ "SIZE less than nothing",
	    G("LHLO a\r\nMAIL FROM:<> SIZE=-1\r\nQUIT\r\n"), "501 5.5.4" },
	/* none of these ends a mail, so what follows is no command */
	{ "LF . LF", G(BEGIN "s1\n.\nMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
	{ "LF . CR LF", G(BEGIN "s2\n.\r\nMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
	{ "CR LF . LF", G(BEGIN "s3\r\n.\nMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
	{ "CR . CR", G(BEGIN "s4\r.\rMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
	{ "CR LF . CR CR LF",
	    G(BEGIN "s5\r\n.\r\r\nMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
	{ "CR LF NUL . CR LF",
	    G(BEGIN "s6\r\n\0.\r\nMAIL FROM:<e@x>\r\n.\r\nQUIT\r\n"),
	    "queued as " },
#undef G
};

/* How often ANSWER begins a line of TEXT. */
static unsigned
answers(const char *text, const char *answer)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, answer)) != NULL; p++) {
		n += p == text || p[-1] == '\n';
	}
	return n;
}

static void
check_garbage(void)
{
	for (size_t i = 0; i < COUNT(garbage); i++) {
		int fd = client();
		const char *text;

		say(fd, garbage[i].text, garbage[i].len);
		text = farewell(fd);
		CHECK(strstr(text, garbage[i].last) != NULL, "%s: %s",
		    garbage[i].what, text);
		CHECK(strstr(garbage[i].last, "queued") == NULL ||
			(answers(text, "250 2.1.0") == 1 &&
			    answers(text, "250 2.0.0") == 1),
		    "%s: one mail, one answer: %s", garbage[i].what, text);
		close(fd);
	}
}

/* More than is taken of all that has a limit. */
static void
check_too_much(void)
{
	static const char unread[] = "NOOP\r\nVRFY x\r\nHELP\r\n";
	static char many[70000];
	const char *text;
	int fd = client();

	/* a line without an end is no memory; then one mistake */
	memset(many, 'x', sizeof(many));
	for (int i = 0; i < 50; i++) {
		say(fd, many, sizeof(many));
	}
	say_text(fd, "\r\nQUIT\r\n");
	text = farewell(fd);
	CHECK(answers(text, "500 5.5.6") == 1 && answers(text, "221 ") == 1,
	    "an endless line: %s", text);
	close(fd);

	/* recipients: a thousand, and an answer for each of them */
	fd = client();
	say_text(fd, "LHLO c\r\nMAIL FROM:<>\r\n");
	for (int i = 0; i < 1100; i++) {
		say_text(fd, "RCPT TO:<t@x.test>\r\n");
	}
	say_text(fd, "DATA\r\nSubject: many\r\n\r\n.\r\nQUIT\r\n");
	text = farewell(fd);
	CHECK(answers(text, "250 2.1.5") == 1000 &&
		answers(text, "452 4.5.3") == 100,
	    "recipients: %u", answers(text, "250 2.1.5"));
	CHECK(answers(text, "250 2.0.0 queued") == 1000, "answers: %u",
	    answers(text, "250 2.0.0 queued"));
	close(fd);

	/* a mail that is longer than was said, and than is taken */
	fd = client();
	say_text(
	    fd, "LHLO c\r\nMAIL FROM:<> SIZE=1\r\nRCPT TO:<t@x>\r\nDATA\r\n");
	say(fd, many, sizeof(many));
	say_text(fd, "\r\n.\r\nQUIT\r\n");
	text = farewell(fd);
	CHECK(answers(text, "552 5.3.4") == 1 && answers(text, "221 ") == 1,
	    "SIZE was a lie: %s", text);
	close(fd);

	/* and nobody reads the answers */
	fd = client();
	for (int i = 0; i < 10000; i++) {
		(void)!send(fd, unread, sizeof(unread) - 1, MSG_DONTWAIT);
	}
	close(fd);
}

/* All places are taken by some who never end their mail. */
static void
check_slow(int listen)
{
	int fds[INGEST_SERVE_CONNECTIONS], said, status, ended = 0;
	uint64_t id;
	pid_t pid;

	ingest_serve_crowd = 0;
	pid = start(listen, &said);
	ingest_serve_crowd = INGEST_SERVE_CROWD * 1000;
	CHECK(hear(said, "ready"), "ready");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = client();
		CHECK(strcmp(code(fds[i]), "220") == 0, "number %zu", i);
		say(fds[i], BEGIN "Subject: slow\r\n", sizeof(BEGIN) + 14);
	}
	CHECK(hand_in("", "Subject: quick\n\nx\n", &id) == 0,
	    "a real one gets in");
	for (size_t i = 0; i < COUNT(fds); i++) {
		const struct timespec no = { 0 };
		struct pollfd p = { .fd = fds[i], .events = POLLRDHUP };

		ended += ppoll(&p, 1, &no, NULL) == 1;
	}
	CHECK(ended == 1, "%d had to leave", ended);
	kill(pid, SIGTERM);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == EX_OK,
	    "its end: %d", status);
	for (size_t i = 0; i < COUNT(fds); i++) {
		close(fds[i]);
	}
	close(said);
}

static void
check_signals(pid_t pid, int said)
{
	static const char begun[] =
	    "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<t@x.test>\r\nDATA\r\nS: x\r\n";
	uint64_t id;
	int status, fd;

	write_conf("colour = blue");
	kill(pid, SIGHUP);
	CHECK(hear(said, "the old one stays"), "a bad configuration");
	CHECK(hand_in("", "Subject: c\n\nx\n", &id) == 0, "the old one");
	write_conf("traps = {upload@localhost.test}");
	kill(pid, SIGHUP);
	CHECK(hear(said, "read again"), "a good configuration");
	CHECK(hand_in("", "Subject: d\n\nx\n", &id) == 0, "with it");

	/* no queue: come again */
	if (rename(at("data"), at("gone")) < 0) {
		exit(99);
	}
	kill(pid, SIGHUP);
	CHECK(hear(said, "read again"), "once more");
	CHECK(hand_in("", "Subject: e\n\nx\n", &id) == ERR_STORE, "no queue");
	if (rename(at("gone"), at("data")) < 0) {
		exit(99);
	}
	CHECK(hand_in("", "Subject: e\n\nx\n", &id) == 0, "it is back");

	/* a mail that is not whole is its sender's */
	fd = client();
	CHECK(strcmp(code(fd), "220") == 0, "greeting");
	CHECK(write(fd, begun, sizeof(begun) - 1) > 0, "begun");
	kill(pid, SIGTERM);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == EX_OK,
	    "its end: %d", status);
	close(fd);
}

int
main(void)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	char token[ZONE_SUBMITTER_TOKEN], text[SCRATCH + 32];
	int fd = -1, said = -1;
	uint64_t id;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	scratch_make(dir);
	write_conf("");
	snprintf(text, sizeof(text), "unix:%s", at("s"));
	if (secret_init() < 0 || mkdir(at("data"), 0700) < 0 ||
	    net_place_parse(span_str(text), &place) < 0 ||
	    zone_queue_open(at("data"), ZONE_CREATE, 1 << 26, &queue, &why) <
		0 ||
	    zone_submitter_set(queue, "ann", NULL, 0, NULL, 0, &why) < 0 ||
	    zone_submitter_token(queue, "ann", token, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	zone_queue_close(&queue);
	CHECK(hand_in("", "x", &id) == ERR_SYS, "nobody serves");
	check_socket(&fd);
	check_slow(fd);
	pid = start(fd, &said);
	close(fd);
	CHECK(hear(said, "ready"), "ready");
	check_handin(token);
	check_crowd();
	check_garbage();
	check_too_much();
	check_signals(pid, said);
	close(said);
	scratch_remove(dir);
	return failures != 0;
}
