/* tally_text.c - clients and listings as people write them. */
#include <stdio.h>

#include "rbld/tally.h"

char *
rbld_client_format(char *out, uint64_t client)
{
	struct net_ip ip = { .bits = 32 };
	size_t len;

	if (client >> 32 == RBLD_CLIENT_V4 >> 32) {
		for (unsigned i = 0; i < 4; i++) {
			ip.bytes[i] = (uint8_t)(client >> (24 - 8 * i));
		}
		return net_ip_format(out, &ip);
	}
	ip.bits = 128;
	for (unsigned i = 0; i < 8; i++) {
		ip.bytes[i] = (uint8_t)(client >> (56 - 8 * i));
	}
	len = strlen(net_ip_format(out, &ip));
	memcpy(out + len, "/64", 4);
	return out;
}

char *
rbld_listing_format(char *out, const struct rbld_top_listing *listing)
{
	const struct rbld_top_listing *l = listing;
	struct net_ip ip = { .bits = 32 };
	size_t len;

	switch (l->form) {
	case RBLD_TOP_V4:
	case RBLD_TOP_V6:
		ip.bits = l->form == RBLD_TOP_V4 ? 32 : 128;
		memcpy(ip.bytes, l->key, 16);
		len = strlen(net_ip_format(out, &ip));
		if (l->len < ip.bits) {
			snprintf(out + len, 5, "/%u", l->len);
		}
		break;
	case RBLD_TOP_DIGEST:
		len = (size_t)snprintf(out, 16, "%s:",
		    l->len == 16       ? "md5"
			: l->len == 20 ? "sha1"
				       : "sha256");
		digest_hex(l->key, l->len <= 32 ? l->len : 32, out + len);
		break;
	default:
		snprintf(out, 128, "%.*s%s",
		    (int)(l->len < sizeof(l->key) ? l->len : sizeof(l->key)),
		    (const char *)l->key, l->len < sizeof(l->key) ? "" : "...");
		break;
	}
	return out;
}
