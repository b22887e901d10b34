/* tally.c - the counting that a packet pays for. */
#include "rbld/tally.h"

#include <netinet/in.h>
#include <stdlib.h>

#define LOADED 8  /* packets at once: there is load */
#define SAMPLE 8  /* then one in so many is looked at closely */
#define HOUR 3600 /* seconds that a sketch covers */
#define RECENT 8192
#define GRACE 2 /* seconds: the answer may have been lost */
#define FOLD UINT64_C(0x2020202020202020)
#define ODD UINT64_C(0x9e3779b97f4a7c15)

_Static_assert(sizeof(struct rbld_top_client) == 8 &&
	sizeof(struct rbld_top_sign) == 16 &&
	sizeof(struct rbld_top_listing) == RBLD_SKETCH_PAYLOAD,
    "payloads are whole words");

static const struct {
	unsigned sets, payload;
} shapes[RBLD_TOPS] = {
	[RBLD_TOP_CLIENTS] = { 256, sizeof(struct rbld_top_client) },
	[RBLD_TOP_LISTINGS] = { 128, sizeof(struct rbld_top_listing) },
	[RBLD_TOP_SIGNS] = { 64, sizeof(struct rbld_top_sign) },
};

struct rbld_tally {
	uint64_t seed[2];
	uint32_t stride, skip; /* under load: packets to the next closer look */
	uint64_t random;
	int64_t hour; /* that tops[..][hour & 1] covers */
	struct rbld_sketch *tops[RBLD_TOPS][2];
	/* What was asked and when: 28 bits of a hash, 20 of the time, 16 of
	 * the TTL. 13 further bits of the hash are the place. */
	uint64_t recent[RECENT];
	struct {
		uint32_t key; /* its number; the place is that modulo KEYS */
		uint64_t n;
	} keys[RBLD_TALLY_KEYS];
};

struct rbld_tally *
rbld_tally_new(const uint64_t seed[2])
{
	struct rbld_tally *t = calloc(1, sizeof(*t));
	bool ok = t != NULL;

	for (unsigned i = 0; ok && i < RBLD_TOPS * 2; i++) {
		t->tops[i / 2][i & 1] =
		    rbld_sketch_new(shapes[i / 2].sets, shapes[i / 2].payload);
		ok = t->tops[i / 2][i & 1] != NULL;
	}
	if (!ok) {
		rbld_tally_free(&t);
		return NULL;
	}
	t->seed[0] = seed[0] | 1;
	t->seed[1] = seed[1] | 1;
	t->random = seed[0] ^ seed[1];
	t->stride = 1;
	t->skip = 1;
	return t;
}

void
rbld_tally_free(struct rbld_tally **tally)
{
	struct rbld_tally *t = *tally;

	if (t != NULL) {
		for (unsigned i = 0; i < RBLD_TOPS * 2; i++) {
			rbld_sketch_free(&t->tops[i / 2][i & 1]);
		}
		free(t);
		*tally = NULL;
	}
}

void
rbld_tally_pace(struct rbld_tally *tally, unsigned n)
{
	if (tally != NULL) {
		tally->stride = n >= LOADED ? SAMPLE : 1;
	}
}

/* ---- counting ----------------------------------------------------------- */

static inline uint64_t
load64(const void *at)
{
	uint64_t v;

	memcpy(&v, at, 8);
	return v;
}

/* An IPv4 address, or the /64 of an IPv6 address; 0: neither. */
static inline uint64_t
client_of(const struct sockaddr *peer)
{
	uint32_t v4;

	if (peer->sa_family == AF_INET) {
		memcpy(&v4,
		    &((const struct sockaddr_in *)(const void *)peer)->sin_addr,
		    4);
		return RBLD_CLIENT_V4 | ntohl(v4);
	}
	if (peer->sa_family == AF_INET6) {
		return __builtin_bswap64(
		    load64(&((const struct sockaddr_in6 *)(const void *)peer)
				->sin6_addr));
	}
	return 0;
}

/* Tables, since a packet goes through here. */
static inline enum rbld_asked
asked_of(unsigned type)
{
	static const uint8_t asked[256] = {
		[RBLD_T_A] = RBLD_ASKED_A,
		[28] = RBLD_ASKED_AAAA,
		[RBLD_T_TXT] = RBLD_ASKED_TXT,
		[RBLD_T_NS] = RBLD_ASKED_NS,
		[RBLD_T_SOA] = RBLD_ASKED_SOA,
		[RBLD_T_ANY] = RBLD_ASKED_ANY,
	};

	return type < 256 ? (enum rbld_asked)asked[type] : RBLD_ASKED_OTHER;
}

