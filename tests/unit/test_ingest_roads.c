/* test_ingest_roads.c - who sent a mail in, how an mbox is split, and a
 * maildir, an mbox and a pipe into a queue. */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "ingest/cmd.h"
#include "ingest/roads.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"

static char dir[SCRATCH];

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
write_text(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text), 0600) < 0) {
		perror(path);
		exit(99);
	}
}

/* ---- Authentication-Results ---------------------------------------------- */

#define FROM "ann@example.gr"
#define ENV "ann@lists.example"

static const struct {
	const char *what, *value, *proven;
	bool ours;
} results[] = {
	{ "DMARC", "mx.us; dmarc=pass header.from=example.gr", FROM, true },
	{ "in capitals",
	    "MX.us 1;\r\n\tDMARC=Pass (p=none)\r\n\t"
	    "header.from=Example.GR",
	    FROM, true },
	{ "SPF", "mx.us; spf=pass smtp.mailfrom=" ENV, ENV, true },
	{ "SPF of a domain", "mx.us; spf=pass smtp.mailfrom=lists.example", ENV,
	    true },
	{ "both",
	    "mx.us; spf=pass smtp.mailfrom=" ENV
	    "; dmarc=pass header.from=example.gr",
	    FROM, true },
	{ "quoted", "mx.us; spf=pass smtp.mailfrom=\"" ENV "\"", ENV, true },

	{ "another server", "mx.them; dmarc=pass header.from=example.gr", NULL,
	    false },
	{ "a name that begins so",
	    "mx.us.evil; dmarc=pass "
	    "header.from=example.gr",
	    NULL, false },
	{ "no name", "dmarc=pass header.from=example.gr", NULL, false },
	{ "a name in a comment",
	    "(mx.us) mx.them; dmarc=pass "
	    "header.from=example.gr",
	    NULL, false },
	{ "nothing", "", NULL, false },
	{ "none", "mx.us; none", NULL, true },
	{ "DMARC failed", "mx.us; dmarc=fail header.from=example.gr", NULL,
	    true },
	{ "another domain", "mx.us; dmarc=pass header.from=example.com", NULL,
	    true },
	{ "a domain below", "mx.us; dmarc=pass header.from=a.example.gr", NULL,
	    true },
	{ "no domain", "mx.us; dmarc=pass", NULL, true },
	{ "SPF of another", "mx.us; spf=pass smtp.mailfrom=eve@lists.evil",
	    NULL, true },
	{ "DKIM alone", "mx.us; dkim=pass header.d=example.gr", NULL, true },
	{ "pass in a comment",
	    "mx.us; dmarc=fail (dmarc=pass header.from=example.gr)", NULL,
	    true },
	{ "a comment that does not end",
	    "mx.us; (dmarc=pass "
	    "header.from=example.gr",
	    NULL, true },
	{ "comments in comments",
	    "mx.us; (a (b) ; dmarc=pass header.from=example.gr)", NULL, true },
	{ "pass in a quoted address",
	    "mx.us; spf=fail smtp.mailfrom=\"x; dmarc=pass "
	    "header.from=example.gr\"@evil",
	    NULL, true },
	{ "a quote with a quote in it",
	    "mx.us; spf=fail smtp.mailfrom=\"x\\\"; dmarc=pass "
	    "header.from=example.gr; \\\"\"@evil",
	    NULL, true },
	{ "a method that ends so",
	    "mx.us; x-dmarc=pass "
	    "header.from=example.gr",
	    NULL, true },
	{ "a method in second place",
	    "mx.us; x=y dmarc=pass header.from=example.gr", NULL, true },
};

static void
check_proven(void)
{
	static const char *const ids[] = { "mx.other", "mx.us" };
	struct arena arena = { 0 };

	for (size_t i = 0; i < COUNT(results); i++) {
		const char *proven = "";
		bool ours = false;
		int r = ingest_who_proven(span_str(results[i].value), ids, 2,
		    FROM, ENV, &arena, &proven, &ours);

		CHECK(r == 0 && ours == results[i].ours, "%s: %d",
		    results[i].what, r);
		CHECK((proven == NULL) == (results[i].proven == NULL) &&
			(proven == NULL ||
			    strcmp(proven, results[i].proven) == 0),
		    "%s: %s", results[i].what, proven != NULL ? proven : "-");
		arena_free(&arena);
	}
}

/* ---- the envelope -------------------------------------------------------- */

