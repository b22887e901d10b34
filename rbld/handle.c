/* handle.c - parse, place, find, answer: a packet's life. */
#include "rbld/handle.h"

/* What came out: a reply without records, or one that has them already. */
struct outcome {
	enum rbld_rcode rcode;
	enum rbld_ede ede;
	enum rbld_count count;
	bool aa;
};

static const struct outcome formerr = { RBLD_FORMERR, RBLD_EDE_NONE,
	RBLD_N_FORMERR, false };
static const struct outcome notimp = { RBLD_NOTIMP, RBLD_EDE_NOT_SUPPORTED,
	RBLD_N_NOTIMP, false };
static const struct outcome notauth = { RBLD_NOTAUTH, RBLD_EDE_NONE,
	RBLD_N_NOTIMP, false };
static const struct outcome badvers = { RBLD_BADVERS, RBLD_EDE_NONE,
	RBLD_N_NOTIMP, false };
static const struct outcome elsewhere = { RBLD_REFUSED,
	RBLD_EDE_NOT_AUTHORITATIVE, RBLD_N_REFUSED, false };
static const struct outcome refused = { RBLD_REFUSED, RBLD_EDE_PROHIBITED,
	RBLD_N_REFUSED, false };
static const struct outcome unreadable = { RBLD_SERVFAIL, RBLD_EDE_NOT_READY,
	RBLD_N_SERVFAIL, false };
static const struct outcome nodata = { RBLD_NOERROR, RBLD_EDE_NONE,
	RBLD_N_NODATA, true };
static const struct outcome nxdomain = { RBLD_NXDOMAIN, RBLD_EDE_NONE,
	RBLD_N_NXDOMAIN, true };
static const struct outcome from_apex = { RBLD_NOERROR, RBLD_EDE_NONE,
	RBLD_N_APEX, true };
static const struct outcome listed = { RBLD_NOERROR, RBLD_EDE_NONE,
	RBLD_N_LISTED, true };
static const struct outcome test_point = { RBLD_NOERROR, RBLD_EDE_NONE,
	RBLD_N_TEST, true };

/* Nobody may cache an answer beyond the life of what it says: the shortest
 * of the entries' lives bounds the whole set (RFC 2181, 5.2). */
static uint32_t
ttl_of(const struct rbld_look *look, const struct rbld_zone *zone,
    const struct rbld_found *found)
{
	int64_t ttl = zone->ttl;

	for (unsigned i = 0; i < found->n_hits; i++) {
		int64_t until = found->hits[i].until;

		if (until != 0 && until - look->now < ttl) {
			ttl = until - look->now;
		}
	}
	return ttl > 1 ? (uint32_t)ttl : 1;
}

/* One A for each list that hits, equal codes once. */
static void
answer_codes(
    struct rbld_answer *a, const struct rbld_found *found, uint32_t ttl)
{
	for (unsigned i = 0; i < found->n_hits; i++) {
		unsigned k = 0;

		while (k < i && found->hits[k].code != found->hits[i].code) {
			k++;
		}
		if (k == i) {
			rbld_answer_a(a, ttl, found->hits[i].code);
		}
	}
}

/* One TXT for each list that hits. */
static int
answer_texts(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_place *place, const struct rbld_found *found,
    uint32_t ttl)
{
	char key[RBLD_NAME_MAX + 1], text[255];
	struct span reason;
	size_t len;
	int r;

	(void)rbld_name_key(key, a->q, place);
	for (unsigned i = 0; i < found->n_hits; i++) {
		r = rbld_look_reason(look, &found->hits[i], &reason);
		if (r < 0) {
			return r;
		}
		len = rbld_answer_text(text, place->zone->text, key, reason,
		    found->hits[i].detail);
		rbld_answer_txt(a, ttl, text, len);
	}
	return 0;
}

static struct outcome
answer_listed(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_place *place, const struct rbld_found *found)
{
	uint32_t ttl = ttl_of(look, place->zone, found);

	switch (a->q->type) {
	case RBLD_T_A:
	case RBLD_T_ANY: /* one set of those that there are (RFC 8482) */
		answer_codes(a, found, ttl);
		break;
	case RBLD_T_TXT:
		if (answer_texts(a, look, place, found, ttl) < 0) {
			return unreadable;
		}
		break;
	default:
		rbld_answer_negative(a, place->zone, look->serial);
		return nodata;
	}
	return place->kind == RBLD_PLACE_TEST ? test_point : listed;
}

