/* ctl_entry.c - rblctl add, exempt, remove: one change, one serial. */
#include "zone/ctl.h"

#include <stdlib.h>

#include "base/when.h"

/* All words behind LIST, parsed before anything is begun. */
static int
want_keys(const struct zone_list_conf *list, const struct ctl_args *args,
    struct zone_key **ret_keys)
{
	struct zone_key *keys = calloc(args->n_words, sizeof(*keys));
	int r;

	if (keys == NULL) {
		return ctl_fail("no memory");
	}
	for (unsigned i = 1; i < args->n_words; i++) {
		r = ctl_want_key(list, args->words[i], &keys[i - 1]);
		if (r != CTL_DONE) {
			free(keys);
			return r;
		}
	}
	*ret_keys = keys;
	return CTL_DONE;
}

static int
commit(struct zone_change **change, const struct zone_why *why,
    struct zone_change_result *ret)
{
	struct err_text text = { "" };
	int r = zone_change_commit(change, why, ret, &text);

	if (r < 0) {
		return ctl_failed(r, &text, "nothing was changed");
	}
	if (ret->serial == 0) {
		printf("unchanged\n");
	} else {
		printf("serial %llu\n", (unsigned long long)ret->serial);
	}
	return CTL_DONE;
}

static int
put(struct ctl *ctl, const struct ctl_args *args, bool exempt)
{
	const struct zone_list_conf *list;
	struct zone_change_result result;
	struct zone_change *change = NULL;
	struct zone_key *keys = NULL;
	struct err_text text = { "" };
	struct zone_terms terms;
	unsigned n = args->n_words - 1;
	char key[ZONE_KEY_TEXT], when[WHEN_TEXT];
	int r;

	if ((r = ctl_want_list(ctl, args->words[0], &list)) != 0 ||
	    (r = ctl_want_terms(args, &terms)) != 0 ||
	    (r = want_keys(list, args, &keys)) != 0 ||
	    (r = ctl_open_store(ctl, ZONE_WRITE)) != 0) {
		goto out;
	}
	terms.exempt = exempt;
	if (exempt && terms.until == 0) {
		terms.forever = true; /* a hole closes only if told to */
	}
	if ((r = zone_change_new(ctl->store, ctl->config, &change)) < 0) {
		r = ctl_failed(r, NULL, "the store");
		goto out;
	}
	for (unsigned i = 0; i < n; i++) {
		r = zone_change_put(change, list, &keys[i], &terms, 0, &text);
		if (r < 0) {
			r = text.text[0] != '\0'
			    ? ctl_fail("%s; nothing was changed", text.text)
			    : ctl_failed(
				  r, NULL, zone_key_format(key, &keys[i]));
			goto out;
		}
	}
	r = commit(&change,
	    &(struct zone_why){ .by = ctl->by,
		.action = exempt ? ZONE_ACTION_EXEMPT : ZONE_ACTION_ADD,
		.source = terms.source,
		.reason = terms.reason },
	    &result);
	if (r == CTL_DONE && exempt && terms.until != 0) {
		fprintf(stderr,
		    "rblctl: warning: this exemption ends by itself at %s; "
		    "what covers it is listed again from then on\n",
		    when_format(when, terms.until));
	}
out:
	zone_change_free(&change);
	free(keys);
	return r;
}

static int
run_add(struct ctl *ctl, const struct ctl_args *args)
{
	return put(ctl, args, false);
}

static int
run_exempt(struct ctl *ctl, const struct ctl_args *args)
{
	return put(ctl, args, true);
}

/* ---- remove -------------------------------------------------------------- */

/* KEY has no entry of its own: say so, and what covers it. */
static int
missing(struct ctl *ctl, const struct zone_list_conf *list, uint16_t number,
    bool known, const struct zone_key *key)
{
	char text[ZONE_KEY_TEXT], wider[ZONE_KEY_TEXT];
	struct zone_hit hit = { .verdict = ZONE_CLEAR };
	struct zone_key by;
	int r = 0;

	zone_key_format(text, key);
	if (known) {
		r = zone_find_key(ctl->view, number, key, &hit, &by);
		if (r < 0) {
			return ctl_failed(r, NULL, text);
		}
	}
	if (hit.verdict == ZONE_CLEAR) {
		return ctl_fail("%s is not in list %s; nothing was removed",
		    text, list->name);
	}
	return ctl_fail("%s has no entry of its own in list %s, so nothing was "
			"removed; it is %s by %s",
	    text, list->name,
	    hit.verdict == ZONE_LISTED ? "listed" : "exempted",
	    zone_key_format(wider, &by));
}

