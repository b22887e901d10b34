/* test_ingest_serve.c - the server as a whole: who it lets in, how many, what
 * it answers when the queue is away, what signals do; and the client of it. */
#include <errno.h>
#include <fcntl.h>
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

static int
hand_in(const char *token, const char *mail, uint64_t *ret)
{
	struct err_text why = { "" };
	int r =
	    zone_handin(&place, span_str(token), mail, strlen(mail), ret, &why);

	CHECK(r == 0 || why.text[0] != '\0', "no reason");
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
	pid = start(fd, &said);
	close(fd);
	CHECK(hear(said, "ready"), "ready");
	check_handin(token);
	check_crowd();
	check_signals(pid, said);
	close(said);
	scratch_remove(dir);
	return failures != 0;
}
