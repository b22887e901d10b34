/* ctl_queue_show.c - rblctl queue show: one item, as words and as JSON. */
#include "zone/ctl_queue.h"

#include "base/when.h"
#include "zone/submitters.h"

static void
print_str(const char *s)
{
	ctl_print_span(span_str(s != NULL ? s : ""));
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *
json_candidates(const struct zone_item *item)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];
		json_t *why = json_array();

		for (unsigned k = 0; k < c->n_why; k++) {
			json_array_append_new(why, ctl_json_str(c->why[k]));
		}
		json_array_append_new(all,
		    json_pack("{s:o, s:o, s:s, s:s, s:o}", "list",
			ctl_json_str(c->list), "key", ctl_json_str(c->key),
			"advice", zone_advice_name(c->advice), "confidence",
			zone_confidence_name(c->confidence), "why", why));
	}
	return all;
}

static json_t *
json_mask(uint32_t mask, unsigned n)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < n && i < 32; i++) {
		if ((mask >> i & 1) != 0) {
			json_array_append_new(
			    all, json_integer((json_int_t)i + 1));
		}
	}
	return all;
}

static json_t *
json_votes(const struct zone_item *item)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];

		json_array_append_new(all,
		    json_pack("{s:o, s:i, s:o, s:b, s:o, s:o}", "by",
			ctl_json_str(v->person), "weight", (int)v->weight,
			"approve", json_mask(v->approve, item->n_candidates),
			"exempt", v->exempt, "time", ctl_json_time(v->time), "reason",
			ctl_json_str(v->reason)));
	}
	return all;
}

json_t *
ctl_queue_json(const struct zone_item *item, json_t *reports)
{
	bool settled = item->state != ZONE_WAITING;
	json_t *j = json_pack(
	    "{s:I, s:s, s:I, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}",
	    "id", (json_int_t)item->id, "state",
	    zone_item_state_name(item->state), "version",
	    (json_int_t)item->version, "first", ctl_json_time(item->first),
	    "last", ctl_json_time(item->last), "count", (int)item->count,
	    "submitters", (int)item->submitters, "subject",
	    ctl_json_str(item->subject), "from", ctl_json_str(item->from),
	    "candidates", json_candidates(item), "votes", json_votes(item),
	    "settled",
	    !settled
		? json_null()
		: json_pack("{s:o, s:o, s:o, s:o, s:o}", "by",
		      ctl_json_str(item->settled_by), "time",
		      ctl_json_time(item->settled), "reason",
		      ctl_json_str(item->settled_reason), "serial",
		      item->serial != 0 ? json_integer((json_int_t)item->serial)
					: json_null(),
		      "approved",
		      json_mask(item->approved, item->n_candidates)));

	if (reports != NULL) {
		json_object_set_new(j, "reports", reports);
	}
	return j;
}

/* ---- show ---------------------------------------------------------------- */

/* STRING member NAME of J, or "". */
static const char *
member(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

static void
print_member(const char *label, const json_t *j, const char *name)
{
	if (member(j, name)[0] != '\0') {
		printf("%s", label);
		print_str(member(j, name));
	}
}

/* What rbl-ingest read in message NUMBER of a submission, in words. */
static void
print_analysis(const json_t *analysis, unsigned number)
{
	const json_t *m =
	    json_array_get(json_object_get(analysis, "messages"), number);
	const json_t *relays = json_object_get(m, "relays");

	print_member("    kind ", analysis, "kind");
	print_member("\n    message-id ", m, "message_id");
	print_member("\n    envelope from ", m, "envelope_from");
	print_member("\n    date ", m, "date");
	printf("\n    hops, newest first:%s\n",
	    json_array_size(relays) == 0 ? " none" : "");
	for (size_t i = 0; i < json_array_size(relays); i++) {
		const json_t *hop = json_array_get(relays, i);

		printf("      ");
		print_str(member(hop, "ip"));
		print_member(" [", hop, "role");
		printf("]");
		print_member("  helo ", hop, "helo");
		print_member("  rdns ", hop, "rdns");
		print_member("  by ", hop, "by");
		putchar('\n');
	}
}

static void
print_item(const struct zone_item *item)
{
	uint32_t mask = zone_moderate_proposal(item);
	char when[WHEN_TEXT];

	printf("item %llu, %s, version %u\n  subject   ",
	    (unsigned long long)item->id, zone_item_state_name(item->state),
	    item->version);
	print_str(item->subject);
	printf("\n  from      ");
	print_str(item->from);
	printf("\n  seen      %s", when_format(when, item->first));
	printf(" to %s, %u report%s, %u submitter%s\n",
	    when_format(when, item->last), item->count,
	    item->count == 1 ? "" : "s", item->submitters,
	    item->submitters == 1 ? "" : "s");
	if (item->state != ZONE_WAITING) {
		printf("  settled   %s by ", when_format(when, item->settled));
		print_str(item->settled_by);
		if (item->serial != 0) {
			printf(
			    ", serial %llu", (unsigned long long)item->serial);
		}
		if (item->settled_reason[0] != '\0') {
			printf(": ");
			print_str(item->settled_reason);
		}
		putchar('\n');
	}
	printf("  candidates, * what approve lists:%s\n",
	    item->n_candidates == 0 ? " none" : "");
	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		printf("  %c %2u  ", i < 32 && (mask >> i & 1) != 0 ? '*' : ' ',
		    i + 1);
		print_str(c->list);
		printf("  ");
		print_str(c->key);
		printf("  %s, %s", zone_advice_name(c->advice),
		    zone_confidence_name(c->confidence));
		for (unsigned k = 0; k < c->n_why; k++) {
			printf("%s", k == 0 ? ": " : ", ");
			print_str(c->why[k]);
		}
		putchar('\n');
	}
	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];

		printf("  vote of ");
		print_str(v->person);
		printf(" (%u) to %s, %s\n", v->weight,
		    v->approve == 0 ? "dismiss"
			: v->exempt ? "exempt"
				    : "approve",
		    when_format(when, v->time));
	}
}

