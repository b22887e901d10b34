/* config_priv.h - the tables of rbl.conf, and reading values by what they
 * mean.
 *
 * A reading remembers its first failure: after it, readers give zeros and do
 * nothing, so that a section is read straight through and looked at once.
 * The sentence is "FILE:LINE: key: what is wrong, what was expected".
 */
#pragma once

#include "zone/config.h"

enum config_section {
	CONFIG_TOP,
	CONFIG_LIST,
	CONFIG_ZONE,
	CONFIG_KEY,
	CONFIG_CRITERION,
	CONFIG_GUARD,
	CONFIG_DNS,
	CONFIG_INGEST,
	CONFIG_WWW,
	CONFIG_PUBLISH,
	CONFIG_SECTIONS,
};

extern const struct conf_section zone_config_table[CONFIG_SECTIONS];

struct config_reading {
	struct arena *arena;
	const char *path;
	struct err_text *why;
	const struct conf_block *block; /* the section in hand */
	int failed;                     /* 0, or the first failure */
};

/* Remember ERR and its sentence, unless something failed before. */
void config_fail(struct config_reading *r, int err, unsigned line,
    const char *key, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Zeroed memory; NULL only after the failure. */
void *config_room(struct config_reading *r, size_t n, size_t size);
const char *config_copy(struct config_reading *r, const char *text, size_t len);

/* ONE values. The value, or the fallback; without either NULL or 0. */
const char *config_text(struct config_reading *r, const char *key);
/* The same, but its absence is a failure; EXPECTED says what it should be. */
const char *config_need(
    struct config_reading *r, const char *key, const char *expected);
unsigned config_number(struct config_reading *r, const char *key,
    unsigned long min, unsigned long max);
/* Seconds. "never" gives 0 where MIN is 0. */
int64_t config_duration(
    struct config_reading *r, const char *key, int64_t min, int64_t max);
uint64_t config_size(
    struct config_reading *r, const char *key, uint64_t min, uint64_t max);
bool config_yes(struct config_reading *r, const char *key);
const char *config_path(struct config_reading *r, const char *key);
const char *config_user(struct config_reading *r, const char *key);
const char *config_url(struct config_reading *r, const char *key);

/* A host or zone name: lower case A-labels, no final dot. */
const char *config_host(
    struct config_reading *r, const char *key, const char *text, unsigned line);

enum config_places { PLACE_IP = 1, PLACE_UNIX = 2 };
bool config_place(struct config_reading *r, const char *key, const char *text,
    unsigned line, unsigned places, struct net_place *ret);

/* MANY values; *ret_n is 0 when there are none. Equal values are a failure. */
#define CONFIG_MANY 4096u
const struct conf_values *config_many(
    struct config_reading *r, const char *key);
const char **config_hosts(
    struct config_reading *r, const char *key, size_t *ret_n);
/* Texts for people, of 1 to MAX bytes. */
const char **config_words(struct config_reading *r, const char *key, size_t max,
    size_t *ret_n);
struct net_prefix *config_prefixes(
    struct config_reading *r, const char *key, size_t *ret_n);
struct net_place *config_places(struct config_reading *r, const char *key,
    unsigned places, const char *fallback, size_t *ret_n);

/* Each sees that a text is fit to be shown, in DNS and on pages. */
void config_ascii(struct config_reading *r, const char *key, const char *text,
    unsigned line, size_t max);
bool config_name(const char *text, size_t max); /* a-z 0-9 - _ */
/* "..." for sentences, without what would act on a terminal. */
const char *config_shown(struct config_reading *r, const char *text);

/* Stands KEY in the file? */
bool config_given(const struct config_reading *r, const char *key);
/* Where, for what is wrong with it together with another. */
unsigned config_line(const struct config_reading *r, const char *key);

/* NULL: no key section of that name. */
const struct zone_tsig_conf *config_key(
    const struct zone_config *c, const char *name);
/* Read the zone section in hand; lists and keys must have been read. */
void config_zone(struct config_reading *r, struct zone_config *c);

/* The keys by which the operator speaks (config_site.c). */
void config_site(struct config_reading *r, struct zone_config *c);
/* The keys of www { } about look-ups and removals (config_delist.c). */
void config_delist(struct config_reading *r, struct zone_config *c);
/* The keys about receipts (config_receipt.c). */
void config_receipts(struct config_reading *r, struct zone_config *c);
