/* providers.h - mail servers and domains that everybody shares.
 *
 * Listing one of them loses other people's mail, so whoever proposes looks
 * here first. The table is lines of text, built in (rbl-providers.conf, turned
 * into providers_table.c by the build) or from a file of the same form that
 * the operator keeps:
 *
 *   PROVIDER KIND VALUE DATE SOURCE...
 *
 * DATE is a month or a day (2026-11, 2026-11-21), SOURCE what the row rests
 * on; both must be there, since such a table grows old. "#" starts a comment.
 * A kind of which a file has no row is taken from the built-in table: a file
 * that only lists prefixes must not unprotect domains.
 */
#pragma once

#include "base/arena.h"
#include "base/net.h"

enum zone_provider_kind {
	ZONE_PROVIDER_OUT,       /* mail of a big provider's customers */
	ZONE_PROVIDER_ISP,       /* an access provider's smarthost */
	ZONE_PROVIDER_IN,        /* machines within a hosted mailbox */
	ZONE_PROVIDER_FORWARD,   /* an alias forwarder's mail servers */
	ZONE_PROVIDER_FREEMAIL,  /* domains of everybody's mailboxes */
	ZONE_PROVIDER_SHORTENER, /* domains that redirect to others' */
	ZONE_PROVIDER_HOSTING,   /* domains with everybody's pages below */
	ZONE_PROVIDER_BRAND,     /* domains that spam pretends to be of */
};
#define ZONE_PROVIDER_KINDS 8

/* The first four kinds are rows of prefixes ("out") or of names ("out-name");
 * a name stands for itself and what is below it. The others are names. */
struct zone_provider_row {
	const char *provider;
	enum zone_provider_kind kind;
	const char *name; /* lower case, or NULL: */
	struct net_prefix prefix;
	const char *date, *source;
	bool builtin;
	uint32_t next; /* in the index; row number + 1 */
};

struct zone_providers {
	struct zone_provider_row *rows;
	size_t n, cap;
	size_t counts[ZONE_PROVIDER_KINDS];
	uint32_t *heads; /* row number + 1, by hash */
	size_t n_heads;  /* a power of two */
	uint64_t plens4; /* bit n: there are IPv4 prefixes of length n */
	uint64_t plens6[3];
};

#define ZONE_PROVIDERS_MAX (4u << 20) /* bytes of a file */

/* What stands in the file: "out", "out-name", "freemail". */
const char *zone_provider_kind_name(enum zone_provider_kind kind, bool name);

/* Read the LEN bytes of TEXT, called PATH in messages, into ARENA, which
 * keeps copies. ERR_FORMAT with PATH:LINE in WHY, ERR_NOMEM. */
MUST_CHECK int zone_providers_read(const char *path, const char *text,
    size_t len, struct arena *arena, struct zone_providers *ret,
    struct err_text *why);
/* The same for a file, or the built-in table for NULL. Also ERR_SYS. */
MUST_CHECK int zone_providers_load(const char *path, struct arena *arena,
    struct zone_providers *ret, struct err_text *why);

#define ZONE_PROVIDER(kind) (1u << (kind))

/* The row of the narrowest prefix around IP, of one of the KINDS (bits); NULL:
 * none. A few hash probes, however long the table. */
const struct zone_provider_row *zone_providers_ip(
    const struct zone_providers *p, const struct net_ip *ip, unsigned kinds);
/* The row of the longest name that NAME is or lies below. Case and a final
 * dot do not count. */
const struct zone_provider_row *zone_providers_name(
    const struct zone_providers *p, struct span name, unsigned kinds);
