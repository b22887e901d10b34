/* test_rbld_stream.c - messages out of octets, however they are cut. */
#include "tests/unit/test_rbld_world.h"

#include <netinet/in.h>

#include "rbld/stream.h"

static struct rbld_apex no_apex; /* no zones: all is REFUSED */
static struct rbld_look look = { .apex = &no_apex, .err = ERR_NONE };
static struct rbld_stats stats;

/* Give the LEN octets at DATA in pieces of at most PIECE; the replies go to
 * OUT. Returns how many octets of them. */
static size_t
feed(const uint8_t *data, size_t len, size_t piece, uint8_t *out)
{
	static uint8_t one[2 + RBLD_REPLY_MAX];
	struct rbld_stream s = { .have = 0 };
	struct sockaddr_in peer = { .sin_family = AF_INET };
	const struct rbld_from from = { .peer = (const void *)&peer,
		.tcp = true,
		.limit = RBLD_REPLY_MAX };
	size_t n = 0, at = 0, got, room;
	enum rbld_stream_step step;

	for (;;) {
		do {
			step = rbld_stream_answer(
			    &s, &look, &stats, &from, one, &got);
			if (step == RBLD_STREAM_REPLY) {
				memcpy(out + n, one, got);
				n += got;
			}
		} while (step != RBLD_STREAM_MORE);
		if (at == len) {
			return n;
		}
		uint8_t *to = rbld_stream_room(&s, &room);

		CHECK(room > 0, "no room at %zu", at);
		room = room < piece ? room : piece;
		room = room < len - at ? room : len - at;
		memcpy(to, data + at, room);
		rbld_stream_fill(&s, room);
		at += room;
	}
}

static void
put_message(struct writer *w, const uint8_t *data, size_t len)
{
	write_u16(w, (unsigned)len);
	write_span(w, data, len);
}

/* Ten questions, a response, an empty message, and one of LONG octets. */
static void
test_pieces(size_t long_one)
{
	static uint8_t in[80000], whole[4096], cut[4096];
	static uint8_t filler[RBLD_REPLY_MAX];
	static const uint8_t response[12] = { 0, 1, 0x80 };
	struct writer w = writer(in, sizeof(in));
	struct asked a;
	size_t n, m;

	memset(filler, 0xff, sizeof(filler));
	memcpy(filler, "\x77\x88\1\0\0\1\0\0\0\0\0\0", 12);
	for (unsigned i = 0; i < 10; i++) {
		ask(&a, "a.b", RBLD_T_A, i % 2 ? 1232 : 0);
		a.bytes[1] = (uint8_t)i;
		put_message(&w, a.bytes, a.len);
		if (i == 3) {
			put_message(&w, response, sizeof(response));
			put_message(&w, NULL, 0);
		}
		if (i == 5) {
			put_message(&w, filler, long_one);
		}
	}
	CHECK(!w.bad, "the test's own buffer");
	n = feed(in, written(&w), sizeof(in), whole);
	/* 20 octets of question; 17 more for OPT and EDE; 12 of FORMERR */
	CHECK(n == 10 * (2 + 12 + 5 + 4) + 5 * 17 + (long_one < 12 ? 0 : 14),
	    "7766-2 %zu octets, long %zu", n, long_one);
	for (size_t at = 0, i = 0; at < n; at += 2u + whole[at + 1]) {
		if (whole[at + 2] == 0x77) {
			CHECK(i == 6 && (whole[at + 5] & 15) == RBLD_FORMERR,
			    "the long one, %zu", i);
		} else {
			CHECK(whole[at + 3] == i, "id %u, want %zu",
			    whole[at + 3], i);
			i++;
		}
	}
	for (size_t piece = 1; piece < 70; piece++) {
		m = feed(in, written(&w), piece, cut);
		CHECK(m == n && memcmp(whole, cut, n) == 0,
		    "7766-2 in pieces of %zu: %zu", piece, m);
	}
}

int
main(void)
{
	static struct rbld_zone *table[1];
	static const size_t longs[] = { 0, 11, 12, 13, 2045, 2046, 2047, 2048,
		2060, 4094, 4095, 4096, 65534, 65535 };

	no_apex.table = table;
	for (size_t i = 0; i < COUNT(longs); i++) {
		test_pieces(longs[i]);
	}
	return failures != 0;
}
