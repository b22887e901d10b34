/* test_ingest_providers.c - hops held against the table of shared servers, and
 * dynamic names. */
#include <string.h>

#include "ingest/providers.h"
#include "tests/unit/check.h"

static const struct {
	const char *ip, *rdns, *provider;
} outs[] = {
	{ "209.85.167.45", "", "google" },
	{ "2a00:1450:4864:20::133", "", "google" },
	{ "40.107.20.5", "", "microsoft" },
	{ "2a01:111:f400:fe00::1", "", "microsoft" },
	{ "167.89.10.20", "", "sendgrid" },
	{ "54.240.8.1", "", "amazon-ses" },
	{ "17.58.63.10", "", "apple" },
	{ "185.70.40.19", "", "proton" },
	{ "203.0.114.9", "sonic315.consmr.mail.ir2.yahoo.com", "yahoo" },
	{ "203.0.114.9", "SMTP-OUT2.OTENET.GR.", "otenet" },
	{ "203.0.114.9", "", NULL },
	{ "203.0.114.9", "mail.example.gr", NULL },
	{ "203.0.114.9", "google.com.evil.example", NULL },
	{ "203.0.114.9", "notgoogle.com", NULL },
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

#define BELOW                                                 \
	"from spam.example (spam.example [198.52.100.4]) by " \
	"mx1.improvmx.com (Postfix) with ESMTP id 2"

static const struct {
	const char *line, *below;
	bool forward;
} forwards[] = {
	{ "from m3.improvmx.com (m3.improvmx.com [203.0.114.9]) by "
	  "mx.example.gr (Postfix) with ESMTP id 1",
	    BELOW, true },
	/* HELO is the client's word, and so is a name that is not sure */
	{ "from m3.improvmx.com (unknown [203.0.114.9]) by mx.example.gr "
	  "(Postfix) with ESMTP id 1",
	    BELOW, false },
	{ "from m3.improvmx.com (m3.improvmx.com [203.0.114.9] (may be "
	  "forged)) by mx.example.gr (8.14.4/8.14.4) with ESMTP id 1",
	    BELOW, false },
	/* the line below must be the forwarder's own */
	{ "from m3.improvmx.com (m3.improvmx.com [203.0.114.9]) by "
	  "mx.example.gr (Postfix) with ESMTP id 1",
	    "from x.example (x.example [198.52.100.4]) by mx.other.example",
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
	/* the address as a number, in every manner of writing */
	{ "PPP-203-0-114-201.Dyn.ISP.example.", "203.0.114.201", true },
	{ "h203.0.114.201.dsl.isp.example", "203.0.114.201", true },
	{ "201-114-0-203.isp.example", "203.0.114.201", true },
	{ "0xcb0072c9.isp.example", "203.0.114.201", true },
	{ "203-000-114-201.isp.example", "203.0.114.201", true },
	{ "x203-0-114.isp.example", "203.0.114.201", true },
	{ "p5dc1f3a2.dip0.isp.example", "93.193.243.162", true },
	{ "2a0d-9999-1-2-aa-bb-cc-dd.isp.example", "2a0d:9999:1:2::5", true },
	{ "2a0d99990001000200aa.isp.example", "2a0d:9999:1:2::5", true },
	{ "x2a0d-9999-0001-0002.isp.example", "2a0d:9999:1:2::5", true },
	{ "2a0d-9999-1-3.isp.example", "2a0d:9999:1:2::5", false },
	/* another's address is not its own */
	{ "198-52-100-4.isp.example", "203.0.114.201", false },
	{ "v203.example", "203.0.114.201", false },
	/* numbers of servers, and words within words */
	{ "mx203-0-114-201.example", "203.0.114.201", false },
	{ "web-114.example", "203.0.114.201", false },
	{ "node1204.example", "203.0.114.201", false },
	{ "adynamo.example", "203.0.114.201", false },
	{ "clients.example", "203.0.114.201", false },
	{ "home.example", "203.0.114.201", false },
	{ "broadband.example", "203.0.114.201", false },
	{ "fixed-203-0-114-201.isp.example", "203.0.114.201", false },
	{ "203-0-114-201.static.isp.example", "203.0.114.201", false },
	{ "smtp.dyn.isp.example", "203.0.114.201", false },
	{ "cpe-203-0-114-201.isp.example", "203.0.114.201", true },
	{ "cable1234.isp.example", "203.0.114.201", true },
	{ "dialup-7.isp.example", "203.0.114.201", true },
	{ ".", "203.0.114.201", false },
	{ "-", "203.0.114.201", false },
};

int
main(void)
{
	struct arena arena = { 0 };
	struct zone_providers p;
	struct err_text why = { "" };
	struct ingest_hop hop;
	struct net_ip ip;

	CHECK(zone_providers_load(NULL, &arena, &p, &why) == 0, "%s", why.text);
	CHECK(p.n > 80, "%zu rows", p.n);
	for (size_t i = 0; i < COUNT(outs); i++) {
		struct ingest_hop out = { .rdns = span_str(outs[i].rdns) };
		const struct zone_provider_row *got;

		if (!ingest_ip_read(span_str(outs[i].ip), &out.ip)) {
			return 99;
		}
		got = ingest_providers_out(&p, &out);
		CHECK((got == NULL) == (outs[i].provider == NULL) &&
			(got == NULL ||
			    strcmp(got->provider, outs[i].provider) == 0),
		    "%s %s: %s", outs[i].ip, outs[i].rdns,
		    got != NULL ? got->provider : "none");
	}
	for (size_t i = 0; i < COUNT(insides); i++) {
		CHECK(ingest_received_parse(
			  span_str(insides[i].line), &arena, &hop) == 0 &&
			(ingest_providers_inside(&p, &hop) != NULL) ==
			    insides[i].inside,
		    "%s", insides[i].line);
	}
	for (size_t i = 0; i < COUNT(forwards); i++) {
		struct ingest_hop next;

		CHECK(ingest_received_parse(
			  span_str(forwards[i].line), &arena, &hop) == 0 &&
			ingest_received_parse(
			    span_str(forwards[i].below), &arena, &next) == 0 &&
			(ingest_providers_forward(&p, &hop, &next) != NULL) ==
			    forwards[i].forward,
		    "%s", forwards[i].line);
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
	return failures != 0;
}
