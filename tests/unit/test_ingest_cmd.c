/* test_ingest_cmd.c - rbl-ingest as a mail server sees it: exit statuses, and
 * what is in the queue after them. */
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/cmd.h"
#include "tests/unit/check.h"
#include "zone/queue.h"

static char dir[] = "/tmp/test_ingest_cmd.XXXXXX";
static char conf[128], bad[128], absent[128], out[128], data[128];

#define ARGS 8

/* Run the program with INPUT as its standard input. */
static int
run(const char *input, char *const args[])
{
	char *argv[ARGS + 2] = { (char[]){ "rbl-ingest" } };
	int argc = 1, status;
	pid_t pid;

	while (args[argc - 1] != NULL) {
		argv[argc] = args[argc - 1];
		argc++;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int in = open(input, O_RDONLY);
		int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int null = open("/dev/null", O_WRONLY);

		if (in < 0 || to < 0 || null < 0 || dup2(in, 0) < 0 ||
		    dup2(to, 1) < 0 || dup2(null, 2) < 0) {
			_exit(99);
		}
		optind = 0;
		exit(ingest_cmd(argc, argv));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		exit(99);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *
fixture(const char *name)
{
	static char path[4096];
	const char *src = getenv("srcdir");

	snprintf(path, sizeof(path), "%s/tests/data/mail/%s.eml",
	    src != NULL ? src : ".", name);
	return path;
}

/* A configuration for FOLDER, with MORE behind it. */
static void
write_conf(const char *path, const char *folder, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "data-dir = \"%s\"\nmap-size = 64M\n"
	    "list \"ip\" { kind = \"ip\" }\n"
	    "list \"address\" { kind = \"address\" }\n"
	    "ingest { max-age = never }\n%s", /* the fixtures grow old */
	    folder, more);
	if (file_write(path, text, strlen(text), 0600) < 0) {
		exit(99);
	}
}

static bool
output_has(const char *text)
{
	struct buf b = { 0 };
	bool has = file_read(out, 1 << 20, &b) == 0 && b.data != NULL &&
	    strstr(b.data, text) != NULL;

	buf_free(&b);
	return has;
}

/* Items that wait, and the newest of them. */
static uint64_t
waiting(struct arena *arena, struct zone_item *ret_last)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	struct zone_item *items;
	uint64_t total = 0;
	size_t n;

	if (zone_queue_open(data, ZONE_READ, 1 << 26, &queue, &why) < 0 ||
	    zone_queue_list(
		queue, ZONE_WAITING, 0, 100, arena, &items, &n, &total) < 0) {
		CHECK(false, "queue: %s", why.text);
	} else if (n > 0) {
		*ret_last = items[n - 1];
	}
	zone_queue_close(&queue);
	return total;
}

#define S(text) ((char[]){ text })
#define A(...) ((char *[]){ __VA_ARGS__, NULL })

static void
check_statuses(void)
{
	struct stat st;

	CHECK(run("/dev/null", A(S("--help"))) == EX_OK &&
		output_has("usage: rbl-ingest"),
	    "--help");
	CHECK(run("/dev/null", A(S("--version"))) == EX_OK &&
		output_has("rbl-ingest "),
	    "--version");
	CHECK(run("/dev/null", A(S("--nonsense"))) == EX_USAGE, "option");
	CHECK(run("/dev/null", A(S("--submitter"))) == EX_USAGE, "no value");
	CHECK(run("/dev/null", A(S("--check"), S("x.eml"))) == EX_USAGE,
	    "--check with a mail");
	CHECK(run("/dev/null", A(S("--check"), S("-c"), conf)) == EX_OK &&
		output_has("ok"),
	    "--check");
	CHECK(run("/dev/null", A(S("--check"), S("-c"), bad)) == EX_CONFIG,
	    "--check of a bad file");
	CHECK(
	    run("/dev/null", A(S("-c"), bad, fixture("nonsense"))) == EX_CONFIG,
	    "a file under a bad configuration");
	/* a mail server would bounce on EX_CONFIG: it must keep the mail */
	CHECK(run(fixture("nonsense"), A(S("-c"), bad)) == EX_TEMPFAIL,
	    "a delivery under a bad configuration");
	CHECK(run("/dev/null", A(S("-c"), conf, S("/nonexistent.eml"))) ==
		EX_NOINPUT,
	    "no such file");
	CHECK(run(fixture("nonsense"), A(S("-c"), absent)) == EX_TEMPFAIL,
	    "no queue");
	CHECK(stat("/nonexistent-rbl", &st) != 0, "none is made");
}

