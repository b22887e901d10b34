/* guess.c - what kind of mail is it? */
#include "ingest/guess.h"

#include <string.h>

#include "ingest/domain.h"
#include "ingest/sender.h"

static struct span
value_of(const struct ingest_head *head, const char *name)
{
	const struct ingest_field *f = ingest_head_find(head, name, 0);

	return f != NULL ? span_trim(f->value) : span("", 0);
}

bool
ingest_guess_autoreply(const struct ingest_head *head)
{
	return span_starts(value_of(head, "Auto-Submitted"), "auto-replied") ||
	    ingest_head_find(head, "X-Autoreply", 0) != NULL ||
	    ingest_head_find(head, "X-Autorespond", 0) != NULL;
}

bool
ingest_guess_bounce(
    const struct ingest_head *head, const char *report_type, bool raw)
{
	struct span path = value_of(head, "Return-Path");
	struct span from = value_of(head, "From");

	return strcmp(report_type, "delivery-status") == 0 ||
	    (!raw && span_find(from, "mailer-daemon@") != NULL) ||
	    (span_is(path, "<>") &&
		(span_find(from, "mailer-daemon") != NULL ||
		    span_find(from, "postmaster@") != NULL));
}

/* Does ADDRESS belong to those who collect reports? */
static bool
collector(const struct ingest_task *task, const char *address)
{
	static const char *const locals[] = { "submit", "submission", "report",
		"reports", "spam", "spam-report", "spamreport", "blocklist",
		"blacklist", "dnsbl", "rbl" };
	const char *at = strrchr(address, '@');
	struct span local;

	if (at == NULL) {
		return false;
	}
	for (size_t i = 0; i < task->config->ingest.n_own_domains; i++) {
		if (ingest_domain_under(span_str(at + 1),
			task->config->ingest.own_domains[i])) {
			return true;
		}
	}
	local = span(address, strcspn(address, "+@"));
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
		if (span_is(local, locals[i])) {
			return true;
		}
	}
	return false;
}

/* The same of "for <ADDRESS>" in our own server's line. */
static bool
received_for_collector(
    const struct ingest_task *task, const struct ingest_head *head)
{
	struct span top = value_of(head, "Received");
	const char *p = span_find(top, "for <"), *end;
	char address[256];
	size_t n;

	if (p == NULL) {
		return false;
	}
	p += 5;
	n = top.len - (size_t)(p - top.at);
	end = memchr(p, '>', n < sizeof(address) ? n : sizeof(address) - 1);
	if (end == NULL) {
		return false;
	}
	memcpy(address, p, (size_t)(end - p));
	address[end - p] = '\0';
	return collector(task, address);
}

int
ingest_guess_collector(const struct ingest_task *task,
    const struct ingest_head *head, struct arena *arena, bool *ret)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To",
		"Envelope-To", "To", "Cc" };
	const char **list = NULL;
	unsigned n = 0;
	bool found;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int r = ingest_sender_list(head, names[i], arena, &list, &n);

		if (r < 0) {
			return r;
		}
	}
	found = received_for_collector(task, head);
	for (unsigned i = 0; i < n && !found; i++) {
		found = collector(task, list[i]);
	}
	*ret = found;
	return 0;
}
