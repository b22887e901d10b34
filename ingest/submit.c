/* submit.c - a result into the queue, with the raw mail as evidence. */
#include "ingest/submit.h"

#include <string.h>

#include "base/when.h"
#include "ingest/receipt.h"
#include "zone/guard.h"

/* C as it may be stored: what the guard refuses is "never". *RET_KEEP false:
 * it names no list or no key of ours and is dropped. */
static int
guarded(const struct zone_config *config, struct arena *arena,
    struct zone_candidate *c, bool *ret_keep)
{
	const struct zone_list_conf *list =
	    zone_config_list(config, span_str(c->list));
	struct err_text why = { "" };
	struct zone_key key;
	const char **more;

	*ret_keep = list != NULL &&
	    zone_key_parse(list->kind, span_str(c->key), &key, &why) == 0;
	if (!*ret_keep || c->advice == ZONE_ADVICE_NEVER ||
	    zone_guard_list(config, list, &key, &why) == 0) {
		return 0;
	}
	more = arena_alloc(arena, (c->n_why + 1) * sizeof(*more));
	if (more == NULL) {
		return ERR_NOMEM;
	}
	if (c->n_why > 0) {
		memcpy(more, c->why, c->n_why * sizeof(*more));
	}
	more[c->n_why] = arena_str(arena, why.text);
	if (more[c->n_why] == NULL) {
		return ERR_NOMEM;
	}
	c->why = more;
	c->n_why++;
	c->advice = ZONE_ADVICE_NEVER;
	return 0;
}

static int
guard_report(const struct zone_config *config, struct arena *arena,
    const struct zone_report *in, struct zone_report *ret)
{
	struct zone_candidate *list =
	    arena_alloc(arena, (in->n_candidates + 1) * sizeof(*list));
	unsigned n = 0;

	if (list == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < in->n_candidates; i++) {
		bool keep;
		int r;

		list[n] = in->candidates[i];
		r = guarded(config, arena, &list[n], &keep);
		if (r < 0) {
			return r;
		}
		n += keep ? 1 : 0;
	}
	*ret = *in;
	ret->candidates = list;
	ret->n_candidates = n;
	return 0;
}

int
ingest_submit_prepare(const struct zone_config *config,
    const struct ingest_result *result, const struct ingest_who *who,
    const char *road, const char *raw, size_t len, struct arena *arena,
    struct zone_queue_mail *ret)
{
	struct zone_submission *s = arena_alloc(arena, sizeof(*s));
	unsigned n = result->n_reports > 0 ? result->n_reports : 1;
	struct zone_report *reports = arena_alloc(arena, n * sizeof(*reports));
	const char *why;

	if (s == NULL || reports == NULL) {
		return ERR_NOMEM;
	}
	*s = (struct zone_submission){ .time = when_now(),
		.submitter = who->name != NULL ? who->name : result->submitter,
		.road = road,
		.kind = result->kind,
		.analysis = result->json,
		.known = (uint8_t)who->known,
		.size = len,
		.receipts_day = config->ingest.receipts_day,
		.receipts_hour = config->ingest.receipts_hour };
	s->receipt =
	    ingest_receipt_to(config, result->kind, who, raw, len, arena, &why);
	reports[0] = (struct zone_report){ .subject = result->subject,
		.from = result->from };
	for (unsigned i = 0; i < result->n_reports; i++) {
		int r = guard_report(
		    config, arena, &result->reports[i], &reports[i]);

		if (r < 0) {
			return r;
		}
	}
	*ret = (struct zone_queue_mail){ .submission = s,
		.raw = raw,
		.len = len,
		.reports = reports,
		.n_reports = n };
	return 0;
}

int
ingest_submit(struct zone_queue *queue, const struct zone_config *config,
    const struct ingest_result *result, const struct ingest_who *who,
    const char *road, const char *raw, size_t len, struct arena *arena,
    struct zone_added *ret)
{
	struct zone_queue_mail mail;
	int r = ingest_submit_prepare(
	    config, result, who, road, raw, len, arena, &mail);

	if (r == 0) {
		zone_queue_add_many(queue, &mail, 1);
		r = mail.err;
	}
	if (r == 0) {
		*ret = mail.added;
		ingest_receipt_send(config, &mail);
	}
	return r;
}
