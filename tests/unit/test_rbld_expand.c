/* test_rbld_expand.c - a zone as records says what the responder says.
 *
 * Random entries and holes that lie in and beside each other change in small
 * steps. After each, a resolver that knows nothing but names and wildcards
 * (RFC 4592) answers from the records, and must answer as the responder does;
 * and the records of the step before, with the difference put in, must be the
 * records of now. What cannot be the same is named below, where it is let
 * pass: a wildcard answers for names on the way to addresses as well, with
 * words of its entry instead of the address; a domain's hole says NODATA.
 *
 *   test_rbld_expand [SEED [ROUNDS [NAMES]]]
 */
#include "tests/unit/draw_keys.h"
#include "tests/unit/reply.h"
#include "tests/unit/test_rbld_world.h"
#include "zone/expand.h"

static const char conf[] =
    "data-dir = \"%s/data\"\n"
    "list \"one\" { kind = \"ip\" code = \"127.0.0.2\" widest-v4 = 8 "
    "widest-v6 = 24 }\n"
    "list \"two\" { kind = \"ip\" code = \"127.0.0.7\" widest-v4 = 8 "
    "widest-v6 = 24 }\n"
    "list \"mail\" { kind = \"address\" code = \"127.0.0.4\" }\n"
    "list \"more\" { kind = \"address\" code = \"127.0.0.5\" }\n"
    "list \"names\" { kind = \"domain\" code = \"127.0.0.5\" }\n"
    "list \"hosts\" { kind = \"domain\" code = \"127.0.0.6\" }\n"
    "zone \"ip.example.org\" { lists = {\"one\"} ns = {\"ns.example.org\"}\n"
    "  hostmaster = \"h.example.org\" text = \"$ $r $i\" }\n"
    "zone \"two.example.org\" { lists = {\"one\", \"two\"}\n"
    "  ns = {\"ns.example.org\"} hostmaster = \"h.example.org\"\n"
    "  text = \"Listed: $r\" }\n"
    "zone \"mail.example.org\" { lists = {\"mail\", \"more\"}\n"
    "  ns = {\"ns.example.org\"} hostmaster = \"h.example.org\"\n"
    "  text = \"$ $r\" }\n"
    "zone \"names.example.org\" { lists = {\"names\", \"hosts\"}\n"
    "  ns = {\"ns1.names.example.org\"} hostmaster = \"h.example.org\"\n"
    "  apex = {\"ns1 A 203.0.113.1\"} text = \"$ $r\" }\n"
    "guard { allow = {\"10.0.0.0/8\", \"2001:db8::/32\"} }\n"
    "dns { listen = {\"127.0.0.1@0\"} }\n";

/* ---- records, as one who knows no lists has them ------------------------ */

struct record {
	uint8_t bytes[600]; /* owner's length, type, owner, data */
	size_t len;
};

struct records {
	struct record *at;
	size_t n, cap;
};

static int
keep(const struct zone_rr *rr, void *ctx)
{
	struct records *all = ctx;
	struct record *r;

	if (all->n == all->cap) {
		all->cap = all->cap == 0 ? 1024 : 2 * all->cap;
		all->at = reallocarray(all->at, all->cap, sizeof(*all->at));
		if (all->at == NULL) {
			abort();
		}
	}
	r = &all->at[all->n++];
	r->bytes[0] = (uint8_t)rr->owner_len;
	r->bytes[1] = (uint8_t)rr->type;
	memcpy(r->bytes + 2, rr->owner, rr->owner_len);
	memcpy(r->bytes + 2 + rr->owner_len, rr->data, rr->len);
	r->len = 2 + rr->owner_len + rr->len;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	size_t n = x->bytes[0] < y->bytes[0] ? x->bytes[0] : y->bytes[0];
	int r = memcmp(x->bytes + 2, y->bytes + 2, n);

	r = r != 0 ? r : (int)x->bytes[0] - (int)y->bytes[0];
	n = x->len < y->len ? x->len : y->len;
	r = r != 0 ? r : memcmp(x->bytes, y->bytes, n);
	return r != 0 ? r : (int)x->len - (int)y->len;
}

static void
sort(struct records *all)
{
	if (all->n > 0) {
		qsort(all->at, all->n, sizeof(*all->at), compare);
	}
}

static void
forget(struct records *all)
{
	free(all->at);
	*all = (struct records){ 0 };
}

