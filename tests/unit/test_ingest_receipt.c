/* Receipts: who gets one, what stands in it, and how it is handed over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "ingest/receipt.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"

static const char *traps[] = { "trap@example.gr" };
static const char *command[] = { "/usr/sbin/sendmail", "-t" };
static struct zone_config config = {
	.ingest = { .receipts = ZONE_RECEIPTS_REGISTERED,
	    .receipt_from = "report@bl.example.gr",
	    .receipt_command = command,
	    .n_receipt_command = 2,
	    .traps = traps,
	    .n_traps = 1 },
};

#define HEAD "Received: from a by b\nFrom: x@example.org\nSubject: s\n"

/* What is refused, and a part of the reason; WHY NULL: a receipt. A mail from
 * a registered submitter by his token, unless said otherwise. */
static const struct {
	const char *name;
	const char *sender; /* NULL: ann@example.org */
	const char *more;   /* header lines */
	const char *kind;   /* NULL: attachment */
	const char *why;
} rows[] = {
	{ "an ordinary one", NULL, "", NULL, NULL },
	{ "with a tag", "ann+spam@example.org", "", NULL, NULL },
	{ "unusual letters", "a!b=c~d@example.org", "", NULL, NULL },
	{ "auto-submitted: no", NULL, "Auto-Submitted: no\n", NULL, NULL },
	{ "  with a comment", NULL, "Auto-Submitted: NO (a person)\n", NULL,
	    NULL },
	{ "precedence first-class", NULL, "Precedence: first-class\n", NULL,
	    NULL },
	{ "suppress: none", NULL, "X-Auto-Response-Suppress: None\n", NULL,
	    NULL },
	{ "SPF passed", NULL, "Received-SPF: pass\n", NULL, NULL },
	{ "own Return-Path", NULL, "Return-Path: <ann@example.org>\n", NULL,
	    NULL },
	{ "a report by a person", NULL,
	    "Content-Type: multipart/report; report-type=feedback-report\n",
	    "arf", NULL },
	{ "found nothing", NULL, "", "unknown", NULL },
	{ "a name like a machine's", "bouncer.ann@example.org", "", NULL,
	    "machine" },
	/* senders */
	{ "null sender", "", "", NULL, "no sender" },
	{ "no @", "ann", "", NULL, "unusual" },
	{ "no domain", "ann@", "", NULL, "unusual" },
	{ "no local part", "@example.org", "", NULL, "unusual" },
	{ "a host without a dot", "ann@localhost", "", NULL, "unusual" },
	{ "two @", "ann@b@example.org", "", NULL, "unusual" },
	{ "quoted", "\"ann\"@example.org", "", NULL, "unusual" },
	{ "a quoted line end", "\"a\\\r\nBcc: b@c.gr\"@example.org", "", NULL,
	    "unusual" },
	{ "a line end", "ann@example.org\nBcc: bob@example.net", "", NULL,
	    "unusual" },
	{ "a blank", "ann @example.org", "", NULL, "unusual" },
	{ "a comma", "ann@example.org,bob@example.net", "", NULL, "unusual" },
	{ "angle brackets", "<ann@example.org>", "", NULL, "unusual" },
	{ "a comment", "ann(x)@example.org", "", NULL, "unusual" },
	{ "an option", "-oQ/tmp@example.org", "", NULL, "unusual" },
	{ "an address literal", "ann@[192.0.2.1]", "", NULL, "unusual" },
	{ "8 bit", "\xce\xb1nn@example.org", "", NULL, "unusual" },
	{ "8 bit domain", "ann@\xce\xb1.gr", "", NULL, "unusual" },
	{ "dots", "ann..b@example.org", "", NULL, "unusual" },
	{ "a dot at the end", "ann@example.org.", "", NULL, "unusual" },
	{ "a dot at the start", ".ann@example.org", "", NULL, "unusual" },
	{ "an empty label", "ann@example..org", "", NULL, "unusual" },
	{ "a long local part",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "@example.org",
	    "", NULL, "unusual" },
	{ "mailer-daemon", "MAILER-DAEMON@example.org", "", NULL, "machine" },
	{ "postmaster", "Postmaster@example.org", "", NULL, "machine" },
	{ "noreply", "noreply@example.org", "", NULL, "machine" },
	{ "no-reply with more", "no-reply-7@example.org", "", NULL, "machine" },
	{ "list owner", "owner-list@example.org", "", NULL, "machine" },
	{ "list owner, the other way", "list-owner@example.org", "", NULL,
	    "machine" },
	{ "list request", "list-request@example.org", "", NULL, "machine" },
	{ "list bounces", "list-bounces@example.org", "", NULL, "machine" },
	{ "VERP", "list-bounces+ann=example.org@example.net", "", NULL,
	    "machine" },
	{ "BATV", "prvs=4711abc=ann@example.org", "", NULL, "machine" },
	{ "ourselves", "Report@BL.example.gr", "", NULL, "ourselves" },
	{ "a trap", "trap@example.gr", "", NULL, "trap" },
	/* fields */
	{ "auto-generated", NULL, "Auto-Submitted: auto-generated\n", NULL,
	    "automatically" },
	{ "auto-replied", NULL, "auto-submitted:auto-replied; x=y\n", NULL,
	    "automatically" },
	{ "an empty one", NULL, "Auto-Submitted:\n", NULL, "automatically" },
	{ "folded", NULL, "Auto-Submitted:\n auto-replied\n", NULL,
	    "automatically" },
	{ "notice", NULL, "Auto-Submitted: notice\n", NULL, "automatically" },
	{ "both", NULL, "Auto-Submitted: no\nAuto-Submitted: auto-notified\n",
	    NULL, "automatically" },
	{ "List-Id", NULL, "List-Id: <l.example.org>\n", NULL, "list" },
	{ "List-Unsubscribe", NULL, "List-Unsubscribe: <mailto:x@y.gr>\n", NULL,
	    "list" },
	{ "bulk", NULL, "Precedence: bulk\n", NULL, "bulk" },
	{ "list", NULL, "PRECEDENCE: List\n", NULL, "bulk" },
	{ "junk", NULL, "Precedence:\n\tjunk\n", NULL, "bulk" },
	{ "suppress", NULL, "X-Auto-Response-Suppress: OOF, AutoReply\n", NULL,
	    "no answer" },
	{ "suppress all", NULL, "X-Auto-Response-Suppress: All\n", NULL,
	    "no answer" },
	{ "X-Loop, ours", NULL, "X-Loop: report@bl.example.gr\n", NULL,
	    "machine" },
	{ "X-Loop, another's", NULL, "X-Loop: x\n", NULL, "machine" },
	{ "X-Autoreply", NULL, "X-Autoreply: yes\n", NULL, "machine" },
	{ "null Return-Path", NULL, "Return-Path: <>\n", NULL, "null" },
	{ "delivery status", NULL,
	    "Content-Type: multipart/report; report-type=delivery-status\n",
	    NULL, "report" },
	{ "a bounce without a sign", NULL, "", "bounce", "answer" },
	{ "an autoreply without a sign", NULL, "", "autoreply", "answer" },
	{ "SPF failed", NULL, "Received-SPF: Fail (not allowed)\n", NULL,
	    "forged" },
	{ "SPF failed softly", NULL, "Received-SPF: softfail\n", NULL,
	    "forged" },
	{ "SPF failed, in results", NULL,
	    "Authentication-Results: mx; spf=fail smtp.mailfrom=a.gr\n", NULL,
	    "forged" },
	{ "DMARC failed", NULL,
	    "Authentication-Results: mx; spf=pass; dmarc=fail\n", NULL,
	    "forged" },
};

