/* ctl_test.c - rblctl test: is it listed, by what, why, since, until. */
#include "zone/ctl.h"

#include "base/when.h"

/* What is asked: a key, or the digests that a label may stand for. */
struct question {
	struct zone_key key; /* valid when n_digests is 0 */
	struct digest digests[2];
	unsigned n_digests;
	enum zone_kind kind;
	const struct zone_zone_conf *zone; /* NULL: not asked by name */
};

/* "9.114.0.203" or 32 nibbles, most distant first, back to an address. */
static bool
unreverse(struct span s, struct net_ip *ret)
{
	struct span labels[33];
	unsigned n = 0;
	size_t from = 0;

	for (size_t i = 0; i <= s.len; i++) {
		if (i < s.len && s.at[i] != '.') {
			continue;
		}
		if (n == 33) {
			return false;
		}
		labels[n++] = span(s.at + from, i - from);
		from = i + 1;
	}
	memset(ret, 0, sizeof(*ret));
	if (n == 4) {
		for (unsigned i = 0; i < 4; i++) {
			unsigned long octet;

			if (!text_number(labels[i], 255, &octet)) {
				return false;
			}
			ret->bytes[3 - i] = (uint8_t)octet;
		}
		ret->bits = 32;
		return true;
	}
	if (n != 32) {
		return false;
	}
	for (unsigned i = 0; i < 32; i++) {
		const char *hex = "0123456789abcdef", *p;
		unsigned at = 31 - i;

		if (labels[i].len != 1 ||
		    (p = strchr(hex, text_lower(labels[i].at[0]))) == NULL ||
		    *p == '\0') {
			return false;
		}
		ret->bytes[at / 2] |=
		    (uint8_t)((p - hex) << (at % 2 == 0 ? 4 : 0));
	}
	ret->bits = 128;
	return true;
}

/* S without ".ZONE"; the longest zone that fits wins. */
static const struct zone_zone_conf *
below_zone(const struct zone_config *config, struct span *s)
{
	const struct zone_zone_conf *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < config->n_zones; i++) {
		const struct zone_zone_conf *z = &config->zones[i];
		size_t len = strlen(z->name);

		if (s->len > len + 1 && s->at[s->len - len - 1] == '.' &&
		    span_ends(*s, z->name) && len > best_len) {
			best = z;
			best_len = len;
		}
	}
	if (best != NULL) {
		s->len -= best_len + 1;
	}
	return best;
}

/* A query name below one of our zones. CTL_DONE with *ret_is false: it is no
 * query name. */
static int
by_name(
    const struct ctl *ctl, const char *text, struct question *q, bool *ret_is)
{
	struct span s = span_str(text);
	struct net_ip ip;

	*ret_is = false;
	if (s.len > 0 && s.at[s.len - 1] == '.') {
		s.len--;
	}
	if (memchr(s.at, '@', s.len) != NULL ||
	    (q->zone = below_zone(ctl->config, &s)) == NULL) {
		return CTL_DONE;
	}
	*ret_is = true;
	q->kind = q->zone->kind;
	switch (q->kind) {
	case ZONE_KIND_IP:
		if (!unreverse(s, &ip)) {
			return ctl_wrong("KEY: below zone %s expected four "
					 "octets or 32 nibbles, reversed",
			    q->zone->name);
		}
		q->key = zone_key_of_ip(&ip);
		return CTL_DONE;
	case ZONE_KIND_ADDRESS:
		q->n_digests = digest_of_label(s.at, s.len, q->digests);
		if (q->n_digests == 0) {
			return ctl_wrong("KEY: below zone %s expected one "
					 "digest: md5, sha1 or sha256 of an "
					 "address",
			    q->zone->name);
		}
		return CTL_DONE;
	case ZONE_KIND_DOMAIN: break;
	}
	if (zone_key_parse(ZONE_KIND_DOMAIN, s, &q->key, NULL) < 0) {
		return ctl_wrong(
		    "KEY: below zone %s expected a domain name", q->zone->name);
	}
	return CTL_DONE;
}

static int
want_question(const struct ctl *ctl, const char *text,
    const struct zone_list_conf *list, struct question *q)
{
	struct err_text why = { "" };
	struct net_ip ip;
	char shown[120];
	bool is;
	int r;

	*q = (struct question){ 0 };
	r = by_name(ctl, text, q, &is);
	if (r != CTL_DONE || is) {
		if (r == CTL_DONE && list != NULL && list->kind != q->kind) {
			return ctl_wrong("KEY: zone %s has no lists of kind %s "
					 "such as \"%s\"",
			    q->zone->name, zone_kind_name(list->kind),
			    list->name);
		}
		return r;
	}
	q->kind = list != NULL ? list->kind : zone_key_guess(span_str(text));
	if (strlen(text) == 63 && unreverse(span_str(text), &ip) &&
	    (list == NULL || list->kind == ZONE_KIND_IP)) {
		q->kind = ZONE_KIND_IP; /* 32 nibbles can be nothing else */
		q->key = zone_key_of_ip(&ip);
		return CTL_DONE;
	}
	r = zone_key_parse(q->kind, span_str(text), &q->key, &why);
	if (r < 0) {
		return why.text[0] != '\0'
		    ? ctl_wrong("%s", why.text)
		    : ctl_wrong("\"%s\": %s",
			  text_printable_in(
			      shown, sizeof(shown), text, strlen(text)),
			  err_str(r));
	}
	return CTL_DONE;
}

/* ---- the answer of one list ---------------------------------------------- */

struct answer {
	struct zone_hit hit;
	struct zone_key by; /* the entry that decides; text "" when unknown */
	bool by_known;
	struct zone_detail detail; /* of a hit */
};

