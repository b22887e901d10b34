/* err.c - names for failures. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *
err_str(int err)
{
	switch ((enum err)err) {
	case ERR_NOMEM: return "out of memory";
	case ERR_SYS: return "system call failed";
	case ERR_FORMAT: return "malformed input";
	case ERR_RANGE: return "value not acceptable";
	case ERR_FULL: return "no room left";
	case ERR_CORRUPT: return "store is corrupt";
	case ERR_STORE: return "store failed";
	case ERR_REFUSED: return "refused";
	case ERR_CONFLICT: return "changed by somebody else";
	case ERR_NONE: return "not found";
	}
	return err == 0 ? "ok" : "unknown failure";
}

int
err_say(struct err_text *why, int err, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL) {
		return err;
	}
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	for (char *p = why->text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			*p = '?';
		}
	}
	return err;
}
