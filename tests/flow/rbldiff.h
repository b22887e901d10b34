/* rbldiff.h - the two halves of rbldiff. */
#pragma once

/* TYPE SEED ENTRIES QUESTIONS FILE NAMES; exit status. */
int rbldiff_make(char **argv);
/* errno and the end. */
void rbldiff_die(const char *what);
