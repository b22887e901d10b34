/* guard_domain.c - domains that must never be listed. */
#include "zone/guard_priv.h"

#include <string.h>

#include "zone/suffix.h"

/* NAME is UPPER or lies below it. Both are lower case. */
static bool
under(const char *name, const char *upper)
{
	size_t n = strlen(name), k = strlen(upper);

	return n >= k && strcmp(name + n - k, upper) == 0 &&
	    (n == k || name[n - k - 1] == '.');
}

/* Would listing NAME (with WIDE: what lies below it) list OURS, or something
 * within OURS? */
static bool
touches(const char *name, bool wide, const char *ours)
{
	return under(name, ours) || (wide && under(ours, name));
}

int
zone_guard_domain(const struct zone_config *config, const struct zone_key *key,
    const char *shown, struct err_text *why)
{
	/* RFC 6761: no name of the public DNS; two are test points */
	static const char *const never[] = { "test", "invalid", "localhost" };
	const char *name = key->text;
	bool wide = name[0] == '*' || name[0] == '.';

	name += name[0] == '*' ? 2 : name[0] == '.' ? 1 : 0;
	if (zone_guard_test_point(key)) {
		return err_say(why, ERR_REFUSED,
		    "%s is a test point, answered by the server itself", shown);
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (under(name, never[i])) {
			return err_say(why, ERR_REFUSED,
			    "%s is special-use space: .%s, RFC 6761", shown,
			    never[i]);
		}
	}
	if (strchr(name, '.') == NULL) {
		return err_say(
		    why, ERR_REFUSED, "%s is a whole top-level domain", shown);
	}
	/* The registrable domains below it belong to people who have nothing
	 * to do with each other. */
	if (wide && zone_suffix_public(name)) {
		return err_say(why, ERR_REFUSED,
		    "%s is a public suffix with all below it, expected a "
		    "domain that one party has registered",
		    shown);
	}
	for (size_t i = 0; i < config->n_zones; i++) {
		if (touches(name, wide, config->zones[i].name)) {
			return err_say(why, ERR_REFUSED,
			    "%s is or contains our own zone %s", shown,
			    config->zones[i].name);
		}
	}
	for (size_t i = 0; i < config->ingest.n_own_domains; i++) {
		if (touches(name, wide, config->ingest.own_domains[i])) {
			return err_say(why, ERR_REFUSED,
			    "%s is or contains our own domain %s "
			    "(own-domains)",
			    shown, config->ingest.own_domains[i]);
		}
	}
	return 0;
}
