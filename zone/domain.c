/* domain.c - labels to a path and back, and what stands beside it. */
#include "zone/domain.h"

#include "base/crc.h"

#define LABEL_MAX 63

/* Letters, digits, hyphen; folded. 0: no entry has it. */
static uint8_t
fold(uint8_t c)
{
	if (c >= 'A' && c <= 'Z') {
		return (uint8_t)(c + 32);
	}
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ? c
									    : 0;
}

/* ---- Punycode, RFC 3492 ------------------------------------------------- */

enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, BIAS = 72 };

static uint8_t
digit(uint32_t d)
{
	return (uint8_t)(d < 26 ? 'a' + d : '0' + d - 26);
}

/* Section 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE) {
		delta /= BASE - TMIN;
	}
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* The code points of LEN octets of UTF-8 (at most LABEL_MAX), ASCII folded;
 * 0: it is no such text, or has ASCII that no label has. */
static unsigned
points_of(const uint8_t *s, size_t len, uint32_t *points)
{
	unsigned count = 0;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = s[i];

		n = text_utf8((const char *)s + i, len - i);
		if (n == 0 || (n == 1 && (c = fold(s[i])) == 0)) {
			return 0;
		}
		if (n > 1) {
			c = s[i] & (0x7fu >> n);
			for (size_t k = 1; k < n; k++) {
				c = c << 6 | (s[i + k] & 0x3fu);
			}
		}
		points[count++] = c;
	}
	return count;
}

/* The A-label of a U-label of at most LABEL_MAX octets; returns its length, 0:
 * there is none. No arithmetic here can overflow: there are at most 63 code
 * points below 0x110000. Section 6.3. */
