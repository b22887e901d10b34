/* world.c - the zones that are asked, on sockets of a crew of real workers.
 *
 * Where that is possible all of it is in a network of its own, which has two
 * addresses of IPv6 besides the many of 127.0.0.0/8.
 */
#include "tests/conformance/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "rbld/crew.h"

static const char conf[] =
    "data-dir = \"%s/data\"\n"
    "list ip { kind = ip code = 127.0.0.2 }\n"
    "list more { kind = ip code = 127.0.0.3 }\n"
    "list same { kind = ip code = 127.0.0.2 }\n"
    "list empty { kind = ip code = 127.0.0.9 }\n"
    "list wide { kind = ip code = 127.0.0.4 widest-v4 = 8 widest-v6 = 12 }\n"
    "list mail { kind = address code = 127.0.0.2 }\n"
    "list names { kind = domain code = 127.0.0.2 }\n"
    "%s" /* lists of the long zone */
    "zone bl.test { lists = ip ns = {ns1.bl.test, ns2.bl.test}\n"
    " hostmaster = hostmaster.bl.test ttl = 15m negative-ttl = 5m\n"
    " text = \"$ is listed: $r\"\n"
    " apex = {\"A 203.0.113.80\", \"AAAA 2001:db8::80\",\n"
    "  \"MX 10 mail.bl.test\", \"TXT \\\"a list\\\"\",\n"
    "  \"ns1 A 203.0.113.53\", \"ns2 AAAA 2001:db8::53\"} }\n"
    "zone multi.test { lists = {ip, more, same, empty} ns = ns.test\n"
    " hostmaster = h.test ttl = 60s negative-ttl = 1h text = \"$ $r\" }\n"
    "zone ip.multi.test { lists = ip ns = ns.test hostmaster = h.test }\n"
    "zone more.multi.test { lists = more ns = ns.test hostmaster = h.test }\n"
    "zone empty.test { lists = empty ns = ns.test hostmaster = h.test }\n"
    "zone wide.test { lists = wide ns = ns.test hostmaster = h.test }\n"
    "zone mail.test { lists = mail ns = ns.test hostmaster = h.test }\n"
    "zone dbl.test { lists = names ns = ns.test hostmaster = h.test }\n"
    "zone closed.test { lists = ip ns = ns.test hostmaster = h.test\n"
    " allow-query = {203.0.113.0/24} }\n"
    "zone long.test { lists = {%s} ns = ns.test hostmaster = h.test\n"
    " text = \"%s $r\" }\n"
    "guard { allow = {192.0.2.0/24, 198.51.100.0/24, \"2001:db8::/32\"} }\n"
    "www { url = \"https://bl.test\" }\n"
    "dns { listen = {0.0.0.0@0, \"::@0\"} workers = 2 nsid = \"gr-ath\"\n"
    " version = \"rbld\" identity = \"ns1\" }\n";

#define LONG_LISTS 8 /* texts of about 200 octets: too many for a datagram */

struct rbld_cookie_keys cf_keys = { .n = 1, .at = { "0123456789abcde" } };

static char dir[64];
static struct zone_config *config;
static struct rbld_apex *apex;
static struct rbld_self *self;
static struct zone_store *store;
static struct rbld_listen *listening;
static struct rbld_crew *crew;
static struct rbld_rate_table *rates;
static struct rbld_world usual, other;
static struct rbld_self other_self;
static bool own_net;

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "cannot make a world: %s: %s\n", what, why);
	exit(99);
}

/* ---- a network of one's own -------------------------------------------- */

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok =
	    fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0) {
		close(fd);
	}
	return ok;
}

/* Root can have one; others only as root of a world of their own. */
static bool
leave_network(void)
{
	char map[64];
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWNET) == 0) {
		return true;
	}
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		return false;
	}
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!write_file("/proc/self/uid_map", map)) {
		give_up("uid_map", strerror(errno));
	}
	(void)write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	if (!write_file("/proc/self/gid_map", map)) {
		give_up("gid_map", strerror(errno));
	}
	return true;
}

static void
make_network(void)
{
	static const char *const more[] = { "2001:db8::53", "2001:db8::54" };
	struct ifreq up = { .ifr_name = "lo" };
	struct in6_ifreq add = { .ifr6_prefixlen = 128 };
	int fd, fd6;

	if (!leave_network()) {
		printf(
		    "SKIP: no network of our own (%s): IPv6 has one address\n",
		    strerror(errno));
		return;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &up) < 0) {
		give_up("lo", strerror(errno));
	}
	up.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &up) < 0) {
		give_up("lo up", strerror(errno));
	}
	own_net = fd6 >= 0;
	add.ifr6_ifindex = (int)if_nametoindex("lo");
	for (size_t i = 0; i < CF_COUNT(more); i++) {
		inet_pton(AF_INET6, more[i], &add.ifr6_addr);
		own_net = own_net && ioctl(fd6, SIOCSIFADDR, &add) == 0;
	}
	if (!own_net) {
		printf(
		    "SKIP: no further address of IPv6: %s\n", strerror(errno));
	}
	close(fd);
	if (fd6 >= 0) {
		close(fd6);
	}
}