#define STILL_SHOWN 20 /* keys */

/* What covers the keys now that their own entries are gone? The removal is
 * done: a failure here is only told. */
static void
still_covered(struct ctl *ctl, const struct zone_list_conf *list,
    uint16_t number, const struct zone_key *keys, unsigned n)
{
	char text[ZONE_KEY_TEXT], wider[ZONE_KEY_TEXT];
	unsigned covered = 0;

	if (zone_view_renew(ctl->view) < 0) {
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		struct zone_hit hit = { .verdict = ZONE_CLEAR };
		struct zone_key by;

		if (zone_find_key(ctl->view, number, &keys[i], &hit, &by) < 0 ||
		    hit.verdict == ZONE_CLEAR || ++covered > STILL_SHOWN) {
			continue;
		}
		fprintf(stderr, "rblctl: %s is %s by %s in list %s\n",
		    zone_key_format(text, &keys[i]),
		    hit.verdict == ZONE_LISTED ? "still listed"
					       : "now exempted",
		    zone_key_format(wider, &by), list->name);
	}
	if (covered > STILL_SHOWN) {
		fprintf(stderr, "rblctl: and %u more are covered by others\n",
		    covered - STILL_SHOWN);
	}
	zone_view_rest(ctl->view);
}

static int
run_remove(struct ctl *ctl, const struct ctl_args *args)
{
	const struct zone_list_conf *list;
	struct zone_change_result result;
	struct zone_change *change = NULL;
	struct zone_key *keys = NULL;
	struct zone_entry entry;
	const char *reason = ctl_given(args, "reason");
	const char *source = ctl_given(args, "source");
	unsigned n = args->n_words - 1;
	uint16_t number = 0;
	bool known;
	int r;

	if ((r = ctl_want_list(ctl, args->words[0], &list)) != 0 ||
	    (r = ctl_want_text("--reason", reason, CTL_REASON_MAX)) != 0 ||
	    (r = ctl_want_text("--source", source, CTL_NAME_MAX)) != 0 ||
	    (r = want_keys(list, args, &keys)) != 0 ||
	    (r = ctl_open_store(ctl, ZONE_WRITE)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0) {
		goto out;
	}
	r = zone_view_list(ctl->view, list->name, list->kind, &number);
	if (r < 0 ||
	    (known = r > 0,
		r = zone_change_new(ctl->store, ctl->config, &change)) < 0) {
		r = ctl_failed(r, NULL, list->name);
		goto out;
	}
	for (unsigned i = 0; i < n; i++) {
		r = known ? zone_find_exact(ctl->view, number, &keys[i], &entry)
			  : 0;
		if (r == 0) {
			r = missing(ctl, list, number, known, &keys[i]);
			goto out;
		}
		if (r < 0 ||
		    (r = zone_change_remove(change, list, &keys[i], 0)) < 0) {
			r = ctl_failed(r, NULL, list->name);
			goto out;
		}
	}
	zone_view_rest(ctl->view);
	r = commit(&change,
	    &(struct zone_why){ .by = ctl->by,
		.action = ZONE_ACTION_REMOVE,
		.source = source,
		.reason = reason },
	    &result);
	if (r == CTL_DONE) {
		still_covered(ctl, list, number, keys, n);
	}
out:
	zone_change_free(&change);
	free(keys);
	return r;
}

#define TERMS                                                           \
	{ "reason", "TEXT", "why, shown to whoever asks", false },      \
	    { "criterion", "ID", "the published criterion that is met", \
		    false },                                            \
	    { "until", "TIME|DURATION", "end, or \"never\"", false },   \
	{                                                               \
		"source", "NAME", "where the word comes from", false    \
	}

const struct ctl_command ctl_entry_commands[] = {
	{ "add", "LIST KEY...", "list; prints the serial", 2, CTL_MANY, run_add,
	    { { "code", "A", "answer with this address", false }, TERMS } },
	{ "exempt", "LIST KEY...", "make a hole; prints the serial", 2,
	    CTL_MANY, run_exempt, { TERMS } },
	{ "remove", "LIST KEY...", "take out exactly KEY; prints the serial", 2,
	    CTL_MANY, run_remove,
	    { { "reason", "TEXT", "why, for the history", false },
		{ "source", "NAME", "where the word comes from", false } } },
	{ 0 },
};
