/* test_ingest_boxes.c - archives, winmail.dat and .msg files, as they should
 * be and damaged in every way. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ingest/archive.h"
#include "ingest/charset.h"
#include "ingest/msg.h"
#include "ingest/sandbox.h"
#include "ingest/tnef.h"
#include "tests/unit/check.h"

#define MAIL "Received: from a by b\nFrom: c@d.example\n\nhi\n"

/* What a reader found: "[...]" each, a header with "H" before it. */
static struct buf found;

static int
each_member(void *ctx, struct span s)
{
	(void)ctx;
	buf_str(&found, "[");
	buf_add(&found, s.at, s.len > 100 ? 100 : s.len);
	buf_str(&found, "]");
	return 0;
}

static int
each_attached(void *ctx, enum ingest_tnef_sort sort, struct span s)
{
	buf_str(&found, sort == INGEST_TNEF_HEADER ? "H" : "");
	return each_member(ctx, s);
}

/* ---- archives ---------------------------------------------------------- */

static char packed[8u << 20];

static struct span
pack(int (*format)(struct archive *), int (*filter)(struct archive *),
    unsigned members, size_t size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e;
	char *data = malloc(size + sizeof(MAIL));
	size_t used = 0;

	if (a == NULL || data == NULL) {
		exit(99);
	}
	memset(data, 'x', size + sizeof(MAIL));
	memcpy(data, MAIL, strlen(MAIL));
	size = size > 0 ? size : strlen(MAIL);
	(void)format(a);
	if (filter != NULL) {
		(void)filter(a);
	}
	if (archive_write_open_memory(a, packed, sizeof(packed), &used) != 0) {
		exit(99);
	}
	for (unsigned i = 0; i < members; i++) {
		e = archive_entry_new();
		archive_entry_set_pathname(e, "../../etc/passwd");
		archive_entry_set_size(e, (la_int64_t)size);
		archive_entry_set_filetype(e, AE_IFREG);
		(void)archive_write_header(a, e);
		(void)archive_write_data(a, data, size);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
	free(data);
	return span(packed, used);
}

static enum ingest_archive_end
unpack(struct span s, size_t *budget)
{
	enum ingest_archive_end end = INGEST_ARCHIVE_WHOLE;
	struct arena arena = { 0 };
	char *exact = malloc(s.len + 1);
	int r;

	if (exact == NULL) {
		exit(99);
	}
	memcpy(exact, s.at, s.len); /* so that ASan sees the edge */
	buf_clear(&found);
	buf_str(&found, "");
	r = ingest_archive_read(
	    span(exact, s.len), &arena, budget, each_member, NULL, &end);
	CHECK(r == 0, "archive: %d", r);
	arena_free(&arena);
	free(exact);
	return end;
}

static const struct {
	const char *name;
	int (*format)(struct archive *);
	int (*filter)(struct archive *);
	unsigned members;
} archives[] = {
	{ "zip", archive_write_set_format_zip, NULL, 2 },
	{ "7zip", archive_write_set_format_7zip, NULL, 2 },
	{ "tar", archive_write_set_format_ustar, NULL, 2 },
	{ "tar.gz", archive_write_set_format_ustar,
	    archive_write_add_filter_gzip, 2 },
	{ "gzip", archive_write_set_format_raw, archive_write_add_filter_gzip,
	    1 },
	{ "bzip2", archive_write_set_format_raw, archive_write_add_filter_bzip2,
	    1 },
	{ "xz", archive_write_set_format_raw, archive_write_add_filter_xz, 1 },
	{ "zstd", archive_write_set_format_raw, archive_write_add_filter_zstd,
	    1 },
};

static void
check_archives(void)
{
	for (size_t i = 0; i < COUNT(archives); i++) {
		struct span s = pack(archives[i].format, archives[i].filter,
		    archives[i].members, 0);
		const char *want = archives[i].members == 2 ? "[" MAIL "][" MAIL
							      "]"
							    : "[" MAIL "]";
		size_t budget = 1u << 20;
		enum ingest_archive_end end;

		CHECK(ingest_archive_is(s), "%s is none", archives[i].name);
		end = unpack(s, &budget);
		CHECK(end == INGEST_ARCHIVE_WHOLE, "%s: end %d",
		    archives[i].name, (int)end);
		CHECK(strcmp(found.data, want) == 0, "%s: %s", archives[i].name,
		    found.data);
		CHECK(budget == (1u << 20) - archives[i].members * strlen(MAIL),
		    "%s: budget %zu", archives[i].name, budget);
		for (size_t n = 0; n < s.len; n += 1 + s.len / 200) {
			budget = 1u << 20;
			(void)unpack(span(s.at, n), &budget);
		}
		for (size_t n = 0; n < s.len; n += 1 + s.len / 200) {
			budget = 1u << 20;
			packed[n] ^= 0x55;
			(void)unpack(s, &budget);
			packed[n] ^= 0x55;
		}
	}
}

/* A child behind the parser's walls can open what libarchive loads late. */
static void
check_confined(void)
{
	for (size_t i = 0; i < COUNT(archives); i++) {
		struct span s = pack(archives[i].format, archives[i].filter,
		    archives[i].members, 0);
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			size_t budget = 1u << 20;
			enum ingest_archive_end end;

			ingest_sandbox_prepare();
			if (ingest_sandbox_enter(64u << 20) != 0) {
				_exit(9);
			}
			end = unpack(s, &budget);
			_exit(end != INGEST_ARCHIVE_WHOLE ? 1
				: found.len == 0          ? 2
							  : 0);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0,
		    "%s in the sandbox: status %x", archives[i].name, status);
	}
}

