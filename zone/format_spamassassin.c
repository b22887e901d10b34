/* format_spamassassin.c - "blocklist_from ADDRESS" lines for a .cf file.
 *
 * Read by SpamAssassin at every start: beyond a few thousand lines ask over
 * DNS instead. In that file '#' begins a comment wherever it stands unless
 * escaped, and '*' and '?' within an address are wildcards, so an address
 * that has one would list strangers: it is left out and counted.
 */
#include "zone/format.h"

static void
sa_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	if (entry->key.digest.len > 0) {
		out->unknown++;
		return;
	}
	zone_key_format(text, &entry->key);
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
		    strchr("\"*?\\", *p) != NULL) {
			out->inexpressible++;
			return;
		}
	}
	buf_str(&out->body, "blocklist_from ");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '#') {
			buf_u8(&out->body, '\\');
		}
		buf_u8(&out->body, (unsigned char)*p);
	}
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
sa_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_spamassassin = {
	.name = "spamassassin",
	.about = "blocklist_from lines for SpamAssassin (export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = sa_entry,
	.head = sa_head,
};
