/* format_sendmail.c - lines for the source of Sendmail's access map.
 *
 *	From:spammer@example.gr	ERROR:5.7.1:550 listed in address
 *	Connect:203.0.114	ERROR:5.7.1:550 listed in ip
 *	Connect:IPv6:2001:db8:0:0:0:0:0:7	ERROR:...
 *
 * Sendmail looks up whole addresses and then cuts them at dots and colons, so
 * a prefix that ends elsewhere is written as those that make it up, 256 at
 * most; IPv6 is compared as text without "::". A wider one is left out.
 */
#include "zone/format.h"

#define PARTS_MAX 256

static void
put_value(struct zone_format_out *out)
{
	buf_str(&out->body, "\tERROR:5.7.1:550 ");
	zone_format_refusal(out, &out->body);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static void
put_prefix(struct zone_format_out *out, const struct net_prefix *p)
{
	bool four = p->ip.bits == 32;
	unsigned step = four ? 8 : 16, words = (p->plen + step - 1) / step;
	unsigned parts = words > 0 ? 1u << (words * step - p->plen) : 0;

	if (words == 0 || parts > PARTS_MAX) {
		out->inexpressible++;
		return;
	}
	for (unsigned part = 0; part < parts; part++) {
		buf_str(&out->body, four ? "Connect:" : "Connect:IPv6");
		for (unsigned i = 0; i < words; i++) {
			unsigned w = four ? p->ip.bytes[i]
					  : (unsigned)p->ip.bytes[2 * i] << 8 |
				p->ip.bytes[2 * i + 1];

			w += i + 1 == words ? part : 0;
			if (four) {
				buf_fmt(&out->body, i > 0 ? ".%u" : "%u", w);
			} else {
				buf_fmt(&out->body, ":%x", w);
			}
		}
		put_value(out);
	}
}

static void
sendmail_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char text[ZONE_KEY_TEXT];

	(void)detail;
	if (entry->key.kind == ZONE_KIND_IP) {
		put_prefix(out, &entry->key.ip);
		return;
	}
	zone_key_format(text, &entry->key);
	if (!zone_format_tame(text)) {
		out->inexpressible++;
		return;
	}
	buf_str(&out->body, "From:");
	buf_str(&out->body, text);
	put_value(out);
}

static void
sendmail_head(struct zone_format_out *out, struct buf *b)
{
	zone_format_heading(out, b, "#");
}

const struct zone_format zone_format_sendmail = {
	.name = "sendmail",
	.about = "access map of Sendmail, before makemap (export only)",
	.writes = ZONE_FORMAT_KIND(ZONE_KIND_IP) |
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS),
	.flat = true,
	.entry = sendmail_entry,
	.head = sendmail_head,
};
