/* run.c - the conformance table: every id must have its case, and hold.
 *
 * The ids are those of the standards' statements that the project keeps. One
 * that is nothing for the responder or the store says who keeps it.
 *
 *	conformance [ID...]	only these
 */
#include "tests/conformance/world.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *id;
	const char *elsewhere; /* NULL: a case is here */
} table[] = {
	{ "5782-1", NULL },
	{ "5782-2", NULL },
	{ "5782-3", NULL },
	{ "5782-4", NULL },
	{ "5782-5", NULL },
	{ "5782-6", NULL },
	{ "5782-7", NULL },
	{ "5782-8", NULL },
	{ "5782-9", NULL },
	{ "5782-10", NULL },
	{ "5782-11", NULL },
	{ "5782-12", NULL },
	{ "5782-13", NULL },
	{ "6471-1", "criteria: rbl.conf(5) criterion, the pages show them" },
	{ "6471-2", NULL },
	{ "6471-3", NULL },
	{ "6471-4", "removal by mail: rbl-ingest" },
	{ "6471-5", "age of removal requests: the moderators' pages" },
	{ "6471-6", "removal on request: the public pages" },
	{ "6471-7", NULL },
	{ "6471-8", NULL },
	{ "6471-9", "choice of names: rbl.conf(5) zone" },
	{ "6471-10", NULL },
	{ "6471-11", NULL },
	{ "6471-12", NULL },
	{ "6471-13", "removal by source: rblctl(8) purge" },
	{ "6471-14", NULL },
	{ "6471-15", "documentation: rbl-www runs without rbld" },
	{ "DNS-1", NULL },
	{ "DNS-2", NULL },
	{ "DNS-3", NULL },
	{ "DNS-4", NULL },
	{ "DNS-5", NULL },
	{ "DNS-6", NULL },
	{ "DNS-7", NULL },
	{ "DNS-8", NULL },
	{ "DNS-9", NULL },
	{ "DNS-10", NULL },
	{ "8020-1", NULL },
	{ "8020-2", NULL },
	{ "8020-3", "unbound and BIND as resolvers: tests with real peers" },
	{ "9156-1", NULL },
	{ "9156-2", NULL },
	{ "2308-1", NULL },
	{ "2308-2", NULL },
	{ "2308-3", NULL },
	{ "8482-1", NULL },
	{ "8482-2", NULL },
	{ "6891-1", NULL },
	{ "6891-2", NULL },
	{ "6891-3", NULL },
	{ "6891-4", NULL },
	{ "6891-5", NULL },
	{ "6891-6", NULL },
	{ "7766-1", NULL },
	{ "7766-2", NULL },
	{ "7766-3", NULL },
	{ "7766-4", NULL },
	{ "7766-5", NULL },
	{ "7873-1", NULL },
	{ "7873-2", NULL },
	{ "7873-3", NULL },
	{ "9018-1", NULL },
	{ "9018-2", NULL },
	{ "9018-3", NULL },
	{ "5001-1", NULL },
	{ "8914-1", NULL },
	{ "8914-2", NULL },
	{ "8914-3", NULL },
};

static const struct cf_case *const files[] = { cf_rfc5782, cf_rfc6471, cf_base,
	cf_tree, cf_negative, cf_edns, cf_cookies, cf_errors, cf_tcp };

static const struct cf_case *
find(const char *id, unsigned *ret_n)
{
	const struct cf_case *found = NULL;

	*ret_n = 0;
	for (size_t f = 0; f < CF_COUNT(files); f++) {
		for (const struct cf_case *c = files[f]; c->id != NULL; c++) {
			if (strcmp(c->id, id) == 0) {
				found = c;
				++*ret_n;
			}
		}
	}
	return found;
}

static const char *
on_road(const struct cf_case *c, bool tcp, unsigned *failed)
{
	struct cf t = { .tcp = tcp, .id = c->id };

	if ((c->roads & (tcp ? CF_TCP : CF_UDP)) == 0) {
		return "-";
	}
	c->run(&t);
	*failed += t.failed > 0;
	return t.failed == 0 ? "ok" : "FAILED";
}

/* Each case stands in the table, once. */
static unsigned
check_table(void)
{
	unsigned wrong = 0, n;

	for (size_t f = 0; f < CF_COUNT(files); f++) {
		for (const struct cf_case *c = files[f]; c->id != NULL; c++) {
			bool known = false;

			for (size_t i = 0; i < CF_COUNT(table); i++) {
				known = known ||
				    (strcmp(table[i].id, c->id) == 0 &&
					table[i].elsewhere == NULL);
			}
			(void)find(c->id, &n);
			if (!known || n != 1) {
				fprintf(stderr, "%s is not in the table once\n",
				    c->id);
				wrong++;
			}
		}
	}
	return wrong;
}

static bool
wanted(const char *id, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], id) == 0) {
			return true;
		}
	}
	return argc < 2;
}

int
main(int argc, char **argv)
{
	unsigned failed = check_table(), held = 0, n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	cf_world_begin();
	for (size_t i = 0; i < CF_COUNT(table); i++) {
		const struct cf_case *c = find(table[i].id, &n);
		const char *udp, *tcp;

		if (!wanted(table[i].id, argc, argv)) {
			continue;
		}
		if (table[i].elsewhere != NULL) {
			printf("dns: %s not of the server: %s\n", table[i].id,
			    table[i].elsewhere);
			continue;
		}
		if (c == NULL) {
			printf("dns: %s HAS NO CASE\n", table[i].id);
			failed++;
			continue;
		}
		udp = on_road(c, false, &failed);
		tcp = on_road(c, true, &failed);
		printf(
		    "dns: %s %s: udp %s, tcp %s\n", c->id, c->words, udp, tcp);
		held++;
	}
	cf_world_end();
	printf("dns: %u statements asked, %u failures\n", held, failed);
	return failed > 0;
}
