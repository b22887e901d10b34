/* device.h - browsers that were let in before, and what to call a browser.
 *
 * After a log-in a browser keeps the cookie __Host-device: a number of its own
 * and a MAC over it that depends on the person and the present password. It
 * opens nothing. It only proves, before the password is looked at, that this
 * browser was let in as that person, so that it need not wait for guesses that
 * others made from the same address.
 */
#pragma once

#include "www/page.h"

#define WWW_DEVICE_COOKIE "__Host-device"
#define WWW_DEVICE_ID SECRET_TOKEN_TEXT

/* 1 with the number that this browser proved to have for NAME, 0 none, <0. */
MUST_CHECK int www_device_of(
    const struct www_turn *turn, const char *name, char ret_id[WWW_DEVICE_ID]);
/* Give the browser the cookie for NAME; ID "": a new number. */
MUST_CHECK int www_device_keep(
    struct www_turn *turn, const char *name, const char *id);

#define WWW_BROWSER_TEXT 64

/* "Firefox · Linux"; "" when nothing in AGENT (or NULL) is known. Only words
 * of ours, nothing of what was sent. */
char *www_browser_words(char out[WWW_BROWSER_TEXT], const char *agent);

#define WWW_NETWORK_TEXT 64
/* "192.0.2.0/24", "2001:db8:0:100::/56"; "" without an address. */
char *www_network_words(
    char out[WWW_NETWORK_TEXT], const struct net_ip *client);
