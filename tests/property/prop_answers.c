/* prop_answers.c - whole answers against a model too simple to be wrong.
 *
 * A real store is changed at random (additions, holes, updates, removals,
 * undos, the clock going on), and between the changes the responder is asked
 * at random: listed names and their neighbours, each name above and names
 * below them, other families' readings of the same labels, every spelling of
 * a digest, what is no key at all. Each packet that comes out must say what
 * answer_model.h says, to the last record: rcode, AA, TC, the sets, their
 * TTL, the SOA. Behind it all stands 8020-2: NXDOMAIN means that nothing at
 * or below the name is listed.
 *
 *   prop_answers [SEED [QUESTIONS]]
 */
#include <time.h>

#include "tests/property/answer_want.h"
#include "tests/unit/reply.h"
#include "zone/view_priv.h"

#define PER_ROUND 400 /* questions between two changes */
#define UDP_SIZE 1232
#define KEPT 256

static unsigned long asked;

/* ---- what did come ----------------------------------------------------- */

static bool
has_record(
    const struct reply *r, const struct want *w, const struct reply_record *rr)
{
	for (unsigned i = 0; w->same && i < w->n; i++) {
		if (w->type == A
			? rr->len == 4 && reply_u32(r, rr->data) == w->codes[i]
			: rr->len == w->text_len[i] + 1 &&
			    r->packet[rr->data] == w->text_len[i] &&
			    memcmp(r->packet + rr->data + 1, w->texts[i],
				w->text_len[i]) == 0) {
			return true;
		}
	}
	return !w->same;
}

static const char *
check_answers(const struct reply *r, const struct want *w)
{
	for (unsigned i = 0; i < r->n[REPLY_ANSWER]; i++) {
		const struct reply_record *rr = &r->rr[REPLY_ANSWER][i];

		if (!reply_same_name(&rr->owner, &r->name) ||
		    rr->class != RBLD_CLASS_IN || rr->type != w->type) {
			return "a record of something else";
		}
		if (rr->ttl != w->ttl) {
			return "the TTL";
		}
		if (!has_record(r, w, rr)) {
			return "a record that should not be there";
		}
		for (unsigned k = 0; k < i; k++) {
			const struct reply_record *o = &r->rr[REPLY_ANSWER][k];

			if (o->len == rr->len &&
			    memcmp(r->packet + o->data, r->packet + rr->data,
				rr->len) == 0) {
				return "a record twice";
			}
		}
	}
	return w->same ? r->n[REPLY_ANSWER] == w->n ? NULL : "how many records"
	    : (r->n[REPLY_ANSWER] > 0) == (w->n > 0) ? NULL
						     : "records or none";
}

/* RFC 2308: one SOA, the apex its owner, with the smaller TTL. */
static const char *
check_negative(const struct reply *r, const struct model_zone *z)
{
	const struct reply_record *rr = &r->rr[REPLY_AUTHORITY][0];
	size_t from = r->name.len;
	struct reply_name apex_name;
	uint32_t serial = (uint32_t)zone_view_serial(look.view);

	if (r->n[REPLY_AUTHORITY] != 1 || rr->type != SOA) {
		return "no SOA in authority";
	}
	if (rr->owner.len > from) {
		return "the SOA's owner";
	}
	apex_name.len = rr->owner.len;
	memcpy(apex_name.at, r->name.at + from - rr->owner.len, rr->owner.len);
	if (!reply_same_name(&apex_name, &rr->owner) ||
	    rr->owner.len != strlen(z->name) + 2) {
		return "the SOA's owner";
	}
	if (rr->ttl != (z->ttl < z->negative ? z->ttl : z->negative)) {
		return "the SOA's TTL";
	}
	if (rr->len < 22 ||
	    reply_u32(r, rr->data + rr->len - 4) != z->negative) {
		return "the SOA's MINIMUM";
	}
	if (reply_u32(r, rr->data + rr->len - 20) != serial && serial != 0) {
		return "the SOA's serial";
	}
	return NULL;
}

