/* limits.c - what GMime is allowed to see. */
#include "ingest/limits.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/head.h"

/* Offset in VALUE behind which it nests too deep, its length when it does
 * not. Colons are counted without looking at quotes or ";" on purpose: what
 * this reads as closed, GMime may read as open. */
static size_t
nesting(struct span value)
{
	unsigned colons = 0, open = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c == ':') {
			colons++;
		} else if (c == '(') {
			open++;
		} else if (c == ')' && open > 0) {
			open--;
		}
		if (colons > INGEST_NEST_MAX || open > INGEST_NEST_MAX) {
			return i;
		}
	}
	return value.len;
}

bool
ingest_limits_address(struct span value)
{
	return value.len <= INGEST_FIELD_MAX && nesting(value) == value.len;
}

static bool
address_field(struct span name)
{
	static const char *const names[] = { "From", "To", "Cc", "Bcc",
		"Sender", "Reply-To" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_is(name, names[i])) {
			return true;
		}
	}
	/* Resent-From and the like */
	return span_starts(name, "Resent-");
}

/* A name that a line may start with to be a field; len 0: none. The colon is
 * at the end of LINE's prefix of *RET_VALUE bytes. */
static struct span
field_name(const char *line, size_t len, size_t *ret_value)
{
	size_t n = 0, k;

	while (n < len && line[n] > 32 && line[n] < 127 && line[n] != ':') {
		n++;
	}
	for (k = n; k < len && (line[k] == ' ' || line[k] == '\t'); k++) {
		;
	}
	if (n == 0 || k >= len || line[k] != ':') {
		return span(line, 0);
	}
	*ret_value = k + 1;
	return span(line, n);
}

static int
drop(struct ingest_limited *l, struct span bytes, size_t *from, size_t at,
    size_t end)
{
	struct ingest_cut *c;

	if (l->n_cuts > 0 && at == *from) { /* right behind the last one */
		l->cuts[l->n_cuts - 1].gone += end - at;
		*from = end;
		return 0;
	}
	if (l->n_cuts == l->cap_cuts) {
		size_t cap = l->cap_cuts == 0 ? 64 : l->cap_cuts * 2;

		c = reallocarray(l->cuts, cap, sizeof(*c));
		if (c == NULL) {
			return ERR_NOMEM;
		}
		l->cuts = c;
		l->cap_cuts = cap;
	}
	buf_add(&l->copy, bytes.at + *from, at - *from);
	c = &l->cuts[l->n_cuts];
	c->at = l->copy.len;
	c->gone = (l->n_cuts > 0 ? c[-1].gone : 0) + (end - at);
	l->n_cuts++;
	*from = end;
	return 0;
}

/* The logical field or line that starts at AT: its end, and within it how
 * much may stay. */
struct piece {
	size_t end;  /* behind it and its continuation lines */
	size_t keep; /* bytes of it that may stay, without its last line end */
	bool field;
};

static struct piece
piece_at(struct span b, size_t at, struct ingest_limited *l)
{
	struct piece p;
	struct span name, value;
	size_t off = 0, end = at, tail;
	const char *nl;

	nl = memchr(b.at + at, '\n', b.len - at);
	end = nl != NULL ? (size_t)(nl - b.at) + 1 : b.len;
	name = field_name(b.at + at, end - at, &off);
	p.field = name.len > 0;
	while (
	    p.field && end < b.len && (b.at[end] == ' ' || b.at[end] == '\t')) {
		nl = memchr(b.at + end, '\n', b.len - end);
		end = nl != NULL ? (size_t)(nl - b.at) + 1 : b.len;
	}
	p.end = end;
	for (tail = end;
	     tail > at && (b.at[tail - 1] == '\n' || b.at[tail - 1] == '\r');
	     tail--) {
		;
	}
	p.keep = tail - at;
	if (!p.field || p.keep <= off) {
		return p;
	}
	if (p.keep > INGEST_FIELD_MAX) {
		p.keep = INGEST_FIELD_MAX;
		l->field = true;
	}
	if (address_field(name)) {
		value = span(b.at + at + off, p.keep - off);
		if (nesting(value) < value.len) {
			p.keep = off + nesting(value);
			l->nesting = true;
		}
	}
	return p;
}

/* Does the line at AT look like one between two parts? */
static bool
border(struct span b, size_t at)
{
	return b.len - at > 2 && b.at[at] == '-' && b.at[at + 1] == '-' &&
	    b.at[at + 2] != '\n' && b.at[at + 2] != '\r';
}

int
ingest_limits_apply(struct span bytes, struct ingest_limited *ret)
{
	struct ingest_limited l = { .bytes = bytes };
	size_t at = 0, from = 0, block = 0, fields = 0, borders = 0;
	int r = 0;

	while (at < bytes.len && r == 0) {
		struct piece p = piece_at(bytes, at, &l);
		size_t tail;

		if (!p.field) {
			block = fields = 0;
			if (border(bytes, at) &&
			    ++borders > INGEST_BORDERS_MAX) {
				l.borders = true;
				r = drop(&l, bytes, &from, at, bytes.len);
				break;
			}
			at = p.end;
			continue;
		}
		for (tail = p.end; tail > at + p.keep &&
		     (bytes.at[tail - 1] == '\n' || bytes.at[tail - 1] == '\r');
		     tail--) {
			;
		}
		block += p.end - at;
		fields++;
		if (block > INGEST_BLOCK_MAX || fields > INGEST_FIELDS_MAX) {
			if (block > INGEST_BLOCK_MAX &&
			    p.keep < INGEST_FIELD_MAX) {
				l.block = true;
			}
			if (fields > INGEST_FIELDS_MAX) {
				l.fields = true;
			}
			r = drop(&l, bytes, &from, at, p.end);
		} else if (p.keep < tail - at) {
			block -= tail - at - p.keep;
			r = drop(&l, bytes, &from, at + p.keep, tail);
		}
		at = p.end;
	}
	if (r == 0 && l.n_cuts > 0) {
		buf_add(&l.copy, bytes.at + from, bytes.len - from);
		if (l.copy.bad) {
			r = ERR_NOMEM;
		}
		l.bytes = span(l.copy.data, l.copy.len);
	}
	if (r < 0) {
		ingest_limits_free(&l);
		return r;
	}
	*ret = l;
	return 0;
}

void
ingest_limits_free(struct ingest_limited *l)
{
	buf_free(&l->copy);
	free(l->cuts);
	*l = (struct ingest_limited){ .bytes = { "", 0 } };
}

size_t
ingest_limits_origin(const struct ingest_limited *l, size_t at)
{
	size_t low = 0, high = l->n_cuts;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->cuts[mid].at <= at) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low == 0 ? at : at + l->cuts[low - 1].gone;
}
