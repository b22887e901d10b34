/* warm.h - have the store's file in memory before it is asked for.
 *
 * After a boot the first questions would each wait for the disk: a tenth of a
 * second at ten million entries. LMDB's pages are not walked for this, since
 * one that is damaged would kill the process without having been asked for.
 */
#pragma once

/* Have the system read the file at PATH into memory, unless it is larger than
 * half of it. Returns at once; a thread that nobody waits for does it. */
void rbld_warm(const char *path);
