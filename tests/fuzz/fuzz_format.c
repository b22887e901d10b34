/* fuzz_format.c - a list file is a stranger's: any bytes, in every format, for
 * every kind of key. What was understood must read back the same when it is
 * written.
 */
#include <stdlib.h>
#include <string.h>

#include "zone/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	enum zone_kind kind;
	struct zone_format_out *out; /* NULL: only count */
	struct buf keys; /* canonical, "!" before exempt, one a line */
	size_t n;
};

static void
inside(const struct span *s)
{
	volatile char sum = 0;

	for (size_t i = 0; i < s->len; i++) { /* ASan looks on */
		sum = (char)(sum + s->at[i]);
	}
}

static int
see(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	struct seen *seen = ctx;
	struct zone_entry e = { .detail = 1,
		.code = line->exempt  ? 0
		    : line->code != 0 ? line->code
				      : 0x7f000002,
		.until = line->until };
	struct zone_detail d = { .id = 1,
		.code = e.code,
		.until = e.until,
		.reason = line->reason,
		.template = line->template,
		.criterion = line->criterion,
		.source = line->source };
	char text[ZONE_KEY_TEXT];
	int r;

	inside(&line->key);
	inside(&line->reason);
	inside(&line->criterion);
	inside(&line->source);
	for (size_t i = 0, n; i < line->reason.len; i += n) {
		n = text_utf8(line->reason.at + i, line->reason.len - i);
		if (n == 0) {
			abort(); /* a reason that is not UTF-8 */
		}
	}
	r = zone_format_key(seen->kind, line, &e.key, why);
	if (r < 0) {
		return r;
	}
	if (line->over) {
		return 0; /* it adds no key */
	}
	seen->n++;
	buf_str(&seen->keys, line->exempt ? "!" : "");
	buf_str(&seen->keys, zone_key_format(text, &e.key));
	buf_u8(&seen->keys, '\n');
	if (seen->out != NULL) {
		zone_format_out_entry(seen->out, &e, &d);
	}
	return 0;
}

static void
read_all(const struct zone_format *format,
    const struct zone_format_about *about, const char *data, size_t len,
    struct seen *seen, bool must)
{
	struct zone_format_in in;
	struct err_text why;
	size_t at = 0;
	int r;

	if (zone_format_in_init(&in, format, about, see, seen, &why) < 0) {
		zone_format_in_fini(&in);
		return;
	}
	while (at < len) {
		const char *end = memchr(data + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - data) - at : len - at;

		why.text[0] = '\0';
		if (zone_format_in_line(&in, span(data + at, n), &why) < 0) {
			if (why.text[0] == '\0' || must) {
				abort(); /* refused without a word, or ours */
			}
		}
		at += n + 1;
	}
	do { /* what it refuses in the end, it refuses once */
		why.text[0] = '\0';
		r = zone_format_in_end(&in, &why);
		if (r < 0 && (why.text[0] == '\0' || must)) {
			abort();
		}
	} while (r < 0);
	zone_format_in_fini(&in);
}

static void
one(const struct zone_format *format, enum zone_kind kind, const char *data,
    size_t len)
{
	struct zone_format_about about = { .list = "list",
		.kind = kind,
		.code = 0x7f000002,
		.serial = 1,
		.time = 1 };
	struct zone_format_out out;
	struct seen first = { .kind = kind, .out = &out };
	struct seen again = { .kind = kind };
	struct buf b = { 0 };

	if ((format->writes & ZONE_FORMAT_KIND(kind)) == 0 ||
	    zone_format_out_init(&out, format, &about, NULL) < 0) {
		return;
	}
	read_all(format, &about, data, len, &first, false);
	if (zone_format_out_end(&out, &b) < 0) {
		abort();
	}
	if (format->reads != 0) {
		read_all(format, &about, b.data != NULL ? b.data : "", b.len,
		    &again, true);
		if (again.n != out.entries) {
			abort(); /* written, but not read back */
		}
		/* Labels are not the addresses they stand for, and what a
		 * format cannot say it leaves out: else it is the same. */
		if (out.inexpressible == 0 &&
		    (format != &zone_format_rbldnsd ||
			kind == ZONE_KIND_DOMAIN) &&
		    (first.keys.len != again.keys.len ||
			(first.keys.len > 0 &&
			    memcmp(first.keys.data, again.keys.data,
				first.keys.len) != 0))) {
			abort();
		}
	}
	zone_format_out_fini(&out);
	buf_free(&first.keys);
	buf_free(&again.keys);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	for (size_t i = 0; zone_format_at(i) != NULL; i++) {
		for (int k = 0; k < 3; k++) {
			one(zone_format_at(i), (enum zone_kind)k,
			    (const char *)data, len);
		}
	}
	return 0;
}
