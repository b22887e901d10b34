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

void
zone_key_forms(const struct zone_key *address, struct zone_forms *ret)
{
	char bare[ZONE_KEY_TEXT], *utf8 = NULL;
	const char *text = address->text, *at, *plus;
	struct span whole, cut, nodots;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->canon, sizeof(ret->canon), "%s", text);
	at = strrchr(text, '@');
	if (address->kind != ZONE_KIND_ADDRESS || address->digest.len > 0 ||
	    at == NULL) {
		return;
	}
	whole = cut = span(text, (size_t)(at - text));
	plus = memchr(text, '+', whole.len);
	if (text[0] != '"' && plus != NULL && plus > text) {
		cut.len = (size_t)(plus - text);
	}
	add(ret, whole, at + 1);
	add(ret, cut, at + 1);
	if (google(at + 1)) {
		nodots = cut;
		if (text[0] != '"') {
			nodots = span(bare, 0);
			for (size_t i = 0; i < cut.len; i++) {
				if (cut.at[i] != '.') {
					bare[nodots.len++] = cut.at[i];
				}
			}
		}
		add(ret, nodots, "gmail.com");
		add(ret, nodots, "googlemail.com");
		add(ret, cut, "gmail.com");
		add(ret, cut, "googlemail.com");
		snprintf(ret->canon, sizeof(ret->canon), "%.*s@gmail.com",
		    (int)nodots.len, nodots.at);
		return;
	}
	snprintf(ret->canon, sizeof(ret->canon), "%.*s@%s", (int)cut.len,
	    cut.at, at + 1);
	utf8 = u_label(at + 1);
	if (utf8 != NULL) {
		add(ret, whole, utf8);
		add(ret, cut, utf8);
		idn2_free(utf8);
	}
}
