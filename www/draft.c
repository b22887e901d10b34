/* draft.c - a decision as it was typed. */
#include "www/draft.h"

#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"

#define AHEAD_MAX (INT64_C(5) * 366 * 86400) /* further is "no end" */

struct www_draft
www_draft_new(void)
{
	return (struct www_draft){ .reason = "",
		.canned = "",
		.criterion = "",
		.until = "",
		.date = "",
		.hop = "" };
}

static const char *
field(const struct www_turn *t, const char *name)
{
	const char *value = www_fields_get(&t->request->form, name);

	return value != NULL ? value : "";
}

bool
www_draft_read(const struct www_turn *t, struct www_draft *ret)
{
	const struct www_fields *f = &t->request->form;
	unsigned long n = 0;

	*ret = www_draft_new();
	ret->sent = true;
	ret->reason = field(t, "reason");
	ret->canned = field(t, "canned");
	ret->criterion = field(t, "criterion");
	ret->until = field(t, "until");
	ret->date = field(t, "date");
	ret->hop = field(t, "hop");
	if (!www_fields_number(f, "submission", INT64_MAX, &n)) {
		return false;
	}
	ret->submission = n;
	for (unsigned i = 0; i <= WWW_SCOPE_HOP; i++) {
		char name[16];

		n = 0; /* "" for a key as it is */
		snprintf(name, sizeof(name),
		    i == WWW_SCOPE_HOP ? "scope-hop" : "scope-%u", i);
		if (field(t, name)[0] != '\0' &&
		    !www_fields_number(f, name, 128, &n)) {
			return false;
		}
		ret->scope[i] = (unsigned)n;
	}
	return true;
}

const char *
www_draft_scopes(struct www_turn *t, const struct www_draft *draft)
{
	const char *all = "";

	for (unsigned i = 0; i <= WWW_SCOPE_HOP && all != NULL; i++) {
		if (draft->scope[i] != 0) {
			all = arena_fmt(
			    &t->arena, "%s%u:%u ", all, i, draft->scope[i]);
		}
	}
	return all;
}

bool
www_draft_end(struct www_turn *t, const struct www_draft *draft,
    int64_t *ret_until, bool *ret_forever, struct err_text *why)
{
	int64_t life = 0, end = 0;

	*ret_until = 0;
	*ret_forever = strcmp(draft->until, "never") == 0;
	if (draft->until[0] == '\0' || *ret_forever) {
		return true;
	}
	if (strcmp(draft->until, "date") != 0) {
		if (when_parse_duration(span_str(draft->until), &life) < 0 ||
		    life <= 0) {
			err_say(why, ERR_FORMAT, "%s",
			    T("It is not clear for how long."));
			return false;
		}
		end = t->now + life;
	} else if (draft->date[0] == '\0' ||
	    when_parse(span_str(draft->date), &end) < 0) {
		err_say(why, ERR_FORMAT, "%s",
		    T("The day that it is to end is missing."));
		return false;
	} else {
		end += 86400; /* that day is within */
	}
	if (end <= t->now) {
		err_say(why, ERR_RANGE, "%s",
		    T("The day that it is to end is over already."));
		return false;
	}
	if (end - t->now > AHEAD_MAX) {
		err_say(why, ERR_RANGE, "%s",
		    T("That is more than five years away. Choose \"no end\" "
		      "if it is meant to stay."));
		return false;
	}
	*ret_until = end;
	return true;
}

struct zone_key
www_widened(const struct zone_key *key, unsigned len)
{
	struct zone_key wide = *key;

	if (key->kind != ZONE_KIND_IP || len == 0 || len >= key->ip.plen) {
		return wide;
	}
	wide.ip.plen = (uint8_t)len;
	for (unsigned i = 0; i < 16; i++) {
		unsigned bits = len > i * 8 ? len - i * 8 : 0;

		if (bits < 8) {
			wide.ip.ip.bytes[i] &= (uint8_t)(0xff00u >> bits);
		}
	}
	return wide;
}

/* What was chosen from the canned reasons, and the person's own words. */
const char *
www_draft_reason(
    struct www_turn *t, const struct www_draft *d, struct err_text *why)
{
	bool known = d->canned[0] == '\0';
	const char *own, *all;

