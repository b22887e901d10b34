/* check.h - is this the person? Password and code, each with its waits.
 *
 * Used by the log-in and by what asks for the password once more. Only one
 * road leads to a password's hash, so none can forget to be slow.
 */
#pragma once

#include "www/device.h"

enum www_verdict {
	WWW_RIGHT,
	WWW_WRONG,
	WWW_WAIT, /* too many tries: for SECONDS */
	WWW_BUSY, /* too many people at once */
};

struct www_checked {
	enum www_verdict verdict;
	unsigned seconds;
	struct zone_user user;      /* RIGHT */
	char device[WWW_DEVICE_ID]; /* of the browser, "": not known */
};

/* <0: the accounts cannot be read; nothing is counted then. */
MUST_CHECK int www_check_password(struct www_turn *turn, const char *name,
    const char *password, struct www_checked *ret);
/* The code of NAME; only after the right password. */
MUST_CHECK int www_check_code(struct www_turn *turn, const char *name,
    const char *code, struct www_checked *ret);

/* What to answer when the verdict is not RIGHT: a status, with Retry-After
 * where it fits, and a sentence for the reader in OUT (200 bytes). WRONG
 * becomes the sentence given. */
unsigned www_check_answer(struct www_turn *turn,
    const struct www_checked *checked, const char *wrong, char out[200]);

/* What proves for a few minutes that the password of NAME was right. */
char *www_ticket(char out[WWW_TOKEN], const uint8_t key[32], int64_t now,
    const char *name);
bool www_ticket_fits(const char *ticket, const uint8_t key[32], int64_t now,
    const char *name);
