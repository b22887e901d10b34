/* raw.h - the header block of a mail as it is, with its relays marked. */
#pragma once

#include "www/analysis.h"
#include "www/html.h"

/* The header block of the reported message within a submission: the one that
 * the relays' headers stand in, else the first of all. Always within LEN;
 * *RET_AT and *RET_LEN are in bytes, at most 128 KiB. */
void www_raw_block(const char *raw, size_t len, const struct www_relay *relays,
    unsigned n_relays, size_t *ret_at, size_t *ret_len);

/* That block in <pre>, each relay's header in a <span> of its role, the
 * boundary's in <mark>. Offsets that do not fit are ignored. */
void www_raw_show(struct www_html *html, const char *raw, size_t len,
    const struct www_relay *relays, unsigned n_relays);

/* "r-boundary" and so on: a class of ours for a word of theirs. */
const char *www_role_class(const char *role);
