/* device.c - browsers that were let in before, and what to call a browser. */
#include "www/device.h"

#include <stdio.h>

#include "base/digest.h"

#define MAC_BYTES 16
#define KEEP_FOR "15552000" /* half a year, in seconds */

/* The MAC of ID for NAME in hexadecimal. 1, 0 no such user, <0. */
static int
mac_of(const struct www_turn *t, const char *name, const char *id,
    char ret[2 * MAC_BYTES + 1])
{
	uint8_t mac[32];
	int r = zone_user_device(
	    www_site_accounts(t->site), name, id, strlen(id), mac);

	if (r == 1) {
		digest_hex(mac, MAC_BYTES, ret);
	}
	return r;
}

int
www_device_of(
    const struct www_turn *t, const char *name, char ret_id[WWW_DEVICE_ID])
{
	const size_t n_id = WWW_DEVICE_ID - 1, n_mac = 2 * MAC_BYTES;
	char right[2 * MAC_BYTES + 1];
	struct span value;
	int r;

	if (t->request->cookie == NULL ||
	    !www_cookie_get(
		span_str(t->request->cookie), WWW_DEVICE_COOKIE, &value) ||
	    value.len != n_id + 1 + n_mac || value.at[n_id] != '.' ||
	    memchr(value.at, '\0', n_id) != NULL) {
		return 0;
	}
	memcpy(ret_id, value.at, n_id);
	ret_id[n_id] = '\0';
	r = mac_of(t, name, ret_id, right);
	return r == 1 ? secret_equal(right, value.at + n_id + 1, n_mac) : r;
}

int
www_device_keep(struct www_turn *t, const char *name, const char *id)
{
	char fresh[SECRET_TOKEN_TEXT], mac[2 * MAC_BYTES + 1];
	int r;

	if (id[0] == '\0') {
		secret_token(fresh);
		id = fresh;
	}
	r = mac_of(t, name, id, mac);
	if (r == 1) {
		snprintf(t->reply->device_cookie,
		    sizeof(t->reply->device_cookie),
		    WWW_DEVICE_COOKIE "=%.32s.%s; Path=/; Max-Age=" KEEP_FOR
				      "; Secure; HttpOnly; SameSite=Strict",
		    id, mac);
	}
	return r < 0 ? r : 0;
}

struct word {
	const char *mark, *name;
};

/* The first that is found counts: each browser names those before it. */
static const struct word browsers[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" },
	{ "HeadlessChrome/", "Chrome" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
	{ "curl/", "curl" },
	{ "w3m/", "w3m" },
	{ "Lynx/", "Lynx" },
};
static const struct word systems[] = {
	{ "Android", "Android" },
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Windows", "Windows" },
	{ "Mac OS X", "macOS" },
	{ "CrOS", "ChromeOS" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
	{ "Linux", "Linux" },
};

static const char *
word_in(const char *agent, const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strstr(agent, words[i].mark) != NULL) {
			return words[i].name;
		}
	}
	return "";
}

char *
www_browser_words(char out[WWW_BROWSER_TEXT], const char *agent)
{
	const char *browser, *system;

	agent = agent != NULL ? agent : "";
	browser =
	    word_in(agent, browsers, sizeof(browsers) / sizeof(browsers[0]));
	system = word_in(agent, systems, sizeof(systems) / sizeof(systems[0]));
	snprintf(out, WWW_BROWSER_TEXT, "%s%s%s", browser,
	    browser[0] != '\0' && system[0] != '\0' ? " · " : "", system);
	return out;
}

char *
www_network_words(
    char out[WWW_NETWORK_TEXT], const struct net_ip *client)
{
	struct net_ip net = *client;
	unsigned plen = client->bits == 128 ? 56 : 24;
	char text[NET_IP_TEXT];

	out[0] = '\0';
	if (client->bits == 0) {
		return out;
	}
	for (unsigned i = plen / 8; i < client->bits / 8u; i++) {
		net.bytes[i] = 0;
	}
	snprintf(out, WWW_NETWORK_TEXT, "%s/%u", net_ip_format(text, &net),
	    plen);
	return out;
}
