/* answer.h - what was found out, to a packet.
 *
 * A reply is begun, gets its records one by one, and is ended. Whatever does
 * not fit is told by TC with no record at all, never by a part of a set
 * (RFC 2181, 5.2; RFC 2308). Pure: no store, no clock, no allocation.
 */
#pragma once

#include "base/bytes.h"
#include "rbld/apex.h"
#include "zone/words.h"

enum rbld_rcode {
	RBLD_NOERROR = 0,
	RBLD_FORMERR = 1,
	RBLD_SERVFAIL = 2,
	RBLD_NXDOMAIN = 3,
	RBLD_NOTIMP = 4,
	RBLD_REFUSED = 5,
	RBLD_NOTAUTH = 9,
	RBLD_BADVERS = 16,   /* this and beyond needs an OPT */
	RBLD_BADCOOKIE = 23, /* RFC 7873 */
};

enum rbld_ede { /* RFC 8914 */
	RBLD_EDE_NONE = -1,
	RBLD_EDE_NOT_READY = 14,
	RBLD_EDE_PROHIBITED = 18,
	RBLD_EDE_NOT_AUTHORITATIVE = 20,
	RBLD_EDE_NOT_SUPPORTED = 21,
};

struct rbld_answer {
	const struct rbld_query *q;
	struct writer w;
	size_t limit;     /* octets that the reply may have */
	size_t body;      /* where the records begin */
	uint16_t answers; /* records in the answer section */
	uint16_t authority;
	const uint8_t *options; /* for the OPT, as on the wire */
	size_t options_len;
	const char *text; /* beside the extended error; "" none */
	bool tc;          /* out: it did not fit */
};

/* Begin a reply to Q in OUT, of at most LIMIT octets (512 or more). */
void rbld_answer_begin(struct rbld_answer *a, const struct rbld_query *q,
    uint8_t *out, size_t limit);

/* Right after the beginning: options that the OPT must have, LEN octets of
 * them, at most RBLD_OPTIONS_MAX. They are borrowed until the end. */
#define RBLD_OPTIONS_MAX 128
void rbld_answer_options(
    struct rbld_answer *a, const uint8_t *options, size_t len);
/* Whatever it was to be, it is to be told by TC alone. */
void rbld_answer_cut(struct rbld_answer *a);

/* Records of the question's own name. CODE is a 127.0.0.0/8 value. */
void rbld_answer_a(struct rbld_answer *a, uint32_t ttl, uint32_t code);
/* One string of at most 255 octets. A text that the reply already has is
 * left out: there are no equal records in a set. */
void rbld_answer_txt(
    struct rbld_answer *a, uint32_t ttl, const char *text, size_t len);
/* A record of the zone's apex, or of a host. */
void rbld_answer_record(struct rbld_answer *a, const struct rbld_zone *zone,
    const struct rbld_record *rec);
void rbld_answer_soa(
    struct rbld_answer *a, const struct rbld_zone *zone, uint32_t serial);
/* The SOA that goes with NXDOMAIN and NODATA. */
void rbld_answer_negative(
    struct rbld_answer *a, const struct rbld_zone *zone, uint32_t serial);

/* The one TXT of a name of class CH. */
void rbld_answer_chaos(struct rbld_answer *a, const char *text);

/* Write the header and the OPT; returns the reply's length. AA: we have
 * authority for what was asked. When space is short, the text beside the
 * extended error goes first, then the error itself, which sets TC although
 * all records are there (RFC 8914, 3). */
size_t rbld_answer_end(
    struct rbld_answer *a, enum rbld_rcode rcode, bool aa, enum rbld_ede ede);