static void
check_others(void)
{
	static const struct {
		const char *name;
		struct span start;
	} others[] = {
		{ "rar", { "Rar!\x1a\x07", 6 } },
		{ "cab", { "MSCF", 4 } },
		{ "lha", { "%r-lh", 5 } },
		{ "arj", { "\x60\xea", 2 } },
		{ "ace", { "1234567**ACE**", 14 } },
	};

	for (size_t i = 0; i < COUNT(others); i++) {
		const char *name = ingest_archive_other(others[i].start);

		CHECK(name != NULL && strcmp(name, others[i].name) == 0, "%s",
		    others[i].name);
		CHECK(!ingest_archive_is(others[i].start), "%s is read",
		    others[i].name);
		CHECK(ingest_archive_other(span(
			  others[i].start.at, others[i].start.len - 1)) == NULL,
		    "%s, cut", others[i].name);
	}
	CHECK(ingest_archive_other(span("", 0)) == NULL, "nothing");
	CHECK(ingest_archive_other(span_str(MAIL)) == NULL, "a mail");
}

static void
check_bombs(void)
{
	size_t budget = 100u << 20;
	struct span s = pack(archive_write_set_format_raw,
	    archive_write_add_filter_gzip, 1, 60u << 20);
	enum ingest_archive_end end = unpack(s, &budget);

	CHECK(end == INGEST_ARCHIVE_BOMB || end == INGEST_ARCHIVE_BUDGET,
	    "60 MB out of %zu KB: end %d", s.len >> 10, (int)end);
	CHECK(budget >= 90u << 20, "%zu MB were unpacked",
	    (100 - (budget >> 20)));
	CHECK(strncmp(found.data, "[Received:", 10) == 0,
	    "its beginning is there");
	budget = 100;
	end = unpack(s, &budget);
	CHECK(end == INGEST_ARCHIVE_BUDGET && budget == 0, "end %d, %zu left",
	    (int)end, budget);
	budget = 1u << 20;
	s = pack(archive_write_set_format_zip, NULL, INGEST_MEMBERS_MAX, 0);
	CHECK(unpack(s, &budget) == INGEST_ARCHIVE_WHOLE,
	    "as many members as may be");
	budget = 1u << 20;
	s = pack(archive_write_set_format_zip, NULL, INGEST_MEMBERS_MAX + 1, 0);
	CHECK(unpack(s, &budget) == INGEST_ARCHIVE_MEMBERS, "one more");
	CHECK(!ingest_archive_is(span("PK", 2)), "two letters");
	CHECK(!ingest_archive_is(span("", 0)), "nothing");
	CHECK(!ingest_archive_is(span_str(MAIL)), "a mail");
}

