/* queue_text.h - text of mail as it is compared and gathered. */
#pragma once

#include "www/queue_filter.h"

/* S as it is compared: small letters, no Greek accents. OUT always ends in
 * NUL; what does not fit is left out. Returns the length. */
size_t www_fold(const char *s, char *out, size_t cap);

/* What ITEM is gathered by, as text to show, in OUT; "" when it has nothing
 * of the kind. */
#define WWW_LABEL 400
void www_group_label(
    enum www_group group, const struct zone_item *item, char out[WWW_LABEL]);
/* 16 hexadecimal digits of LABEL, for "group:relay-...". */
void www_group_mark(const char *label, char out[17]);
