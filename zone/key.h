/* key.h - a thing that can be listed: prefix, e-mail address, digest, domain.
 *
 * Everyone who names a listed thing (a query, a mail, a moderator, a list
 * file) comes through here. Text is canonical: what zone_key_format writes,
 * zone_key_parse reads back to an equal key.
 *
 * An address key is one of
 *   local@domain   lower case, domain as A-label (IDNA 2008), no final dot
 *   a bare digest  "md5:HEX", "sha1:HEX" or "sha256:HEX": the address itself
 *                  is not known, only what clients ask for
 */
#pragma once

#include "base/digest.h"
#include "base/net.h"

enum zone_kind { ZONE_KIND_IP, ZONE_KIND_ADDRESS, ZONE_KIND_DOMAIN };

#define ZONE_KEY_TEXT 336 /* room for any key as text */

struct zone_key {
	enum zone_kind kind;
	struct net_prefix ip;     /* kind IP */
	char text[ZONE_KEY_TEXT]; /* other kinds: the canonical text */
	struct digest digest;     /* len > 0: the address is a bare digest */
};

/* Parse S as a key of KIND.
 *
 * IP: an address or prefix (host bits must be zero); v4-mapped IPv6 is
 *   ERR_RANGE: it has no entry of its own.
 * ADDRESS: dot-atom or quoted local part of at most 64 octets, domain of at
 *   least two labels; folded to lower case, IDN domain to its A-label. A bare
 *   digest in any spelling of digest_of_label or with its "sha1:" name. A
 *   32-character label that is hex is md5.
 * DOMAIN: "d" (exact), ".d" (d and below), "*.d" (below only); folded,
 *   A-label.
 *
 * ERR_FORMAT or ERR_RANGE, with one sentence in WHY (may be NULL).
 */
MUST_CHECK int zone_key_parse(enum zone_kind kind, struct span s,
    struct zone_key *ret_key, struct err_text *why);

/* Guess the kind from the text: an '@' or a digest is an address, something
 * of digits, dots, colons and '/' an IP, the rest a domain. */
enum zone_kind zone_key_guess(struct span s);

/* Writes ZONE_KEY_TEXT bytes at most, a whole IP without "/32"; returns OUT. */
char *zone_key_format(char *out, const struct zone_key *key);

/* As a DNS client would ask for it, without the zone: reversed octets or
 * nibbles, or the sha1 label. Whole addresses only; "" for a prefix. Writes
 * ZONE_KEY_TEXT bytes at most; returns OUT. */
char *zone_key_qname(char *out, const struct zone_key *key);

/* Order: kind, then family, address and length, or text, addresses by their
 * canonical forms first of all; domains as the tree
 * of names has them, each before what lies below it. */
int zone_key_compare(const struct zone_key *a, const struct zone_key *b);

struct zone_key zone_key_of_ip(const struct net_ip *ip);

const char *zone_kind_name(enum zone_kind kind); /* "ip", "address", ... */
/* false: no such kind. */
bool zone_kind_parse(struct span s, enum zone_kind *ret_kind);

/* The spellings of one address (decisions 3; consumers hash after folding in
 * different ways): as it is, with its +tag cut, for gmail.com/googlemail.com
 * also without dots and with either domain, for an IDN domain also with the
 * U-label. Each is a distinct text; the first is the address itself. CANON is
 * the one that all addresses sharing a spelling have in common. A bare digest
 * has no forms; its canon is its text. */
#define ZONE_FORMS_MAX 8
struct zone_forms {
	char canon[ZONE_KEY_TEXT];
	char text[ZONE_FORMS_MAX][ZONE_KEY_TEXT];
	unsigned n;
};
void zone_key_forms(const struct zone_key *address, struct zone_forms *ret);
/* The canonical form alone, of an address as canonical text. */
void zone_key_canon(const char *text, char out[ZONE_KEY_TEXT]);

/* TEXT of an address as its row in the store is named: the canonical form
 * and, when that is not all of it, ZONE_NAME_REST and what was cut. So those
 * that share a spelling stand together. Returns its length; of_name is the
 * way back, ERR_CORRUPT for what name does not write. */
#define ZONE_NAME_REST '\x01'
#define ZONE_NAME_TEXT (2 * ZONE_KEY_TEXT)
size_t zone_key_name(const char *text, char out[ZONE_NAME_TEXT]);
MUST_CHECK int zone_key_of_name(
    const char *name, size_t len, char out[ZONE_KEY_TEXT]);
