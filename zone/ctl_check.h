/* ctl_check.h - the file of lists that rblctl check asks: zone/rbl-lists.conf.
 */
#pragma once

#include "zone/ctl.h"

#define CTL_LISTS 200

enum ctl_asked { IP, IP4, IP6, DOMAIN, MD5, SHA1, SHA256 };

struct ctl_list {
	char zone[256];
	enum ctl_asked asked;
	struct span meanings; /* its lines in the file */
};

struct ctl_lists {
	struct buf file;
	struct ctl_list at[CTL_LISTS];
	size_t n;
};

/* CTL_DONE, or CTL_FAILED after a message. Free RET->file in any case. */
MUST_CHECK int ctl_lists_read(struct ctl_lists *ret, const char *path);
/* What A means on L; "" when the file does not say. */
struct span ctl_list_meaning(const struct ctl_list *l, uint32_t a);
/* The next line of REST. false: there is none. */
bool ctl_lists_line(struct span *rest, struct span *ret);
