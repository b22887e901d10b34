/* ctl_selftest.c - rblctl selftest: ask a running server what every list must
 * answer (RFC 5782 section 5, and what resolvers rely on).
 *
 * Asks by hand: a resolver between would hide what is looked for.
 */
#include "zone/ctl_ask.h"

#include <stdlib.h>
#include <unistd.h>

enum want {
	WANT_APEX,    /* an answer of this type, with AA */
	WANT_PLAIN,   /* no error, and nothing that looks like a listing */
	WANT_LISTED,  /* A within 127.0.0.0/8, not 127.0.0.1, or a TXT */
	WANT_NOT,     /* NXDOMAIN with SOA, for any type */
	WANT_NODATA,  /* no error, no answer, SOA: the name exists */
	WANT_REFUSED, /* REFUSED without AA, answer or SOA */
	WANT_BADVERS, /* an EDNS version that there is not, RFC 6891 6.1.3 */
};

enum how { UDP, TCP, EDNS, EDNS_TCP, EDNS_1, CHAOS, CASE };

static const char *const hows[] = {
	[UDP] = "",
	[TCP] = " over TCP",
	[EDNS] = " with EDNS",
	[EDNS_TCP] = " with EDNS over TCP",
	[EDNS_1] = " with EDNS version 1",
	[CHAOS] = " in class CH",
	[CASE] = " in mixed case",
};

struct point {
	const char *label; /* "" : the zone itself */
	enum want want;
	unsigned type;
	enum how how;
	const char *id;   /* of the rule: RFC and number, or a word */
	const char *what; /* for a person */
};

/* ::ffff:127.0.0, most distant nibble first */
#define V6 "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static const struct point common[] = {
	{ "", WANT_APEX, CTL_SOA, UDP, "1035", "start of authority" },
	{ "", WANT_APEX, CTL_NS, UDP, "1035", "name servers" },
	{ "", WANT_APEX, CTL_SOA, TCP, "7766", "start of authority" },
	{ "", WANT_APEX, CTL_SOA, EDNS, "6891", "EDNS is answered" },
	{ "", WANT_APEX, CTL_SOA, EDNS_TCP, "6891", "EDNS is answered" },
	{ "", WANT_BADVERS, CTL_SOA, EDNS_1, "6891",
	    "a version that there is not" },
	{ "", WANT_PLAIN, CTL_A, UDP, "5782", "the zone itself is not listed" },
	{ "", WANT_NODATA, CTL_UNKNOWN, UDP, "3597", "a type nobody knows" },
	{ "", WANT_REFUSED, CTL_SOA, CHAOS, "1035", "another class" },
	{ NULL, WANT_REFUSED, CTL_A, UDP, "1035", "a name of somebody else" },
};

