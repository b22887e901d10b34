/* stamp.c - was a form of a visitor made by us just now? */
#include "www/stamp.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"

#define MAC_BYTES 16

static void
mac_of(const uint8_t key[32], int64_t made, const char *about,
    char out[2 * MAC_BYTES + 1])
{
	uint8_t data[600], mac[SECRET_MAC];
	int n = snprintf((char *)data, sizeof(data), "stamp %lld %s",
	    (long long)made, about);

	if (n >= (int)sizeof(data)) {
		n = (int)sizeof(data) - 1;
	}
	secret_mac(key, data, (size_t)n, mac);
	digest_hex(mac, MAC_BYTES, out);
}

char *
www_stamp_make(
    char out[WWW_STAMP], const uint8_t key[32], int64_t now, const char *about)
{
	char mac[2 * MAC_BYTES + 1];

	mac_of(key, now, about, mac);
	snprintf(out, WWW_STAMP, "%lld-%s", (long long)now, mac);
	return out;
}

enum www_stamp_is
www_stamp_check(
    const char *stamp, const uint8_t key[32], int64_t now, const char *about)
{
	const char *dash = stamp != NULL ? strchr(stamp, '-') : NULL;
	char mac[2 * MAC_BYTES + 1];
	unsigned long made;

	if (dash == NULL || strlen(dash + 1) != 2 * MAC_BYTES ||
	    !text_number(
		span(stamp, (size_t)(dash - stamp)), INT64_MAX / 2, &made)) {
		return WWW_STAMP_FORGED;
	}
	mac_of(key, (int64_t)made, about, mac);
	if (!secret_equal(mac, dash + 1, 2 * MAC_BYTES)) {
		return WWW_STAMP_FORGED;
	}
	if (now - (int64_t)made > WWW_STAMP_OLD) {
		return WWW_STAMP_TOO_OLD;
	}
	return now - (int64_t)made < WWW_STAMP_FAST ? WWW_STAMP_TOO_FAST
						    : WWW_STAMP_GOOD;
}
