/* format_csv.c - RFC 4180, UTF-8, for spreadsheets.
 *
 *	key,exempt,code,reason,criterion,source,created,until,by,template
 *
 * One record a line: a line feed within a value is written as a blank. What a
 * spreadsheet would take for a formula (= + - @ at its beginning) is written
 * behind an apostrophe, and so is what begins with one, so that reading takes
 * off exactly what writing put there.
 *
 * Read: the first line names the columns, in any order; "key" must be among
 * them. "created", "by" and the names that other lists use for such history
 * are passed over, since an import writes it anew.
 */
#include "zone/format.h"

#include <stdlib.h>

#include "base/when.h"

enum column {
	COLUMN_KEY,
	COLUMN_EXEMPT,
	COLUMN_CODE,
	COLUMN_REASON,
	COLUMN_CRITERION,
	COLUMN_SOURCE,
	COLUMN_UNTIL,
	COLUMN_TEMPLATE,
	COLUMN_LIST,
	COLUMN_PASSED,
};

static const struct {
	const char *name;
	enum column column;
} names[] = {
	{ "key", COLUMN_KEY },
	{ "exempt", COLUMN_EXEMPT },
	{ "code", COLUMN_CODE },
	{ "reason", COLUMN_REASON },
	{ "criterion", COLUMN_CRITERION },
	{ "source", COLUMN_SOURCE },
	{ "created", COLUMN_PASSED },
	{ "until", COLUMN_UNTIL },
	{ "by", COLUMN_PASSED },
	{ "template", COLUMN_TEMPLATE },
	{ "address", COLUMN_KEY },
	{ "ip", COLUMN_KEY },
	{ "domain", COLUMN_KEY },
	{ "list", COLUMN_LIST },
	{ "type", COLUMN_PASSED },
	{ "first_seen", COLUMN_PASSED },
	{ "last_seen", COLUMN_PASSED },
};

/* ---- writing ------------------------------------------------------------- */

static void
put_cell(struct buf *b, struct span s, bool last)
{
	bool guard = s.len > 0 && strchr("=+-@'\t", s.at[0]) != NULL;
	bool quote = guard || (s.len > 0 && (s.at[0] == ' ' ||
				  s.at[s.len - 1] == ' ' || s.at[0] == '#'));

	for (size_t i = 0; i < s.len && !quote; i++) {
		quote = s.at[i] == '"' || s.at[i] == ',';
	}
	buf_str(b, quote ? "\"" : "");
	buf_str(b, guard ? "'" : "");
	if (quote) {
		for (size_t i = 0; i < s.len; i++) {
			buf_str(b, s.at[i] == '"' ? "\"" : "");
			buf_u8(b, (unsigned char)s.at[i]);
		}
		buf_u8(b, '"');
	} else {
		buf_add(b, s.at, s.len);
	}
	buf_u8(b, last ? '\n' : ',');
}

static void
put_words(struct zone_format_out *out, struct span s)
{
	struct buf utf8 = { 0 }, one = { 0 };

	if (s.len > 0) {
		text_to_utf8(&utf8, s.at, s.len);
		zone_format_oneline(
		    &one, span(utf8.data, utf8.len), ZONE_FORMAT_LINE);
	}
	out->body.bad = out->body.bad || utf8.bad || one.bad;
	put_cell(&out->body, span(one.len > 0 ? one.data : "", one.len), false);
	buf_free(&utf8);
	buf_free(&one);
}

static void
csv_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char key[ZONE_KEY_TEXT], code[16], when[WHEN_TEXT];
	struct buf *b = &out->body;
	bool exempt = entry->code == 0;

	put_cell(b, span_str(zone_key_format(key, &entry->key)), false);
	buf_str(b, exempt ? "yes," : "no,");
	buf_str(b, exempt ? "" : zone_code_format(code, entry->code));
	buf_u8(b, ',');
	put_words(out, detail->reason);
	put_words(out, detail->criterion);
	put_words(out, detail->source);
	buf_fmt(b, "%s,", when_format(when, detail->created));
	buf_fmt(b, "%s,",
	    entry->until != 0 ? when_format(when, entry->until) : "");
	put_words(out, detail->by);
	buf_str(b, detail->template ? "yes\n" : "no\n");
	out->entries++;
}

