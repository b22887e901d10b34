/* fuzz_reply.c - what rblctl selftest is answered may be anything. */
#include <stdlib.h>
#include <string.h>

#include "zone/ctl_ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The question of every input: 2.0.0.127.bl.example.gr A, number 0x1234. */
static const char query[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0"
			    "\1"
			    "2\1"
			    "0\1"
			    "0\3"
			    "127\2bl\7example\2gr\0\0\1\0\1";
#define QUERY_LEN (sizeof(query) - 1)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err_text why = { "" };
	struct ctl_reply reply;
	char text[600];
	int r = ctl_reply_read(data, len, query, QUERY_LEN, &reply, &why);

	if (r < 0) {
		if (why.text[0] == '\0') {
			abort(); /* refused without a word */
		}
		return 0;
	}
	if (len < QUERY_LEN ||
	    memcmp(data + 12, query + 12, QUERY_LEN - 12) != 0 ||
	    reply.of_type > reply.answers ||
	    memchr(reply.text, '\0', sizeof(reply.text)) == NULL) {
		abort(); /* an answer to something else, or half of one */
	}
	ctl_reply_text(&reply, text, sizeof(text));
	if (text[0] == '\0') {
		abort();
	}
	return 0;
}
