/* providers.h - servers that everybody shares: never list their addresses.
 *
 * A table of lines, built in (providers_table.c) or from a file of the same
 * form, so that an operator can keep his own:
 *
 *   PROVIDER KIND VALUE DATE SOURCE...
 *
 * KIND out: a prefix that it sends customers' mail from; out-name: a domain
 * that its sending hosts are named under (what a server looked up, never what
 * a client claims); in: a prefix of its machines inside, and in-name: the
 * domain of these, so that the hops within a hosted mailbox can be stepped
 * over: only when the prefix and both names fit. "#" starts a comment.
 */
#pragma once

#include "ingest/received.h"

struct ingest_provider_row {
	const char *provider;
	bool inside;      /* in, in-name */
	const char *name; /* a domain, or NULL: */
	struct net_prefix prefix;
};

struct ingest_providers {
	struct ingest_provider_row *rows;
	size_t n, cap;
};

extern const char *const ingest_providers_builtin[]; /* ends with NULL */

/* Read PATH, or the built-in table for NULL, into ARENA. ERR_FORMAT with
 * FILE:LINE in WHY, ERR_SYS, ERR_NOMEM. */
MUST_CHECK int ingest_providers_load(const char *path, struct arena *arena,
    struct ingest_providers *ret, struct err_text *why);

/* Whose sending server has IP, or the name RDNS that was looked up for it;
 * NULL: nobody's in the table. */
const char *ingest_providers_out(const struct ingest_providers *p,
    const struct net_ip *ip, struct span rdns);

/* Is HOP one between two machines of the same provider? Its name, or NULL. */
const char *ingest_providers_inside(
    const struct ingest_providers *p, const struct ingest_hop *hop);

/* Does NAME look like one that an access provider gave to the line IP: a
 * customer's, not a mail server's? What in it says so, or NULL. */
const char *ingest_name_dynamic(struct span name, const struct net_ip *ip);
