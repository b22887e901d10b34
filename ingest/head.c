/* head.c - a header block as it stands in the mail, field by field. */
#include "ingest/head.h"

#include <string.h>

/* One line of S from AT, without its end; *RET_NEXT is where the next one
 * starts. */
static struct span
line_at(struct span s, size_t at, size_t *ret_next)
{
	const char *nl = memchr(s.at + at, '\n', s.len - at);
	size_t end = nl != NULL ? (size_t)(nl - s.at) : s.len;

	*ret_next = nl != NULL ? end + 1 : s.len;
	if (end > at && s.at[end - 1] == '\r') {
		end--;
	}
	return span(s.at + at, end - at);
}

static bool
all_blank(struct span s)
{
	return span_trim(s).len == 0;
}

size_t
ingest_head_name(struct span line)
{
	size_t n = 0, k;

	while (n < line.len && line.at[n] > 32 && line.at[n] < 127 &&
	    line.at[n] != ':') {
		n++;
	}
	k = n;
	while (k < line.len && (line.at[k] == ' ' || line.at[k] == '\t')) {
		k++;
	}
	return n > 0 && k < line.len && line.at[k] == ':' ? n : 0;
}

size_t
ingest_head_begin(struct span s)
{
	size_t at = 0, next;

	if (s.len >= 3 && memcmp(s.at, "\xef\xbb\xbf", 3) == 0) {
		at = 3;
	}
	while (at < s.len) {
		struct span line = line_at(s, at, &next);

		if (!all_blank(line) && !span_starts(line, "From ") &&
		    !span_starts(line, ">From ")) {
			break;
		}
		if (ingest_head_name(line) > 0) {
			break; /* "From : a@b" is a field */
		}
		at = next;
	}
	/* blanks before the very first field, as some forwarders leave */
	while (at < s.len && (s.at[at] == ' ' || s.at[at] == '\t')) {
		at++;
	}
	return at;
}

/* Has the field NAME room? Received: lines are counted apart, so that a mail
 * full of them cannot hide its From:. */
static bool
room(struct ingest_head *head, struct span name, unsigned *received)
{
	if (name.len == 8 && span_is(name, "Received")) {
		if (*received < INGEST_RECEIVED_MAX) {
			(*received)++;
			return true;
		}
	} else if (head->n - *received < INGEST_FIELDS_MAX) {
		return true;
	}
	head->cut = true;
	return false;
}

int
ingest_head_read(
    struct span bytes, struct arena *arena, struct ingest_head *ret)
{
	struct ingest_head head = { 0 };
	size_t at = ingest_head_begin(bytes), next, cap = 0;
	unsigned received = 0;

	while (at < bytes.len) {
		struct span line = line_at(bytes, at, &next);
		size_t n = ingest_head_name(line), start = at, colon;
		struct ingest_field *f;

		if (line.len == 0) {
			break;
		}
		if (n == 0) {
			head.broken = true;
			break;
		}
		/* continuation lines; one of blanks only ends the block in
		 * what mail servers write today */
		for (at = next; at < bytes.len; at = next) {
			struct span more = line_at(bytes, at, &next);

			if (all_blank(more) ||
			    (more.at[0] != ' ' && more.at[0] != '\t')) {
				break;
			}
		}
		if (!room(&head, span(line.at, n), &received)) {
			continue;
		}
		if (head.n == cap) {
			struct ingest_field *more;

			cap = cap == 0 ? 32 : cap * 2;
			more = arena_alloc(arena, cap * sizeof(*more));
			if (more == NULL) {
				return ERR_NOMEM;
			}
			if (head.n > 0) {
				memcpy(
				    more, head.fields, head.n * sizeof(*more));
			}
			head.fields = more;
		}
		colon = (size_t)((const char *)memchr(line.at, ':', line.len) -
		    bytes.at);
		f = &head.fields[head.n++];
		f->name = span(line.at, n);
		f->at = start;
		f->len = at - start;
		f->value = span(bytes.at + colon + 1, at - colon - 1);
		while (f->value.len > 0 &&
		    (f->value.at[f->value.len - 1] == '\n' ||
			f->value.at[f->value.len - 1] == '\r')) {
			f->value.len--;
		}
		if (f->value.len > INGEST_FIELD_MAX) {
			f->value.len = INGEST_FIELD_MAX;
			head.long_field = true;
		}
	}
	head.end = at;
	*ret = head;
	return 0;
}

const struct ingest_field *
ingest_head_find(
    const struct ingest_head *head, const char *name, unsigned from)
{
	for (unsigned i = from; i < head->n; i++) {
		if (span_is(head->fields[i].name, name)) {
			return &head->fields[i];
		}
	}
	return NULL;
}

bool
ingest_head_sniff(struct span bytes)
{
	static const char *const known[] = { "Received", "Return-Path", "From",
		"To", "Subject", "Date", "Message-ID" };
	size_t at = ingest_head_begin(bytes), next;
	unsigned seen = 0, lines = 0;

	while (at < bytes.len && lines++ < 4000) {
		struct span line = line_at(bytes, at, &next);
		size_t n = ingest_head_name(line);

		at = next;
		if (all_blank(line)) {
			break;
		}
		if (n == 0) {
			if (line.at[0] != ' ' && line.at[0] != '\t') {
				break;
			}
			continue;
		}
		for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]);
		     i++) {
			if (span_is(span(line.at, n), known[i])) {
				seen |= 1u << i;
			}
		}
		if ((seen & (seen - 1)) != 0) {
			return true;
		}
	}
	return false;
}

char *
ingest_head_unfold(struct span value, struct arena *arena)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t n = 0;

	if (out == NULL) {
		return NULL;
	}
	value = span_trim(value);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c == '\r' || c == '\n') {
			continue; /* the blank after it stays (RFC 5322 2.2.3)
			           */
		}
		out[n++] = c == '\0' ? ' ' : c;
	}
	out[n] = '\0';
	return out;
}
