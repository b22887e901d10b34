/* rbldiff_make.c - rbldnsd's data files, and names to ask for, from a seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/net.h"
#include "tests/flow/rbldiff.h"

/* ---- chance
 * ------------------------------------------------------------------ */

static uint64_t state;

static uint32_t
chance(uint32_t n) /* 0 to n - 1 */
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = state;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static bool
one_in(uint32_t n)
{
	return chance(n) == 0;
}

/* ---- data files
 * ---------------------------------------------------------------- */

struct maker {
	FILE *file, *names;
	bool six, names_only; /* what keys are */
	uint32_t bases[4];
	unsigned left; /* questions */
};

static uint32_t
mask4(unsigned plen)
{
	return plen == 0 ? 0 : UINT32_MAX << (32 - plen);
}

/* Few networks, so that entries lie within each other. */
static uint32_t
some_ip4(const struct maker *m)
{
	uint32_t a = m->bases[chance(4)];

	switch (chance(4)) {
	case 0: return a | chance(1 << 16);
	case 1: return a | chance(4) << 8 | chance(256);
	case 2: return a | chance(2) << 8 | chance(8);
	default: return a | chance(1u << 24);
	}
}

static struct net_ip
some_ip6(const struct maker *m)
{
	struct net_ip ip = { .bits = 128,
		.bytes = { 0x2a, 0x00, (uint8_t)chance(2) } };

	(void)m;
	ip.bytes[5] = (uint8_t)chance(2);
	ip.bytes[7] = (uint8_t)chance(3);
	if (one_in(2)) {
		ip.bytes[8] = (uint8_t)chance(2);
		ip.bytes[15] = (uint8_t)chance(4);
	}
	if (one_in(8)) {
		ip.bytes[4 + chance(12)] = (uint8_t)chance(256);
	}
	return ip;
}

static void
text(struct maker *m)
{
	static const char *const texts[] = { "plain words", "see ?$",
		"$1 and $2", "costs $$5", "=as it is, $", "$", "$$$$", "a:b:c",
		"x # no comment", "$9 is not set", "\"quoted\" \\ text",
		"ends in $" };

	fputs(texts[chance(sizeof(texts) / sizeof(texts[0]))], m->file);
	if (one_in(12)) {
		for (int i = 0; i < 24; i++) {
			fputs(" ten octets", m->file);
		}
	}
}

static void
value(struct maker *m)
{
	switch (chance(8)) {
	case 0: fprintf(m->file, " :%u", 2 + chance(9)); break;
	case 1: fprintf(m->file, " :%u:", 2 + chance(9)); break;
	case 2:
		fprintf(m->file, " :127.0.%u.%u:", chance(3), 2 + chance(9));
		text(m);
		break;
	case 3:
		fprintf(m->file, "\t:127.%u : ", 2 + chance(9));
		text(m);
		break;
	case 4:
		putc(' ', m->file);
		text(m);
		break;
	case 5: fputs(one_in(2) ? " # why" : ";why", m->file); break;
	default: break;
	}
	putc('\n', m->file);
}

