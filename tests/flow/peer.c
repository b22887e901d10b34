/* peer.c - what the tests with real resolvers need.
 *
 *   peer data SEED COUNT DIR   random entries and what must come of them:
 *                              DIR/list.{ip,address}, DIR/holes, DIR/ask
 *   peer ask PORT [TYPE]       lines "NAME WANT" from standard input are asked
 *                              at 127.0.0.1@PORT, many at a time; WANT is an
 *                              address, NX, NODATA, "rcode" or "cut". "N asked,
 * N wrong" peer relay PORT            pass on what comes by UDP, and say it:
 * the port of its own first, then "NAME TYPE" a question peer ports COUNT so
 * many ports that are free on UDP and TCP peer flip FILE HEX N       where the
 * bytes HEX stand in FILE, byte N of them is changed in place (1 becomes 2)
 *   peer scratch FILE SEED N   N short stretches of FILE, behind its first two
 *                              pages, are overwritten at random
 */
#include <fcntl.h>

#include "base/digest.h"
#include "tests/flow/peer.h"

/* ---- data -------------------------------------------------------------- */

struct entry {
	uint8_t addr[16];
	unsigned bits, plen;
	bool hole;
};

static struct entry *entries;
static size_t n_entries;

static void
set_rest(uint8_t addr[16], unsigned plen, unsigned bits, bool ones)
{
	for (unsigned i = plen; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		addr[i / 8] =
		    ones ? addr[i / 8] | bit : addr[i / 8] & (uint8_t)~bit;
	}
}

static bool
covers(const struct entry *e, const uint8_t addr[16], unsigned bits)
{
	uint8_t cut[16];

	memcpy(cut, addr, 16);
	set_rest(cut, e->plen, bits, false);
	return e->bits == bits && memcmp(cut, e->addr, bits / 8) == 0;
}

static bool
is_listed(const uint8_t addr[16], unsigned bits)
{
	const struct entry *best = NULL;

	for (size_t i = 0; i < n_entries; i++) {
		if (covers(&entries[i], addr, bits) &&
		    (best == NULL || entries[i].plen > best->plen)) {
			best = &entries[i];
		}
	}
	return best != NULL && !best->hole;
}

static void
ask_about(FILE *f, const uint8_t addr[16], unsigned bits)
{
	char name[256];

	peer_reversed(name, addr, bits, "bl.example.test");
	fprintf(f, "%s %s\n", name, is_listed(addr, bits) ? "127.0.0.2" : "NX");
}

/* The address before ADDR's first, or behind its last. */
static void
beside(uint8_t addr[16], unsigned bits, bool behind)
{
	for (unsigned i = bits / 8; i-- > 0;) {
		addr[i] = (uint8_t)(addr[i] + (behind ? 1 : -1));
		if (addr[i] != (behind ? 0 : 255)) {
			return;
		}
	}
}

static bool
random_entry(struct entry *e, size_t i)
{
	const struct entry *in = i > 0 ? &entries[peer_rnd((uint32_t)i)] : NULL;

	memset(e, 0, sizeof(*e));
	e->bits = peer_rnd(2) ? 32 : 128;
	for (unsigned k = 0; k < 16; k++) {
		e->addr[k] = (uint8_t)peer_rnd(256);
	}
	/* public space: 44-46.x, 2a00-2a03: */
	e->addr[0] = e->bits == 32 ? (uint8_t)(44 + e->addr[0] % 3) : 0x2a;
	e->addr[1] = e->bits == 32 ? e->addr[1] % 16 : e->addr[1] % 4;
	switch (peer_rnd(3)) {
	case 0:
		e->plen = e->bits == 32 ? 16 + peer_rnd(16) : 32 + peer_rnd(96);
		break;
	case 1: e->plen = e->bits == 32 ? 24 : 64; break;
	default: e->plen = e->bits; break;
	}
	if (in != NULL && peer_rnd(3) == 0 && in->plen < in->bits) {
		uint8_t any[16]; /* within another, often a hole */

		memcpy(any, e->addr, 16);
		*e = *in;
		for (unsigned k = in->plen; k < in->bits; k++) {
			e->addr[k / 8] |= any[k / 8] & (0x80 >> k % 8);
		}
		e->plen = in->plen + 1 + peer_rnd(in->bits - in->plen);
		e->hole = peer_rnd(3) > 0;
	}
	set_rest(e->addr, e->plen, e->bits, false);
	for (size_t k = 0; k < i; k++) {
		if (entries[k].bits == e->bits && entries[k].plen == e->plen &&
		    memcmp(entries[k].addr, e->addr, 16) == 0) {
			return false; /* another word on the same key */
		}
	}
	return true;
}

