/* QR codes, read back by another program (zbarimg), for every version and for
 * lengths on both sides of each border; and what does not fit. */
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "www/qr.h"

#define SCALE 4u

static char dir[SCRATCH];
static bool reader;

/* As a picture that other programs read. */
static void
draw(const struct www_qr *q, const char *path)
{
	unsigned side = (q->size + 8) * SCALE;
	FILE *f = fopen(path, "w");

	if (f == NULL) {
		exit(99);
	}
	fprintf(f, "P1\n%u %u\n", side, side);
	for (unsigned y = 0; y < side; y++) {
		for (unsigned x = 0; x < side; x++) {
			unsigned row = y / SCALE, column = x / SCALE;
			bool in = row >= 4 && column >= 4 &&
			    row < q->size + 4 && column < q->size + 4;

			fputs(in && q->dark[row - 4][column - 4] ? "1 " : "0 ",
			    f);
		}
		fputc('\n', f);
	}
	fclose(f);
}

static void
read_back(const struct www_qr *q, const char *text)
{
	char path[SCRATCH + 20], command[SCRATCH + 200], got[400] = "";
	FILE *f;

	if (!reader) {
		return;
	}
	snprintf(path, sizeof(path), "%s/qr.pbm", dir);
	draw(q, path);
	snprintf(command, sizeof(command),
	    "zbarimg -q --raw --nodbus -Sdisable -Sqrcode.enable %s "
	    "2>/dev/null",
	    path);
	f = popen(command, "r");
	if (f == NULL) {
		exit(99);
	}
	(void)!fgets(got, sizeof(got), f);
	pclose(f);
	got[strcspn(got, "\n")] = '\0';
	CHECK(strcmp(got, text) == 0, "%zu bytes: read \"%s\"", strlen(text),
	    got);
}

/* The three corners, the lines between them, the one that is always dark. */
static void
pattern(const struct www_qr *q)
{
	static const char finder[] = "1111111" "1000001" "1011101" "1011101"
				     "1011101" "1000001" "1111111";
	unsigned last = q->size - 1, wrong = 0;

	for (unsigned i = 0; i < 49; i++) {
		unsigned row = i / 7, column = i % 7, want = finder[i] == '1';

		wrong += q->dark[row][column] != want;
		wrong += q->dark[row][last - column] != want;
		wrong += q->dark[last - row][column] != want;
	}
	for (unsigned i = 8; i < q->size - 8; i++) {
		wrong += q->dark[6][i] != (i % 2 == 0);
		wrong += q->dark[i][6] != (i % 2 == 0);
	}
	CHECK(wrong == 0 && q->dark[last - 7][8] == 1, "%u wrong in size %u",
	    wrong, q->size);
}

int
main(void)
{
	/* bytes that fit into versions 1 to 10 at level M (table 7) */
	static const unsigned room[] = { 14, 26, 42, 62, 84, 106, 122, 152, 180,
		213 };
	char text[WWW_QR_BYTES + 2];
	struct www_qr q;

	scratch_make(dir);
	reader = system("command -v zbarimg >/dev/null 2>&1") == 0;
	if (!reader) {
		fprintf(stderr, "SKIP: no zbarimg, codes are not read back\n");
	}
	for (unsigned v = 0; v < COUNT(room); v++) {
		for (unsigned more = 0; more < 2; more++) {
			unsigned n = room[v] + more;
			int want = n <= WWW_QR_BYTES ? 0 : ERR_RANGE;

			for (unsigned i = 0; i < n; i++) {
				text[i] = "abcdefgh?=&:/0123ABC"[(i * 7 + v) %
				    20];
			}
			text[n] = '\0';
			CHECK(www_qr_make(text, n, &q) == want, "%u bytes", n);
			if (want == 0) {
				CHECK(q.size == 21 + 4 * (v + more),
				    "%u bytes: %u modules", n, q.size);
				pattern(&q);
				read_back(&q, text);
			}
		}
	}
	CHECK(www_qr_make("", 0, &q) == 0 && q.size == 21, "nothing");
	CHECK(www_qr_make(text, 1 << 20, &q) == ERR_RANGE, "far too much");
	{
		static const char uri[] =
		    "otpauth://totp/bl.example.gr:anna?secret="
		    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=bl.example.gr";

		CHECK(www_qr_make(uri, strlen(uri), &q) == 0, "a key");
		read_back(&q, uri);
	}
	scratch_remove(dir);
	return failures != 0;
}
