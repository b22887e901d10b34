/* backup.h - all three environments copied while they are at work, and put
 * back while they are.
 *
 * A backup is a folder that nobody but its owner may read: a manifest, and a
 * data.mdb for each environment (doc/FORMATS). It gets its name when it is
 * whole, on disk, and was read once more, so a folder of that name is good or
 * was damaged later; that is found out before anything is restored from it.
 *
 * LMDB writes each copy from one read transaction, so it is the store of one
 * commit. That transaction is held for as long as the copy takes, which is why
 * the copy goes to memory first (no O_DIRECT) and is synced after it has
 * ended; meanwhile writers go on, and pages that they free are not used again.
 * The queue is copied before the store: who approves writes the store first,
 * so an item of the copy can be waiting and listed, which harms nobody, but
 * never settled and missing.
 */
#pragma once

#include "zone/store.h"

#define ZONE_BACKUP_PARTS 3 /* numbered as enum zone_store_kind */

struct zone_manifest {
	int64_t time;    /* when it was begun */
	uint64_t serial; /* of the store */
	struct {
		uint64_t bytes;
		uint8_t sha256[32];
	} parts[ZONE_BACKUP_PARTS];
};

/* Make DIR, which must not be there; its parent must. While it is made it is
 * called DIR.part. ERR_CONFLICT: DIR is there, or another one makes it.
 * ERR_FULL, ERR_SYS, ERR_CORRUPT: what was copied is damaged. On failure no
 * DIR is left. No environment may be open in this process. */
MUST_CHECK int zone_backup_make(const char *data_dir, uint64_t map_size,
    const char *dir, struct zone_manifest *ret, struct err_text *why);
/* The last one made of DATA_DIR, absolute. ERR_NONE: there was none. */
MUST_CHECK int zone_backup_last(
    const char *data_dir, char *ret, size_t size, struct err_text *why);

struct zone_restore {
	const char *data_dir;
	uint64_t map_size;
	const char *dir; /* the backup */
	bool all;        /* queue and accounts as well */
	uint64_t
	    beyond;     /* the serial becomes greater than this; 0: no matter */
	const char *by; /* for history */
};

#define ZONE_RESTORE_LEAP (UINT64_C(1) << 24)

struct zone_restored {
	uint64_t serial; /* that it has now */
	struct zone_manifest manifest;
	bool leapt; /* the store before could not be read: its serial was taken
	             * to be less than LEAP beyond the backup's */
	struct err_text unread;           /* why */
	char kept[ZONE_BACKUP_PARTS][64]; /* names in DATA_DIR of what was there
	                                   * before; "": nothing was */
};

/* Put a backup in the store's place. Nothing changes until it was copied
 * beside it and found whole. Then the store's writers are held, a row "restore"
 * is written whose serial is beyond both, and the folders are exchanged at one
 * stroke, so that whoever opens it finds one or the other; a commit to the one
 * before is in it or is refused, never lost unseen. Queue and accounts are
 * exchanged only when no program has them open; sessions are not restored.
 *
 * ERR_CORRUPT, ERR_FORMAT: the backup is not good. ERR_CONFLICT: another
 * restore is at work, or a program has open what may not be. ERR_FULL,
 * ERR_SYS. On failure the store is as it was, but when WHY says that only part
 * was exchanged. No environment may be open in this process. */
MUST_CHECK int zone_restore(const struct zone_restore *restore,
    struct zone_restored *ret, struct err_text *why);
