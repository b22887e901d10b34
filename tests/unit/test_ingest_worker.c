/* test_ingest_worker.c - the parser child: its answers, its limits, its
 * death. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/worker.h"
#include "tests/unit/check.h"

static const char mail[] =
    "From: nikos@example.gr\nTo: report@bl.example\n"
    "Content-Type: message/rfc822\n\n"
    "Received: from y.example (y.example [203.0.114.7])"
    " by mx.example.gr (Postfix) with ESMTP id 3\n"
    "From: a@spam.example\nTo: maria@example.gr\nSubject: x\n\nx\n";

/* Our one child, as /proc knows it. */
static pid_t
child(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	pid_t found = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[300], line[512];
		int pid, parent;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = e->d_name[0] >= '0' && e->d_name[0] <= '9'
		    ? fopen(path, "r")
		    : NULL;
		if (f == NULL) {
			continue;
		}
		if (fgets(line, sizeof(line), f) != NULL &&
		    sscanf(line, "%d %*s %*c %d", &pid, &parent) == 2 &&
		    parent == getpid()) {
			found = pid;
		}
		fclose(f);
	}
	if (d != NULL) {
		closedir(d);
	}
	return found;
}

static void
check_read(
    struct ingest_worker *w, const struct ingest_task *task, const char *what)
{
	struct arena arena = { 0 };
	struct ingest_result res;
	int r =
	    ingest_worker_read(w, task, mail, sizeof(mail) - 1, &arena, &res);

	CHECK(r == 0, "%s: %d", what, r);
	if (r == 0) {
		CHECK(strcmp(res.kind, "attachment") == 0, "%s: %s", what,
		    res.kind);
		CHECK(res.n_reports == 1 && res.reports[0].n_candidates == 2 &&
			strcmp(res.reports[0].candidates[0].key,
			    "203.0.114.7") == 0,
		    "%s: reports", what);
		CHECK(strstr(res.json, "\"203.0.114.7\"") != NULL &&
			strchr(res.json, '\n') == NULL,
		    "%s: %s", what, res.json);
	}
	arena_free(&arena);
}

static void
check_death(struct ingest_worker *w, const struct ingest_task *task)
{
	struct arena arena = { 0 };
	struct ingest_result res;
	siginfo_t info;
	pid_t pid = child();
	int r;

	CHECK(pid > 0, "there is a child");
	if (pid <= 0 || kill(pid, SIGSEGV) < 0 ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0) {
		CHECK(false, "cannot kill it: %s", strerror(errno));
		return;
	}
	r = ingest_worker_read(w, task, mail, sizeof(mail) - 1, &arena, &res);
	CHECK(r == 0, "%d", r);
	if (r == 0) {
		CHECK(strcmp(res.kind, "unknown") == 0 && res.n_reports == 0,
		    "%s, %u reports", res.kind, res.n_reports);
		CHECK(strstr(res.json, "the parser") != NULL, "%s", res.json);
	}
	CHECK(!ingest_worker_alive(w), "it is known to be dead");
	arena_free(&arena);
	check_read(w, task, "after a death");
	CHECK(child() != pid, "another child");
}

/* The child is replaced before it is old. */
static void
check_age(struct ingest_worker *w, const struct ingest_task *task)
{
	pid_t pid = child();
	unsigned n = 0;

	while (ingest_worker_alive(w) && n <= INGEST_WORKER_MAILS) {
		struct arena arena = { 0 };
		struct ingest_result res;

		if (ingest_worker_read(w, task, "", 0, &arena, &res) < 0) {
			CHECK(false, "mail %u", n);
			break;
		}
		arena_free(&arena);
		n++;
	}
	CHECK(n < INGEST_WORKER_MAILS, "%u mails by one child", n);
	CHECK(child() == pid, "one child until then");
	check_read(w, task, "after its time");
	CHECK(child() != pid, "a new child then");
}

/* The advice for the relay of the mail. */
static enum zone_advice
advice(struct ingest_worker *w, const struct ingest_task *task)
{
	enum zone_advice a = ZONE_ADVICE_NEVER;
	struct arena arena = { 0 };
	struct ingest_result res;

	if (ingest_worker_read(w, task, mail, sizeof(mail) - 1, &arena, &res) ==
		0 &&
	    res.n_reports == 1 && res.reports[0].n_candidates > 0) {
		a = res.reports[0].candidates[0].advice;
	}
	arena_free(&arena);
	return a;
}

static void
put(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text), 0600) < 0) {
		exit(99);
	}
}