static const char *
ask(const struct ingest_who *who, const char *kind, const char *raw, size_t len,
    const char **ret_why)
{
	static struct arena arena;

	arena_free(&arena);
	return ingest_receipt_to(&config, kind, who, raw, len, &arena, ret_why);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *sender =
		    rows[i].sender != NULL ? rows[i].sender : "ann@example.org";
		struct ingest_who who = { .known = ZONE_KNOWN_TOKEN,
			.address = sender[0] != '\0' ? sender : NULL };
		const char *kind =
		    rows[i].kind != NULL ? rows[i].kind : "attachment";
		char raw[1000];
		const char *why, *to;

		snprintf(raw, sizeof(raw), HEAD "%s\nAuto-Submitted: body\n",
		    rows[i].more);
		to = ask(&who, kind, raw, strlen(raw), &why);
		if (rows[i].why == NULL) {
			CHECK(to != NULL && strcmp(to, sender) == 0, "%s: %s",
			    rows[i].name, why);
		} else {
			CHECK(to == NULL && strstr(why, rows[i].why) != NULL,
			    "%s: %s", rows[i].name, why);
		}
	}
}

static void
test_who(void)
{
	static const char mail[] = HEAD "\nbody\n";
	static const char failed[] = HEAD "Received-SPF: fail\n\nbody\n";
	struct ingest_who who = { .known = ZONE_KNOWN_TOKEN,
		.address = "ann@example.org" };
	const char *why;

	who.echo = true;
	CHECK(ask(&who, "inline", mail, sizeof(mail) - 1, &why) == NULL,
	    "to oneself");
	who.echo = false;
	who.raw = true;
	CHECK(ask(&who, "raw", mail, sizeof(mail) - 1, &why) == NULL, "trap");
	who.raw = false;
	who.known = ZONE_KNOWN_NOT;
	CHECK(ask(&who, "inline", mail, sizeof(mail) - 1, &why) == NULL,
	    "unknown");
	config.ingest.receipts = ZONE_RECEIPTS_ALL;
	CHECK(ask(&who, "inline", mail, sizeof(mail) - 1, &why) != NULL,
	    "unknown, and all get one");
	CHECK(ask(&who, "inline", failed, sizeof(failed) - 1, &why) == NULL,
	    "forged, perhaps");
	CHECK(ask(&who, "arf", HEAD "Content-Type: multipart/report\n\n",
		  strlen(HEAD "Content-Type: multipart/report\n\n"),
		  &why) == NULL,
	    "a report by nobody we know");
	who.known = ZONE_KNOWN_SENDER;
	CHECK(ask(&who, "inline", failed, sizeof(failed) - 1, &why) != NULL,
	    "our own server proved him");
	config.ingest.receipts = ZONE_RECEIPTS_OFF;
	CHECK(ask(&who, "inline", mail, sizeof(mail) - 1, &why) == NULL &&
		why[0] == '\0',
	    "off");
	config.ingest.receipts = ZONE_RECEIPTS_REGISTERED;
}

