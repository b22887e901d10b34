/* config_site.c - the keys of www { } by which the operator speaks for his
 * list: who he is, what it is meant for, what he promises. RFC 6471 wants them
 * said; pages show them as they are.
 */
#include <string.h>

#include "base/when.h"
#include "zone/config_priv.h"

#define TEXT_MAX 2000 /* octets of a sentence or two */
#define CONTACTS 8

/* A text for pages. That it is UTF-8 in one line was seen by base/conf. */
static const char *
read_words(struct config_reading *r, const char *key)
{
	const char *text = config_text(r, key);
	size_t len = text != NULL ? strlen(text) : 0;

	if (text == NULL) {
		return NULL;
	}
	if (len == 0 || len > TEXT_MAX) {
		config_fail(r, ERR_RANGE, config_line(r, key), key,
		    "%zu octets, expected 1 to %u", len, TEXT_MAX);
		return NULL;
	}
	return config_copy(r, text, len);
}

/* Nothing that could end an attribute, a line or a header field. */
static bool
contact_fits(const char *text)
{
	struct zone_key k;
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		if (text[i] <= 0x20 || text[i] >= 0x7f ||
		    strchr("\"'<>\\^`{|}", text[i]) != NULL) {
			return false;
		}
	}
	if (span_starts(span_str(text), "https://")) {
		return n > 8 && n <= 200;
	}
	return n <= 254 && strpbrk(text, "()[],;:/?&%#") == NULL &&
	    zone_key_parse(ZONE_KIND_ADDRESS, span_str(text), &k, NULL) == 0 &&
	    k.digest.len == 0;
}

static void
read_contacts(struct config_reading *r, struct zone_config *c)
{
	const struct conf_values *v = config_many(r, "contact");
	const char **all = config_room(r, v->n, sizeof(all[0]));

	if (v->n > CONTACTS) {
		config_fail(r, ERR_RANGE, v->values[0].line, "contact",
		    "%zu values, expected %u at most", v->n, CONTACTS);
	}
	for (size_t i = 0; r->failed == 0 && i < v->n; i++) {
		if (!contact_fits(v->values[i].text)) {
			config_fail(r, ERR_FORMAT, v->values[i].line, "contact",
			    "\"%s\", expected an e-mail address or an address "
			    "that begins with https://",
			    config_shown(r, v->values[i].text));
			break;
		}
		all[i] = config_copy(
		    r, v->values[i].text, strlen(v->values[i].text));
	}
	c->www.site.contact = all;
	c->www.site.n_contact = r->failed == 0 ? v->n : 0;
}

static void
read_use(struct config_reading *r, struct zone_config *c)
{
	const char *text = config_text(r, "meant-for");

	c->www.site.refuses = text != NULL && strcmp(text, "refusing") == 0;
	if (text != NULL && !c->www.site.refuses &&
	    strcmp(text, "scoring") != 0) {
		config_fail(r, ERR_FORMAT, config_line(r, "meant-for"),
		    "meant-for", "\"%s\", expected scoring or refusing",
		    config_shown(r, text));
	}
}

void
config_site(struct config_reading *r, struct zone_config *c)
{
	const char *since = config_text(r, "since");

	c->www.site.operator= read_words(r, "operator");
	read_contacts(r, c);
	if (since != NULL &&
	    (strlen(since) != 10 ||
		when_parse(span_str(since), &c->www.site.since) < 0)) {
		config_fail(r, ERR_FORMAT, config_line(r, "since"), "since",
		    "\"%s\", expected a day as in 2026-11-21",
		    config_shown(r, since));
	}
	read_use(r, c);
	c->www.site.scope = read_words(r, "scope");
	c->www.site.appeal = read_words(r, "appeal");
	c->www.site.shutdown = read_words(r, "shutdown");
	c->www.site.licence = read_words(r, "licence");
	c->www.site.policy = config_path(r, "policy");
	c->www.site.announcements = config_path(r, "announcements");
}
