/* test_ingest_providers.c - shared servers, dynamic names, the table's file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/domain.h"
#include "ingest/providers.h"
#include "tests/unit/check.h"

static const struct {
	const char *ip, *rdns, *provider;
} outs[] = {
	{ "209.85.167.45", "", "google" },
	{ "2a00:1450:4864:20::133", "", "google" },
	{ "40.107.20.5", "", "microsoft" },
	{ "2a01:111:f400:fe00::1", "", "microsoft" },
	{ "167.89.10.20", "", "sendgrid" }, { "54.240.8.1", "", "amazon-ses" },
	{ "17.58.63.10", "", "apple" }, { "185.70.40.19", "", "proton" },
	{ "203.0.114.9", "sonic315.consmr.mail.ir2.yahoo.com", "yahoo" },
	{ "203.0.114.9", "SMTP-OUT2.OTENET.GR.", "otenet" },
	{ "203.0.114.9", "", NULL }, { "203.0.114.9", "mail.example.gr", NULL },
	{ "203.0.114.9", "google.com.evil.example", NULL },
	{ "203.0.114.9", "notgoogle.com", NULL },
	{ "2603:10a6:209:8e::19", "", NULL }, /* inside, sends nothing out */
};

static const struct {
	const char *line;
	bool inside;
} insides[] = {
	{ "from A.eurprd05.prod.outlook.com (2603:10a6:209::9a) by "
	  "B.outlook.office365.com (2603:10a6::19) with Microsoft SMTP Server",
	    true },
	{ "from A.outlook.com (203.0.114.9) by B.outlook.com (2603:10a6::19) "
	  "with Microsoft SMTP Server",
	    false }, /* names alone are the client's word */
	{ "from a.example (2603:10a6:209::9a) by B.outlook.com (::1) with "
	  "Microsoft SMTP Server",
	    false },
	{ "from A.outlook.com (2603:10a6:209::9a) by mx.b.example (::1) with "
	  "Microsoft SMTP Server",
	    false },
};

static const struct {
	const char *name, *ip;
	bool dynamic;
} names[] = {
	{ "ppp-203-0-114-201.dyn.isp.example", "203.0.114.201", true },
	{ "203.0.114.201.isp.example", "203.0.114.201", true },
	{ "201.114.0.203.rev.isp.example", "203.0.114.201", true },
	{ "host203000114201.isp.example", "203.0.114.201", true },
	{ "cb0072c9.isp.example", "203.0.114.201", true },
	{ "dynamic-pool.isp.example", "203.0.114.201", true },
	{ "athedsl-4461234.home.isp.example", "203.0.114.201", true },
	{ "adsl-114-201.isp.example", "203.0.114.201", true },
	{ "c-203-0-114-201.hsd1.isp.example", "203.0.114.201", true },
	{ "static-203-0-114-201.isp.example", "203.0.114.201", false },
	{ "mail.203-0-114-201.isp.example", "203.0.114.201", false },
	{ "mail.example.gr", "203.0.114.201", false },
	{ "dynamite.example", "203.0.114.201", false },
	{ "server12.example", "203.0.114.12", false },
	{ "pool.ntp.example", "203.0.114.12", false },
	{ "dhcp7.uni.example", "203.0.114.12", true },
	{ "x.dhcp.uni.example", "203.0.114.12", true },
	{ "dsl1.shop.example", "203.0.114.12", false },
	{ "host.dyn.isp.example", "2a0d:9999::1", true },
	{ "host.isp.example", "2a0d:9999::1", false },
	{ "", "203.0.114.12", false },
};

static const struct {
	const char *text, *says; /* NULL: it is right */
} files[] = {
	{ "", NULL },
	{ "# nothing\n\n", NULL },
	{ "isp out 203.0.114.0/24 2026-11 asked them\n"
	  "isp out-name isp.example # no date\n",
	    NULL },
	{ "isp out 203.0.114.0/24\nisp\n", ":2: expected PROVIDER" },
	{ "isp around 203.0.114.0/24 x\n", ":1: expected out" },
	{ "\nisp out 203.0.114.1/24 x\n", ":2: expected a prefix" },
	{ "isp out 203.0.114.256 x\n", ":1: expected a prefix" },
	{ "isp out-name 203.0.114.0/24 x\n", ":1: expected a domain" },
	{ "isp in-name localhost x\n", ":1: expected a domain" },
};

static void
check_files(void)
{
	char path[] = "/tmp/test_ingest_providers.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0) {
		exit(99);
	}
	close(fd);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct arena arena = { 0 };
		struct ingest_providers p;
		struct err_text why = { "" };
		int r;

		if (file_write(
			path, files[i].text, strlen(files[i].text), 0600) < 0) {
			exit(99);
		}
		r = ingest_providers_load(path, &arena, &p, &why);
		CHECK((r == 0) == (files[i].says == NULL), "%zu: %d", i, r);
		CHECK(files[i].says == NULL ||
			(strncmp(why.text, path, strlen(path)) == 0 &&
			    strstr(why.text, files[i].says) != NULL),
		    "%zu: %s", i, why.text);
		arena_free(&arena);
	}
	unlink(path);
	{
		struct arena arena = { 0 };
		struct ingest_providers p;
		struct err_text why = { "" };

		CHECK(ingest_providers_load(path, &arena, &p, &why) < 0 &&
			why.text[0] != '\0',
		    "an absent file");
		arena_free(&arena);
	}
}

int
main(void)
{
	struct arena arena = { 0 };
	struct ingest_providers p;
	struct err_text why = { "" };
	struct ingest_hop hop;
	struct net_ip ip;

	CHECK(
	    ingest_providers_load(NULL, &arena, &p, &why) == 0, "%s", why.text);
	CHECK(p.n > 80, "%zu rows", p.n);
	for (size_t i = 0; i < COUNT(outs); i++) {
		const char *got;

		if (!ingest_ip_read(span_str(outs[i].ip), &ip)) {
			return 99;
		}
		got = ingest_providers_out(&p, &ip, span_str(outs[i].rdns));
		CHECK((got == NULL) == (outs[i].provider == NULL) &&
			(got == NULL || strcmp(got, outs[i].provider) == 0),
		    "%s %s: %s", outs[i].ip, outs[i].rdns,
		    got != NULL ? got : "none");
	}
	for (size_t i = 0; i < COUNT(insides); i++) {
		CHECK(ingest_received_parse(
			  span_str(insides[i].line), &arena, &hop) == 0 &&
			(ingest_providers_inside(&p, &hop) != NULL) ==
			    insides[i].inside,
		    "%s", insides[i].line);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		if (!ingest_ip_read(span_str(names[i].ip), &ip)) {
			return 99;
		}
		CHECK((ingest_name_dynamic(span_str(names[i].name), &ip) !=
			  NULL) == names[i].dynamic,
		    "%s", names[i].name);
	}
	arena_free(&arena);
	check_files();
	ingest_domain_fini();
	return failures != 0;
}