/* Compare the names of record R (or NAME) by their octets. */
static bool
named(const struct record *r, const uint8_t *name, size_t len)
{
	return r->bytes[0] == len && memcmp(r->bytes + 2, name, len) == 0;
}

struct known { /* a name that exists; records from FIRST on, or none */
	const uint8_t *name;
	size_t len, first, n;
};
static struct known *known;
static size_t n_known;
static uint32_t *heads;
#define HEADS (1u << 18)

static uint32_t
hash(const uint8_t *name, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++) {
		h = (h ^ name[i]) * 16777619u;
	}
	return (h ^ h >> 15) % HEADS;
}

static const struct known *
lookup(const uint8_t *name, size_t len)
{
	for (uint32_t h = hash(name, len); heads[h] != 0;
	     h = (h + 1) % HEADS) {
		const struct known *k = &known[heads[h] - 1];

		if (k->len == len && memcmp(k->name, name, len) == 0) {
			return k;
		}
	}
	return NULL;
}

static struct known *
learn(const uint8_t *name, size_t len)
{
	uint32_t h = hash(name, len);

	while (heads[h] != 0) {
		struct known *k = &known[heads[h] - 1];

		if (k->len == len && memcmp(k->name, name, len) == 0) {
			return k;
		}
		h = (h + 1) % HEADS;
	}
	known[n_known] = (struct known){ .name = name, .len = len };
	heads[h] = (uint32_t)++n_known;
	if (n_known > HEADS / 2) {
		abort();
	}
	return &known[n_known - 1];
}

static void
index_all(const struct records *all)
{
	memset(heads, 0, HEADS * sizeof(*heads));
	n_known = 0;
	(void)learn((const uint8_t *)"", 0);
	for (size_t i = 0, e; i < all->n; i = e) {
		const uint8_t *name = all->at[i].bytes + 2;
		size_t len = all->at[i].bytes[0];
		struct known *k = learn(name, len);

		for (e = i + 1; e < all->n && named(&all->at[e], name, len);
		     e++) {
		}
		k->first = i;
		k->n = e - i;
		while (len > 0) { /* names above it exist as well */
			size_t n = 1u + name[0];

			name += n;
			len -= n;
			(void)learn(name, len);
		}
	}
}

/* RFC 4592: the name, or a wildcard at the closest name that exists; NULL:
 * there is no such name. */
static const struct known *
resolve(const uint8_t *name, size_t len, bool *ret_wild)
{
	const struct known *k = lookup(name, len);
	uint8_t star[300] = { 1, '*' };

	*ret_wild = false;
	if (k != NULL) {
		return k;
	}
	do {
		size_t n = 1u + name[0];

		name += n;
		len -= n;
	} while (lookup(name, len) == NULL);
	memcpy(star + 2, name, len);
	*ret_wild = true;
	return lookup(star, len + 2);
}

/* ---- what changes ------------------------------------------------------- */

static struct world w;
static struct zone_store *store;

/* One change of a few keys in one list. */
static void
change_some(unsigned most)
{
	static const char *const reasons[] = { "a", "b", "said of $ and $$" };
	const struct zone_list_conf *l =
	    &w.config->lists[pick((unsigned)w.config->n_lists)];
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result result = { 0 };
	struct zone_change *change = NULL;
	struct err_text said = { "" };
	int r = zone_change_new(store, w.config, &change);

	for (unsigned n = 1 + pick(most); n > 0 && r == 0; n--) {
		unsigned what = pick(10);
		struct zone_terms terms = { .exempt = what < 3,
			.forever = true,
			.person = true,
			.reason = reasons[pick(COUNT(reasons))] };
		char text[ZONE_KEY_TEXT];
		struct zone_key key;

		random_key(l->kind, text, sizeof(text));
		r = zone_key_parse(l->kind, span_str(text), &key, &said);
		if (r < 0) { /* IPv4-mapped, which has no entries */
			r = 0;
			continue;
		}
		r = what < 6
		    ? zone_change_put(change, l, &key, &terms, 0, &said)
		    : zone_change_remove(change, l, &key, 0);
		if (r == ERR_REFUSED || r == ERR_NONE) {
			r = 0;
		}
	}
	if (r == 0) {
		r = zone_change_commit(&change, &why, &result, &said);
	}
	zone_change_free(&change);
	CHECK(r == 0, "change: %s %s", err_str(r), said.text);
}

