/* config.c - rbl.conf, read and checked section by section. */
#include "zone/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone/config_priv.h"
#include "zone/entry.h"
#include "zone/guard.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define DAY INT64_C(86400)
#define YEARS_100 (100 * 365 * DAY)

bool
config_given(const struct config_reading *r, const char *key)
{
	return conf_get(r->block, key)->given;
}

unsigned
config_line(const struct config_reading *r, const char *key)
{
	const struct conf_values *v = conf_get(r->block, key);

	return v->given && v->n > 0 ? v->values[0].line : r->block->line;
}

/* A section that is not in the file: its fallbacks. */
static const struct conf_block *
absent(struct config_reading *r, const struct conf_section *section)
{
	struct conf_block *b = config_room(r, 1, sizeof(*b));
	struct conf_values *v = config_room(r, section->n_items, sizeof(*v));
	struct conf_value *text =
	    config_room(r, section->n_items, sizeof(*text));

	if (b == NULL || v == NULL || text == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < section->n_items; i++) {
		text[i].text = section->items[i].fallback;
		v[i].item = &section->items[i];
		v[i].values = &text[i];
		v[i].n = text[i].text != NULL ? 1 : 0;
	}
	b->section = section;
	b->items = v;
	return b;
}

/* Take the only section of that name in hand; false after a failure. */
static bool
enter(struct config_reading *r, const struct conf_file *file,
    enum config_section which)
{
	const struct conf_section *s = &zone_config_table[which];
	const struct conf_block *b = NULL;

	if (r->failed < 0) {
		return false;
	}
	for (size_t i = 0; i < file->n_blocks; i++) {
		if (file->blocks[i].section == s) {
			b = &file->blocks[i];
		}
	}
	if (b == NULL) {
		b = absent(r, s);
	}
	r->block = b;
	return r->failed == 0;
}

/* Step to the next section of that name: true and it is in hand. */
static bool
each(struct config_reading *r, const struct conf_file *file,
    enum config_section which, size_t *at)
{
	while (r->failed == 0 && *at < file->n_blocks) {
		const struct conf_block *b = &file->blocks[(*at)++];

		if (b->section == &zone_config_table[which]) {
			r->block = b;
			return true;
		}
	}
	return false;
}

static size_t
count(const struct conf_file *file, enum config_section which)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n_blocks; i++) {
		n += file->blocks[i].section == &zone_config_table[which];
	}
	return n;
}

/* ---- lists ------------------------------------------------------------- */

/* Of list and criterion: short, since they stand in file names and URLs. */
static const char *
short_title(struct config_reading *r)
{
	const char *title = r->block->title;
	char *out = config_room(r, strlen(title) + 1, 1);

	for (size_t i = 0; out != NULL && title[i] != '\0'; i++) {
		out[i] = text_lower(title[i]);
	}
	if (out == NULL || !config_name(out, 63)) {
		config_fail(r, ERR_FORMAT, r->block->line,
		    r->block->section->name,
		    "title \"%s\", expected letters, digits, hyphens and "
		    "underscores, 63 at most",
		    config_shown(r, title));
	}
	return out;
}

static void
read_prefixes_of_list(struct config_reading *r, struct zone_list_conf *l)
{
	static const char *const keys[] = { "widest-v4", "widest-v6", "wide-v4",
		"wide-v6" };

	for (size_t i = 0; i < 4 && l->kind != ZONE_KIND_IP; i++) {
		if (config_given(r, keys[i])) {
			config_fail(r, ERR_FORMAT, config_line(r, keys[i]),
			    keys[i], "is for lists of kind ip only");
		}
	}
	/* No registry ever gave anybody more than this. */
	l->widest_v4 = (uint8_t)config_number(r, "widest-v4", 8, 32);
	l->widest_v6 = (uint8_t)config_number(r, "widest-v6", 12, 128);
	l->wide_v4 = (uint8_t)config_number(r, "wide-v4", 0, 32);
	l->wide_v6 = (uint8_t)config_number(r, "wide-v6", 0, 128);
}

