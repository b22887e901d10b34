/* config_zone.c - the zone sections of rbl.conf. */
#include <string.h>

#include "zone/access.h"
#include "zone/config_priv.h"

#define WEEK INT64_C(604800)

static void
read_lists_of_zone(struct config_reading *r, const struct zone_config *c,
    struct zone_zone_conf *z)
{
	const struct conf_values *v = config_many(r, "lists");

	z->lists = config_room(r, v->n, sizeof(z->lists[0]));
	if (v->n == 0) {
		config_fail(r, ERR_FORMAT, r->block->line, "lists",
		    "is missing in zone \"%s\", expected names of lists",
		    z->name != NULL ? z->name : "");
	}
	for (size_t i = 0; r->failed == 0 && i < v->n; i++) {
		const struct zone_list_conf *l =
		    zone_config_list(c, span_str(v->values[i].text));

		if (l == NULL) {
			config_fail(r, ERR_FORMAT, v->values[i].line, "lists",
			    "there is no list \"%s\", expected the title of a "
			    "list section",
			    config_shown(r, v->values[i].text));
			return;
		}
		for (size_t k = 0; k < i; k++) {
			if (z->lists[k] == l) {
				config_fail(r, ERR_FORMAT, v->values[i].line,
				    "lists", "\"%s\" stands there twice",
				    l->name);
			}
		}
		z->lists[i] = l;
		if (z->lists[0]->kind != l->kind) {
			config_fail(r, ERR_FORMAT, v->values[i].line, "lists",
			    "\"%s\" is of kind %s and \"%s\" of kind %s, "
			    "expected one kind in a zone",
			    z->lists[0]->name,
			    zone_kind_name(z->lists[0]->kind), l->name,
			    zone_kind_name(l->kind));
		}
	}
	if (r->failed == 0) {
		z->n_lists = v->n;
		z->kind = z->lists[0]->kind;
	}
}

/* A zone's name must leave room for the longest question below it. */
static void
check_room(struct config_reading *r, const struct zone_zone_conf *z)
{
	static const struct {
		size_t octets;
		const char *what;
	} below[] = {
		[ZONE_KIND_IP] = { 64, "the nibbles of an IPv6 address" },
		[ZONE_KIND_ADDRESS] = { 53, "the digest of an address" },
		[ZONE_KIND_DOMAIN] = { 128, "a domain" },
	};

	size_t octets = below[z->kind].octets +
	    (z->access_keys ? 1u + ZONE_ACCESS_LABEL : 0);

	/* text and two octets more make the wire form, RFC 1035 3.1 */
	if (r->failed == 0 && strlen(z->name) + 2 + octets > 255) {
		config_fail(r, ERR_RANGE, r->block->line, "zone",
		    "the name leaves no room for %s%s, expected %zu octets at "
		    "most",
		    below[z->kind].what, z->access_keys ? " and a key" : "",
		    253 - octets);
	}
}

/* May INNER, which has K octets before OUTER's name, be a zone of its own?
 * RFC 5782 asks a sub-list's label for two characters and one that is no
 * digit, so that it is no octet and no nibble of the list around it. Only one
 * label deep: a name between the two would be said not to exist. */
static bool
may_nest(const char *inner, size_t k)
{
	const char *dot = memchr(inner, '.', k);
	bool letter = false;

	for (size_t i = 0; i + 1 < k; i++) {
		letter |= inner[i] < '0' || inner[i] > '9';
	}
	return dot == inner + k - 1 && k >= 3 && letter;
}

static void
check_apart(struct config_reading *r, const struct zone_config *c,
    const struct zone_zone_conf *z)
{
	for (size_t i = 0; r->failed == 0 && i < c->n_zones; i++) {
		const char *a = c->zones[i].name, *b = z->name;
		const char *outer = strlen(a) <= strlen(b) ? a : b;
		const char *inner = outer == a ? b : a;
		size_t k = strlen(inner) - strlen(outer);

		if (strcmp(a, b) == 0) {
			config_fail(r, ERR_FORMAT, r->block->line, "zone",
			    "\"%s\" is there twice (line %u)", b,
			    c->zones[i].line);
		} else if (k > 0 && inner[k - 1] == '.' &&
		    strcmp(inner + k, outer) == 0 && !may_nest(inner, k)) {
			config_fail(r, ERR_FORMAT, r->block->line, "zone",
			    "\"%s\" lies in \"%s\", expected one label more, "
			    "of two characters and not a number (RFC 5782)",
			    inner, outer);
		}
	}
}

static void
read_timers(struct config_reading *r, struct zone_zone_conf *z)
{
	const char *key;

	z->ttl = (uint32_t)config_duration(r, "ttl", 1, WEEK);
	z->negative_ttl = (uint32_t)config_duration(r, "negative-ttl", 1, WEEK);
	z->refresh = (uint32_t)config_duration(r, "refresh", 1, 4 * WEEK);
	z->retry = (uint32_t)config_duration(r, "retry", 1, 4 * WEEK);
	z->expire = (uint32_t)config_duration(r, "expire", 1, 52 * WEEK);
	/* RFC 1912 section 2.2; said of whichever stands in the file */
	key = config_given(r, "retry") ? "retry" : "refresh";
	if (z->retry >= z->refresh) {
		config_fail(r, ERR_RANGE, config_line(r, key), key,
		    "retry is %us, expected less than refresh (%us)", z->retry,
		    z->refresh);
	}
	key = config_given(r, "expire") ? "expire" : "refresh";
	if (z->expire <= z->refresh + z->retry) {
		config_fail(r, ERR_RANGE, config_line(r, key), key,
		    "expire is %us, expected more than refresh and retry "
		    "together (%us)",
		    z->expire, z->refresh + z->retry);
	}
}

