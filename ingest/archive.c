/* archive.c - compressed files and archives. The only door to libarchive. */
#include "ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>

#define FLOOR (1u << 20)      /* bytes that no ratio forbids */
#define MEMBER_MAX (4u << 20) /* bytes of one file */

bool
ingest_archive_is(struct span s)
{
	static const struct {
		size_t at, len;
		const char *magic;
	} kinds[] = {
		{ 0, 3, "\x1f\x8b\x08" },       /* gzip */
		{ 0, 4, "PK\x03\x04" },         /* zip */
		{ 0, 3, "BZh" },                /* bzip2 */
		{ 0, 6, "\xfd\x37zXZ\x00" },    /* xz */
		{ 0, 4, "\x28\xb5\x2f\xfd" },   /* zstd */
		{ 0, 6, "7z\xbc\xaf\x27\x1c" }, /* 7zip */
		{ 257, 5, "ustar" },            /* tar */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (s.len >= kinds[i].at + kinds[i].len &&
		    memcmp(s.at + kinds[i].at, kinds[i].magic, kinds[i].len) ==
			0) {
			return true;
		}
	}
	return false;
}

const char *
ingest_archive_other(struct span s)
{
	static const struct {
		size_t at, len;
		const char *magic, *name;
	} kinds[] = {
		{ 0, 6, "Rar!\x1a\x07", "rar" },
		{ 7, 7, "**ACE**", "ace" },
		{ 0, 4, "MSCF", "cab" },
		{ 2, 3, "-lh", "lha" },
		{ 0, 2, "\x60\xea", "arj" },
		{ 0, 2, "\x1f\x9d", "compress" },
		{ 0, 4, "LZIP", "lzip" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (s.len >= kinds[i].at + kinds[i].len &&
		    memcmp(s.at + kinds[i].at, kinds[i].magic, kinds[i].len) ==
			0) {
			return kinds[i].name;
		}
	}
	return NULL;
}

/* No filter that calls a program, no format whose reader is not needed. */
static struct archive *
reader_new(void)
{
	struct archive *a = archive_read_new();

	if (a == NULL) {
		return NULL;
	}
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_raw(a); /* what was only compressed */
	return a;
}

/* The content of the entry that A stands at, into B. */
static int
member(struct archive *a, size_t limit, struct buf *b,
    enum ingest_archive_end *ret_end)
{
	char block[16384];
	la_ssize_t n;

	while ((n = archive_read_data(a, block, sizeof(block))) > 0) {
		size_t take = (size_t)n;

		if (b->len + take > limit) {
			take = limit - b->len;
			*ret_end = INGEST_ARCHIVE_BUDGET;
		}
		buf_add(b, block, take);
		if (b->bad) {
			return ERR_NOMEM;
		}
		if (*ret_end != INGEST_ARCHIVE_WHOLE) {
			return 0;
		}
	}
	if (n < 0) {
		*ret_end = INGEST_ARCHIVE_BROKEN;
	}
	return 0;
}

int
ingest_archive_read(struct span s, struct arena *arena, size_t *budget,
    int (*each)(void *ctx, struct span member), void *ctx,
    enum ingest_archive_end *ret_end)
{
	enum ingest_archive_end end = INGEST_ARCHIVE_WHOLE;
	struct archive *a = reader_new();
	size_t most = s.len > *budget / INGEST_RATIO_MAX
	    ? *budget
	    : s.len * INGEST_RATIO_MAX;
	struct archive_entry *entry;
	struct buf b = { 0 };
	unsigned n = 0;
	bool ratio;
	int r = 0, e = ARCHIVE_FATAL;

	if (a == NULL) {
		return ERR_NOMEM;
	}
	if (most < FLOOR) {
		most = FLOOR < *budget ? FLOOR : *budget;
	}
	ratio = most < *budget;
	if (archive_read_open_memory(a, s.at, s.len) == ARCHIVE_OK) {
		while (r == 0 && end == INGEST_ARCHIVE_WHOLE &&
		    ((e = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
			e == ARCHIVE_WARN)) {
			char *copy;

			if (n++ == INGEST_MEMBERS_MAX) {
				end = INGEST_ARCHIVE_MEMBERS;
				break;
			}
			buf_clear(&b);
			r = member(
			    a, most < MEMBER_MAX ? most : MEMBER_MAX, &b, &end);
			if (r < 0 || b.len == 0) {
				continue;
			}
			most -= b.len;
			*budget -= b.len;
			copy = arena_copy(arena, b.data, b.len);
			r = copy != NULL ? each(ctx, span(copy, b.len))
					 : ERR_NOMEM;
		}
	}
	if (end == INGEST_ARCHIVE_WHOLE && r == 0 && e != ARCHIVE_EOF) {
		end = INGEST_ARCHIVE_BROKEN;
	}
	if (end == INGEST_ARCHIVE_BUDGET && ratio) {
		end = INGEST_ARCHIVE_BOMB;
	}
	buf_free(&b);
	(void)archive_read_free(a);
	if (r == 0) {
		*ret_end = end;
	}
	return r;
}