static const struct point of_ip[] = {
	{ "2.0.0.127", WANT_LISTED, CTL_A, UDP, "5782", "IPv4 test point" },
	{ "2.0.0.127", WANT_LISTED, CTL_TXT, UDP, "5782", "its text" },
	{ "2.0.0.127", WANT_LISTED, CTL_A, TCP, "7766", "the same" },
	{ "2.0.0.127", WANT_LISTED, CTL_A, EDNS, "6891", "the same" },
	{ "2.0.0.127", WANT_LISTED, CTL_A, CASE, "4343", "the same" },
	{ "2.0.0.127", WANT_NODATA, CTL_UNKNOWN, UDP, "3597",
	    "it has no other records" },
	{ "1.0.0.127", WANT_NOT, CTL_A, UDP, "5782", "127.0.0.1 never" },
	{ "1.0.0.127", WANT_NOT, CTL_TXT, UDP, "5782", "127.0.0.1 no text" },
	{ "1.0.0.127", WANT_NOT, CTL_UNKNOWN, UDP, "5782",
	    "127.0.0.1 nothing at all" },
	{ "1.0.0.127", WANT_NOT, CTL_A, TCP, "7766", "the same" },
	{ "1.0.0.127", WANT_NOT, CTL_A, EDNS, "6891", "the same" },
	{ "0.0.127", WANT_NODATA, CTL_A, UDP, "8020", "a name in between" },
	{ "0.127", WANT_NODATA, CTL_NS, UDP, "8020", "a name in between" },
	{ "127", WANT_NODATA, CTL_TXT, UDP, "8020", "a name in between" },
	{ "256.0.0.127", WANT_NOT, CTL_A, UDP, "5782", "no octet" },
	{ "02.0.0.127", WANT_NOT, CTL_A, UDP, "5782", "no octet" },
	{ "x.0.0.127", WANT_NOT, CTL_A, UDP, "5782", "no octet" },
	{ "1.2.0.0.127", WANT_NOT, CTL_A, UDP, "5782", "five labels" },
	{ "2." V6, WANT_LISTED, CTL_A, UDP, "5782", "IPv6 test point" },
	{ "2." V6, WANT_LISTED, CTL_TXT, UDP, "5782", "its text" },
	{ "2." V6, WANT_LISTED, CTL_A, TCP, "7766", "the same" },
	{ "1." V6, WANT_NOT, CTL_A, UDP, "5782", "::ffff:127.0.0.1 never" },
	{ "1." V6, WANT_NOT, CTL_TXT, UDP, "5782", "::ffff:127.0.0.1 no text" },
	{ V6, WANT_NODATA, CTL_A, UDP, "8020", "a name in between" },
	{ "g." V6, WANT_NOT, CTL_A, UDP, "5782", "no nibble" },
	{ "1.2." V6, WANT_NOT, CTL_A, UDP, "5782", "33 labels" },
};

/* Beside these, every spelling of the test address: see ask_digests. */
static const struct point of_address[] = {
	{ "0000000000000000000000000000000000000000", WANT_NOT, CTL_A, UDP,
	    "5782", "a digest of nothing" },
	{ "INVALID", WANT_NOT, CTL_A, UDP, "5782", "INVALID never" },
	{ "INVALID", WANT_NOT, CTL_TXT, UDP, "5782", "INVALID no text" },
	{ "INVALID", WANT_NOT, CTL_A, TCP, "7766", "the same" },
	{ "INVALID", WANT_NOT, CTL_A, EDNS, "6891", "the same" },
};

static const struct point of_domain[] = {
	{ "TEST", WANT_LISTED, CTL_A, UDP, "5782", "test point" },
	{ "TEST", WANT_LISTED, CTL_TXT, UDP, "5782", "its text" },
	{ "TEST", WANT_LISTED, CTL_A, TCP, "7766", "the same" },
	{ "TEST", WANT_LISTED, CTL_A, EDNS, "6891", "the same" },
	{ "test", WANT_LISTED, CTL_A, CASE, "4343", "the same" },
	{ "TEST", WANT_NODATA, CTL_UNKNOWN, UDP, "3597",
	    "it has no other records" },
	{ "INVALID", WANT_NOT, CTL_A, UDP, "5782", "INVALID never" },
	{ "INVALID", WANT_NOT, CTL_TXT, UDP, "5782", "INVALID no text" },
	{ "INVALID", WANT_NOT, CTL_UNKNOWN, UDP, "5782",
	    "INVALID nothing at all" },
	{ "INVALID", WANT_NOT, CTL_A, TCP, "7766", "the same" },
	{ "invalid", WANT_NOT, CTL_A, CASE, "4343", "the same" },
};

static const char *const wants[] = {
	[WANT_APEX] = "an authoritative answer",
	[WANT_PLAIN] = "no error, and no address of 127.0.0.0/8",
	[WANT_LISTED] = "an address of 127.0.0.0/8 but 127.0.0.1, or a text",
	[WANT_NOT] = "NXDOMAIN with SOA",
	[WANT_NODATA] = "no error, no answer, with SOA",
	[WANT_REFUSED] = "REFUSED",
	[WANT_BADVERS] = "BADVERS",
};

/* One SOA, that holds no longer than it says (RFC 2308 section 5). */
static bool
negative(const struct ctl_reply *r)
{
	return r->answers == 0 && r->soa && r->soa_ttl <= r->soa_minimum;
}

