/* format_rspamd.c - a map of rspamd's multimap: one key a line.
 *
 * '#' anywhere begins a comment, and a line that begins with '/' a regular
 * expression that takes in everything behind it. For type "from" rspamd cuts
 * the +tag before it looks, for headers it does not.
 */
#include "zone/format.h"

static void
rspamd_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	zone_key_format(text, &entry->key);
	if (entry->key.kind == ZONE_KIND_ADDRESS && !zone_format_tame(text)) {
		out->inexpressible++;
		return;
	}
	buf_str(&out->body, text);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
rspamd_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_rspamd = {
	.name = "rspamd",
	.about = "multimap of rspamd: type \"ip\", \"from\" or \"header\" "
		 "(export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = rspamd_entry,
	.head = rspamd_head,
};