static void
csv_head(struct zone_format_out *out, struct buf *b)
{
	(void)out; /* no comments in RFC 4180: the manifest has the rest */
	buf_str(b, "key,exempt,code,reason,criterion,source,created,until,by,"
		   "template\n");
}

/* ---- reading ------------------------------------------------------------- */

#define CELLS 32

struct csv {
	bool begun;
	size_t n;
	enum column columns[CELLS];
	struct span cells[CELLS];
	struct buf text; /* of the cells that were quoted */
};

static int
csv_begin(struct zone_format_in *in, struct err_text *why)
{
	(void)why;
	in->own = calloc(1, sizeof(struct csv));
	return in->own != NULL ? 0 : ERR_NOMEM;
}

static void
csv_fini(struct zone_format_in *in)
{
	struct csv *c = in->own;

	if (c != NULL) {
		buf_free(&c->text);
		free(c);
		in->own = NULL;
	}
}

/* A quoted cell at *AT, its quotes doubled. */
static int
quoted(struct csv *c, struct span s, size_t *at, struct span *ret,
    struct err_text *why)
{
	size_t i = *at + 1, begin = c->text.len;

	for (;; i++) {
		if (i >= s.len) {
			return err_say(why, ERR_FORMAT,
			    "a quote that does not end in this line; one "
			    "record a line is expected");
		}
		if (s.at[i] == '"' &&
		    (i + 1 >= s.len || s.at[i + 1] != '"')) {
			break;
		}
		i += s.at[i] == '"';
		buf_u8(&c->text, (unsigned char)s.at[i]);
	}
	if (i + 1 < s.len && s.at[i + 1] != ',') {
		return err_say(why, ERR_FORMAT,
		    "text behind a closing quote; expected a comma");
	}
	if (c->text.bad) {
		return ERR_NOMEM;
	}
	*ret = span(c->text.data + begin, c->text.len - begin);
	*at = i + 1;
	return 0;
}

static int
split(struct csv *c, struct span s, struct err_text *why)
{
	size_t at = 0;
	int r;

	buf_clear(&c->text);
	/* cells borrow from it: it must not move */
	for (size_t i = 0; i < s.len + 1; i++) {
		buf_u8(&c->text, 0);
	}
	if (c->text.bad) {
		return ERR_NOMEM;
	}
	buf_clear(&c->text);
	for (c->n = 0;; at++) {
		size_t end;

		if (c->n == CELLS) {
			return err_say(why, ERR_FORMAT,
			    "more than %d columns", CELLS);
		}
		if (at < s.len && s.at[at] == '"') {
			r = quoted(c, s, &at, &c->cells[c->n], why);
			if (r < 0) {
				return r;
			}
		} else {
			for (end = at; end < s.len && s.at[end] != ','; end++) {
				if (s.at[end] == '"') {
					return err_say(why, ERR_FORMAT,
					    "a quote within a value; expected "
					    "the whole value quoted");
				}
			}
			c->cells[c->n] = span_trim(span(s.at + at, end - at));
			at = end;
		}
		c->n++;
		if (at >= s.len) {
			return 0;
		}
	}
}

static struct span
unguarded(struct span s)
{
	if (s.len > 1 && s.at[0] == '\'' &&
	    strchr("=+-@'\t", s.at[1]) != NULL) {
		return span(s.at + 1, s.len - 1);
	}
	return s;
}