/* ---- comparing ---------------------------------------------------------- */

/* Do the answer's records of TYPE say what those of K do? */
static bool
same_data(const struct reply *reply, const struct records *all,
    const struct known *k, unsigned type)
{
	unsigned n = 0, found = 0;

	for (size_t i = k->first; i < k->first + k->n; i++) {
		const struct record *r = &all->at[i];
		size_t len = r->len - 2 - r->bytes[0];

		if (r->bytes[1] != type) {
			continue;
		}
		n++;
		for (unsigned a = 0; a < reply->n[0]; a++) {
			const struct reply_record *rr = &reply->rr[0][a];

			if (rr->len == len &&
			    memcmp(reply->packet + rr->data,
				r->bytes + 2 + r->bytes[0], len) == 0) {
				found++;
				break;
			}
		}
	}
	return n == reply->n[0] && found == n;
}

/* How many differ in a way that may not be. */
static void
compare_answer(const struct zone_zone_conf *z, const struct records *all,
    const char *below)
{
	static const struct sockaddr from = { .sa_family = AF_UNSPEC };
	const struct rbld_from who = { .peer = &from, .limit = 4096 };
	char name[600];
	struct asked q;
	struct reply reply;
	uint8_t out[4096];

	snprintf(name, sizeof(name), "%s.%s", below, z->name);
	for (unsigned t = 0; t < 2; t++) {
		unsigned type = t == 0 ? RBLD_T_A : RBLD_T_TXT;
		struct writer rel;
		uint8_t wire[300];
		const struct known *k;
		bool wild, listed;
		size_t n;

		ask(&q, name, type, 4096);
		n = rbld_handle(
		    &w.look, &w.stats, &who, q.bytes, q.len, out);
		if (!reply_read(out, n, &reply)) {
			CHECK(false, "%s: cannot be read", name);
			return;
		}
		rel = writer(wire, sizeof(wire));
		ask_name(&rel, below);
		k = resolve(wire, written(&rel) - 1, &wild);
		listed = k != NULL && k->n > 0 &&
		    all->at[k->first].bytes[1] != ZONE_RR_HINFO;
		if (reply.n[0] > 0) {
			CHECK(listed, "%s: is listed, is no record", name);
			CHECK(!listed || (wild && type == RBLD_T_TXT) ||
				same_data(&reply, all, k, type),
			    "%s type %u: other data", name, type);
		} else if (reply.rcode == RBLD_NXDOMAIN) {
			CHECK(k == NULL ||
				(z->kind == ZONE_KIND_DOMAIN && !wild &&
				    !listed && k->n > 0),
			    "%s: does not exist, is a record%s", name,
			    wild ? " (wildcard)" : "");
		} else {
			CHECK(k != NULL && reply.rcode == RBLD_NOERROR &&
				(!listed || (wild && z->kind == ZONE_KIND_IP &&
						strspn(below, "0123456789") <
						    4)),
			    "%s: has no data, is %s", name,
			    k == NULL ? "missing" : "listed");
		}
	}
}

static void
expand(const struct zone_zone_conf *z, struct records *all)
{
	struct zone_expand *x = NULL;
	int r;

	r = zone_expand_open(w.look.view, z, keep, all, &x);
	while (r >= 0 && (r = zone_expand_step(x)) == 1) {
	}
	CHECK(r == 0, "%s: %s", z->name, err_str(r));
	zone_expand_close(&x);
	sort(all);
}

struct patch {
	struct records *all;
	struct records gone;
};

static int
take_gone(const struct zone_rr *rr, void *ctx)
{
	struct patch *p = ctx;

	return keep(rr, &p->gone);
}

static int
take_come(const struct zone_rr *rr, void *ctx)
{
	struct patch *p = ctx;

	return keep(rr, p->all);
}

/* Bring OLD, of serial FROM, up to now; it must be NEW then. */
static void
compare_diff(const struct zone_zone_conf *z, uint64_t from,
    struct records *old, const struct records *new)
{
	struct patch p = { .all = old };
	size_t n = 0, g = 0;
	int r;