static inline enum rbld_told
told_of(unsigned rcode)
{
	static const uint8_t told[16] = {
		[RBLD_NOERROR] = RBLD_TOLD_NOERROR,
		[RBLD_NXDOMAIN] = RBLD_TOLD_NXDOMAIN,
		[RBLD_SERVFAIL] = RBLD_TOLD_SERVFAIL,
		[RBLD_REFUSED] = RBLD_TOLD_REFUSED,
	};

	return rcode < 16 ? (enum rbld_told)told[rcode] : RBLD_TOLD_OTHER;
}

/* Begin a new hour: the sketch of the hour before the last is its. */
static void
turn_hour(struct rbld_tally *t, int64_t now)
{
	int64_t hour = now / HOUR;

	if (hour == t->hour) {
		return;
	}
	for (unsigned i = 0; i < RBLD_TOPS; i++) {
		rbld_sketch_clear(t->tops[i][hour & 1]);
		if (hour != t->hour + 1) {
			rbld_sketch_clear(t->tops[i][(hour + 1) & 1]);
		}
	}
	__atomic_store_n(&t->hour, hour, __ATOMIC_RELEASE);
}

/* How often this packet counts: 0 for those that are passed over. */
static inline uint32_t
weight_of(struct rbld_tally *t)
{
	if (t->stride == 1) {
		return 1;
	}
	if (--t->skip > 0) {
		return 0;
	}
	/* 1 to 15, 8 on average: no rhythm of a client's can meet ours */
	t->random = t->random * UINT64_C(6364136223846793005) + ODD;
	t->skip = 1 + (uint32_t)((t->random >> 32) * (2 * SAMPLE - 1) >> 32);
	return SAMPLE;
}

/* N octets without regard to case, well enough for a guess. */
static uint64_t
hash_name(const uint8_t *at, size_t n, uint64_t h)
{
	uint64_t last = 0;

	for (; n >= 8; n -= 8, at += 8) {
		h = rbld_sketch_mix(h ^ (load64(at) | FOLD), ODD);
	}
	memcpy(&last, at, n);
	return rbld_sketch_mix(h ^ (last | FOLD), ODD ^ n);
}

/* The life of the answer in a cache. */
static int64_t
ttl_of(const struct rbld_look *look, const struct rbld_zone *zone,
    const struct rbld_found *found)
{
	int64_t ttl = found->n_hits > 0 ? zone->ttl : zone->negative_ttl;

	for (unsigned i = 0; i < found->n_hits; i++) {
		int64_t until = found->hits[i].until;

		if (until != 0 && until - look->now < ttl) {
			ttl = until - look->now;
		}
	}
	return ttl < 0xffff ? ttl : 0xffff;
}

/* Has this client, whose hash is H, asked the same a while ago, and should
 * still know? */
static bool
is_repeat(struct rbld_tally *t, const struct rbld_look *look, uint64_t h,
    const struct rbld_query *q, const struct rbld_place *place,
    const struct rbld_found *found)
{
	uint64_t name = hash_name(q->name, q->name_len, h ^ q->type);
	uint64_t *slot = &t->recent[name % RECENT], seen = *slot;
	uint64_t now = (uint64_t)look->now & 0xfffff;
	uint64_t age = (now - (seen >> 16)) & 0xfffff;

	if (seen >> 36 == name >> 36 && age < (seen & 0xffff)) {
		return age >= GRACE;
	}
	*slot = (name >> 36) << 36 | now << 16 |
	    (uint64_t)ttl_of(look, place->zone, found);
	return false;
}

static void
note_sign(struct rbld_tally *t, uint32_t zone, uint64_t client,
    enum rbld_sign sign, uint32_t weight)
{
	struct rbld_top_sign top = { client, zone, sign };
	uint64_t h = rbld_sketch_mix(client ^ t->seed[0],
	    ((uint64_t)zone << 8 | (unsigned)sign) * ODD ^ t->seed[1]);

	rbld_sketch_add(t->tops[RBLD_TOP_SIGNS][t->hour & 1], h, weight, &top);
}

/* The entry that answered, as far as the hit tells it: the prefix, the
 * digest, or the name as it was asked for. */