static size_t
to_alabel(const uint8_t *s, size_t len, uint8_t out[LABEL_MAX])
{
	uint32_t points[LABEL_MAX], n = 0x80, delta = 0, bias = BIAS;
	unsigned count = points_of(s, len, points), basic, done;
	struct writer w = writer(out, LABEL_MAX);

	write_span(&w, "xn--", 4);
	for (unsigned i = 0; i < count; i++) {
		if (points[i] < 0x80) {
			write_u8(&w, points[i]);
		}
	}
	basic = done = (unsigned)written(&w) - 4;
	if (basic > 0) {
		write_u8(&w, '-');
	}
	while (done < count && !w.bad) {
		uint32_t next = UINT32_MAX;

		for (unsigned i = 0; i < count; i++) {
			if (points[i] >= n && points[i] < next) {
				next = points[i];
			}
		}
		delta += (next - n) * (done + 1);
		n = next;
		for (unsigned i = 0; i < count; i++) {
			uint32_t q, k, t;

			if (points[i] < n) {
				delta++;
			}
			if (points[i] != n) {
				continue;
			}
			for (q = delta, k = BASE;; k += BASE) {
				t = k <= bias          ? TMIN
				    : k >= bias + TMAX ? TMAX
						       : k - bias;
				if (q < t) {
					break;
				}
				write_u8(&w, digit(t + (q - t) % (BASE - t)));
				q = (q - t) / (BASE - t);
			}
			write_u8(&w, digit(q));
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
		delta++;
		n++;
	}
	return w.bad || count == 0 ? 0 : written(&w);
}

/* ---- paths -------------------------------------------------------------- */

static void
append(struct zone_domain *d, const uint8_t *label, size_t len)
{
	if (len == 0 || (size_t)d->len + len + 1 > sizeof(d->path)) {
		d->more = true; /* longer than any entry */
		return;
	}
	memcpy(d->path + d->len, label, len);
	d->path[d->len + len] = 0;
	d->len = (uint8_t)(d->len + len + 1);
}

void
zone_domain_add(struct zone_domain *d, const uint8_t *label, size_t len)
{
	uint8_t folded[LABEL_MAX];
	bool high = false;

	if (d->more || len > LABEL_MAX) {
		d->more = true;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		high = high || label[i] >= 0x80;
		folded[i] = fold(label[i]);
		if (folded[i] == 0 && label[i] < 0x80) {
			d->more = true;
			return;
		}
	}
	if (high) {
		len = to_alabel(label, len, folded);
	}
	append(d, folded, len);
}

static const char *
name_of(const char *text)
{
	return text + (text[0] == '*' ? 2 : text[0] == '.' ? 1 : 0);
}

static enum zone_domain_form
form_of(const char *text)
{
	return text[0] == '*' ? ZONE_DOMAIN_BELOW
	    : text[0] == '.'  ? ZONE_DOMAIN_ALL
			      : ZONE_DOMAIN_SELF;
}

/* Where the label that ends at END begins. */
static size_t
label_before(const char *name, size_t end)
{
	while (end > 0 && name[end - 1] != '.') {
		end--;
	}
	return end;
}

enum zone_domain_form
zone_domain_of_key(const struct zone_key *key, struct zone_domain *ret)
{
	const char *name = name_of(key->text);
	size_t end = strlen(name), at;

	zone_domain_begin(ret);
	for (;; end = at - 1) {
		at = label_before(name, end);
		append(ret, (const uint8_t *)name + at, end - at);
		if (at == 0) {
			return form_of(key->text);
		}
	}
}

int
zone_domain_compare(const char *a, const char *b)
{
	const char *x = name_of(a), *y = name_of(b);
	size_t i = strlen(x), k = strlen(y), m, n;

	for (;;) {
		size_t from_x = label_before(x, i), from_y = label_before(y, k);
		int r;

		m = i - from_x;
		n = k - from_y;
		r = memcmp(x + from_x, y + from_y, m < n ? m : n);
		if (r != 0 || m != n) {
			return r != 0 ? r : m < n ? -1 : 1;
		}
		if (from_x == 0 || from_y == 0) {
			if (from_x != from_y) { /* one is above the other */
				return from_x == 0 ? -1 : 1;
			}
			return (int)form_of(a) - (int)form_of(b);
		}
		i = from_x - 1;
		k = from_y - 1;
	}
}

/* ---- rows --------------------------------------------------------------- */

size_t
zone_domain_key(uint8_t out[ZONE_DOMAIN_KEY], uint16_t list,
    const struct zone_domain *d, enum zone_domain_form form)
{
	out[0] = (uint8_t)(list >> 8);
	out[1] = (uint8_t)list;
	memcpy(out + 2, d->path, d->len);
	out[2 + d->len] = (uint8_t)form;
	return (size_t)d->len + 3;
}

int
zone_domain_key_decode(const struct zone_bytes *key, struct zone_key *ret)
{
	static const char *const marks[] = { [ZONE_DOMAIN_SELF] = "",
		[ZONE_DOMAIN_ALL] = ".",
		[ZONE_DOMAIN_BELOW] = "*." };
	const uint8_t *path = key->at + 2;
	char text[2 + ZONE_DOMAIN_PATH];
	struct zone_domain d;
	struct zone_key found;
	size_t len, end, n;
	unsigned form;

	if (key->len < 5 || key->len > ZONE_DOMAIN_KEY) {
		return ERR_CORRUPT;
	}
	len = key->len - 3;
	form = path[len];
	if (form < ZONE_DOMAIN_SELF || form > ZONE_DOMAIN_BELOW ||
	    path[len - 1] != 0) {
		return ERR_CORRUPT;
	}
	n = strlen(marks[form]);
	memcpy(text, marks[form], n);
	for (end = len - 1;; end--) { /* the last label comes first */
		size_t at = end;

		while (at > 0 && path[at - 1] != 0) {
			at--;
		}
		memcpy(text + n, path + at, end - at);
		n += end - at;
		if (at == 0) {
			break;
		}
		text[n++] = '.';
		end = at;
	}
	if (zone_key_parse(ZONE_KIND_DOMAIN, span(text, n), &found, NULL) < 0 ||
	    zone_domain_of_key(&found, &d) != form || d.len != len ||
	    memcmp(d.path, path, len) != 0) {
		return ERR_CORRUPT; /* it would not be written like this */
	}
	*ret = found;
	return 0;
}

/* CRC of a row's key and of its value behind the CRC. */
static uint32_t
crc_of(const struct zone_bytes *key, const uint8_t *value)
{
	uint8_t both[ZONE_DOMAIN_KEY + ZONE_DOMAIN_VALUE - 4];

	memcpy(both, key->at, key->len);
	memcpy(both + key->len, value + 4, ZONE_DOMAIN_VALUE - 4);
	return crc32c(both, key->len + ZONE_DOMAIN_VALUE - 4);
}

void
zone_domain_value(uint8_t out[ZONE_DOMAIN_VALUE], const struct zone_bytes *key,
    const struct zone_domain_row *row)
{
	struct writer w = writer(out + 4, ZONE_DOMAIN_VALUE - 4);

	write_le32(&w, row->detail);
	write_le32(&w, row->code);
	write_le64(&w, (uint64_t)row->until);
	w = writer(out, 4);
	write_le32(&w, crc_of(key, out));
}

int
zone_domain_value_decode(const struct zone_bytes *key,
    const struct zone_bytes *value, struct zone_domain_row *ret)
{
	struct reader rd = reader(value->at, value->len);
	uint32_t crc = read_le32(&rd);

	ret->detail = read_le32(&rd);
	ret->code = read_le32(&rd);
	ret->until = (int64_t)read_le64(&rd);
	return rd.bad || value->len != ZONE_DOMAIN_VALUE ||
		key->len > ZONE_DOMAIN_KEY || ret->detail == 0 ||
		crc != crc_of(key, value->at)
	    ? ERR_CORRUPT
	    : 0;
}
