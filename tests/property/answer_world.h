/* answer_world.h - the real store and the model, changed in step.
 *
 * For prop_answers: zones of a configuration, a store in a folder of its own,
 * and random changes that go into both. What is listed at one time depends on
 * a mood, so that nearly empty lists are met as well as crowded ones.
 */
#pragma once

#include "base/when.h"
#include "rbld/handle.h"
#include "tests/property/answer_model.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/moderate.h"

static uint64_t state, seed;

static uint32_t
rnd(uint32_t n)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

static bool
one_in(uint32_t n)
{
	return rnd(n) == 0;
}

/* ---- the world --------------------------------------------------------- */

static const char conf[] =
    "data-dir = \"%s\"\n"
    "map-size = \"64M\"\n"
    "list \"a\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"b\" { kind = \"ip\" code = \"127.0.0.3\" }\n"
    "list \"c\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"d\" { kind = \"ip\" code = \"127.0.0.9\" }\n"
    "list \"m\" { kind = \"address\" code = \"127.0.0.4\" }\n"
    "list \"n\" { kind = \"address\" code = \"127.0.0.5\" }\n";
static const char *const list_names[LISTS] = { "a", "b", "c", "d", "m", "n" };
static const char *const inner_host[] = {
	"  ns = {\"ns1.example.org\"}\n",
	"  ns = {\"ns1.many.test\"} apex = {\"ns1 A 203.0.113.53\", "
	"\"MX 10 mail.example.org\"}\n",
};

static struct zone_config *config;
static struct rbld_apex *apex;
static struct zone_store *store;
static struct rbld_look look;
static struct rbld_stats stats;
static char dir[SCRATCH];

static struct net_prefix anything[] = {
	{ .ip = { .bits = 32 } },
	{ .ip = { .bits = 128 } },
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	scratch_remove(dir);
	exit(99);
}

static void
open_world(void)
{
	struct err_text why = { "" };
	char path[SCRATCH + 16];
	FILE *f;
	int r;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/rbl.conf", dir);
	f = fopen(path, "w");
	if (f == NULL) {
		die(path, "cannot be written");
	}
	fprintf(f, conf, dir);
	for (size_t i = 0; i < ZONES; i++) {
		fprintf(f, "zone \"%s\" {\n  lists = {", zones[i].name);
		for (unsigned k = 0; k < zones[i].n_lists; k++) {
			fprintf(f, "%s\"%s\"", k > 0 ? ", " : "",
			    list_names[zones[i].lists[k]]);
		}
		fprintf(f,
		    "}\n%s  hostmaster = \"h.example.org\"\n"
		    "  ttl = %us negative-ttl = %us text = \"%s\"\n}\n",
		    inner_host[zones[i].host], zones[i].ttl, zones[i].negative,
		    zones[i].text);
	}
	fclose(f);
	r = zone_config_load(path, &config, &why);
	if (r == 0) {
		/* the guard has tests of its own */
		config->guard_allow = anything;
		config->n_guard_allow = COUNT(anything);
		for (size_t i = 0; i < config->n_lists; i++) {
			config->lists[i].widest_v4 = 0;
			config->lists[i].widest_v6 = 0;
		}
		r = rbld_apex_load(config, &apex, &why);
	}
	if (r == 0) {
		r = zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE,
		    config->map_size, &store, &why);
	}
	if (r == 0) {
		r = rbld_look_open(&look, apex, store);
	}
	if (r < 0) {
		die("cannot make a world", why.text);
	}
	model_now = when_now();
}

static void
close_world(void)
{
	rbld_look_close(&look);
	zone_store_close(&store);
	rbld_apex_free(&apex);
	zone_config_free(&config);
	scratch_remove(dir);
}

/* ---- changes ----------------------------------------------------------- */

/* How a while of the test looks: few entries or many, wide ones or not. */
static struct {
	unsigned most, holes, wide, octets;
} mood;

static struct fact before_last[FACTS];
static size_t n_before_last;
static uint64_t last_serial; /* 0: it cannot be undone */
static unsigned next_uid = 1;

static unsigned
small_octet(void)
{
	static const uint8_t octets[] = { 2, 1, 3, 0, 255, 127, 128, 32, 16, 9,
		10, 100, 192, 254 };

	return octets[rnd(
	    mood.octets < sizeof(octets) ? mood.octets : sizeof(octets))];
}

static unsigned __int128
random_addr(unsigned bits)
{
	unsigned __int128 a = 0;

	if (bits == 32) {
		for (unsigned i = 0; i < 4; i++) {
			a = a << 8 | small_octet();
		}
		return a;
	}
	/* the first nibbles decide what they share with IPv4 names */
	for (unsigned i = 0; i < 32; i++) {
		unsigned v =
		    i < 8 || i > 29 ? (one_in(3) ? rnd(16) : rnd(3)) : 0;

		a = a << 4 | (one_in(40) ? rnd(16) : v);
	}
	return a;
}

