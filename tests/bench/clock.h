/* clock.h - nanoseconds of the wall clock, the one that the kernel's stamps on
 * packets and other programs share. */
#pragma once

#include <stdint.h>
#include <time.h>

static inline uint64_t
clock_ns_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec;
}

static inline uint64_t
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return clock_ns_of(&t);
}
