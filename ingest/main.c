/* main.c - the program; all of it is in cmd.c and the files beside it. */
#include "ingest/cmd.h"

int
main(int argc, char **argv)
{
	return ingest_cmd(argc, argv);
}