static unsigned __int128
mask(unsigned __int128 addr, unsigned bits, unsigned plen)
{
	unsigned rest = bits - plen;

	return rest == 128 ? 0 : addr >> rest << rest;
}

static unsigned
random_plen(unsigned bits)
{
	unsigned lowest = rnd(100) < mood.wide ? 0 : bits / 4;

	switch (rnd(4)) {
	case 0: return bits;
	case 1: return bits / 8 * (lowest / (bits / 8) + rnd(8)) % (bits + 1);
	default: return lowest + rnd(bits - lowest + 1);
	}
}

static void
random_address(char out[96])
{
	static const char *const locals[] = { "ann", "a.nn", "bob", "b.o.b" };
	static const char *const tags[] = { "", "", "+x", "+y" };
	static const char *const domains[] = { "example.gr", "gmail.com",
		"googlemail.com", "xn--bcher-kva.example" };

	snprintf(
	    out, 96, "%s%s@%s", locals[rnd(4)], tags[rnd(4)], domains[rnd(4)]);
}

/* What clients hash: also addresses as people write them. */
static void
random_spelling(char out[96])
{
	random_address(out);
	if (ends_in(out, "@xn--bcher-kva.example") && one_in(2)) {
		strcpy(strchr(out, '@'),
		    "@b\xc3\xbc"
		    "cher.example");
	}
}

static struct fact
random_fact(const struct fact *inside)
{
	struct fact f = { .used = true, .list = rnd(LISTS) };

	if (f.list < 4 && inside != NULL && inside->bits != 0 && one_in(3)) {
		/* within another, at its beginning, its end or anywhere */
		f.list = inside->list;
		f.bits = inside->bits;
		f.plen = inside->plen + rnd(f.bits - inside->plen + 1);
		f.addr = random_addr(f.bits) & (last_of(inside) ^ inside->addr);
		f.addr = one_in(2) ? inside->addr
		    : one_in(2)    ? last_of(inside)
				   : inside->addr | f.addr;
		f.addr = mask(f.addr, f.bits, f.plen);
		return f;
	}
	if (f.list < 4) {
		f.bits = one_in(2) ? 32 : 128;
		f.plen = random_plen(f.bits);
		f.addr = mask(random_addr(f.bits), f.bits, f.plen);
		return f;
	}
	random_address(f.text);
	if (one_in(6)) {
		static const char *const names[] = {
			"md5:", "sha1:", "sha256:"
		};
		enum digest_kind kind = (enum digest_kind)rnd(DIGEST_KINDS);
		struct digest d;

		random_spelling(f.text);
		d = digest_of(kind, f.text, strlen(f.text));
		strcpy(f.text, names[kind]);
		digest_hex(d.bytes, d.len, f.text + strlen(f.text));
	}
	return f;
}

static struct fact *
fact_at(const struct fact *like)
{
	struct fact *free_one = NULL;

	for (size_t i = 0; i < n_facts; i++) {
		struct fact *f = &facts[i];

		if (f->used && f->list == like->list && f->bits == like->bits &&
		    f->plen == like->plen && f->addr == like->addr &&
		    strcmp(f->text, like->text) == 0) {
			return f;
		}
		if (!f->used) {
			free_one = f;
		}
	}
	if (free_one == NULL) {
		if (n_facts == FACTS) {
			die("the model", "is full");
		}
		free_one = &facts[n_facts++];
		free_one->used = false;
	}
	return free_one;
}

static size_t
count_facts(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_facts; i++) {
		n += facts[i].used;
	}
	return n;
}

static const struct fact *
any_fact(void)
{
	for (unsigned i = 0; n_facts > 0 && i < 50; i++) {
		const struct fact *f = &facts[rnd((uint32_t)n_facts)];

		if (f->used) {
			return f;
		}
	}
	return NULL;
}

static struct zone_key
key_of(const struct fact *f)
{
	struct zone_key key;
	struct err_text why = { "" };

	memset(&key, 0, sizeof(key));
	if (f->bits == 0) {
		if (zone_key_parse(
			ZONE_KIND_ADDRESS, span_str(f->text), &key, &why) < 0) {
			die(f->text, why.text);
		}
		return key;
	}
	key.kind = ZONE_KIND_IP;
	key.ip.ip.bits = (uint8_t)f->bits;
	key.ip.plen = (uint8_t)f->plen;
	for (unsigned i = 0; i < f->bits / 8; i++) {
		key.ip.ip.bytes[i] =
		    (uint8_t)(f->addr >> (f->bits - 8 - 8 * i));
	}
	return key;
}

