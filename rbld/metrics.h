/* metrics.h - the counters as text.
 *
 * Three shapes of the same numbers: the text that Prometheus reads (version
 * 0.0.4), where each series has a bound that the configuration sets; the tops
 * (clients, listings, signs, holders of keys) for a person; and both as one
 * JSON object. Keys themselves are in none of them, only their names.
 *
 * WORLD is one that the caller keeps from being freed: its thread's own, or
 * the main thread's. LOOK is the caller's look within it, renewed, or NULL:
 * then what the store knows is left out.
 */
#pragma once

#include "rbld/crew.h"

/* Each appends to B, which tells when there was no memory. */
void rbld_metrics_text(const struct rbld_crew *crew,
    const struct rbld_world *world, const struct rbld_look *look,
    struct buf *b);
void rbld_metrics_top(const struct rbld_crew *crew,
    const struct rbld_world *world, const struct rbld_look *look,
    struct buf *b);
void rbld_metrics_json(const struct rbld_crew *crew,
    const struct rbld_world *world, const struct rbld_look *look,
    struct buf *b);

/* For the log: a line for each zone, and for the first five clients and
 * listings. */
void rbld_metrics_lines(const struct rbld_crew *crew,
    const struct rbld_world *world, struct buf *b);

/* TEXT as the value of a Prometheus label, without the quotes around it. */
void rbld_metrics_escape(struct buf *b, const char *text);

/* The most frequent of WHICH over all threads of CREW, as rbld_tally_top. */
MUST_CHECK int rbld_metrics_tops(const struct rbld_crew *crew,
    enum rbld_tops which, struct rbld_top *ret, unsigned cap,
    int64_t *ret_since);
/* Questions with the key number ID. */
uint64_t rbld_metrics_key(const struct rbld_crew *crew, uint32_t id);