static void
ask4(struct maker *m, uint32_t a)
{
	if (m->left == 0) {
		return;
	}
	m->left--;
	switch (chance(64)) {
	case 0: /* deeper */
		fprintf(m->names, "x.%u.%u.%u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 1: /* shorter */
		fprintf(m->names, "%u.%u.%u\n", a >> 8 & 255, a >> 16 & 255,
		    a >> 24);
		break;
	case 2: fprintf(m->names, "%u.%u\n", a >> 16 & 255, a >> 24); break;
	case 3: fprintf(m->names, "%u\n", a >> 24); break;
	case 4: /* leading zeros */
		fprintf(m->names, "%03u.%u.%02u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 5: /* no octet */
		fprintf(m->names, "%u.%u.%u.%u\n", 256 + (a & 255),
		    a >> 8 & 255, a >> 16 & 255, a >> 24);
		break;
	case 6:
		fprintf(m->names, "%u.%u.%ux.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 7: /* odd octets */
		fprintf(m->names, "\\%03u.%u.%u.%u\n", 1 + (a & 127),
		    a >> 8 & 255, a >> 16 & 255, a >> 24);
		break;
	case 8: /* IPv4-mapped */
	case 9: /* 6to4 */ {
		bool mapped = one_in(2);
		uint64_t low =
		    mapped ? UINT64_C(0xffff00000000) | a : chance(1000);
		uint64_t high = mapped
		    ? 0
		    : UINT64_C(0x2002) << 48 | (uint64_t)a << 16 | chance(3);

		for (int i = 0; i < 32; i++) {
			uint64_t v = i < 16 ? low : high;

			fprintf(m->names, "%x%s",
			    (unsigned)(v >> 4 * (i % 16) & 15),
			    i < 31 ? "." : "\n");
		}
		break;
	}
	default:
		fprintf(m->names, "%u.%u.%u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
	}
}

static void
ask6(struct maker *m, const struct net_ip *ip)
{
	unsigned from = one_in(40) ? chance(32) : 0, kind = chance(60);

	if (m->left == 0) {
		return;
	}
	m->left--;
	if (kind == 0) {
		fputs("y.", m->names);
	}
	for (unsigned i = from; i < 32; i++) {
		unsigned n = ip->bytes[15 - i / 2] >> (i % 2 != 0 ? 4 : 0) & 15;

		if (kind == 1 && i == 7) {
			fputs("g.", m->names);
		} else if (kind == 2 && i == 7) {
			fprintf(m->names, "0%x.", n);
		} else {
			fprintf(m->names, one_in(2) ? "%x%s" : "%X%s", n,
			    i < 31 ? "." : "\n");
			continue;
		}
		if (i == 31) {
			putc('\n', m->names);
		}
	}
}

/* The edges of A to B, their neighbours, and something within. */
static void
ask_around4(struct maker *m, uint32_t a, uint32_t b)
{
	ask4(m, a);
	ask4(m, a - 1);
	ask4(m, b);
	ask4(m, b + 1);
	ask4(m, a + (b - a == UINT32_MAX ? 7 : chance(b - a + 1)));
}

static void
entry4(struct maker *m, bool ranges, bool trivial)
{
	static const uint8_t lens[] = { 9, 12, 15, 16, 17, 20, 22, 23, 24, 24,
		25, 26, 28, 29, 30, 31, 32, 32, 32, 32 };
	unsigned plen = trivial ? 32 : lens[chance(sizeof(lens))];
	uint32_t a = some_ip4(m) & mask4(plen), b = a | ~mask4(plen);
	bool hole = !trivial && one_in(4);
	char space = one_in(6) ? ' ' : 0;

	if (hole) {
		fputs(space != 0 ? "! " : "!", m->file);
	}
	if (ranges && one_in(3)) {
		unsigned width = chance(17);

		b = a + chance(1u << width);
		if (b >> 24 != a >> 24) {
			b = a;
		}
		if (b >> 8 == a >> 8 && one_in(2)) {
			fprintf(m->file, "%u.%u.%u.%u-%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, a & 255, b & 255);
		} else if (one_in(4)) {
			a &= ~255u;
			b |= 255;
			fprintf(m->file, "%u.%u.%u-%u.%u.%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, b >> 24, b >> 16 & 255,
			    b >> 8 & 255);
		} else {
			fprintf(m->file, "%u.%u.%u.%u-%u.%u.%u.%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, a & 255, b >> 24,
			    b >> 16 & 255, b >> 8 & 255, b & 255);
		}
	} else if (plen == 24 && one_in(2)) {
		fprintf(
		    m->file, "%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255);
	} else if (plen == 16 && one_in(2)) {
		fprintf(m->file, "%u.%u", a >> 24, a >> 16 & 255);
	} else if (plen <= 16 && one_in(2)) {
		fprintf(m->file, "%u.%u/%u", a >> 24, a >> 16 & 255, plen);
	} else if (plen == 32 && (trivial || one_in(2))) {
		fprintf(m->file, one_in(9) ? "%03u.%u.%02u.%u" : "%u.%u.%u.%u",
		    a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	} else {
		fprintf(m->file, "%u.%u.%u.%u/%u", a >> 24, a >> 16 & 255,
		    a >> 8 & 255, a & 255, plen);
	}
	value(m);
	ask_around4(m, a, b);
}

static void
entry6(struct maker *m, bool trivial)
{
	static const uint8_t lens[] = { 20, 24, 31, 32, 40, 47, 48, 56, 60, 63,
		64, 64, 64, 65, 96, 120, 127, 128, 128, 128 };
	bool hole = one_in(4);
	unsigned plen =
	    trivial ? (hole ? 128 : 64) : lens[chance(sizeof(lens))];
	struct net_ip ip = some_ip6(m), last, other;
	char out[NET_IP_TEXT];

	for (unsigned bit = plen; bit < 128; bit++) {
		ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	last = ip;
	for (unsigned bit = plen; bit < 128; bit++) {
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	fputs(hole ? "!" : "", m->file);
	if (plen % 16 == 0 && plen < 128 && (trivial || one_in(2))) {
		for (unsigned i = 0; i < plen / 16; i++) {
			fprintf(m->file, "%s%x", i > 0 ? ":" : "",
			    (unsigned)(ip.bytes[2 * i] << 8 |
				ip.bytes[2 * i + 1]));
		}
	} else {
		fputs(net_ip_format(out, &ip), m->file);
		if (plen < 128 || (!trivial && one_in(2))) {
			fprintf(m->file, "/%u", plen);
		}
	}
	value(m);
	ask6(m, &ip);
	ask6(m, &last);
	other = ip;
	other.bytes[plen / 8 < 16 ? plen / 8 : 15] ^= 1;
	ask6(m, &other);
	other = ip;
	other.bytes[(plen - 1) / 8] ^= (uint8_t)(0x80 >> (plen - 1) % 8);
	ask6(m, &other);
	last.bytes[15] ^= (uint8_t)chance(256);
	ask6(m, &last);
}

static void
some_name(FILE *f, unsigned labels)
{
	static const char *const words[] = { "a", "b", "mail", "WWW", "x-1",
		"example" };

	for (unsigned i = 0; i < labels; i++) {
		fprintf(f, "%s.", words[chance(6)]);
	}
	fputs(one_in(2) ? "example" : "test0", f);
}

static void
entry_name(struct maker *m)
{
	char name[300];
	FILE *f = fmemopen(name, sizeof(name), "w");

	if (f == NULL) {
		rbldiff_die("fmemopen");
	}
	some_name(f, 1 + chance(4));
	fclose(f);
	fprintf(m->file, "%s%s%s", one_in(4) ? "!" : "",
	    one_in(3)       ? "."
		: one_in(2) ? "*."
			    : "",
	    name);
	value(m);
	for (int i = 0; i < 4 && m->left > 0; i++, m->left--) {
		if (i == 1) {
			fputs("below.", m->names);
		} else if (i == 2) {
			fputs("far.below.", m->names);
		} else if (i == 3) {
			some_name(m->names, 1 + chance(5));
			putc('\n', m->names);
			continue;
		}
		fprintf(m->names, "%s\n", name);
	}
}

/* What both programs pass over, one with a warning, the other when told to. */
static void
bad_line(struct maker *m)
{
	static const char *const four[] = { "10", "45.1.2.3/8", "45.1.2.3.4",
		"256.1.1.1", "nonsense", "45.1.2.3x", "!", "45.1.2.3/33",
		"45.1.2.9-8", "45.1-45.1.2.3", "45.1.2.3 :x:y", "45.1.2.3 :0:y",
		"45.1.2.3 :4 y", "$UNKNOWN x" };
	static const char *const six[] = { "2a00", "2a00::1/32", "12345::1",
		"nonsense", "2a00::1/129", "2a00::1 :x:y", "$UNKNOWN x" };

	if (m->names_only) {
		return;
	}
	fprintf(m->file, "%s\n",
	    m->six ? six[chance(sizeof(six) / sizeof(six[0]))]
		   : four[chance(sizeof(four) / sizeof(four[0]))]);
}

static void
lines(struct maker *m, const char *type, unsigned n)
{
	bool trivial = strstr(type, "tset") != NULL;
	bool ranges = strcmp(type, "ip4set") == 0;

	m->six = strncmp(type, "ip6", 3) == 0;
	m->names_only = strcmp(type, "dnset") == 0;
	if (!one_in(3)) {
		fprintf(m->file, ":127.0.0.%u:", 2 + chance(9));
		text(m);
		putc('\n', m->file);
	}
	for (unsigned i = 0; i < n; i++) {
		if (one_in(60)) {
			fputs("# comment\n\n;$comment\n", m->file);
		}
		if (one_in(40)) {
			bad_line(m);
		}
		if (one_in(50) && !trivial) {
			fprintf(m->file, ":%u:", 2 + chance(9));
			text(m);
			putc('\n', m->file);
		}
		if (m->names_only) {
			entry_name(m);
		} else if (m->six) {
			entry6(m, trivial);
		} else {
			entry4(m, ranges, trivial);
		}
	}
}

static void
variables(struct maker *m, bool base)
{
	fputs("$1 See http://list.example/$x\n", m->file);
	if (one_in(2)) {
		fputs("#$2 for details\n", m->file);
	}
	if (base && one_in(2)) {
		fputs("$= Base: $= ($), $1\n", m->file);
	}
}

static void
generic(struct maker *m, unsigned n)
{
	fputs("@ 1h MX 10 mx.example\nwww A 192.0.2.1\n", m->file);
	for (unsigned i = 0; i < n; i++) {
		uint32_t a = (some_ip4(m) & ~255u) | (i & 255);

		/* each owner once: of several records one counts here */
		a = (a & 0xff0000ff) | (i >> 8 & 255) << 8 | (a & 0x00070000);
		fprintf(m->file, "%u.%u.%u.%u A 127.0.0.%u\n", a & 255,
		    a >> 8 & 255, a >> 16 & 255, a >> 24, 2 + chance(9));
		if (one_in(2)) {
			fprintf(m->file, "%u.%u.%u.%u TXT \"costs $%u $\"\n",
			    a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24,
			    chance(9));
		}
		ask_around4(m, a, a);
	}
}

int
rbldiff_make(char **argv)
{
	const char *type = argv[0];
	unsigned entries = (unsigned)strtoul(argv[2], NULL, 10);
	struct maker m = { .left = (unsigned)strtoul(argv[3], NULL, 10) };
	static const uint8_t eights[] = { 23, 45, 62, 80, 91, 109, 151, 212 };

	state = strtoull(argv[1], NULL, 10);
	for (const char *p = type; *p != '\0'; p++) {
		state = state * 31 + (unsigned char)*p;
	}
	m.file = fopen(argv[4], "w");
	m.names = fopen(argv[5], "w");
	if (m.file == NULL || m.names == NULL) {
		rbldiff_die(argv[4]);
	}
	for (int i = 0; i < 4; i++) {
		m.bases[i] =
		    (uint32_t)eights[chance(8)] << 24 | chance(8) << 16;
	}
	fputs("$SOA 0 ns.example. host.example. 0 2h 2h 1w 5m\n"
	      "$NS 1d ns.example.\n",
	    m.file);
	if (strcmp(type, "combined") == 0) {
		variables(&m, false);
		fputs("$DATASET ip4trie:one @ more\n", m.file);
		variables(&m, true);
		lines(&m, "ip4trie", entries / 2);
		fputs("$DATASET ip4set:other other\n", m.file);
		lines(&m, "ip4set", entries / 4);
		fputs("$DATASET ip6trie @ # and six\n", m.file);
		variables(&m, true);
		lines(&m, "ip6trie", entries / 2);
	} else if (strcmp(type, "generic") == 0) {
		generic(&m, entries);
	} else {
		variables(&m, true);
		lines(&m, type, entries);
	}
	while (m.left > 0 && m.names_only) {
		some_name(m.names, 1 + chance(6));
		putc('\n', m.names);
		m.left--;
	}
	while (m.left > 0) {
		struct net_ip ip = some_ip6(&m);

		if (m.six || (strcmp(type, "combined") == 0 && one_in(2))) {
			ask6(&m, &ip);
		} else {
			ask4(&m, one_in(8) ? chance(UINT32_MAX) : some_ip4(&m));
		}
	}
	if (fclose(m.file) != 0 || fclose(m.names) != 0) {
		rbldiff_die(argv[4]);
	}
	return 0;
}
