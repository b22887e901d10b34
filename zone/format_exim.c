/* format_exim.c - files for Exim's lsearch and iplsearch.
 *
 *	"spammer@example.gr": listed in address
 *	203.0.114.0/24: listed in ip
 *	"2001:db8::/32": listed in ip
 *
 * Keys of addresses are always quoted: without quotes a leading '#' is a
 * comment. IPv6 is quoted since a colon ends a key that is not.
 */
#include "zone/format.h"

static void
exim_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	bool ip = entry->key.kind == ZONE_KIND_IP;
	bool quote = !ip || entry->key.ip.ip.bits == 128;
	char text[ZONE_KEY_TEXT];

	(void)detail;
	zone_key_format(text, &entry->key);
	if (!ip) {
		/* within quotes a backslash would begin an escape */
		for (const char *p = text; *p != '\0'; p++) {
			if ((unsigned char)*p <= ' ' ||
			    (unsigned char)*p >= 0x7f ||
			    strchr("\"\\", *p) != NULL) {
				out->inexpressible++;
				return;
			}
		}
	}
	buf_str(&out->body, quote ? "\"" : "");
	buf_str(&out->body, text);
	buf_str(&out->body, quote ? "\": " : ": ");
	zone_format_refusal(out, &out->body);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
exim_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_exim = {
	.name = "exim",
	.about = "lsearch (addresses) or net-iplsearch (ip) file of Exim "
		 "(export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = exim_entry,
	.head = exim_head,
};