bool
cf_own_net(void)
{
	return own_net;
}

unsigned
cf_port(bool v6)
{
	const struct net_place *p = &listening->at[v6].place;

	/* the port is at the same place in both families */
	return ntohs(
	    ((const struct sockaddr_in *)(const void *)&p->sa)->sin_port);
}

/* ---- configuration ----------------------------------------------------- */

static int
load(const char *path, const char *text, struct zone_config **ret,
    struct err_text *why)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
		give_up(path, strerror(errno));
	}
	return zone_config_load(path, ret, why);
}

int
cf_check_config(const char *text, struct err_text *why)
{
	struct zone_config *c = NULL;
	struct rbld_apex *a = NULL;
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%s/other.conf", dir);
	why->text[0] = '\0';
	r = load(path, text, &c, why);
	if (r == 0) {
		r = rbld_apex_load(c, &a, why);
	}
	rbld_apex_free(&a);
	zone_config_free(&c);
	unlink(path);
	return r;
}

static void
load_config(void)
{
	char lists[2048] = "", names[256] = "", text[256], path[128];
	static char all[8192];
	struct err_text why = { "" };

	for (unsigned i = 0; i < LONG_LISTS; i++) {
		size_t at = strlen(lists), n = strlen(names);

		snprintf(lists + at, sizeof(lists) - at,
		    "list l%u { kind = ip code = 127.0.1.%u }\n", i, i);
		snprintf(names + n, sizeof(names) - n, "%sl%u",
		    i > 0 ? ", " : "", i);
	}
	memset(text, 'x', 190);
	text[190] = '\0';
	snprintf(all, sizeof(all), conf, dir, lists, names, text);
	snprintf(path, sizeof(path), "%s/rbl.conf", dir);
	if (load(path, all, &config, &why) < 0 ||
	    rbld_apex_load(config, &apex, &why) < 0 ||
	    rbld_self_load(config, cf_keys.at[0], &self, &why) < 0) {
		give_up("configuration", why.text);
	}
}

struct zone_config *
cf_config(void)
{
	return config;
}

/* ---- the store --------------------------------------------------------- */

struct zone_store *
cf_store(void)
{
	return store;
}

static uint64_t
change(const char *list, const char *text, const struct zone_terms *terms,
    struct err_text *why)
{
	const struct zone_list_conf *l =
	    zone_config_list(config, span_str(list));
	const struct zone_why reason = { .by = "conformance",
		.action = terms == NULL ? ZONE_ACTION_REMOVE : ZONE_ACTION_ADD,
		.reason = "because" };
	struct zone_change_result result = { 0 };
	struct zone_change *c = NULL;
	struct zone_key key;
	int r;

	r = zone_key_parse(l->kind, span_str(text), &key, why);
	if (r == 0) {
		r = zone_change_new(store, config, &c);
	}
	if (r == 0 && terms != NULL) {
		r = zone_change_put(c, l, &key, terms, 0, why);
	} else if (r == 0) {
		r = zone_change_remove(c, l, &key, 0);
	}
	if (r == 0) {
		r = zone_change_commit(&c, &reason, &result, why);
	}
	zone_change_free(&c);
	if (r < 0 && why->text[0] == '\0') {
		(void)err_say(why, r, "%s", err_str(r));
	}
	return r == 0 ? result.serial : 0;
}

uint64_t
cf_try_put(const char *list, const char *text, bool exempt, int64_t life,
    struct err_text *why)
{
	const struct zone_terms terms = { .exempt = exempt,
		.until = life != 0 ? when_now() + life : 0,
		.forever = life == 0,
		.person = true,
		.reason = "sends spam" };

	why->text[0] = '\0';
	return change(list, text, &terms, why);
}

uint64_t
cf_put(
    struct cf *t, const char *list, const char *text, bool exempt, int64_t life)
{
	struct err_text why;
	uint64_t serial = cf_try_put(list, text, exempt, life, &why);

	EXPECT(t, serial > 0, "%s in %s: %s", text, list, why.text);
	return serial;
}

uint64_t
cf_remove(struct cf *t, const char *list, const char *text)
{
	struct err_text why = { "" };
	uint64_t serial = change(list, text, NULL, &why);

	EXPECT(t, serial > 0, "%s out of %s: %s", text, list, why.text);
	return serial;
}

