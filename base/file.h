/* file.h - whole files: read within a limit, written so that no reader ever
 * sees half of one.
 */
#pragma once

#include "base/buf.h"

/* Append all of FD to B, at most LIMIT bytes. ERR_FULL: there is more (B then
 * holds the first LIMIT bytes). ERR_SYS, ERR_NOMEM. */
MUST_CHECK int file_read_fd(int fd, size_t limit, struct buf *b);
/* The same for a path, "-" being standard input. */
MUST_CHECK int file_read(const char *path, size_t limit, struct buf *b);

/* Write, sync, rename into place, sync the folder. On failure PATH is as it
 * was and no temporary is left. MODE is not changed by the umask. */
MUST_CHECK int file_write(
    const char *path, const void *data, size_t len, unsigned mode);

/* All bytes to FD, through short writes and EINTR. ERR_SYS. */
MUST_CHECK int file_write_fd(int fd, const void *data, size_t len);
