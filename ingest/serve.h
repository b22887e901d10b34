/* serve.h - the LMTP server: rbl-ingest --lmtp.
 *
 * One loop, some parser children, one thread that writes. A mail is answered
 * when it is on the disk, and "451, try again later" when that does not come
 * to pass within INGEST_SERVE_WAIT seconds: the queue is locked, full or
 * unreadable, or no child can be made. It may be stored all the same later;
 * when it comes again, it is known by its digest and stored once.
 *
 * Nobody can keep others out: when all places are taken, whoever has been
 * longest without a whole mail gives way. Mails that are being taken, parsed or
 * stored have four times max-message of memory, at least 256 MiB, and a
 * mebibyte for each connection; who asks for more is told 452.
 */
#pragma once

#include "zone/config.h"

#define INGEST_SERVE_CONNECTIONS 100
#define INGEST_SERVE_IDLE 300 /* seconds for a command, RFC 5321 4.5.3.2.7 */
#define INGEST_SERVE_SLOW 600 /* seconds for a mail in all, or none */
#define INGEST_SERVE_CROWD 30 /* the same when others wait for a place */
#define INGEST_SERVE_WAIT 30  /* seconds for a mail to be stored */

/* Bind PLACE: a unix: one with mode 0660 for UID and GID (-1: as they are);
 * what a dead server left behind is removed, a living one is not. *RET_FD is
 * listening. ERR_SYS with WHY. */
MUST_CHECK int ingest_serve_listen(const struct net_place *place, int uid,
    int gid, int *ret_fd, struct err_text *why);

/* Serve on FD until SIGTERM, and SIGHUP reads PATH again. Takes *CONFIG over,
 * and leaves there what is to be freed. Returns an exit status. */
MUST_CHECK int ingest_serve(
    int fd, const char *path, struct zone_config **config);