/* What cannot be read whole may say "no answer" where nobody looked. */
static void
test_heads(void)
{
	struct ingest_who who = { .known = ZONE_KNOWN_TOKEN,
		.address = "ann@example.org" };
	struct buf b = { 0 };
	const char *why;

	CHECK(ask(&who, "inline", "", 0, &why) == NULL, "empty");
	CHECK(ask(&who, "inline", "\n\nbody", 6, &why) == NULL, "no head");
	for (unsigned i = 0; i < 2000; i++) {
		buf_fmt(&b, "X-%u: %060u\n", i, i);
	}
	buf_str(&b, "Auto-Submitted: auto-replied\n\n");
	CHECK(ask(&who, "inline", b.data, b.len, &why) == NULL, "long head");
	buf_clear(&b);
	buf_str(&b, "Subject: ");
	for (unsigned i = 0; i < 70000; i++) {
		buf_u8(&b, 'a');
	}
	buf_str(&b, "\nAuto-Submitted: auto-replied\n\n");
	CHECK(ask(&who, "inline", b.data, b.len, &why) == NULL, "long field");
	buf_free(&b);
}

/* ---- the text ------------------------------------------------------------ */

static void
test_text(void)
{
	static const char *const has[] = {
		"Date: Sat, 21 Nov 2026 09:30:00 +0000\r\n",
		"From: <report@bl.example.gr>\r\n", "To: <ann@example.org>\r\n",
		"Auto-Submitted: auto-replied\r\n",
		"Message-ID: <receipt.7.unique@bl.example.gr>\r\n",
		"X-Loop: report@bl.example.gr\r\n", "submission 7",
		"found in it: 5\r\n", "  2 are new", "  1 joins",
		"  1 is about", "  1 lacks"
	};
	struct zone_added added = {
		.submission = 7, .new_items = 2, .joined = 1, .sighted = 1
	};
	struct buf b = { 0 };
	struct ingest_who who = { .known = ZONE_KNOWN_TOKEN,
		.address = "ann@example.org" };
	const char *why;

	CHECK(ingest_receipt_write(&config, "ann@example.org", &added, 5, 1,
		  1795253400, "unique", &b) == 0,
	    "write");
	for (size_t i = 0; i < COUNT(has); i++) {
		CHECK(strstr(b.data, has[i]) != NULL, "%s in:\n%s", has[i],
		    b.data);
	}
	for (size_t i = 0; i < b.len; i++) {
		CHECK((b.data[i] >= ' ' && b.data[i] <= '~') ||
			b.data[i] == '\r' || b.data[i] == '\n',
		    "byte %zu", i);
		CHECK(b.data[i] != '\n' || (i > 0 && b.data[i - 1] == '\r'),
		    "line end %zu", i);
	}
	CHECK(strstr(b.data, "http") == NULL, "no link");
	CHECK(ask(&who, "inline", b.data, b.len, &why) == NULL,
	    "a receipt gets no receipt");
	buf_free(&b);
}

