/* test_rbld_tsig.c - signatures, with ldns on the other side.
 *
 * ldns signs a question and we check it; we sign answers and ldns checks them.
 * ldns does not look at the time, so that is ours alone. What was changed
 * after it was signed, by whom it may be, must be seen.
 */
#include <ldns/ldns.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "rbld/answer.h"
#include "rbld/tsig.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define OTHER "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
#define NOW 1800000000

static char dir[SCRATCH];
static struct zone_tsig_conf confs[] = {
	{ "one", "hmac-sha256", NULL },
	{ "two.example", "hmac-sha512", NULL },
	{ "three", "hmac-sha1", NULL },
};
static struct zone_config config = { .tsig = confs, .n_tsig = 3 };
static struct rbld_keys *keys;

static const char *
file(const char *name, const char *text, unsigned mode)
{
	static char paths[8][SCRATCH + 32];
	static unsigned n;
	char *path = paths[n++ % 8];
	FILE *f;

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(path, mode) != 0) {
		perror(path);
		exit(99);
	}
	return path;
}

/* ---- secrets ------------------------------------------------------------ */

static const struct {
	const char *name, *text;
	unsigned mode;
	bool ok;
} files[] = {
	{ "plain", SECRET, 0600, true },
	{ "a line", SECRET "\n", 0600, true },
	{ "in two lines", "MDEyMzQ1Njc4OWFiY2Rl\nZjAxMjM0NTY3ODlhYmNkZWY=\n",
	    0400, true },
	{ "without padding", "MDEyMzQ1Njc4OWFiY2RlZg", 0600, true },
	{ "others may read it", SECRET, 0644, false },
	{ "empty", "", 0600, false },
	{ "too short", "MDEyMzQ1Njc4OWE=", 0600, false },
	{ "no base64", "not a secret at all, is it?", 0600, false },
	{ "something behind it", SECRET "\nkey two\n", 0600, false },
};

static void
check_files(void)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		struct zone_tsig_conf conf = { "k", "hmac-sha256",
			file("key", files[i].text, files[i].mode) };
		struct zone_config c = { .tsig = &conf, .n_tsig = 1 };
		struct rbld_keys *k = NULL;
		struct err_text why = { "" };
		int r = rbld_keys_load(&c, geteuid(), &k, &why);

		CHECK((r == 0) == files[i].ok, "%s: %d %s", files[i].name, r,
		    why.text);
		CHECK(files[i].ok || why.text[0] != '\0', "%s: says nothing",
		    files[i].name);
		rbld_keys_free(&k);
		unlink(conf.secret_file);
	}
}

/* ---- questions ---------------------------------------------------------- */

struct asked {
	uint8_t *at;
	size_t len;
	struct rbld_query q;
	ldns_pkt *pkt;
};

static void
drop(struct asked *a)
{
	free(a->at);
	ldns_pkt_free(a->pkt);
}

/* A question that ldns signs; ALGORITHM as ldns wants it. */
static void
ask(struct asked *a, const char *key, const char *secret,
    const char *algorithm)
{
	ldns_rdf *name = ldns_dname_new_frm_str("bl.example.org");
	ldns_status s;

	a->pkt = ldns_pkt_query_new(
	    name, LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, LDNS_RD);
	ldns_pkt_set_id(a->pkt, 0x1234);
	s = ldns_pkt_tsig_sign(
	    a->pkt, key, secret, 300, algorithm, NULL);
	if (s == LDNS_STATUS_OK) {
		s = ldns_pkt2wire(&a->at, a->pkt, &a->len);
	}
	if (s != LDNS_STATUS_OK) {
		fprintf(stderr, "ldns: %s\n", ldns_get_errorstr_by_id(s));
		exit(99);
	}
	CHECK(rbld_query_parse(a->at, a->len, &a->q) == RBLD_PARSE_OK &&
		a->q.tsig != NULL,
	    "it is a question");
}

