/* net.c - IP addresses and places to listen on. */
#include "base/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

int
net_ip_parse(struct span s, struct net_ip *ret_ip)
{
	struct net_ip ip = { .bits = 0 };
	char text[INET6_ADDRSTRLEN];

	if (s.len == 0 || s.len >= sizeof(text) ||
	    memchr(s.at, '\0', s.len) != NULL) {
		return ERR_FORMAT;
	}
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	if (inet_pton(AF_INET, text, ip.bytes) == 1) {
		/* inet_pton takes "010.0.0.1"; nobody agrees what it means */
		for (size_t i = 0; i + 1 < s.len; i++) {
			if (text[i] == '0' && text[i + 1] != '.' &&
			    (i == 0 || text[i - 1] == '.')) {
				return ERR_FORMAT;
			}
		}
		ip.bits = 32;
	} else if (inet_pton(AF_INET6, text, ip.bytes) == 1) {
		ip.bits = 128;
	} else {
		return ERR_FORMAT;
	}
	*ret_ip = ip;
	return 0;
}

char *
net_ip_format(char *out, const struct net_ip *ip)
{
	if (inet_ntop(ip->bits == 32 ? AF_INET : AF_INET6, ip->bytes, out,
		NET_IP_TEXT) == NULL) {
		out[0] = '\0';
	}
	return out;
}

void
net_ip_unmap(struct net_ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (ip->bits == 128 && memcmp(ip->bytes, mapped, 12) == 0) {
		memmove(ip->bytes, ip->bytes + 12, 4);
		memset(ip->bytes + 4, 0, 12);
		ip->bits = 32;
	}
}

bool
net_ip_equal(const struct net_ip *a, const struct net_ip *b)
{
	return a->bits == b->bits && memcmp(a->bytes, b->bytes, 16) == 0;
}

bool
net_ip_within(const struct net_ip *ip, const struct net_ip *net, unsigned plen)
{
	unsigned whole = plen / 8, rest = plen % 8;

	if (ip->bits != net->bits || ip->bits == 0 || plen > ip->bits ||
	    memcmp(ip->bytes, net->bytes, whole) != 0) {
		return false;
	}
	return rest == 0 ||
	    (ip->bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

int
net_prefix_parse(struct span s, struct net_prefix *ret)
{
	const char *slash = s.len > 0 ? memchr(s.at, '/', s.len) : NULL;
	struct net_prefix p;
	unsigned long plen;
	int r;

	r = net_ip_parse(
	    slash == NULL ? s : span(s.at, (size_t)(slash - s.at)), &p.ip);
	if (r < 0) {
		return r;
	}
	p.plen = p.ip.bits;
	if (slash != NULL) {
		struct span n =
		    span(slash + 1, s.len - (size_t)(slash + 1 - s.at));

		if (!text_number(n, 999, &plen)) {
			return ERR_FORMAT;
		}
		if (plen > p.ip.bits) {
			return ERR_RANGE;
		}
		p.plen = (uint8_t)plen;
	}
	for (unsigned bit = p.plen; bit < p.ip.bits; bit++) {
		if (p.ip.bytes[bit / 8] >> (7 - bit % 8) & 1) {
			return ERR_RANGE;
		}
	}
	*ret = p;
	return 0;
}

struct net_ip
net_ip_of_sockaddr(const struct sockaddr *sa)
{
	struct net_ip ip = { .bits = 0 };

	if (sa->sa_family == AF_INET) {
		memcpy(ip.bytes,
		    &((const struct sockaddr_in *)(const void *)sa)->sin_addr,
		    4);
		ip.bits = 32;
	} else if (sa->sa_family == AF_INET6) {
		memcpy(ip.bytes,
		    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr,
		    16);
		ip.bits = 128;
		net_ip_unmap(&ip);
	}
	return ip;
}

int
net_place_parse(struct span s, struct net_place *ret)
{
	struct net_place p = { .len = 0 };
	struct net_ip ip;
	unsigned long port;
	const char *at;

	if (span_starts(s, "unix:")) {
		struct sockaddr_un *un = (void *)&p.sa;

		if (s.len - 5 < 1 || s.len - 5 >= sizeof(un->sun_path)) {
			return ERR_FORMAT;
		}
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, s.at + 5, s.len - 5);
		p.len = sizeof(*un);
		*ret = p;
		return 0;
	}
	at = s.len > 0 ? memrchr(s.at, '@', s.len) : NULL;
	if (at == NULL ||
	    net_ip_parse(span(s.at, (size_t)(at - s.at)), &ip) < 0 ||
	    !text_number(
		span(at + 1, s.len - (size_t)(at + 1 - s.at)), 65535, &port)) {
		return ERR_FORMAT;
	}
	if (ip.bits == 32) {
		struct sockaddr_in *in = (void *)&p.sa;

		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, ip.bytes, 4);
		p.len = sizeof(*in);
	} else {
		struct sockaddr_in6 *in = (void *)&p.sa;

		in->sin6_family = AF_INET6;
		in->sin6_port = htons((uint16_t)port);
		memcpy(&in->sin6_addr, ip.bytes, 16);
		p.len = sizeof(*in);
	}
	*ret = p;
	return 0;
}

char *
net_place_format(char *out, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		snprintf(out, 128, "%s@%u", text, ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)sa;

		inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof(text));
		snprintf(out, 128, "%s@%u", text, ntohs(in->sin6_port));
	} else if (sa->sa_family == AF_UNIX) {
		snprintf(out, 128, "unix:%.108s",
		    ((const struct sockaddr_un *)(const void *)sa)->sun_path);
	} else {
		snprintf(out, 128, "?");
	}
	return out;
}