static void
read_list(struct config_reading *r, struct zone_config *c)
{
	struct zone_list_conf l = { .name = short_title(r) };
	const char *text;
	struct err_text why;

	text = config_need(r, "kind", "ip, address or domain");
	if (text != NULL && !zone_kind_parse(span_str(text), &l.kind)) {
		config_fail(r, ERR_FORMAT, config_line(r, "kind"), "kind",
		    "\"%s\", expected ip, address or domain",
		    config_shown(r, text));
	}
	text = config_text(r, "code");
	if (text != NULL && zone_code_parse(span_str(text), &l.code) < 0) {
		config_fail(r, ERR_FORMAT, config_line(r, "code"), "code",
		    "\"%s\", expected an IPv4 address as in 127.0.0.2",
		    config_shown(r, text));
	}
	if (r->failed == 0 && zone_guard_code(l.code, &why) < 0) {
		config_fail(r, ERR_RANGE, config_line(r, "code"), "code", "%s",
		    why.text);
	}
	read_prefixes_of_list(r, &l);
	l.approve_at = config_number(r, "approve-at", 1, 1000);
	l.wide_at = config_given(r, "wide-at")
	    ? config_number(r, "wide-at", 1, 1000)
	    : l.approve_at > 2 ? l.approve_at
			       : 2;
	if (l.wide_at < l.approve_at) {
		config_fail(r, ERR_RANGE, config_line(r, "wide-at"), "wide-at",
		    "%u is less than approve-at, expected %u at least",
		    l.wide_at, l.approve_at);
	}
	l.expiry = config_duration(r, "expiry", 0, YEARS_100);
	l.extend = config_duration(r, "extend", 0, YEARS_100);
	if (l.name != NULL && zone_config_list(c, span_str(l.name)) != NULL) {
		config_fail(r, ERR_FORMAT, r->block->line, "list",
		    "\"%s\" is there twice", l.name);
	}
	if (r->failed == 0) {
		c->lists[c->n_lists++] = l;
	}
}

/* ---- keys and criteria ------------------------------------------------- */

const struct zone_tsig_conf *
config_key(const struct zone_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_tsig; i++) {
		if (strcmp(c->tsig[i].name, name) == 0) {
			return &c->tsig[i];
		}
	}
	return NULL;
}

static void
read_key(struct config_reading *r, struct zone_config *c)
{
	static const char *const known[] = { "hmac-sha256", "hmac-sha512",
		"hmac-sha1" };
	struct zone_tsig_conf k = { .algorithm = NULL };
	const char *text = config_text(r, "algorithm");

	k.name = config_host(r, "key", r->block->title, r->block->line);
	if (k.name != NULL && config_key(c, k.name) != NULL) {
		config_fail(r, ERR_FORMAT, r->block->line, "key",
		    "\"%s\" is there twice", k.name);
	}
	for (size_t i = 0; text != NULL && i < 3; i++) {
		if (span_is(span_str(text), known[i])) {
			k.algorithm = known[i];
		}
	}
	if (text != NULL && k.algorithm == NULL) {
		config_fail(r, ERR_FORMAT, config_line(r, "algorithm"),
		    "algorithm",
		    "\"%s\", expected hmac-sha256, hmac-sha512 or hmac-sha1",
		    config_shown(r, text));
	}
	(void)config_need(r, "secret-file", "the path of a file");
	k.secret_file = config_path(r, "secret-file");
	if (r->failed == 0) {
		c->tsig[c->n_tsig++] = k;
	}
}

static void
read_criterion(struct config_reading *r, struct zone_config *c)
{
	struct zone_criterion_conf k = { .id = short_title(r) };

	k.text = config_need(r, "text", "the rule in words");
	for (size_t i = 0; r->failed == 0 && i < c->n_criteria; i++) {
		if (strcmp(c->criteria[i].id, k.id) == 0) {
			config_fail(r, ERR_FORMAT, r->block->line, "criterion",
			    "\"%s\" is there twice", k.id);
		}
	}
	if (r->failed == 0) {
		c->criteria[c->n_criteria++] = k;
	}
}

/* ---- the programs ------------------------------------------------------ */

static void
read_guard(struct config_reading *r, struct zone_config *c)
{
	const struct conf_values *v = conf_get(r->block, "allow");
	struct err_text why;

	c->guard_allow = config_prefixes(r, "allow", &c->n_guard_allow);
	for (size_t i = 0; r->failed == 0 && i < c->n_guard_allow; i++) {
		if (zone_guard_allow(&c->guard_allow[i], &why) < 0) {
			config_fail(r, ERR_RANGE, v->values[i].line, "allow",
			    "%s: %s", config_shown(r, v->values[i].text),
			    why.text);
		}
	}
}

