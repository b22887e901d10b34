/* pulse.c - three questions for each zone, all at once (RFC 5782 section 5).
 */
#include "www/pulse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/secret.h"

#define A 1u
#define SOA 6u
#define PER_ZONE 3u
#define RCODE_NXDOMAIN 3u
#define RCODE_REFUSED 5u

/* What is asked of a zone, in this order. */
enum about { LISTED, CLEAR, SERIAL };

static const char *const points[][2] = {
	[ZONE_KIND_IP] = { "2.0.0.127.", "1.0.0.127." },
	[ZONE_KIND_ADDRESS] = { "567159d622ffbb50b11b0efd307be358624a26ee.",
	    "0000000000000000000000000000000000000000." },
	[ZONE_KIND_DOMAIN] = { "test.", "invalid." },
};

struct pulse {
	struct www_pulse *ret;
	int fd;
	uint16_t first; /* number of the first question */
	bool done[WWW_PULSE_ZONES * PER_ZONE];
	unsigned left;
};

static void
write_name(struct writer *w, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		write_u8(w, (unsigned)n);
		write_span(w, name, n);
		name += n + (name[n] == '.');
	}
	write_u8(w, 0);
}

/* 0, or the packet's length. */
static size_t
question(uint8_t packet[512], uint16_t id, const char *point, const char *zone,
    unsigned type)
{
	struct writer w = writer(packet, 512);
	char name[400];

	if (snprintf(name, sizeof(name), "%s%s", point, zone) > 253) {
		return 0;
	}
	write_u16(&w, id);
	write_u16(&w, 0);
	write_u16(&w, 1);
	write_u16(&w, 0);
	write_u32(&w, 0);
	write_name(&w, name);
	write_u16(&w, type);
	write_u16(&w, 1);
	return w.bad ? 0 : written(&w);
}

static void
skip_name(struct reader *r)
{
	unsigned n;

	while (!r->bad && (n = read_u8(r)) != 0) {
		if (n >= 0xc0) {
			(void)read_u8(r);
			return;
		}
		if (n > 63) {
			r->bad = true;
			return;
		}
		(void)read_span(r, n);
	}
}

/* One answer. It came from the address that was asked (the socket is
 * connected); whoever can forge that can do worse. */
static void
take(struct pulse *p, const uint8_t *packet, size_t len)
{
	struct reader r = reader(packet, len);
	unsigned number = (uint16_t)(read_u16(&r) - p->first);
	unsigned flags = read_u16(&r), answers;
	struct www_pulse_zone *z;
	bool hit = false, soa = false;
	enum www_pulse_state *state;
	uint32_t serial = 0;

	if (r.bad || number >= p->ret->n * PER_ZONE || p->done[number] ||
	    (flags & 0x8000) == 0 || read_u16(&r) != 1) {
		return;
	}
	answers = read_u16(&r);
	(void)read_u32(&r);
	skip_name(&r);
	(void)read_u32(&r);
	for (unsigned i = 0; i < answers && !r.bad; i++) {
		struct reader data;
		unsigned type, n;
		const uint8_t *at;

		skip_name(&r);
		type = read_u16(&r);
		(void)read_u16(&r);
		(void)read_u32(&r);
		n = read_u16(&r);
		at = read_span(&r, n);
		if (at == NULL) {
			break;
		}
		data = reader(at, n);
		if (type == A && n == 4 && at[0] == 127) {
			hit = true;
		} else if (type == SOA) {
			skip_name(&data);
			skip_name(&data);
			serial = read_u32(&data);
			soa = !data.bad;
		}
	}
	if (r.bad) {
		return;
	}
	p->done[number] = true;
	p->left--;
	z = &p->ret->zones[number / PER_ZONE];
	if (number % PER_ZONE == SERIAL) {
		z->has_serial = soa && (flags & 15) == 0;
		z->serial = serial;
		return;
	}
	state = number % PER_ZONE == LISTED ? &z->listed : &z->clear;
	*state = (flags & 15) == RCODE_REFUSED ? WWW_PULSE_REFUSED
	    : (number % PER_ZONE == LISTED
		      ? hit && (flags & 15) == 0
		      : answers == 0 && (flags & 15) == RCODE_NXDOMAIN)
	    ? WWW_PULSE_RIGHT
	    : WWW_PULSE_WRONG;
}

