/* tsig.c - keys, and signatures of messages. */
#include "rbld/tsig.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"

#define FILE_MAX 4096
#define SECRET_MIN 16 /* octets; RFC 8945, 8 asks for the hash's length */
#define CLASS_ANY 255
#define TIME_LEN 6

static const struct {
	const char *conf;
	uint8_t wire[16];
	uint8_t len;
} algorithms[] = {
	[DIGEST_HMAC_SHA1] = { "hmac-sha1", "\x09hmac-sha1", 11 },
	[DIGEST_HMAC_SHA256] = { "hmac-sha256", "\x0bhmac-sha256", 13 },
	[DIGEST_HMAC_SHA512] = { "hmac-sha512", "\x0bhmac-sha512", 13 },
};

/* ---- keys --------------------------------------------------------------- */

static int
read_secret(struct rbld_key *key, uid_t also, struct err_text *why)
{
	const char *path = key->conf->secret_file;
	struct buf b = { 0 };
	int fd, r;

	r = secret_file_open(path, also, &fd, why);
	if (r < 0) {
		return r;
	}
	r = file_read_fd(fd, FILE_MAX, &b);
	close(fd);
	if (r < 0) {
		r = err_say(why, r, "%s: %s", path, err_str(r));
	} else {
		r = secret_unbase64(b.len > 0 ? b.data : "", b.len,
		    key->secret, sizeof(key->secret));
		key->secret_len = r > 0 ? (size_t)r : 0;
		r = r < SECRET_MIN
		    ? err_say(why, ERR_FORMAT,
			  "%s: expected %d to %d octets in base64, and "
			  "nothing else",
			  path, SECRET_MIN, RBLD_TSIG_SECRET)
		    : 0;
	}
	if (b.data != NULL) {
		secret_wipe(b.data, b.len);
	}
	buf_free(&b);
	return r;
}

static int
load_key(struct rbld_key *key, uid_t also, struct err_text *why)
{
	const char *name = key->conf->name, *dot;
	struct writer w = writer(key->name, sizeof(key->name));
	size_t i = 0;

	while (i < sizeof(algorithms) / sizeof(algorithms[0]) &&
	    strcmp(algorithms[i].conf, key->conf->algorithm) != 0) {
		i++;
	}
	key->kind = (enum digest_mac_kind)i;
	for (; *name != '\0'; name = dot + (*dot == '.')) {
		dot = name + strcspn(name, ".");
		write_u8(&w, (unsigned)(dot - name));
		write_span(&w, name, (size_t)(dot - name));
	}
	write_u8(&w, 0);
	if (w.bad || i == sizeof(algorithms) / sizeof(algorithms[0])) {
		return err_say(why, ERR_RANGE,
		    "key \"%s\": the name is longer than %d octets",
		    key->conf->name, RBLD_TSIG_NAME - 2);
	}
	key->name_len = (uint8_t)written(&w);
	return read_secret(key, also, why);
}

int
rbld_keys_load(const struct zone_config *config, uid_t also,
    struct rbld_keys **ret_keys, struct err_text *why)
{
	struct rbld_keys *keys =
	    calloc(1, sizeof(*keys) + config->n_tsig * sizeof(keys->at[0]));
	int r = 0;

	if (keys == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	for (size_t i = 0; i < config->n_tsig && r == 0; i++) {
		keys->at[i].conf = &config->tsig[i];
		keys->n++;
		r = load_key(&keys->at[i], also, why);
	}
	if (r < 0) {
		rbld_keys_free(&keys);
		return r;
	}
	*ret_keys = keys;
	return 0;
}

void
rbld_keys_free(struct rbld_keys **keys)
{
	struct rbld_keys *k = *keys;

	if (k != NULL) {
		secret_wipe(k, sizeof(*k) + k->n * sizeof(k->at[0]));
		free(k);
		*keys = NULL;
	}
}

static bool
same_name(const uint8_t *lower, size_t n, const uint8_t *name, size_t len)
{
	if (n != len) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (lower[i] != (uint8_t)text_lower((char)name[i])) {
			return false;
		}
	}
	return true;
}

static const struct rbld_key *
find_key(const struct rbld_keys *keys, const struct rbld_tsig *t)
{
	for (size_t i = 0; keys != NULL && i < keys->n; i++) {
		const struct rbld_key *k = &keys->at[i];

		if (same_name(k->name, k->name_len, t->name, t->name_len) &&
		    same_name(algorithms[k->kind].wire,
			algorithms[k->kind].len, t->algorithm,
			t->algorithm_len)) {
			return k;
		}
	}
	return NULL;
}

/* ---- a record ----------------------------------------------------------- */