static const struct {
	const char *name, *key, *secret, *algorithm;
	int late; /* seconds that our clock is behind theirs */
	enum rbld_tsig_error error;
} questions[] = {
	{ "sha256", "one.", SECRET, "hmac-sha256.", 0, RBLD_TSIG_GOOD },
	{ "sha512", "two.example.", SECRET, "hmac-sha512.", 0,
	    RBLD_TSIG_GOOD },
	{ "sha1", "three.", SECRET, "hmac-sha1.", 0, RBLD_TSIG_GOOD },
	{ "the name in capitals", "ONE.", SECRET, "hmac-sha256.", 0,
	    RBLD_TSIG_GOOD },
	{ "just early enough", "one.", SECRET, "hmac-sha256.", 299,
	    RBLD_TSIG_GOOD },
	{ "just late enough", "one.", SECRET, "hmac-sha256.", -299,
	    RBLD_TSIG_GOOD },
	{ "too early", "one.", SECRET, "hmac-sha256.", 305,
	    RBLD_TSIG_BADTIME },
	{ "too late", "one.", SECRET, "hmac-sha256.", -305,
	    RBLD_TSIG_BADTIME },
	{ "another secret", "one.", OTHER, "hmac-sha256.", 0,
	    RBLD_TSIG_BADSIG },
	{ "another secret and time", "one.", OTHER, "hmac-sha256.", 999,
	    RBLD_TSIG_BADSIG },
	{ "no such key", "four.", SECRET, "hmac-sha256.", 0,
	    RBLD_TSIG_BADKEY },
	{ "another algorithm", "one.", SECRET, "hmac-sha512.", 0,
	    RBLD_TSIG_BADKEY },
	{ "md5", "one.", SECRET, "hmac-md5.sig-alg.reg.int.", 0,
	    RBLD_TSIG_BADKEY },
};

/* An unsigned answer to A, of one record. */
static size_t
answer(const struct asked *a, uint8_t *out, size_t cap, unsigned rcode)
{
	struct writer w = writer(out, cap);
	size_t question = RBLD_HEADER + a->q.name_len + 4u;

	write_span(&w, a->at, question);
	out[2] = 0x84;
	out[3] = (uint8_t)rcode;
	out[10] = out[11] = 0;
	return written(&w);
}

/* Does ldns accept the LEN octets, signed over the MAC before? LATER: as one
 * of several. *RET_MAC is of this one. */
static bool
accepts(const uint8_t *out, size_t len, const char *key, const char *secret,
    const ldns_rdf *mac, bool later, ldns_rdf **ret_mac)
{
	ldns_pkt *pkt = NULL;
	ldns_status s = ldns_wire2pkt(&pkt, out, len);
	bool ok = false;

	if (s == LDNS_STATUS_OK && ldns_pkt_tsig(pkt) != NULL) {
		ok = later ? ldns_pkt_tsig_verify_next(
				 pkt, out, len, key, secret, mac, 1)
			   : ldns_pkt_tsig_verify(
				 pkt, out, len, key, secret, mac);
		if (ret_mac != NULL) {
			*ret_mac = ldns_rdf_clone(
			    ldns_rr_rdf(ldns_pkt_tsig(pkt), 3));
		}
	}
	ldns_pkt_free(pkt);
	return ok;
}

static const ldns_rdf *
mac_of(const ldns_pkt *pkt)
{
	return ldns_rr_rdf(ldns_pkt_tsig(pkt), 3);
}

static void
check_question(size_t i)
{
	uint64_t now = (uint64_t)time(NULL) - (uint64_t)questions[i].late;
	struct rbld_tsig t;
	uint8_t out[1024];
	struct asked a = { 0 };
	size_t len, n;

	ask(&a, questions[i].key, questions[i].secret,
	    questions[i].algorithm);
	rbld_tsig_check(keys, a.at, a.len, &a.q, now, &t);
	CHECK(t.error == questions[i].error, "%s: %s", questions[i].name,
	    rbld_tsig_name(t.error));
	len = answer(&a, out, sizeof(out), t.error ? RBLD_NOTAUTH : 0);
	n = rbld_tsig_sign(&t, out, len, sizeof(out), now);
	CHECK(n > len && n <= len + RBLD_TSIG_ROOM && out[11] == 1,
	    "%s: not signed", questions[i].name);
	switch (t.error) {
	case RBLD_TSIG_GOOD:
		CHECK(accepts(out, n, questions[i].key, questions[i].secret,
			  mac_of(a.pkt), false, NULL),
		    "%s: ldns refuses our answer", questions[i].name);
		CHECK(!accepts(out, n, questions[i].key, OTHER, mac_of(a.pkt),
			  false, NULL),
		    "%s: ldns takes any secret", questions[i].name);
		break;
	case RBLD_TSIG_BADTIME: /* signed, with our time */
		CHECK(accepts(out, n, questions[i].key, questions[i].secret,
			  mac_of(a.pkt), false, NULL),
		    "%s: ldns refuses our answer", questions[i].name);
		CHECK(out[n - 9] == 18 && out[n - 8] == 0 && out[n - 7] == 6 &&
			out[n - 1] == (uint8_t)now,
		    "%s: our time is not told", questions[i].name);
		break;
	default: /* without a MAC */
		CHECK(out[n - 4] == 0 && out[n - 3] == (uint8_t)t.error &&
			out[n - 8] == 0 && out[n - 7] == 0,
		    "%s: error %u", questions[i].name, out[n - 3]);
		break;
	}
	drop(&a);
}

