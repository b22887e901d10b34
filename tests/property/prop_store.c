/* prop_store.c - the store against a model that is too simple to be wrong.
 *
 * Random additions, exemptions, expiries, removals and undos go into a real
 * store and into an array. After each change random questions - what covers
 * this address, does this node exist, what does this digest say - must agree.
 * The space is kept small, so that prefixes nest and holes lie within holes.
 *
 *   prop_store [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/find.h"
#include "zone/history.h"
#include "zone/moderate.h"
#include "zone/verify.h"

static uint64_t state;

static uint32_t
rnd(uint32_t n)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

/* ---- the model --------------------------------------------------------- */

#define MAX 4000
#define SERIALS 4000
#define PER_CHANGE 12

struct fact { /* what an entry says; uid 0: there is none */
	unsigned uid;
	bool exempt;
	uint32_t code;
	int64_t until;
};

struct known {
	struct zone_key key;
	struct fact fact;
};

struct step { /* one key of one serial */
	size_t known;
	struct fact before, after;
};

static struct known known[MAX];
static size_t n_known;
static struct {
	struct step steps[PER_CHANGE];
	size_t n;
} history[SERIALS];
static unsigned next_uid = 1;
static int64_t now;

static bool
live(const struct fact *f)
{
	return f->uid != 0 && (f->until == 0 || f->until > now);
}

static size_t
place_of(const struct zone_key *key)
{
	for (size_t i = 0; i < n_known; i++) {
		if (zone_key_compare(&known[i].key, key) == 0) {
			return i;
		}
	}
	if (n_known == MAX) {
		fprintf(stderr, "the model is full\n");
		exit(99);
	}
	known[n_known].key = *key;
	known[n_known].fact = (struct fact){ .uid = 0 };
	return n_known++;
}

static const struct known *
model_find(const struct net_ip *ip)
{
	const struct known *best = NULL;

	for (size_t i = 0; i < n_known; i++) {
		const struct known *k = &known[i];

		if (k->key.kind == ZONE_KIND_IP && live(&k->fact) &&
		    net_ip_within(ip, &k->key.ip.ip, k->key.ip.plen) &&
		    (best == NULL || k->key.ip.plen > best->key.ip.plen)) {
			best = k;
		}
	}
	return best;
}

static bool
model_listed(const struct net_ip *ip)
{
	const struct known *k = model_find(ip);

	return k != NULL && !k->fact.exempt;
}