/* A name that is not shortened; its length, 0: it is none. */
static uint8_t
read_name(struct reader *r, const uint8_t **ret_name)
{
	const uint8_t *start = r->at;
	size_t len = 0;

	for (;;) {
		unsigned n = read_u8(r);

		len += 1 + n;
		if (r->bad || n > 63 || len > RBLD_NAME_MAX) {
			return 0;
		}
		if (n == 0) {
			*ret_name = start;
			return (uint8_t)len;
		}
		(void)read_span(r, n);
	}
}

static uint64_t
read_time(struct reader *r)
{
	uint64_t hi = read_u16(r);

	return hi << 32 | read_u32(r);
}

static void
write_time(struct writer *w, uint64_t t)
{
	write_u16(w, (unsigned)(t >> 32) & 0xffff);
	write_u32(w, (uint32_t)t);
}

/* What is signed of the record itself (RFC 8945, 4.3.3). */
static void
add_variables(struct digest_mac *m, const struct rbld_key *key, uint64_t time,
    unsigned fudge, unsigned error, const uint8_t *other, size_t other_len)
{
	uint8_t space[RBLD_TSIG_NAME + 64];
	struct writer w = writer(space, sizeof(space));

	write_span(&w, key->name, key->name_len);
	write_u16(&w, CLASS_ANY);
	write_u32(&w, 0);
	write_span(
	    &w, algorithms[key->kind].wire, algorithms[key->kind].len);
	write_time(&w, time);
	write_u16(&w, fudge);
	write_u16(&w, error);
	write_u16(&w, (unsigned)other_len);
	write_span(&w, other, other_len);
	digest_mac_add(m, space, written(&w));
}

static void
add_mac_before(struct digest_mac *m, const struct rbld_tsig *t)
{
	const uint8_t len[2] = { 0, t->mac_len };

	digest_mac_add(m, len, sizeof(len));
	digest_mac_add(m, t->mac, t->mac_len);
}

/* ---- questions ---------------------------------------------------------- */

/* The packet as it was when it was signed: with the id of then, and without
 * the TSIG. */
static void
add_packet(struct digest_mac *m, const uint8_t *packet,
    const struct rbld_query *q, uint16_t id)
{
	uint8_t head[RBLD_HEADER];
	unsigned more;

	memcpy(head, packet, sizeof(head));
	more = ((unsigned)head[10] << 8 | head[11]) - 1;
	head[0] = (uint8_t)(id >> 8);
	head[1] = (uint8_t)id;
	head[10] = (uint8_t)(more >> 8);
	head[11] = (uint8_t)more;
	digest_mac_add(m, head, sizeof(head));
	digest_mac_add(m, packet + sizeof(head),
	    (size_t)(q->tsig - packet) - sizeof(head));
}

void
rbld_tsig_check(const struct rbld_keys *keys, const uint8_t *packet, size_t len,
    const struct rbld_query *q, uint64_t now, struct rbld_tsig *ret_tsig)
{
	struct rbld_tsig *t = ret_tsig;
	struct reader r = reader(q->tsig, len - (size_t)(q->tsig - packet));
	unsigned class, data_len, mac_len, error, other_len;
	const uint8_t *mac, *other, *data;
	uint8_t own[DIGEST_MAC_MAX];
	struct digest_mac m;
	uint32_t ttl;
	size_t full;

	*t = (struct rbld_tsig){ .error = RBLD_TSIG_FORMERR };
	t->name_len = read_name(&r, &t->name);
	(void)read_u16(&r); /* its type, which was looked at */
	class = read_u16(&r);
	ttl = read_u32(&r);
	data_len = read_u16(&r);
	data = r.at;
	t->algorithm_len = read_name(&r, &t->algorithm);
	t->time = read_time(&r);
	t->fudge = read_u16(&r);
	mac_len = read_u16(&r);
	mac = read_span(&r, mac_len);
	t->id = read_u16(&r);
	error = read_u16(&r);
	other_len = read_u16(&r);
	other = read_span(&r, other_len);
	if (r.bad || t->name_len == 0 || t->algorithm_len == 0 ||
	    class != CLASS_ANY || ttl != 0 || read_left(&r) > 0 ||
	    (size_t)(r.at - data) != data_len || other_len > TIME_LEN) {
		return;
	}
	t->key = find_key(keys, t);
	if (t->key == NULL) {
		t->error = RBLD_TSIG_BADKEY;
		return;
	}
	full = digest_mac_len(t->key->kind);
	if (mac_len > full || mac_len < full / 2 || mac_len < 10) {
		/* RFC 8945, 5.2.2.1; an empty one is somebody's error */
		t->error = mac_len == 0 ? RBLD_TSIG_BADSIG : RBLD_TSIG_FORMERR;
		return;
	}
	digest_mac_begin(
	    &m, t->key->kind, t->key->secret, t->key->secret_len);
	add_packet(&m, packet, q, t->id);
	add_variables(
	    &m, t->key, t->time, t->fudge, error, other, other_len);
	digest_mac_end(&m, own);
	secret_wipe(&m, sizeof(m));
	if (!secret_equal(mac, own, mac_len)) {
		t->error = RBLD_TSIG_BADSIG;
		return;
	}
	memcpy(t->mac, mac, mac_len);
	t->mac_len = (uint8_t)mac_len;
	if (mac_len < full) { /* by our policy */
		t->error = RBLD_TSIG_BADTRUNC;
	} else if (now > t->time + t->fudge || now + t->fudge < t->time) {
		t->error = RBLD_TSIG_BADTIME;
	} else {
		t->error = RBLD_TSIG_GOOD;
	}
}