/* Octets that W's records take: a pointer, ten, the data. */
static size_t
size_of(const struct asking *q, const struct want *w)
{
	size_t n = RBLD_HEADER + q->question + (q->payload > 0 ? 11 : 0);

	for (unsigned i = 0; i < w->n; i++) {
		n += 12 + (w->type == A ? 4 : w->text_len[i] + 1);
	}
	return n;
}

/* NULL: R is what W says. */
static const char *
compare(const struct asking *q, struct want *w, const uint8_t *out, size_t n,
    struct reply *r)
{
	size_t limit = q->tcp       ? RBLD_REPLY_MAX
	    : q->payload <= 512     ? 512
	    : q->payload < UDP_SIZE ? q->payload
				    : UDP_SIZE;
	const char *wrong;
	bool cut = w->same && size_of(q, w) > limit;

	if (n == 0 || n > limit || !reply_read(out, n, r)) {
		return "no readable packet";
	}
	if (r->id != q->id || r->questions != 1 ||
	    memcmp(out + RBLD_HEADER, q->packet + RBLD_HEADER, q->question) !=
		0) {
		return "the id or the question";
	}
	if ((r->flags & ~(15u | RBLD_TC)) !=
	    (RBLD_QR | (q->rd ? (unsigned)RBLD_RD : 0) |
		(w->rcode != 5 ? (unsigned)RBLD_AA : 0))) {
		return "the flags";
	}
	if (r->rcode != w->rcode) {
		return "the rcode";
	}
	if (r->edns != (q->payload > 0)) {
		return "the OPT";
	}
	if (((r->flags & RBLD_TC) != 0) != cut) {
		return "TC";
	}
	if (cut) {
		seen[CUT]++;
		return r->n[0] + r->n[1] + r->n[2] == 0 ? NULL : "half a set";
	}
	wrong = check_answers(r, w);
	if (wrong != NULL) {
		return wrong;
	}
	if (w->n == 0 && q->zone != NULL) {
		wrong = check_negative(r, q->zone);
	} else if (r->n[REPLY_AUTHORITY] != 0) {
		wrong = "something in authority";
	}
	return wrong != NULL              ? wrong
	    : r->n[REPLY_ADDITIONAL] == 0 ? NULL
					  : "something in additional";
}

/* ---- 8020-2 ------------------------------------------------------------ */

static struct kept {
	unsigned n;
	const struct model_zone *zone[KEPT];
	char text[KEPT][LABELS * 4];
} nothing, something;

static void
keep(struct kept *k, const struct asking *q)
{
	char text[LABELS * 65];

	for (unsigned i = 0; i < q->name.n; i++) {
		const struct label *l = &q->name.at[i];

		if (memchr(l->at, '\0', l->len) != NULL ||
		    memchr(l->at, '.', l->len) != NULL) {
			return; /* its text would be another name's */
		}
	}
	labels_text(&q->name, text);
	if (k->n < KEPT && strlen(text) < sizeof(k->text[0])) {
		k->zone[k->n] = q->zone;
		strcpy(k->text[k->n++], text);
	}
}

/* Of the answers since the last change. */
static void
check_cuts(void)
{
	for (unsigned i = 0; i < nothing.n; i++) {
		for (unsigned k = 0; k < something.n; k++) {
			CHECK(nothing.zone[i] != something.zone[k] ||
				!ends_folded(
				    something.text[k], nothing.text[i]),
			    "8020-2: seed %llu: NXDOMAIN for %s, but %s is "
			    "listed in %s",
			    (unsigned long long)seed, nothing.text[i],
			    something.text[k], something.zone[k]->name);
		}
	}
	nothing.n = something.n = 0;
}

/* ---- all of it --------------------------------------------------------- */

