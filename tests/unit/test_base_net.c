#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/net.h"
#include "check.h"

static const struct {
	const char *text;
	const char *back; /* NULL: refused */
} ips[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "2001:DB8:0:0::7", "2001:db8::7" },
	{ "::", "::" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
	{ "", NULL },
	{ "192.0.2", NULL },
	{ "192.0.2.1.1", NULL },
	{ "192.0.2.256", NULL },
	{ "192.0.2.-1", NULL },
	{ "192.0.2.01", NULL },
	{ "010.0.0.1", NULL },
	{ "192.00.2.1", NULL },
	{ "0x7f.0.0.1", NULL },
	{ "127.1", NULL },
	{ "2130706433", NULL },
	{ " 192.0.2.1", NULL },
	{ "192.0.2.1 ", NULL },
	{ "[::1]", NULL },
	{ "::1%lo", NULL },
	{ "1::2::3", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ "12345::", NULL },
	{ "localhost", NULL },
	{ "::ffff:192.0.2.1:::::::::::::::::::::::::::::::", NULL },
};

static const struct {
	const char *text;
	int r;
	unsigned plen;
} prefixes[] = {
	{ "192.0.2.0/24", 0, 24 },
	{ "192.0.2.1", 0, 32 },
	{ "0.0.0.0/0", 0, 0 },
	{ "::/0", 0, 0 },
	{ "2001:db8::/33", 0, 33 },
	{ "2001:db8:8000::/33", 0, 33 },
	{ "::1/128", 0, 128 },
	{ "192.0.2.1/24", ERR_RANGE, 0 },
	{ "2001:db8:8000::/32", ERR_RANGE, 0 },
	{ "192.0.2.0/33", ERR_RANGE, 0 },
	{ "::/129", ERR_RANGE, 0 },
	{ "192.0.2.0/", ERR_FORMAT, 0 },
	{ "192.0.2.0/-1", ERR_FORMAT, 0 },
	{ "192.0.2.0/024", ERR_FORMAT, 0 },
	{ "192.0.2.0/24/", ERR_FORMAT, 0 },
	{ "192.0.2.0/1000", ERR_FORMAT, 0 },
	{ "192.0.2/24", ERR_FORMAT, 0 },
	{ "/24", ERR_FORMAT, 0 },
	{ "", ERR_FORMAT, 0 },
};

static const struct {
	const char *ip, *net;
	unsigned plen;
	bool want;
} within[] = {
	{ "192.0.2.77", "192.0.2.0", 24, true },
	{ "192.0.3.0", "192.0.2.0", 24, false },
	{ "192.0.3.0", "192.0.2.0", 23, true },
	{ "192.0.2.1", "192.0.2.1", 32, true },
	{ "192.0.2.2", "192.0.2.1", 32, false },
	{ "8.8.8.8", "0.0.0.0", 0, true },
	{ "2001:db8::1", "2001:db8::", 33, true },
	{ "2001:db8:8000::1", "2001:db8::", 33, false },
	{ "::1", "::1", 128, true },
	{ "::1", "0.0.0.0", 0, false },
	{ "0.0.0.1", "::", 0, false },
	{ "192.0.2.1", "192.0.2.1", 33, false },
};

static const struct {
	const char *text;
	const char *back; /* NULL: refused */
} places[] = {
	{ "127.0.0.1@5353", "127.0.0.1@5353" },
	{ "::1@5353", "::1@5353" },
	{ "0.0.0.0@0", "0.0.0.0@0" },
	{ "unix:/run/x", "unix:/run/x" },
	{ "UNIX:/run/x", "unix:/run/x" },
	{ "", NULL },
	{ "127.0.0.1", NULL },
	{ "127.0.0.1@", NULL },
	{ "@53", NULL },
	{ "*@53", NULL },
	{ "127.0.0.1@65536", NULL },
	{ "127.0.0.1@053", NULL },
	{ "127.0.0.1@http", NULL },
	{ "127.0.0.1:53", NULL },
	{ "[::1]@53", NULL },
	{ "localhost@53", NULL },
	{ "unix:", NULL },
	{ "unix:/this/path/is/longer/than/the/108/octets/that/a/socket/of/"
	  "the/family/unix/can/have/in/its/address/so/it/must/be/refused",
	    NULL },
};

static void
check_ips(void)
{
	char out[NET_IP_TEXT];
	struct net_ip ip, net, mapped;
	struct net_prefix p;

	for (size_t i = 0; i < COUNT(ips); i++) {
		int r = net_ip_parse(span_str(ips[i].text), &ip);

		CHECK(r == (ips[i].back != NULL ? 0 : ERR_FORMAT), "%s: %d",
		    ips[i].text, r);
		CHECK(
		    r < 0 || strcmp(net_ip_format(out, &ip), ips[i].back) == 0,
		    "%s: %s", ips[i].text, out);
	}
	CHECK(net_ip_parse(span("192.0.2.1\0", 10), &ip) < 0, "a NUL more");
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		int r = net_prefix_parse(span_str(prefixes[i].text), &p);

		CHECK(
		    r == prefixes[i].r && (r < 0 || p.plen == prefixes[i].plen),
		    "%s: %d", prefixes[i].text, r);
	}
	for (size_t i = 0; i < COUNT(within); i++) {
		if (net_ip_parse(span_str(within[i].ip), &ip) < 0 ||
		    net_ip_parse(span_str(within[i].net), &net) < 0) {
			CHECK(false, "row %zu", i);
			continue;
		}
		CHECK(
		    net_ip_within(&ip, &net, within[i].plen) == within[i].want,
		    "%s in %s/%u", within[i].ip, within[i].net, within[i].plen);
	}
	if (net_ip_parse(span_str("::ffff:192.0.2.1"), &mapped) == 0 &&
	    net_ip_parse(span_str("192.0.2.1"), &ip) == 0) {
		CHECK(!net_ip_equal(&mapped, &ip), "mapped is not IPv4");
		net_ip_unmap(&mapped);
		CHECK(net_ip_equal(&mapped, &ip), "until it is unmapped");
		net_ip_unmap(&ip);
		CHECK(net_ip_equal(&mapped, &ip), "IPv4 stays");
	} else {
		CHECK(false, "addresses");
	}
}

int
main(void)
{
	struct net_place p;
	char out[128];

	check_ips();
	for (size_t i = 0; i < COUNT(places); i++) {
		int r = net_place_parse(span_str(places[i].text), &p);

		CHECK(r == (places[i].back != NULL ? 0 : ERR_FORMAT), "%s: %d",
		    places[i].text, r);
		if (r == 0) {
			net_place_format(out, (const void *)&p.sa);
			CHECK(strcmp(out, places[i].back) == 0, "%s: %s",
			    places[i].text, out);
			CHECK(p.len > 0 && p.len <= sizeof(p.sa), "length");
		}
	}
	if (net_place_parse(span_str("::ffff:192.0.2.1@53"), &p) == 0) {
		struct net_ip ip = net_ip_of_sockaddr((const void *)&p.sa);

		CHECK(ip.bits == 32 && ip.bytes[0] == 192, "mapped peer");
	}
	return failures != 0;
}
