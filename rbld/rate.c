/* rate.c - two buckets a net, in a table of fixed size. */
#include "rbld/rate.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "base/secret.h"

#define GROUPS (1u << 14) /* a power of two; a mebibyte in all */
#define WAYS 4            /* nets of a group: one cache line */

/* A word of answers: which net (17 bits), how many were held back since one
 * slipped through (7 bits), when the bucket is full again (40 bits, that is
 * 18 hours: later and earlier are told apart within nine). */
#define TAG_SHIFT 47
#define SLIP_SHIFT 40
#define SLIP_MASK 0x7f
#define TIME_MASK ((UINT64_C(1) << 40) - 1)

struct rbld_rate_slot {
	_Atomic uint64_t answers; /* 0: nobody's */
	_Atomic uint64_t octets;  /* a time alone */
};

struct group {
	struct rbld_rate_slot way[WAYS];
} __attribute__((aligned(64)));

struct rbld_rate_table {
	struct group group[GROUPS];
	uint64_t seed;
	_Atomic uint64_t last; /* net that was held back */
};

uint64_t
rbld_rate_clock(void)
{
	struct timespec t;

	/* ticks of a few milliseconds are fine enough, and cheap */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * RBLD_RATE_SECOND +
	    (uint64_t)t.tv_nsec * RBLD_RATE_SECOND / 1000000000;
}

int
rbld_rate_table_new(struct rbld_rate_table **ret_table)
{
	struct rbld_rate_table *t =
	    aligned_alloc(_Alignof(struct group), sizeof(*t));

	if (t == NULL) {
		return ERR_NOMEM;
	}
	memset(t, 0, sizeof(*t));
	secret_random(&t->seed, sizeof(t->seed));
	*ret_table = t;
	return 0;
}

void
rbld_rate_table_free(struct rbld_rate_table **table)
{
	free(*table);
	*table = NULL;
}

void
rbld_rate_set(struct rbld_rate *rate, struct rbld_rate_table *table,
    unsigned per_second, unsigned slip, const struct net_prefix *exempt,
    size_t n_exempt)
{
	uint64_t octets = (uint64_t)per_second * RBLD_RATE_OCTETS;
	uint64_t burst = octets / RBLD_RATE_AT_ONCE;

	if (burst < RBLD_RATE_LEAST) {
		burst = RBLD_RATE_LEAST;
	}
	*rate = (struct rbld_rate){ .table = table,
		.slip = slip <= SLIP_MASK ? slip : SLIP_MASK,
		.answer = RBLD_RATE_SECOND / per_second,
		.octet = (RBLD_RATE_SECOND << 20) / octets,
		.octet_burst = burst * RBLD_RATE_SECOND / octets,
		.exempt = exempt,
		.n_exempt = n_exempt };
}

/* ---- nets -------------------------------------------------------------- */

#define V4 (UINT64_C(1) << 63)

static uint64_t
net_of(const struct sockaddr *peer)
{
	struct net_ip ip;
	uint64_t net = 0;

	if (peer->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)peer;

		return V4 | ntohl(in->sin_addr.s_addr) >> 8;
	}
	ip = net_ip_of_sockaddr(peer);
	for (unsigned i = 0; i < (ip.bits == 32 ? 3u : 7u); i++) {
		net = net << 8 | ip.bytes[i];
	}
	return ip.bits == 32 ? V4 | net : net;
}

bool
rbld_rate_table_last(
    const struct rbld_rate_table *table, struct net_prefix *ret_net)
{
	uint64_t net = atomic_load_explicit(&table->last, memory_order_relaxed);
	unsigned n = (net & V4) != 0 ? 3 : 7;

	if (net == 0) {
		return false;
	}
	*ret_net = (struct net_prefix){ .plen = (uint8_t)(8 * n),
		.ip.bits = n == 3 ? 32 : 128 };
	for (unsigned i = n; i-- > 0; net >>= 8) {
		ret_net->ip.bytes[i] = (uint8_t)net;
	}
	return true;
}

static bool
is_exempt(const struct rbld_rate *rate, const struct sockaddr *peer)
{
	struct net_ip ip;

	if (rate->n_exempt == 0) {
		return false;
	}
	ip = net_ip_of_sockaddr(peer);
	for (size_t i = 0; i < rate->n_exempt; i++) {
		if (net_ip_within(
			&ip, &rate->exempt[i].ip, rate->exempt[i].plen)) {
			return true;
		}
	}
	return false;
}

/* ---- buckets ----------------------------------------------------------- */

