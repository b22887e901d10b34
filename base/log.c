/* log.c - one line per event on standard error. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/when.h"

static const char *name = "rbl";
static bool with_priority;

void
log_open(const char *program)
{
	name = program;
	with_priority = getenv("JOURNAL_STREAM") != NULL;
}

void
log_event(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	char line[2048];
	size_t n = 0, at;
	va_list ap;
	int k;

	if (with_priority) {
		n = (size_t)snprintf(line, sizeof(line), "<%d>", (int)level);
	}
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", name);
	at = n;
	va_start(ap, fmt);
	k = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (k > 0) {
		n += (size_t)k < sizeof(line) - n - 1 ? (size_t)k
						      : sizeof(line) - n - 2;
	}
	for (; at < n; at++) {
		if ((unsigned char)line[at] < 0x20 || line[at] == 0x7f) {
			line[at] = '?';
		}
	}
	line[n++] = '\n';
	while (write(STDERR_FILENO, line, n) < 0 && errno == EINTR) {
	}
	errno = saved;
}

bool
log_pass(struct log_gate *gate, unsigned burst, unsigned *ret_missed)
{
	int64_t now = when_boot();

	if (gate->second != now) {
		gate->second = now;
		gate->count = 0;
	}
	if (gate->count >= burst) {
		gate->missed++;
		return false;
	}
	gate->count++;
	*ret_missed = gate->missed;
	gate->missed = 0;
	return true;
}
