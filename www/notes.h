/* notes.h - what moderators wrote down about an item or a key. */
#pragma once

#include "www/page.h"
#include "zone/note.h"

#define WWW_NOTES_SHOWN 100

/* The card: NOTES, and, when the person may, the form that posts to PATH with
 * the hidden fields that HIDDEN (may be NULL) writes. ABOUT, when it is not
 * NULL, is a list of what the note may be about, the first of them chosen. */
struct www_note_about {
	const char *value, *words;
};
void www_notes_card(struct www_turn *turn, const struct zone_note *notes,
    size_t n, const char *path, const struct www_note_about *about,
    unsigned n_about);

/* Write the note of the request's form about SUBJECT down and go BACK, or say
 * why not. Returns 0 or <0. */
MUST_CHECK int www_note_write(
    struct www_turn *turn, const char *subject, const char *back);
