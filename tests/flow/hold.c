/* hold.c - hold the queue's writers' lock: "held" when it is, until standard
 * input ends. Nothing is changed.
 *
 *   hold DATA-DIR
 */
#include <stdio.h>
#include <unistd.h>

#include "zone/store.h"

static int
hold(struct zone_txn *txn, void *ctx)
{
	char c;

	(void)txn;
	(void)ctx;
	puts("held");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0) {
		;
	}
	return ERR_REFUSED; /* nothing to commit */
}

int
main(int argc, char **argv)
{
	struct zone_store *store = NULL;
	struct err_text why = { "" };

	if (argc != 2 ||
	    zone_store_open(argv[1], ZONE_STORE_QUEUE, ZONE_WRITE, 1 << 26,
		&store, &why) < 0) {
		fprintf(stderr, "hold: %s\n", why.text);
		return 1;
	}
	if (zone_store_write(store, hold, NULL) != ERR_REFUSED) {
		return 1;
	}
	zone_store_close(&store);
	return 0;
}
