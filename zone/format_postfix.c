/* format_postfix.c - lookup tables of Postfix: access(5) and cidr_table(5).
 *
 *	spammer@example.gr	REJECT listed in address
 *	203.0.114.0/24	REJECT listed in ip
 *
 * Addresses for check_sender_access by lmdb:, cdb: (postmap first) or
 * texthash:; prefixes for check_client_access cidr:, where the first match
 * wins. With "recipient_delimiter = +" a key also matches its +tags.
 */
#include "zone/format.h"

static void
postfix_entry(struct zone_format_out *out, const struct zone_entry *entry,
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
	buf_str(&out->body, "\tREJECT ");
	zone_format_refusal(out, &out->body);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
postfix_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_postfix = {
	.name = "postfix",
	.about = "access (addresses) or cidr (ip) table of Postfix (export "
		 "only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = postfix_entry,
	.head = postfix_head,
};
