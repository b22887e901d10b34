/* prop_domain.c - domain lists against a model that is too simple to be wrong.
 *
 * Random additions, exemptions, expiries, removals and undos go into a real
 * store and into an array. After each change random names - listed ones, their
 * neighbours, what lies above and below them, in any case and as U-labels,
 * with labels that no entry can have - must get the model's answer: covered by
 * which entry, and does the name exist. Few labels are used, so that entries
 * nest and holes lie within holes.
 *
 *   prop_domain [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* ---- the model ---------------------------------------------------------- */

#define MAX 4000
#define SERIALS 4000
#define PER_CHANGE 8
#define NAME 256

struct fact { /* what an entry says; uid 0: there is none */
	unsigned uid;
	bool exempt;
	uint32_t code;
	int64_t until;
};

struct known {
	char text[NAME]; /* "d", ".d", "*.d" */
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

static size_t
place_of(const char *text)
{
	for (size_t i = 0; i < n_known; i++) {
		if (strcmp(known[i].text, text) == 0) {
			return i;
		}
	}
	if (n_known == MAX) {
		fprintf(stderr, "the model is full\n");
		exit(99);
	}
	snprintf(known[n_known].text, NAME, "%s", text);
	known[n_known].fact = (struct fact){ .uid = 0 };
	return n_known++;
}

/* The live entry MARK NAME, NULL. */
static const struct known *
entry(const char *mark, const char *name)
{
	size_t n = strlen(mark);

	for (size_t i = 0; i < n_known; i++) {
		const struct known *k = &known[i];

		if (strncmp(k->text, mark, n) == 0 &&
		    strcmp(k->text + n, name) == 0 && k->fact.uid != 0 &&
		    (k->fact.until == 0 || k->fact.until > now)) {
			return k;
		}
	}
	return NULL;
}

static const char *
above(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : NULL;
}

/* What covers everything strictly below NAME that has no entry. */
static const struct known *
model_below(const char *name)
{
	for (; name != NULL; name = above(name)) {
		const struct known *k = entry("*.", name);

		k = k != NULL ? k : entry(".", name);
		if (k != NULL) {
			return k;
		}
	}
	return NULL;
}

static const struct known *
model_all(const char *name)
{
	const struct known *k = entry(".", name);

	name = above(name);
	return k != NULL ? k : name != NULL ? model_below(name) : NULL;
}

static const struct known *
model_find(const char *name)
{
	const struct known *k = entry("", name);

	return k != NULL ? k : model_all(name);
}

static bool
listed(const struct known *k)
{
	return k != NULL && !k->fact.exempt;
}

static const char *
bare(const char *text)
{
	return text + (text[0] == '*' ? 2 : text[0] == '.' ? 1 : 0);
}

/* Does DOMAIN lie below NAME? */
static bool
below(const char *domain, const char *name)
{
	size_t n = strlen(domain), k = strlen(name);

	return n > k && domain[n - k - 1] == '.' &&
	    strcmp(domain + n - k, name) == 0;
}

/* Is it, or any name below it, listed? What is listed changes only at names
 * that have entries, so those and one below each are all there is to ask. */
static bool
model_exists(const char *name)
{
	if (listed(model_find(name)) || listed(model_below(name))) {
		return true;
	}
	for (size_t i = 0; i < n_known; i++) {
		const char *d = bare(known[i].text);

		if (below(d, name) &&
		    (listed(model_find(d)) || listed(model_below(d)))) {
			return true;
		}
	}
	return false;
}

/* ---- random things ------------------------------------------------------ */

/* Stored, and as somebody may ask for it. */
static const struct {
	const char *stored, *asked;
} labels[] = {
	{ "a", "A" },
	{ "b", "b" },
	{ "a-b", "A-b" },
	{ "ab", "aB" },
	{ "xn--bcher-kva",
	    "B\xc3\xbc"
	    "cher" },
	{ "xn--hxajbheg2az3al",
	    "\xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce"
	    "\xb5\xce\xb9\xce\xb3\xce\xbc\xce\xb1" },
	{ "0", "0" },
};

/* A name of up to DEPTH labels below a top-level domain. */
static void
random_name(char out[NAME], unsigned depth)
{
	static const char *const top[] = { "gr", "org" };
	char text[NAME];

	snprintf(out, NAME, "%s", top[rnd(COUNT(top))]);
	while (depth-- > 0) {
		snprintf(text, NAME, "%s.%s",
		    labels[rnd(rnd(3) == 0 ? COUNT(labels) : 3)].stored, out);
		memcpy(out, text, NAME);
	}
}

static void
random_key(char out[NAME])
{
	static const char *const marks[] = { "", ".", "*." };
	char name[NAME];

	random_name(name, 1 + rnd(4));
	if (rnd(3) == 0 && n_known > 0) { /* another word on one domain */
		snprintf(
		    name, NAME, "%s", bare(known[rnd((uint32_t)n_known)].text));
	}
	snprintf(out, NAME, "%s%s", marks[rnd(3)], name);
}

/* ---- both, step by step ------------------------------------------------- */

static struct zone_list_conf lists[] = {
	{ .name = "other", .kind = ZONE_KIND_DOMAIN, .code = 0x7f000009 },
	{ .name = "domain", .kind = ZONE_KIND_DOMAIN, .code = 0x7f000002 },
	{ .name = "third", .kind = ZONE_KIND_DOMAIN, .code = 0x7f000009 },
};
static struct zone_config config = { .lists = lists, .n_lists = 3 };
static const struct zone_list_conf *const list = &lists[1];

static struct zone_key
parse(const char *text)
{
	struct zone_key key;
	struct err_text why = { "" };

	if (zone_key_parse(ZONE_KIND_DOMAIN, span_str(text), &key, &why) < 0) {
		fprintf(stderr, "%s: %s\n", text, why.text);
		exit(99);
	}
	return key;
}

static void
remember(uint64_t serial, struct step *steps, size_t n)
{
	if (serial != 0 && serial < SERIALS) {
		memcpy(history[serial].steps, steps, n * sizeof(*steps));
		history[serial].n = n;
	}
}

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
		struct zone_terms terms = { .forever = true };
		struct fact fact = { .uid = 0 };
		struct zone_key key;
		char k[NAME];
		size_t at, s;

