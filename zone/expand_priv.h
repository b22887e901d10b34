/* expand_priv.h - between the parts of expand. */
#pragma once

#include "base/arena.h"
#include "zone/expand.h"
#include "zone/view_priv.h"
#include "zone/words.h"

#define EXPAND_LISTS 32
#define EXPAND_NAME 255 /* octets of a name on the wire */

/* What one list says of a name; code 0: nothing, or a hole. */
struct expand_hit {
	uint32_t code;
	uint32_t detail; /* 0: a test point */
	unsigned depth;  /* bits of the prefix, labels of the domain */
};

/* One key that history has between two serials. */
struct expand_key {
	uint8_t k;    /* which list of the zone */
	uint8_t bits; /* 32, 128; 0: it is text */
	uint8_t len;
	uint8_t addr[16];
	const char *text;
	struct zone_domain domain; /* of text, in a zone of domains */
	enum zone_domain_form form;
	uint64_t order;
	uint32_t before, after; /* details; 0: none */
};

struct expand_past {
	struct expand_key *keys; /* sorted, each once */
	size_t n, cap;
	struct arena arena;
};

struct expand_row {
	uint8_t addr[16];
	uint8_t len;
	uint32_t code, detail;
};
struct expand_rows {
	struct expand_row *at;
	size_t n;
};

struct expand_level { /* of the tree, while it is walked */
	struct expand_hit *hits;
	uint32_t *lo, *hi;
};
#define EXPAND_LEVELS 24 /* nibbles from /32 on */

struct zone_expand {
	struct zone_view *view;
	const struct zone_zone_conf *zone;
	zone_rr_fn *fn;
	void *ctx;
	unsigned n_lists;
	struct {
		int state; /* 1 known, 0 not in the store: empty */
		uint16_t number;
	} lists[EXPAND_LISTS];
	size_t zone_len; /* of its name, on the wire */
	const char *template;
	struct zone_expand_report report;
	/* what is said of a detail, of each list: those of neighbours repeat */
	struct zone_detail details[EXPAND_LISTS];

	/* which moment: as the view has it, or as it was before what history
	 * tells */
	const struct expand_past *past; /* NULL: no history is needed */
	bool then;

	int phase;
	/* prefixes */
	uint8_t next[16];
	bool next_over;
	struct expand_rows wide[EXPAND_LISTS];
	struct expand_rows rows[EXPAND_LISTS];
	struct expand_level levels[EXPAND_LEVELS];
	/* names: the next row's key behind the list's number */
	uint8_t from[ZONE_STORE_KEY_MAX + 1];
	size_t from_len;
};

/* Does any of the hits list? */
static inline bool
expand_any(const struct zone_expand *x, const struct expand_hit *hits)
{
	for (unsigned k = 0; k < x->n_lists; k++) {
		if (hits[k].code != 0) {
			return true;
		}
	}
	return false;
}

/* The records of OWNER; KEY is what was asked for, as TXT has it. Nothing when
 * nothing is listed. */
MUST_CHECK int expand_say(struct zone_expand *x, const uint8_t *owner,
    size_t len, const struct expand_hit *hits, const char *key);
/* A name that exists and says nothing. */
MUST_CHECK int expand_block(
    struct zone_expand *x, const uint8_t *owner, size_t len);

/* The code of DETAIL, 0 also for none. */
MUST_CHECK int expand_code(
    struct zone_expand *x, uint32_t detail, uint32_t *ret_code);

/* ---- prefixes: expand_ip.c ---------------------------------------------- */

MUST_CHECK int expand_ip_step(struct zone_expand *x);
/* Prepare for a family: the wide entries of the moment. */
MUST_CHECK int expand_ip_begin(struct zone_expand *x, enum zone_space space);
/* All of one stretch. */
MUST_CHECK int expand_ip_stretch(
    struct zone_expand *x, enum zone_space space, const uint8_t addr[16]);
/* ERR_RANGE: the zone is too large in any case. */
MUST_CHECK int expand_ip_fits(struct zone_expand *x);
void expand_ip_free(struct zone_expand *x);

/* ---- digests: expand_address.c ------------------------------------------ */

MUST_CHECK int expand_address_step(struct zone_expand *x);
/* All spellings of N addresses that share some; texts. */
MUST_CHECK int expand_address_group(
    struct zone_expand *x, char (*texts)[ZONE_KEY_TEXT], size_t n);

/* Addresses of one canonical form. */
struct expand_group {
	uint8_t canon[ZONE_NAME_TEXT];
	size_t len;
	char (*texts)[ZONE_KEY_TEXT]; /* the owner's to free */
	size_t n, cap;
};
MUST_CHECK int expand_group_add(struct expand_group *g, const char *text);
/* Those that list K has today. */
MUST_CHECK int expand_group_load(
    struct zone_expand *x, unsigned k, struct expand_group *g);

/* ---- domains: expand_domain.c ------------------------------------------- */

MUST_CHECK int expand_domain_step(struct zone_expand *x);
/* Everything at and below ROOT, above which nothing is stored. */
MUST_CHECK int expand_domain_tree(
    struct zone_expand *x, const uint8_t *root, size_t len);
