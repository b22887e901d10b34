/* answer_model.h - what the responder should say, worked out the slow way.
 *
 * The model keeps everything that is listed in one array and looks through
 * all of it for each question. Names are read here once more, from the rules
 * and not from rbld/name.c; of the product it uses digest_of() and the names
 * of constants alone.
 */
#pragma once

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

#define FACTS 1024
#define LISTS 6
#define LABELS 60

struct label {
	unsigned len;
	uint8_t at[64];
};

struct labels { /* below the apex, as they stand in the name */
	unsigned n;
	struct label at[LABELS];
};

/* One entry, and so one (list, key). Addresses are numbers: an IPv4 address
 * 32 bits, an IPv6 address 128. */
struct fact {
	bool used;
	unsigned list;
	unsigned bits; /* 32, 128, or 0: a mail address */
	unsigned __int128 addr;
	unsigned plen;
	char text[96]; /* the mail address, or "sha1:HEX" */
	bool exempt;
	uint32_t code;
	int64_t until; /* 0: never */
	unsigned uid;  /* later ones are greater */
};

struct model_zone {
	const char *name;
	bool ip;
	unsigned lists[4], n_lists;
	uint32_t ttl, negative; /* negative: the SOA's MINIMUM */
	const char *text;
	bool host;         /* has "ns1" */
	const char *inner; /* the label of a zone below this one, or NULL */
};

static struct fact facts[FACTS];
static size_t n_facts; /* of them may be used */
static int64_t model_now;
static uint32_t list_code[LISTS] = { 0x7f000002, 0x7f000003, 0x7f000002,
	0x7f000009, 0x7f000004, 0x7f000005 };

static const struct model_zone zones[] = {
	{ "one.test", true, { 0 }, 1, 900, 300, "$ $r", false, "er" },
	{ "many.test", true, { 0, 1, 2, 3 }, 4, 60, 3600, "$$ $r $x $r", true,
	    NULL },
	{ "er.one.test", true, { 1 }, 1, 5, 5, "$r", false, NULL },
	{ "em.test", false, { 4 }, 1, 900, 300, "$r|$", false, NULL },
	{ "em2.test", false, { 4, 5 }, 2, 60, 3600, "$ $r$r", false, NULL },
};
#define ZONES (sizeof(zones) / sizeof(zones[0]))

static bool
live(const struct fact *f)
{
	return f->used && (f->until == 0 || f->until > model_now);
}

/* ---- addresses --------------------------------------------------------- */

static unsigned __int128
last_of(const struct fact *f)
{
	unsigned rest = f->bits - f->plen;

	return rest == 128 ? ~(unsigned __int128)0
			   : f->addr | (((unsigned __int128)1 << rest) - 1);
}

/* The narrowest live entry around ADDR; NULL: none. */
static const struct fact *
model_cover(unsigned list, unsigned bits, unsigned __int128 addr)
{
	const struct fact *best = NULL;

	for (size_t i = 0; i < n_facts; i++) {
		const struct fact *f = &facts[i];

		if (f->list == list && f->bits == bits && f->addr <= addr &&
		    (best == NULL || f->plen > best->plen) && live(f) &&
		    addr <= last_of(f)) {
			best = f;
		}
	}
	return best;
}

/* The space of one list and family in stretches, each all listed or not. */
struct stretches {
	size_t n;
	unsigned __int128 from[2 * FACTS + 1];
	bool listed[2 * FACTS + 1];
};
static struct stretches stretches[LISTS][2];

