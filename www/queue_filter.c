/* queue_filter.c - what a moderator types to find items. */
#include "www/queue_filter.h"

#include <stdio.h>

#include "base/digest.h"
#include "base/when.h"
#include "www/queue_text.h"

static const char *const group_names[WWW_GROUPS] = { "", "relay", "network",
	"sender", "campaign", "submitter" };

const char *
www_group_name(enum www_group group)
{
	return group_names[group];
}

bool
www_group_of(const char *name, enum www_group *ret)
{
	for (unsigned i = 0; i < WWW_GROUPS; i++) {
		if (strcmp(name, group_names[i]) == 0) {
			*ret = (enum www_group)i;
			return true;
		}
	}
	return false;
}

/* ---- reading a query ----------------------------------------------------- */

static const struct {
	const char *name;
	enum www_term_kind kind;
} names[] = {
	{ "from", WWW_TERM_FROM },
	{ "subject", WWW_TERM_SUBJECT },
	{ "submitter", WWW_TERM_SUBMITTER },
	{ "relay", WWW_TERM_RELAY },
	{ "key", WWW_TERM_KEY },
	{ "ip", WWW_TERM_IP },
	{ "list", WWW_TERM_LIST },
	{ "kind", WWW_TERM_KIND },
	{ "advice", WWW_TERM_ADVICE },
	{ "since", WWW_TERM_SINCE },
	{ "before", WWW_TERM_BEFORE },
	{ "group", WWW_TERM_GROUP },
};

static const char *const kinds[] = { "attachment", "digest", "inline",
	"eml-attachment", "arf", "resent", "archive", "mbox", "tnef", "raw",
	"bounce", "autoreply", "unknown" };

static const char *const advices[] = { "list", "instead", "unsure", "never",
	"none" };

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The place of S among N words, or N. */
static size_t
among(const char *s, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(s, words[i]) != 0) {
		i++;
	}
	return i;
}

/* "2026-11-20", the same with a time, or "3d": so long ago. */
static bool
read_time(const char *s, int64_t now, int64_t *ret)
{
	int64_t ago;

	if (when_parse(span_str(s), ret) == 0) {
		return true;
	}
	if (when_parse_duration(span_str(s), &ago) < 0) {
		return false;
	}
	*ret = now - ago;
	return true;
}

/* "relay-0123456789abcdef" */
static bool
read_group(struct www_term *term)
{
	const char *dash = strrchr(term->text, '-');
	char name[16];

	if (dash == NULL || (size_t)(dash - term->text) >= sizeof(name) ||
	    strlen(dash + 1) != 16 ||
	    strspn(dash + 1, "0123456789abcdef") != 16) {
		return false;
	}
	snprintf(
	    name, sizeof(name), "%.*s", (int)(dash - term->text), term->text);
	term->text = dash + 1;
	return www_group_of(name, &term->group) &&
	    term->group != WWW_GROUP_NONE;
}

/* What stands behind the name of TERM, in its text. */
static enum www_filter_fault
read_value(struct www_term *term, int64_t now)
{
	size_t i;

	if (term->text[0] == '\0') {
		return WWW_FILTER_EMPTY;
	}
	switch (term->kind) {
	case WWW_TERM_IP:
		return net_prefix_parse(span_str(term->text), &term->net) == 0
		    ? WWW_FILTER_GOOD
		    : WWW_FILTER_IP;
	case WWW_TERM_KIND:
		i = among(term->text, kinds, N_OF(kinds));
		return i < N_OF(kinds) ? WWW_FILTER_GOOD : WWW_FILTER_KIND;
	case WWW_TERM_ADVICE:
		i = among(term->text, advices, N_OF(advices));
		i = strcmp(term->text, "address-instead") == 0 ? 1 : i;
		term->advice = (unsigned)i;
		return i < N_OF(advices) ? WWW_FILTER_GOOD : WWW_FILTER_ADVICE;
	case WWW_TERM_SINCE:
	case WWW_TERM_BEFORE:
		return read_time(term->text, now, &term->time)
		    ? WWW_FILTER_GOOD
		    : WWW_FILTER_TIME;
	case WWW_TERM_GROUP:
		return read_group(term) ? WWW_FILTER_GOOD : WWW_FILTER_GROUP;
	default: return WWW_FILTER_GOOD;
	}
}