/* Where to ask: the first place; this machine when it is "every address". */
static void
place_to_ask(const struct zone_config *config, struct net_place *ret)
{
	*ret = config->dns.listen[0];
	if (ret->sa.ss_family == AF_INET) {
		struct sockaddr_in *sin = (void *)&ret->sa;

		if (sin->sin_addr.s_addr == htonl(INADDR_ANY)) {
			sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		}
	} else if (ret->sa.ss_family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (void *)&ret->sa;

		if (IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr)) {
			sin6->sin6_addr = in6addr_loopback;
		}
	}
}

static int64_t
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
ask(struct pulse *p, const struct zone_config *config)
{
	uint8_t packet[512];

	for (unsigned i = 0; i < p->ret->n; i++) {
		const struct zone_zone_conf *z = &config->zones[i];

		for (unsigned k = 0; k < PER_ZONE; k++) {
			unsigned number = i * PER_ZONE + k;
			size_t len = z->access_keys && k != SERIAL
			    ? 0
			    : question(packet, (uint16_t)(p->first + number),
				  k == SERIAL ? "" : points[z->kind][k],
				  z->name, k == SERIAL ? SOA : A);

			/* what is not sent is waited for by nobody */
			if (len == 0 ||
			    send(p->fd, packet, len, MSG_NOSIGNAL) < 0) {
				p->done[number] = true;
			} else {
				p->left++;
			}
		}
	}
}

void
www_pulse_take(const struct zone_config *config, int patience, int64_t now,
    struct www_pulse *ret)
{
	struct pulse p = { .ret = ret };
	int64_t end = milliseconds() + patience, left;
	struct net_place place;
	uint8_t packet[1500];

	memset(ret, 0, sizeof(*ret));
	ret->time = now;
	ret->n = config->n_zones < WWW_PULSE_ZONES ? (unsigned)config->n_zones
						   : WWW_PULSE_ZONES;
	for (unsigned i = 0; i < ret->n; i++) {
		const struct zone_zone_conf *z = &config->zones[i];

		snprintf(ret->zones[i].zone, sizeof(ret->zones[i].zone), "%s",
		    z->name);
		ret->zones[i].listed = ret->zones[i].clear =
		    z->access_keys ? WWW_PULSE_UNKNOWN : WWW_PULSE_SILENT;
	}
	if (ret->n == 0 || config->dns.n_listen == 0) {
		return;
	}
	place_to_ask(config, &place);
	secret_random(&p.first, sizeof(p.first));
	p.fd = socket(
	    place.sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd >= 0 &&
	    connect(p.fd, (const void *)&place.sa, place.len) == 0) {
		ask(&p, config);
	}
	while (p.fd >= 0 && p.left > 0 && (left = end - milliseconds()) > 0) {
		struct pollfd pfd = { .fd = p.fd, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR) {
			break;
		}
		n = recv(p.fd, packet, sizeof(packet), 0);
		if (n >= 0) {
			take(&p, packet, (size_t)n);
		} else if (errno != EAGAIN && errno != EINTR) {
			break; /* nobody is there */
		}
	}
	if (p.fd >= 0) {
		close(p.fd);
	}
}

bool
www_pulse_right(const struct www_pulse *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct www_pulse_zone *z = &p->zones[i];

		if ((z->listed != WWW_PULSE_RIGHT &&
			z->listed != WWW_PULSE_UNKNOWN) ||
		    (z->clear != WWW_PULSE_RIGHT &&
			z->clear != WWW_PULSE_UNKNOWN)) {
			return false;
		}
	}
	return p->time != 0;
}
