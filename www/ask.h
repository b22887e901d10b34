/* ask.h - "is it listed?": the box, the question as understood, the verdict. */
#pragma once

#include "www/show.h"

/* A question as it was understood. */
struct www_question {
	const char *q; /* as typed, "" for none */
	bool understood;
	struct zone_key key;
	char text[ZONE_KEY_TEXT]; /* the key, canonical */
	struct err_text why;      /* when not understood */
};

/* Of the field "q" of the request. */
struct www_question www_question_of(const struct www_turn *turn);

/* The box that asks PATH, with what was typed in it. */
void www_ask_box(struct www_turn *turn, const char *path, const char *q);
/* The answer to something that is no key. */
void www_ask_not_understood(
    struct www_turn *turn, const struct www_question *question);
/* One list's answer in a sentence. */
void www_ask_verdict(struct www_turn *turn, const struct zone_list_conf *list,
    const struct www_question *question, const struct www_cover *cover);
/* The same as the beginning of a card, which whoever calls goes on with and
 * closes with </div>. */
void www_ask_verdict_begin(struct www_turn *turn,
    const struct zone_list_conf *list, const struct www_question *question,
    const struct www_cover *cover);
/* What nobody can list: says so; true when that is all there is to say. */
bool www_ask_by_nature(
    struct www_turn *turn, const struct www_question *question);
