/* write.c - bench_write: single changes at a steady rate, each a transaction
 * of its own, committed and synced as the programs do it.
 *
 * Change 2k adds key k of the file, change 2k+1 takes it out again; at the end
 * of the file it begins anew. So the list stays as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/clock.h"
#include "zone/moderate.h"

struct keys {
	struct zone_key *at;
	size_t n;
};

static struct {
	const char *config, *list, *keys;
	double rate, seconds;
	bool tell;
} want = { .rate = 1000, .seconds = 2 };

static void
fail(const char *what, int err, const struct err_text *why)
{
	fprintf(stderr, "bench_write: %s: %s\n", what,
	    why->text[0] != '\0' ? why->text : err_str(err));
	exit(1);
}

static struct keys
load(const struct zone_list_conf *list)
{
	FILE *file = fopen(want.keys, "r");
	struct keys keys = { 0 };
	struct err_text why = { "" };
	char line[ZONE_KEY_TEXT];
	size_t room = 0;

	if (file == NULL) {
		fail(want.keys, ERR_SYS, &why);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		int r;

		if (keys.n == room) {
			room = 2 * room + 1000;
			keys.at = reallocarray(keys.at, room, sizeof(*keys.at));
			if (keys.at == NULL) {
				fail(want.keys, ERR_NOMEM, &why);
			}
		}
		line[strcspn(line, "\n")] = '\0';
		r = zone_key_parse(
		    list->kind, span_str(line), &keys.at[keys.n++], &why);
		if (r < 0) {
			fail(want.keys, r, &why);
		}
	}
	fclose(file);
	if (keys.n == 0) {
		fail(want.keys, ERR_NONE, &why);
	}
	return keys;
}

static void
change(struct zone_store *store, const struct zone_config *config,
    const struct zone_list_conf *list, const struct zone_key *key, bool add)
{
	const struct zone_terms terms = { .person = true,
		.forever = true,
		.reason = "benchmark",
		.source = "benchmark" };
	const struct zone_why why = { .by = "benchmark",
		.action = add ? ZONE_ACTION_ADD : ZONE_ACTION_REMOVE };
	struct zone_change *c = NULL;
	struct zone_change_result result;
	struct err_text text = { "" };
	int r = zone_change_new(store, config, &c);

	if (r == 0) {
		r = add ? zone_change_put(c, list, key, &terms, 0, &text)
			: zone_change_remove(c, list, key, 0);
	}
	if (r == 0) {
		r = zone_change_commit(&c, &why, &result, &text);
	}
	if (r == 0 && result.serial == 0) {
		r = ERR_CONFLICT; /* it was so already */
	}
	if (r < 0) {
		fail("a change", r, &text);
	}
}

static void
wait_until(uint64_t when)
{
	struct timespec t = { (time_t)(when / 1000000000),
		(long)(when % 1000000000) };

	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

static int
ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
run(struct zone_store *store, const struct zone_config *config,
    const struct zone_list_conf *list, const struct keys *keys)
{
	uint64_t every = (uint64_t)(1e9 / want.rate), began = clock_ns();
	uint64_t stop = began + (uint64_t)(want.seconds * 1e9), now = began;
	size_t n = 0, room = (size_t)(want.rate * want.seconds) + 2;
	uint64_t *took = calloc(room, sizeof(*took));

	/* an even number: what was added is taken out */
	while (took != NULL && n < room && (now < stop || n % 2 != 0)) {
		bool add = n % 2 == 0;
		uint64_t due = began + n * every, from;

		if (now < due) {
			wait_until(due);
		}
		from = clock_ns();
		change(store, config, list, &keys->at[n / 2 % keys->n], add);
		now = clock_ns();
		took[n++] = now - from;
		if (want.tell) {
			printf("[%llu,%d]\n", (unsigned long long)now, add);
			fflush(stdout);
		}
	}
	if (n == 0) {
		return;
	}
	qsort(took, n, sizeof(*took), ascending);
	printf("{\"changes\":%zu,\"per_second\":%.1f,\"median_ms\":%.3f,"
	       "\"longest_ms\":%.3f}\n",
	    n, (double)n / ((double)(now - began) * 1e-9),
	    (double)took[n / 2] * 1e-6, (double)took[n - 1] * 1e-6);
	free(took);
}

static const char usage[] =
    "usage: bench_write -c rbl.conf -l LIST -k KEYS [-r RATE] [-t SECONDS] "
    "[-v]\n"
    "  -r RATE     changes a second (1000)\n"
    "  -v          a line for each: when its commit returned, and 1: added,\n"
    "              0: taken out\n";

int
main(int argc, char **argv)
{
	struct zone_config *config = NULL;
	struct zone_store *store = NULL;
	struct err_text why = { "" };
	const struct zone_list_conf *list;
	struct keys keys;
	int o, r;

	while ((o = getopt(argc, argv, "c:l:k:r:t:v")) != -1) {
		switch (o) {
		case 'c': want.config = optarg; break;
		case 'l': want.list = optarg; break;
		case 'k': want.keys = optarg; break;
		case 'r': want.rate = atof(optarg); break;
		case 't': want.seconds = atof(optarg); break;
		case 'v': want.tell = true; break;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc || want.config == NULL || want.list == NULL ||
	    want.keys == NULL || want.rate < 0.1 || want.rate > 1e6) {
		fputs(usage, stderr);
		return 2;
	}
	if ((r = zone_config_load(want.config, &config, &why)) < 0) {
		fail(want.config, r, &why);
	}
	list = zone_config_list(config, span_str(want.list));
	if (list == NULL) {
		fail(want.list, ERR_NONE, &why);
	}
	keys = load(list);
	r = zone_store_open(config->data_dir, ZONE_STORE_LISTS, ZONE_WRITE,
	    config->map_size, &store, &why);
	if (r < 0) {
		fail(config->data_dir, r, &why);
	}
	run(store, config, list, &keys);
	zone_store_close(&store);
	free(keys.at);
	zone_config_free(&config);
	return 0;
}
