/* excerpt.h - the words of a spam, as text: never its markup, no links. */
#pragma once

#include "www/story.h"

/* Append TEXT with its links made harmless: "http://a.example/x" becomes
 * "hxxp://a[.]example/x". It is still to be escaped. */
void www_defang(struct buf *b, struct span text);

/* What rbl-ingest kept of the body and the attachments, or that it did not. */
void www_excerpt_show(
    struct www_turn *turn, const struct www_analysis *analysis);