#define AR "Authentication-Results: mx.us; dmarc=pass header.from=example.gr\n"
#define RCVD "Received: from a (a [192.0.2.1]) by mx.us; x\n"
#define FR "From: Ann <" FROM ">\n"

static const struct {
	const char *what;
	const char *to[3];
	const char *mail;
	bool raw;
	const char *token, *proven;
} envelopes[] = {
	{ "a trap", { "Trap@Example.gr" }, "", true, "", NULL },
	{ "two traps", { "trap@example.gr", "honey@example.gr" }, "", true, "",
	    NULL },
	{ "a trap and a person", { "trap@example.gr", "report@bl" }, "", false,
	    "", NULL },
	{ "a trap's neighbour", { "trap@example.com" }, "", false, "", NULL },
	{ "a trap in a field", { "report@bl" }, "To: trap@example.gr\n\n",
	    false, "", NULL },
	{ "nobody", { NULL }, "Delivered-To: trap@example.gr\n\n", false, "",
	    NULL },
	{ "a secret", { "report+abc@bl" }, "", false, "abc", NULL },
	{ "the last plus counts", { "re+port+abc@bl" }, "", false, "abc",
	    NULL },
	{ "a plus in the domain", { "report@b+l" }, "", false, "", NULL },
	{ "proven", { "report@bl" }, AR RCVD FR "\n", false, "", FROM },
	{ "below our line", { "report@bl" }, RCVD AR RCVD FR "\n", false, "",
	    FROM },
	{ "below the second line", { "report@bl" }, RCVD RCVD AR FR "\n", false,
	    "", NULL },
	{ "our word first", { "report@bl" },
	    "Authentication-Results: mx.us; none\n" AR RCVD FR "\n", false, "",
	    NULL },
	{ "two From", { "report@bl" }, AR RCVD FR FR "\n", false, "", NULL },
	{ "no From", { "report@bl" }, AR RCVD "\n", false, "", NULL },
	{ "in the body", { "report@bl" }, FR "\n" AR, false, "", NULL },
};

static void
check_envelopes(void)
{
	static const char *traps[] = { "trap@example.gr", "honey@example.gr" };
	static const char *ids[] = { "mx.us" };
	struct zone_config config = { 0 };

	config.ingest.traps = traps;
	config.ingest.n_traps = 2;
	config.ingest.authserv_ids = ids;
	config.ingest.n_authserv_ids = 1;
	for (size_t i = 0; i < COUNT(envelopes); i++) {
		struct ingest_envelope e = { .sender = ENV,
			.recipients = envelopes[i].to };
		const char *mail = envelopes[i].mail;
		struct arena arena = { 0 };
		struct ingest_who who;
		int r;

		while (e.n_recipients < 3 &&
		    envelopes[i].to[e.n_recipients] != NULL) {
			e.n_recipients++;
		}
		r = ingest_who_read(
		    &config, &e, mail, strlen(mail), &arena, &who);
		CHECK(r == 0 && who.raw == envelopes[i].raw, "%s: trap",
		    envelopes[i].what);
		CHECK(who.token.len == strlen(envelopes[i].token) &&
			memcmp(who.token.at != NULL ? who.token.at : "",
			    envelopes[i].token, who.token.len) == 0,
		    "%s: token", envelopes[i].what);
		CHECK((who.proven == NULL) == (envelopes[i].proven == NULL),
		    "%s: proven", envelopes[i].what);
		CHECK(who.raw || strcmp(who.name, ENV) == 0, "%s: name",
		    envelopes[i].what);
		arena_free(&arena);
	}
}

/* ---- an mbox ------------------------------------------------------------- */

#define F "From a@b Sat Nov 21 09:00:00 2026\n"

static const struct {
	const char *what, *in, *mails;
} boxes[] = {
	{ "two mails", F "A: 1\n\nx\n\n" F "B: 2\n\ny\n",
	    "A: 1\n\nx\n\n|B: 2\n\ny\n|" },
	{ "From within a text", F "A: 1\n\nx\n\nFrom me to you\n",
	    "A: 1\n\nx\n\nFrom me to you\n|" },
	{ "From behind a full line", F "A: 1\n\nx\n" F, "A: 1\n\nx\n" F "|" },
	{ "quoted", F "A: 1\n\n>From x\n>>From y\n> From z\n",
	    "A: 1\n\nFrom x\n>From y\n> From z\n|" },
	{ "CR LF", "From a 9:00:00\r\nA: 1\r\n\r\nFrom b 9:00:00\r\nB: 2\r\n",
	    "A: 1\r\n\r\n|B: 2\r\n|" },
	{ "one mail without", "A: 1\n\nx\n", "A: 1\n\nx\n|" },
	{ "an empty mail", F "\n" F "\n", "\n|\n|" },
	{ "no end of line", F "A: 1", "A: 1|" },
	{ "nothing", "", "" },
};

