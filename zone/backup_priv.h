/* backup_priv.h - pieces that backup and restore share. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "zone/backup.h"

#define BACKUP_PATH 4096

/* ---- files (backup_files.c) ---------------------------------------------- */

/* "store", "queue", "accounts". */
const char *zone_backup_part(unsigned part);
/* The parts of a path with "/" between, into BACKUP_PATH bytes; ERR_RANGE. */
MUST_CHECK int zone_backup_path(char *out, const char *dir, const char *a,
    const char *b, struct err_text *why);
/* A folder of mode 0700. */
MUST_CHECK int zone_backup_mkdir(const char *path, struct err_text *why);
/* Have what FD of PATH holds on disk. */
MUST_CHECK int zone_backup_sync_fd(
    int fd, const char *path, struct err_text *why);
MUST_CHECK int zone_backup_sync(const char *path, struct err_text *why);
/* Remove a folder made here: parts, their files, the manifest, itself. What is
 * not ours stays, and so does the folder then. */
void zone_backup_remove(const char *dir);
/* All of FROM into the new file TO of mode 0600, on disk;
 * its length and hash. ERR_SYS, ERR_FULL. */
MUST_CHECK int zone_backup_copy(const char *from, const char *to,
    uint64_t *ret_bytes, uint8_t ret_sha256[32], struct err_text *why);

MUST_CHECK int zone_manifest_write(
    const struct zone_manifest *m, const char *dir, struct err_text *why);
MUST_CHECK int zone_manifest_read(
    const char *dir, struct zone_manifest *ret, struct err_text *why);

/* ---- are copies what they should be (backup_check.c) --------------------- */

/* Read all of the environments under ROOT, queue and accounts when ALL:
 * format, CRCs, what is derived, chains. In a process of its own, since LMDB
 * aborts on damaged pages. 0 and the store's serial, ERR_CORRUPT, ERR_FORMAT;
 * LABEL names the place in WHY. */
MUST_CHECK int zone_backup_check(const char *root, bool all, uint64_t map_size,
    const char *label, uint64_t *ret_serial, struct err_text *why);

/* ---- the store that is there (restore_old.c) ----------------------------- */

struct old_store {
	pid_t pid;       /* of a process that holds its writers; 0: none */
	int hold;        /* close it to let them go */
	uint64_t serial; /* of the newest commit */
};

/* Hold the writers of the store under DATA_DIR, and say its serial. ERR_NONE:
 * there is none. ERR_CONFLICT: one writes for a minute. Else it cannot be read:
 * WHY. Done by a process of its own, that may die of it. */
MUST_CHECK int zone_old_hold(const char *data_dir, uint64_t map_size,
    struct old_store *ret, struct err_text *why);
void zone_old_release(struct old_store *old);
/* A process that has the environment PART open: ERR_CONFLICT and WHY. */
MUST_CHECK int zone_old_free(
    const char *data_dir, unsigned part, struct err_text *why);
