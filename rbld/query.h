/* query.h - one DNS message that asks something, read from a packet.
 *
 * Bytes in, struct out; nothing is copied but numbers, and nothing is done
 * for the sake of a packet that is no question. What was understood before a
 * failure is kept, so that even an error reply carries the id, the question
 * and the OPT of its query (RFC 6891 section 7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RBLD_HEADER 12      /* octets of a header */
#define RBLD_NAME_MAX 255   /* octets of a name with its root label */
#define RBLD_LABELS_MAX 127 /* labels of a name without its root label */

enum rbld_type {
	RBLD_T_A = 1,
	RBLD_T_NS = 2,
	RBLD_T_SOA = 6,
	RBLD_T_TXT = 16,
	RBLD_T_OPT = 41,
	RBLD_T_TSIG = 250,
	RBLD_T_IXFR = 251,
	RBLD_T_AXFR = 252,
	RBLD_T_ANY = 255,
};
#define RBLD_CLASS_IN 1
#define RBLD_CLASS_CH 3

enum rbld_flag { /* of the header's second word */
	RBLD_QR = 0x8000,
	RBLD_OPCODE = 0x7800,
	RBLD_AA = 0x0400,
	RBLD_TC = 0x0200,
	RBLD_RD = 0x0100,
};

enum rbld_option {             /* of an OPT */
	RBLD_O_NSID = 3,       /* RFC 5001 */
	RBLD_O_COOKIE = 10,    /* RFC 7873 */
	RBLD_O_KEEPALIVE = 11, /* RFC 7828 */
	RBLD_O_EDE = 15,       /* RFC 8914 */
};

enum rbld_asks { /* what the options of a query ask for: bits */
	RBLD_ASKS_NSID = 1,
	RBLD_ASKS_COOKIE = 2,
	RBLD_ASKS_KEEPALIVE = 4,
};
#define RBLD_COOKIE_CLIENT 8 /* octets of a client's half of a cookie */

enum rbld_parse {
	RBLD_PARSE_OK,      /* one question of opcode QUERY */
	RBLD_PARSE_DROP,    /* a response, or no header: stay silent */
	RBLD_PARSE_FORMERR, /* a message that we cannot read */
	RBLD_PARSE_NOTIMP,  /* an opcode that we do not serve */
	RBLD_PARSE_NOTAUTH, /* NOTIFY: we are nobody's secondary (RFC 1996) */
	RBLD_PARSE_BADVERS, /* an EDNS version above 0 */
	RBLD_PARSE_COOKIE,  /* no question but a cookie (RFC 7873, 5.4) */
};

struct rbld_query {
	uint16_t id;
	uint16_t flags; /* as they came */
	uint16_t type;
	uint16_t class;
	const uint8_t
	    *name;        /* in the packet, uncompressed; NULL: no question */
	uint8_t name_len; /* octets, with the root label */
	uint8_t labels;   /* without the root label */
	bool edns;        /* an OPT was there: the reply has one as well */
	bool dnssec_ok;   /* its DO bit */
	uint8_t asks;     /* enum rbld_asks; 0 with a broken OPT */
	uint16_t payload; /* what the client takes by UDP, at least 512 */
	const uint8_t *cookie; /* with ASKS_COOKIE: in the packet, 8 octets */
	uint8_t cookie_len;    /* of the client, or 16 to 40 with ours */
	const uint8_t *tsig;   /* in the packet, its last record; NULL: none */
	uint8_t label_at[RBLD_LABELS_MAX + 1]; /* of each label, in name */
};

/* Fills *ret_query as far as the packet could be read, but for DROP. */
enum rbld_parse rbld_query_parse(
    const void *packet, size_t len, struct rbld_query *ret_query);
