/* format_opensmtpd.c - a table file of OpenSMTPD: one key a line.
 *
 * A key ends at white space or a colon, and a line with something behind it
 * makes the whole file a mapping. So IPv6 cannot stand in it: it is left out
 * and counted. "@list" says that it is no mapping; versions that do not know
 * the word take it for a comment.
 */
#include "zone/format.h"

static void
opensmtpd_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	zone_key_format(text, &entry->key);
	if (!zone_format_tame(text) || strchr(text, ':') != NULL) {
		out->inexpressible++;
		return;
	}
	buf_str(&out->body, text);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
opensmtpd_head(struct zone_format_out *out, struct buf *b)
{
	buf_str(b, "# @list\n");
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_opensmtpd = {
	.name = "opensmtpd",
	.about = "table file of OpenSMTPD; IPv4 and addresses (export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = opensmtpd_entry,
	.head = opensmtpd_head,
};