/* The address behind PREFIX's last; false when there is none. */
static bool
behind(const struct net_prefix *p, struct net_ip *ret)
{
	*ret = p->ip;
	for (unsigned bit = p->plen; bit < p->ip.bits; bit++) {
		ret->bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	for (unsigned i = p->ip.bits / 8u; i-- > 0;) {
		if (++ret->bytes[i] != 0) {
			return true;
		}
	}
	return false;
}

/* What is listed changes only where an entry starts or ends. */
static bool
model_node(const struct net_prefix *p)
{
	if (model_listed(&p->ip)) {
		return true;
	}
	for (size_t i = 0; i < n_known; i++) {
		const struct net_prefix *e = &known[i].key.ip;
		struct net_ip end;

		if (known[i].key.kind != ZONE_KIND_IP ||
		    e->ip.bits != p->ip.bits) {
			continue;
		}
		if (net_ip_within(&e->ip, &p->ip, p->plen) &&
		    model_listed(&e->ip)) {
			return true;
		}
		if (behind(e, &end) && net_ip_within(&end, &p->ip, p->plen) &&
		    model_listed(&end)) {
			return true;
		}
	}
	return false;
}

static bool
spells(
    const struct zone_key *key, enum digest_kind kind, const struct digest *d)
{
	struct zone_forms forms;

	if (key->digest.len > 0) {
		return memcmp(key->digest.bytes, d->bytes, 12) == 0;
	}
	zone_key_forms(key, &forms);
	for (unsigned i = 0; i < forms.n; i++) {
		struct digest x =
		    digest_of(kind, forms.text[i], strlen(forms.text[i]));

		if (memcmp(x.bytes, d->bytes, x.len) == 0) {
			return true;
		}
	}
	return false;
}

static enum zone_verdict
model_digest(enum digest_kind kind, const struct digest *d)
{
	enum zone_verdict verdict = ZONE_CLEAR;

	for (size_t i = 0; i < n_known; i++) {
		if (known[i].key.kind == ZONE_KIND_ADDRESS &&
		    live(&known[i].fact) && spells(&known[i].key, kind, d)) {
			if (known[i].fact.exempt) {
				return ZONE_EXEMPT;
			}
			verdict = ZONE_LISTED;
		}
	}
	return verdict;
}

/* ---- random things ----------------------------------------------------- */

static void
random_ip(struct net_ip *ip)
{
	static const uint8_t octets[] = { 0, 1, 2, 3, 127, 128, 200, 255 };

	memset(ip, 0, sizeof(*ip));
	ip->bits = rnd(2) == 0 ? 32 : 128;
	for (unsigned i = 0; i < ip->bits / 8u; i++) {
		ip->bytes[i] = ip->bits == 32 ? octets[rnd(i < 2 ? 2 : 8)]
		    : i < 4                   ? octets[rnd(2)]
					      : octets[rnd(3)];
	}
}

static struct net_prefix
random_prefix(void)
{
	static const uint8_t v4[] = { 0, 1, 7, 8, 9, 15, 16, 17, 20, 23, 24, 24,
		25, 28, 31, 32, 32, 32, 32 };
	static const uint8_t v6[] = { 3, 12, 16, 28, 31, 32, 33, 36, 48, 56, 63,
		64, 64, 96, 105, 112, 124, 127, 128, 128 };
	struct net_prefix p;

	random_ip(&p.ip);
	p.plen = p.ip.bits == 32 ? v4[rnd(sizeof(v4))] : v6[rnd(sizeof(v6))];
	if (p.plen < 8 && rnd(8) != 0) {
		p.plen = (uint8_t)(p.plen + 16);
	}
	for (unsigned bit = p.plen; bit < p.ip.bits; bit++) {
		p.ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	return p;
}

static void
random_address(char out[96])
{
	static const char *const locals[] = { "ann", "a.nn", "bob", "b.o.b" };
	static const char *const tags[] = { "", "", "+x", "+y" };
	static const char *const domains[] = { "example.gr", "gmail.com",
		"googlemail.com" };

	snprintf(
	    out, 96, "%s%s@%s", locals[rnd(4)], tags[rnd(4)], domains[rnd(3)]);
}

static struct zone_key
random_key(void)
{
	struct zone_key key;
	struct err_text why;
	char text[96], hex[65];

	memset(&key, 0, sizeof(key));
	if (rnd(3) != 0) {
		key.kind = ZONE_KIND_IP;
		key.ip = random_prefix();
		return key;
	}
	random_address(text);
	if (rnd(8) == 0) {
		struct digest d = digest_of(DIGEST_SHA1, text, strlen(text));

		digest_hex(d.bytes, d.len, hex);
		snprintf(text, sizeof(text), "sha1:%s", hex);
	}
	if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &key, &why) < 0) {
		fprintf(stderr, "%s: %s\n", text, why.text);
		exit(99);
	}
	return key;
}

/* ---- both, step by step ------------------------------------------------ */

static struct zone_list_conf lists[] = {
	{ .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .code = 0x7f000002,
	    .approve_at = 1,
	    .wide_at = 2 },
	{ .name = "address",
	    .kind = ZONE_KIND_ADDRESS,
	    .code = 0x7f000003,
	    .approve_at = 1,
	    .wide_at = 2 },
};
static struct net_prefix anything[] = {
	{ .ip = { .bits = 32 } },
	{ .ip = { .bits = 128 } },
};
static struct zone_config config = {
	.lists = lists,
	.n_lists = 2,
	.guard_allow = anything,
	.n_guard_allow = 2,
};

static const struct zone_list_conf *
list_for(const struct zone_key *key)
{
	return &lists[key->kind == ZONE_KIND_IP ? 0 : 1];
}

static void
remember(uint64_t serial, struct step *steps, size_t n)
{
	if (serial == 0 || serial >= SERIALS) {
		return;
	}
	memcpy(history[serial].steps, steps, n * sizeof(*steps));
	history[serial].n = n;
}

static unsigned long puts_done, puts_refused;