/* Behind the submitter's name. */
static const char *
known_words(unsigned known)
{
	return known == ZONE_KNOWN_TOKEN ? " (by his secret address)"
	    : known == ZONE_KNOWN_SENDER ? " (registered, proven)"
					 : "";
}

/* Report I of ITEM: *RET (a mail that is no longer kept has none but zeros)
 * and its analysis, NULL: none. */
static int
get_report(struct ctl *ctl, const struct zone_evidence *e, struct arena *arena,
    struct zone_submission *ret, json_t **ret_analysis)
{
	int r;

	*ret = (struct zone_submission){ .road = "" };
	*ret_analysis = NULL;
	r = zone_queue_submission(ctl->queue, e->submission, arena, ret);
	if (r < 0) {
		return ctl_failed(r, NULL, "the queue");
	}
	if (r > 0 && ret->analysis != NULL) {
		*ret_analysis = json_loads(ret->analysis, 0, NULL);
	}
	return CTL_DONE;
}

int
ctl_queue_reports(struct ctl *ctl, const struct zone_item *item,
    struct arena *arena, json_t **ret)
{
	json_t *reports = json_array();

	for (unsigned i = 0; i < item->n_evidence; i++) {
		const struct zone_evidence *e = &item->evidence[i];
		struct zone_submission s;
		json_t *analysis;

		if (get_report(ctl, e, arena, &s, &analysis) != CTL_DONE) {
			json_decref(reports);
			return CTL_FAILED;
		}
		json_array_append_new(reports,
		    json_pack("{s:I, s:i, s:o, s:o, s:s, s:o, s:b, s:o}",
			"submission", (json_int_t)e->submission, "message",
			(int)e->message, "time", ctl_json_time(e->time),
			"submitter", ctl_json_str(e->submitter), "known",
			zone_known_name((enum zone_known)s.known), "road",
			ctl_json_str(s.road), "kept", (int)(s.id != 0),
			"analysis", analysis != NULL ? analysis : json_null()));
	}
	*ret = reports;
	return CTL_DONE;
}

static int
print_reports(
    struct ctl *ctl, const struct zone_item *item, struct arena *arena)
{
	char when[WHEN_TEXT];

	for (unsigned i = 0; i < item->n_evidence; i++) {
		const struct zone_evidence *e = &item->evidence[i];
		struct zone_submission s;
		json_t *analysis;

		if (get_report(ctl, e, arena, &s, &analysis) != CTL_DONE) {
			return CTL_FAILED;
		}
		printf("  report %llu.%u of %s from ",
		    (unsigned long long)e->submission, e->message,
		    when_format(when, e->time));
		print_str(e->submitter != NULL && e->submitter[0] != '\0'
			? e->submitter
			: "(unknown)");
		if (s.id == 0) {
			printf("; the mail is no longer kept\n");
			continue;
		}
		printf("%s by ", known_words(s.known));
		print_str(s.road);
		putchar('\n');
		print_analysis(analysis, e->message);
		json_decref(analysis);
	}
	return CTL_DONE;
}

/* Byte for byte into a pipe or a file; on a terminal so that it cannot act. */
static void
print_raw(const struct buf *b)
{
	if (!ctl_on_terminal()) {
		fwrite(b->data, 1, b->len, stdout);
		return;
	}
	for (size_t at = 0, n; at < b->len; at += n) {
		const char *p = b->data + at;
		const char *end = memchr(p, '\n', b->len - at);

		n = end != NULL ? (size_t)(end - p) + 1 : b->len - at;
		ctl_print(p, end != NULL ? n - 1 : n);
		putchar('\n');
	}
}

/* The raw mail of the newest report, as it came in. */
static int
show_raw(struct ctl *ctl, const struct zone_item *item)
{
	struct buf b = { 0 };
	int r = item->n_evidence == 0
	    ? 0
	    : zone_queue_raw(ctl->queue,
		  item->evidence[item->n_evidence - 1].submission, &b);

	if (r < 0) {
		r = ctl_failed(r, NULL, "the queue");
	} else if (r == 0) {
		r = ctl_fail("item %llu: its mail is no longer kept",
		    (unsigned long long)item->id);
	} else {
		r = CTL_DONE;
		print_raw(&b);
	}
	buf_free(&b);
	return r;
}

int
ctl_queue_show(struct ctl *ctl, const struct ctl_args *args)
{
	bool json = ctl_given(args, "json") != NULL;
	bool raw = ctl_given(args, "raw") != NULL;
	struct arena arena = { 0 };
	struct zone_item item;
	int r;

	if (json && raw) {
		return ctl_wrong("queue show: expected --json or --raw, not "
				 "both");
	}
	r = ctl_queue_item(ctl, args->words[0], ZONE_READ, &arena, &item);
	if (r == CTL_DONE && raw) {
		r = show_raw(ctl, &item);
	} else if (r == CTL_DONE) {
		json_t *reports;

		if (!json) {
			print_item(&item);
			r = print_reports(ctl, &item, &arena);
		} else if ((r = ctl_queue_reports(
				ctl, &item, &arena, &reports)) == CTL_DONE) {
			r = ctl_print_json(ctl_queue_json(&item, reports));
		}
	}
	arena_free(&arena);
	return r;
}
