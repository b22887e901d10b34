/* ctl_queue.h - what the two files of "rblctl queue" share. */
#pragma once

#include "zone/ctl.h"

/* The item whose number is TEXT, in ARENA. CTL_DONE, or another status after
 * a message. */
MUST_CHECK int ctl_queue_item(struct ctl *ctl, const char *text,
    enum zone_access access, struct arena *arena, struct zone_item *ret);

/* ITEM; takes REPORTS, which may be NULL: none are shown. */
json_t *ctl_queue_json(const struct zone_item *item, json_t *reports);

/* The command "queue show". */
int ctl_queue_show(struct ctl *ctl, const struct ctl_args *args);
/* The reports of ITEM with what rbl-ingest read in each, as JSON: *RET. An
 * exit status. */
MUST_CHECK int ctl_queue_reports(struct ctl *ctl, const struct zone_item *item,
    struct arena *arena, json_t **ret);

/* "queue expire" and "queue export" (ctl_queue_keep.c). */
int ctl_queue_expire(struct ctl *ctl, const struct ctl_args *args);
int ctl_queue_export(struct ctl *ctl, const struct ctl_args *args);
