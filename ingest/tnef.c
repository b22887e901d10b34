/* tnef.c - winmail.dat. */
#include "ingest/tnef.h"

#include "base/bytes.h"
#include "ingest/charset.h"

#define SIGNATURE 0x223e9f78
#define DEPTH_MAX 3 /* messages in messages */
#define PROPS_MAX 2000

/* Attributes: the high half is their type. */
#define ATT_MSG_PROPS 0x00069003u
#define ATT_REND_DATA 0x00069002u /* begins an attachment */
#define ATT_DATA 0x0006800fu
#define ATT_ATTACHMENT 0x00069005u

/* MAPI properties and types (MS-OXPROPS, MS-OXCDATA). */
#define PR_ATTACH_DATA 0x3701u
#define PR_TRANSPORT_HEADERS 0x007du
#define PT_OBJECT 0x000du
#define PT_STRING8 0x001eu
#define PT_UNICODE 0x001fu
#define PT_BINARY 0x0102u
#define MULTI 0x1000u
#define NAMED 0x8000u

struct tnef {
	struct arena *arena;
	int (*each)(void *ctx, enum ingest_tnef_sort sort, struct span bytes);
	void *ctx;
	unsigned files;
	bool data; /* of this attachment, seen already */
	bool broken;
};

static const uint8_t iid_message[16] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0,
	0, 0, 0, 0, 0, 0, 0x46 };

bool
ingest_tnef_is(struct span s)
{
	struct reader r = reader(s.at, s.len);

	return read_le32(&r) == SIGNATURE && !r.bad;
}

static int
found(struct tnef *t, enum ingest_tnef_sort sort, struct span bytes)
{
	if (bytes.len == 0 || t->files == INGEST_TNEF_FILES) {
		return 0;
	}
	t->files++;
	return t->each(t->ctx, sort, bytes);
}

static struct span
take(struct reader *r, size_t n)
{
	const uint8_t *at = read_span(r, n);

	return at != NULL ? span((const char *)at, n) : span("", 0);
}

/* A variable-size value: its length, its bytes, padding to four. */
static struct span
take_value(struct reader *r)
{
	size_t len = read_le32(r), pad;
	struct span s;

	s = take(r, len);
	pad = (4 - len % 4) % 4;
	if (read_left(r) >= pad) {
		(void)read_span(r, pad);
	}
	return s;
}

static size_t
fixed_size(unsigned type)
{
	switch (type) {
	case 0x0002: /* short */
	case 0x0003: /* long */
	case 0x0004: /* float */
	case 0x000a: /* error */
	case 0x000b: /* boolean */ return 4;
	case 0x0005: /* double */
	case 0x0006: /* currency */
	case 0x0007: /* app time */
	case 0x0014: /* 64 bits */
	case 0x0040: /* system time */ return 8;
	case 0x0048: /* class id */ return 16;
	default: return 0;
	}
}

/* What names a property in the range of named ones: passed over. */
static void
skip_name(struct reader *r)
{
	(void)take(r, 16);
	if (read_le32(r) == 0) {
		(void)read_le32(r);
	} else {
		(void)take_value(r);
	}
}

static int
header_text(struct tnef *t, unsigned type, struct span s)
{
	struct buf b = { 0 };
	char *copy = NULL;
	int r = 0;

	if (type == PT_UNICODE) {
		r = ingest_charset_utf8(s, "utf-16le", &b);
	} else {
		buf_add(&b, s.at, s.len);
	}
	while (b.len > 0 && b.data[b.len - 1] == '\0') {
		b.len--;
	}
	if (r == 0 && b.len > 0) {
		copy = arena_copy(t->arena, b.data, b.len);
		r = copy != NULL
		    ? found(t, INGEST_TNEF_HEADER, span(copy, b.len))
		    : ERR_NOMEM;
	}
	buf_free(&b);
	return r;
}

static int read_stream(struct tnef *t, struct span s, unsigned depth);

/* A list of MAPI properties, of a message (INSIDE one) or an attachment. */
static int
read_props(struct tnef *t, struct span s, unsigned depth)
{
	struct reader r = reader(s.at, s.len);
	unsigned n = read_le32(&r);
	int e = 0;

	for (unsigned i = 0; i < n && i < PROPS_MAX && e == 0 && !r.bad; i++) {
		unsigned type = read_le16(&r), id = read_le16(&r);
		unsigned base = type & ~MULTI, values = 1;
		size_t size = fixed_size(base);
		struct span value = span("", 0);

		if ((id & NAMED) != 0) {
			skip_name(&r);
		}
		if (size == 0 || (type & MULTI) != 0) {
			values = read_le32(&r);
		}
		for (unsigned k = 0; k < values && !r.bad; k++) {
			if (size == 0 && base != PT_STRING8 &&
			    base != PT_UNICODE && base != PT_BINARY &&
			    base != PT_OBJECT) {
				r.bad = true; /* nobody knows where it ends */
				break;
			}
			value = size > 0 ? take(&r, size) : take_value(&r);
		}
		if (r.bad) {
			break;
		}
		if (id == PR_ATTACH_DATA && base == PT_OBJECT &&
		    value.len > 16 && memcmp(value.at, iid_message, 16) == 0) {
			e = read_stream(
			    t, span(value.at + 16, value.len - 16), depth + 1);
		} else if (id == PR_ATTACH_DATA && base == PT_BINARY &&
		    !t->data) {
			e = found(t, INGEST_TNEF_FILE, value);
		} else if (id == PR_TRANSPORT_HEADERS && depth > 0 &&
		    (base == PT_STRING8 || base == PT_UNICODE)) {
			e = header_text(t, base, value);
		}
	}
	t->broken = t->broken || r.bad;
	return e;
}

static int
read_stream(struct tnef *t, struct span s, unsigned depth)
{
	struct reader r = reader(s.at, s.len);
	int e = 0;

	if (depth > DEPTH_MAX || read_le32(&r) != SIGNATURE) {
		t->broken = true;
		return 0;
	}
	(void)read_le16(&r); /* key */
	while (e == 0 && !r.bad && read_left(&r) >= 9) {
		uint32_t id, len;
		struct span value;
		uint8_t level = read_u8(&r);

		if (level != 1 && level != 2) {
			break; /* rubbish behind the end */
		}
		id = read_le32(&r);
		len = read_le32(&r);
		value = take(&r, len);
		if (r.bad) {
			t->broken = true;
			break;
		}
		if (read_left(&r) >= 2) {
			(void)read_span(&r, 2); /* checksum */
		}
		if (id == ATT_REND_DATA) {
			t->data = false;
		} else if (id == ATT_DATA) {
			t->data = true;
			e = found(t, INGEST_TNEF_FILE, value);
		} else if (id == ATT_ATTACHMENT ||
		    (id == ATT_MSG_PROPS && depth > 0)) {
			e = read_props(t, value, depth);
		}
	}
	return e;
}

int
ingest_tnef_read(struct span s, struct arena *arena,
    int (*each)(void *ctx, enum ingest_tnef_sort sort, struct span bytes),
    void *ctx, bool *ret_broken)
{
	struct tnef t = { .arena = arena, .each = each, .ctx = ctx };
	int r = read_stream(&t, s, 0);

	if (r == 0) {
		*ret_broken = t.broken;
	}
	return r;
}