static int
take_names(struct csv *c, struct err_text *why)
{
	char shown[ZONE_FORMAT_SHOWN];
	unsigned keys = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (k < sizeof(names) / sizeof(names[0]) &&
		    !span_is(span_trim(c->cells[i]), names[k].name)) {
			k++;
		}
		if (k == sizeof(names) / sizeof(names[0])) {
			return err_say(why, ERR_FORMAT,
			    "column \"%s\" is not known here; expected the "
			    "names of columns in the first line: key, exempt, "
			    "code, reason, criterion, source, until, template",
			    zone_format_shown(shown, c->cells[i]));
		}
		c->columns[i] = names[k].column;
		for (size_t j = 0; j < i; j++) {
			if (c->columns[j] == c->columns[i] &&
			    c->columns[i] != COLUMN_PASSED) {
				return err_say(why, ERR_FORMAT,
				    "column \"%s\" stands there twice",
				    names[k].name);
			}
		}
		keys += c->columns[i] == COLUMN_KEY;
	}
	if (keys != 1) {
		return err_say(
		    why, ERR_FORMAT, "no column is named \"key\"");
	}
	c->begun = true;
	return 0;
}

static int
yes_or_no(const char *name, struct span s, bool *ret, struct err_text *why)
{
	bool yes = span_is(s, "yes") || span_is(s, "true") || span_is(s, "1");

	if (!yes && s.len > 0 && !span_is(s, "no") && !span_is(s, "false") &&
	    !span_is(s, "0")) {
		return err_say(
		    why, ERR_FORMAT, "\"%s\": expected yes or no", name);
	}
	*ret = yes;
	return 0;
}

static int
take_cell(struct zone_format_in *in, enum column column, struct span s,
    struct zone_format_line *line, struct err_text *why)
{
	switch (column) {
	case COLUMN_KEY: line->key = s; break;
	case COLUMN_EXEMPT: return yes_or_no("exempt", s, &line->exempt, why);
	case COLUMN_TEMPLATE:
		return yes_or_no("template", s, &line->template, why);
	case COLUMN_REASON: line->reason = s; break;
	case COLUMN_CRITERION: line->criterion = s; break;
	case COLUMN_SOURCE: line->source = s; break;
	case COLUMN_CODE:
		if (s.len > 0 && zone_code_parse(s, &line->code) < 0) {
			return err_say(why, ERR_FORMAT,
			    "\"code\": expected an address such as 127.0.0.2");
		}
		break;
	case COLUMN_UNTIL:
		line->said_until = true;
		if (s.len > 0 &&
		    (when_parse(s, &line->until) < 0 || line->until == 0)) {
			return err_say(why, ERR_FORMAT,
			    "\"until\": expected nothing or a time such as "
			    "2026-11-21T09:30:00Z");
		}
		break;
	case COLUMN_LIST:
		if (!span_is(s, in->about.list)) {
			return err_say(why, ERR_FORMAT,
			    "\"list\": this line is for another list than "
			    "\"%s\"",
			    in->about.list);
		}
		break;
	case COLUMN_PASSED: break;
	}
	return 0;
}

static int
csv_line(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct zone_format_line line = { 0 };
	struct csv *c = in->own;
	size_t columns = c->n;
	int r;

	if (!c->begun && s.at[0] == '#') {
		return 0;
	}
	if ((r = split(c, s, why)) < 0) {
		c->n = columns;
		return r;
	}
	if (!c->begun) {
		r = take_names(c, why);
		c->n = r < 0 ? 0 : c->n;
		return r;
	}
	if (c->n != columns) {
		r = err_say(why, ERR_FORMAT,
		    "%zu values, but the first line names %zu columns", c->n,
		    columns);
		c->n = columns;
		return r;
	}
	for (size_t i = 0; i < c->n; i++) {
		r = take_cell(in, c->columns[i], unguarded(c->cells[i]), &line,
		    why);
		if (r < 0) {
			return r;
		}
	}
	if (line.key.len == 0) {
		return err_say(why, ERR_FORMAT, "the key is empty");
	}
	return zone_format_found(in, &line, why);
}

#define ALL                                       \
	(ZONE_FORMAT_KIND(ZONE_KIND_IP) |         \
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS) | \
	    ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN))

const struct zone_format zone_format_csv = {
	.name = "csv",
	.about = "RFC 4180 with the names of columns, for spreadsheets",
	.reads = ALL,
	.writes = ALL,
	.detail = true,
	.begin = csv_begin,
	.line = csv_line,
	.fini = csv_fini,
	.entry = csv_entry,
	.head = csv_head,
};
