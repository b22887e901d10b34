/* ctl_out.c - rblctl: what goes to standard output. */
#include "zone/ctl.h"

#include <unistd.h>

#include "base/when.h"

void
ctl_print(const char *s, size_t len)
{
	struct buf b = { 0 };

	text_printable(&b, s, len);
	if (b.len > 0 && !b.bad) {
		fwrite(b.data, 1, b.len, stdout);
	}
	buf_free(&b);
}

void
ctl_print_span(struct span s)
{
	ctl_print(s.at, s.len);
}

bool
ctl_on_terminal(void)
{
	static int terminal = -1;

	if (terminal < 0) {
		terminal = isatty(STDOUT_FILENO) == 1;
	}
	return terminal != 0;
}

int
ctl_print_json(json_t *j)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	int r = 0;

	/* JSON escapes nothing from U+007F on by itself: what would act on a
	 * terminal must not reach one. */
	flags |= ctl_on_terminal() ? JSON_ENSURE_ASCII : 0;
	if (j == NULL || json_dumpf(j, stdout, flags) != 0) {
		r = ctl_fail("output: no memory, or it cannot be written");
	} else {
		putchar('\n');
	}
	json_decref(j);
	return r;
}

int
ctl_print_jsonl(const struct buf *b)
{
	const char *at = b->data, *end;
	int r = CTL_DONE;

	if (b->len == 0 || !ctl_on_terminal()) {
		if (b->len > 0) {
			fwrite(b->data, 1, b->len, stdout);
		}
		return CTL_DONE;
	}
	while (r == CTL_DONE && (end = strchr(at, '\n')) != NULL) {
		r = ctl_print_json(
		    json_loadb(at, (size_t)(end - at), JSON_DECODE_ANY, NULL));
		at = end + 1;
	}
	return r;
}

json_t *
ctl_json_text(struct span s)
{
	struct buf b = { 0 };
	json_t *j = NULL;

	text_to_utf8(&b, s.at, s.len);
	if (!b.bad) {
		j = json_stringn(b.len > 0 ? b.data : "", b.len);
	}
	buf_free(&b);
	return j;
}

json_t *
ctl_json_str(const char *s)
{
	return ctl_json_text(span_str(s != NULL ? s : ""));
}

json_t *
ctl_json_time(int64_t t)
{
	char when[WHEN_TEXT];

	return t != 0 ? json_string(when_format(when, t)) : json_null();
}

json_t *
ctl_json_code(uint32_t code)
{
	char text[16];

	return code != 0 ? json_string(zone_code_format(text, code))
			 : json_null();
}

json_t *
ctl_json_detail(const struct zone_detail *d)
{
	if (d == NULL) {
		return json_null();
	}
	return json_pack("{s:b, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:b}",
	    "exempt", (int)zone_detail_exempt(d), "code",
	    ctl_json_code(d->code), "reason", ctl_json_text(d->reason),
	    "template", (int)d->template, "criterion", ctl_json_text(d->criterion), "source",
	    ctl_json_text(d->source), "created", ctl_json_time(d->created),
	    "until", ctl_json_time(d->until), "by", ctl_json_text(d->by),
	    "person", (int)d->person);
}