static void
fill(void)
{
	static const struct {
		const char *list, *key;
		bool exempt;
	} rows[] = {
		{ "ip", "192.0.2.0/24", false },
		{ "ip", "192.0.2.9", true },
		{ "ip", "198.51.100.0/25", false },
		{ "ip", "2001:db8:7::/48", false },
		{ "ip", "2001:db8:7:1::/64", true },
		{ "ip", "2001:db8:8::1", false },
		{ "ip", "2.0.0.1", false },
		{ "more", "192.0.2.1", false },
		{ "same", "192.0.2.1", false },
		{ "wide", "32.0.0.0/9", false },
		{ "wide", "32.77.0.0/16", true },
		{ "wide", "2a00::/12", false },
		{ "mail", "spammer@example.gr", false },
	};
	struct err_text why;

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		if (cf_try_put(rows[i].list, rows[i].key, rows[i].exempt, 0,
			&why) == 0) {
			give_up(rows[i].key, why.text);
		}
	}
	for (unsigned i = 0; i < LONG_LISTS; i++) {
		const struct zone_terms terms = { .forever = true,
			.person = true,
			.reason = (const char[]){ (char)('a' + i), '\0' } };
		char name[16];

		snprintf(name, sizeof(name), "l%u", i);
		why.text[0] = '\0';
		if (change(name, "192.0.2.1", &terms, &why) == 0) {
			give_up(name, why.text);
		}
	}
}

static void
open_store(void)
{
	struct err_text why = { "" };

	if (zone_store_open(config->data_dir, ZONE_STORE_LISTS, ZONE_CREATE,
		config->map_size, &store, &why) < 0) {
		give_up("store", why.text);
	}
}

/* ---- worlds ------------------------------------------------------------- */

static struct rbld_world
world_of(const struct cf_manner *m)
{
	struct rbld_world w = { .apex = apex,
		.n_looks = rbld_crew_threads(listening),
		.udp_size = 1232,
		.tcp_limit = m->limit > 0 ? m->limit : 1000,
		.tcp_timeout = m->timeout > 0 ? m->timeout : 60,
		.self = self };

	if (m->rate > 0) {
		rbld_rate_table_free(&rates);
		if (rbld_rate_table_new(&rates) < 0) {
			give_up("rates", "no memory");
		}
		rbld_rate_set(&w.rate, rates, m->rate, m->slip, NULL, 0);
	}
	if (m->keys != NULL) {
		other_self = *self;
		other_self.cookies = *m->keys;
		w.self = &other_self;
	}
	w.looks = calloc(w.n_looks, sizeof(*w.looks));
	for (unsigned i = 0; i < w.n_looks; i++) {
		if (w.looks == NULL ||
		    rbld_look_open(
			&w.looks[i], apex, m->no_store ? NULL : store) < 0) {
			give_up("look", "cannot be opened");
		}
	}
	return w;
}

static void
world_end(struct rbld_world *w)
{
	for (unsigned i = 0; i < w->n_looks; i++) {
		rbld_look_close(&w->looks[i]);
	}
	free(w->looks);
	*w = (struct rbld_world){ 0 };
}

void
cf_serve(const struct cf_manner *manner)
{
	if (other.looks != NULL) { /* a move to where one is has no end */
		rbld_crew_move(crew, &usual);
		world_end(&other);
	}
	if (manner != NULL) {
		other = world_of(manner);
		rbld_crew_move(crew, &other);
	}
}

void
cf_world_begin(void)
{
	static const struct cf_manner as_usual;
	struct err_text why = { "" };

	snprintf(dir, sizeof(dir), "/tmp/test_conform.XXXXXX");
	if (mkdtemp(dir) == NULL || secret_init() < 0) {
		give_up("mkdtemp", strerror(errno));
	}
	make_network();
	load_config();
	open_store();
	fill();
	if (rbld_listen_open(config, &listening, &why) < 0) {
		give_up("listen", why.text);
	}
	usual = world_of(&as_usual);
	if (rbld_crew_start(listening, &usual, 0, &crew) < 0) {
		give_up("crew", strerror(errno));
	}
}

void
cf_world_end(void)
{
	static const char *const files[] = { "data/store/data.mdb",
		"data/store/lock.mdb", "data/store", "data", "rbl.conf", "" };
	char path[128];

	rbld_crew_stop(&crew);
	world_end(&usual);
	world_end(&other);
	rbld_listen_close(&listening);
	zone_store_close(&store);
	rbld_self_free(&self);
	rbld_apex_free(&apex);
	zone_config_free(&config);
	rbld_rate_table_free(&rates);
	for (size_t i = 0; i < CF_COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)remove(path);
	}
}
