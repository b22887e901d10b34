/* format_plain.c - one key a line.
 *
 *	# comment
 *	KEY            listed
 *	!KEY           exempted
 *	KEY # comment
 *
 * A '#' begins a comment at the start of a line or behind white space: within
 * an address it is part of the address. What is written can be read by Exim
 * (lsearch), OpenSMTPD (table) and rspamd (map) as it is, which is why an
 * address that would trip one of them is left out and counted.
 */
#include "zone/format.h"

static struct span
until_comment(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '#' &&
		    (i == 0 || s.at[i - 1] == ' ' || s.at[i - 1] == '\t')) {
			return span_trim(span(s.at, i));
		}
	}
	return s;
}

static int
plain_line(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct zone_format_line line = { 0 };
	bool quoted;

	s = until_comment(s);
	if (s.len == 0) {
		return 0;
	}
	if (s.at[0] == '!') {
		line.exempt = true;
		s = span_trim(span(s.at + 1, s.len - 1));
		if (s.len == 0) {
			return err_say(
			    why, ERR_FORMAT, "expected a key behind \"!\"");
		}
	}
	quoted = s.at[0] == '"'; /* "local part"@domain may hold a space */
	for (size_t i = 0; i < s.len && !quoted; i++) {
		if (s.at[i] == ' ' || s.at[i] == '\t') {
			return err_say(why, ERR_FORMAT,
			    "text behind the key; expected one key a line, a "
			    "comment begins with \"#\"");
		}
	}
	line.key = s;
	return zone_format_found(in, &line, why);
}

static void
plain_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	zone_key_format(text, &entry->key);
	if (!zone_format_tame(text) &&
	    !(entry->key.kind == ZONE_KIND_DOMAIN && text[0] == '*')) {
		out->inexpressible++;
		return;
	}
	if (entry->code == 0) {
		buf_u8(&out->body, '!');
	}
	buf_str(&out->body, text);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
plain_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

#define ALL                                       \
	(ZONE_FORMAT_KIND(ZONE_KIND_IP) |         \
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS) | \
	    ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN))

const struct zone_format zone_format_plain = {
	.name = "plain",
	.about = "one key a line, \"!\" before an exemption, \"#\" comments",
	.reads = ALL,
	.writes = ALL,
	.line = plain_line,
	.entry = plain_entry,
	.head = plain_head,
};
