/* err.h - the few ways an operation can fail, shared by every room.
 *
 * A function that can fail returns int: 0, or one of these. What a function
 * found out ("listed", "not a query") is an answer, not a failure, and gets
 * its own enum. Where a person has to mend something, the function also takes
 * a struct err_text and leaves one sentence there: the place, what is wrong
 * and what was expected.
 */
#pragma once

enum err {
	ERR_NOMEM = -1,    /* allocation failed */
	ERR_SYS = -2,      /* a system call failed; errno says why */
	ERR_FORMAT = -3,   /* input does not follow its format */
	ERR_RANGE = -4,    /* well formed, but not a value we accept */
	ERR_FULL = -5,     /* disk, map or reader table has no room left */
	ERR_CORRUPT = -6,  /* the store holds something we never wrote */
	ERR_STORE = -7,    /* any other store failure */
	ERR_REFUSED = -8,  /* the guard or a policy refuses this */
	ERR_CONFLICT = -9, /* somebody else changed it first */
	ERR_NONE = -10,    /* what must be there is not */
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* One sentence for a person. Empty text: nothing was said. */
struct err_text {
	char text[384];
};

/* One short lowercase phrase for ERR, never NULL, no trailing full stop. */
const char *err_str(int err);

/* Put a sentence into WHY (may be NULL) and return ERR, so that a failure is
 * one statement: return err_say(why, ERR_FORMAT, "line %u: ...", n);
 * A longer sentence is cut. Bytes below 0x20 become '?'.
 */
int err_say(struct err_text *why, int err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
