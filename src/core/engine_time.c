#include "core/engine_parts.h"

#define CLOCK_SLACK 2000 /* ms that the clock may go back unnoticed */
#define DAY 86400000 /* ms */

bool
engine_time_set(struct engine *e, const struct event *event)
{
	int64_t back = e->now.ms - event->now.ms;

	e->mono = event->mono;
	if (back > 0 && back < CLOCK_SLACK)
		return (false);
	e->now = event->now;
	return (back > 0);
}

uint32_t
engine_time_horizon(const struct engine *e)
{
	struct wall known = {e->latest + (e->mono.ms - e->lately)};

	if (e->latest == 0 || e->now.ms < known.ms ||
	    e->mono.ms > e->heard + DAY)
		known = e->now;
	return (wall_sec(known));
}

void
engine_time_heard(struct engine *e, size_t member, int64_t created)
{
	if (member == 0)
		return;
	e->heard = e->mono.ms;
	if (e->latest != 0 && created <= e->latest + (e->mono.ms - e->lately))
		return;
	e->latest = created;
	e->lately = e->mono.ms;
}