static int64_t
random_until(void)
{
	static const int64_t lives[] = { -5, 0, 1, 2, 3, 10, 59, 60, 61, 899,
		900, 901, 100000 };

	return rnd(3) > 0 ? 0 : model_now + lives[rnd(COUNT(lives))];
}

/* List or exempt what F names; the guard may refuse it. */
static void
put(struct zone_change *change, struct fact f)
{
	const struct zone_list_conf *l =
	    zone_config_list(config, span_str(list_names[f.list]));
	struct zone_terms terms = { .forever = true, .person = true };
	struct zone_key key = key_of(&f);
	struct err_text why = { "" };
	char reason[320];
	int r;

	f.uid = next_uid++;
	f.exempt = rnd(100) < mood.holes;
	f.until = random_until();
	f.code = f.exempt ? 0
	    : one_in(2)   ? list_code[f.list]
			  : 0x7f000002 + rnd(3);
	model_reason(f.uid, reason);
	terms.exempt = f.exempt;
	terms.until = f.until;
	terms.code = f.code;
	terms.reason = reason;
	r = zone_change_put(change, l, &key, &terms, 0, &why);
	if (r == ERR_REFUSED) {
		return; /* what contains 127.0.0.1, and the test points */
	}
	CHECK(r == 0, "put: %s %s", err_str(r), why.text);
	*fact_at(&f) = f;
}

static void
take_out(struct zone_change *change, struct fact *f)
{
	struct zone_key key = key_of(f);
	int r = zone_change_remove(change,
	    zone_config_list(config, span_str(list_names[f->list])), &key, 0);

	CHECK(r == 0, "remove: %s", err_str(r));
	f->used = false;
}

static void
change_some(void)
{
	struct zone_why why = { .by = "model", .action = ZONE_ACTION_ADD };
	struct zone_change_result res = { 0 };
	struct zone_change *change = NULL;
	struct err_text text = { "" };
	bool address = false, everywhere;
	int r;

	memcpy(before_last, facts, n_facts * sizeof(facts[0]));
	n_before_last = n_facts;
	r = zone_change_new(store, config, &change);
	CHECK(r == 0, "new: %s", err_str(r));
	for (unsigned i = 1 + rnd(12); r == 0 && i > 0; i--) {
		const struct fact *old = any_fact();
		struct fact f = random_fact(old);

		if (old != NULL && one_in(3)) {
			f = *old; /* an update */
		}
		if (old != NULL && (one_in(5) || count_facts() > mood.most)) {
			take_out(change, &facts[old - facts]);
		} else if (f.bits != 0 || !address) {
			/* one a change: who is newer must be known */
			address = address || f.bits == 0;
			put(change, f);
			everywhere = one_in(3);
			for (unsigned k = 0; everywhere && k < LISTS; k++) {
				if ((k < 4) == (f.bits != 0)) {
					f.list = k; /* and in others */
					put(change, f);
				}
			}
		}
	}
	r = zone_change_commit(&change, &why, &res, &text);
	CHECK(r == 0, "commit: %s %s", err_str(r), text.text);
	last_serial = res.serial;
}

static void
undo_last(void)
{
	struct zone_change_result res;
	struct zone_decided done;
	struct err_text text = { "" };
	int r = zone_moderate_undo(store, NULL, config, "model", last_serial,
	    "test", &done, &res, &text);

	CHECK(r == 0, "undo: %s %s", err_str(r), text.text);
	memcpy(facts, before_last, n_before_last * sizeof(facts[0]));
	n_facts = n_before_last;
	last_serial = 0;
}

/* Everything out, and another mood. */
static void
begin_anew(void)
{
	struct zone_why why = { .by = "model", .action = ZONE_ACTION_REMOVE };
	struct zone_change_result res;
	struct zone_change *change = NULL;
	struct err_text text = { "" };
	int r = zone_change_new(store, config, &change);

	CHECK(r == 0, "new: %s", err_str(r));
	for (size_t i = 0; i < n_facts; i++) {
		if (facts[i].used) {
			take_out(change, &facts[i]);
		}
	}
	r = zone_change_commit(&change, &why, &res, &text);
	CHECK(r == 0, "commit: %s %s", err_str(r), text.text);
	n_facts = 0;
	last_serial = 0;
	mood.most = one_in(3) ? 4 : one_in(2) ? 30 : 160;
	mood.holes = rnd(45);
	mood.wide = one_in(2) ? 0 : rnd(40);
	mood.octets = 3 + rnd(12);
}
