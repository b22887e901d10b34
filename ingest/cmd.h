/* cmd.h - the command line of rbl-ingest(1). */
#pragma once

/* Everything the program does; returns its exit status (sysexits). */
int ingest_cmd(int argc, char **argv);