static void
check_explain(void)
{
	CHECK(run("/dev/null",
		  A(S("--explain"), S("-c"), conf, fixture("attachment"))) ==
		EX_OK,
	    "--explain");
	CHECK(output_has("\"kind\":\"attachment\"") &&
		output_has("\"role\":\"boundary\"") &&
		output_has("\"advice\":\"list\",\"confidence\":\"certain\""),
	    "what it says");
	CHECK(run(fixture("greek-iso-8859-7"),
		  A(S("--explain"), S("-c"), conf)) == EX_OK &&
		output_has("\"file\":\"-\"") &&
		output_has("\\u039A\\u03B5\\u03C1"),
	    "standard input, Greek");
}

static void
check_queue(void)
{
	struct arena arena = { 0 };
	struct zone_item item = { 0 };

	CHECK(waiting(&arena, &item) == 0, "nothing was stored so far");
	CHECK(run(fixture("attachment"),
		  A(S("-c"), conf, S("--submitter"), S("nikos@example.gr"))) ==
		EX_OK,
	    "delivery");
	CHECK(waiting(&arena, &item) == 1, "one item");
	CHECK(item.n_candidates == 3 && /* one by Reply-To: */
		strcmp(item.candidates[0].key, "203.0.114.9") == 0 &&
		item.candidates[0].advice == ZONE_ADVICE_LIST &&
		item.candidates[0].n_why > 0,
	    "its candidates");
	CHECK(run(fixture("attachment"), A(S("-c"), conf)) == EX_OK,
	    "the same again");
	CHECK(waiting(&arena, &item) == 1, "is not stored twice");
	CHECK(
	    run("/dev/null",
		A(S("-c"), conf, S("--raw"), fixture("trap-google"))) == EX_OK,
	    "a trap");
	CHECK(waiting(&arena, &item) == 2, "two items");
	CHECK(item.n_evidence == 1 && item.evidence[0].submitter[0] == '\0',
	    "a trap has no submitter");
	/* what makes no sense waits for a person */
	CHECK(run(fixture("nonsense"), A(S("-c"), conf)) == EX_OK, "nonsense");
	CHECK(run("/dev/null", A(S("-c"), conf)) == EX_OK, "an empty mail");
	CHECK(run("/bin/sh", A(S("-c"), conf)) == EX_OK, "no mail at all");
	CHECK(waiting(&arena, &item) == 5, "five items");
	/* a null sender, and one that no address looks like */
	CHECK(run(fixture("several"),
		  A(S("-c"), conf, S("--submitter"), S(""))) == EX_OK,
	    "no sender");
	CHECK(waiting(&arena, &item) == 7, "two more");
	CHECK(run(fixture("special-use"),
		  A(S("-c"), conf, S("--submitter"),
		      S("\x1b[2J\xff\"weird\"@x"))) == EX_OK,
	    "a strange sender");
	CHECK(waiting(&arena, &item) == 8, "one more");
	CHECK(item.n_candidates > 0 &&
		item.candidates[0].advice == ZONE_ADVICE_NEVER,
	    "special-use space is never proposed");
	arena_free(&arena);
}

/* The evidence is the very mail. */
static void
check_evidence(void)
{
	struct zone_queue *queue = NULL;
	struct zone_submission sub;
	struct buf raw = { 0 }, mail = { 0 };
	struct arena arena = { 0 };
	struct err_text why = { "" };

	if (zone_queue_open(data, ZONE_READ, 1 << 26, &queue, &why) < 0) {
		CHECK(false, "%s", why.text);
		return;
	}
	CHECK(zone_queue_raw(queue, 1, &raw) == 1 &&
		file_read(fixture("attachment"), 1 << 20, &mail) == 0 &&
		raw.len == mail.len &&
		memcmp(raw.data, mail.data, raw.len) == 0,
	    "raw mail");
	CHECK(zone_queue_submission(queue, 1, &arena, &sub) == 1 &&
		strcmp(sub.kind, "attachment") == 0 &&
		strcmp(sub.submitter, "nikos@example.gr") == 0 &&
		strcmp(sub.road, "pipe") == 0 &&
		strncmp(sub.analysis, "{\"file\":\"-\"", 11) == 0,
	    "what is said of it");
	arena_free(&arena);
	buf_free(&raw);
	buf_free(&mail);
	zone_queue_close(&queue);
}

int
main(void)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	char cmd[256];

	if (mkdtemp(dir) == NULL) {
		return 99;
	}
	snprintf(conf, sizeof(conf), "%s/rbl.conf", dir);
	snprintf(bad, sizeof(bad), "%s/bad.conf", dir);
	snprintf(absent, sizeof(absent), "%s/absent.conf", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(data, sizeof(data), "%s/data", dir);
	write_conf(conf, data, "");
	write_conf(bad, data, "colour = \"blue\"\n");
	write_conf(absent, "/nonexistent-rbl", "");
	if (mkdir(data, 0700) < 0 ||
	    zone_queue_open(data, ZONE_CREATE, 1 << 26, &queue, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	zone_queue_close(&queue);
	check_statuses();
	check_explain();
	check_queue();
	check_evidence();
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd) != 0 || failures != 0;
}
