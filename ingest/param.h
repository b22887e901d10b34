/* param.h - the words of a structured field (RFC 2045 5.1). */
#pragma once

#include "base/text.h"

bool ingest_param_blank(char c);
/* Offset in S behind blanks and comments, from AT on. */
size_t ingest_param_skip(struct span s, size_t at);
/* Offset in S behind the word at AT. */
size_t ingest_param_token(struct span s, size_t at);