static void
need_one(struct config_reading *r, const char *key, size_t n)
{
	if (n == 0) {
		config_fail(r, ERR_FORMAT, r->block->line, key,
		    "is empty, expected one at least");
	}
}

/* What the server says of itself: "none" is NULL. */
static const char *
told(struct config_reading *r, const char *key, size_t max)
{
	const char *text = config_text(r, key);

	if (text == NULL || strcmp(text, "none") == 0) {
		return NULL;
	}
	if (text[0] == '\0') {
		config_fail(r, ERR_FORMAT, config_line(r, key), key,
		    "is empty, expected a text or \"none\"");
	}
	config_ascii(r, key, text, config_line(r, key), max);
	return text;
}

static void
read_dns(struct config_reading *r, struct zone_config *c)
{
	const char *text;

	c->dns.listen = config_places(
	    r, "listen", PLACE_IP, "127.0.0.1@5353", &c->dns.n_listen);
	need_one(r, "listen", c->dns.n_listen);
	c->dns.workers = config_number(r, "workers", 0, 256);
	c->dns.udp_size = config_number(r, "udp-size", 512, 4096);
	c->dns.tcp_limit = config_number(r, "tcp-limit", 1, 65536);
	c->dns.tcp_timeout =
	    (unsigned)config_duration(r, "tcp-timeout", 1, 3600);
	c->dns.rate_limit = config_number(r, "rate-limit", 0, 1000000);
	c->dns.slip = config_number(r, "slip", 0, 100);
	c->dns.rate_exempt =
	    config_prefixes(r, "rate-exempt", &c->dns.n_rate_exempt);
	c->dns.cookie_secret_file = config_path(r, "cookie-secret-file");
	c->dns.nsid = told(r, "nsid", 64);
	c->dns.version = told(r, "version", 255);
	c->dns.identity = told(r, "identity", 255);
	text = config_text(r, "control");
	if (text != NULL) {
		(void)config_place(r, "control", text,
		    config_line(r, "control"), PLACE_UNIX, &c->dns.control);
	}
	c->dns.user = config_user(r, "user");
}

static void
read_traps(struct config_reading *r, struct zone_config *c)
{
	const struct conf_values *v = config_many(r, "traps");
	struct err_text why;
	struct zone_key k;

	c->ingest.traps = config_room(r, v->n, sizeof(c->ingest.traps[0]));
	for (size_t i = 0; r->failed == 0 && i < v->n; i++) {
		if (zone_key_parse(ZONE_KIND_ADDRESS,
			span_str(v->values[i].text), &k, &why) < 0 ||
		    k.digest.len > 0) {
			config_fail(r, ERR_FORMAT, v->values[i].line, "traps",
			    "\"%s\", expected an e-mail address",
			    config_shown(r, v->values[i].text));
		} else {
			c->ingest.traps[i] =
			    config_copy(r, k.text, strlen(k.text));
		}
	}
	c->ingest.n_traps = r->failed == 0 ? v->n : 0;
}

static void
read_ingest(struct config_reading *r, struct zone_config *c)
{
	const char *text = config_text(r, "listen");

	if (text != NULL) {
		(void)config_place(r, "listen", text, config_line(r, "listen"),
		    PLACE_IP | PLACE_UNIX, &c->ingest.listen);
	}
	c->ingest.max_message =
	    config_size(r, "max-message", 64u << 10, 1u << 30);
	c->ingest.max_depth = config_number(r, "max-depth", 1, 100);
	c->ingest.max_parts = config_number(r, "max-parts", 1, 100000);
	c->ingest.own_relays =
	    config_prefixes(r, "own-relays", &c->ingest.n_own_relays);
	c->ingest.own_domains =
	    config_hosts(r, "own-domains", &c->ingest.n_own_domains);
	c->ingest.providers = config_path(r, "providers");
	read_traps(r, c);
	c->ingest.authserv_ids =
	    config_hosts(r, "authserv-ids", &c->ingest.n_authserv_ids);
	c->ingest.max_age =
	    config_duration(r, "max-age", 0, YEARS_100);
	c->ingest.retention = config_duration(r, "retention", 0, YEARS_100);
	c->ingest.retention_size =
	    config_size(r, "retention-size", 1u << 20, UINT64_C(1) << 46);
	config_receipts(r, c);
	c->ingest.user = config_user(r, "user");
}

