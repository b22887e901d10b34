/* stream.c - messages out of octets. */
#include "rbld/stream.h"

uint8_t *
rbld_stream_room(struct rbld_stream *s, size_t *ret_room)
{
	*ret_room = sizeof(s->in) - s->have;
	if (s->skip > 0 && s->skip < *ret_room) {
		*ret_room = s->skip; /* what is behind it is to be kept */
	}
	return s->in + s->have;
}

void
rbld_stream_fill(struct rbld_stream *s, size_t n)
{
	if (s->skip > 0) {
		s->skip -= n;
	} else {
		s->have += n;
	}
}

static void
drop_front(struct rbld_stream *s, size_t n)
{
	s->have -= n;
	memmove(s->in, s->in + n, s->have);
}

static enum rbld_stream_step
answer(struct rbld_stream *s, size_t len, struct rbld_look *look,
    struct rbld_stats *stats, const struct rbld_from *from, uint8_t *out,
    size_t *ret_len)
{
	size_t n = rbld_handle(look, stats, from, s->in + 2, len, out + 2);

	if (n == 0) {
		return RBLD_STREAM_SILENT;
	}
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	*ret_len = n + 2;
	return RBLD_STREAM_REPLY;
}

enum rbld_stream_step
rbld_stream_answer(struct rbld_stream *s, struct rbld_look *look,
    struct rbld_stats *stats, const struct rbld_from *from, uint8_t *out,
    size_t *ret_len)
{
	enum rbld_stream_step step;
	size_t len;

	if (s->skip > 0 || s->have < 2) {
		return RBLD_STREAM_MORE;
	}
	len = (size_t)s->in[0] << 8 | s->in[1];
	if (2 + len <= sizeof(s->in)) {
		if (s->have < 2 + len) {
			return RBLD_STREAM_MORE;
		}
		step = answer(s, len, look, stats, from, out, ret_len);
		drop_front(s, 2 + len);
		return step;
	}
	if (s->have < sizeof(s->in)) {
		return RBLD_STREAM_MORE;
	}
	/* Too long: the rest is stepped over, and then its header alone is
	 * answered, as a message without a question. */
	s->skip = 2 + len - s->have;
	s->in[0] = 0;
	s->in[1] = RBLD_HEADER;
	s->have = 2 + RBLD_HEADER;
	return RBLD_STREAM_MORE;
}

const uint8_t *
rbld_stream_whole(const struct rbld_stream *s, size_t *ret_len)
{
	size_t len;

	if (s->skip > 0 || s->have < 2) {
		return NULL;
	}
	len = (size_t)s->in[0] << 8 | s->in[1];
	*ret_len = len;
	return s->have >= 2 + len ? s->in + 2 : NULL;
}

void
rbld_stream_drop(struct rbld_stream *s)
{
	drop_front(s, 2u + ((size_t)s->in[0] << 8 | s->in[1]));
}
