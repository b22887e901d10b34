/* rblctl.c - the program; all of it is in ctl.c and the ctl_*.c beside it. */
#include "zone/ctl.h"

int
main(int argc, char **argv)
{
	return ctl_main(argc, argv);
}