static void
read_www(struct config_reading *r, struct zone_config *c)
{
	c->www.listen = config_places(r, "listen", PLACE_IP | PLACE_UNIX,
	    "127.0.0.1@8053", &c->www.n_listen);
	need_one(r, "listen", c->www.n_listen);
	c->www.url = config_url(r, "url");
	c->www.behind_proxy =
	    config_prefixes(r, "behind-proxy", &c->www.n_behind_proxy);
	c->www.password_cost = config_number(r, "password-cost", 8, 4194304);
	c->www.review_after =
	    config_duration(r, "review-after", DAY, YEARS_100);
	c->www.tls_cert = config_path(r, "tls-cert");
	c->www.tls_key = config_path(r, "tls-key");
	c->www.access_log = config_path(r, "access-log");
	if ((c->www.tls_cert == NULL) != (c->www.tls_key == NULL)) {
		const char *key =
		    c->www.tls_cert != NULL ? "tls-cert" : "tls-key";

		config_fail(r, ERR_FORMAT, config_line(r, key), key,
		    "stands alone, expected tls-cert and tls-key");
	}
	c->www.reasons = config_words(r, "reasons", 200, &c->www.n_reasons);
	config_delist(r, c);
	c->www.user = config_user(r, "user");
	config_site(r, c);
}

static void
read_publish(struct config_reading *r, struct zone_config *c)
{
	static const char *const known[] = { "plain", "rbldnsd", "jsonl", "csv",
		"spamassassin", "postfix", "exim", "sendmail", "rspamd",
		"opensmtpd", "aper", "rpz", "zonefile", "ipset", "nftables" };
	static const struct conf_value stand_in = { .text = "plain" };
	const struct conf_values *v = config_many(r, "formats");
	const struct conf_value *from =
	    config_given(r, "formats") ? v->values : &stand_in;
	size_t n = config_given(r, "formats") ? v->n : 1;
	char path[1100]; /* config_path ends at 1024 */

	c->publish.dir = config_path(r, "dir");
	if (c->publish.dir == NULL && r->failed == 0) {
		snprintf(path, sizeof(path), "%s/export", c->data_dir);
		c->publish.dir = config_copy(r, path, strlen(path));
	}
	c->publish.formats = config_room(r, n, sizeof(known[0]));
	for (size_t i = 0; r->failed == 0 && i < n; i++) {
		const char *hit = NULL;

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (span_is(span_str(from[i].text), known[k])) {
				hit = known[k];
			}
		}
		for (size_t k = 0; k < i; k++) {
			if (c->publish.formats[k] == hit) {
				config_fail(r, ERR_FORMAT, from[i].line,
				    "formats", "\"%s\" stands there twice",
				    config_shown(r, from[i].text));
			}
		}
		if (hit == NULL) {
			config_fail(r, ERR_FORMAT, from[i].line, "formats",
			    "there is no format \"%s\", expected plain, "
			    "rbldnsd, jsonl, csv, spamassassin, postfix, ...",
			    config_shown(r, from[i].text));
		}
		c->publish.formats[i] = hit;
	}
	c->publish.n_formats = r->failed == 0 ? n : 0;
	c->publish.licence = config_text(r, "licence");
	for (const char *p = c->publish.licence; p != NULL && *p != '\0';
	     p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			config_fail(r, ERR_FORMAT, 0, "licence",
			    "it has a control character, expected one line");
			break;
		}
	}
}

/* ---- the whole --------------------------------------------------------- */

static int
read_file(struct config_reading *r, const struct conf_file *file,
    struct zone_config *c)
{
	size_t at;

