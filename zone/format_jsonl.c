/* format_jsonl.c - one JSON object a line: the whole of what is said of a key.
 *
 *	{"list":"ip","key":"203.0.114.9","exempt":false,"code":"127.0.0.2",
 *	 "reason":"","criterion":"","source":"","created":"2026-11-21T09:30:00Z",
 *	 "until":null,"by":"ada"}
 *
 * and "template":true when "$" in the reason stands for the key (FORMATS 1.3).
 *
 * Read: only "key" must be there. "list" must name the list that is imported
 * to; "created" and "by" are history, which an import writes anew.
 */
#include "zone/format.h"

#include <jansson.h>

#include "base/when.h"

/* ---- writing ------------------------------------------------------------- */

/* By hand: a million lines through a JSON library take five times as long. */
static void
put_text(struct buf *b, struct span s)
{
	struct buf utf8 = { 0 };

	buf_u8(b, '"');
	if (s.len > 0) {
		text_to_utf8(&utf8, s.at, s.len);
	}
	for (size_t i = 0; i < utf8.len; i++) {
		unsigned char c = (unsigned char)utf8.data[i];

		if (c == '"' || c == '\\') {
			buf_u8(b, '\\');
			buf_u8(b, c);
		} else if (c < 0x20) {
			buf_fmt(b, "\\u%04X", c);
		} else {
			buf_u8(b, c);
		}
	}
	buf_u8(b, '"');
	b->bad = b->bad || utf8.bad;
	buf_free(&utf8);
}

static void
put_member(struct buf *b, const char *name, struct span s)
{
	buf_str(b, name);
	put_text(b, s);
}

static void
put_time(struct buf *b, const char *name, int64_t t)
{
	char when[WHEN_TEXT];

	buf_str(b, name);
	if (t == 0) {
		buf_str(b, "null");
	} else {
		put_text(b, span_str(when_format(when, t)));
	}
}

static void
jsonl_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char key[ZONE_KEY_TEXT], code[16];
	bool exempt = entry->code == 0;
	struct buf *b = &out->body;

	put_member(b, "{\"list\":", span_str(out->about.list));
	put_member(
	    b, ",\"key\":", span_str(zone_key_format(key, &entry->key)));
	if (exempt) {
		buf_str(b, ",\"exempt\":true,\"code\":null");
	} else {
		put_member(b, ",\"exempt\":false,\"code\":",
		    span_str(zone_code_format(code, entry->code)));
	}
	put_member(b, ",\"reason\":", detail->reason);
	put_member(b, ",\"criterion\":", detail->criterion);
	put_member(b, ",\"source\":", detail->source);
	put_time(b, ",\"created\":", detail->created);
	put_time(b, ",\"until\":", entry->until);
	put_member(b, ",\"by\":", detail->by);
	/* rare: said only when it is */
	buf_str(b, detail->template ? ",\"template\":true}\n" : "}\n");
	out->entries++;
}

/* ---- reading ------------------------------------------------------------- */

static int
want_text(
    const char *name, json_t *value, struct span *ret, struct err_text *why)
{
	if (!json_is_string(value)) {
		return err_say(
		    why, ERR_FORMAT, "\"%s\": expected a string", name);
	}
	*ret = span(json_string_value(value), json_string_length(value));
	return 0;
}

static int
take(struct zone_format_in *in, struct zone_format_line *line, const char *name,
    json_t *value, struct err_text *why)
{
	struct span s, n = span_str(name);
	int r;

	if (span_is(n, "exempt") || span_is(n, "template")) {
		if (!json_is_boolean(value)) {
			return err_say(why, ERR_FORMAT,
			    "\"%s\": expected true or false", name);
		}
		*(span_is(n, "exempt") ? &line->exempt : &line->template) =
		    json_is_true(value);
		return 0;
	}
	if (json_is_null(value)) {
		if (span_is(n, "until")) {
			line->said_until = true;
		}
		if (!span_is(n, "key")) {
			return 0; /* not said */
		}
	}
	if ((r = want_text(name, value, &s, why)) < 0) {
		return r;
	}
	if (span_is(n, "key")) {
		line->key = s;
	} else if (span_is(n, "reason")) {
		line->reason = s;
	} else if (span_is(n, "criterion")) {
		line->criterion = s;
	} else if (span_is(n, "source")) {
		line->source = s;
	} else if (span_is(n, "list")) {
		if (!span_is(s, in->about.list)) {
			return err_say(why, ERR_FORMAT,
			    "\"list\": this line is for another list than "
			    "\"%s\"",
			    in->about.list);
		}
	} else if (span_is(n, "code")) {
		if (zone_code_parse(s, &line->code) < 0) {
			return err_say(why, ERR_FORMAT,
			    "\"code\": expected an address such as "
			    "\"127.0.0.2\"");
		}
	} else if (span_is(n, "until")) {
		line->said_until = true;
		if (when_parse(s, &line->until) < 0 || line->until == 0) {
			return err_say(why, ERR_FORMAT,
			    "\"until\": expected null or a time such as "
			    "\"2026-11-21T09:30:00Z\"");
		}
	} else if (!span_is(n, "created") && !span_is(n, "by")) {
		char shown[ZONE_FORMAT_SHOWN];

		return err_say(why, ERR_FORMAT,
		    "\"%s\" is not known here; expected list, key, exempt, "
		    "code, reason, template, criterion, source, created, until or by",
		    zone_format_shown(shown, n));
	}
	return 0;
}

static int
jsonl_line(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct zone_format_line line = { 0 };
	const char *name;
	json_error_t error;
	json_t *j, *value;
	int r = 0;

	j = json_loadb(s.at, s.len, JSON_REJECT_DUPLICATES, &error);
	if (j == NULL) {
		char shown[160];

		return err_say(why, ERR_FORMAT,
		    "expected one JSON object a line: %s (column %d)",
		    text_printable_in(
			shown, sizeof(shown), error.text, strlen(error.text)),
		    error.column);
	}
	if (!json_is_object(j)) {
		r = err_say(why, ERR_FORMAT, "expected one JSON object a line");
		goto out;
	}
	json_object_foreach(j, name, value)
	{
		if ((r = take(in, &line, name, value, why)) < 0) {
			goto out;
		}
	}
	if (line.key.len == 0) {
		r = err_say(why, ERR_FORMAT, "\"key\" is missing");
		goto out;
	}
	r = zone_format_found(in, &line, why);
out:
	json_decref(j);
	return r;
}

#define ALL                                       \
	(ZONE_FORMAT_KIND(ZONE_KIND_IP) |         \
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS) | \
	    ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN))

const struct zone_format zone_format_jsonl = {
	.name = "jsonl",
	.about = "one JSON object a line, with all that is said of a key",
	.reads = ALL,
	.writes = ALL,
	.detail = true,
	.line = jsonl_line,
	.entry = jsonl_entry,
};