/* Whatever octet is changed: it is never good, unless nothing is signed of
 * it (the id, which relays may change). */
static void
check_changes(void)
{
	struct asked a = { 0 };
	uint64_t now = (uint64_t)time(NULL);

	ask(&a, "one.", SECRET, "hmac-sha256.");
	for (size_t i = 2; i < a.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct rbld_query q;
			struct rbld_tsig t = { .error = RBLD_TSIG_FORMERR };
			uint8_t old = a.at[i];

			a.at[i] ^= (uint8_t)(1u << bit);
			if (rbld_query_parse(a.at, a.len, &q) ==
				RBLD_PARSE_OK &&
			    q.tsig != NULL) {
				rbld_tsig_check(
				    keys, a.at, a.len, &q, now, &t);
			}
			/* a name's case is not signed */
			CHECK(t.error != RBLD_TSIG_GOOD ||
				(bit == 5 && a.at + i >= a.q.tsig),
			    "octet %zu bit %u", i, bit);
			a.at[i] = old;
		}
	}
	for (size_t len = (size_t)(a.q.tsig - a.at); len < a.len; len++) {
		uint8_t *part = malloc(len); /* so that a sanitizer sees it */
		struct rbld_tsig t;
		struct rbld_query q = a.q;

		memcpy(part, a.at, len);
		q.tsig = part + (a.q.tsig - a.at);
		q.name = part + RBLD_HEADER;
		rbld_tsig_check(keys, part, len, &q, now, &t);
		CHECK(t.error == RBLD_TSIG_FORMERR, "cut to %zu", len);
		free(part);
	}
	drop(&a);
}

/* Several messages, each signed over the one before (RFC 8945, 5.3.1). */
static void
check_several(void)
{
	struct asked a = { 0 };
	uint64_t now = (uint64_t)time(NULL);
	ldns_rdf *mac, *next = NULL;
	struct rbld_tsig t;

	ask(&a, "two.example.", SECRET, "hmac-sha512.");
	rbld_tsig_check(keys, a.at, a.len, &a.q, now, &t);
	mac = ldns_rdf_clone(mac_of(a.pkt));
	for (unsigned i = 0; i < 5; i++) {
		uint8_t out[1024];
		size_t len = answer(&a, out, sizeof(out), 0);

		out[3] = (uint8_t)i; /* so that they differ */
		len = rbld_tsig_sign(&t, out, len, sizeof(out), now + i);
		CHECK(accepts(out, len, "two.example.", SECRET, mac, i > 0,
			  &next),
		    "message %u", i);
		ldns_rdf_deep_free(mac);
		mac = next;
		next = NULL;
		if (mac == NULL) {
			break;
		}
	}
	ldns_rdf_deep_free(mac);
	drop(&a);
}

static void
check_room(void)
{
	struct asked a = { 0 };
	struct rbld_tsig t;
	uint8_t out[1024];
	size_t len;

	ask(&a, "one.", SECRET, "hmac-sha256.");
	rbld_tsig_check(keys, a.at, a.len, &a.q, (uint64_t)time(NULL), &t);
	len = answer(&a, out, sizeof(out), 0);
	for (size_t cap = len; cap < len + 60; cap++) {
		struct rbld_tsig copy = t;

		CHECK(rbld_tsig_sign(&copy, out, len, cap, NOW) == len &&
			out[11] == 0,
		    "no room in %zu", cap);
	}
	drop(&a);
}

int
main(void)
{
	struct err_text why = { "" };

	scratch_make(dir);
	if (secret_init() < 0) {
		return 99;
	}
	confs[0].secret_file = file("one", SECRET, 0600);
	confs[1].secret_file = file("two", SECRET, 0600);
	confs[2].secret_file = file("three", SECRET, 0600);
	CHECK(rbld_keys_load(&config, geteuid(), &keys, &why) == 0, "%s",
	    why.text);
	if (keys != NULL) {
		check_files();
		for (size_t i = 0; i < COUNT(questions); i++) {
			check_question(i);
		}
		check_changes();
		check_several();
		check_room();
	}
	rbld_keys_free(&keys);
	scratch_remove(dir);
	return failures > 0;
}