	c->lists = config_room(r, count(file, CONFIG_LIST), sizeof(*c->lists));
	c->zones = config_room(r, count(file, CONFIG_ZONE), sizeof(*c->zones));
	c->tsig = config_room(r, count(file, CONFIG_KEY), sizeof(*c->tsig));
	c->criteria =
	    config_room(r, count(file, CONFIG_CRITERION), sizeof(*c->criteria));
	if (!enter(r, file, CONFIG_TOP)) {
		return r->failed;
	}
	c->data_dir = config_path(r, "data-dir");
	c->map_size = config_size(r, "map-size", 1u << 20, UINT64_C(1) << 46);
	for (at = 0; each(r, file, CONFIG_LIST, &at);) {
		read_list(r, c);
	}
	for (at = 0; each(r, file, CONFIG_KEY, &at);) {
		read_key(r, c);
	}
	for (at = 0; each(r, file, CONFIG_CRITERION, &at);) {
		read_criterion(r, c);
	}
	for (at = 0; each(r, file, CONFIG_ZONE, &at);) {
		config_zone(r, c);
	}
	if (enter(r, file, CONFIG_GUARD)) {
		read_guard(r, c);
	}
	if (enter(r, file, CONFIG_DNS)) {
		read_dns(r, c);
	}
	if (enter(r, file, CONFIG_INGEST)) {
		read_ingest(r, c);
	}
	if (enter(r, file, CONFIG_WWW)) {
		read_www(r, c);
	}
	if (enter(r, file, CONFIG_PUBLISH)) {
		read_publish(r, c);
	}
	if (c->n_lists == 0) {
		config_fail(r, ERR_FORMAT, 1, "list",
		    "there is none, expected one section list \"NAME\" { ... } "
		    "at least");
	}
	return r->failed;
}

int
zone_config_load(
    const char *path, struct zone_config **ret_config, struct err_text *why)
{
	struct zone_config *c = calloc(1, sizeof(*c));
	const char *env = getenv("RBL_CONF");
	struct config_reading r = { .why = why };
	struct conf_file file;
	int e;

	if (c == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	if (path == NULL) {
		path = env != NULL && env[0] != '\0' ? env
						     : SYSCONFDIR "/rbl.conf";
	}
	e = conf_load(
	    path, zone_config_table, CONFIG_SECTIONS, &c->arena, &file, why);
	if (e == 0) {
		r.arena = &c->arena;
		r.path = c->path = file.path;
		e = read_file(&r, &file, c);
	}
	if (e < 0) {
		zone_config_free(&c);
		return e;
	}
	*ret_config = c;
	return 0;
}

int
zone_config_default(struct zone_config **ret_config)
{
	static const char *const names[] = { "ip", "address" };
	struct zone_config *c = calloc(1, sizeof(*c));
	struct config_reading r = { .path = "built-in" };
	struct conf_block blocks[2];
	const struct conf_file file = {
		.path = "built-in", .blocks = blocks, .n_blocks = 2
	};
	int e;

	if (c == NULL) {
		return ERR_NOMEM;
	}
	r.arena = &c->arena;
	for (size_t i = 0; i < 2; i++) {
		const struct conf_block *b =
		    absent(&r, &zone_config_table[CONFIG_LIST]);
		struct conf_values *kind;

		if (b == NULL) {
			break;
		}
		blocks[i] = *b;
		blocks[i].title = names[i];
		/* each list is named like its kind */
		kind = (struct conf_values *)conf_get(b, "kind");
		((struct conf_value *)kind->values)->text = names[i];
		kind->n = 1;
	}
	e = r.failed < 0 ? r.failed : read_file(&r, &file, c);
	if (e < 0) {
		zone_config_free(&c);
		return e;
	}
	*ret_config = c;
	return 0;
}

void
zone_config_free(struct zone_config **config)
{
	struct arena arena;

	if (*config != NULL) {
		arena = (*config)->arena;
		free(*config);
		arena_free(&arena);
		*config = NULL;
	}
}

const struct zone_list_conf *
zone_config_list(const struct zone_config *config, struct span name)
{
	for (size_t i = 0; i < config->n_lists; i++) {
		if (span_is(name, config->lists[i].name)) {
			return &config->lists[i];
		}
	}
	return NULL;
}

const struct zone_zone_conf *
zone_config_zone(const struct zone_config *config, struct span name)
{
	if (name.len > 1 && name.at[name.len - 1] == '.') {
		name.len--;
	}
	for (size_t i = 0; i < config->n_zones; i++) {
		if (span_is(name, config->zones[i].name)) {
			return &config->zones[i];
		}
	}
	return NULL;
}

const struct zone_list_conf *
zone_config_list_of(const struct zone_config *config, enum zone_kind kind)
{
	for (size_t i = 0; i < config->n_lists; i++) {
		if (config->lists[i].kind == kind) {
			return &config->lists[i];
		}
	}
	return NULL;
}