static void
check_boxes(void)
{
	for (size_t i = 0; i < COUNT(boxes); i++) {
		struct ingest_mbox m = { .limit = 1000 };
		const char *p = boxes[i].in;
		struct buf got = { 0 };

		while (*p != '\0') {
			const char *lf = strchr(p, '\n');
			size_t n =
			    lf != NULL ? (size_t)(lf - p) + 1 : strlen(p);

			if (ingest_mbox_line(&m, p, n)) {
				buf_add(&got, m.mail.data, m.mail.len);
				buf_str(&got, "|");
				ingest_mbox_next(&m);
			}
			p += n;
		}
		if (m.began) {
			buf_add(&got, m.mail.data, m.mail.len);
			buf_str(&got, "|");
		}
		CHECK(strcmp(got.data != NULL ? got.data : "",
			  boxes[i].mails) == 0,
		    "%s: %s", boxes[i].what, got.data);
		buf_free(&got);
		buf_free(&m.mail);
	}
}

/* ---- the whole program --------------------------------------------------- */

static int
run(const char *input, char *const args[])
{
	char *argv[12] = { (char[]){ "rbl-ingest" }, (char[]){ "-c" },
		at("rbl.conf") };
	int argc = 3, status;
	pid_t pid;

	while (args[argc - 3] != NULL) {
		argv[argc] = args[argc - 3];
		argc++;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int in = open(input, O_RDONLY);
		int null = open("/dev/null", O_WRONLY);

		if (in < 0 || dup2(in, 0) < 0 || dup2(null, 1) < 0 ||
		    dup2(null, 2) < 0) {
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

#define S(text) ((char[]){ text })
#define A(...) ((char *[]){ __VA_ARGS__, NULL })

static struct zone_queue *
open_queue(enum zone_access access)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };

	if (zone_queue_open(at("data"), access, 1 << 26, &queue, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		exit(99);
	}
	return queue;
}

/* The newest submission, "submitter road known", and how many items wait. */
static const char *
newest(uint64_t id, uint64_t *ret_waiting)
{
	struct zone_queue *queue = open_queue(ZONE_READ);
	struct zone_submission s;
	struct arena arena = { 0 };
	static char text[200];
	uint64_t counts[3] = { 0 };

	CHECK(zone_queue_counts(queue, counts) == 0, "counts");
	*ret_waiting = counts[0];
	text[0] = '\0';
	if (zone_queue_submission(queue, id, &arena, &s) == 1) {
		snprintf(text, sizeof(text), "%s %s %u", s.submitter, s.road,
		    s.known);
	}
	arena_free(&arena);
	zone_queue_close(&queue);
	return text;
}

static unsigned
files_in(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
	}
	if (d != NULL) {
		closedir(d);
	}
	return n;
}

static void
check_program(void)
{
	char token[ZONE_SUBMITTER_TOKEN], to[80];
	struct zone_queue *queue;
	struct err_text why = { "" };
	const char *said;
	uint64_t waiting;

	write_text(at("rbl.conf"), "");
	{
		char conf[1024];

		snprintf(conf, sizeof(conf),
		    "data-dir = \"%s\"\nmap-size = 64M\n"
		    "list \"ip\" { kind = \"ip\" }\n"
		    "list \"address\" { kind = \"address\" }\n"
		    "ingest { traps = {trap@example.gr} }\n",
		    at("data"));
		write_text(at("rbl.conf"), conf);
	}
	queue = open_queue(ZONE_CREATE);
	CHECK(zone_submitter_set(queue, "ann", NULL, 0, NULL, 0, &why) == 0 &&
		zone_submitter_token(queue, "ann", token, &why) == 0,
	    "ann");
	zone_queue_close(&queue);

	/* wrong usage */
	CHECK(run("/dev/null", A(S("--watch"))) == EX_USAGE, "--watch alone");
	CHECK(run("/dev/null", A(S("--maildir"), S("x"), S("--lmtp"))) ==
		EX_USAGE,
	    "two roads");
	CHECK(run("/dev/null", A(S("--mbox"), S("x"), S("y"))) == EX_USAGE,
	    "an mbox and a file");
	CHECK(run("/dev/null", A(S("--lmtp"), S("--raw"))) == EX_USAGE,
	    "--lmtp --raw");
	CHECK(run("/dev/null", A(S("--lmtp"))) == EX_CONFIG, "no listen");
	CHECK(run("/dev/null", A(S("--maildir"), at("none"))) == EX_NOINPUT,
	    "no maildir");
	CHECK(run("/dev/null", A(S("--mbox"), at("none"))) == EX_NOINPUT,
	    "no mbox");

	/* the pipe */
	write_text(at("one"), "From: a@b.test\nSubject: one\n\nx\n");
	snprintf(to, sizeof(to), "report+%s@bl.test", token);
	CHECK(run(at("one"), A(S("--recipient"), to)) == EX_OK, "a secret");
	said = newest(1, &waiting);
	CHECK(strcmp(said, "ann pipe 1") == 0 && waiting == 1, "%s", said);
	write_text(at("one"), "From: a@b.test\nSubject: two\n\nx\n");
	CHECK(run(at("one"),
		  A(S("--recipient"), S("report+x@bl.test"), S("--submitter"),
		      S("eve@b.test"))) == EX_OK,
	    "a wrong secret is taken as well");
	said = newest(2, &waiting);
	CHECK(strcmp(said, "eve@b.test pipe 0") == 0, "%s", said);
	write_text(at("one"), "From: a@b.test\nSubject: three\n\nx\n");
	CHECK(run(at("one"),
		  A(S("--recipient"), S("trap@example.gr"), S("--submitter"),
		      S("eve@b.test"))) == EX_OK,
	    "a trap");
	said = newest(3, &waiting);
	CHECK(strcmp(said, " trap 0") == 0, "%s", said);

	/* an mbox, twice */
	write_text(at("box"), F "Subject: b1\n\nx\n\n" F "Subject: b2\n\ny\n");
	CHECK(run("/dev/null", A(S("--mbox"), at("box"))) == EX_OK, "mbox");
	said = newest(5, &waiting);
	CHECK(strstr(said, "mbox") != NULL && waiting == 5, "%s", said);
	CHECK(run("/dev/null", A(S("--mbox"), at("box"))) == EX_OK, "again");
	(void)newest(5, &waiting);
	CHECK(waiting == 5, "no mail twice");
	CHECK(access(at("box.lock"), F_OK) != 0, "a lock is left");

	/* a maildir; what was stored before a crash comes again */
	if (mkdir(at("m"), 0700) < 0 || mkdir(at("m/new"), 0700) < 0 ||
	    mkdir(at("m/cur"), 0700) < 0 || mkdir(at("m/new/4"), 0700) < 0) {
		exit(99);
	}
	write_text(at("m/new/1.a"), "Subject: m1\n\nx\n");
	write_text(at("m/new/2.b:2,"), "Subject: m2\n\nx\n");
	write_text(at("m/new/3.c"), "Subject: b2\n\ny\n");
	write_text(at("m/new/.hidden"), "no");
	CHECK(run("/dev/null", A(S("--maildir"), at("m"))) == EX_NOINPUT,
	    "a folder is no mail");
	said = newest(7, &waiting);
	CHECK(strstr(said, "maildir") != NULL && waiting == 7, "%s, %d", said,
	    (int)waiting);
	CHECK(files_in(at("m/new")) == 1 && files_in(at("m/cur")) == 3,
	    "they moved");
	CHECK(access(at("m/cur/1.a:2,S"), F_OK) == 0 &&
		access(at("m/cur/2.b:2,S"), F_OK) == 0,
	    "their names");

	/* no queue: all stay */
	write_text(at("m/new/5.e"), "Subject: m5\n\nx\n");
	if (rename(at("data"), at("gone")) < 0) {
		exit(99);
	}
	CHECK(run("/dev/null", A(S("--maildir"), at("m"))) == EX_TEMPFAIL,
	    "no queue");
	CHECK(files_in(at("m/new")) == 2, "it stays");
	CHECK(run("/dev/null", A(S("--mbox"), at("box"))) == EX_TEMPFAIL,
	    "no queue for the mbox");
	CHECK(run(at("one"), A(S("--recipient"), to)) == EX_TEMPFAIL,
	    "nor for a secret");
}

int
main(void)
{
	scratch_make(dir);
	if (secret_init() < 0) {
		return 99;
	}
	check_proven();
	check_envelopes();
	check_boxes();
	check_program();
	scratch_remove(dir);
	return failures != 0;
}
