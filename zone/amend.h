/* amend.h - one entry of the list, as a moderator sees it, taken out or given
 * another end.
 */
#pragma once

#include "zone/moderate.h"

struct zone_amendment {
	const struct zone_list_conf *list;
	const struct zone_key *key;
	uint32_t detail; /* of the entry as it was shown */
	bool remove;     /* else: */
	int64_t until;   /* its new end */
	bool forever;    /* or none */
	const char *reason;
};

/* 0 with *ret: ZONE_DONE and the serial; ZONE_MOVED, the entry is another
 * now, or gone; ZONE_GUARDED with TEXT: the guard refuses it, or it takes more
 * than PERSON's own weight (a wide listing for longer, one for good, anything
 * about an exemption). Or <0. */
MUST_CHECK int zone_moderate_amend(struct zone_store *store,
    const struct zone_config *config, const struct zone_person *person,
    const struct zone_amendment *amendment, struct zone_decided *ret,
    struct err_text *text);
