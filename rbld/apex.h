/* apex.h - the zones that are served, made ready for the wire.
 *
 * Whatever an answer needs of a zone (its name, SOA, NS and further records)
 * is encoded once, when the configuration is loaded, so that answering is
 * copying. Names in these records that end like the zone point into the
 * question (RFC 1035, 4.1.4); such places are kept as links and filled in
 * when the record is copied. A loaded set never changes: SIGHUP makes
 * another. The only door to ldns: apex.c.
 */
#pragma once

#include "rbld/query.h"
#include "zone/config.h"

#define RBLD_LISTS_MAX 32 /* lists in one zone */
#define RBLD_LINKS_MAX 3  /* names that may be shortened in one record */

struct rbld_record {
	const uint8_t *bytes; /* owner, type, class, TTL, length, data */
	uint16_t len;
	uint16_t type;
	uint8_t n_links;
	struct {
		uint16_t at; /* place of the two octets in bytes */
		uint8_t to;  /* offset in the zone's name */
	} links[RBLD_LINKS_MAX];
};

/* A name server's own name within the zone: its address records. */
struct rbld_host {
	const uint8_t *label; /* wire, lower case: length and octets */
	struct rbld_record *records;
	unsigned n_records;
};

struct rbld_zone {
	const struct zone_zone_conf *conf;
	const uint8_t *name; /* wire, lower case, with the root label */
	uint8_t name_len;
	uint8_t labels; /* without the root label */
	enum zone_kind kind;
	uint32_t ttl;
	uint32_t negative_ttl; /* not above ttl (RFC 2308) */
	bool keys;             /* asks for an access key */
	const char *text;      /* TXT template, never NULL or empty */
	const struct zone_list_conf **lists;
	unsigned n_lists;
	unsigned first; /* number of lists[0] among all lists of all zones */
	bool anybody;   /* every client may ask */
	const struct net_prefix *clients; /* else these may */
	size_t n_clients;
	struct rbld_record soa;      /* as an answer */
	struct rbld_record negative; /* the same with its TTL of RFC 2308 */
	struct rbld_record *records; /* NS and what "apex" says */
	unsigned n_records;
	struct rbld_host *hosts;
	unsigned n_hosts;
};

struct rbld_apex {
	struct rbld_zone *zones;
	unsigned n_zones;
	unsigned n_lists; /* the sum over all zones */
	uint8_t *depths;  /* numbers of labels that zones have, longest first */
	unsigned n_depths;
	struct rbld_zone **table; /* by hash of the name */
	uint32_t mask;
	struct arena arena;
};

/* CONFIG must live as long as the result. ERR_FORMAT or ERR_RANGE with
 * FILE:LINE in WHY, ERR_NOMEM. */
MUST_CHECK int rbld_apex_load(const struct zone_config *config,
    struct rbld_apex **ret_apex, struct err_text *why);
void rbld_apex_free(struct rbld_apex **apex); /* NULL-safe, sets NULL */

/* The deepest zone at or above the question's name; NULL: none of ours. */
const struct rbld_zone *rbld_apex_find(
    const struct rbld_apex *apex, const struct rbld_query *q);

/* May IP ask ZONE? */
bool rbld_apex_allows(const struct rbld_zone *zone, const struct net_ip *ip);

/* May IP, who signed with KEY (NULL: with none), have all of ZONE? */
bool rbld_apex_transfers(const struct rbld_zone *zone, const struct net_ip *ip,
    const struct zone_tsig_conf *key);
