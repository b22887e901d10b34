/* session.c - who is asking, and did this form come from a page of ours. */
#include "www/session.h"

#include <stdio.h>

#include "base/digest.h"

#define LOGIN_LIFE 3600 /* seconds */
#define MAC_BYTES 16

int
www_session_of(struct www_site *site, const char *cookie, struct www_who *ret)
{
	struct www_who who = { .known = false };
	struct span token;
	int r = 0;

	if (cookie != NULL &&
	    www_cookie_get(span_str(cookie), WWW_COOKIE, &token) &&
	    token.len == SECRET_TOKEN_TEXT - 1) {
		r = zone_session_find(
		    www_site_accounts(site), token.at, token.len, &who.session);
		if (r == 1) {
			who.known = true;
			memcpy(who.token, token.at, token.len);
		}
	}
	if (r < 0) {
		return r;
	}
	*ret = who;
	return 0;
}

char *
www_session_cookie(char *out, const char *token)
{
	snprintf(out, 160,
	    WWW_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
	    token != NULL ? token : "", token != NULL ? "" : "; Max-Age=0");
	return out;
}

char *
www_form_token(char out[WWW_TOKEN], const uint8_t secret[32], const char *path)
{
	uint8_t mac[SECRET_MAC];

	secret_mac(secret, path, strlen(path), mac);
	digest_hex(mac, MAC_BYTES, out);
	return out;
}

bool
www_form_token_fits(
    const char *token, const uint8_t secret[32], const char *path)
{
	char right[WWW_TOKEN];

	www_form_token(right, secret, path);
	return token != NULL && strlen(token) == strlen(right) &&
	    secret_equal(token, right, strlen(right));
}

char *
www_login_token(char out[WWW_TOKEN], const uint8_t key[32], int64_t now)
{
	char form[32], mac[WWW_TOKEN];

	snprintf(form, sizeof(form), "%lld", (long long)now);
	www_form_token(mac, key, form);
	snprintf(out, WWW_TOKEN, "%.12s.%.32s", form, mac);
	return out;
}

bool
www_login_token_fits(const char *token, const uint8_t key[32], int64_t now)
{
	const char *dot = token != NULL ? strchr(token, '.') : NULL;
	char right[WWW_TOKEN];
	unsigned long made;

	if (dot == NULL ||
	    !text_number(
		span(token, (size_t)(dot - token)), 999999999999, &made) ||
	    (int64_t)made > now || now - (int64_t)made > LOGIN_LIFE) {
		return false;
	}
	www_login_token(right, key, (int64_t)made);
	return strlen(token) == strlen(right) &&
	    secret_equal(token, right, strlen(right));
}

/* Is ORIGIN ("https://host:port") the site that was asked? */
static bool
same_origin(const char *origin, const char *host, const char *url)
{
	struct span o = span_str(origin);
	struct span u = span_str(url != NULL ? url : "");
	size_t scheme;

	/* the public URL may have a path; an origin has none */
	if (u.len >= o.len && span_starts(u, origin) &&
	    (u.len == o.len || u.at[o.len] == '/') && o.len > 8) {
		return true;
	}
	scheme = span_starts(o, "https://") ? 8
	    : span_starts(o, "http://")     ? 7
					    : 0;
	return scheme > 0 && span_is(span(o.at + scheme, o.len - scheme), host);
}

bool
www_request_foreign(const struct www_request *request, const char *url)
{
	if (request->fetch_site != NULL &&
	    strcmp(request->fetch_site, "same-origin") != 0 &&
	    strcmp(request->fetch_site, "none") != 0) {
		return true;
	}
	/* Browsers send "null" for the forms of a page that is no-referrer,
	 * as ours are: it says nothing, the form token decides. */
	return request->origin != NULL &&
	    strcmp(request->origin, "null") != 0 &&
	    !same_origin(request->origin, request->host, url);
}

bool
www_path_ours(const char *path)
{
	if (path[0] != '/' || path[1] == '/' || strlen(path) > 200) {
		return false;
	}
	for (const char *p = path; *p != '\0'; p++) {
		char c = text_lower(*p);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			strchr("/?=&-._", c) != NULL)) {
			return false;
		}
	}
	return true;
}