	for (size_t i = 0; i < t->config->www.n_reasons; i++) {
		known = known ||
		    strcmp(t->config->www.reasons[i], d->canned) == 0;
	}
	if (!known) {
		err_say(why, ERR_RANGE, "%s",
		    T("That reason is not offered any more."));
		return NULL;
	}
	own = www_text_tidy(&t->arena, d->reason, 64 << 10);
	all = own == NULL ? NULL
	    : d->canned[0] == '\0'
	    ? own
	    : arena_fmt(&t->arena, "%s%s%s", d->canned,
		  own[0] != '\0' ? ": " : "", own);
	if (all == NULL || strlen(all) > WWW_REASON_MAX) {
		err_say(why, ERR_RANGE, "%s",
		    T("The reason is longer than 500 bytes."));
		return NULL;
	}
	return all;
}

/* A key instead of candidate I of S, when a scope says so. */
static int
choose(struct www_turn *t, const struct www_draft *d, const struct www_story *s,
    unsigned i, struct zone_decision *ret, struct zone_choice *choices)
{
	const struct zone_candidate *c = &s->item.candidates[i];
	const struct zone_list_conf *list =
	    zone_config_list(t->config, span_str(c->list));
	char text[ZONE_KEY_TEXT];
	struct zone_key key;

	if (d->scope[i] == 0 || list == NULL || list->kind != ZONE_KIND_IP ||
	    zone_key_parse(list->kind, span_str(c->key), &key, NULL) < 0 ||
	    d->scope[i] >= key.ip.plen) {
		ret->approve |= UINT32_C(1) << i;
		return 0;
	}
	key = www_widened(&key, d->scope[i]);
	choices[ret->n_choices] = (struct zone_choice){ .list = c->list,
		.key = arena_str(&t->arena, zone_key_format(text, &key)) };
	return choices[ret->n_choices++].key != NULL ? 0 : ERR_NOMEM;
}

static int
choose_hop(struct www_turn *t, const struct www_draft *d,
    const struct www_story *s, struct zone_decision *ret,
    struct zone_choice *choices, struct err_text *why)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(t->config, ZONE_KIND_IP);
	char text[ZONE_KEY_TEXT];
	struct zone_key key;

	if (list == NULL || www_story_hop(s, d->hop) == NULL ||
	    !www_hop_key(d->hop, &key)) {
		return err_say(why, ERR_RANGE, "%s",
		    T("That relay is not one that a trusted server wrote "
		      "down in this mail."));
	}
	key = www_widened(&key, d->scope[WWW_SCOPE_HOP]);
	choices[ret->n_choices] = (struct zone_choice){ .list = list->name,
		.key = arena_str(&t->arena, zone_key_format(text, &key)) };
	return choices[ret->n_choices++].key != NULL ? 0 : ERR_NOMEM;
}

/* "list-3": the mask behind the dash. false: it is none. */
static bool
mask_of(const char *what, const char *verb, unsigned long *ret)
{
	size_t n = strlen(verb);

	return strncmp(what, verb, n) == 0 &&
	    text_number(span_str(what + n), UINT32_MAX, ret) && *ret != 0;
}

int
www_draft_decision(struct www_turn *t, const struct www_draft *d,
    const struct www_story *s, const char *what, struct zone_decision *ret,
    struct err_text *why)
{
	struct zone_choice *choices =
	    arena_alloc(&t->arena, (WWW_SCOPE_HOP + 1) * sizeof(*choices));
	bool hop = strcmp(what, "list-hop") == 0;
	bool dismiss = strcmp(what, "dismiss") == 0;
	unsigned long mask = 0;
	bool known = d->criterion[0] == '\0';
	int r = 0;

	if (choices == NULL) {
		return ERR_NOMEM;
	}
	*ret = (struct zone_decision){ .item = t->id,
		.exempt = mask_of(what, "never-", &mask),
		.criterion = d->criterion };
	if (!ret->exempt && !hop && !dismiss &&
	    !mask_of(what, "list-", &mask)) {
		return ERR_FORMAT;
	}
	for (size_t i = 0; i < t->config->n_criteria; i++) {
		known = known ||
		    strcmp(t->config->criteria[i].id, d->criterion) == 0;
	}
	if (!known) {
		return err_say(why, ERR_RANGE, "%s",
		    T("That criterion is not one of this list's."));
	}
	ret->reason = www_draft_reason(t, d, why);
	if (ret->reason == NULL ||
	    !www_draft_end(t, d, &ret->until, &ret->forever, why)) {
		return ERR_RANGE;
	}
	for (unsigned i = 0; i < 32 && r == 0; i++) {
		if ((mask >> i & 1) == 0) {
			continue;
		}
		if (i < s->item.n_candidates) {
			r = choose(t, d, s, i, ret, choices);
		} else {
			ret->approve |= UINT32_C(1) << i; /* will be missed */
		}
	}
	if (r == 0 && hop) {
		r = choose_hop(t, d, s, ret, choices, why);
	}
	ret->choices = choices;
	return r;
}
