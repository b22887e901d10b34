/* ctl_selftest.c - rblctl selftest: ask a running server what every list must
 * answer (RFC 5782 section 5, and what resolvers rely on).
 *
 * Asks by hand: a resolver between would hide what is looked for.
 */
#include "zone/ctl_ask.h"

#include <stdlib.h>
#include <unistd.h>

enum want {
	WANT_APEX,   /* an answer of this type, with AA */
	WANT_LISTED, /* A within 127.0.0.0/8, not 127.0.0.1, and a TXT */
	WANT_NOT,    /* NXDOMAIN with SOA, for any type */
	WANT_NODATA, /* no error, no answer, SOA: something is below */
};

struct point {
	const char *label; /* "" : the zone itself */
	enum want want;
	unsigned type;
	bool tcp;
	const char *what; /* for a person */
};

/* ::ffff:127.0.0, most distant nibble first */
#define V6 "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static const struct point common[] = {
	{ "", WANT_APEX, CTL_SOA, false, "start of authority" },
	{ "", WANT_APEX, CTL_NS, false, "name servers" },
	{ "", WANT_APEX, CTL_SOA, true, "start of authority over TCP" },
};

static const struct point of_ip[] = {
	{ "2.0.0.127", WANT_LISTED, CTL_A, false, "IPv4 test point" },
	{ "2.0.0.127", WANT_LISTED, CTL_TXT, false, "its text" },
	{ "2.0.0.127", WANT_LISTED, CTL_A, true, "the same over TCP" },
	{ "1.0.0.127", WANT_NOT, CTL_A, false, "127.0.0.1 never" },
	{ "1.0.0.127", WANT_NOT, CTL_TXT, false, "127.0.0.1 no text" },
	{ "0.0.127", WANT_NODATA, CTL_A, false, "a name in between" },
	{ "256.0.0.127", WANT_NOT, CTL_A, false, "no octet" },
	{ "2." V6, WANT_LISTED, CTL_A, false, "IPv6 test point" },
	{ "2." V6, WANT_LISTED, CTL_TXT, false, "its text" },
	{ "1." V6, WANT_NOT, CTL_A, false, "::ffff:127.0.0.1 never" },
	{ V6, WANT_NODATA, CTL_A, false, "a name in between" },
};

/* The digests of test@example.com, as clients spell them. */
static const struct point of_address[] = {
	{ "567159d622ffbb50b11b0efd307be358624a26ee", WANT_LISTED, CTL_A, false,
	    "test@example.com as sha1" },
	{ "567159d622ffbb50b11b0efd307be358624a26ee", WANT_LISTED, CTL_TXT,
	    false, "its text" },
	{ "567159d622ffbb50b11b0efd307be358624a26ee", WANT_LISTED, CTL_A, true,
	    "the same over TCP" },
	{ "55502f40dc8b7c769880b10874abc9d0", WANT_LISTED, CTL_A, false,
	    "test@example.com as md5" },
	{ "0000000000000000000000000000000000000000", WANT_NOT, CTL_A, false,
	    "a digest of nothing" },
	{ "INVALID", WANT_NOT, CTL_A, false, "INVALID never" },
	{ "INVALID", WANT_NOT, CTL_TXT, false, "INVALID no text" },
};

static const struct point of_domain[] = {
	{ "TEST", WANT_LISTED, CTL_A, false, "test point" },
	{ "TEST", WANT_LISTED, CTL_TXT, false, "its text" },
	{ "TEST", WANT_LISTED, CTL_A, true, "the same over TCP" },
	{ "INVALID", WANT_NOT, CTL_A, false, "INVALID never" },
	{ "INVALID", WANT_NOT, CTL_TXT, false, "INVALID no text" },
};

static const char *const wants[] = {
	[WANT_APEX] = "an authoritative answer",
	[WANT_LISTED] = "an address of 127.0.0.0/8 but 127.0.0.1, or a text",
	[WANT_NOT] = "NXDOMAIN with SOA",
	[WANT_NODATA] = "no error, no answer, with SOA",
};

static bool
right(const struct point *p, const struct ctl_reply *r)
{
	if (!r->aa || r->tc) {
		return false;
	}
	switch (p->want) {
	case WANT_APEX: return r->rcode == 0 && r->of_type > 0;
	case WANT_LISTED:
		return r->rcode == 0 && r->of_type > 0 &&
		    (p->type != CTL_A || r->all_loopback);
	case WANT_NOT: return r->rcode == 3 && r->answers == 0 && r->soa;
	case WANT_NODATA: return r->rcode == 0 && r->answers == 0 && r->soa;
	}
	return false;
}

struct run {
	const struct zone_zone_conf *zone;
	struct net_place server;
	unsigned wrong, asked;
};

