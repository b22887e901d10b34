/* Raw headers: the right block, the right marks, whatever the offsets say. */
#include <stdint.h>

#include "tests/unit/check.h"
#include "www/raw.h"

static const char mail[] = "Subject: Fwd\r\n"
			   "\r\n"
			   "--b\r\n"
			   "\r\n"
			   "Received: from a\r\n"
			   "\tby b; now\r\n"
			   "Received: from c by d\r\n"
			   "From: <x@example.gr>\r\n"
			   "\r\n"
			   "body\r\n";

#define AT(text) ((size_t)(strstr(mail, text) - mail))

static void
blocks(void)
{
	struct www_relay relay = { .role = "boundary" };
	size_t at, len;

	www_raw_block(mail, sizeof(mail) - 1, NULL, 0, &at, &len);
	CHECK(at == 0 && len == 14, "the first block: %zu+%zu", at, len);

	relay.offset = AT("Received: from a");
	relay.length = 30;
	www_raw_block(mail, sizeof(mail) - 1, &relay, 1, &at, &len);
	CHECK(at == relay.offset, "begins behind the empty line: %zu", at);
	CHECK(memcmp(mail + at + len, "\r\nbody", 6) == 0,
	    "ends before the next: %.6s", mail + at + len);

	relay.offset = AT("Received: from c");
	www_raw_block(mail, sizeof(mail) - 1, &relay, 1, &at, &len);
	CHECK(at == AT("Received: from a"), "from the middle of it: %zu", at);

	www_raw_block("", 0, NULL, 0, &at, &len);
	CHECK(at == 0 && len == 0, "nothing");
	www_raw_block("\n\n\n", 3, NULL, 0, &at, &len);
	CHECK(at + len <= 3, "empty lines");
	www_raw_block("no end", 6, NULL, 0, &at, &len);
	CHECK(at == 0 && len == 6, "no line end");
}

static void
marks(void)
{
	struct www_html h = { .in_tag = false };
	struct www_relay relays[] = {
		{ .role = "boundary",
		    .offset = AT("Received: from c"),
		    .length = 23 },
		{ .role = "trusted",
		    .offset = AT("Received: from a"),
		    .length = 30 },
	};

	www_raw_show(&h, mail, sizeof(mail) - 1, relays, 2);
	CHECK(strcmp(h.buf.data,
		  "<pre class=\"raw\" tabindex=\"0\">"
		  "<span class=\"r-trusted\">Received: from a\n\tby b; now\n"
		  "</span><mark class=\"r-boundary\">Received: from c by d\n"
		  "</mark>From: &lt;x@example.gr&gt;\n</pre>\n") == 0,
	    "%s", h.buf.data);
	www_html_free(&h);
}

/* Whatever offsets an old or damaged record holds: no byte outside, every
 * byte of the block once. */
static void
hostile(void)
{
	static const size_t values[] = { 0, 1, 13, 14, 16, 22, 23, 40, 70, 90,
		sizeof(mail) - 2, sizeof(mail) - 1, sizeof(mail), 5000,
		SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX };
	struct www_html plain = { .in_tag = false };

	for (size_t i = 0; i < COUNT(values); i++) {
		for (size_t k = 0; k < COUNT(values); k++) {
			struct www_relay relays[] = {
				{ .role = "boundary",
				    .offset = values[i],
				    .length = values[k] },
				{ .role = "x\"><script>",
				    .offset = values[k],
				    .length = values[i] },
				{ .role = "trusted",
				    .offset = AT("Received: from a"),
				    .length = 30 },
			};
			struct www_html h = { .in_tag = false };
			size_t at, len;

			www_raw_show(&h, mail, sizeof(mail) - 1, relays, 3);
			www_raw_block(
			    mail, sizeof(mail) - 1, relays, 3, &at, &len);
			CHECK(at + len <= sizeof(mail) - 1, "%zu+%zu", at, len);
			CHECK(strstr(h.buf.data, "<script") == NULL, "%s",
			    h.buf.data);
			CHECK(strstr(h.buf.data, "</pre>\n") != NULL, "whole");
			www_html_free(&h);
		}
	}
	www_html_free(&plain);
}

static void
large(void)
{
	struct www_html h = { .in_tag = false };
	struct www_relay relay = {
		.role = "boundary", .offset = 1000000, .length = 50
	};
	struct buf b = { 0 };
	size_t at, len;

	for (unsigned i = 0; i < 100000; i++) {
		buf_str(&b, "X-Header-Of-A-Very-Long-Block: x\r\n");
	}
	www_raw_block(b.data, b.len, &relay, 1, &at, &len);
	CHECK(at <= relay.offset && at + len > relay.offset + 50 &&
		len <= 128 << 10,
	    "the part around the boundary: %zu+%zu", at, len);
	www_raw_show(&h, b.data, b.len, &relay, 1);
	CHECK(strstr(h.buf.data, "<mark") != NULL, "it is marked");
	CHECK(h.buf.len < 200 << 10, "%zu bytes", h.buf.len);
	www_html_free(&h);
	buf_free(&b);
}

int
main(void)
{
	blocks();
	marks();
	hostile();
	large();
	return failures != 0;
}
