#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "check.h"
#include "zone/entry.h"

/* The bytes of FORMATS: a change of them is a decision, not an accident. */
static const uint8_t golden[] = {
	1, 0, 0, 0, 0x8f, 0xb4, 0xd5, 0xd9, /* version, CRC */
	79, 0, 0, 0, 1, 0, 0, 0,            /* length, by a person */
	7, 0, 0, 0,                         /* id */
	2, 0, 0, 0x7f,                      /* code 127.0.0.2 */
	0x18, 0xb0, 0x01, 0x6b, 0, 0, 0, 0, /* created */
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, /* until */
	8, 7, 6, 5, 4, 3, 2, 1,                         /* serial */
	3, 0, 0, 0, 'a', 'd', 'a',                      /* by */
	0, 0, 0, 0,                                     /* source */
	2, 0, 0, 0, 'c', '1',                           /* criterion */
	4, 0, 0, 0, 0xce, 0xb1, 0xce, 0xb2,             /* reason */
	2, 0, 0, 0, '1', '7',                           /* evidence */
};

static const struct zone_detail detail = {
	.id = 7,
	.code = 0x7f000002,
	.created = 0x6b01b018,
	.until = INT64_MAX,
	.serial = UINT64_C(0x0102030405060708),
	.person = true,
	.by = { "ada", 3 },
	.source = { "", 0 },
	.criterion = { "c1", 2 },
	.reason = { "\xce\xb1\xce\xb2", 4 },
	.evidence = { "17", 2 },
};

