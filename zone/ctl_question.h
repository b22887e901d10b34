/* ctl_question.h - what "test" asks: a key, or the digests a label stands for.
 */
#pragma once

#include "zone/ctl.h"

struct ctl_question {
	struct zone_key key; /* valid when n_digests is 0 */
	struct digest digests[2];
	unsigned n_digests;
	enum zone_kind kind;
	const struct zone_zone_conf *zone; /* NULL: not asked by name */
};

/* TEXT is an address, prefix, e-mail address, digest, domain, or a query name:
 * below a zone of the configuration, or 32 nibbles without one. LIST (may be
 * NULL) says the kind. CTL_DONE, or CTL_USAGE after a message. */
MUST_CHECK int ctl_want_question(const struct ctl *ctl, const char *text,
    const struct zone_list_conf *list, struct ctl_question *ret);

/* Is LIST one that the question is put to? ONLY: --list, or NULL. */
bool ctl_question_concerns(const struct ctl_question *q,
    const struct zone_list_conf *only, const struct zone_list_conf *list);

/* Is it a point that every server answers by itself (RFC 5782 section 5)? */
bool ctl_question_test_point(const struct ctl_question *q);

/* "listed", "exempt", "not listed"; in JSON "clear". */
const char *ctl_verdict_name(enum zone_verdict verdict);

/* The answer of LIST for a person, and the members that "test" and "at" have
 * in common. BY: the entry that decides, NULL when its key is not known. D:
 * what it says, NULL when the verdict is clear. */
void ctl_print_answer(const char *list, const struct zone_hit *hit,
    const struct zone_key *by, const struct zone_detail *d);
json_t *ctl_json_answer(const char *list, const struct zone_hit *hit,
    const struct zone_key *by, const struct zone_detail *d);