static int
compare_addr(const void *a, const void *b)
{
	const unsigned __int128 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
model_stretch(unsigned list, unsigned bits)
{
	struct stretches *s = &stretches[list][bits == 128];
	size_t n = 1, k = 0;

	s->from[0] = 0;
	for (size_t i = 0; i < n_facts; i++) {
		const struct fact *f = &facts[i];

		if (f->list == list && f->bits == bits && live(f)) {
			s->from[n++] = f->addr;
			if (last_of(f) !=
			    (bits == 128 ? ~(unsigned __int128)0
					 : 0xffffffff)) {
				s->from[n++] = last_of(f) + 1;
			}
		}
	}
	qsort(s->from, n, sizeof(s->from[0]), compare_addr);
	for (size_t i = 0; i < n; i++) {
		const struct fact *f;

		if (k > 0 && s->from[k - 1] == s->from[i]) {
			continue;
		}
		f = model_cover(list, bits, s->from[i]);
		s->from[k] = s->from[i];
		s->listed[k++] = f != NULL && !f->exempt;
	}
	s->n = k;
}

/* To be called after every change and step of the clock. */
static void
model_prepare(void)
{
	for (unsigned list = 0; list < LISTS; list++) {
		model_stretch(list, 32);
		model_stretch(list, 128);
	}
}

/* Is anything listed in FROM ... LAST? */
static bool
model_any(unsigned list, unsigned bits, unsigned __int128 from,
    unsigned __int128 last)
{
	const struct stretches *s = &stretches[list][bits == 128];

	for (size_t i = 0; i < s->n && s->from[i] <= last; i++) {
		if (s->listed[i] && (i + 1 == s->n || s->from[i + 1] > from)) {
			return true;
		}
	}
	return false;
}

/* ---- mail addresses ---------------------------------------------------- */

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* Would a client that asks for SPELLED mean the stored address TEXT? */
static bool
same_mailbox(const char *text, const char *spelled)
{
	static const char *const google[] = { "gmail.com", "googlemail.com" };
	const char *at = strrchr(text, '@'), *plus = strchr(text, '+');
	char cut[96], nodots[96], made[192];
	size_t n = 0;

	if (strcmp(text, spelled) == 0) {
		return true;
	}
	snprintf(cut, sizeof(cut), "%.*s",
	    (int)((plus != NULL ? plus : at) - text), text);
	snprintf(made, sizeof(made), "%s%s", cut, at);
	if (strcmp(made, spelled) == 0) {
		return true;
	}
	if (ends_in(text, "@xn--bcher-kva.example")) {
		snprintf(made, sizeof(made),
		    "%s@b\xc3\xbc"
		    "cher.example",
		    cut);
		if (strcmp(made, spelled) == 0) {
			return true;
		}
		snprintf(made, sizeof(made),
		    "%.*s@b\xc3\xbc"
		    "cher.example",
		    (int)(at - text), text);
		return strcmp(made, spelled) == 0;
	}
	if (!ends_in(text, "@gmail.com") && !ends_in(text, "@googlemail.com")) {
		return false;
	}
	for (const char *p = cut; *p != '\0'; p++) {
		if (*p != '.') {
			nodots[n++] = *p;
		}
	}
	nodots[n] = '\0';
	for (unsigned i = 0; i < 2; i++) {
		snprintf(made, sizeof(made), "%s@%s", cut, google[i]);
		if (strcmp(made, spelled) == 0) {
			return true;
		}
		snprintf(made, sizeof(made), "%s@%s", nodots, google[i]);
		if (strcmp(made, spelled) == 0) {
			return true;
		}
	}
	return false;
}

/* What decides about the digest KIND of SPELLED: an exemption before a
 * listing, the newest among listings. */
static const struct fact *
model_digest(unsigned list, enum digest_kind kind, const char *spelled)
{
	static const char *const names[] = { "md5:", "sha1:", "sha256:" };
	struct digest d = digest_of(kind, spelled, strlen(spelled));
	const struct fact *best = NULL;
	char hex[65], bare[96];

	digest_hex(d.bytes, d.len, hex);
	snprintf(bare, sizeof(bare), "%s%s", names[kind], hex);
	for (size_t i = 0; i < n_facts; i++) {
		const struct fact *f = &facts[i];

		if (f->list != list || !live(f) ||
		    (strchr(f->text, '@') != NULL
			    ? !same_mailbox(f->text, spelled)
			    : strcmp(f->text, bare) != 0)) {
			continue;
		}
		if (f->exempt) {
			return f;
		}
		if (best == NULL || f->uid > best->uid) {
			best = f;
		}
	}
	return best;
}

/* ---- what is said ------------------------------------------------------ */

/* The reason that was given with UID: long and short, some shared. */
static void
model_reason(unsigned uid, char out[320])
{
	size_t n = uid % 3 == 0 ? 120 + uid % 160 : uid % 40;

	if (uid % 5 == 0) {
		strcpy(out, "the same");
		return;
	}
	snprintf(
	    out, 320, "%s%u", uid % 11 == 0 ? "caf\xc3\xa9 \x01" : "r", uid);
	while (strlen(out) < n) {
		strcat(out, "x");
	}
}

static void
text_add(char *out, size_t *len, const char *s)
{
	for (; *s != '\0' && *len < 255; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x80 && c < 0xc0) {
			continue; /* the rest of a character */
		}
		out[(*len)++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
}

static size_t
model_text(
    const char *template, const char *key, const char *reason, char out[255])
{
	size_t len = 0;

	for (const char *p = template; *p != '\0'; p++) {
		char one[2] = { *p, '\0' };

		if (*p == '$' && (p[1] == '$' || p[1] == 'r')) {
			text_add(out, &len, *++p == '$' ? "$" : reason);
		} else {
			text_add(out, &len, *p == '$' ? key : one);
		}
	}
	return len;
}

/* ---- names ------------------------------------------------------------- */

static bool
label_is(const struct label *l, const char *text)
{
	return l->len == strlen(text) &&
	    strncasecmp((const char *)l->at, text, l->len) == 0;
}

/* The number that a label is, in its one right spelling; -1: none. */
static int
label_number(const struct label *l, bool nibble)
{
	char text[8];

	for (int v = 0; v < (nibble ? 16 : 256); v++) {
		snprintf(text, sizeof(text), nibble ? "%x" : "%d", v);
		if (label_is(l, text)) {
			return v;
		}
	}
	return -1;
}

/* The labels as the upper part of an address of BITS; *ret_plen bits. */
static bool
labels_prefix(const struct labels *name, unsigned bits,
    unsigned __int128 *ret_addr, unsigned *ret_plen)
{
	unsigned each = bits == 32 ? 8 : 4;
	unsigned __int128 addr = 0;

	if (name->n == 0 || name->n > bits / each) {
		return false;
	}
	for (unsigned i = name->n; i-- > 0;) {
		int v = label_number(&name->at[i], bits == 128);

		if (v < 0) {
			return false;
		}
		addr = addr << each | (unsigned)v;
	}
	*ret_plen = name->n * each;
	*ret_addr = addr << (bits - *ret_plen);
	return true;
}

static void
address_text(unsigned bits, unsigned __int128 addr, char out[64])
{
	uint8_t b[16];

	for (unsigned i = 0; i < bits / 8; i++) {
		b[i] = (uint8_t)(addr >> (bits - 8 - 8 * i));
	}
	inet_ntop(bits == 32 ? AF_INET : AF_INET6, b, out, 64);
}

/* The labels with dots, each behind one, as ".1.2.192". */
static void
labels_text(const struct labels *name, char out[LABELS * 65])
{
	out[0] = '\0';
	for (unsigned i = 0; i < name->n; i++) {
		strcat(out, ".");
		strncat(out, (const char *)name->at[i].at, name->at[i].len);
	}
}

static bool
ends_folded(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcasecmp(text + n - k, end) == 0;
}
