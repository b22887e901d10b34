/* sandbox.h - what the parser child may still do: compute, and talk over the
 * one socket it has. The only door to libseccomp.
 *
 * Three fences, each enough against what is known today: a list of system
 * calls (everything else ends the process), no access to any file or port
 * (Landlock, where the kernel has it), and resource limits. Calls that open
 * or look at files fail instead of killing, since the C library makes them
 * for reasons of its own (a character set it has no module for).
 *
 * The C library loads the code of a character set when it is first asked for.
 * A child that may open nothing could read no Greek mail then, so all that
 * mail is written in are loaded before, in the parent.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* In the parent, once; later calls do nothing. Loads converters, the time
 * zone, and whatever else a library reads files for. */
void ingest_sandbox_prepare(void);

/* In the child, when it has all its descriptors. From now on it has at most
 * MEMORY bytes of address space more than now (not in a sanitizer's build,
 * which reserves terabytes). There is no way back. ERR_SYS: the kernel does
 * not confine us; nothing of a stranger's may be read then. */
MUST_CHECK int ingest_sandbox_enter(size_t memory);

/* Names of the character sets that are loaded, and their number. */
extern const char *const ingest_sandbox_charsets[];
extern const unsigned ingest_sandbox_n_charsets;