static void
listing_of(struct rbld_top_listing *top, const struct rbld_query *q,
    const struct rbld_place *place, const struct rbld_hit *hit, uint16_t list)
{
	char key[RBLD_NAME_MAX + 1];

	memset(top, 0, sizeof(*top));
	top->list = list;
	top->detail = hit->detail;
	if (place->kind == RBLD_PLACE_IP) {
		unsigned bits = hit->plen;

		top->form = place->ip.bits == 32 ? RBLD_TOP_V4 : RBLD_TOP_V6;
		top->len = (uint8_t)bits;
		memcpy(top->key, place->ip.bytes, (bits + 7) / 8);
		if (bits % 8 != 0) {
			top->key[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
		}
	} else if (place->kind == RBLD_PLACE_DIGEST) {
		top->form = RBLD_TOP_DIGEST;
		top->len = place->digests[0].len;
		memcpy(top->key, place->digests[0].bytes, top->len);
	} else {
		size_t len = strlen(rbld_name_key(key, q, place));

		top->form = RBLD_TOP_TEXT;
		top->len =
		    len < sizeof(top->key) ? (uint8_t)len : sizeof(top->key);
		memcpy(top->key, key, top->len);
	}
}

static void
note_listing(
    struct rbld_tally *t, const struct rbld_top_listing *top, uint32_t weight)
{
	uint64_t h = rbld_sketch_mix(load64(top) ^ t->seed[0], t->seed[1]);
	unsigned octets = top->form == RBLD_TOP_V4 ? 4
	    : top->form == RBLD_TOP_V6             ? 16
						   : top->len;

	for (unsigned at = 0; at < octets; at += 8) {
		h = rbld_sketch_mix(h ^ load64(top->key + at), ODD);
	}
	rbld_sketch_add(
	    t->tops[RBLD_TOP_LISTINGS][t->hour & 1], h, weight, top);
}

/* Step K to the number, within its zone, of the list of HIT, which stands in
 * the order of the lists; false: a test point. */
static inline bool
find_list(const struct rbld_zone *zone, const struct rbld_hit *hit, unsigned *k)
{
	while (*k < zone->n_lists && zone->lists[*k] != hit->list) {
		++*k;
	}
	return *k < zone->n_lists && hit->detail != 0;
}

static inline void
count_hits(const struct rbld_look *look, const struct rbld_zone *zone,
    const struct rbld_found *found, struct rbld_counts *counts)
{
	const uint8_t *slots = look->ledger->slots + zone->first;

	for (unsigned i = 0, k = 0; i < found->n_hits; i++) {
		if (!find_list(zone, &found->hits[i], &k)) {
			return;
		}
		rbld_count_add(&counts->hits[slots[k]], 1);
	}
}

static void
note_listings(struct rbld_tally *t, const struct rbld_look *look,
    const struct rbld_turn *turn, const struct rbld_found *found,
    uint32_t weight)
{
	const struct rbld_zone *z = turn->place.zone;
	struct rbld_top_listing top;

	for (unsigned i = 0, k = 0; i < found->n_hits; i++) {
		if (!find_list(z, &found->hits[i], &k)) {
			return;
		}
		listing_of(&top, &turn->q, &turn->place, &found->hits[i],
		    look->ledger->list_numbers[z->first + k]);
		note_listing(t, &top, weight);
	}
}

static void
note_key(struct rbld_tally *t, uint32_t key)
{
	unsigned i = key % RBLD_TALLY_KEYS;

	if (t->keys[i].key != key) { /* the one before is gone */
		__atomic_store_n(&t->keys[i].key, key, __ATOMIC_RELAXED);
		__atomic_store_n(&t->keys[i].n, 0, __ATOMIC_RELAXED);
	}
	rbld_count_add(&t->keys[i].n, 1);
}

/* What only some packets pay for: SIGN, TURN and what was FOUND into the
 * sketches, WEIGHT times. */
static __attribute__((noinline)) void
look_closely(struct rbld_tally *t, const struct rbld_look *look,
    const struct rbld_turn *turn, const struct rbld_found *found,
    uint64_t client, enum rbld_sign sign, uint32_t zone, uint32_t weight)
{
	struct rbld_top_client top = { client };

	turn_hour(t, look->now);
	rbld_sketch_add(t->tops[RBLD_TOP_CLIENTS][t->hour & 1],
	    rbld_sketch_mix(client ^ t->seed[0], t->seed[1]), weight, &top);
	note_listings(t, look, turn, found, weight);
	if (sign != RBLD_SIGN_NONE) {
		note_sign(t, zone, client, sign, weight);
	}
}

/* The same for some clients. */
static __attribute__((noinline)) void
look_for_repeat(struct rbld_tally *t, const struct rbld_look *look,
    const struct rbld_turn *turn, const struct rbld_found *found,
    struct rbld_counts *counts, uint64_t client, uint32_t zone)
{
	if (is_repeat(t, look, rbld_sketch_mix(client ^ t->seed[1], t->seed[0]),
		&turn->q, &turn->place, found)) {
		rbld_count_add(&counts->signs[RBLD_SIGN_REPEAT], t->stride);
		note_sign(t, zone, client, RBLD_SIGN_REPEAT, t->stride);
	}
}

/* Is this one of the clients whose questions are remembered now? Under load
 * one in eight, others each minute. */
static inline bool
is_watched(const struct rbld_tally *t, uint64_t client, int64_t now)
{
	return t->stride == 1 ||
	    ((client * t->seed[1]) >> 61) == ((uint64_t)now >> 6) % SAMPLE;
}

/* Does a client that caches ask for it once only? Monitors ask the apex and
 * the test points again and again. */
static inline bool
is_cacheable(const struct rbld_place *place)
{
	return place->kind != RBLD_PLACE_APEX &&
	    place->kind != RBLD_PLACE_HOST && place->kind != RBLD_PLACE_TEST;
}

void
rbld_tally_note(struct rbld_tally *tally, const struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_turn *turn,
    const struct rbld_found *found, unsigned rcode)
{
	struct rbld_tally *t = tally;
	const struct rbld_place *place = &turn->place;
	unsigned road = from->tcp ? RBLD_TCP4 : RBLD_UDP4, zone;
	enum rbld_sign sign = RBLD_SIGN_NONE;
	struct rbld_counts *counts;
	uint32_t weight;
	uint64_t client;

	if (t == NULL || look->counts == NULL) {
		return;
	}
	road += from->peer->sa_family == AF_INET6;
	zone = place->zone != NULL ? (unsigned)(place->zone - look->apex->zones)
				   : look->apex->n_zones;
	counts = look->counts[zone];
	zone = look->ledger->zone_numbers[zone];
	rbld_count_add(&counts->queries[asked_of(turn->q.type)][road], 1);
	rbld_count_add(&counts->answers[told_of(rcode)], 1);
	client = client_of(from->peer);
	if (found->key != 0) {
		note_key(t, found->key);
	}
	if (place->zone != NULL &&
	    (rcode == RBLD_NOERROR || rcode == RBLD_NXDOMAIN)) {
		count_hits(look, place->zone, found, counts);
		sign = rbld_sign_of(&turn->q, place);
		if (sign != RBLD_SIGN_NONE) {
			rbld_count_add(&counts->signs[sign], 1);
		}
		if (is_cacheable(place) && is_watched(t, client, look->now)) {
			look_for_repeat(
			    t, look, turn, found, counts, client, zone);
		}
	} else if (found->locked) {
		rbld_count_add(&counts->locked, 1);
	}
	weight = weight_of(t);
	if (weight > 0) {
		look_closely(t, look, turn, found, client, sign, zone, weight);
	}
}

/* ---- reading ------------------------------------------------------------ */

int
rbld_tally_top(struct rbld_tally *const *tallies, unsigned n,
    enum rbld_tops which, int64_t now, struct rbld_top *ret, unsigned cap,
    int64_t *ret_since)
{
	struct rbld_sketch **all = calloc(2u * n + 1, sizeof(struct sketch *));
	int64_t hour = now / HOUR;
	unsigned len = 0;
	int r;

	if (all == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct rbld_tally *t = tallies[i];
		int64_t at = __atomic_load_n(&t->hour, __ATOMIC_ACQUIRE);

		/* a thread that had nothing to do is still in an old hour */
		if (at >= hour - 1) {
			all[len++] = t->tops[which][at & 1];
		}
		if (at >= hour) {
			all[len++] = t->tops[which][(at - 1) & 1];
		}
	}
	*ret_since = (hour - 1) * HOUR;
	r = rbld_sketch_merge(all, len, ret, cap);
	free(all);
	return r;
}

uint64_t
rbld_tally_key(struct rbld_tally *const *tallies, unsigned n, uint32_t key)
{
	unsigned place = key % RBLD_TALLY_KEYS;
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		if (__atomic_load_n(&tallies[i]->keys[place].key,
			__ATOMIC_RELAXED) == key) {
			sum += rbld_count_get(&tallies[i]->keys[place].n);
		}
	}
	return sum;
}