static void
ask_one(struct asking *q)
{
	static uint8_t out[RBLD_REPLY_MAX];
	static struct reply r;
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rbld_from from = { .peer = (void *)&sa };
	const char *wrong;
	struct want w;
	size_t n;

	make_packet(q);
	from.tcp = q->tcp;
	from.limit = q->tcp ? RBLD_REPLY_MAX : UDP_SIZE;
	n = rbld_handle(&look, &stats, &from, q->packet, q->len, out);
	model_answer(q, &w);
	wrong = compare(q, &w, out, n, &r);
	if (wrong != NULL) {
		char text[LABELS * 65];

		labels_text(&q->name, text);
		CHECK(wrong == NULL,
		    "seed %llu, question %lu: %s.%s type %u payload %u %s: "
		    "%s; rcode %u, %u records of TTL %u, model %u, %u of %u",
		    (unsigned long long)seed, asked, text,
		    q->zone != NULL ? q->zone->name : "?", q->type, q->payload,
		    q->tcp ? "tcp" : "udp", wrong, r.rcode, r.n[0],
		    r.n[0] > 0 ? r.rr[0][0].ttl : 0, w.rcode, w.n, w.ttl);
	} else if (r.rcode == 3) {
		keep(&nothing, q);
	} else if (w.same && w.n > 0) {
		keep(&something, q);
	}
	asked++;
}

static void
ask_random(void)
{
	static const unsigned types[] = { A, A, A, A, TXT, TXT, TXT, ANY, AAAA,
		NS, SOA, MX, 257, 65280, 43744, 0 };
	static struct asking q;
	char text[LABELS * 65], inner[80];

	memset(&q, 0, offsetof(struct asking, packet));
	q.zone = one_in(60) ? NULL : &zones[rnd(ZONES)];
	q.type = types[rnd(COUNT(types))];
	if (q.zone != NULL && !q.zone->ip) {
		pick_address_name(&q);
	} else {
		pick_ip_name(q.zone, &q.name);
	}
	if (q.zone != NULL && q.zone->inner != NULL) {
		labels_text(&q.name, text);
		snprintf(inner, sizeof(inner), ".%s", q.zone->inner);
		if (ends_folded(text, inner)) {
			return; /* that zone has questions of its own */
		}
	}
	ask_one(&q);
	while (q.zone != NULL && q.zone->ip && q.name.n > 0 && one_in(8)) {
		labels_drop(&q.name, 1); /* up to the apex, some of the way */
		ask_one(&q);
	}
	if (q.zone != NULL && q.zone->ip && one_in(20)) {
		while (q.name.n > 0) {
			labels_drop(&q.name, 1);
			ask_one(&q);
		}
	}
}

static void
round_of_questions(unsigned long until)
{
	rbld_look_renew(&look);
	CHECK(look.err == 0, "renew: %s", err_str(look.err));
	/* the model's clock goes on as it likes; it never goes back */
	look.now = model_now;
	look.view->now = model_now;
	model_prepare();
	while (asked < until && failures == 0) {
		ask_random();
	}
	check_cuts();
	rbld_look_rest(&look);
}

int
main(int argc, char **argv)
{
	unsigned long want = argc > 2 ? strtoul(argv[2], NULL, 10) : 200000;

	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
	state = seed;
	printf("seed %llu, %lu questions\n", (unsigned long long)seed, want);
	fflush(stdout);
	open_world();
	for (unsigned i = 0; asked < want && failures == 0; i++) {
		if (i % 40 == 0) {
			begin_anew();
		}
		if (last_serial != 0 && one_in(8)) {
			undo_last();
		} else {
			change_some();
		}
		round_of_questions(asked + PER_ROUND);
		if (one_in(3)) { /* nothing but time passes */
			model_now += one_in(4) ? rnd(1000) : rnd(4);
			round_of_questions(asked + PER_ROUND / 2);
		}
	}
	for (size_t i = 0; i < COUNT(seen); i++) {
		printf("%9lu %s\n", seen[i], seen_names[i]);
		CHECK(want < 100000 || failures > 0 || seen[i] * 20000 > want,
		    "%s: %lu of %lu", seen_names[i], seen[i], want);
	}
	close_world();
	return failures != 0;
}