static bool
right(const struct point *p, const struct ctl_reply *r)
{
	bool edns = p->how == EDNS || p->how == EDNS_TCP || p->how == EDNS_1;

	if (r->tc || r->opt != edns) {
		return false;
	}
	if (p->want == WANT_REFUSED) {
		/* RFC 1035 has both for a class that is not served */
		return (r->rcode == 5 || (r->rcode == 4 && p->how == CHAOS)) &&
		    !r->aa && r->answers == 0 && !r->soa;
	}
	if (p->want == WANT_BADVERS) {
		return r->rcode == CTL_BADVERS && r->answers == 0;
	}
	if (!r->aa) {
		return false;
	}
	switch (p->want) {
	case WANT_APEX: return r->rcode == 0 && r->of_type > 0;
	case WANT_PLAIN: return r->rcode == 0 && !r->any_loopback;
	case WANT_LISTED:
		return r->rcode == 0 && r->of_type > 0 &&
		    (p->type != CTL_A || r->all_loopback);
	case WANT_NOT: return r->rcode == 3 && negative(r);
	case WANT_NODATA: return r->rcode == 0 && negative(r);
	case WANT_REFUSED:
	case WANT_BADVERS: break;
	}
	return false;
}

struct run {
	const struct zone_zone_conf *zone;
	struct net_place server;
	unsigned wrong, asked;
	unsigned refused; /* of the first three, the apex's own */
	json_t *points;   /* NULL: for a person */
};

/* The name that P asks for. */
static void
name_of(const struct run *run, const struct point *p, char out[512])
{
	if (p->label == NULL) {
		snprintf(out, 512, "selftest.invalid");
		return;
	}
	snprintf(out, 512, "%s%s%s", p->label, p->label[0] != '\0' ? "." : "",
	    run->zone->name);
	for (size_t i = 0; p->how == CASE && out[i] != '\0'; i++) {
		if (i % 2 == 0 && out[i] >= 'a' && out[i] <= 'z') {
			out[i] = (char)(out[i] - 'a' + 'A');
		}
	}
}

static void
tell(struct run *run, const struct point *p, const char *name, bool good,
    const char *got)
{
	if (run->points != NULL) {
		json_array_append_new(run->points,
		    json_pack("{s:b, s:o, s:s, s:s, s:s, s:o, s:s, s:s}", "ok",
			(int)good, "name", ctl_json_str(name), "type",
			ctl_type_name(p->type), "how",
			hows[p->how][0] != '\0' ? hows[p->how] + 1 : "UDP",
			"rule", p->id, "got", ctl_json_str(got), "expected",
			wants[p->want], "what", p->what));
		return;
	}
	printf("%-6s %s %s%s: ", good ? "ok" : "wrong", name,
	    ctl_type_name(p->type), hows[p->how]);
	ctl_print(got, strlen(got));
	printf("%s%s (%s, %s)\n", good ? "" : "; expected ",
	    good ? "" : wants[p->want], p->what, p->id);
	fflush(stdout);
}