static bool
same_text(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool
same(const struct zone_detail *a, const struct zone_detail *b)
{
	return a->id == b->id && a->code == b->code &&
	    a->created == b->created && a->until == b->until &&
	    a->serial == b->serial && a->person == b->person &&
	    a->template == b->template &&
	    same_text(a->by, b->by) && same_text(a->source, b->source) &&
	    same_text(a->criterion, b->criterion) &&
	    same_text(a->reason, b->reason) &&
	    same_text(a->evidence, b->evidence);
}

/* Decode a copy of exactly LEN bytes, so that ASan sees the end. */
static int
decode(const void *data, size_t len)
{
	struct zone_detail d;
	void *copy = malloc(len + (len == 0));
	int r;

	if (copy == NULL) {
		exit(99);
	}
	memcpy(copy, data, len);
	r = zone_detail_decode(copy, len, &d);
	free(copy);
	return r;
}

/* Put a right checksum under what was changed. */
static void
seal(uint8_t *data, size_t len)
{
	uint32_t crc = crc32c(data + 8, len - 8);

	for (unsigned i = 0; i < 4; i++) {
		data[4 + i] = (uint8_t)(crc >> (8 * i));
	}
}

static void
check_bytes(void)
{
	struct buf b = { 0 };
	struct zone_detail d;
	uint8_t bad[sizeof(golden) + 1];
	int r;

	buf_str(&b, "xyz"); /* it is appended, wherever that may lie */
	zone_detail_encode(&detail, &b);
	CHECK(!b.bad && b.len == 3 + sizeof(golden) &&
		memcmp(b.data + 3, golden, sizeof(golden)) == 0,
	    "not the bytes of FORMATS");
	r = zone_detail_decode(golden, sizeof(golden), &d);
	CHECK(r == 0 && same(&d, &detail), "decoded: %d", r);
	CHECK(!zone_detail_exempt(&d), "exempt");

	for (size_t len = 0; len < sizeof(golden); len++) {
		CHECK(decode(golden, len) == ERR_CORRUPT, "cut at %zu", len);
	}
	memcpy(bad, golden, sizeof(golden));
	bad[sizeof(golden)] = 0;
	CHECK(decode(bad, sizeof(bad)) == ERR_CORRUPT, "a byte more");
	for (size_t bit = 0; bit < 8 * sizeof(golden); bit++) {
		memcpy(bad, golden, sizeof(golden));
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(
		    decode(bad, sizeof(golden)) == ERR_CORRUPT, "bit %zu", bit);
	}
	memcpy(bad, golden, sizeof(golden));
	bad[12] = 3; /* a template */
	seal(bad, sizeof(golden));
	r = zone_detail_decode(bad, sizeof(golden), &d);
	CHECK(r == 0 && d.person && d.template, "template: %d", r);
	bad[12] = 4;
	seal(bad, sizeof(golden));
	CHECK(decode(bad, sizeof(golden)) == ERR_CORRUPT, "unknown flag");
	/* with a right checksum, every length is still looked at */
	for (size_t at = 48; at < sizeof(golden); at++) {
		memcpy(bad, golden, sizeof(golden));
		bad[at] = 0xff;
		seal(bad, sizeof(golden));
		r = decode(bad, sizeof(golden));
		CHECK(r == 0 || r == ERR_CORRUPT, "byte %zu: %d", at, r);
		CHECK(r == ERR_CORRUPT || at >= 52, "byte %zu: %d", at, r);
	}
	memcpy(bad, golden, sizeof(golden));
	bad[48] = 2; /* a text one shorter: the rest does not fit */
	seal(bad, sizeof(golden));
	CHECK(decode(bad, sizeof(golden)) == ERR_CORRUPT, "text too short");
	memcpy(bad, golden, sizeof(golden));
	bad[8]++;
	bad[sizeof(golden)] = 0;
	seal(bad, sizeof(bad));
	CHECK(decode(bad, sizeof(bad)) == ERR_CORRUPT, "trailing byte");
	memcpy(bad, golden, sizeof(golden));
	bad[8]--;
	seal(bad, sizeof(golden));
	CHECK(decode(bad, sizeof(golden)) == ERR_CORRUPT, "length");
	buf_free(&b);
}

static void
check_limits(void)
{
	struct buf b = { .limit = 60 };
	struct zone_detail huge = detail, none = { .id = 0 };
	struct zone_detail d;

	zone_detail_encode(&detail, &b);
	CHECK(b.bad, "beyond the limit");
	buf_free(&b);
	b.limit = 0;
	huge.by.len = UINT32_MAX - 40;
	huge.source.len = UINT32_MAX - 40;
	zone_detail_encode(&huge, &b);
	CHECK(b.bad && b.len == 0, "more than a length can say");
	buf_free(&b);
	none.by = none.source = none.criterion = none.reason = none.evidence =
	    span("", 0);
	zone_detail_encode(&none, &b);
	CHECK(!b.bad && zone_detail_decode(b.data, b.len, &d) == 0 &&
		same(&d, &none) && zone_detail_exempt(&d),
	    "an empty exemption");
	buf_free(&b);
}

static const struct {
	bool template;
	const char *reason, *want;
} reasons[] = {
	{ false, "", "" },
	{ false, "costs $5, $$", "costs $5, $$" },
	{ true, "", "" },
	{ true, "words", "words" },
	{ true, "see ?$", "see ?KEY" },
	{ true, "$ and $", "KEY and KEY" },
	{ true, "$r $i $5", "KEYr KEYi KEY5" },
	{ true, "$$5", "$5" },
	{ true, "$$$", "$KEY" },
	{ true, "$$$$", "$$" },
};

static void
check_reasons(void)
{
	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct zone_detail d = { .template = reasons[i].template,
			.reason = span_str(reasons[i].reason) };
		struct buf b = { 0 };

		zone_detail_reason(&d, "KEY", &b);
		CHECK(!b.bad &&
			strcmp(b.len > 0 ? b.data : "", reasons[i].want) == 0,
		    "%s: %s", reasons[i].reason, b.len > 0 ? b.data : "");
		buf_free(&b);
	}
}

static const struct {
	const char *text;
	uint32_t code; /* 0: refused */
} codes[] = {
	{ "127.0.0.2", 0x7f000002 },
	{ "127.255.0.1", 0x7fff0001 },
	{ "10.20.30.40", 0x0a141e28 },
	{ "", 0 },
	{ "2", 0 },
	{ "127.0.0", 0 },
	{ "127.0.0.02", 0 },
	{ "127.0.0.2/32", 0 },
	{ "127.0.0.2 ", 0 },
	{ "::7f00:2", 0 },
	{ "0x7f000002", 0 },
};

int
main(void)
{
	char out[16];

	check_bytes();
	check_limits();
	check_reasons();
	for (size_t i = 0; i < COUNT(codes); i++) {
		uint32_t code = 0;
		int r = zone_code_parse(span_str(codes[i].text), &code);

		CHECK(r == (codes[i].code != 0 ? 0 : ERR_FORMAT) &&
			code == codes[i].code,
		    "%s: %d, %x", codes[i].text, r, code);
		CHECK(r < 0 ||
			strcmp(zone_code_format(out, code), codes[i].text) == 0,
		    "%s: %s", codes[i].text, out);
	}
	CHECK(strcmp(zone_code_format(out, UINT32_MAX), "255.255.255.255") == 0,
	    "%s", out);
	return failures != 0;
}