/* One word of the query, QUOTED when a quotation mark began it. */
static enum www_filter_fault
read_term(const char *word, bool quoted, int64_t now, struct arena *arena,
    struct www_term *term)
{
	size_t n = strspn(word,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	struct net_prefix net;
	char folded[WWW_QUERY * 2];

	if (net_prefix_parse(span_str(word), &net) == 0) {
		term->kind = WWW_TERM_IP;
		term->net = net;
		return WWW_FILTER_GOOD;
	}
	if (!quoted && n > 0 && word[n] == ':') {
		size_t i = 0;

		while (
		    i < N_OF(names) && !span_is(span(word, n), names[i].name)) {
			i++;
		}
		if (i == N_OF(names)) {
			return WWW_FILTER_NAME;
		}
		term->kind = names[i].kind;
		word += n + 1;
	}
	if (term->kind != WWW_TERM_SINCE && term->kind != WWW_TERM_BEFORE) {
		www_fold(word, folded, sizeof(folded));
		word = folded; /* times have capital letters */
	}
	term->text = arena_str(arena, word);
	return term->text == NULL ? WWW_FILTER_GOOD : read_value(term, now);
}

/* The next word of *S without its quotation marks, in OUT. false: one of
 * them has no fellow. */
static bool
next_word(const char **s, char out[WWW_QUERY + 1], bool *ret_quoted)
{
	const char *p = *s;
	bool open = false;
	size_t n = 0;

	*ret_quoted = *p == '"';
	for (; *p != '\0' && (open || *p != ' '); p++) {
		if (*p == '"') {
			open = !open;
		} else {
			out[n++] = *p;
		}
	}
	out[n] = '\0';
	*s = p;
	return !open;
}

int
www_filter_parse(const char *q, int64_t now, struct arena *arena,
    struct www_filter *ret, enum www_filter_fault *ret_fault,
    const char **ret_word)
{
	enum www_filter_fault fault = WWW_FILTER_GOOD;
	struct www_filter f = { .n = 0 };
	char word[WWW_QUERY + 1] = "";
	bool quoted;

	if (strlen(q) > WWW_QUERY) {
		fault = WWW_FILTER_MANY;
	}
	for (q += strspn(q, " "); fault == WWW_FILTER_GOOD && *q != '\0';
	     q += strspn(q, " ")) {
		struct www_term term = { .kind = WWW_TERM_WORD, .text = "" };

		if (q[0] == '-' && q[1] != ' ' && q[1] != '\0') {
			term.not = true;
			q++;
		}
		if (!next_word(&q, word, &quoted)) {
			fault = WWW_FILTER_QUOTE;
		} else if (f.n == WWW_TERMS) {
			fault = WWW_FILTER_MANY;
			word[0] = '\0';
		} else if (word[0] != '\0') {
			fault = read_term(word, quoted, now, arena, &term);
			if (term.text == NULL) {
				return ERR_NOMEM;
			}
			f.terms[f.n++] = term;
		}
	}
	if (fault != WWW_FILTER_GOOD) {
		*ret_fault = fault;
		*ret_word = arena_str(arena, word);
		return *ret_word == NULL ? ERR_NOMEM : ERR_FORMAT;
	}
	*ret = f;
	return 0;
}

/* ---- does an item fit? --------------------------------------------------- */

static bool
has(const char *hay, const char *needle)
{
	char folded[2048];

	if (hay == NULL || hay[0] == '\0') {
		return false;
	}
	www_fold(hay, folded, sizeof(folded));
	return strstr(folded, needle) != NULL;
}

static bool
within(const char *text, const struct net_prefix *net)
{
	struct net_prefix p;

	if (text == NULL || net_prefix_parse(span_str(text), &p) < 0 ||
	    p.ip.bits != net->ip.bits) {
		return false;
	}
	/* one lies in the other */
	return net_ip_within(
	    &p.ip, &net->ip, p.plen < net->plen ? p.plen : net->plen);
}

unsigned
www_item_advice(const struct zone_item *item)
{
	for (unsigned i = 0; i < item->n_candidates; i++) {
		if (item->candidates[i].advice != ZONE_ADVICE_NEVER) {
			return item->candidates[i].advice;
		}
	}
	return ZONE_ADVICE_NEVER + (item->n_candidates == 0);
}

static bool
by_submitter(const struct zone_item *item, const char *text)
{
	for (unsigned i = item->n_evidence; i-- > 0;) {
		/* the same one again and again is the usual case */
		if ((i + 1 == item->n_evidence ||
			strcmp(item->evidence[i].submitter,
			    item->evidence[i + 1].submitter) != 0) &&
		    has(item->evidence[i].submitter, text)) {
			return true;
		}
	}
	return false;
}

static bool
by_key(const struct zone_item *item, const struct www_term *t)
{
	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		if (t->kind == WWW_TERM_IP
			? within(c->key, &t->net)
			: has(t->kind == WWW_TERM_LIST ? c->list : c->key,
			      t->text)) {
			return true;
		}
	}
	return false;
}

static bool
by_relay(const struct zone_item *item, const char *text)
{
	const struct zone_origin *o = &item->origin;

	return has(o->relay, text) || has(o->helo, text) || has(o->rdns, text);
}

static bool
by_group(const struct zone_item *item, const struct www_term *t)
{
	char label[WWW_LABEL], mark[17];

	www_group_label(t->group, item, label);
	www_group_mark(label, mark);
	return strcmp(mark, t->text) == 0;
}

static bool
fits(const struct www_term *t, const struct zone_item *item)
{
	const struct zone_origin *o = &item->origin;

	switch (t->kind) {
	case WWW_TERM_WORD:
		return has(item->subject, t->text) ||
		    has(item->from, t->text) ||
		    has(o->envelope_from, t->text) || by_key(item, t) ||
		    by_relay(item, t->text) || by_submitter(item, t->text);
	case WWW_TERM_FROM:
		return has(item->from, t->text) ||
		    has(o->envelope_from, t->text);
	case WWW_TERM_SUBJECT: return has(item->subject, t->text);
	case WWW_TERM_SUBMITTER: return by_submitter(item, t->text);
	case WWW_TERM_RELAY: return by_relay(item, t->text);
	case WWW_TERM_KEY:
	case WWW_TERM_LIST: return by_key(item, t);
	case WWW_TERM_IP: return by_key(item, t) || within(o->relay, &t->net);
	case WWW_TERM_KIND:
		return o->kind != NULL && strcmp(o->kind, t->text) == 0;
	case WWW_TERM_ADVICE: return www_item_advice(item) == t->advice;
	case WWW_TERM_SINCE: return item->last >= t->time;
	case WWW_TERM_BEFORE: return item->first < t->time;
	case WWW_TERM_GROUP: return by_group(item, t);
	}
	return false;
}

bool
www_filter_fits(const struct www_filter *f, const struct zone_item *item)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (fits(&f->terms[i], item) == f->terms[i].not ) {
			return false;
		}
	}
	return true;
}
