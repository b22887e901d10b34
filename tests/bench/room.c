/* room.c - bench_room: the room that each table of a store takes, as one line
 * of JSON: {"blocks":[ROWS,BYTES], ...}. Bytes are whole pages. */
#include <stdio.h>
#include <stdlib.h>

#include "zone/config.h"
#include "zone/store.h"

static const struct {
	const char *name;
	enum zone_table table;
} tables[] = {
	{ "meta", ZONE_T_META },
	{ "lists", ZONE_T_LISTS },
	{ "blocks", ZONE_T_BLOCKS },
	{ "names", ZONE_T_NAMES },
	{ "details", ZONE_T_DETAILS },
	{ "history", ZONE_T_HISTORY },
	{ "changes", ZONE_T_CHANGES },
};

static int
print(struct zone_txn *txn, void *ctx)
{
	size_t n = sizeof(tables) / sizeof(tables[0]);

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		uint64_t rows, bytes;
		int r = zone_txn_count(txn, tables[i].table, &rows);

		if (r == 0) {
			r = zone_txn_room(txn, tables[i].table, &bytes);
		}
		if (r < 0) {
			return r;
		}
		printf("%s\"%s\":[%llu,%llu]", i == 0 ? "{" : ",",
		    tables[i].name, (unsigned long long)rows,
		    (unsigned long long)bytes);
	}
	puts("}");
	return 0;
}

int
main(int argc, char **argv)
{
	struct zone_config *config = NULL;
	struct zone_store *store = NULL;
	struct err_text why = { "" };
	int r;

	if (argc != 2) {
		fputs("usage: bench_room rbl.conf\n", stderr);
		return 2;
	}
	r = zone_config_load(argv[1], &config, &why);
	if (r == 0) {
		r = zone_store_open(config->data_dir, ZONE_STORE_LISTS,
		    ZONE_READ, config->map_size, &store, &why);
	}
	if (r == 0) {
		r = zone_store_read(store, print, NULL);
	}
	if (r < 0) {
		fprintf(stderr, "bench_room: %s\n",
		    why.text[0] != '\0' ? why.text : err_str(r));
	}
	zone_store_close(&store);
	zone_config_free(&config);
	return r < 0;
}