/* One point; false: the server is silent, so the rest need not be asked. */
static bool
ask(struct run *run, const struct point *p)
{
	struct err_text why = { "" };
	struct ctl_reply reply;
	char name[512];
	bool good;
	int r;

	snprintf(name, sizeof(name), "%s%s%s", p->label,
	    p->label[0] != '\0' ? "." : "", run->zone->name);
	r = ctl_ask(&run->server, p->tcp, name, p->type, &reply, &why);
	good = r == 0 && right(p, &reply);
	run->asked++;
	run->wrong += good ? 0 : 1;
	printf("%-6s %s %s%s: ", good ? "ok" : "wrong", name,
	    ctl_type_name(p->type), p->tcp ? " over TCP" : "");
	if (r < 0) {
		printf("%s", why.text);
	} else {
		ctl_print(reply.text, strlen(reply.text));
	}
	printf("%s%s (%s)\n", good ? "" : "; expected ",
	    good ? "" : wants[p->want], p->what);
	fflush(stdout);
	return r != ERR_NONE || p->tcp;
}

static bool
ask_all(struct run *run, const struct point *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!ask(run, &points[i])) {
			return false;
		}
	}
	return true;
}

/* "@ADDRESS@PORT" or "@ADDRESS". */
static int
want_server(const char *text, struct net_place *ret)
{
	char place[128], shown[120];

	snprintf(place, sizeof(place), "%s%s", text[0] == '@' ? text + 1 : text,
	    strchr(text + (text[0] == '@'), '@') != NULL ? "" : "@53");
	if (text[0] != '@' || net_place_parse(span_str(place), ret) < 0 ||
	    (ret->sa.ss_family != AF_INET && ret->sa.ss_family != AF_INET6)) {
		return ctl_wrong("server \"%s\": expected @ADDRESS@PORT, such "
				 "as @127.0.0.1@5353",
		    text_printable_in(
			shown, sizeof(shown), text, strlen(text)));
	}
	return CTL_DONE;
}

/* The first place rbld listens at; where it listens everywhere, loopback. */
static int
default_server(const struct ctl *ctl, struct net_place *ret)
{
	for (size_t i = 0; i < ctl->config->dns.n_listen; i++) {
		const struct net_place *p = &ctl->config->dns.listen[i];
		struct net_ip ip =
		    net_ip_of_sockaddr((const struct sockaddr *)&p->sa);
		static const uint8_t zeros[16];
		char text[128], *at;

		if (ip.bits == 0) {
			continue; /* a Unix socket */
		}
		*ret = *p;
		if (memcmp(ip.bytes, zeros, ip.bits / 8) != 0) {
			return CTL_DONE;
		}
		net_place_format(text, (const struct sockaddr *)&p->sa);
		at = strrchr(text, '@');
		if (at != NULL) {
			char other[160];

			snprintf(other, sizeof(other), "%s%s",
			    ip.bits == 32 ? "127.0.0.1" : "::1", at);
			if (net_place_parse(span_str(other), ret) == 0) {
				return CTL_DONE;
			}
		}
	}
	return ctl_wrong("selftest: dns.listen names no place to ask; expected "
			 "@ADDRESS@PORT behind the ZONE");
}

static int
run_selftest(struct ctl *ctl, const struct ctl_args *args)
{
	struct run run = { 0 };
	char shown[120], where[128];
	const char *name = args->words[0];
	size_t len = strlen(name);
	bool on;
	int r;

	len -= len > 1 && name[len - 1] == '.' ? 1 : 0;
	run.zone = zone_config_zone(ctl->config, span(name, len));
	if (run.zone == NULL) {
		return ctl_wrong("no zone \"%s\" is configured",
		    text_printable_in(shown, sizeof(shown), name, len));
	}
	r = args->n_words > 1 ? want_server(args->words[1], &run.server)
			      : default_server(ctl, &run.server);
	if (r != CTL_DONE) {
		return r;
	}
	on = ask_all(&run, common, sizeof(common) / sizeof(common[0]));
	if (on && run.zone->kind == ZONE_KIND_IP) {
		on = ask_all(&run, of_ip, sizeof(of_ip) / sizeof(of_ip[0]));
	} else if (on && run.zone->kind == ZONE_KIND_ADDRESS) {
		on = ask_all(&run, of_address,
		    sizeof(of_address) / sizeof(of_address[0]));
	} else if (on) {
		on = ask_all(
		    &run, of_domain, sizeof(of_domain) / sizeof(of_domain[0]));
	}
	if (!on) {
		return ctl_fail("%s does not answer; the rest was not asked",
		    net_place_format(
			where, (const struct sockaddr *)&run.server.sa));
	}
	printf("%u asked, %u wrong\n", run.asked, run.wrong);
	return run.wrong == 0 ? CTL_DONE : CTL_FAILED;
}

const struct ctl_command ctl_selftest_commands[] = {
	{ "selftest", "ZONE [@SERVER@PORT]",
	    "ask a running server every point of RFC 5782", 1, 2, run_selftest,
	    { { 0 } } },
	{ 0 },
};
