/* format_ipset.c - input of "ipset restore": both sets, exchanged whole.
 *
 * Each set is filled under another name and swapped with the one in use, so
 * no packet is ever compared with half of it. Sets are named rbl-LIST-v4 and
 * -v6; a name of a set has 31 characters, so that of a long list is cut and
 * told apart by a checksum.
 */
#include "zone/format.h"

#include <stdio.h>

#include "base/crc.h"

#define NAME_MAX_LIST 18 /* "rbl-" + this + "-v4-new" are 29 */

static const char *
set_name(char out[32], const struct zone_format_out *o, unsigned bits)
{
	const char *list = o->about.list;
	size_t len = strlen(list);
	const char *family = bits == 32 ? "v4" : "v6";

	if (len <= NAME_MAX_LIST) {
		snprintf(out, 32, "rbl-%s-%s", list, family);
	} else {
		snprintf(out, 32, "rbl-%.9s-%08x-%s", list,
		    (unsigned)crc32c(list, len), family);
	}
	return out;
}

static void
swap_set(struct zone_format_out *out, unsigned bits)
{
	char name[32];

	set_name(name, out, bits);
	buf_fmt(&out->body, "swap %s-new %s\ndestroy %s-new\n", name, name,
	    name);
}

static void
begin_set(struct zone_format_out *out, unsigned bits)
{
	const char *family = bits == 32 ? "inet" : "inet6";
	char name[32];

	if (out->part == 32) {
		swap_set(out, 32);
	}
	out->part = bits;
	set_name(name, out, bits);
	buf_fmt(&out->body,
	    "create %s-new hash:net family %s maxelem 16777216 -exist\n"
	    "flush %s-new\n"
	    "create %s hash:net family %s maxelem 16777216 -exist\n",
	    name, family, name, name, family);
}

static void
ipset_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	unsigned bits = entry->key.ip.ip.bits;
	char text[ZONE_KEY_TEXT], name[32];

	(void)detail;
	if (out->part == 0) {
		begin_set(out, 32);
	}
	if (out->part == 32 && bits == 128) {
		begin_set(out, 128);
	}
	if (entry->key.ip.plen == 0) { /* hash:net has no /0 */
		out->inexpressible++;
		return;
	}
	buf_fmt(&out->body, "add %s-new %s\n", set_name(name, out, bits),
	    zone_key_format(text, &entry->key));
	out->entries++;
}

static void
ipset_head(struct zone_format_out *out, struct buf *b)
{
	if (out->part == 0) {
		begin_set(out, 32);
	}
	if (out->part == 32) {
		begin_set(out, 128);
	}
	swap_set(out, 128);
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_ipset = {
	.name = "ipset",
	.about = "input of \"ipset restore\", both sets swapped whole (export "
		 "only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP),
	.flat = true,
	.entry = ipset_entry,
	.head = ipset_head,
};
