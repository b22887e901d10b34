/* ctl_args.c - rblctl: words into values, each with one message when wrong. */
#include "zone/ctl.h"

#include "base/when.h"
#include "zone/guard.h"

/* What a person typed, for a message. */
static char *
shown(char out[120], const char *text)
{
	return text_printable_in(out, 120, text, strlen(text));
}

int
ctl_want_list(const struct ctl *ctl, const char *name,
    const struct zone_list_conf **ret_list)
{
	struct buf names = { 0 };
	char text[120];
	int r;

	*ret_list = zone_config_list(ctl->config, span_str(name));
	if (*ret_list != NULL) {
		return CTL_DONE;
	}
	for (size_t i = 0; i < ctl->config->n_lists; i++) {
		buf_fmt(&names, "%s%s", i > 0 ? ", " : "",
		    ctl->config->lists[i].name);
	}
	r = ctl_wrong("no list is called \"%s\"; expected one of: %s",
	    shown(text, name), names.data != NULL ? names.data : "(none)");
	buf_free(&names);
	return r;
}

int
ctl_want_key(const struct zone_list_conf *list, const char *text,
    struct zone_key *ret_key)
{
	struct err_text why = { "" };
	char key[120];
	int r = zone_key_parse(list->kind, span_str(text), ret_key, &why);

	if (r < 0) {
		return why.text[0] != '\0'
		    ? ctl_wrong("%s", why.text)
		    : ctl_wrong("\"%s\": %s", shown(key, text), err_str(r));
	}
	return CTL_DONE;
}

int
ctl_want_number(
    const char *what, const char *text, uint64_t max, uint64_t *ret_n)
{
	unsigned long n;
	char wrong[120];

	if (!text_number(span_str(text), (unsigned long)max, &n) || n == 0) {
		return ctl_wrong("%s \"%s\": expected a number from 1 to %llu",
		    what, shown(wrong, text), (unsigned long long)max);
	}
	*ret_n = n;
	return CTL_DONE;
}

int
ctl_want_until(const char *text, int64_t *ret_t)
{
	struct span s = span_str(text);
	int64_t t, now = when_now();
	char wrong[120];

	if (span_is(s, "never")) {
		*ret_t = 0;
		return CTL_DONE;
	}
	if (when_parse(s, &t) < 0) {
		if (when_parse_duration(s, &t) < 0 || t == 0) {
			return ctl_wrong("--until \"%s\": expected a time "
					 "(2026-11-21T09:30:00Z), a duration "
					 "(90s 15m 6h 7d 4w) or \"never\"",
			    shown(wrong, text));
		}
		t += now;
	}
	if (t <= now) {
		return ctl_wrong("--until \"%s\": that is over; expected a "
				 "time to come",
		    shown(wrong, text));
	}
	*ret_t = t;
	return CTL_DONE;
}

static int
want_time_back(const char *what, const char *text, int64_t *ret_t)
{
	struct span s = span_str(text);
	char wrong[120];
	int64_t t;

	if (when_parse(s, ret_t) == 0) {
		return CTL_DONE;
	}
	if (when_parse_duration(s, &t) < 0) {
		return ctl_wrong("%s \"%s\": expected a time "
				 "(2026-11-21T09:30:00Z) or a duration back "
				 "from now (90s 15m 6h 7d 4w)",
		    what, shown(wrong, text));
	}
	*ret_t = when_now() - t;
	return CTL_DONE;
}

int
ctl_want_since(const char *text, int64_t *ret_t)
{
	return want_time_back("--since", text, ret_t);
}

int
ctl_want_past(const char *what, const char *text, int64_t *ret_t)
{
	char wrong[120];
	int r = want_time_back(what, text, ret_t);

	if (r == CTL_DONE && *ret_t > when_now()) {
		return ctl_wrong("%s \"%s\": that is to come; expected a time "
				 "that is over",
		    what, shown(wrong, text));
	}
	return r;
}

int
ctl_want_format(const char *name, const struct zone_format **ret_format)
{
	struct buf names = { 0 };
	char wrong[120];
	int r;

	*ret_format = zone_format_find(span_str(name));
	if (*ret_format != NULL) {
		return CTL_DONE;
	}
	for (size_t i = 0; zone_format_at(i) != NULL; i++) {
		buf_fmt(
		    &names, "%s%s", i > 0 ? ", " : "", zone_format_at(i)->name);
	}
	r = ctl_wrong("--format \"%s\": expected one of: %s",
	    shown(wrong, name), names.data != NULL ? names.data : "");
	buf_free(&names);
	return r;
}

int
ctl_want_text(const char *what, const char *text, size_t max)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len > max) {
		return ctl_wrong("%s: %zu bytes are too many; expected at most "
				 "%zu",
		    what, len, max);
	}
	for (size_t i = 0, n; i < len; i += n) {
		n = text_utf8(text + i, len - i);
		if (n == 0 || (unsigned char)text[i] < 0x20 ||
		    text[i] == 0x7f) {
			return ctl_wrong("%s: byte %zu is %s; expected text in "
					 "UTF-8 on one line",
			    what, i + 1,
			    n == 0 ? "not UTF-8" : "a control character");
		}
	}
	return CTL_DONE;
}

int
ctl_want_terms(const struct ctl_args *args, struct zone_terms *ret_terms)
{
	const char *code = ctl_given(args, "code");
	const char *until = ctl_given(args, "until");
	struct zone_terms t = { .person = true };
	struct err_text why = { "" };
	char wrong[120];
	int r;

	t.reason = ctl_given(args, "reason");
	t.criterion = ctl_given(args, "criterion");
	t.source = ctl_given(args, "source");
	if ((r = ctl_want_text("--reason", t.reason, CTL_REASON_MAX)) != 0 ||
	    (r = ctl_want_text("--criterion", t.criterion, CTL_NAME_MAX)) !=
		0 ||
	    (r = ctl_want_text("--source", t.source, CTL_NAME_MAX)) != 0) {
		return r;
	}
	if (code != NULL) {
		if (zone_code_parse(span_str(code), &t.code) < 0) {
			return ctl_wrong("--code \"%s\": expected an address "
					 "such as 127.0.0.2",
			    shown(wrong, code));
		}
		if (zone_guard_code(t.code, &why) < 0) {
			return ctl_wrong("--code: %s", why.text);
		}
	}
	if (until != NULL) {
		if ((r = ctl_want_until(until, &t.until)) != 0) {
			return r;
		}
		t.forever = t.until == 0;
	}
	*ret_terms = t;
	return CTL_DONE;
}
