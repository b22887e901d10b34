/* rbldnsd_words.c - what rbldnsd's files say of a key: values and templates. */
#include "zone/rbldnsd_priv.h"

/* ---- A values -------------------------------------------------------------
 */

/* "127.0.0.2" or what is left of it: "2", "127.2", "127.0.2". NULL: none. */
static const char *
a_value(const char *p, const char *end, uint32_t *ret)
{
	uint32_t v[4] = { 0 };
	unsigned n = 0;

	for (;;) {
		if (p == end || *p < '0' || *p > '9') {
			return NULL;
		}
		while (p < end && *p >= '0' && *p <= '9') {
			v[n] = v[n] * 10 + (unsigned)(*p++ - '0');
			if (v[n] > 255) {
				return NULL;
			}
		}
		n++;
		if (n == 4 || p == end || *p != '.') {
			break;
		}
		p++;
	}
	if (n < 4) { /* the last number is the last octet */
		v[3] = v[n - 1];
		v[n - 1] = 0;
		v[0] = n == 1 ? 127 : v[0];
	}
	if (n == 1 && v[3] == 0) {
		return NULL;
	}
	*ret = v[0] << 24 | v[1] << 16 | v[2] << 8 | v[3];
	return *ret != 0 ? p : NULL;
}

int
zone_rbldnsd_value(
    struct span s, struct rbldnsd_value *ret, struct err_text *why)
{
	const char *end = s.at + s.len, *p;
	char shown[ZONE_FORMAT_SHOWN];

	*ret = (struct rbldnsd_value){ 0 };
	if (s.len > 0 && s.at[0] == ':') {
		p = a_value(s.at + 1, end, &ret->code);
		if (p == NULL) {
			return err_say(why, ERR_FORMAT,
			    "\"%s\" begins with no A value; expected \":\" and "
			    "127.x.y.z or one number",
			    zone_format_shown(shown, s));
		}
		s = span_trim(span(p, (size_t)(end - p)));
		if (s.len == 0) {
			return 0;
		}
		if (s.at[0] != ':') {
			return err_say(why, ERR_FORMAT,
			    "\"%s\" behind an A value; expected \":\" and a "
			    "text, or nothing",
			    zone_format_shown(shown, s));
		}
		s = span_trim(span(s.at + 1, s.len - 1));
	}
	if (s.len > RBLDNSD_TEXT) { /* as rbldnsd does */
		s.len = RBLDNSD_TEXT;
	}
	ret->said_text = true;
	ret->text = s;
	return 0;
}

/* ---- templates ------------------------------------------------------------
 */

/* A template in the making: "$$" for a dollar sign, "$" for the key. */
struct out {
	struct buf *b;
	size_t octets; /* of the text it makes, keys not counted */
	unsigned keys;
};

static void
put(struct out *o, const char *s, size_t len)
{
	for (size_t i = 0; i < len && o->octets < RBLDNSD_TEXT; i++) {
		if (s[i] == '$') {
			buf_u8(o->b, '$');
		}
		buf_u8(o->b, (unsigned char)s[i]);
		o->octets++;
	}
}

static void
put_key(struct out *o)
{
	if (o->octets < RBLDNSD_TEXT) {
		buf_u8(o->b, '$');
		o->octets++; /* a key has one octet at least */
		o->keys++;
	}
}

/* Variables are put in as they are: no "$" within them counts. */
static void
expand(struct out *o, struct span from, struct span own,
    struct rbldnsd_vars *vars, uint64_t line)
{
	for (size_t i = 0; i < from.len; i++) {
		const char *d = memchr(from.at + i, '$', from.len - i);
		size_t n = d != NULL ? (size_t)(d - from.at) - i : from.len - i;
		char next;

		put(o, from.at + i, n);
		i += n;
		if (d == NULL) {
			break;
		}
		next = i + 1 < from.len ? from.at[i + 1] : ' ';
		if (next == '$') {
			put(o, "$", 1);
			i++;
		} else if (next >= '0' && next <= '9') {
			unsigned v = (unsigned)(next - '0');

			if (vars->text[v] != NULL) {
				put(o, vars->text[v], strlen(vars->text[v]));
			} else {
				vars->missed[v] = line;
				put(o, from.at + i, 2);
			}
			i++;
		} else if (next == '=') {
			if (own.at != NULL) {
				put(o, own.at, own.len);
			} else {
				put_key(o);
			}
			i++;
		} else {
			put_key(o);
		}
	}
}

int
zone_rbldnsd_expand(struct span raw, struct rbldnsd_vars *vars, uint64_t line,
    struct buf *scratch, struct rbldnsd_words *ret)
{
	struct out o = { .b = scratch };
	const char *base = vars->text[RBLDNSD_BASE];

	buf_clear(scratch);
	buf_clear(&ret->text);
	if (raw.len > 0 && raw.at[0] == '=') {
		raw = span(raw.at + 1, raw.len - 1);
		expand(&o, raw, raw, vars, line);
	} else if (base != NULL) {
		/* without a text of its own, the key stands for it */
		expand(&o, span_str(base), raw.len > 0 ? raw : span(NULL, 0),
		    vars, line);
	} else {
		vars->missed[RBLDNSD_BASE] = line;
		expand(&o, raw, raw, vars, line);
	}
	ret->template = o.keys > 0;
	if (!ret->template && scratch->len > 0) { /* then it is plain words */
		char *to = scratch->data;

		for (size_t i = 0; i < scratch->len; i++) {
			*to++ = scratch->data[i];
			i += scratch->data[i] == '$' ? 1 : 0;
		}
		scratch->len = (size_t)(to - scratch->data);
	}
	if (scratch->len > 0) {
		text_to_utf8(&ret->text, scratch->data, scratch->len);
	}
	return scratch->bad || ret->text.bad ? ERR_NOMEM : 0;
}
