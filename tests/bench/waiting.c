/* waiting.c - a queue with many items in it, as a busy week leaves it: for
 * measuring the pages. bench_waiting DATA-DIR ITEMS [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "zone/queue.h"

#define BATCH 500

static uint64_t state;

static uint32_t
draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % below;
}

static const char *const subjects[] = {
	"Re: your invoice %u is overdue",
	"Κερδίσατε το δώρο σας, κωδικός %u",
	"Cheap watches, order no. %u",
	"Ενημέρωση λογαριασμού: απαιτείται επιβεβαίωση (%u)",
	"Fwd: casino bonus %u for you",
	"Your parcel %u could not be delivered",
	"Επείγον: η τράπεζά σας σας ζητά στοιχεία %u",
	"Last chance! SEO offer #%u for your web site",
	"Undelivered Mail Returned to Sender %u",
	"Dear beneficiary, transfer of $%u,000.00 awaits you",
};
static const char *const domains[] = { "shop-%u.example", "mail%u.example.net",
	"host%u.example.gr", "promo%u.example.com", "news%u.example.org" };
static const char *const kinds[] = { "attachment", "attachment", "attachment",
	"arf", "raw", "inline", "resent" };

#define PICK(list) (list)[draw(sizeof(list) / sizeof((list)[0]))]

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

struct mail {
	char raw[64], subject[200], from[100], envelope[100], ip[40], helo[100],
	    rdns[100], submitter[60];
	const char *why[2];
	struct zone_candidate c[3];
	struct zone_submission s;
	struct zone_report r;
};

static void
fill(struct mail *m, unsigned n, int64_t now)
{
	char domain[60];
	unsigned number = draw(1000);
	bool instead = draw(5) == 0;

	snprintf(domain, sizeof(domain), PICK(domains), draw(400));
	snprintf(m->raw, sizeof(m->raw), "Subject: mail %u\n\nx\n", n);
	snprintf(m->subject, sizeof(m->subject), PICK(subjects), number);
	snprintf(m->from, sizeof(m->from), "info%u@%s", draw(90), domain);
	snprintf(m->envelope, sizeof(m->envelope), "bounce-%u@%s", n, domain);
	snprintf(m->ip, sizeof(m->ip), "203.%u.%u.%u", 128 + draw(100),
	    draw(256), draw(254) + 1);
	snprintf(m->helo, sizeof(m->helo), "mx%u.%s", draw(9), domain);
	snprintf(m->rdns, sizeof(m->rdns), "%s",
	    draw(3) == 0 ? "" : m->helo);
	snprintf(m->submitter, sizeof(m->submitter), "admin%u@example.gr",
	    draw(40));
	m->why[0] = "boundary";
	m->why[1] = "nothing else in the header confirms or denies it";
	m->c[0] = (struct zone_candidate){ .list = "ip",
		.key = m->ip,
		.advice = instead ? ZONE_ADVICE_ADDRESS_INSTEAD
				  : ZONE_ADVICE_LIST,
		.confidence = draw(2) == 0 ? ZONE_CERTAIN : ZONE_PROBABLE,
		.why = m->why,
		.n_why = 2 };
	m->c[1] = (struct zone_candidate){ .list = "address",
		.key = m->from,
		.advice = ZONE_ADVICE_UNSURE,
		.confidence = ZONE_UNSURE,
		.why = m->why + 1,
		.n_why = 1 };
	m->s = (struct zone_submission){ .time = now - draw(7 * 86400),
		.submitter = draw(12) == 0 ? "" : m->submitter,
		.road = "pipe",
		.kind = PICK(kinds),
		.known = (uint8_t)draw(3),
		.analysis = "{}" };
	m->r = (struct zone_report){ .subject = m->subject,
		.from = m->from,
		.candidates = m->c,
		.n_candidates = 2,
		.relay = m->ip,
		.helo = m->helo,
		.rdns = m->rdns,
		.envelope_from = m->envelope };
}

int
main(int argc, char **argv)
{
	static struct mail mails[BATCH];
	static struct zone_queue_mail batch[BATCH];
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	uint64_t counts[3] = { 0 }, want;
	unsigned n = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_waiting DATA-DIR ITEMS [SEED]\n");
		return 2;
	}
	want = strtoull(argv[2], NULL, 10);
	state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	state = state * 0x9e3779b97f4a7c15u + 1;
	if (zone_queue_open(argv[1], ZONE_CREATE, 1u << 30, &queue, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	while (counts[0] < want) {
		unsigned room = (unsigned)(want - counts[0]), k = 0;

		for (; k < BATCH && k < room; k++) {
			fill(&mails[k], ++n, when_now());
			batch[k] = (struct zone_queue_mail){
				.submission = &mails[k].s,
				.raw = mails[k].raw,
				.len = strlen(mails[k].raw),
				.reports = &mails[k].r,
				.n_reports = 1,
			};
			/* every fifth is one more report of the one before */
			if (k > 0 && draw(5) == 0) {
				memcpy(mails[k].ip, mails[k - 1].ip,
				    sizeof(mails[k].ip));
			}
		}
		zone_queue_add_many(queue, batch, k);
		if (batch[0].err < 0 ||
		    zone_queue_counts(queue, counts) < 0) {
			fprintf(stderr, "%s\n", err_str(batch[0].err));
			return 1;
		}
	}
	printf("%llu items of %u mails\n", (unsigned long long)counts[0], n);
	zone_queue_close(&queue);
	return 0;
}
