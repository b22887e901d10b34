/* rbldnsd_priv.h - reading the data files of rbldnsd(8): what the files of the
 * reader share.
 *
 * A file is one part, or with "$DATASET" (type "combined") several, each with
 * a type, defaults and variables of its own. What a line lists goes to the
 * importer at once. What holes mean depends on the type:
 *
 *   ip4trie, ip6trie   the longest prefix decides; of two lines on one prefix
 *                      the first counts
 *   ip4set             a range is kept as addresses, /24s, /16s and /8s, the
 *                      finest that covers an address decides, and within one
 *                      of these four a hole beats every listing, also a
 *                      narrower one
 *   dnset              a hole on a name beats every listing of that name
 *
 * So the holes of sets wait until the end of the file, and are then said for
 * each narrower key of their level that the file itself has listed ("over").
 *
 * rbldnsd puts "$0".."$9" and "$=" in when it answers, as they stand at the
 * end of the file; here they are put in when a line is read. A line that sets
 * one which was needed before is refused, since it would mean something else.
 */
#pragma once

#include "base/arena.h"
#include "zone/format.h"

enum rbldnsd_type {
	RBLDNSD_GUESS, /* of prefixes: IPv4 as ip4set, IPv6 as ip6trie */
	RBLDNSD_IP4SET,
	RBLDNSD_IP4TSET,
	RBLDNSD_IP4TRIE,
	RBLDNSD_IP6TSET,
	RBLDNSD_IP6TRIE,
	RBLDNSD_DNSET,
	RBLDNSD_GENERIC,
	RBLDNSD_COMBINED,
};

/* ---- addresses ------------------------------------------------------------
 */

struct rbldnsd_ip4 {
	uint32_t from, to; /* both within */
	uint8_t bits;      /* of the prefix; 32 for a range */
	bool range;        /* written as a-b */
};

/* One at the start of S: 203.0.114.9, 203.0.114, 127/8, and with RANGES
 * 203.0.114.1-9, 127.16-31. *RET_REST is what stands behind it. Host bits are
 * cleared with HOST_BITS, else refused. ERR_FORMAT or ERR_RANGE with WHY. */
MUST_CHECK int zone_rbldnsd_ip4(struct span s, bool ranges, bool host_bits,
    struct rbldnsd_ip4 *ret, struct span *ret_rest, struct err_text *why);

/* 2001:db8::1, 2001:db8:1 (a /48), 2001:db8/32. */
MUST_CHECK int zone_rbldnsd_ip6(struct span s, bool host_bits,
    struct net_prefix *ret, struct span *ret_rest, struct err_text *why);

/* Is what stands first in S rather an IPv6 address? */
bool zone_rbldnsd_is_ip6(struct span s);

/* Cut the widest prefix off the front of RANGE. false: that was the last. */
bool zone_rbldnsd_ip4_next(struct rbldnsd_ip4 *range, struct net_prefix *ret);

/* ---- A values and text ----------------------------------------------------
 */

#define RBLDNSD_BASE 10 /* number of "$=" among the variables */
#define RBLDNSD_VARS 11
#define RBLDNSD_TEXT 255 /* octets of a TXT record, and of a text in a file */

struct rbldnsd_vars {
	const char *text[RBLDNSD_VARS]; /* in the reader's arena; NULL: none */
	uint64_t missed[RBLDNSD_VARS];  /* line that wanted it in vain, or 0 */
};

/* What is said of a key. */
struct rbldnsd_words {
	uint32_t code;
	struct buf text; /* UTF-8; as it is stored */
	bool template;   /* "$" in it is the key */
};

struct rbldnsd_value {
	uint32_t code; /* 0: not said */
	bool said_text;
	struct span text; /* raw */
};

/* ":A:TEXT", ":A" or "TEXT". ERR_FORMAT with WHY. */
MUST_CHECK int zone_rbldnsd_value(
    struct span s, struct rbldnsd_value *ret, struct err_text *why);

/* RAW with the variables put in. LINE is remembered for those that are not
 * set. ERR_NOMEM. */
MUST_CHECK int zone_rbldnsd_expand(struct span raw, struct rbldnsd_vars *vars,
    uint64_t line, struct buf *scratch, struct rbldnsd_words *ret);

/* ---- the reader ------------------------------------------------------------
 */

/* What waits for the end of the file. */
struct rbldnsd_later {
	uint64_t line;
	const char *text;     /* a hole's name; NULL: see ip */
	struct net_prefix ip; /* a hole's prefix */
};

/* One record of a generic data set. */
struct rbldnsd_record {
	uint64_t line;
	const char *owner; /* key as text */
	uint32_t code;     /* of an A; 0: this is a TXT */
	struct span text;
};

#define RBLDNSD_SEEN_WORDS (((1u << 24) + (1u << 16) + (1u << 8) + 1) / 64 + 1)

struct rbldnsd {
	struct arena arena;
	bool may_start;         /* still possible: "$DATASET" */
	bool started;           /* a part is open */
	enum rbldnsd_type file; /* as told, or found out */
	enum rbldnsd_type type; /* of the part in hand */
	bool taken;             /* the part is wanted */
	bool begun;             /* it has had an entry */
	uint64_t max_range4;    /* 0: none */
	struct rbldnsd_vars global, vars;

	/* defaults of the part */
	struct buf raw;
	struct rbldnsd_words words;
	bool fresh;               /* words follow from raw and the variables */
	bool said;                /* there was a line with them */
	uint64_t bad_line;        /* such a line was refused; 0: none */
	uint64_t number;          /* of words: another whenever they change */
	struct rbldnsd_words own; /* of the line in hand */
	struct buf scratch;

	/* Places (/24, /16, /8, all) that list something narrower. */
	uint64_t *seen; /* NULL: none yet */

	struct rbldnsd_later *later;
	size_t n_later, cap_later, at_later;
	struct rbldnsd_record *records;
	size_t n_records, cap_records, at_record;
	bool sorted;

	struct buf parts; /* names of the subzones there are, for a message */
	bool found_part;
};

#define RBLDNSD_TYPES \
	"ip4set, ip4tset, ip4trie, ip6tset, ip6trie, dnset or generic"
/* false: no such type. KINDS of lists that take it, ZONE_FORMAT_KIND. */
bool zone_rbldnsd_type(
    struct span name, enum rbldnsd_type *ret_type, unsigned *ret_kinds);
void zone_rbldnsd_start(struct rbldnsd *r, enum rbldnsd_type type, bool taken);

/* The first word of *S, which is moved on. */
struct span zone_rbldnsd_word(struct span *s);

/* A line that begins with "$" or, COMMENT, with "#$" or ";$". */
MUST_CHECK int zone_rbldnsd_special(struct zone_format_in *in, struct span s,
    bool comment, struct err_text *why);

/* Keep for the end. ERR_NOMEM. */
MUST_CHECK int zone_rbldnsd_hole(
    struct zone_format_in *in, const struct net_prefix *ip, const char *text);
MUST_CHECK int zone_rbldnsd_record(
    struct zone_format_in *in, struct span s, struct err_text *why);
/* IP is listed: remember its place. ERR_NOMEM. */
MUST_CHECK int zone_rbldnsd_seen(
    struct rbldnsd *r, const struct net_prefix *ip);
/* What waits; as the end of a format. */
MUST_CHECK int zone_rbldnsd_end(
    struct zone_format_in *in, struct err_text *why);

/* ---- writing: rbldnsd_out.c ------------------------------------------------
 */

void zone_rbldnsd_out_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail);
void zone_rbldnsd_out_head(struct zone_format_out *out, struct buf *b);