/* The table of providers is read again when it changed, by a new child. */
static void
check_table(struct zone_config *config)
{
	char path[] = "/tmp/test_ingest_worker.XXXXXX";
	struct ingest_task task = { .config = config, .file = "-" };
	struct ingest_worker *w = NULL;
	struct err_text why = { "" };
	int fd = mkstemp(path);

	if (fd < 0) {
		exit(99);
	}
	close(fd);
	put(path, "isp out 198.52.100.0/24 2026-11 test\n");
	config->ingest.providers = path;
	CHECK(ingest_report_init(config, &why) == 0 &&
		ingest_worker_new(config, &w) == 0,
	    "%s", why.text);
	CHECK(advice(w, &task) == ZONE_ADVICE_LIST, "nobody's");
	CHECK(ingest_worker_alive(w), "the child waits");
	put(path, "isp out 203.0.114.0/24 2026-11 test\n");
	CHECK(!ingest_worker_alive(w), "its table is old");
	CHECK(advice(w, &task) == ZONE_ADVICE_ADDRESS_INSTEAD, "the isp's");
	put(path, "nonsense\n");
	CHECK(!ingest_worker_alive(w), "there is another table");
	CHECK(advice(w, &task) == ZONE_ADVICE_ADDRESS_INSTEAD,
	    "a broken table changes nothing");
	CHECK(ingest_worker_alive(w), "a broken table is read once");
	unlink(path);
	CHECK(advice(w, &task) == ZONE_ADVICE_ADDRESS_INSTEAD,
	    "nor does an absent one");
	put(path, "isp out 198.52.100.0/24 2026-11 test\n");
	CHECK(advice(w, &task) == ZONE_ADVICE_LIST, "a good one is taken");
	unlink(path);
	ingest_worker_free(&w);
	config->ingest.providers = NULL;
}

/* Relays that the submitter has registered reach the child. */
static void
check_relays(struct ingest_worker *w, const struct zone_config *config)
{
	const struct net_prefix relays[] = {
		{ .ip = { .bits = 128, .bytes = { 0x2a, 0x0d } }, .plen = 16 },
		{ .ip = { .bits = 32, .bytes = { 203, 0, 114 } }, .plen = 24 },
	};
	struct ingest_task task = {
		.config = config, .file = "-", .relays = relays, .n_relays = 2
	};
	struct arena arena = { 0 };
	struct ingest_result res;
	int r =
	    ingest_worker_read(w, &task, mail, sizeof(mail) - 1, &arena, &res);

	CHECK(r == 0 && res.n_reports == 1 &&
		strstr(res.json, "the submitter has registered") != NULL,
	    "registered relays: %d", r);
	for (unsigned i = 0; r == 0 && i < res.n_reports; i++) {
		for (unsigned k = 0; k < res.reports[i].n_candidates; k++) {
			CHECK(strcmp(res.reports[i].candidates[k].key,
				  "203.0.114.7") != 0,
			    "a registered relay is proposed");
		}
	}
	arena_free(&arena);
}

/* What a child that was taken over could answer. */
static void
check_decode(const struct ingest_task *task)
{
	struct arena arena = { 0 };
	struct ingest_report rep;
	struct ingest_result res;
	struct buf b = { 0 };

	CHECK(ingest_report_make(task, mail, sizeof(mail) - 1, &arena, &rep) ==
		    0 &&
		ingest_result_encode(&rep, &b) == 0,
	    "encode");
	CHECK(ingest_result_decode(b.data, b.len, &arena, &res) == 0, "decode");
	CHECK(res.n_reports > 0 && res.reports[0].n_candidates > 0 &&
		strcmp(res.reports[0].relay,
		    res.reports[0].candidates[0].key) == 0 &&
		res.reports[0].helo[0] != '\0',
	    "where it came from: %s",
	    res.n_reports > 0 ? res.reports[0].relay : "nothing");
	arena_free(&arena);
	for (size_t n = 0; n < b.len; n++) {
		char *exact = malloc(n > 0 ? n : 1);

		if (exact == NULL) {
			exit(99);
		}
		memcpy(exact, b.data, n);
		CHECK(
		    ingest_result_decode(exact, n, &arena, &res) == ERR_FORMAT,
		    "cut at %zu", n);
		arena_free(&arena);
		free(exact);
	}
	for (size_t n = 0; n < b.len * 8; n++) {
		b.data[n / 8] = (char)(b.data[n / 8] ^ (1 << (n % 8)));
		if (ingest_result_decode(b.data, b.len, &arena, &res) == 0) {
			CHECK(
			    res.n_reports <= INGEST_MESSAGES_MAX, "bit %zu", n);
		}
		arena_free(&arena);
		b.data[n / 8] = (char)(b.data[n / 8] ^ (1 << (n % 8)));
	}
	buf_free(&b);
}

int
main(void)
{
	struct zone_config *config = NULL;
	struct ingest_worker *w = NULL;
	struct err_text why = { "" };
	struct ingest_task task;

	signal(SIGPIPE, SIG_IGN);
	if (zone_config_default(&config) < 0 ||
	    ingest_report_init(config, &why) < 0 ||
	    ingest_worker_new(config, &w) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	task = (struct ingest_task){ .config = config, .file = "-" };
	check_decode(&task);
	CHECK(!ingest_worker_alive(w), "no child before the first mail");
	check_read(w, &task, "the first");
	check_death(w, &task);
	check_age(w, &task);
	check_relays(w, config);
	check_table(config);
	ingest_worker_free(&w);
	CHECK(child() == 0, "no child is left");
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