static void
ask_spellings(FILE *f, const char *address, const char *want)
{
	static const struct {
		enum digest_kind kind;
		void (*spell)(const uint8_t *, size_t, char *);
	} how[] = {
		{ DIGEST_MD5, digest_hex },
		{ DIGEST_SHA1, digest_hex },
		{ DIGEST_SHA256, digest_base32 },
		{ DIGEST_MD5, digest_rspamd32 },
		{ DIGEST_SHA1, digest_rspamd32 },
		{ DIGEST_SHA256, digest_rspamd32 },
	};
	char label[80];

	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct digest d =
		    digest_of(how[i].kind, address, strlen(address));

		how[i].spell(d.bytes, d.len, label);
		fprintf(f, "%s.em.example.test %s\n", label, want);
	}
}

static FILE *
out_file(const char *dir, const char *name)
{
	char path[4200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL) {
		peer_die(path);
	}
	return f;
}

static int
make_data(uint64_t seed, size_t count, const char *dir)
{
	FILE *ip = out_file(dir, "list.ip"), *holes = out_file(dir, "holes");
	FILE *mail = out_file(dir, "list.address"), *q = out_file(dir, "ask");
	char text[64];

	peer_state = seed;
	entries = calloc(count, sizeof(*entries));
	if (entries == NULL) {
		peer_die("memory");
	}
	while (n_entries < count) {
		struct entry *e = &entries[n_entries];

		if (random_entry(e, n_entries)) {
			inet_ntop(e->bits == 32 ? AF_INET : AF_INET6, e->addr,
			    text, sizeof(text));
			fprintf(e->hole ? holes : ip, "%s/%u\n", text, e->plen);
			n_entries++;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct entry *e = &entries[i];
		uint8_t addr[16];

		memcpy(addr, e->addr, 16);
		ask_about(q, addr, e->bits);
		beside(addr, e->bits, false);
		ask_about(q, addr, e->bits);
		memcpy(addr, e->addr, 16);
		set_rest(addr, e->plen, e->bits, true);
		ask_about(q, addr, e->bits);
		beside(addr, e->bits, true);
		ask_about(q, addr, e->bits);
	}
	for (size_t i = 0; i < count / 4; i++) {
		snprintf(text, sizeof(text), "spammer%zu+t@example%u.org", i,
		    peer_rnd(9));
		fprintf(mail, "%s\n", text);
		ask_spellings(q, text, "127.0.0.3");
		memmove(strchr(text, '+'), strchr(text, '@'),
		    strlen(strchr(text, '@')) + 1);
		ask_spellings(q, text, "127.0.0.3"); /* without its tag */
		text[0] = 'n';
		ask_spellings(q, text, "NX");
	}
	return fclose(ip) | fclose(holes) | fclose(mail) | fclose(q);
}

/* ---- asking ------------------------------------------------------------ */

#define AT_A_TIME 40
#define PATIENCE 4000 /* ms for one try */
#define TRIES 4

struct asked {
	char name[256], want[32];
	unsigned id, tries; /* tries 0: this place is free */
	int64_t sent;
};

static void
send_one(int fd, struct asked *a, unsigned type)
{
	uint8_t packet[300];
	size_t n = peer_question(packet, a->id, a->name, type, 1232, true);

	a->tries++;
	a->sent = peer_clock();
	(void)send(fd, packet, n, 0); /* a refusal is a loss: asked again */
}

/* Is this the reply that A waits for, and what it wants? 1, 0 wrong, -1 it is
 * another's. */
static int
judge(const struct asked *a, const uint8_t *in, size_t len)
{
	static struct reply r;
	char got[32];

	if (len < 12 || ((unsigned)in[0] << 8 | in[1]) != a->id) {
		return -1;
	}
	if (!reply_read(in, len, &r)) {
		printf("%s: unreadable reply\n", a->name);
		return 0;
	}
	reply_words(&r, got);
	if (strcmp(got, a->want) == 0) {
		return 1;
	}
	printf("%s: %s, expected %s\n", a->name, got, a->want);
	return 0;
}

static int
ask_all(unsigned port, unsigned type)
{
	static struct asked places[AT_A_TIME];
	unsigned long asked = 0, wrong = 0, again = 0;
	unsigned next_id = 1, busy = 0;
	int fd = peer_socket(SOCK_DGRAM, port);
	bool more = true;

	while (more || busy > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t now = peer_clock();
		uint8_t in[4096];
		ssize_t n;

		for (unsigned i = 0; i < AT_A_TIME; i++) {
			struct asked *a = &places[i];

			if (a->tries == 0 && more) {
				more =
				    scanf("%255s %31s", a->name, a->want) == 2;
				if (!more) {
					break;
				}
				a->id = next_id++ & 0xffff;
				asked++;
				busy++;
				send_one(fd, a, type);
			} else if (a->tries == TRIES &&
			    now - a->sent > PATIENCE) {
				printf("%s: no reply\n", a->name);
				wrong++;
				busy--;
				a->tries = 0;
			} else if (a->tries > 0 && now - a->sent > PATIENCE) {
				again++;
				send_one(fd, a, type);
			}
		}
		if (poll(&p, 1, 200) <= 0) {
			continue;
		}
		n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
		for (unsigned i = 0; n > 0 && i < AT_A_TIME; i++) {
			int is = places[i].tries > 0
			    ? judge(&places[i], in, (size_t)n)
			    : -1;

			if (is >= 0) {
				wrong += is == 0;
				busy--;
				places[i].tries = 0;
				break;
			}
		}
	}
	printf("%lu asked, %lu wrong (%lu asked again)\n", asked, wrong, again);
	return wrong != 0;
}

/* ---- passing on -------------------------------------------------------- */

#define CLIENTS 65536

static void
say_question(const uint8_t *in, size_t len)
{
	struct reply r = { .packet = in, .len = len };
	struct reply_name name;
	size_t at = 12;

	if (len < 17 || !reply_read_name(&r, &at, &name) || at + 4 > len) {
		printf("? 0\n");
		return;
	}
	for (size_t i = 0; i + 1 < name.len; i += 1u + name.at[i]) {
		printf("%.*s.", name.at[i], (const char *)name.at + i + 1);
	}
	printf("%s %u\n", name.len == 1 ? "." : "", reply_u16(&r, at));
}

/* Each question gets an id of ours, so that the reply finds its client. */
static int
relay(unsigned port)
{
	static struct {
		struct sockaddr_in client;
		uint8_t id[2];
	} waiting[CLIENTS];
	int here = peer_socket(SOCK_DGRAM, 0);
	int there = peer_socket(SOCK_DGRAM, port);
	unsigned next = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%u\n", peer_port_of(here));
	for (;;) {
		struct pollfd p[2] = { { .fd = here, .events = POLLIN },
			{ .fd = there, .events = POLLIN } };
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		uint8_t b[4096];
		ssize_t n;

		if (poll(p, 2, -1) < 0) {
			return 1;
		}
		n = recvfrom(
		    here, b, sizeof(b), MSG_DONTWAIT, (void *)&from, &from_len);
		if (n >= 12) {
			unsigned id = next++ & 0xffff;

			say_question(b, (size_t)n);
			waiting[id].client = from;
			memcpy(waiting[id].id, b, 2);
			b[0] = (uint8_t)(id >> 8);
			b[1] = (uint8_t)id;
			(void)send(there, b, (size_t)n, 0);
		}
		n = recv(there, b, sizeof(b), MSG_DONTWAIT);
		if (n >= 12) {
			unsigned id = (unsigned)b[0] << 8 | b[1];

			memcpy(b, waiting[id].id, 2);
			(void)sendto(here, b, (size_t)n, 0,
			    (void *)&waiting[id].client, sizeof(from));
		}
	}
}

static int
free_ports(unsigned count)
{
	int fds[16];

	for (unsigned i = 0; i < count && i < 8; i++) {
		for (;;) {
			int udp = peer_socket(SOCK_DGRAM, 0);
			int tcp = socket(AF_INET, SOCK_STREAM, 0);
			struct sockaddr_in sa = { .sin_family = AF_INET,
				.sin_port = htons((uint16_t)peer_port_of(udp)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

			if (bind(tcp, (void *)&sa, sizeof(sa)) == 0) {
				printf("%u\n", peer_port_of(udp));
				fds[2 * i] = udp; /* until all are found */
				fds[2 * i + 1] = tcp;
				break;
			}
			close(udp);
			close(tcp);
		}
	}
	for (unsigned i = 0; i < 2 * count && i < 16; i++) {
		close(fds[i]);
	}
	return 0;
}

/* ---- damage ------------------------------------------------------------ */

static uint8_t *
read_file(int fd, size_t *ret_len)
{
	off_t len = lseek(fd, 0, SEEK_END);
	uint8_t *data = malloc((size_t)len + 1);

	if (len < 0 || data == NULL || pread(fd, data, (size_t)len, 0) != len) {
		peer_die("read");
	}
	*ret_len = (size_t)len;
	return data;
}

static int
flip(const char *path, const char *hex, size_t which)
{
	int fd = open(path, O_RDWR);
	uint8_t want[64], *data;
	size_t n = strlen(hex) / 2, len, found = 0;

	if (fd < 0 || n > sizeof(want) || which >= n ||
	    !digest_unhex(hex, 2 * n, want, n)) {
		peer_die(path);
	}
	data = read_file(fd, &len);
	for (size_t i = 0; i + n <= len; i++) {
		if (memcmp(data + i, want, n) == 0) {
			uint8_t byte = data[i + which] ^ 3;

			if (pwrite(fd, &byte, 1, (off_t)(i + which)) != 1) {
				peer_die(path);
			}
			found++;
		}
	}
	printf("%zu\n", found);
	free(data);
	return found == 0;
}

static int
scratch(const char *path, uint64_t seed, unsigned count)
{
	int fd = open(path, O_RDWR);
	size_t len;

	if (fd < 0) {
		peer_die(path);
	}
	free(read_file(fd, &len));
	peer_state = seed;
	while (count-- > 0 && len > 3 * 4096) {
		uint8_t b[64];

		for (size_t i = 0; i < sizeof(b); i++) {
			b[i] = (uint8_t)peer_rnd(256);
		}
		if (pwrite(fd, b, sizeof(b),
			8192 + peer_rnd((uint32_t)(len - 8192 - sizeof(b)))) <
		    0) {
			peer_die(path);
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	unsigned number = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(verb, "data") == 0 && argc == 5) {
		return make_data(number, strtoul(argv[3], NULL, 10), argv[4]);
	}
	if (strcmp(verb, "ask") == 0) {
		return ask_all(number,
		    argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1);
	}
	if (strcmp(verb, "relay") == 0) {
		return relay(number);
	}
	if (strcmp(verb, "flip") == 0 && argc == 5) {
		return flip(argv[2], argv[3], strtoul(argv[4], NULL, 10));
	}
	if (strcmp(verb, "scratch") == 0 && argc == 5) {
		return scratch(argv[2], strtoul(argv[3], NULL, 10),
		    (unsigned)strtoul(argv[4], NULL, 10));
	}
	if (strcmp(verb, "ports") == 0) {
		return free_ports(number);
	}
	fprintf(stderr, "usage: see the beginning of peer.c\n");
	return 2;
}
