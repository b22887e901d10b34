/* spent.h - what a server spent, all its threads and processes together. */
#pragma once

#include <sys/types.h>

struct spent {               /* seconds */
	double all;          /* as the scheduler counted, to the nanosecond */
	double user, system; /* the same, divided as the clock's ticks fell */
};

/* Of PID and all processes below it that live. Zeros when there is none. */
void spent_read(pid_t pid, struct spent *ret);
