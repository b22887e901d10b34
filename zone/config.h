/* config.h - rbl.conf, read and checked: one file for all programs.
 *
 * The tables in config.c are the reference of every key; rbl.conf(5) and
 * doc/rbl.conf.sample are tested against them. A loaded configuration never
 * changes: SIGHUP loads another and swaps the pointer.
 */
#pragma once

#include <stdint.h>

#include "base/conf.h"
#include "zone/key.h"

struct zone_list_conf {
	const char *name;
	enum zone_kind kind;
	uint32_t code;                /* 127.0.0.2 as 0x7f000002 */
	uint8_t widest_v4, widest_v6; /* shorter prefixes are refused */
	uint8_t wide_v4, wide_v6;     /* shorter prefixes need wide_at weight */
	unsigned approve_at, wide_at;
	int64_t expiry; /* default life of a listing in seconds; 0: for good */
	int64_t extend; /* from the last report on, see queue_review.h; 0: not */
};

/* A key of TSIG, RFC 8945. */
struct zone_tsig_conf {
	const char *name;        /* lower case, no final dot */
	const char *algorithm;   /* "hmac-sha256", "-sha512" or "-sha1" */
	const char *secret_file; /* whether it may be read is not checked */
};

/* Who may transfer: both, when both are given. */
struct zone_transfer_conf {
	const struct zone_tsig_conf *key; /* NULL: none is asked for */
	struct net_prefix from;
};

/* Why something may be listed, RFC 6471 section 2.1.1. */
struct zone_criterion_conf {
	const char *id, *text;
};

struct zone_zone_conf {
	const char *name;    /* lower case, no final dot */
	enum zone_kind kind; /* of all its lists (decisions 2) */
	const struct zone_list_conf **lists;
	size_t n_lists;
	const char **ns;
	size_t n_ns;
	const char *mname, *hostmaster; /* no final dot */
	uint32_t ttl, negative_ttl;     /* seconds */
	uint32_t refresh, retry, expire;
	const char *text;  /* TXT template: $ key asked, $r reason, $i id */
	const char **apex; /* further records, zone file syntax, no owner */
	size_t n_apex;
	unsigned line; /* of the section, for messages about apex */
	struct net_prefix *allow_query;
	size_t n_allow_query;
	bool access_keys; /* only who has a key may ask (access.h) */
	const unsigned *apex_lines; /* where each stands */
	struct zone_transfer_conf *allow_transfer;
	size_t n_allow_transfer;
	struct net_place *notify; /* never unix: */
	size_t n_notify;
};

/* Who may get a receipt for what he sent in. */
enum zone_receipts {
	ZONE_RECEIPTS_OFF,
	ZONE_RECEIPTS_REGISTERED, /* submitters who are known */
	ZONE_RECEIPTS_ALL,
};

struct zone_config {
	const char *path; /* NULL: built-in defaults */
	const char *data_dir;
	uint64_t map_size; /* of each environment, bytes of address space */

	struct zone_list_conf *lists;
	size_t n_lists;
	struct zone_zone_conf *zones;
	size_t n_zones;

	struct net_prefix *guard_allow; /* special-use all the same */
	size_t n_guard_allow;

	struct { /* rbld */
		struct net_place *listen;
		size_t n_listen;
		unsigned workers; /* 0: one per core */
		unsigned udp_size;
		unsigned tcp_limit;       /* connections in all */
		unsigned tcp_timeout;     /* seconds of idleness */
		const char *user;         /* NULL: stay */
		unsigned rate_limit;      /* answers a second and net; 0: off */
		unsigned slip;            /* every n-th is truncated; 0: none */
		struct net_prefix *rate_exempt;
		size_t n_rate_exempt;
		const char *cookie_secret_file; /* NULL: a random secret */
		const char *nsid;               /* NULL: none */
		const char *version, *identity; /* NULL: not told */
		struct net_place control; /* unix:; len 0: none */
	} dns;
	struct { /* rbl-ingest */
		uint64_t max_message;
		unsigned max_depth, max_parts;
		struct net_prefix *own_relays;
		size_t n_own_relays;
		const char **own_domains;
		size_t n_own_domains;
		const char *providers; /* NULL: the built-in table */
		const char *user;
		struct net_place listen; /* LMTP; len 0: none */
		const char **traps; /* recipients whose mail is spam itself */
		size_t n_traps;
		const char **authserv_ids; /* our server's, RFC 8601 2.5 */
		size_t n_authserv_ids;
		int64_t max_age; /* seconds since the handover; 0: any */
		int64_t retention; /* seconds that raw mail is kept; 0: ever */
		uint64_t retention_size; /* bytes of the disk for all of it */
		enum zone_receipts receipts;
		const char *receipt_from;     /* NULL only when they are off */
		const char **receipt_command; /* argv, an absolute path first */
		size_t n_receipt_command;
		unsigned receipts_day, receipts_hour; /* a sender, in all */
	} ingest;
	struct { /* rbl-www */
		struct net_place *listen;
		size_t n_listen;
		const char *url; /* as visitors write it, no final slash */
		struct net_prefix *behind_proxy;
		size_t n_behind_proxy;
		unsigned password_cost; /* KiB of memory for argon2id */
		const char *user;
		int64_t review_after; /* seconds, see zone/census.h */
		const char *tls_cert, *tls_key; /* NULL: plain HTTP */
		const char **reasons; /* offered with a decision */
		size_t n_reasons;
		struct { /* what the operator says; NULL: nothing */
			const char *operator;
			const char **contact; /* addresses, https: */
			size_t n_contact;
			int64_t since; /* in operation; 0: not said */
			bool refuses;  /* meant for that, else for scoring */
			const char *scope, *appeal, *shutdown, *licence;
			const char *policy;        /* a file */
			const char *announcements; /* a folder */
		} site;
		unsigned lookup_limit;  /* a minute and network; 0: any */
		bool delist_auto;       /* removals without a person */
		int64_t delist_again;   /* seconds: a second one within needs
		                         * a person */
		unsigned delist_limit;  /* requests a day from one address */
		unsigned delist_a_day;  /* removals without a person */
		const char *access_log;         /* NULL: none */
	} www;
	struct {
		const char *dir;
		const char **formats;
		size_t n_formats;
		const char *licence; /* one line; NULL: none */
	} publish;

	struct zone_tsig_conf *tsig;
	size_t n_tsig;
	struct zone_criterion_conf *criteria;
	size_t n_criteria;

	struct arena arena; /* all of the above */
};

/* Load PATH; NULL: $RBL_CONF, else SYSCONFDIR/rbl.conf. One sentence with
 * FILE:LINE in WHY. ERR_FORMAT, ERR_RANGE, ERR_SYS, ERR_NOMEM. */
MUST_CHECK int zone_config_load(
    const char *path, struct zone_config **ret_config, struct err_text *why);
/* Built-in defaults, for rbl-ingest --explain: lists "ip" and "address". */
MUST_CHECK int zone_config_default(struct zone_config **ret_config);
void zone_config_free(struct zone_config **config);

/* NULL: no such list or zone. Names are case folded. */
const struct zone_list_conf *zone_config_list(
    const struct zone_config *config, struct span name);
const struct zone_zone_conf *zone_config_zone(
    const struct zone_config *config, struct span name);
/* First list of KIND, NULL: none. What rbl-ingest proposes for. */
const struct zone_list_conf *zone_config_list_of(
    const struct zone_config *config, enum zone_kind kind);

/* The tables, for the test that holds the documents against them. */
const struct conf_section *zone_config_schema(size_t *ret_n);