static void
change_some(struct zone_store *store)
{
	struct zone_why why = { .by = "model", .action = ZONE_ACTION_ADD };
	struct zone_change *change = NULL;
	struct zone_change_result res;
	struct step steps[PER_CHANGE];
	size_t n = 0, want = 1 + rnd(PER_CHANGE);
	struct err_text text = { "" };
	int r = zone_change_new(store, &config, &change);

	CHECK(r == 0, "new: %s", err_str(r));
	for (size_t i = 0; i < want; i++) {
		struct zone_key key = random_key();
		struct zone_terms terms = { .forever = true };
		struct fact fact = { .uid = 0 };
		size_t at, s;

		if (rnd(2) == 0 && n_known > 0) { /* hit what is there */
			key = known[rnd((uint32_t)n_known)].key;
		}
		if (rnd(4) == 0) {
			r = zone_change_remove(change, list_for(&key), &key, 0);
		} else {
			terms.exempt = rnd(3) == 0;
			terms.code = 0x7f000002 + rnd(3);
			terms.until = rnd(3) == 0 ? now - 5
			    : rnd(2) == 0         ? now + 100000
						  : 0;
			fact = (struct fact){ .uid = next_uid++,
				.exempt = terms.exempt,
				.code = terms.exempt ? 0 : terms.code,
				.until = terms.until };
			r = zone_change_put(
			    change, list_for(&key), &key, &terms, 0, &text);
		}
		puts_done++;
		if (r == ERR_REFUSED) { /* what contains 127.0.0.1 */
			puts_refused++;
			continue;
		}
		CHECK(r == 0, "put: %s %s", err_str(r), text.text);
		at = place_of(&key);
		for (s = 0; s < n && steps[s].known != at; s++) {
		}
		if (s == n) {
			steps[n++] = (struct step){ .known = at,
				.before = known[at].fact };
		}
		steps[s].after = fact;
		known[at].fact = fact;
	}
	r = zone_change_commit(&change, &why, &res, &text);
	CHECK(r == 0, "commit: %s %s", err_str(r), text.text);
	remember(res.serial, steps, n);
}

static void
undo_some(struct zone_store *store, uint64_t newest)
{
	struct zone_change_result res;
	struct zone_decided done;
	struct err_text text = { "" };
	struct step steps[PER_CHANGE];
	uint64_t serial;
	size_t n = 0;
	int r;

	if (newest == 0) {
		return;
	}
	serial = 1 + rnd((uint32_t)(newest < SERIALS ? newest : SERIALS - 1));
	for (size_t i = 0; i < history[serial].n; i++) {
		struct step *s = &history[serial].steps[i];
		struct known *k = &known[s->known];

		if (k->fact.uid == s->after.uid &&
		    s->before.uid != s->after.uid) {
			steps[n++] = (struct step){ .known = s->known,
				.before = s->after,
				.after = s->before };
			k->fact = s->before;
		}
	}
	r = zone_moderate_undo(
	    store, NULL, &config, "model", serial, "test", &done, &res, &text);
	CHECK(r == 0, "undo: %s %s", err_str(r), text.text);
	CHECK(done.outcome == (n > 0 ? ZONE_DONE : ZONE_MOVED),
	    "undo %llu: outcome %d with %zu keys", (unsigned long long)serial,
	    (int)done.outcome, n);
	remember(res.serial, steps, n);
}

