/* session.h - who is asking, and did this form come from a page of ours.
 *
 * The browser holds a token in the cookie __Host-sid and nothing else. Every
 * form carries a MAC over its own path, keyed with the session's secret: a
 * form made elsewhere, for another session or for another action does not
 * fit. Beside it the browser's own word on where the request came from is
 * heard.
 */
#pragma once

#include "base/secret.h"
#include "www/site.h"

#define WWW_COOKIE "__Host-sid"
#define WWW_TOKEN 48 /* room for a form token */

struct www_who {
	bool known;
	struct zone_session session;
	char token[SECRET_TOKEN_TEXT];
};

/* Who sent COOKIE (a Cookie header or NULL)? 0 with *ret, known or not; <0:
 * the accounts cannot be read. Writes nothing. */
MUST_CHECK int www_session_of(
    struct www_site *site, const char *cookie, struct www_who *ret);

/* The Set-Cookie value for TOKEN; NULL: forget it. OUT: 160 bytes. */
char *www_session_cookie(char *out, const char *token);

/* The token of the form that posts to PATH. */
char *www_form_token(
    char out[WWW_TOKEN], const uint8_t secret[32], const char *path);
bool www_form_token_fits(
    const char *token, const uint8_t secret[32], const char *path);

/* The same for the log-in form, which no session stands behind: good for an
 * hour from NOW (boot-time clock) until the program ends. */
char *www_login_token(char out[WWW_TOKEN], const uint8_t key[32], int64_t now);
bool www_login_token_fits(
    const char *token, const uint8_t key[32], int64_t now);

/* Did the browser say that REQUEST came from another site? URL is the public
 * one from the configuration, or NULL. */
bool www_request_foreign(const struct www_request *request, const char *url);

/* A path of ours to go to after the log-in, as it came in a form: only plain
 * characters, one '/' at its start. */
bool www_path_ours(const char *path);
