/* make.c - bench_make: lists and questions for the benchmarks, from a seed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/draw.h"

static const char usage[] =
    "usage: bench_make -d FOLDER [-n ENTRIES] [-q QUESTIONS] [-r SEED] [-szt]\n"
    "       KIND\n"
    "KIND is ip4, ip6, digest, address or domain. Into FOLDER, which must be\n"
    "there, go \"list.rbl\" (rbldnsd's form), \"list.plain\" (ours) and the\n"
    "questions \"hit\", \"miss\" and \"mix\"; for ip4 also \"spare\", "
    "addresses\nthat are neither listed nor asked for.\n"
    "  -s   ip4: also \"list.shuffled\", list.rbl in no order\n"
    "  -t   address: each with a +tag\n"
    "  -z   ip4: also \"list.zone\", a zone file of names\n";

static const struct {
	const char *name;
	void (*make)(struct make *m);
} kinds[] = {
	{ "ip4", make_ip4 },
	{ "ip6", make_ip6 },
	{ "digest", make_digests },
	{ "address", make_addresses },
	{ "domain", make_domains },
};

static size_t
count(const char *s)
{
	char *end;
	unsigned long long n = strtoull(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0' || n > 100000000) {
		errno = 0;
		make_die("\"%s\" is no number up to 100000000", s);
	}
	return (size_t)n;
}

int
main(int argc, char **argv)
{
	struct make m = { .n = 100000, .questions = 1000000 };
	int o;

	m.draw.state = 1;
	while ((o = getopt(argc, argv, "d:n:q:r:szth")) != -1) {
		switch (o) {
		case 'd': m.dir = optarg; break;
		case 'n': m.n = count(optarg); break;
		case 'q': m.questions = count(optarg); break;
		case 'r': m.draw.state = count(optarg); break;
		case 's': m.shuffled = true; break;
		case 't': m.tagged = true; break;
		case 'z': m.zone = true; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (m.dir == NULL || optind != argc - 1 || m.n == 0) {
		fputs(usage, stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[optind]) == 0) {
			kinds[i].make(&m);
			return 0;
		}
	}
	fputs(usage, stderr);
	return 2;
}
