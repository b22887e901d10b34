/* ctl_queue_keep.c - rblctl queue expire, export: what goes, what is taken
 * along.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/when.h"
#include "zone/ctl_queue.h"
#include "zone/queue_expire.h"
#include "zone/queue_review.h"

#define PAGE 200

/* ---- expire -------------------------------------------------------------- */

int
ctl_queue_expire(struct ctl *ctl, const struct ctl_args *args)
{
	bool dry = ctl_given(args, "dry-run") != NULL;
	enum zone_access access = dry ? ZONE_READ : ZONE_WRITE;
	struct zone_retention policy = {
		.age = ctl->config->ingest.retention,
		.size = ctl->config->ingest.retention_size,
		.now = when_now(),
		.dry = dry,
	};
	struct zone_reviewed seen = { 0 };
	struct zone_expired gone;
	enum zone_access store = ZONE_READ;
	int r;

	for (size_t i = 0; i < ctl->config->n_lists; i++) {
		if (ctl->config->lists[i].extend > 0) {
			store = ZONE_WRITE; /* an end may be changed */
		}
	}

	if ((r = ctl_open_queue(ctl, access)) != 0 ||
	    (!dry && (r = ctl_open_store(ctl, store)) != 0)) {
		return r;
	}
	r = dry ? 0
		: zone_queue_review(ctl->queue, ctl->store, ctl->config,
		      ctl->by, policy.now, &seen);
	if (r == 0) {
		r = zone_queue_expire(ctl->queue, &policy, ctl->by, &gone);
	}
	if (r < 0) {
		return ctl_failed(r, NULL, "the queue");
	}
	if (ctl_given(args, "json") != NULL) {
		return ctl_print_json(
		    json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:b}", "mails",
			(json_int_t)gone.submissions, "bytes",
			(json_int_t)gone.bytes, "held", (json_int_t)gone.held,
			"items", (json_int_t)gone.items, "dismissed",
			(json_int_t)gone.dismissed, "reopened",
			(int)seen.reopened, "dry_run", (int)dry));
	}
	printf("mails %llu, %llu bytes; %llu more wait for a person\n"
	       "items %llu; dismissed %llu; waiting again %u\n",
	    (unsigned long long)gone.submissions,
	    (unsigned long long)gone.bytes, (unsigned long long)gone.held,
	    (unsigned long long)gone.items, (unsigned long long)gone.dismissed,
	    seen.reopened);
	return CTL_DONE;
}

/* ---- export -------------------------------------------------------------- */

struct export
{
	struct ctl *ctl;
	int64_t since;
	bool mbox;
	int dir;     /* -1: to standard output */
	FILE *items; /* in DIR */
	FILE *mails; /* the mbox; NULL: a file each */
};

/* FN for every mail of every item would see some twice; this remembers. */
static bool
seen_before(struct buf *seen, uint64_t id)
{
	size_t at = (size_t)(id / 8);

	while (seen->len <= at && !seen->bad) {
		char zeros[4096] = { 0 };

		buf_add(seen, zeros, sizeof(zeros));
	}
	if (seen->bad || (seen->data[at] >> id % 8 & 1) != 0) {
		return !seen->bad;
	}
	seen->data[at] |= (char)(1 << id % 8);
	return false;
}

/* A line that could be taken for the next mail's first gets a ">" more. */
static void
mbox_line(FILE *f, const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] == '>') {
		n++;
	}
	if (len - n >= 5 && memcmp(line + n, "From ", 5) == 0) {
		putc('>', f);
	}
	fwrite(line, 1, len, f);
}

static void
mbox_mail(FILE *f, int64_t time, const struct buf *raw)
{
	char when[64];
	time_t t = (time_t)time;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &tm) == 0) {
		snprintf(when, sizeof(when), "Thu Jan  1 00:00:00 1970");
	}
	fprintf(f, "From MAILER-DAEMON %s\n", when);
	for (size_t at = 0, n; at < raw->len; at += n) {
		const char *p = raw->data + at;
		const char *end = memchr(p, '\n', raw->len - at);

		n = end != NULL ? (size_t)(end - p) + 1 : raw->len - at;
		mbox_line(f, p, n);
	}
	fputs(
	    raw->len > 0 && raw->data[raw->len - 1] != '\n' ? "\n\n" : "\n", f);
}

static int
export_file(struct export *e, uint64_t id, const struct buf *raw)
{
	char name[40];
	int fd, r;

	snprintf(name, sizeof(name), "%llu.eml", (unsigned long long)id);
	fd =
	    openat(e->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return ctl_fail("%s: %s", name, strerror(errno));
	}
	r = file_write_fd(fd, raw->data, raw->len);
	if (close(fd) != 0 || r < 0) {
		return ctl_fail("%s: %s", name, strerror(errno));
	}
	return CTL_DONE;
}

