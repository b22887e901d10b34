/* ctl_digest.c - rblctl digest: a mail for moderators, once a day.
 *
 * It is printed, for cron and sendmail -t. It has numbers and the addresses
 * of pages, never a link that does something: mail is read by scanners that
 * follow links.
 */
#include "zone/ctl.h"

#include "base/when.h"
#include "zone/census.h"
#include "zone/delist.h"
#include "zone/series.h"

#define DAY INT64_C(86400)
#define HOURS 40 /* read at most: a day, and what clocks do */
#define ENDS_AHEAD (7 * DAY)

struct digest_of_day {
	uint64_t waiting;
	int64_t oldest; /* first seen; 0: none */
	struct zone_request_counts requests;
	struct zone_series_row day;
	bool counted; /* is DAY about all of the day? */
	struct zone_census *census;
};

/* The mailbox WHAT as it may stand in a header. */
static int
want_mailbox(const char *what, const char *text)
{
	const char *at = strrchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' ||
	    strpbrk(text, " \t<>,;:\"()\\") != NULL) {
		return ctl_wrong("--%s: expected one address as "
				 "moderators@example.org",
		    what);
	}
	return ctl_want_text(what, text, 254);
}

static int
gather(struct ctl *ctl, int64_t now, struct digest_of_day *d)
{
	const struct zone_census_rules rules = {
		.review = ctl->config->www.review_after,
		.quiet = ctl->config->www.review_after,
		.ends = ENDS_AHEAD,
	};
	struct zone_series_row rows[HOURS];
	struct zone_item *oldest = NULL;
	struct arena arena = { 0 };
	size_t n = 0;
	int r = zone_queue_list(
	    ctl->queue, ZONE_WAITING, 0, 1, &arena, &oldest, &n, &d->waiting);

	d->oldest = r == 0 && n == 1 ? oldest->first : 0;
	if (r == 0) {
		r = zone_request_counts(ctl->queue, &d->requests);
	}
	zone_series_blank(&d->day, now - DAY);
	if (r == 0) {
		r = zone_series_read(ctl->queue, ZONE_HOURS,
		    zone_series_start(ZONE_HOURS, now - DAY), now + 1, rows,
		    HOURS, &n);
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		zone_series_merge(&d->day, &rows[i]);
	}
	/* an hour in which nobody looked was not counted as a whole */
	d->counted = r == 0 && n >= 24;
	for (size_t i = 0; i < n && d->counted; i++) {
		d->counted = rows[i].field[ZONE_N_LISTED] != ZONE_UNKNOWN;
	}
	if (r == 0) {
		r = zone_census_take(
		    ctl->store, ctl->queue, &rules, &d->census);
	}
	arena_free(&arena);
	return r;
}

static void
print_count(const struct digest_of_day *d, enum zone_series_field field,
    const char *what)
{
	uint64_t n = d->day.field[field];

	printf("%10llu  %s\n", n == ZONE_UNKNOWN ? 0ULL : (unsigned long long)n,
	    what);
}

static void
print_body(const struct ctl *ctl, const struct digest_of_day *d, int64_t now)
{
	const char *url = ctl->config->www.url;
	char when[WHEN_TEXT];

	printf("Waiting for a decision\n\n%10llu  reports\n",
	    (unsigned long long)d->waiting);
	if (d->oldest > 0) {
		printf("            the oldest since %s (%lld h)\n",
		    when_format(when, d->oldest),
		    (long long)((now - d->oldest) / 3600));
	}
	printf("\n            %s/queue\n\nAsked to be taken off\n\n%10llu  "
	       "requests\n",
	    url, (unsigned long long)d->requests.open);
	if (d->requests.oldest > 0) {
		/* RFC 6471 2.2.3: two days, and seven at most */
		printf("            the oldest since %s (%lld h%s)\n",
		    when_format(when, d->requests.oldest),
		    (long long)((now - d->requests.oldest) / 3600),
		    now - d->requests.oldest > 2 * DAY ? ": it is late" : "");
	}
	printf("\n            %s/requests\n\nIn the last 24 hours\n\n", url);
	if (!d->counted) {
		printf(
		    "            (not all of it was counted: rbl-www did not "
		    "run all the time)\n");
	}
	print_count(d, ZONE_N_MAILS, "mails came in");
	print_count(d, ZONE_N_APPROVED, "reports were listed");
	print_count(d, ZONE_N_DISMISSED, "reports were dismissed");
	print_count(d, ZONE_N_REOPENED, "reports wait again");
	print_count(d, ZONE_N_ADDED, "entries were added");
	print_count(d, ZONE_N_EXPIRED, "entries expired");
	print_count(d, ZONE_N_REMOVED, "entries were taken out by a person");
	print_count(d, ZONE_N_ASKED, "entries were taken out on request");
	print_count(d, ZONE_N_UNDONE, "entries were taken back");
	printf("\nListed now\n\n%10llu  entries\n",
	    (unsigned long long)d->census->listed);
	printf("\nDue for a look\n\n%10llu  entries made by a person and not "
	       "looked at since\n%10llu  end within a week\n\n            "
	       "%s/review\n",
	    (unsigned long long)d->census->due[ZONE_DUE_REVIEW].total,
	    (unsigned long long)d->census->due[ZONE_DUE_ENDS].total, url);
	printf("\n-- \nrblctl digest, %s\n", when_format(when, now));
}

static int
run_digest(struct ctl *ctl, const struct ctl_args *args)
{
	const char *to = ctl_given(args, "to"), *from = ctl_given(args, "from");
	bool needed = ctl_given(args, "if-waiting") != NULL;
	struct digest_of_day d = { .waiting = 0 };
	int64_t now = when_now();
	int r;

	if (to == NULL) {
		return ctl_wrong("--to is missing, expected the address of "
				 "the moderators");
	}
	if ((r = want_mailbox("to", to)) != 0 ||
	    (from != NULL && (r = want_mailbox("from", from)) != 0) ||
	    (r = ctl_open_store(ctl, ZONE_READ)) != 0 ||
	    (r = ctl_open_queue(ctl, ZONE_READ)) != 0) {
		return r;
	}
	r = gather(ctl, now, &d);
	if (r < 0) {
		return ctl_failed(r, NULL, "the store or the queue");
	}
	if (!needed || d.waiting > 0 || d.requests.open > 0 ||
	    d.census->due[ZONE_DUE_REVIEW].total > 0) {
		if (from != NULL) {
			printf("From: %s\n", from);
		}
		printf("To: %s\nSubject: [%s] %llu waiting", to,
		    ctl->config->n_zones > 0 ? ctl->config->zones[0].name
					     : "rbl",
		    (unsigned long long)d.waiting);
		if (d.oldest > 0) {
			printf(", the oldest %lld h",
			    (long long)((now - d.oldest) / 3600));
		}
		printf("\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
		       "Content-Type: text/plain; charset=utf-8\n\n");
		print_body(ctl, &d, now);
	}
	zone_census_free(&d.census);
	return CTL_DONE;
}

const struct ctl_command ctl_digest_commands[] = {
	{ "digest", "--to ADDRESS", "print a mail for the moderators", 0, 0,
	    run_digest,
	    { { "to", "ADDRESS", "whom it goes to", false },
		{ "from", "ADDRESS", "whom it comes from", false },
		{ "if-waiting", NULL, "nothing, unless something waits",
		    false } } },
	{ 0 },
};