/* ---- winmail.dat ------------------------------------------------------- */

static void
attribute(struct buf *b, unsigned level, uint32_t id, struct span s)
{
	buf_u8(b, level);
	buf_le32(b, id);
	buf_le32(b, (uint32_t)s.len);
	buf_add(b, s.at, s.len);
	buf_le16(b, 0); /* a checksum that nobody looks at */
}

static void
signature(struct buf *b)
{
	buf_le32(b, 0x223e9f78);
	buf_le16(b, 1);
}

static void
variable(struct buf *b, unsigned type, unsigned id, struct span s)
{
	buf_le16(b, type);
	buf_le16(b, id);
	buf_le32(b, 1);
	buf_le32(b, (uint32_t)s.len);
	buf_add(b, s.at, s.len);
	while (b->len % 4 != 0) { /* B starts on a multiple of four */
		buf_u8(b, 0);
	}
}

/* An attached message with a transport header, as Outlook attaches one. */
static void
message_in_tnef(struct buf *b, bool wide)
{
	static const char iid[16] = "\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F";
	struct buf props = { 0 }, inner = { 0 }, object = { 0 }, outer = { 0 };

	buf_le32(&props, 4);
	buf_le16(&props, 0x0003); /* a long */
	buf_le16(&props, 0x0e07);
	buf_le32(&props, 1);
	buf_le16(&props, 0x0003); /* a named one */
	buf_le16(&props, 0x8001);
	buf_add(&props, iid, 16);
	buf_le32(&props, 1);
	buf_le32(&props, 4);
	buf_add(&props, "n\0o\0", 4);
	buf_le32(&props, 7);
	buf_le16(&props, 0x1003); /* several longs */
	buf_le16(&props, 0x3000);
	buf_le32(&props, 2);
	buf_le32(&props, 1);
	buf_le32(&props, 2);
	while (props.len % 4 != 0) {
		buf_u8(&props, 0);
	}
	if (wide) {
		struct buf w = { 0 };

		for (const char *p = MAIL; *p != '\0'; p++) {
			buf_le16(&w, (unsigned char)*p);
		}
		buf_le16(&w, 0);
		variable(&props, 0x001f, 0x007d, span(w.data, w.len));
		buf_free(&w);
	} else {
		variable(&props, 0x001e, 0x007d, span(MAIL, sizeof(MAIL)));
	}
	signature(&inner);
	attribute(&inner, 1, 0x00069003, span(props.data, props.len));
	buf_add(&object, iid, 16);
	buf_add(&object, inner.data, inner.len);
	buf_le32(&outer, 1);
	variable(&outer, 0x000d, 0x3701, span(object.data, object.len));
	attribute(b, 2, 0x00069002, span("", 0));
	attribute(b, 2, 0x00069005, span(outer.data, outer.len));
	buf_free(&props);
	buf_free(&inner);
	buf_free(&object);
	buf_free(&outer);
}

static bool
read_tnef(struct span s)
{
	struct arena arena = { 0 };
	char *exact = malloc(s.len + 1);
	bool broken = false;
	int r;

	if (exact == NULL) {
		exit(99);
	}
	memcpy(exact, s.at, s.len);
	buf_clear(&found);
	buf_str(&found, "");
	r = ingest_tnef_read(
	    span(exact, s.len), &arena, each_attached, NULL, &broken);
	CHECK(r == 0, "tnef: %d", r);
	arena_free(&arena);
	free(exact);
	return broken;
}

