/* test_zone_providers.c - the table of shared servers: its lines, its look-up,
 * the built-in one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/check.h"
#include "zone/providers.h"

#define ROW "isp out 203.0.114.0/24 2026-11 asked them\n"

static const struct {
	const char *text, *says; /* NULL: it is right */
} files[] = {
	{ "", NULL },
	{ "# nothing\n\n \t\n", NULL },
	{ ROW "isp out-name isp.example 2026-11-21 asked # today\n", NULL },
	{ ROW, NULL },
	{ "isp out 203.0.114.0/24 2026-11 no line end", NULL },
	{ "isp OUT-NAME Isp.Example. 2026-11 x\n", ":1: expected a domain" },
	{ ROW "isp\n", ":2: expected PROVIDER" },
	{ "isp out 203.0.114.0/24\n", ":1: expected PROVIDER" },
	{ "isp out 203.0.114.0/24 2026-11\n", ":1: expected PROVIDER" },
	{ "isp out 203.0.114.0/24 2026-11 # asked\n", ":1: expected PROVIDER" },
	{ "isp around 203.0.114.0/24 2026-11 x\n", ":1: expected out" },
	{ "isp freemail-name isp.example 2026-11 x\n", ":1: expected out" },
	{ "\nisp out 203.0.114.1/24 2026-11 x\n", ":2: expected a prefix" },
	{ "isp out 203.0.114.256 2026-11 x\n", ":1: expected a prefix" },
	{ "isp out isp.example 2026-11 x\n", ":1: expected a prefix" },
	{ "isp out 0.0.0.0/0 2026-11 x\n", ":1: expected a prefix of" },
	{ "isp out 2000::/3 2026-11 x\n", ":1: expected a prefix of" },
	{ "isp out-name 203.0.114.0/24 2026-11 x\n", ":1: expected a domain" },
	{ "isp out-name 203.0.114.9 2026-11 x\n", ":1: expected a domain" },
	{ "isp in-name localhost 2026-11 x\n", ":1: expected a domain" },
	{ "isp in-name .isp.example 2026-11 x\n", ":1: expected a domain" },
	{ "isp in-name isp..example 2026-11 x\n", ":1: expected a domain" },
	{ "isp freemail *.isp.example 2026-11 x\n", ":1: expected a domain" },
	{ "isp out 203.0.114.0/24 yesterday x\n", ":1: expected a date" },
	{ "isp out 203.0.114.0/24 2026-13 x\n", ":1: expected a date" },
	{ "isp out 203.0.114.0/24 2026-11-32 x\n", ":1: expected a date" },
	{ "isp out 203.0.114.0/24 2026-1 x\n", ":1: expected a date" },
	{ "isp out 203.0.114.0/24 asked them\n", ":1: expected a date" },
};

static void
check_files(void)
{
	char path[] = "/tmp/test_zone_providers.XXXXXX";
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_providers p;
	int fd = mkstemp(path);

	if (fd < 0) {
		exit(99);
	}
	close(fd);
	for (size_t i = 0; i < COUNT(files); i++) {
		int r;

		if (file_write(
			path, files[i].text, strlen(files[i].text), 0600) < 0) {
			exit(99);
		}
		why.text[0] = '\0';
		r = zone_providers_load(path, &arena, &p, &why);
		CHECK((r == 0) == (files[i].says == NULL), "%zu: %d %s", i, r,
		    why.text);
		CHECK(files[i].says == NULL ||
			(strncmp(why.text, path, strlen(path)) == 0 &&
			    strstr(why.text, files[i].says) != NULL),
		    "%zu: %s", i, why.text);
		arena_free(&arena);
	}
	CHECK(file_write(path, "x\0y", 3, 0600) == 0 &&
		zone_providers_load(path, &arena, &p, &why) == ERR_FORMAT,
	    "NUL");
	unlink(path);
	CHECK(zone_providers_load(path, &arena, &p, &why) == ERR_SYS &&
		strstr(why.text, path) != NULL,
	    "an absent file: %s", why.text);
	arena_free(&arena);
}

