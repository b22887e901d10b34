/* sender_tricks.c - a displayed name that is meant to be taken for another. */
#include <string.h>

#include "ingest/domain.h"
#include "ingest/mail.h"
#include "ingest/sender.h"

#define NAME_MAX_BYTES 2000

/* A word with "@" in NAME that reads like an address; len 0: none. */
static struct span
address_in(struct span name)
{
	const char *at = name.len > 0 ? memchr(name.at, '@', name.len) : NULL;
	size_t start, end, dot = 0;

	if (at == NULL) {
		return span("", 0);
	}
	start = end = (size_t)(at - name.at);
	while (start > 0 &&
	    strchr(" \t\"'<>(),;:[]", name.at[start - 1]) == NULL) {
		start--;
	}
	while (
	    end < name.len && strchr(" \t\"'<>(),;:[]", name.at[end]) == NULL) {
		dot = name.at[end] == '.' ? end : dot;
		end++;
	}
	return dot > 0 && start < (size_t)(at - name.at)
	    ? span(name.at + start, end - start)
	    : span("", 0);
}

enum letters { NO_LETTER, LATIN, GREEK, CYRILLIC, DISGUISED };

static enum letters
letters_of(const unsigned char *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++) {
		c = c << 6 | (s[i] & 0x3f);
	}
	if (((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= 0xc0 && c < 0x250)) {
		return LATIN;
	}
	if (c >= 0x370 && c < 0x400) {
		return GREEK;
	}
	if (c >= 0x400 && c < 0x530) {
		return CYRILLIC;
	}
	/* mathematical alphabets, full-width and circled letters */
	return (c >= 0x1d400 && c <= 0x1d7ff) || (c >= 0xff21 && c <= 0xff5a) ||
		(c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f189)
	    ? DISGUISED
	    : NO_LETTER;
}

/* Letters that only look like others: from alphabets that Unicode has for
 * formulas, or of two scripts in one word. */
static bool
disguised(struct span name)
{
	enum letters now = NO_LETTER;

	for (size_t i = 0, n; i < name.len; i += n) {
		enum letters l;

		n = text_utf8(name.at + i, name.len - i);
		if (n == 0) {
			n = 1;
			continue;
		}
		l = letters_of((const unsigned char *)name.at + i, n);
		if (l == DISGUISED ||
		    (l != NO_LETTER && now != NO_LETTER && l != now)) {
			return true;
		}
		/* a hyphen may join words of two scripts */
		now = l;
	}
	return false;
}

int
ingest_sender_tricks(struct ingest_message *m, struct span value,
    const char *address, struct arena *arena)
{
	const char *angle =
	    value.len > 0 ? memrchr(value.at, '<', value.len) : NULL;
	const char *charset, *name;
	struct span other;
	char *raw;

	if (angle == NULL || angle == value.at || address == NULL) {
		return 0;
	}
	value.len = (size_t)(angle - value.at);
	if (value.len > NAME_MAX_BYTES) {
		value.len = NAME_MAX_BYTES;
	}
	raw = ingest_head_unfold(value, arena);
	if (raw == NULL) {
		return ERR_NOMEM;
	}
	name = raw;
	for (const char *c = raw; *c != '\0'; c++) {
		if ((unsigned char)*c >= 0x80 || (c[0] == '=' && c[1] == '?')) {
			name =
			    ingest_mail_text(raw, m->charset, arena, &charset);
			break;
		}
	}
	other = address_in(span_str(name));
	if (other.len > 0 && !span_is(other, address)) {
		struct span at = span_str(ingest_sender_domain(address));
		const char *sign = memrchr(other.at, '@', other.len);
		size_t local = (size_t)(sign - other.at) + 1;
		struct span theirs = span(other.at + local, other.len - local);

		ingest_note(&m->problems, arena,
		    ingest_domain_aligned(at, theirs)
			? "From: shows another address of the same domain: %s"
			: "From: shows an address of another domain than it "
			  "has: %s",
		    ingest_text(arena, other, 120));
	}
	if (disguised(span_str(name))) {
		ingest_note(&m->problems, arena,
		    "From: shows letters that only look like ordinary ones");
	}
	return 0;
}
