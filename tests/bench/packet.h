/* packet.h - a question made from a name, and what an answer says. */
#pragma once

#include <stdint.h>
#include <string.h>

#define PACKET_MAX 288 /* header, a name, type and class */

/* Header and question of type A for NAME (no final dot); the id is zero.
 * 0: no name. */
static inline size_t
packet_ask(const char *name, size_t len, uint8_t out[PACKET_MAX])
{
	size_t label = 12, at = 13;

	if (len == 0 || len > 253) {
		return 0;
	}
	memset(out, 0, 12);
	out[5] = 1;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && name[i] != '.') {
			out[at++] = (uint8_t)name[i];
			continue;
		}
		if (at - label - 1 == 0 || at - label - 1 > 63) {
			return 0;
		}
		out[label] = (uint8_t)(at - label - 1);
		label = at++;
	}
	out[label] = 0;
	memcpy(out + at, "\0\1\0\1", 4);
	return at + 4;
}

enum packet_said { PACKET_HIT, PACKET_MISS, PACKET_BAD };

/* What ANSWER says to QUESTION: a record, or that there is none; anything
 * else, from SERVFAIL to a cut packet, is bad. */
static inline enum packet_said
packet_judge(const uint8_t *answer, size_t len, const uint8_t *question,
    size_t question_len)
{
	unsigned rcode = answer[3] & 15, records;

	if (len < question_len || (answer[2] & 0x82) != 0x80 ||
	    memcmp(answer + 12, question + 12, question_len - 12) != 0) {
		return PACKET_BAD;
	}
	records = (unsigned)answer[6] << 8 | answer[7];
	if (rcode == 0 && records > 0) {
		return PACKET_HIT;
	}
	return (rcode == 0 || rcode == 3) && records == 0 ? PACKET_MISS
							  : PACKET_BAD;
}