static void
ask_ip(struct zone_view *v, uint16_t list)
{
	struct zone_hit hit;
	const struct known *k;
	struct net_prefix p = random_prefix();
	struct net_ip ip;
	char text[NET_IP_TEXT];
	bool exists, want;
	int r;

	if (rnd(2) == 0 && n_known > 0) { /* at and around the edges */
		const struct zone_key *key = &known[rnd((uint32_t)n_known)].key;

		if (key->kind == ZONE_KIND_IP) {
			p = key->ip;
			if (rnd(2) == 0) {
				(void)behind(&key->ip, &p.ip);
			}
		}
	}
	ip = p.ip;
	k = model_find(&ip);
	r = zone_find_ip(v, list, &ip, &hit);
	net_ip_format(text, &ip);
	CHECK(r == 0, "%s: %s", text, err_str(r));
	CHECK(hit.verdict ==
		(k == NULL               ? ZONE_CLEAR
			: k->fact.exempt ? ZONE_EXEMPT
					 : ZONE_LISTED),
	    "%s: verdict %d", text, (int)hit.verdict);
	if (k != NULL && hit.verdict != ZONE_CLEAR) {
		CHECK(hit.plen == k->key.ip.plen && hit.code == k->fact.code &&
			hit.until == k->fact.until,
		    "%s: /%u code %x, model /%u code %x", text, hit.plen,
		    hit.code, k->key.ip.plen, k->fact.code);
	}
	/* as the names go: octets and nibbles; and any length */
	p.plen = rnd(3) == 0  ? (uint8_t)rnd(p.ip.bits + 1u)
	    : p.ip.bits == 32 ? (uint8_t)(8 * rnd(5))
			      : (uint8_t)(4 * rnd(33));
	for (unsigned bit = p.plen; bit < p.ip.bits; bit++) {
		p.ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	want = model_node(&p);
	r = zone_find_node(v, list, &p, &exists);
	net_ip_format(text, &p.ip);
	CHECK(r == 0 && exists == want, "node %s/%u: %d, model %d (%s)", text,
	    p.plen, exists, want, err_str(r));
}

static void
ask_digest(struct zone_view *v, uint16_t list)
{
	enum digest_kind kind = (enum digest_kind)rnd(DIGEST_KINDS);
	enum zone_verdict want;
	struct zone_hit hit;
	struct digest d;
	char text[96];
	int r;

	random_address(text);
	d = digest_of(kind, text, strlen(text));
	want = model_digest(kind, &d);
	r = zone_find_digest(v, list, &d, &hit);
	CHECK(r == 0 && hit.verdict == want, "%s kind %d: %d, model %d", text,
	    (int)kind, (int)hit.verdict, (int)want);
}

struct walking {
	size_t n;
	struct zone_key last;
};

static int
see(const struct zone_entry *e, void *ctx)
{
	struct walking *w = ctx;
	bool there = false;

	CHECK(w->n == 0 || zone_key_compare(&w->last, &e->key) < 0,
	    "walk out of order");
	for (size_t i = 0; i < n_known && !there; i++) {
		there = known[i].fact.uid != 0 &&
		    zone_key_compare(&known[i].key, &e->key) == 0 &&
		    known[i].fact.code == e->code &&
		    known[i].fact.until == e->until;
	}
	CHECK(there, "walk shows what the model does not have");
	w->last = e->key;
	w->n++;
	return 0;
}

static void
check_all(struct zone_view *v, uint16_t ip, uint16_t address)
{
	struct zone_verify_counts counts;
	struct walking w = { 0 };
	struct err_text why = { "" };
	uint64_t rows;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < n_known; i++) {
		n += known[i].fact.uid != 0;
	}
	r = zone_view_walk(v, ip, ZONE_KIND_IP, see, &w);
	CHECK(r == 0, "walk: %s", err_str(r));
	w.last = (struct zone_key){ .kind = ZONE_KIND_IP };
	r = zone_view_walk(v, address, ZONE_KIND_ADDRESS, see, &w);
	CHECK(r == 0, "walk: %s", err_str(r));
	CHECK(w.n == n, "%zu entries, the model has %zu", w.n, n);
	r = zone_verify(v, &counts, &why);
	CHECK(r == 0, "verify: %s", why.text);
	r = zone_history_verify(v, &rows, &why);
	CHECK(r == 0 && rows == zone_view_serial(v), "history: %s", why.text);
}

int
main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 250;
	struct zone_store *store = NULL;
	struct zone_view *view = NULL;
	struct err_text why = { "" };
	uint16_t ip, address;
	char dir[SCRATCH];
	int r;

	state = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
	printf("seed %llu, %u rounds\n", (unsigned long long)state, rounds);
	now = when_now();
	scratch_make(dir);
	r = zone_store_open(
	    dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 20, &store, &why);
	CHECK(r == 0, "open: %s", why.text);
	CHECK(r < 0 || zone_moderate_init(store, &config) == 0, "init");
	CHECK(r < 0 || zone_view_open(store, &view) == 0, "view");
	for (unsigned i = 0; i < rounds && failures == 0; i++) {
		r = zone_view_renew(view);
		CHECK(r == 0, "renew: %s", err_str(r));
		if (rnd(4) == 0) {
			uint64_t newest = zone_view_serial(view);

			zone_view_rest(view);
			undo_some(store, newest);
		} else {
			zone_view_rest(view);
			change_some(store);
		}
		r = zone_view_renew(view);
		CHECK(r == 0 &&
			zone_view_list(view, "ip", ZONE_KIND_IP, &ip) == 1 &&
			zone_view_list(
			    view, "address", ZONE_KIND_ADDRESS, &address) == 1,
		    "lists");
		for (unsigned q = 0; q < 60 && failures == 0; q++) {
			ask_ip(view, ip);
			ask_digest(view, address);
		}
		if (i % 25 == 24 && failures == 0) {
			check_all(view, ip, address);
		}
		zone_view_rest(view);
	}
	CHECK(puts_refused * 5 < puts_done, "%lu of %lu were refused",
	    puts_refused, puts_done);
	zone_view_close(&view);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