static int
ask(struct ctl *ctl, const struct zone_list_conf *list,
    const struct question *q, struct answer *ret)
{
	uint16_t number;
	int r;

	*ret = (struct answer){ .hit.verdict = ZONE_CLEAR };
	r = zone_view_list(ctl->view, list->name, list->kind, &number);
	if (r == 0) {
		return CTL_DONE; /* nothing was ever listed there */
	}
	if (r > 0 && q->n_digests == 0) {
		r = zone_find_key(
		    ctl->view, number, &q->key, &ret->hit, &ret->by);
		ret->by_known = true;
	}
	for (unsigned i = 0;
	     r >= 0 && i < q->n_digests && ret->hit.verdict == ZONE_CLEAR;
	     i++) {
		r = zone_find_digest(
		    ctl->view, number, &q->digests[i], &ret->hit);
	}
	if (r >= 0 && ret->hit.verdict != ZONE_CLEAR) {
		r = zone_view_detail(ctl->view, ret->hit.detail, &ret->detail);
		r = r == 0 ? ERR_CORRUPT : r;
	}
	return r < 0 ? ctl_failed(r, NULL, list->name) : CTL_DONE;
}

static const char *
verdict_name(enum zone_verdict v)
{
	return v == ZONE_LISTED ? "listed"
	    : v == ZONE_EXEMPT  ? "exempt"
				: "not listed";
}

static void
print_line(const char *name, struct span s)
{
	if (s.len > 0) {
		printf("  %-10s", name);
		ctl_print_span(s);
		putchar('\n');
	}
}

static void
print_answer(const struct zone_list_conf *list, const struct answer *a)
{
	const struct zone_detail *d = &a->detail;
	char key[ZONE_KEY_TEXT], code[16], when[WHEN_TEXT];
	struct buf reason = { 0 };

	printf("%s: %s\n", list->name, verdict_name(a->hit.verdict));
	if (a->hit.verdict == ZONE_CLEAR) {
		return;
	}
	if (a->by_known) {
		print_line("entry", span_str(zone_key_format(key, &a->by)));
	}
	if (a->hit.verdict == ZONE_LISTED) {
		print_line(
		    "code", span_str(zone_code_format(code, a->hit.code)));
	}
	zone_detail_reason(d, a->by_known ? key : "$", &reason);
	print_line("reason",
	    span(reason.len > 0 ? reason.data : "", reason.len));
	buf_free(&reason);
	print_line("criterion", d->criterion);
	print_line("source", d->source);
	print_line("since", span_str(when_format(when, d->created)));
	print_line("until",
	    span_str(a->hit.until != 0 ? when_format(when, a->hit.until)
				       : "for good"));
	print_line("by", d->by);
	printf("  %-10s%llu\n", "serial", (unsigned long long)d->serial);
}

static json_t *
json_answer(const struct zone_list_conf *list, const struct answer *a)
{
	bool clear = a->hit.verdict == ZONE_CLEAR;
	char key[ZONE_KEY_TEXT];

	return json_pack("{s:s, s:s, s:o, s:o}", "list", list->name, "verdict",
	    clear ? "clear" : verdict_name(a->hit.verdict), "entry",
	    clear || !a->by_known ? json_null()
				  : ctl_json_str(zone_key_format(key, &a->by)),
	    "detail", ctl_json_detail(clear ? NULL : &a->detail));
}

/* Is LIST one that the question is put to? */
static bool
concerns(const struct question *q, const struct zone_list_conf *only,
    const struct zone_list_conf *list)
{
	if (only != NULL) {
		return list == only;
	}
	if (q->zone == NULL) {
		return list->kind == q->kind;
	}
	for (size_t i = 0; i < q->zone->n_lists; i++) {
		if (q->zone->lists[i] == list) {
			return true;
		}
	}
	return false;
}

static int
run_test(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = ctl_given(args, "list");
	const struct zone_list_conf *only = NULL;
	bool json = ctl_given(args, "json") != NULL, listed = false;
	json_t *answers = NULL;
	struct question q;
	struct answer a;
	unsigned asked = 0;
	int r;

	if ((name != NULL && (r = ctl_want_list(ctl, name, &only)) != 0) ||
	    (r = want_question(ctl, args->words[0], only, &q)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0) {
		return r;
	}
	answers = json_array();
	for (size_t i = 0; i < ctl->config->n_lists; i++) {
		const struct zone_list_conf *list = &ctl->config->lists[i];

		if (!concerns(&q, only, list)) {
			continue;
		}
		asked++;
		if ((r = ask(ctl, list, &q, &a)) != CTL_DONE) {
			goto out;
		}
		listed = listed || a.hit.verdict == ZONE_LISTED;
		if (json) {
			json_array_append_new(answers, json_answer(list, &a));
		} else {
			print_answer(list, &a);
		}
	}
	if (asked == 0) {
		r = ctl_wrong("KEY: no list of kind %s is configured",
		    zone_kind_name(q.kind));
		goto out;
	}
	r = listed ? CTL_DONE : CTL_NEGATIVE;
	if (json &&
	    ctl_print_json(json_pack("{s:o, s:b, s:o}", "key",
		ctl_json_str(args->words[0]), "listed", (int)listed, "lists",
		json_incref(answers))) != CTL_DONE) {
		r = CTL_FAILED;
	}
out:
	json_decref(answers);
	return r;
}

const struct ctl_command ctl_test_commands[] = {
	{ "test", "KEY", "listed? exit 0 listed, 3 not", 1, 1, run_test,
	    { { "list", "LIST", "ask this list only", false },
		{ "json", NULL, "one JSON object", false } } },
	{ 0 },
};