/* One point; false: the server is silent, so the rest need not be asked. */
static bool
ask(struct run *run, const struct point *p)
{
	struct err_text why = { "" };
	struct ctl_reply reply;
	char name[512], got[640];
	struct ctl_query query = { .name = name,
		.type = p->type,
		.class = p->how == CHAOS ? CTL_CH : CTL_IN,
		.tcp = p->how == TCP || p->how == EDNS_TCP,
		.edns =
		    p->how == EDNS || p->how == EDNS_TCP || p->how == EDNS_1,
		.version = p->how == EDNS_1 };
	bool good;
	int r;

	name_of(run, p, name);
	r = ctl_ask(&run->server, &query, &reply, &why);
	good = r == 0 && right(p, &reply);
	run->asked++;
	run->wrong += good ? 0 : 1;
	run->refused += r == 0 && run->asked <= 3 && reply.rcode == 5;
	if (r == 0) {
		ctl_reply_text(&reply, got, sizeof(got) - 32);
		if (reply.retried) {
			strcat(got, ", over TCP: it was cut");
		}
	}
	tell(run, p, name, good, r == 0 ? got : why.text);
	return r != ERR_NONE || query.tcp;
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

/* test@example.com in every spelling that clients send. */
static bool
ask_digests(struct run *run)
{
	static const char address[] = "test@example.com";
	static const char *const names[] = { "md5", "sha1", "sha256" };
	struct {
		void (*spell)(const uint8_t *data, size_t len, char *out);
		const char *name;
	} const spellings[] = { { digest_hex, "hex" },
		{ digest_base32, "base32" }, { digest_rspamd32, "rspamd" } };
	char label[80], what[64], two[80];
	struct point p = { label, WANT_LISTED, CTL_A, UDP, "5782", what };

	for (int k = 0; k < DIGEST_KINDS; k++) {
		struct digest d = digest_of(
		    (enum digest_kind)k, address, sizeof(address) - 1);

		for (int s = 0; s < 3; s++) {
			struct digest read[2];

			spellings[s].spell(d.bytes, d.len, label);
			if (digest_of_label(label, strlen(label), read) == 0) {
				continue; /* nobody spells it so */
			}
			snprintf(what, sizeof(what), "%s as %s, %s", address,
			    names[k], spellings[s].name);
			if (!ask(run, &p)) {
				return false;
			}
		}
	}
	digest_hex(digest_of(DIGEST_SHA1, address, sizeof(address) - 1).bytes,
	    20, label);
	snprintf(what, sizeof(what), "the same");
	snprintf(two, sizeof(two), "x.%.60s", label);
	return ask_all(run,
	    (const struct point[]){
		{ label, WANT_LISTED, CTL_TXT, UDP, "5782", "its text" },
		{ label, WANT_LISTED, CTL_A, TCP, "7766", what },
		{ label, WANT_LISTED, CTL_A, EDNS, "6891", what },
		{ label, WANT_LISTED, CTL_A, CASE, "4343", what },
		{ label, WANT_NODATA, CTL_UNKNOWN, UDP, "3597",
		    "it has no other records" },
		{ two, WANT_NOT, CTL_A, UDP, "5782", "two labels" } },
	    6);
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

static bool
ask_zone(struct run *run)
{
	if (!ask_all(run, common, sizeof(common) / sizeof(common[0]))) {
		return false;
	}
	switch (run->zone->kind) {
	case ZONE_KIND_IP:
		return ask_all(run, of_ip, sizeof(of_ip) / sizeof(of_ip[0]));
	case ZONE_KIND_ADDRESS:
		return ask_digests(run) &&
		    ask_all(run, of_address,
			sizeof(of_address) / sizeof(of_address[0]));
	case ZONE_KIND_DOMAIN: break;
	}
	return ask_all(
	    run, of_domain, sizeof(of_domain) / sizeof(of_domain[0]));
}

static int
run_selftest(struct ctl *ctl, const struct ctl_args *args)
{
	struct run run = { .asked = 0 };
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
	net_place_format(where, (const struct sockaddr *)&run.server.sa);
	if (ctl_given(args, "json") != NULL) {
		run.points = json_array();
	}
	on = ask_zone(&run);
	if (run.points != NULL) {
		r = ctl_print_json(json_pack("{s:s, s:s, s:b, s:i, s:i, s:o}",
		    "zone", run.zone->name, "server", where, "answers", (int)on,
		    "asked", (int)run.asked, "wrong", (int)run.wrong, "points",
		    run.points));
	} else if (on) {
		printf("%u asked, %u wrong\n", run.asked, run.wrong);
	}
	if (!on) {
		return ctl_fail(
		    "%s does not answer; the rest was not asked", where);
	}
	if (run.refused == 3) {
		(void)ctl_fail("%s refuses us: is \"%s\" one of its zones, and "
			       "may this machine ask it (allow-query)?",
		    where, run.zone->name);
	}
	return r == CTL_DONE && run.wrong == 0 ? CTL_DONE : CTL_FAILED;
}

const struct ctl_command ctl_selftest_commands[] = {
	{ "selftest", "ZONE [@SERVER@PORT]",
	    "ask a running server every point of RFC 5782", 1, 2, run_selftest,
	    { { "json", NULL, "one JSON object", false } } },
	{ 0 },
};
