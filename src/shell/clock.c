#include <time.h>

#include "shell/clock.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	/* Cannot fail with a valid clock and address. */
	clock_gettime(id, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

uint64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

struct wall
clock_wall(void)
{
	struct wall t = {read_ms(CLOCK_REALTIME)};

	return (t);
}

struct mono
clock_mono(void)
{
	struct mono t = {read_ms(CLOCK_MONOTONIC)};

	return (t);
}