	r = zone_expand_diff(
	    w.look.view, z, from, take_gone, take_come, &p);
	if (r == 0 && (old->n > 1000 || new->n > 1000)) {
		return; /* a wide prefix came or went: all of it is less */
	}
	CHECK(r == 1, "%s: no difference since %llu: %d", z->name,
	    (unsigned long long)from, r);
	sort(old);
	sort(&p.gone);
	for (size_t i = 0; i < old->n; i++) {
		if (g < p.gone.n && compare(&old->at[i], &p.gone.at[g]) == 0) {
			g++;
		} else {
			old->at[n++] = old->at[i];
		}
	}
	CHECK(g == p.gone.n, "%s: a record goes that was not there", z->name);
	old->n = n;
	CHECK(n == new->n, "%s: %zu records instead of %zu", z->name, n,
	    new->n);
	for (size_t i = 0; i < n && i < new->n; i++) {
		if (compare(&old->at[i], &new->at[i]) != 0) {
			CHECK(false, "%s: record %zu is another: %s", z->name,
			    i, old->at[i].bytes + 2);
			break;
		}
	}
	forget(&p.gone);
}

static void
renew(void)
{
	rbld_look_rest(&w.look);
	rbld_look_renew(&w.look);
	CHECK(w.look.err == 0, "renew: %s", err_str(w.look.err));
}

#define FAR 7 /* steps that a second difference goes back */

int
main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 60;
	unsigned names = argc > 3 ? (unsigned)atoi(argv[3]) : 450;
	struct records near[4] = { { 0 } }, far[4] = { { 0 } };
	uint64_t near_serial = 0, far_serial = 0;
	struct err_text why = { "" };
	char text[4096];
	int r;

	drawn = seed;
	heads = calloc(HEADS, sizeof(*heads));
	known = calloc(HEADS / 2 + 2, sizeof(*known));
	world_begin(&w);
	snprintf(text, sizeof(text), conf, w.dir);
	r = world_config(&w, text, &why);
	if (r == 0) {
		r = rbld_apex_load(w.config, &w.apex, &why);
	}
	if (r == 0) {
		r = zone_store_open(w.config->data_dir, ZONE_STORE_LISTS,
		    ZONE_CREATE, w.config->map_size, &store, &why);
	}
	if (r == 0) {
		r = zone_moderate_init(store, w.config);
	}
	if (r == 0) {
		r = rbld_look_open(&w.look, w.apex, store);
	}
	if (r < 0 || heads == NULL || known == NULL) {
		world_fail("world", why.text);
	}
	for (unsigned i = 0; i < rounds && failures < 20; i++) {
		if (i > 0) {
			rbld_look_rest(&w.look);
			change_some(i % 9 == 1 ? 40 : 4);
		}
		renew();
		for (size_t k = 0; k < w.config->n_zones; k++) {
			const struct zone_zone_conf *z = &w.config->zones[k];
			struct records all = { 0 };
			int before = failures;

			expand(z, &all);
			if (i > 0) {
				compare_diff(z, near_serial, &near[k], &all);
			}
			if (i > 0 && i % FAR == 0) {
				compare_diff(z, far_serial, &far[k], &all);
			}
			index_all(&all);
			for (unsigned n = 0; n < names; n++) {
				char below[400];

				random_question(z->kind, below, sizeof(below));
				compare_answer(z, &all, below);
			}
			if (failures > before) {
				fprintf(stderr, "  seed %lu round %u zone %s\n",
				    seed, i, z->name);
			}
			forget(&near[k]);
			near[k] = all;
			if (i % FAR == 0) {
				forget(&far[k]);
				for (size_t n = 0; n < all.n; n++) {
					struct record *rec = &all.at[n];
					struct zone_rr rr = { rec->bytes + 2,
						rec->bytes[0], rec->bytes[1],
						rec->bytes + 2 + rec->bytes[0],
						rec->len - 2 - rec->bytes[0] };

					(void)keep(&rr, &far[k]);
				}
			}
		}
		near_serial = zone_view_serial(w.look.view);
		if (i % FAR == 0) {
			far_serial = near_serial;
		}
	}
	for (unsigned k = 0; k < 4; k++) {
		if (argc > 1) {
			printf("%s: %zu records at the end\n",
			    w.config->zones[k].name, near[k].n);
		}
		forget(&near[k]);
		forget(&far[k]);
	}
	rbld_look_rest(&w.look);
	rbld_look_close(&w.look);
	zone_store_close(&store);
	free(heads);
	free(known);
	world_end(&w);
	return failures > 0;
}
