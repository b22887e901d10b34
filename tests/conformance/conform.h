/* conform.h - one statement of a standard, asked of a responder by its sockets.
 *
 * A case has the id and the words of its statement and runs once for each
 * road that the statement is about. What it expects and does not get is told
 * at once and counted; the runner prints one line for each id, so that the
 * report reads as the table of what is kept.
 */
#pragma once

#include <stdbool.h> /* first: ldns has a bool of its own otherwise */
#include <ldns/ldns.h>

#include "base/when.h"
#include "rbld/handle.h"
#include "rbld/listen.h"
#include "zone/history.h"

enum cf_road { CF_UDP = 1, CF_TCP = 2, CF_BOTH = 3 };

struct cf {
	bool tcp;        /* the road of this run */
	const char *id;  /* for messages */
	unsigned failed; /* expectations */
};

struct cf_case {
	const char *id, *words;
	unsigned roads;
	void (*run)(struct cf *t);
};

/* Each ends with a case without an id. */
extern const struct cf_case cf_rfc5782[], cf_rfc6471[], cf_base[], cf_tree[],
    cf_negative[], cf_edns[], cf_cookies[], cf_errors[], cf_tcp[];

#define CF_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* True when WHAT holds; else it is told and counted. */
#define EXPECT(t, what, ...)                                             \
	((what) ? true                                                   \
		: (cf_fail((t), __FILE__, __LINE__, #what, __VA_ARGS__), \
		      false))
void cf_fail(struct cf *t, const char *file, int line, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* ---- asking ------------------------------------------------------------ */

#define CF_QUERY_MAX 4096
struct cf_query {
	uint8_t bytes[CF_QUERY_MAX];
	size_t len;
	size_t opt; /* where its OPT begins; 0: none */
};

enum cf_type {
	CF_A = 1,
	CF_NS = 2,
	CF_CNAME = 5,
	CF_SOA = 6,
	CF_MX = 15,
	CF_TXT = 16,
	CF_AAAA = 28,
	CF_HTTPS = 65,
	CF_ANY = 255,
	CF_CAA = 257,
};

/* A question of class IN with RD and an id of its own. NAME as people write
 * it; "\DDD" is an octet. PAYLOAD > 0: with an OPT. */
void cf_query(
    struct cf_query *q, const char *name, unsigned type, unsigned payload);
void cf_option(struct cf_query *q, unsigned code, const void *data, size_t len);

struct cf_reply {
	uint8_t bytes[65535 + 1];
	size_t len;    /* 0: there was none */
	ldns_pkt *pkt; /* NULL: none, or ldns cannot read it */
	unsigned rcode;
	bool aa, tc;
	unsigned answers, authority, additional;
	char text[8192]; /* the answer section: "TTL TYPE DATA; ..." */
};

/* By the case's road, to 127.0.0.1. The reply is good until the next one. */
const struct cf_reply *cf_send(struct cf *t, const struct cf_query *q);
const struct cf_reply *cf_ask(struct cf *t, const char *name, unsigned type);
const struct cf_reply *cf_ask_edns(
    struct cf *t, const char *name, unsigned type, unsigned payload);
/* LEN octets of option CODE in the reply; NULL: it is not there. */
const uint8_t *cf_option_of(
    const struct cf_reply *r, unsigned code, size_t *ret_len);
int cf_ede(const struct cf_reply *r); /* the extended error; -1: none */

/* The usual expectations; WHAT names the question in messages. */
void cf_listed(struct cf *t, const char *name, const char *answers);
void cf_nxdomain(struct cf *t, const char *name, unsigned type);
void cf_nodata(struct cf *t, const char *name, unsigned type);
void cf_rcode(struct cf *t, const char *name, unsigned type, unsigned rcode);
/* The one SOA of a negative answer: its TTL; -1: there is not exactly one. */
int64_t cf_soa_ttl(const struct cf_reply *r, uint32_t *ret_minimum);
uint32_t cf_serial(struct cf *t, const char *zone);

/* The reversed name of an address, below ZONE; OUT has room for 512. */
char *cf_name_of(char *out, const char *ip, const char *zone);

/* ---- sockets ----------------------------------------------------------- */

/* The port of the wildcard sockets, of IPv4 or IPv6. */
unsigned cf_port(bool v6);
/* A socket connected to ADDRESS. TYPE is SOCK_DGRAM or SOCK_STREAM. */
int cf_dial(struct cf *t, int type, const char *address);
bool cf_write(int fd, const void *data, size_t len);
/* One message of a stream into OUT of 65535 octets; 0: its end. */
size_t cf_read_message(int fd, uint8_t *out);
/* Q behind its length, as a stream has it. */
size_t cf_frame(uint8_t *out, const struct cf_query *q);
/* False when nothing came for a while, or it is still open. */
bool cf_has_ended(int fd);
/* Has the process an own network, with 2001:db8::53 and ::54 on it? */
bool cf_own_net(void);

/* ---- what is served ---------------------------------------------------- */

/* List (or exempt) TEXT for LIFE seconds; 0: for good. Returns the serial, or
 * 0 with WHY. */
uint64_t cf_try_put(const char *list, const char *text, bool exempt,
    int64_t life, struct err_text *why);
uint64_t cf_put(struct cf *t, const char *list, const char *text, bool exempt,
    int64_t life);
uint64_t cf_remove(struct cf *t, const char *list, const char *text);
struct zone_store *cf_store(void);
struct zone_config *cf_config(void);
/* TEXT as a whole configuration: 0, or what the responder says of it. */
int cf_check_config(const char *text, struct err_text *why);

/* Serve something else until cf_serve(NULL): */
struct cf_manner {
	unsigned rate;    /* answers a second and net; 0: no limit */
	unsigned slip;    /* 0: none */
	unsigned limit;   /* connections; 0: 1000 */
	unsigned timeout; /* seconds; 0: 60 */
	const struct rbld_cookie_keys *keys; /* NULL: the usual ones */
	bool no_store;
};
void cf_serve(const struct cf_manner *manner);
/* The secret in use. */
extern struct rbld_cookie_keys cf_keys;