/* Records that the configuration gives to a name: RECORDS of type TYPE. */
static struct outcome
answer_records(struct rbld_answer *a, const struct rbld_look *look,
    const struct rbld_zone *zone, const struct rbld_record *records, unsigned n,
    unsigned type)
{
	for (unsigned i = 0; i < n; i++) {
		if (records[i].type == type) {
			rbld_answer_record(a, zone, &records[i]);
		}
	}
	if (a->answers == 0 && !a->w.bad) {
		rbld_answer_negative(a, zone, look->serial);
		return nodata;
	}
	return from_apex;
}

static struct outcome
answer_apex(struct rbld_answer *a, const struct rbld_look *look,
    const struct rbld_zone *zone)
{
	if (a->q->type == RBLD_T_SOA || a->q->type == RBLD_T_ANY) {
		rbld_answer_soa(a, zone, look->serial);
		return from_apex;
	}
	return answer_records(
	    a, look, zone, zone->records, zone->n_records, a->q->type);
}

static struct outcome
answer_host(struct rbld_answer *a, const struct rbld_look *look,
    const struct rbld_place *place)
{
	const struct rbld_host *h = place->host;

	return answer_records(a, look, place->zone, h->records, h->n_records,
	    a->q->type == RBLD_T_ANY ? h->records[0].type : a->q->type);
}

static struct outcome
answer_below(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_place *place)
{
	struct rbld_found found;

	if (rbld_look_find(look, place, &found) < 0) {
		return unreadable;
	}
	if (found.n_hits > 0) {
		return answer_listed(a, look, place, &found);
	}
	rbld_answer_negative(a, place->zone, look->serial);
	return found.exists ? nodata : nxdomain;
}

static struct outcome
answer(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_place *place)
{
	const struct rbld_query *q = a->q;

	if (place->zone == NULL) {
		return elsewhere;
	}
	if (!place->zone->anybody) {
		struct net_ip ip = net_ip_of_sockaddr(from->peer);

		if (!rbld_apex_allows(place->zone, &ip)) {
			return refused;
		}
	}
	if (q->type == RBLD_T_AXFR || q->type == RBLD_T_IXFR) {
		return refused;
	}
	if (look->err < 0) {
		return unreadable;
	}
	switch (place->kind) {
	case RBLD_PLACE_APEX: return answer_apex(a, look, place->zone);
	case RBLD_PLACE_HOST: return answer_host(a, look, place);
	default: return answer_below(a, look, place);
	}
}

static size_t
limit_of(const struct rbld_from *from, const struct rbld_query *q)
{
	return from->tcp || from->limit < q->payload ? from->limit : q->payload;
}

void
rbld_handle_read(const struct rbld_look *look, const uint8_t *in, size_t len,
    struct rbld_turn *ret_turn)
{
	struct rbld_turn *t = ret_turn;

	t->parse = rbld_query_parse(in, len, &t->q);
	if (t->parse == RBLD_PARSE_OK && t->q.class == RBLD_CLASS_IN) {
		rbld_name_place(look->apex, &t->q, &t->place);
	} else {
		t->place.kind = RBLD_PLACE_ELSEWHERE;
		t->place.zone = NULL;
	}
}

size_t
rbld_handle_answer(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn, uint8_t *out)
{
	const struct rbld_query *q = &turn->q;
	struct rbld_answer a;
	struct outcome o;
	size_t n;

	rbld_stats_count(stats, from->tcp ? RBLD_N_TCP : RBLD_N_UDP);
	if (turn->parse == RBLD_PARSE_DROP) {
		rbld_stats_count(stats, RBLD_N_DROPPED);
		return 0;
	}
	rbld_answer_begin(&a, q, out, limit_of(from, q));
	switch (turn->parse) {
	case RBLD_PARSE_OK: o = answer(&a, look, from, &turn->place); break;
	case RBLD_PARSE_NOTIMP: o = notimp; break;
	case RBLD_PARSE_NOTAUTH: o = notauth; break;
	case RBLD_PARSE_BADVERS: o = badvers; break;
	default: o = formerr; break;
	}
	if (!o.aa) { /* an error: a record may have been begun */
		rbld_answer_begin(&a, q, out, limit_of(from, q));
	}
	n = rbld_answer_end(&a, o.rcode, o.aa, o.ede);
	rbld_stats_count(stats, o.count);
	if (a.tc) {
		rbld_stats_count(stats, RBLD_N_TRUNCATED);
	}
	return n;
}

size_t
rbld_handle(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const uint8_t *in, size_t len, uint8_t *out)
{
	struct rbld_turn turn;

	rbld_handle_read(look, in, len, &turn);
	return rbld_handle_answer(look, stats, from, &turn, out);
}