		random_key(k);
		if (rnd(2) == 0 && n_known > 0) { /* hit what is there */
			memcpy(k, known[rnd((uint32_t)n_known)].text, NAME);
		}
		key = parse(k);
		if (rnd(3) == 0) {
			r = zone_change_remove(change, list, &key, 0);
		} else {
			terms.exempt = rnd(2) == 0;
			terms.code = 0x7f000002 + rnd(3);
			terms.until = rnd(3) == 0 ? now - 5
			    : rnd(2) == 0         ? now + 100000
						  : 0;
			fact = (struct fact){ .uid = next_uid++,
				.exempt = terms.exempt,
				.code = terms.exempt ? 0 : terms.code,
				.until = terms.until };
			r = zone_change_put(
			    change, list, &key, &terms, 0, &text);
		}
		CHECK(r == 0, "put %s: %s %s", k, err_str(r), text.text);
		at = place_of(k);
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

	if (newest < 2) { /* the first is not the model's */
		return;
	}
	serial =
	    2 + rnd((uint32_t)(newest < SERIALS ? newest - 1 : SERIALS - 2));
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

/* Lists to both sides of ours, so that looking too far would be seen. */
static void
neighbours(struct zone_store *store)
{
	static const char *const keys[] = { ".0.gr", "*.a.gr", ".a.gr" };
	struct zone_why why = { .by = "model", .action = ZONE_ACTION_ADD };
	struct zone_terms terms = { .forever = true };
	struct zone_change *change = NULL;
	struct zone_change_result res;
	struct err_text text = { "" };
	int r = zone_change_new(store, &config, &change);

	for (size_t i = 0; i < COUNT(keys) && r == 0; i++) {
		struct zone_key key = parse(keys[i]);

		r = zone_change_put(change, &lists[0], &key, &terms, 0, &text);
		if (r == 0) {
			r = zone_change_put(
			    change, &lists[2], &key, &terms, 0, &text);
		}
	}
	CHECK(r == 0, "neighbours: %s", text.text);
	r = zone_change_commit(&change, &why, &res, &text);
	CHECK(r == 0, "neighbours: %s", text.text);
}

/* ---- questions ---------------------------------------------------------- */

static unsigned long questions, hits, empty;

/* NAME as a client may write it, below it ODD labels that no entry has. */
static void
as_asked(const char *name, unsigned odd, struct zone_domain *ret)
{
	static const char *const never[] = { "_dmarc", "a b", "\xff", "",
		"\xc3\xbc_", "*" };
	const char *end = name + strlen(name), *at;

	zone_domain_begin(ret);
	for (;; end = at - 1) {
		const char *text;
		size_t len;

		for (at = end; at > name && at[-1] != '.'; at--) {
		}
		text = at;
		len = (size_t)(end - at);
		for (size_t i = 0; i < COUNT(labels) && rnd(2) == 0; i++) {
			if (len == strlen(labels[i].stored) &&
			    memcmp(text, labels[i].stored, len) == 0) {
				text = labels[i].asked;
				len = strlen(text);
				break;
			}
		}
		zone_domain_add(ret, (const uint8_t *)text, len);
		if (at == name) {
			break;
		}
	}
	while (odd-- > 0) {
		const char *label = never[rnd(COUNT(never))];

		zone_domain_add(ret, (const uint8_t *)label, strlen(label));
		zone_domain_add(ret, (const uint8_t *)"a", 1);
	}
}

static void
compare(const char *name, const struct zone_hit *hit, const struct known *k)
{
	CHECK(hit->verdict ==
		(k == NULL               ? ZONE_CLEAR
			: k->fact.exempt ? ZONE_EXEMPT
					 : ZONE_LISTED),
	    "%s: verdict %d, model %s", name, (int)hit->verdict,
	    k != NULL ? k->text : "-");
	CHECK(k == NULL || hit->verdict == ZONE_CLEAR ||
		(hit->code == k->fact.code && hit->until == k->fact.until),
	    "%s: code %x, model %s %x", name, hit->code, k->text, k->fact.code);
}

static void
question_name(char out[NAME])
{
	random_name(out, rnd(6));
	if (rnd(2) == 0 && n_known > 0) {
		const char *name = bare(known[rnd((uint32_t)n_known)].text);
		const char *up = rnd(3) == 0 ? above(name) : NULL;

		snprintf(out, NAME, "%s%s", rnd(4) == 0 ? "zzz." : "",
		    up != NULL ? up : name);
	}
}

static void
ask_name(struct zone_view *v, uint16_t number)
{
	unsigned odd = rnd(6) == 0 ? 1 + rnd(2) : 0;
	const struct known *k;
	struct zone_domain d;
	struct zone_hit hit;
	bool exists = false, want;
	char name[NAME];
	int r;

	question_name(name);
	as_asked(name, odd, &d);
	CHECK(d.more == (odd > 0), "%s: more %d", name, d.more);
	k = odd > 0 ? model_below(name) : model_find(name);
	want = odd > 0 ? listed(k) : model_exists(name);
	r = zone_find_domain(v, number, &d, &hit, &exists);
	CHECK(r == 0, "%s: %s", name, err_str(r));
	compare(name, &hit, k);
	CHECK(exists == want, "%s (odd %u): exists %d, model %d", name, odd,
	    exists, want);
	r = zone_find_domain(v, number, &d, &hit, NULL);
	CHECK(r == 0, "%s: %s", name, err_str(r));
	compare(name, &hit, k);
	questions++;
	hits += listed(k);
	empty += exists && !listed(k);
}

static void
ask_key(struct zone_view *v, uint16_t number)
{
	char text[NAME], name[NAME];
	const struct known *k;
	struct zone_key key, by = { .text = "" };
	struct zone_entry e;
	struct zone_hit hit;
	size_t i;
	int r;

	question_name(name);
	snprintf(text, NAME, "%s%.250s",
	    rnd(3) == 0  ? "*."
		: rnd(2) ? "."
			 : "",
	    name);
	key = parse(text);
	k = text[0] == '*'   ? model_below(name)
	    : text[0] == '.' ? model_all(name)
			     : model_find(name);
	r = zone_find_key(v, number, &key, &hit, &by);
	CHECK(r == 0, "%s: %s", text, err_str(r));
	compare(text, &hit, k);
	CHECK(k == NULL || strcmp(by.text, k->text) == 0, "%s: by %s, model %s",
	    text, by.text, k->text);
	for (i = 0; i < n_known && strcmp(known[i].text, text) != 0; i++) {
	}
	r = zone_find_exact(v, number, &key, &e);
	CHECK(r == (i < n_known && known[i].fact.uid != 0), "%s: exact %d",
	    text, r);
	CHECK(r != 1 ||
		(e.code == known[i].fact.code &&
		    e.until == known[i].fact.until),
	    "%s: exact code %x", text, e.code);
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
	    "walk out of order: %s, %s", w->last.text, e->key.text);
	for (size_t i = 0; i < n_known && !there; i++) {
		there = known[i].fact.uid != 0 &&
		    strcmp(known[i].text, e->key.text) == 0 &&
		    known[i].fact.code == e->code &&
		    known[i].fact.until == e->until;
	}
	CHECK(there, "walk shows %s", e->key.text);
	w->last = e->key;
	w->n++;
	return 0;
}

