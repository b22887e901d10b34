/* handle.c - parse, place, find, answer: a packet's life. */
#include "rbld/handle.h"

#include "base/when.h"
#include "rbld/tally.h"

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
static const struct outcome not_for_you = { RBLD_REFUSED, RBLD_EDE_PROHIBITED,
	RBLD_N_XFR_REFUSED, false };
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
static const struct outcome chaos = { RBLD_NOERROR, RBLD_EDE_NONE, RBLD_N_CHAOS,
	false };
static const struct outcome acquainted = { RBLD_NOERROR, RBLD_EDE_NONE,
	RBLD_N_COOKIE_ONLY, false };
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
	struct zone_reason reason;
	size_t len;
	int r;

	(void)rbld_name_key(key, a->q, place);
	for (unsigned i = 0; i < found->n_hits; i++) {
		r = rbld_look_reason(look, &found->hits[i], &reason);
		if (r < 0) {
			return r;
		}
		reason.key = rbld_name_listed(
		    key, a->q, place, found->hits[i].labels);
		len = zone_words(text, place->zone->text, key, &reason,
		    found->hits[i].detail);
		if (len > 0) { /* nothing to say is no record */
			rbld_answer_txt(a, ttl, text, len);
		}
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
		if (a->answers == 0 && !a->w.bad) { /* no words for it */
			rbld_answer_negative(a, place->zone, look->serial);
			return nodata;
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

/* What ANY gets at the apex: the smallest set (RFC 8482, 4.1). */
static unsigned
smallest(const struct rbld_zone *zone)
{
	unsigned type = RBLD_T_SOA;
	size_t least = zone->soa.len;

	for (unsigned i = 0; i < zone->n_records; i++) {
		size_t len = 0;

		for (unsigned k = 0; k < zone->n_records; k++) {
			if (zone->records[k].type == zone->records[i].type) {
				len += zone->records[k].len;
			}
		}
		if (len < least) {
			least = len;
			type = zone->records[i].type;
		}
	}
	return type;
}

static struct outcome
answer_apex(struct rbld_answer *a, const struct rbld_look *look,
    const struct rbld_zone *zone)
{
	unsigned type = a->q->type;

	if (type == RBLD_T_ANY) {
		type = smallest(zone);
	}
	if (type == RBLD_T_SOA) {
		rbld_answer_soa(a, zone, look->serial);
		return from_apex;
	}
	return answer_records(
	    a, look, zone, zone->records, zone->n_records, type);
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
    const struct rbld_place *place, struct rbld_found *found)
{
	if (rbld_look_find(look, place, found) < 0) {
		found->n_hits = 0; /* of which nothing will be told */
		return unreadable;
	}
	if (found->n_hits > 0) {
		return answer_listed(a, look, place, found);
	}
	rbld_answer_negative(a, place->zone, look->serial);
	return found->exists ? nodata : nxdomain;
}

/* Below a zone that asks for keys: 1 it is open, 0 not, <0 it cannot be
 * told. */
static int
unlock(struct rbld_look *look, const struct rbld_place *place,
    struct rbld_found *found)
{
	int r = rbld_access_ask(look->access, place, look->now, &found->key);

	found->locked = r == 0;
	return r;
}

/* None of our zones; perhaps what the server says of itself. */
static struct outcome
answer_elsewhere(struct rbld_answer *a, const struct rbld_from *from)
{
	const char *text = NULL;

	if (a->q->class == RBLD_CLASS_CH && from->self != NULL) {
		text = rbld_self_chaos(from->self, a->q);
	}
	if (text == NULL) {
		return elsewhere;
	}
	rbld_answer_chaos(a, text);
	return chaos;
}

/* By TCP what is allowed went to transfer.c before. By UDP there is only the
 * SOA, from which a client sees that it has to come by TCP (RFC 1995, 2). */
static struct outcome
answer_transfer(struct rbld_answer *a, const struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_place *place,
    const struct rbld_key *key)
{
	struct net_ip ip = net_ip_of_sockaddr(from->peer);

	if (from->tcp || a->q->type != RBLD_T_IXFR ||
	    place->kind != RBLD_PLACE_APEX ||
	    !rbld_apex_transfers(
		place->zone, &ip, key != NULL ? key->conf : NULL)) {
		return not_for_you;
	}
	if (look->err < 0) {
		return unreadable;
	}
	rbld_answer_soa(a, place->zone, look->serial);
	return from_apex;
}

static struct outcome
answer(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_place *place,
    const struct rbld_key *key, struct rbld_found *found)
{
	const struct rbld_query *q = a->q;
	int r;

	if (place->zone == NULL) {
		return answer_elsewhere(a, from);
	}
	if (!place->zone->anybody) {
		struct net_ip ip = net_ip_of_sockaddr(from->peer);

		if (!rbld_apex_allows(place->zone, &ip)) {
			return refused;
		}
	}
	if (q->type == RBLD_T_AXFR || q->type == RBLD_T_IXFR) {
		return answer_transfer(a, look, from, place, key);
	}
	if (look->err < 0) {
		return unreadable;
	}
	switch (place->kind) {
	case RBLD_PLACE_APEX: return answer_apex(a, look, place->zone);
	case RBLD_PLACE_HOST: return answer_host(a, look, place);
	default: break;
	}
	if (place->zone->keys && (r = unlock(look, place, found)) <= 0) {
		return r < 0 ? unreadable : refused;
	}
	if (place->kind == RBLD_PLACE_GATE) { /* there are names below it */
		rbld_answer_negative(a, place->zone, look->serial);
		return nodata;
	}
	return answer_below(a, look, place, found);
}

static void
begin(struct rbld_answer *a, const struct rbld_from *from,
    const struct rbld_query *q, const struct rbld_options *options,
    uint8_t *out)
{
	rbld_answer_begin(a, q, out,
	    from->tcp || from->limit < q->payload ? from->limit : q->payload);
	rbld_answer_options(a, options->at, options->len);
}

static struct outcome
outcome_of(struct rbld_answer *a, struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_turn *turn,
    const struct rbld_key *key, struct rbld_found *found)
{
	switch (turn->parse) {
	case RBLD_PARSE_OK:
		return answer(a, look, from, &turn->place, key, found);
	case RBLD_PARSE_NOTIMP: return notimp;
	case RBLD_PARSE_NOTAUTH: return notauth;
	case RBLD_PARSE_BADVERS: return badvers;
	case RBLD_PARSE_COOKIE:
		return from->self != NULL ? acquainted : formerr;
	default: return formerr;
	}
}

/* What a reply came to. */
struct done {
	size_t len;
	struct outcome o;
	bool bare; /* it has no records */
};

static struct done
reply(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn,
    const struct rbld_options *options, const struct rbld_key *key,
    struct rbld_found *found, uint8_t *out)
{
	struct rbld_answer a;
	struct done d;

	begin(&a, from, &turn->q, options, out);
	d.o = outcome_of(&a, look, from, turn, key, found);
	if (!d.o.aa && d.o.rcode != RBLD_NOERROR) {
		/* an error: a record may have been begun */
		begin(&a, from, &turn->q, options, out);
	}
	if (d.o.ede == RBLD_EDE_PROHIBITED && from->self != NULL) {
		a.text = from->self->policy;
	}
	d.len = rbld_answer_end(&a, d.o.rcode, d.o.aa, d.o.ede);
	d.bare = a.answers + a.authority == 0;
	rbld_stats_count(stats, d.o.count);
	rbld_tally_note(stats->tally, look, from, turn, found, d.o.rcode);
	if (a.tc) {
		rbld_stats_count(stats, RBLD_N_TRUNCATED);
	}
	return d;
}

/* ---- signed questions --------------------------------------------------- */

/* What is wrong with a signature is told to whoever signed, and to us. */
static struct done
reply_unsigned(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn,
    const struct rbld_tsig *tsig, uint8_t *out)
{
	const struct rbld_options none = { .len = 0 };
	struct done d = { .o = tsig->error == RBLD_TSIG_FORMERR ? formerr
								: notauth,
		.bare = true };
	struct net_ip ip = net_ip_of_sockaddr(from->peer);
	char shown[NET_IP_TEXT];
	struct rbld_answer a;

	begin(&a, from, &turn->q, &none, out);
	d.len = rbld_answer_end(&a, d.o.rcode, false, RBLD_EDE_NONE);
	rbld_stats_count(stats, d.o.count);
	rbld_stats_count(stats, RBLD_N_TSIG_BAD);
	rbld_note(look->notes, LOG_WARN, "signature of %s: %s%s%s",
	    ip.bits != 0 ? net_ip_format(shown, &ip) : "a question",
	    rbld_tsig_name(tsig->error), tsig->key != NULL ? " key=" : "",
	    tsig->key != NULL ? tsig->key->conf->name : "");
	return d;
}

static struct done
reply_signed(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn,
    struct rbld_options *options, struct rbld_found *found, uint8_t *out)
{
	struct rbld_turn less = *turn;
	struct rbld_from room = *from;
	struct rbld_tsig tsig;
	size_t limit = from->limit;
	struct done d;

	rbld_tsig_check(look->keys, turn->packet, turn->len, &turn->q,
	    (uint64_t)when_now(), &tsig);
	if (!from->tcp && limit > turn->q.payload) {
		limit = turn->q.payload;
	}
	if (tsig.error != RBLD_TSIG_GOOD) {
		d = reply_unsigned(look, stats, from, turn, &tsig, out);
	} else {
		rbld_stats_count(stats, RBLD_N_TSIG);
		room.limit = limit - RBLD_TSIG_ROOM;
		less.q.payload = (uint16_t)room.limit;
		if (room.limit < RBLD_REPLY_MIN) {
			options->len = options->cookie = 0;
		}
		d = reply(look, stats, &room, &less, options, tsig.key, found,
		    out);
	}
	d.len = rbld_tsig_sign(
	    &tsig, out, d.len, limit, (uint64_t)when_now());
	return d;
}

/* In place of an answer, and no longer than its question but for the cookie:
 * ask again with this cookie, else ask again by TCP. BARE: of a reply without
 * records, which keeps its rcode and loses its ornaments; NULL: of others. */
static size_t
put_off(const struct rbld_from *from, const struct rbld_turn *turn,
    struct rbld_options *options, const struct outcome *bare,
    struct rbld_stats *stats, uint8_t *out)
{
	struct rbld_answer a;

	options->len = options->cookie;
	begin(&a, from, &turn->q, options, out);
	if (bare != NULL) {
		return rbld_answer_end(
		    &a, bare->rcode, bare->aa, RBLD_EDE_NONE);
	}
	if (options->cookie > 0) {
		rbld_stats_count(stats, RBLD_N_BADCOOKIE);
		return rbld_answer_end(
		    &a, RBLD_BADCOOKIE, false, RBLD_EDE_NONE);
	}
	rbld_answer_cut(&a);
	return rbld_answer_end(
	    &a, RBLD_NOERROR, turn->place.zone != NULL, RBLD_EDE_NONE);
}

void
rbld_handle_read(const struct rbld_look *look, const uint8_t *in, size_t len,
    struct rbld_turn *ret_turn)
{
	struct rbld_turn *t = ret_turn;

	t->parse = rbld_query_parse(in, len, &t->q);
	t->packet = in;
	t->len = len;
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
	struct rbld_rate_slot *slot = NULL;
	enum rbld_rate_says says = RBLD_RATE_GO;
	struct rbld_options options;
	struct rbld_found found;
	struct done d;
	bool bound;

	found.key = 0;
	found.locked = false;
	found.n_hits = 0;

	rbld_stats_count(stats, from->tcp ? RBLD_N_TCP : RBLD_N_UDP);
	if (turn->parse == RBLD_PARSE_DROP) {
		rbld_stats_count(stats, RBLD_N_DROPPED);
		return 0;
	}
	options.len = options.cookie = 0;
	options.known = false;
	if (turn->q.asks != 0 && from->self != NULL) {
		rbld_self_options(from->self, &turn->q, from->peer, from->now,
		    from->idle, &options);
		if (options.known) {
			rbld_stats_count(stats, RBLD_N_COOKIES);
		}
	}
	bound = from->rate != NULL && !from->tcp && !options.known;
	if (bound) {
		says =
		    rbld_rate_take(from->rate, from->peer, from->tick, &slot);
	}
	if (says == RBLD_RATE_DROP) {
		rbld_stats_count(stats, RBLD_N_RATE_DROPPED);
		return 0;
	}
	if (says == RBLD_RATE_SLIP && turn->parse == RBLD_PARSE_OK) {
		rbld_stats_count(stats, RBLD_N_RATE_SLIPPED);
		return put_off(from, turn, &options, NULL, stats, out);
	}
	d = turn->q.tsig != NULL && turn->parse == RBLD_PARSE_OK
	    ? reply_signed(look, stats, from, turn, &options, &found, out)
	    : reply(look, stats, from, turn, &options, NULL, &found, out);
	if (bound && 2 * d.len > 3 * turn->len &&
	    !rbld_rate_spend(from->rate, slot, from->peer, from->tick,
		d.len - turn->len * 3 / 2)) {
		rbld_stats_count(stats, RBLD_N_RATE_LARGE);
		return put_off(
		    from, turn, &options, d.bare ? &d.o : NULL, stats, out);
	}
	return d.len;
}

size_t
rbld_handle(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const uint8_t *in, size_t len, uint8_t *out)
{
	struct rbld_turn turn;

	rbld_handle_read(look, in, len, &turn);
	return rbld_handle_answer(look, stats, from, &turn, out);
}