static void
check_tnef(void)
{
	struct buf b = { 0 };

	signature(&b);
	attribute(&b, 1, 0x00089006, span("\0\0\1\0", 4));
	attribute(&b, 2, 0x00069002, span("x", 1));
	attribute(&b, 2, 0x00018010, span("a.eml", 6));
	attribute(&b, 2, 0x0006800f, span_str(MAIL));
	attribute(&b, 2, 0x00069002, span("x", 1));
	attribute(&b, 2, 0x0006800f, span_str("two"));
	CHECK(ingest_tnef_is(span(b.data, b.len)), "it is none");
	CHECK(!read_tnef(span(b.data, b.len)), "files: broken");
	CHECK(strcmp(found.data, "[" MAIL "][two]") == 0, "files: %s",
	    found.data);
	buf_str(&b, "rubbish at the end");
	CHECK(!read_tnef(span(b.data, b.len)), "rubbish: broken");
	CHECK(strcmp(found.data, "[" MAIL "][two]") == 0, "rubbish: %s",
	    found.data);
	for (int wide = 0; wide < 2; wide++) {
		buf_clear(&b);
		signature(&b);
		message_in_tnef(&b, wide == 1);
		CHECK(!read_tnef(span(b.data, b.len)), "message: broken");
		CHECK(strcmp(found.data, "H[" MAIL "]") == 0, "message: %s",
		    found.data);
	}
	for (size_t n = 0; n < b.len; n++) {
		(void)read_tnef(span(b.data, n));
		CHECK(n == 0 || strcmp(found.data, "H[" MAIL "]") != 0 ||
			n + 3 >= b.len,
		    "cut at %zu it is whole", n);
	}
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		(void)read_tnef(span(b.data, b.len));
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	/* lengths that lie */
	buf_clear(&b);
	signature(&b);
	buf_u8(&b, 2);
	buf_le32(&b, 0x0006800f);
	buf_le32(&b, 0xfffffff0);
	buf_str(&b, "xxxx");
	CHECK(read_tnef(span(b.data, b.len)) && found.len == 0, "a lie");
	CHECK(!ingest_tnef_is(span("x\x9f>!", 4)), "another signature");
	CHECK(!ingest_tnef_is(span("", 0)), "nothing");
	buf_free(&b);
}

/* ---- .msg -------------------------------------------------------------- */

#define SECTOR 512
#define END 0xfffffffeu
#define FREE 0xffffffffu

static void
put32(char *at, uint32_t v)
{
	struct writer w = writer(at, 4);

	write_le32(&w, v);
}

static void
entry(char *dir, unsigned n, const char *name, unsigned type, uint32_t left,
    uint32_t right, uint32_t child, uint32_t start, uint32_t size)
{
	char *e = dir + n * 128;
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		e[2 * i] = name[i];
	}
	e[0x40] = (char)(2 * len + 2);
	e[0x42] = (char)type;
	put32(e + 0x44, left);
	put32(e + 0x48, right);
	put32(e + 0x4c, child);
	put32(e + 0x74, start);
	put32(e + 0x78, size);
}

/* Header; 0 the table, 1 and 2 the directory, 3 the small table, 4 the small
 * streams, 5 to 13 the header as a large stream. LARGE: the transport header
 * is in that. It stands once more in an attached message, wrong. */
