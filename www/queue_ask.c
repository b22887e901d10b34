/* queue_ask.c - which items a page of the queue is about. */
#include "www/queue_ask.h"

#include "www/lang.h"

static const char *const sorts[WWW_SORTS] = { "", "newest", "reports", "seen" };

const char *
www_sort_name(enum www_sort sort)
{
	return sorts[sort];
}

/* The place of VALUE among N words; NULL is the first. false: not one. */
static bool
one_of(const char *value, const char *const *words, unsigned n, unsigned *ret)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(value != NULL ? value : words[0], words[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

int
www_ask_read(struct www_turn *t, const struct www_fields *f,
    struct www_ask *ret, bool *ret_known)
{
	static const char *const states[] = { "waiting", "listed",
		"dismissed" };
	const char *q = www_fields_get(f, "q");
	const char *by = www_fields_get(f, "group");
	struct www_ask ask = { .page = 1, .word = "" };
	unsigned state = 0, sort = 0;
	int r;

	*ret_known = one_of(www_fields_get(f, "state"), states, 3, &state) &&
	    one_of(www_fields_get(f, "sort"), sorts, WWW_SORTS, &sort) &&
	    www_group_of(by != NULL ? by : "", &ask.group) &&
	    www_fields_number(f, "page", 1000000, &ask.page) && ask.page > 0;
	ask.state = (enum zone_item_state)state;
	ask.sort = (enum www_sort)sort;
	if (q == NULL || strlen(q) > 4 * WWW_QUERY) {
		ask.fault = q == NULL ? WWW_FILTER_GOOD : WWW_FILTER_MANY;
		ask.q = "";
		*ret = ask;
		return 0;
	}
	ask.q = www_text_tidy(&t->arena, q, 4 * WWW_QUERY);
	if (ask.q == NULL) {
		return ERR_NOMEM;
	}
	r = www_filter_parse(
	    ask.q, t->now, &t->arena, &ask.filter, &ask.fault, &ask.word);
	if (r == ERR_FORMAT) {
		r = 0;
	}
	*ret = ask;
	return r;
}

const char *
www_ask_write(
    struct arena *arena, const struct www_ask *ask, unsigned long page)
{
	const char *q = www_url_quote(arena, ask->q);
	const char *s = q;

	if (q == NULL) {
		return NULL;
	}
	s = arena_fmt(arena, "state=%s%s%s%s%s%s%s",
	    zone_item_state_name(ask->state), q[0] != '\0' ? "&q=" : "", q,
	    ask->sort != WWW_SORT_USUAL ? "&sort=" : "", sorts[ask->sort],
	    ask->group != WWW_GROUP_NONE ? "&group=" : "",
	    www_group_name(ask->group));
	return s == NULL || page == 1
	    ? s
	    : arena_fmt(arena, "%s&page=%lu", s, page);
}

void
www_ask_fault(struct www_turn *t, const struct www_ask *ask)
{
	switch (ask->fault) {
	case WWW_FILTER_GOOD: break;
	case WWW_FILTER_NAME:
		SAY(t,
		    "“%s” begins with a name that is not known here. To look "
		    "for such words, put them in quotation marks.",
		    ask->word);
		break;
	case WWW_FILTER_EMPTY:
		SAY(t, "Something has to stand behind “%s”, without a blank.",
		    ask->word);
		break;
	case WWW_FILTER_IP:
		SAY(t,
		    "“%s” names no address and no network such as "
		    "203.0.114.0/24.",
		    ask->word);
		break;
	case WWW_FILTER_KIND:
		SAY(t,
		    "“%s” is no kind of report. They are attachment, digest, "
		    "inline, eml-attachment, arf, resent, archive, mbox, tnef, "
		    "raw, bounce, autoreply and unknown.",
		    ask->word);
		break;
	case WWW_FILTER_ADVICE:
		SAY(t,
		    "“%s” is no advice. It is one of list, instead, unsure, "
		    "never and none.",
		    ask->word);
		break;
	case WWW_FILTER_TIME:
		SAY(t,
		    "“%s” is no time. Write a date, 2026-11-20, or how long "
		    "ago: 12h, 3d, 2w.",
		    ask->word);
		break;
	case WWW_FILTER_GROUP:
		SAY(t, "“%s” is no group; the page of groups makes them.",
		    ask->word);
		break;
	case WWW_FILTER_QUOTE:
		SAY(t, "A quotation mark is missing in “%s”.", ask->word);
		break;
	case WWW_FILTER_MANY:
		SAY(t, "That is too long: at most %u words and %u bytes.",
		    WWW_TERMS, WWW_QUERY);
		break;
	}
}
