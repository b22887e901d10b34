/* log.h - one line per event on standard error.
 *
 * "key=value" behind a phrase: log_event(LOG_INFO, "approved key=%s ...").
 * Under systemd (JOURNAL_STREAM or LISTEN/NOTIFY set) each line carries its
 * "<N>" priority. A line is written by one write(2). Text from mail, DNS or
 * forms must have passed text_printable; what is left of control characters
 * is replaced here all the same. Programs log; rooms return.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_FAIL = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_TELL = 6 };

void log_open(const char *program); /* NAME is borrowed for good */
void log_event(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* For errors that a stranger can repeat: true for the first BURST in each
 * second and site, false for the rest; the next line that passes should tell
 * *ret_missed. */
struct log_gate {
	int64_t second;
	unsigned count, missed;
};
bool log_pass(struct log_gate *gate, unsigned burst, unsigned *ret_missed);