static struct span
make_msg(char *file, bool large)
{
	char *fat = file + SECTOR, *dir = file + 2 * SECTOR;
	char *mini_fat = file + 4 * SECTOR, *mini = file + 5 * SECTOR;

	memset(file, 0, 15 * SECTOR);
	memcpy(file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	file[0x1e] = 9;
	file[0x20] = 6;
	put32(file + 0x2c, 1); /* sectors of the table */
	put32(file + 0x30, 1);
	put32(file + 0x38, 4096);
	put32(file + 0x3c, 3);
	put32(file + 0x40, 1);
	put32(file + 0x44, END);
	for (unsigned i = 0; i < 109; i++) {
		put32(file + 0x4c + i * 4, i == 0 ? 0 : FREE);
	}
	for (unsigned i = 0; i < SECTOR / 4; i++) {
		put32(fat + i * 4, FREE);
		put32(mini_fat + i * 4, FREE);
	}
	put32(fat, 0xfffffffdu);
	put32(fat + 4, 2);
	put32(fat + 8, END);
	put32(fat + 12, END);
	put32(fat + 16, END);
	for (unsigned i = 5; i < 13; i++) {
		put32(fat + i * 4, i + 1);
	}
	put32(fat + 13 * 4, END);
	put32(mini_fat, 1);
	put32(mini_fat + 4, END);
	put32(mini_fat + 8, END);
	memcpy(mini, MAIL, strlen(MAIL));
	memcpy(mini + 128, "S\0u\0b\0", 6);
	memset(file + 6 * SECTOR, 'y', 9 * SECTOR);
	memcpy(file + 6 * SECTOR, MAIL, strlen(MAIL));
	entry(dir, 0, "Root Entry", 5, FREE, FREE, 2, 4, SECTOR);
	entry(dir, 1, "__substg1.0_007D001E", 2, FREE, FREE, FREE,
	    large ? 5 : 0, large ? 4600 : (uint32_t)strlen(MAIL));
	entry(dir, 2, "__substg1.0_0037001F", 2, 1, 3, FREE, 2, 6);
	entry(dir, 3, "__attach_version1.0_#00000000", 1, FREE, FREE, 4, 0, 0);
	entry(dir, 4, "__substg1.0_007D001F", 2, FREE, FREE, FREE, 2, 6);
	return span(file, 15 * SECTOR);
}

static int
read_msg(struct span s, struct ingest_msg *ret, struct arena *arena)
{
	char *exact = malloc(s.len + 1);
	int r;

	if (exact == NULL) {
		exit(99);
	}
	memcpy(exact, s.at, s.len);
	r = ingest_msg_read(span(exact, s.len), arena, ret);
	free(exact);
	return r;
}

static void
check_msg(void)
{
	static char file[15 * SECTOR];

	for (int large = 0; large < 2; large++) {
		struct span s = make_msg(file, large == 1);
		struct arena arena = { 0 };
		struct ingest_msg m = { 0 };

		CHECK(ingest_msg_is(s), "it is none");
		CHECK(read_msg(s, &m, &arena) == 0, "msg");
		CHECK(span_starts(m.header, MAIL) &&
			m.header.len == (large ? 4600 : strlen(MAIL)),
		    "header: %.*s", (int)m.header.len, m.header.at);
		CHECK(span_is(m.subject, "Sub"), "subject");
		CHECK(m.from.len == 0, "nobody");
		arena_free(&arena);
		for (size_t n = 0; n < s.len; n += 13) {
			(void)read_msg(span(s.at, n), &m, &arena);
			arena_free(&arena);
		}
		/* the header, the tables and the directory */
		for (size_t bit = 0; bit < 5 * SECTOR * 8; bit++) {
			file[bit / 8] ^= (char)(1 << bit % 8);
			(void)read_msg(s, &m, &arena);
			file[bit / 8] ^= (char)(1 << bit % 8);
			arena_free(&arena);
		}
		/* chains that go round */
		for (unsigned i = 0; i < 14; i++) {
			put32(file + SECTOR + i * 4, i);
		}
		(void)read_msg(s, &m, &arena);
		arena_free(&arena);
	}
	CHECK(!ingest_msg_is(span(file, 100)), "short");
	CHECK(!ingest_msg_is(span_str(MAIL)), "a mail");
	memset(file, 0, 512);
	CHECK(!ingest_msg_is(span(file, 512)), "zeros");
}

int
main(void)
{
	ingest_charset_init();
	check_confined(); /* first: nothing is loaded yet */
	check_others();
	check_archives();
	check_bombs();
	check_tnef();
	check_msg();
	buf_free(&found);
	return failures != 0;
}
