/* format_nftables.c - input of "nft -f": a table with two sets, replaced in
 * one transaction.
 *
 *	table inet rbl-LIST
 *	delete table inet rbl-LIST
 *	table inet rbl-LIST { set v4 { ... } set v6 { ... } }
 *
 * The first line makes the table when there is none, or "delete" would fail.
 * Rules that use the sets belong into a table of the reader's own by
 * "include", or into a chain of this file's table that is loaded behind it.
 * A set without elements has no "elements" at all: "{ }" is a syntax error.
 */
#include "zone/format.h"

static void
begin_set(struct zone_format_out *out, unsigned bits)
{
	if (out->part == 32) {
		buf_str(&out->body, out->within ? "\n\t\t}\n\t}\n"
						     : "\t}\n");
	}
	out->part = bits;
	out->within = false;
	buf_fmt(&out->body,
	    "\tset %s {\n\t\ttype %s\n\t\tflags interval\n\t\tauto-merge\n",
	    bits == 32 ? "v4" : "v6", bits == 32 ? "ipv4_addr" : "ipv6_addr");
}

static void
nftables_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	if (out->part == 0) {
		begin_set(out, 32);
	}
	if (out->part == 32 && entry->key.ip.ip.bits == 128) {
		begin_set(out, 128);
	}
	buf_str(&out->body,
	    out->within ? ",\n\t\t\t" : "\t\telements = {\n\t\t\t");
	out->within = true;
	buf_str(&out->body, zone_key_format(text, &entry->key));
	out->entries++;
}

static void
nftables_head(struct zone_format_out *out, struct buf *b)
{
	const char *list = out->about.list;

	if (out->part == 0) {
		begin_set(out, 32);
	}
	if (out->part == 32) {
		begin_set(out, 128);
	}
	buf_str(&out->body, out->within ? "\n\t\t}\n\t}\n}\n" : "\t}\n}\n");
	zone_format_heading(out, b, "#");
	buf_fmt(b,
	    "table inet rbl-%s\ndelete table inet rbl-%s\n"
	    "table inet rbl-%s {\n",
	    list, list, list);
}

const struct zone_format zone_format_nftables = {
	.name = "nftables",
	.about = "input of \"nft -f\": table inet rbl-LIST, sets v4 and v6 "
		 "(export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP),
	.flat = true,
	.entry = nftables_entry,
	.head = nftables_head,
};