static int
export_mail(struct export *e, const struct zone_evidence *ev)
{
	struct buf raw = { 0 };
	int r = zone_queue_raw(e->ctl->queue, ev->submission, &raw);

	if (r == ERR_CORRUPT) {
		(void)ctl_fail("submission %llu is damaged and left out",
		    (unsigned long long)ev->submission);
		r = CTL_DONE;
	} else if (r < 0) {
		r = ctl_failed(r, NULL, "the queue");
	} else if (r == 1) {
		r = CTL_DONE;
		if (e->mails != NULL) {
			mbox_mail(e->mails, ev->time, &raw);
		} else {
			r = export_file(e, ev->submission, &raw);
		}
	}
	buf_free(&raw);
	return r;
}

static int
export_json(struct export *e, const struct zone_item *item, struct arena *arena)
{
	json_t *reports, *j;
	int r = ctl_queue_reports(e->ctl, item, arena, &reports);

	if (r != CTL_DONE) {
		return r;
	}
	j = ctl_queue_json(item, reports);
	if (e->items == NULL) {
		return ctl_print_json(j);
	}
	if (j == NULL || json_dumpf(j, e->items, JSON_COMPACT) != 0 ||
	    putc('\n', e->items) == EOF) {
		r = ctl_fail("items.jsonl: cannot be written");
	}
	json_decref(j);
	return r;
}

static int
export_item(struct export *e, const struct zone_item *item, struct buf *seen)
{
	struct arena arena = { 0 };
	int r = CTL_DONE;

	if (item->last < e->since && item->settled < e->since) {
		return r;
	}
	if (e->dir >= 0 || !e->mbox) {
		r = export_json(e, item, &arena);
	}
	for (unsigned i = 0; i < item->n_evidence && r == CTL_DONE; i++) {
		if ((e->dir >= 0 || e->mbox) &&
		    !seen_before(seen, item->evidence[i].submission)) {
			r = seen->bad ? ctl_fail("no memory")
				      : export_mail(e, &item->evidence[i]);
		}
	}
	arena_free(&arena);
	return r;
}

static int
export_state(struct export *e, enum zone_item_state state, struct buf *seen)
{
	size_t done = 0, n = 0;
	uint64_t total = 0;
	int r;

	do {
		struct arena arena = { 0 };
		struct zone_item *items;

		r = zone_queue_list(e->ctl->queue, state, done, PAGE, &arena,
		    &items, &n, &total);
		if (r < 0) {
			r = ctl_failed(r, NULL, "the queue");
		}
		for (size_t i = 0; i < n && r == CTL_DONE; i++) {
			r = export_item(e, &items[i], seen);
		}
		done += n;
		arena_free(&arena);
	} while (r == CTL_DONE && n > 0 && done < total);
	return r;
}

static FILE *
make_file(int dir, const char *name)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* DIR is made: what is in one that was there would be mixed up with this. */
static int
open_output(struct export *e, const char *path)
{
	char shown[200];

	text_printable_in(shown, sizeof(shown), path, strlen(path));
	if (mkdir(path, 0700) != 0) {
		return ctl_fail("%s: %s", shown, strerror(errno));
	}
	e->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->dir < 0 ||
	    (e->items = make_file(e->dir, "items.jsonl")) == NULL ||
	    (e->mbox && (e->mails = make_file(e->dir, "mails.mbox")) == NULL)) {
		return ctl_fail("%s: %s", shown, strerror(errno));
	}
	return CTL_DONE;
}

static int
end_file(FILE *f, const char *name)
{
	bool bad;

	if (f == NULL) {
		return CTL_DONE;
	}
	bad = ferror(f) != 0;
	bad = fflush(f) != 0 || fsync(fileno(f)) != 0 || bad;
	bad = fclose(f) != 0 || bad;
	return bad ? ctl_fail("%s: cannot be written", name) : CTL_DONE;
}

int
ctl_queue_export(struct ctl *ctl, const struct ctl_args *args)
{
	struct export e = { .ctl = ctl,
		.since = INT64_MIN,
		.mbox = ctl_given(args, "mbox") != NULL,
		.dir = -1 };
	const char *since = ctl_given(args, "since");
	const char *output = ctl_given(args, "output");
	struct buf seen = { 0 };
	int r, end;

	if ((since != NULL && (r = ctl_want_since(since, &e.since)) != 0) ||
	    (r = ctl_open_queue(ctl, ZONE_READ)) != 0) {
		return r;
	}
	r = output != NULL ? open_output(&e, output) : CTL_DONE;
	if (output == NULL && e.mbox) {
		if (ctl_on_terminal()) {
			return ctl_wrong("queue export: mails are not written "
					 "to a terminal; use --output DIR");
		}
		e.mails = stdout;
	}
	for (int i = 0; i < 3 && r == CTL_DONE; i++) {
		r = export_state(&e, (enum zone_item_state)i, &seen);
	}
	end = end_file(e.items, "items.jsonl");
	if (e.mails != stdout && end_file(e.mails, "mails.mbox") != CTL_DONE) {
		end = CTL_FAILED;
	}
	if (e.dir >= 0) {
		(void)close(e.dir);
	}
	buf_free(&seen);
	return r != CTL_DONE ? r : end;
}
