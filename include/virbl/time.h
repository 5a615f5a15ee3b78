/*
 * time: wall and monotonic time as two types that cannot be mixed.
 *
 * Nothing in this library reads a clock; times arrive in events. Seconds
 * on the wire and in votes are uint32_t seconds since 1970 UTC (good until
 * 2106); a batch's `created` is int64_t milliseconds.
 */
#ifndef VIRBL_TIME_H
#define VIRBL_TIME_H

#include <stdint.h>

/* UTC, milliseconds since 1970-01-01T00:00:00Z. */
struct wall {
	int64_t	ms;
};

/* Milliseconds since an arbitrary start; never goes back. */
struct mono {
	int64_t	ms;
};

/**
 * wall_sec(now):
 * Return ${now} in whole seconds, 0 before 1970 and UINT32_MAX after 2106.
 */
static inline uint32_t
wall_sec(struct wall now)
{
	int64_t s = now.ms / 1000;

	if (now.ms < 0)
		return (0);
	return (s > UINT32_MAX ? UINT32_MAX : (uint32_t)s);
}

#endif
