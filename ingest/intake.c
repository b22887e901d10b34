/* intake.c - one mail into the queue. */
#include "ingest/intake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "ingest/stay.h"

static int
open_queue(struct ingest_intake *in, struct err_text *why)
{
	int r;

	if (in->queue != NULL) {
		return 0;
	}
	r = zone_queue_open(in->config->data_dir, ZONE_WRITE,
	    in->config->map_size, &in->queue, why);
	if (r == 0) { /* twice: what waits is never removed */
		zone_queue_limit(
		    in->queue, in->config->ingest.retention_size * 2);
	}
	return r;
}

static int
later(int r, const struct err_text *why, const char *file)
{
	char name[160];

	text_printable_in(name, sizeof(name), file, strlen(file));
	log_event(LOG_FAIL, "not stored, try again: %s file=%s",
	    why->text[0] != '\0' ? why->text
		: r == ERR_SYS   ? strerror(errno)
				 : err_str(r),
	    name);
	return EX_TEMPFAIL;
}

static int
store(struct ingest_intake *in, const struct ingest_result *result,
    const struct ingest_who *who, const char *file, const char *road,
    const struct buf *mail, struct arena *arena)
{
	struct err_text why = { "" };
	struct zone_added added;
	char name[160];
	int r = open_queue(in, &why);

	if (r == 0) {
		r = ingest_submit(in->queue, in->config, result, who, road,
		    mail->data != NULL ? mail->data : "", mail->len, arena,
		    &added);
	}
	if (r < 0) {
		return later(r, &why, file);
	}
	text_printable_in(name, sizeof(name), file, strlen(file));
	log_event(LOG_TELL,
	    "%s submission=%llu kind=%s new=%u joined=%u known=%s road=%s "
	    "file=%s",
	    added.duplicate ? "known already" : "queued",
	    (unsigned long long)added.submission, result->kind, added.new_items,
	    added.joined, zone_known_name(who->known), road, name);
	return EX_OK;
}

/* Who sent MAIL. With --explain there may be no queue, and nobody is known. */
static int
find_out(struct ingest_intake *in, const struct buf *mail, struct arena *arena,
    struct ingest_who *who, struct err_text *why)
{
	int r = ingest_who_read(in->config, &in->envelope,
	    mail->data != NULL ? mail->data : "", mail->len, arena, who);

	if (r < 0 || in->explain || !ingest_who_asks(who)) {
		return r;
	}
	r = open_queue(in, why);
	return r < 0 ? r : ingest_who_look(in->queue, arena, who);
}

int
ingest_intake_take(struct ingest_intake *in, const char *file, const char *road,
    const struct buf *mail, bool cut)
{
	struct ingest_task task = {
		.config = in->config, .file = file, .cut = cut
	};
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct ingest_result result;
	struct ingest_who who;
	int status, r;

	r = find_out(in, mail, &arena, &who, &why);
	if (r < 0) {
		status = later(r, &why, file);
		goto out;
	}
	task.raw = who.raw;
	task.submitter = who.address;
	task.relays = who.relays;
	task.n_relays = who.n_relays;
	if (!ingest_worker_alive(in->worker)) {
		zone_queue_close(&in->queue); /* never across a fork */
	}
	r = ingest_worker_read(in->worker, &task,
	    mail->data != NULL ? mail->data : "", mail->len, &arena, &result);
	if (r < 0) {
		err_say(&why, r, "cannot read mail now: %s",
		    r == ERR_SYS ? strerror(errno) : err_str(r));
		status = later(r, &why, file);
	} else if (!in->explain) {
		status = store(in, &result, &who, file, who.raw ? "trap" : road,
		    mail, &arena);
	} else {
		status = puts(result.json) < 0 ? EX_IOERR : EX_OK;
	}
out:
	arena_free(&arena);
	return status;
}

void
ingest_intake_reload(struct ingest_intake *in)
{
	struct zone_config *old = NULL;

	if (ingest_stay_reload(in->path, &in->config, &old) == 0) {
		zone_queue_close(&in->queue);
		ingest_worker_retire(in->worker, in->config);
		zone_config_free(&old);
	}
}

void
ingest_intake_close(struct ingest_intake *in)
{
	zone_queue_close(&in->queue);
	ingest_worker_free(&in->worker);
}