/* ---- answers ------------------------------------------------------------ */

static void
make_mac(struct rbld_tsig *t, const uint8_t *out, size_t len, uint64_t time,
    const uint8_t *other, size_t other_len)
{
	unsigned error = t->error > 0 ? (unsigned)t->error : 0;
	struct digest_mac m;

	digest_mac_begin(
	    &m, t->key->kind, t->key->secret, t->key->secret_len);
	add_mac_before(&m, t);
	digest_mac_add(&m, out, len);
	if (t->later) { /* timers alone (RFC 8945, 5.3.1) */
		uint8_t timers[TIME_LEN + 2];
		struct writer w = writer(timers, sizeof(timers));

		write_time(&w, time);
		write_u16(&w, RBLD_TSIG_FUDGE);
		digest_mac_add(&m, timers, sizeof(timers));
	} else {
		add_variables(&m, t->key, time, RBLD_TSIG_FUDGE, error, other,
		    other_len);
	}
	digest_mac_end(&m, t->mac);
	t->mac_len = (uint8_t)digest_mac_len(t->key->kind);
	t->later = true;
	secret_wipe(&m, sizeof(m));
}

size_t
rbld_tsig_sign(struct rbld_tsig *tsig, uint8_t *out, size_t len, size_t cap,
    uint64_t now)
{
	struct rbld_tsig *t = tsig;
	bool sign = t->key != NULL && t->error != RBLD_TSIG_BADSIG;
	bool late = t->error == RBLD_TSIG_BADTIME;
	struct writer w = writer(out + len, cap - len);
	uint64_t time = late || !sign ? t->time : now;
	uint8_t clock[TIME_LEN];
	unsigned more, mac_len = 0;
	struct writer c = writer(clock, sizeof(clock));

	if (t->error == RBLD_TSIG_FORMERR) {
		return len;
	}
	write_time(&c, now);
	if (sign) {
		make_mac(t, out, len, time, clock, late ? TIME_LEN : 0);
		mac_len = t->mac_len;
	}
	write_span(&w, t->key != NULL ? t->key->name : t->name, t->name_len);
	write_u16(&w, RBLD_T_TSIG);
	write_u16(&w, CLASS_ANY);
	write_u32(&w, 0);
	write_u16(&w, t->algorithm_len + 16 + mac_len + (late ? TIME_LEN : 0));
	write_span(&w,
	    t->key != NULL ? algorithms[t->key->kind].wire : t->algorithm,
	    t->algorithm_len);
	write_time(&w, time);
	write_u16(&w, sign ? RBLD_TSIG_FUDGE : t->fudge);
	write_u16(&w, mac_len);
	write_span(&w, t->mac, mac_len);
	write_span(&w, out, 2); /* the id that was signed */
	write_u16(&w, (unsigned)t->error);
	write_u16(&w, late ? TIME_LEN : 0);
	write_span(&w, clock, late ? TIME_LEN : 0);
	if (w.bad) {
		return len;
	}
	more = ((unsigned)out[10] << 8 | out[11]) + 1;
	out[10] = (uint8_t)(more >> 8);
	out[11] = (uint8_t)more;
	return len + written(&w);
}

const char *
rbld_tsig_name(enum rbld_tsig_error error)
{
	switch (error) {
	case RBLD_TSIG_GOOD: return "good";
	case RBLD_TSIG_BADSIG: return "BADSIG";
	case RBLD_TSIG_BADKEY: return "BADKEY";
	case RBLD_TSIG_BADTIME: return "BADTIME";
	case RBLD_TSIG_BADTRUNC: return "BADTRUNC";
	case RBLD_TSIG_FORMERR: break;
	}
	return "FORMERR";
}
