/* ctl_question.c - rblctl: from what a person typed to what is asked. */
#include "zone/ctl_question.h"

#include "base/when.h"
#include "zone/guard.h"

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

			/* no leading zeros: no server knows such a name */
			if (!text_number(labels[i], 255, &octet) ||
			    (labels[i].len > 1 && labels[i].at[0] == '0')) {
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
by_name(const struct ctl *ctl, const char *text, struct ctl_question *q,
    bool *ret_is)
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

int
ctl_want_question(const struct ctl *ctl, const char *text,
    const struct zone_list_conf *list, struct ctl_question *q)
{
	struct err_text why = { "" };
	struct net_ip ip;
	char shown[120];
	bool is;
	int r;

	memset(q, 0, sizeof(*q));
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

bool
ctl_question_concerns(const struct ctl_question *q,
    const struct zone_list_conf *only, const struct zone_list_conf *list)
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

bool
ctl_question_test_point(const struct ctl_question *q)
{
	struct digest test;

	if (q->n_digests == 0) {
		return zone_guard_test_point(&q->key);
	}
	for (unsigned i = 0; i < q->n_digests; i++) {
		for (int k = 0; k < DIGEST_KINDS; k++) {
			test = digest_of(
			    (enum digest_kind)k, "test@example.com", 16);
			if (test.len == q->digests[i].len &&
			    memcmp(test.bytes, q->digests[i].bytes, test.len) ==
				0) {
				return true;
			}
		}
	}
	return false;
}

const char *
ctl_verdict_name(enum zone_verdict v)
{
	return v == ZONE_LISTED ? "listed"
	    : v == ZONE_EXEMPT  ? "exempt"
				: "not listed";
}

/* ---- the answer ---------------------------------------------------------- */

static void
print_line(const char *name, struct span s)
{
	if (s.len > 0) {
		printf("  %-10s", name);
		ctl_print_span(s);
		putchar('\n');
	}
}

void
ctl_print_answer(const char *list, const struct zone_hit *hit,
    const struct zone_key *by, const struct zone_detail *d)
{
	char key[ZONE_KEY_TEXT], code[16], when[WHEN_TEXT];
	struct buf reason = { 0 };

	ctl_print_span(span_str(list));
	printf(": %s\n", ctl_verdict_name(hit->verdict));
	if (d == NULL) {
		return;
	}
	if (by != NULL) {
		print_line("entry", span_str(zone_key_format(key, by)));
	}
	if (hit->verdict == ZONE_LISTED) {
		print_line("code", span_str(zone_code_format(code, hit->code)));
	}
	zone_detail_reason(d, by != NULL ? key : "$", &reason);
	print_line("reason",
	    span(reason.len > 0 ? reason.data : "", reason.len));
	buf_free(&reason);
	print_line("criterion", d->criterion);
	print_line("source", d->source);
	print_line("evidence", d->evidence);
	print_line("since", span_str(when_format(when, d->created)));
	print_line("until",
	    span_str(
		hit->until != 0 ? when_format(when, hit->until) : "for good"));
	print_line("by", d->by);
	printf("  %-10s%llu\n", "serial", (unsigned long long)d->serial);
}

json_t *
ctl_json_answer(const char *list, const struct zone_hit *hit,
    const struct zone_key *by, const struct zone_detail *d)
{
	char key[ZONE_KEY_TEXT];

	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "list",
	    ctl_json_str(list), "verdict",
	    d == NULL ? "clear" : ctl_verdict_name(hit->verdict), "entry",
	    d == NULL || by == NULL ? json_null()
				    : ctl_json_str(zone_key_format(key, by)),
	    "detail", ctl_json_detail(d), "serial",
	    d == NULL ? json_null() : json_integer((json_int_t)d->serial));
}