/* ---- the command --------------------------------------------------------- */

static char dir[SCRATCH];

static bool
wait_for(const char *path)
{
	struct stat st;

	for (int i = 0; i < 1000; i++) {
		if (stat(path, &st) == 0) {
			return true;
		}
		usleep(10000);
	}
	return false;
}

static void
test_run(void)
{
	static const char script[] =
	    "#!/bin/sh\n"
	    "d=$1; shift\n"
	    "{ printf '%s\\n' \"$#\" \"$@\"; pwd; ls /proc/self/fd | wc -l;\n"
	    "  env | grep -c SECRET; } > \"$d/argv\"\n"
	    "cat > \"$d/in.tmp\" && mv \"$d/in.tmp\" \"$d/in\"\n";
	char path[SCRATCH + 40], file[SCRATCH + 40];
	const char *argv[] = { path, dir, "-t", "$(touch /x); a b", "<>" };
	struct buf b = { 0 }, big = { 0 };

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/no", dir);
	errno = 0;
	CHECK(ingest_receipt_run(argv, 5, "x", 1) == ERR_SYS && errno == ENOENT,
	    "no such program: %s", strerror(errno));
	CHECK(file_write(path, script, strlen(script), 0600) == 0, "write");
	CHECK(ingest_receipt_run(argv, 5, "x", 1) == ERR_SYS && errno == EACCES,
	    "no program: %s", strerror(errno));
	CHECK(chmod(path, 0700) == 0, "chmod");
	for (unsigned i = 0; i < 300000; i++) { /* more than a pipe holds */
		buf_u8(&big, 'a' + i % 26);
	}
	setenv("SECRET", "1", 1);
	CHECK(ingest_receipt_run(argv, 5, big.data, big.len) == 0, "run: %s",
	    strerror(errno));
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	    "no child of ours");
	snprintf(file, sizeof(file), "%s/in", dir);
	CHECK(wait_for(file) && file_read(file, 1 << 20, &b) == 0 &&
		b.len == big.len && memcmp(b.data, big.data, b.len) == 0,
	    "%zu bytes came", b.len);
	buf_clear(&b);
	snprintf(file, sizeof(file), "%s/argv", dir);
	CHECK(file_read(file, 1000, &b) == 0 &&
		strcmp(b.data, "3\n-t\n$(touch /x); a b\n<>\n/\n4\n0\n") == 0,
	    "argv, folder, descriptors, environment: %s", b.data);
	buf_free(&b);
	buf_free(&big);
	scratch_remove(dir);
}

int
main(void)
{
	CHECK(secret_init() == 0, "secret");
	test_rows();
	test_who();
	test_heads();
	test_text();
	test_run();
	return failures != 0;
}