static void
check_all(struct zone_view *v, uint16_t number)
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
	r = zone_view_walk(v, number, ZONE_KIND_DOMAIN, see, &w);
	CHECK(r == 0 && w.n == n, "walk: %s, %zu entries, the model has %zu",
	    err_str(r), w.n, n);
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
	uint16_t number = 0;
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
	neighbours(store);
	CHECK(r < 0 || zone_view_open(store, &view) == 0, "view");
	for (unsigned i = 0; i < rounds && failures == 0; i++) {
		r = zone_view_renew(view);
		CHECK(r == 0, "renew: %s", err_str(r));
		if (rnd(3) == 0) {
			uint64_t newest = zone_view_serial(view);

			zone_view_rest(view);
			undo_some(store, newest);
		} else {
			zone_view_rest(view);
			change_some(store);
		}
		r = zone_view_renew(view);
		CHECK(r == 0 &&
			zone_view_list(
			    view, "domain", ZONE_KIND_DOMAIN, &number) == 1,
		    "list");
		for (unsigned q = 0; q < 100 && failures == 0; q++) {
			ask_name(view, number);
			ask_key(view, number);
		}
		if (i % 25 == 24 && failures == 0) {
			check_all(view, number);
		}
		zone_view_rest(view);
	}
	printf("%lu names asked: %lu listed, %lu there but empty\n", questions,
	    hits, empty);
	CHECK(failures > 0 || (hits * 20 > questions && empty * 50 > questions),
	    "the questions are too dull");
	zone_view_close(&view);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
