/* key_forms.c - the spellings under which clients ask for one address.
 *
 * Who folds what was read from the clients themselves: SpamAssassin cuts the
 * tag and keeps the dots; rspamd cuts tags, and for Google's two domains the
 * dots as well and writes gmail.com; mail with an IDN domain is hashed as it
 * stands, A-label or UTF-8.
 */
#include <idn2.h>
#include <stdio.h>
#include <string.h>

#include "zone/key.h"

static bool
google(const char *domain)
{
	return strcmp(domain, "gmail.com") == 0 ||
	    strcmp(domain, "googlemail.com") == 0;
}

/* Add LOCAL@DOMAIN unless it is there or does not fit. */
static void
add(struct zone_forms *f, struct span local, const char *domain)
{
	char text[ZONE_KEY_TEXT];
	size_t n = local.len + 1 + strlen(domain);

	if (n >= sizeof(text) || f->n == ZONE_FORMS_MAX) {
		return;
	}
	memcpy(text, local.at, local.len);
	text[local.len] = '@';
	memcpy(text + local.len + 1, domain, strlen(domain) + 1);
	for (unsigned i = 0; i < f->n; i++) {
		if (strcmp(f->text[i], text) == 0) {
			return;
		}
	}
	memcpy(f->text[f->n++], text, n + 1);
}

/* The U-label form, when DOMAIN has one: the A-label is then its only other
 * spelling. NULL: none; else for idn2_free. */
static char *
u_label(const char *domain)
{
	char *utf8 = NULL, *back = NULL;
	bool same;

	if (strncmp(domain, "xn--", 4) != 0 &&
	    strstr(domain, ".xn--") == NULL) {
		return NULL;
	}
	if (idn2_to_unicode_8z8z(domain, &utf8, 0) != IDN2_OK) {
		return NULL;
	}
	/* "xn--" may be followed by anything: only what leads back counts */
	same = idn2_to_ascii_8z(utf8, &back,
		   IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK &&
	    strcmp(back, domain) == 0 && strcmp(utf8, domain) != 0;
	idn2_free(back);
	if (!same) {
		idn2_free(utf8);
		return NULL;
	}
	return utf8;
}

/* An address taken to pieces. */
struct pieces {
	struct span whole, cut; /* the local part, with and without its tag */
	const char *domain;     /* NULL: it is no address */
};

static struct pieces
take_apart(const char *text)
{
	const char *at = strrchr(text, '@'), *plus;
	struct pieces p = { .domain = NULL };

	if (at == NULL) {
		return p;
	}
	p.domain = at + 1;
	p.whole = p.cut = span(text, (size_t)(at - text));
	plus = memchr(text, '+', p.whole.len);
	if (text[0] != '"' && plus != NULL && plus > text) {
		p.cut.len = (size_t)(plus - text);
	}
	return p;
}

/* CUT without its dots, unless it is quoted; in ROOM. */
static struct span
without_dots(struct span cut, char room[ZONE_KEY_TEXT])
{
	struct span s = span(room, 0);

	if (cut.len > 0 && cut.at[0] == '"') {
		return cut;
	}
	for (size_t i = 0; i < cut.len; i++) {
		if (cut.at[i] != '.') {
			room[s.len++] = cut.at[i];
		}
	}
	return s;
}

void
zone_key_canon(const char *text, char out[ZONE_KEY_TEXT])
{
	struct pieces p = take_apart(text);
	char bare[ZONE_KEY_TEXT];

	if (p.domain == NULL) {
		snprintf(out, ZONE_KEY_TEXT, "%s", text);
		return;
	}
	if (google(p.domain)) {
		p.cut = without_dots(p.cut, bare);
		p.domain = "gmail.com";
	}
	snprintf(
	    out, ZONE_KEY_TEXT, "%.*s@%s", (int)p.cut.len, p.cut.at, p.domain);
}

/* ---- names of rows ------------------------------------------------------ */

size_t
zone_key_name(const char *text, char out[ZONE_NAME_TEXT])
{
	struct pieces p = take_apart(text);
	struct span rest = span_str(text);
	size_t n;

	zone_key_canon(text, out);
	n = strlen(out);
	if (strcmp(out, text) == 0) {
		return n;
	}
	if (!google(p.domain)) { /* then only the tag was cut */
		rest = span(p.whole.at + p.cut.len, p.whole.len - p.cut.len);
	}
	out[n++] = ZONE_NAME_REST;
	memcpy(out + n, rest.at, rest.len);
	n += rest.len;
	out[n] = '\0';
	return n;
}

int
zone_key_of_name(const char *name, size_t len, char out[ZONE_KEY_TEXT])
{
	const char *mark = memchr(name, ZONE_NAME_REST, len);
	size_t canon = mark != NULL ? (size_t)(mark - name) : len;
	struct span rest = span(name + canon, len - canon), domain;
	char again[ZONE_NAME_TEXT];
	const char *at;

	if (canon >= ZONE_KEY_TEXT || rest.len > ZONE_KEY_TEXT ||
	    memchr(name, '\0', len) != NULL ||
	    memrchr(name, ZONE_NAME_REST, len) != mark) {
		return ERR_CORRUPT;
	}
	if (mark == NULL) {
		memcpy(out, name, len);
		out[len] = '\0';
	} else if (memchr(rest.at, '@', rest.len) != NULL) {
		memcpy(out, rest.at + 1, rest.len - 1);
		out[rest.len - 1] = '\0';
	} else {
		at = memrchr(name, '@', canon);
		if (at == NULL || canon + rest.len > ZONE_KEY_TEXT) {
			return ERR_CORRUPT;
		}
		domain = span(at, canon - (size_t)(at - name));
		snprintf(out, ZONE_KEY_TEXT, "%.*s%.*s%.*s", (int)(at - name),
		    name, (int)rest.len - 1, rest.at + 1, (int)domain.len,
		    domain.at);
	}
	/* it would not be written like this */
	return zone_key_name(out, again) == len && memcmp(again, name, len) == 0
	    ? 0
	    : ERR_CORRUPT;
}

void
zone_key_forms(const struct zone_key *address, struct zone_forms *ret)
{
	const char *text = address->text, *domain;
	char bare[ZONE_KEY_TEXT], *utf8 = NULL;
	struct pieces p = take_apart(text);
	struct span whole = p.whole, cut = p.cut, nodots;

	memset(ret, 0, sizeof(*ret));
	domain = p.domain;
	if (address->kind != ZONE_KIND_ADDRESS || address->digest.len > 0 ||
	    domain == NULL) {
		snprintf(ret->canon, sizeof(ret->canon), "%s", text);
		return;
	}
	zone_key_canon(text, ret->canon);
	add(ret, whole, domain);
	add(ret, cut, domain);
	if (google(domain)) {
		nodots = without_dots(cut, bare);
		add(ret, nodots, "gmail.com");
		add(ret, nodots, "googlemail.com");
		add(ret, cut, "gmail.com");
		add(ret, cut, "googlemail.com");
		return;
	}
	utf8 = u_label(domain);
	if (utf8 != NULL) {
		add(ret, whole, utf8);
		add(ret, cut, utf8);
		idn2_free(utf8);
	}
}
