/* answers.h - ready answers to requests: written once, read by each in his
 * own language. */
#pragma once

#include "www/page.h"

/* Answer N from 1, marked for translation; NULL: there is no such. Numbers
 * are stored: never reuse one. */
const char *www_answer_ready(unsigned n);
/* What it is good for: granting, denying or asking. */
enum www_answer_for { WWW_ANSWER_GRANT, WWW_ANSWER_DENY, WWW_ANSWER_ASK };
enum www_answer_for www_answer_for(unsigned n);

/* <select name="canned">. */
void www_answer_select(struct www_turn *turn, const char *id);