static uint64_t
mix(uint64_t h)
{
	h *= UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static struct group *
group_of(const struct rbld_rate *rate, const struct sockaddr *peer,
    uint64_t *ret_tag)
{
	uint64_t h = mix(net_of(peer) ^ rate->table->seed);

	*ret_tag = h >> TAG_SHIFT != 0 ? h >> TAG_SHIFT : 1;
	return &rate->table->group[h & (GROUPS - 1)];
}

void
rbld_rate_ahead(const struct rbld_rate *rate, const struct sockaddr *peer)
{
	uint64_t tag;

	__builtin_prefetch(group_of(rate, peer, &tag), 1);
}

/* How long until WORD's time; negative: how long ago. */
static int64_t
until(uint64_t word, uint64_t now)
{
	return (int64_t)((word - now) << 24) >> 24;
}

/* What a bucket lacks, as the time to refill it: one that seems to lack more
 * than it can hold was not touched for hours. */
static uint64_t
lack(uint64_t word, uint64_t now, uint64_t burst)
{
	int64_t t = until(word, now);

	return t <= 0 || (uint64_t)t > burst ? 0 : (uint64_t)t;
}

/* The slot of a net, which *ret_word holds; its own, or a new one in place of
 * the one that was silent longest. */
static struct rbld_rate_slot *
slot_of(struct group *g, uint64_t tag, uint64_t now, uint64_t *ret_word)
{
	struct rbld_rate_slot *oldest = &g->way[0];
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < WAYS; i++) {
		struct rbld_rate_slot *s = &g->way[i];
		uint64_t word =
		    atomic_load_explicit(&s->answers, memory_order_relaxed);
		int64_t t = word == 0 ? INT64_MIN : until(word, now);

		if (word >> TAG_SHIFT == tag) {
			*ret_word = word;
			return s;
		}
		if (t < least) {
			least = t;
			oldest = s;
		}
	}
	*ret_word = tag << TAG_SHIFT | (now & TIME_MASK);
	atomic_store_explicit(
	    &oldest->octets, now & TIME_MASK, memory_order_relaxed);
	return oldest;
}

static enum rbld_rate_says
hold_back(const struct rbld_rate *rate, struct rbld_rate_slot *s, uint64_t word,
    const struct sockaddr *peer)
{
	uint64_t n = word >> SLIP_SHIFT & SLIP_MASK, next;

	if (is_exempt(rate, peer)) {
		return RBLD_RATE_GO;
	}
	atomic_store_explicit(
	    &rate->table->last, net_of(peer), memory_order_relaxed);
	if (rate->slip == 0) {
		return RBLD_RATE_DROP;
	}
	next = n + 1 < rate->slip ? n + 1 : 0;
	word &= ~((uint64_t)SLIP_MASK << SLIP_SHIFT);
	atomic_store_explicit(
	    &s->answers, word | next << SLIP_SHIFT, memory_order_relaxed);
	return n == 0 ? RBLD_RATE_SLIP : RBLD_RATE_DROP;
}

enum rbld_rate_says
rbld_rate_take(const struct rbld_rate *rate, const struct sockaddr *peer,
    uint64_t now, struct rbld_rate_slot **ret_slot)
{
	uint64_t tag, word, t;
	struct group *g = group_of(rate, peer, &tag);
	struct rbld_rate_slot *s = slot_of(g, tag, now, &word);

	*ret_slot = s;
	t = lack(word, now, RBLD_RATE_SECOND) + rate->answer;
	if (t > RBLD_RATE_SECOND) {
		return hold_back(rate, s, word, peer);
	}
	atomic_store_explicit(&s->answers,
	    (word & ~TIME_MASK) | ((now + t) & TIME_MASK),
	    memory_order_relaxed);
	return RBLD_RATE_GO;
}

bool
rbld_rate_spend(const struct rbld_rate *rate, struct rbld_rate_slot *slot,
    const struct sockaddr *peer, uint64_t now, size_t octets)
{
	uint64_t word =
	    atomic_load_explicit(&slot->octets, memory_order_relaxed);
	uint64_t t = lack(word, now, rate->octet_burst) +
	    (octets * rate->octet >> 20) + 1;

	if (t > rate->octet_burst) {
		if (is_exempt(rate, peer)) {
			return true;
		}
		atomic_store_explicit(
		    &rate->table->last, net_of(peer), memory_order_relaxed);
		return false;
	}
	atomic_store_explicit(
	    &slot->octets, (now + t) & TIME_MASK, memory_order_relaxed);
	return true;
}
