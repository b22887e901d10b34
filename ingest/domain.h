/* domain.h - what belongs together: organisational domains by the public
 * suffix list (zone/suffix.h).
 */
#pragma once

#include "base/text.h"

/* The registrable domain of NAME ("mail.example.co.uk" -> "example.co.uk"),
 * lower case, into OUT (256 bytes); "" when NAME is an address, a public
 * suffix or no domain. Returns OUT. */
char *ingest_domain_org(char *out, struct span name);

/* Do A and B belong to the same organisation (RFC 7489 3.1: relaxed)? False
 * when either has none. */
bool ingest_domain_aligned(struct span a, struct span b);

/* Is NAME the domain SUFFIX or below it? Case and final dot do not count. */
bool ingest_domain_under(struct span name, const char *suffix);

/* Load the list ahead of need: before the process gives up its files. */
void ingest_domain_init(void);
/* Frees the list; for tests that look for leaks. */
void ingest_domain_fini(void);
