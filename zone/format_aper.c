/* format_aper.c - the file of the "anti-phishing email reply" project.
 *
 *	ADDRESS,TYPE,DATE
 *
 * in byte order. TYPE is B: seen in From:, with no Reply-To: of its own. DATE
 * is when the listing was made, since sightings are not in the store. Readers
 * want exactly three fields and a TYPE of A to D.
 */
#include "zone/format.h"

#include "base/when.h"

static void
aper_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT], when[WHEN_TEXT];

	zone_key_format(text, &entry->key);
	if (!zone_format_tame(text) || strchr(text, ',') != NULL) {
		out->inexpressible++;
		return;
	}
	when_format(when, detail->created); /* 2026-11-21T... */
	buf_fmt(&out->body, "%s,B,%.4s%.2s%.2s\n", text, when, when + 5,
	    when + 8);
	out->entries++;
}

static void
aper_head(struct zone_format_out *out, struct buf *b)
{
	if (zone_format_sort(&out->body) < 0) {
		out->failed = ERR_NOMEM;
	}
	zone_format_heading(out, b, "#");
	buf_str(b, "# ADDRESS,TYPE,DATE; TYPE B: From: address\n");
}

const struct zone_format zone_format_aper = {
	.name = "aper",
	.about = "ADDRESS,TYPE,DATE lines of phishing reply lists (export "
		 "only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.detail = true,
	.flat = true,
	.entry = aper_entry,
	.head = aper_head,
};
