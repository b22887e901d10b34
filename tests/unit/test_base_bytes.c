/* bytes, buf, arena and err: what everything else is written in. */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "check.h"

static void
check_reader(void)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15 };
	struct reader r = reader(data, sizeof(data));
	size_t len = 99;

	CHECK(read_u8(&r) == 1, "u8");
	CHECK(read_u16(&r) == 0x0203, "u16");
	CHECK(read_u32(&r) == 0x04050607, "u32");
	CHECK(read_left(&r) == 8, "left");
	CHECK(read_le64(&r) == UINT64_C(0x0f0e0d0c0b0a0908), "le64");
	CHECK(!r.bad && read_left(&r) == 0, "at the end");
	CHECK(read_span(&r, 0) != NULL && !r.bad, "nothing more is no fault");
	CHECK(read_u8(&r) == 0 && r.bad, "beyond");
	CHECK(read_span(&r, 0) == NULL, "bad stays");

	r = reader(data, 3);
	CHECK(read_le32(&r) == 0 || r.bad, "cut number");
	r = reader(data, 3);
	CHECK(read_le16(&r) == 0x0201 && read_le16(&r) == 0 && r.bad, "cut");
	r = reader(data, sizeof(data));
	CHECK(read_span(&r, SIZE_MAX) == NULL && r.bad, "huge");
	r = reader("\2\0\0\0ab", 6);
	CHECK(memcmp(read_text(&r, &len), "ab", 2) == 0 && len == 2 && !r.bad,
	    "text");
	r = reader("\3\0\0\0ab", 6);
	CHECK(read_text(&r, &len)[0] == '\0' && len == 0 && r.bad,
	    "text that runs over");
	r = reader("\xff\xff\xff\xff"
		   "ab",
	    6);
	CHECK(read_text(&r, &len)[0] == '\0' && len == 0 && r.bad, "huge text");
}

static void
check_writer(void)
{
	uint8_t out[21];
	struct writer w = writer(out, sizeof(out));
	struct reader r;
	size_t len;

	write_u8(&w, 0x101);
	write_u16(&w, 0x0203);
	write_u32(&w, 0x04050607);
	write_le32(&w, 0x0b0a0908);
	write_le16(&w, 0x0d0c);
	write_text(&w, "hey", 3);
	CHECK(!w.bad && written(&w) == 20, "wrote %zu", written(&w));
	r = reader(out, written(&w));
	CHECK(read_u8(&r) == 1 && read_u16(&r) == 0x0203 &&
		read_u32(&r) == 0x04050607 && read_le32(&r) == 0x0b0a0908 &&
		read_le16(&r) == 0x0d0c,
	    "numbers");
	CHECK(memcmp(read_text(&r, &len), "hey", 3) == 0 && len == 3, "text");
	write_u16(&w, 7);
	CHECK(w.bad && written(&w) == 20, "too much");
	write_u8(&w, 7);
	CHECK(w.bad && written(&w) == 20, "bad stays");
}

static void
check_buf(void)
{
	struct buf b = { .limit = 300 };
	char x[256];

	memset(x, 'x', sizeof(x));
	buf_str(&b, "a");
	CHECK(strcmp(b.data, "a") == 0, "str");
	buf_fmt(&b, "%s-%d", "b", 7);
	CHECK(strcmp(b.data, "ab-7") == 0, "fmt: %s", b.data);
	buf_fmt(&b, "%.*s", 200, x);
	CHECK(b.len == 204 && b.data[204] == '\0', "long fmt");
	buf_le64(&b, UINT64_C(0x0807060504030201));
	CHECK(memcmp(b.data + 204, "\1\2\3\4\5\6\7\10", 8) == 0, "le64");
	buf_text(&b, "t", 1);
	CHECK(memcmp(b.data + 212, "\1\0\0\0t", 6) == 0, "text");
	CHECK(!b.bad, "within the limit");
	buf_add(&b, x, 84);
	CHECK(b.bad && b.len == 217, "beyond the limit: %zu", b.len);
	buf_add(&b, "", 0);
	buf_u8(&b, 1);
	CHECK(b.bad && b.len == 217, "bad stays");
	buf_clear(&b);
	buf_add(&b, x, 256);
	CHECK(!b.bad && b.len == 256, "cleared");
	buf_free(&b);
	CHECK(b.data == NULL && b.len == 0, "free");
}

static void
check_arena(void)
{
	struct arena a = { .limit = 100000 };
	unsigned char *p[50];
	char *s;

	for (unsigned i = 0; i < 50; i++) {
		p[i] = arena_alloc(&a, 1 + i * 37);
		CHECK(p[i] != NULL, "room");
		if (p[i] == NULL) {
			break;
		}
		CHECK((uintptr_t)p[i] % _Alignof(max_align_t) == 0, "aligned");
		for (unsigned k = 0; k < 1 + i * 37; k++) {
			CHECK(p[i][k] == 0, "zeroed");
		}
		memset(p[i], 0xee, 1 + i * 37);
	}
	s = arena_copy(&a, "ab\0c", 4);
	CHECK(s != NULL && memcmp(s, "ab\0c", 5) == 0, "copy");
	s = arena_fmt(&a, "%u.%s", 7u, "x");
	CHECK(s != NULL && strcmp(s, "7.x") == 0, "fmt");
	CHECK(arena_alloc(&a, 100000) == NULL, "beyond the limit");
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL, "huge");
	CHECK(arena_alloc(&a, 20000) != NULL, "larger than a chunk");
	CHECK(arena_alloc(&a, 10) != NULL, "and on");
	arena_free(&a);
	CHECK(a.used == 0 && arena_str(&a, "again") != NULL, "used again");
	for (unsigned i = 0; i < 3; i++) {
		p[0] = arena_alloc(&a, 3000);
		p[1] = arena_alloc(&a, i == 1 ? 40000 : 3000);
		CHECK(p[0] != NULL && p[0][0] == 0 && p[0][2999] == 0 &&
			p[1] != NULL && p[1][2999] == 0,
		    "zeroed after a reset, %u", i);
		if (p[0] != NULL && p[1] != NULL) {
			memset(p[0], 0xee, 3000);
			memset(p[1], 0xee, 3000);
		}
		arena_reset(&a);
		CHECK(a.used == 0, "reset");
	}
	arena_free(&a);
	arena_reset(&a);
	CHECK(a.chunks == NULL, "nothing to keep");
}

static void
check_err(void)
{
	struct err_text why;
	char x[600];

	CHECK(err_say(&why, ERR_RANGE, "a\nb\x1b%s", "c") == ERR_RANGE &&
		strcmp(why.text, "a?b?c") == 0,
	    "%s", why.text);
	CHECK(err_say(NULL, ERR_FULL, "x") == ERR_FULL, "no text wanted");
	memset(x, 'x', sizeof(x));
	x[sizeof(x) - 1] = '\0';
	CHECK(err_say(&why, ERR_SYS, "%s", x) == ERR_SYS &&
		strlen(why.text) == sizeof(why.text) - 1,
	    "cut");
	for (int e = ERR_NONE; e <= 0; e++) {
		CHECK(strcmp(err_str(e), "unknown failure") != 0, "%d", e);
	}
	CHECK(strcmp(err_str(-99), "unknown failure") == 0, "no such");
}

int
main(void)
{
	check_reader();
	check_writer();
	check_buf();
	check_arena();
	check_err();
	return failures != 0;
}