/* A table of our own: which row speaks. */
static void
check_lookup(void)
{
	static const char text[] = "wide out 203.0.0.0/16 2026-11 x\n"
				   "narrow isp 203.0.114.0/24 2026-11 x\n"
				   "host in 203.0.114.9 2026-11 x\n"
				   "six out 2a0d:9999::/32 2026-11 x\n"
				   "odd out 203.0.114.128/27 2026-11 x\n"
				   "far out-name Mail.Isp.Example 2026-11 x\n"
				   "upper isp-name isp.example 2026-11 x\n"
				   "free freemail isp.example 2026-11 x\n"
				   "second out-name isp.example 2026-11 x\n";
	static const struct {
		const char *what;
		unsigned kinds;
		const char *provider;
	} rows[] = {
		{ "203.0.114.9", 0xff, "host" },
		{ "203.0.114.9", 3, "narrow" },
		{ "203.0.114.9", 1, "wide" },
		{ "203.0.114.8", 0xff, "narrow" },
		{ "203.0.114.128", 1, "odd" },
		{ "203.0.114.159", 1, "odd" },
		{ "203.0.114.160", 1, "wide" },
		{ "203.1.0.0", 0xff, NULL },
		{ "202.255.255.255", 0xff, NULL },
		{ "203.0.255.255", 0xff, "wide" },
		{ "203.0.114.9", 0, NULL },
		{ "2a0d:9999:ffff:ffff::", 1, "six" },
		{ "2a0d:999a::", 0xff, NULL },
		{ "cb00:7209::", 0xff, NULL },
		{ "isp.example", 2, "upper" },
		{ "ISP.EXAMPLE.", 2, "upper" },
		{ "a.b.isp.example", 16, "free" },
		{ "a.mail.isp.example", 0xff, "far" },
		{ "mail.isp.example", 1, "far" },
		{ "xmail.isp.example", 1, "second" },
		{ "notisp.example", 0xff, NULL },
		{ "example", 0xff, NULL },
		{ "isp.example.evil.example", 0xff, NULL },
		{ "", 0xff, NULL },
		{ ".", 0xff, NULL },
		{ ".isp.example", 2, "upper" },
		{ "isp.example", 4, NULL },
	};
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_providers p;

	if (zone_providers_read("t", text, strlen(text), &arena, &p, &why) <
	    0) {
		CHECK(false, "%s", why.text);
		return;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct zone_provider_row *row;
		struct span what = span_str(rows[i].what);
		struct net_ip ip;

		row = net_ip_parse(what, &ip) == 0
		    ? zone_providers_ip(&p, &ip, rows[i].kinds)
		    : zone_providers_name(&p, what, rows[i].kinds);
		CHECK((row == NULL) == (rows[i].provider == NULL) &&
			(row == NULL ||
			    strcmp(row->provider, rows[i].provider) == 0),
		    "%s %x: %s", rows[i].what, rows[i].kinds,
		    row != NULL ? row->provider : "none");
	}
	/* forwarders are not in the file: the built-in ones hold */
	CHECK(p.counts[ZONE_PROVIDER_ISP] == 2 &&
		p.counts[ZONE_PROVIDER_FREEMAIL] == 1 &&
		p.counts[ZONE_PROVIDER_FORWARD] > 3 &&
		p.counts[ZONE_PROVIDER_BRAND] > 50,
	    "counts");
	for (size_t i = 0; i < p.n; i++) {
		CHECK(p.rows[i].builtin == (i >= 9), "row %zu", i);
	}
	arena_free(&arena);
}

static void
check_builtin(void)
{
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_providers p;

	if (zone_providers_load(NULL, &arena, &p, &why) < 0) {
		CHECK(false, "%s", why.text);
		return;
	}
	for (unsigned i = 0; i < ZONE_PROVIDER_KINDS; i++) {
		CHECK(p.counts[i] > 0, "kind %u", i);
	}
	for (size_t i = 0; i < p.n; i++) {
		const struct zone_provider_row *row = &p.rows[i], *found;

		found = row->name != NULL
		    ? zone_providers_name(
			  &p, span_str(row->name), ZONE_PROVIDER(row->kind))
		    : zone_providers_ip(
			  &p, &row->prefix.ip, ZONE_PROVIDER(row->kind));
		CHECK(found == row, "row %zu stands there twice", i);
		CHECK(strlen(row->date) >= 7 && row->source[0] != '\0',
		    "row %zu", i);
	}
	arena_free(&arena);
}

int
main(void)
{
	check_files();
	check_lookup();
	check_builtin();
	return failures != 0;
}