/* Types that the server makes itself, or that may not stand at an apex. */
static void
read_apex(struct config_reading *r, struct zone_zone_conf *z)
{
	static const char *const never[] = { "SOA", "NS", "CNAME", "DNAME" };
	const struct conf_values *v = config_many(r, "apex");
	unsigned *lines = config_room(r, v->n, sizeof(lines[0]));

	z->apex = config_room(r, v->n, sizeof(z->apex[0]));
	for (size_t i = 0; r->failed == 0 && i < v->n; i++) {
		const char *text = v->values[i].text;
		struct span s = span_trim(span_str(text));
		size_t n = 0;

		config_ascii(r, "apex", text, v->values[i].line, 1024);
		while (n < s.len && s.at[n] != ' ') {
			n++;
		}
		if (n == 0 || n == s.len) {
			config_fail(r, ERR_FORMAT, v->values[i].line, "apex",
			    "\"%s\", expected type and data, as in "
			    "\"MX 10 mail.example.gr\"",
			    config_shown(r, text));
		}
		for (size_t k = 0; k < 4; k++) {
			if (span_is(span(s.at, n), never[k])) {
				config_fail(r, ERR_FORMAT, v->values[i].line,
				    "apex", "%s may not be given here",
				    never[k]);
			}
		}
		if (r->failed == 0) {
			z->apex[i] = text;
			lines[i] = v->values[i].line;
		}
	}
	z->apex_lines = lines;
	z->n_apex = r->failed == 0 ? v->n : 0;
}

static void
read_transfer(struct config_reading *r, const struct zone_config *c,
    struct zone_zone_conf *z)
{
	const struct conf_values *v = config_many(r, "allow-transfer");
	struct zone_transfer_conf *all = config_room(r, v->n, sizeof(all[0]));

	for (size_t i = 0; r->failed == 0 && i < v->n; i++) {
		const char *text = v->values[i].text;
		unsigned line = v->values[i].line;
		struct span s = span_str(text), from = s;
		const char *at = NULL, *name;

		if (span_starts(s, "key:")) {
			at = strchr(text, '@');
			name = config_copy(r, text + 4,
			    at != NULL ? (size_t)(at - text) - 4 : s.len - 4);
			if (name != NULL) {
				name = config_host(
				    r, "allow-transfer", name, line);
			}
			if (name != NULL) {
				all[i].key = config_key(c, name);
			}
			if (name != NULL && all[i].key == NULL) {
				config_fail(r, ERR_FORMAT, line,
				    "allow-transfer",
				    "there is no key \"%s\", expected the "
				    "title of a key section",
				    name);
			}
			from = at != NULL ? span_str(at + 1) : span("", 0);
		}
		if ((all[i].key == NULL || at != NULL) && r->failed == 0 &&
		    net_prefix_parse(from, &all[i].from) < 0) {
			config_fail(r, ERR_FORMAT, line, "allow-transfer",
			    "\"%s\", expected key:NAME, ADDRESS, NETWORK or "
			    "key:NAME@NETWORK",
			    config_shown(r, text));
		}
	}
	z->allow_transfer = all;
	z->n_allow_transfer = r->failed == 0 ? v->n : 0;
}

static void
read_allow_query(struct config_reading *r, struct zone_zone_conf *z)
{
	struct net_prefix *all;

	if (config_given(r, "allow-query")) {
		z->allow_query =
		    config_prefixes(r, "allow-query", &z->n_allow_query);
		return;
	}
	all = config_room(r, 2, sizeof(all[0]));
	if (all != NULL) {
		all[0].ip.bits = 32;
		all[1].ip.bits = 128;
		z->allow_query = all;
		z->n_allow_query = 2;
	}
}

void
config_zone(struct config_reading *r, struct zone_config *c)
{
	struct zone_zone_conf z = { .line = r->block->line };
	const char *text;

	z.name = config_host(r, "zone", r->block->title, r->block->line);
	check_apart(r, c, &z);
	read_lists_of_zone(r, c, &z);
	z.access_keys = config_yes(r, "access-keys");
	check_room(r, &z);
	z.ns = config_hosts(r, "ns", &z.n_ns);
	if (z.n_ns == 0) {
		config_fail(r, ERR_FORMAT, config_line(r, "ns"), "ns",
		    "is missing in zone \"%s\", expected the names of its "
		    "servers",
		    z.name != NULL ? z.name : "");
	}
	text = config_text(r, "mname");
	z.mname = text != NULL
	    ? config_host(r, "mname", text, config_line(r, "mname"))
	    : r->failed == 0 ? z.ns[0]
			     : NULL;
	text = config_need(r, "hostmaster",
	    "a mailbox written as a name, hostmaster.example.gr");
	if (text != NULL && strchr(text, '@') != NULL) {
		config_fail(r, ERR_FORMAT, config_line(r, "hostmaster"),
		    "hostmaster",
		    "\"%s\", expected a dot for the '@', as in "
		    "hostmaster.example.gr",
		    config_shown(r, text));
	} else if (text != NULL) {
		z.hostmaster = config_host(
		    r, "hostmaster", text, config_line(r, "hostmaster"));
	}
	read_timers(r, &z);
	z.text = config_text(r, "text");
	if (z.text != NULL) {
		config_ascii(r, "text", z.text, config_line(r, "text"), 200);
	}
	read_apex(r, &z);
	read_allow_query(r, &z);
	read_transfer(r, c, &z);
	z.notify = config_places(r, "notify", PLACE_IP, NULL, &z.n_notify);
	if (r->failed == 0) {
		c->zones[c->n_zones++] = z;
	}
}
