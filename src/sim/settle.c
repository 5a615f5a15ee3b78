#include <string.h>

#include "sim/actor.h"
#include "sim/course.h"
#include "sim/judge.h"
#include "sim/settle.h"

#define POLL 500 /* ms between two looks */
#define PROBE UINT64_C(0xc6336400) /* 198.51.100.0 */

static void
heal(struct stage *s)
{
	struct actor *a;
	size_t i;

	for (i = 0; i < s->n * s->n; i++)
		s->links[i].cut = false;
	for (i = 0; i < s->n * s->n; i++)
		actor_post_release(s, &s->links[i]);
	memset(&s->weather, 0, sizeof(s->weather));
	s->weather.delay = 50;
	s->weather.lag = 20;
	for (i = 0; i < s->n; i++) {
		a = &s->actors[i];
		a->skew = 0;
		a->drift = 0;
		a->slow = 0;
		a->busy = 0;
		stage_resume(s, a);
		a->ill = false;
		a->doom = 0;
		if (a->honest)
			actor_start(s, a);
	}
}

/* Every honest node sees something new. */
static void
probe(struct stage *s)
{
	struct item item = {.kind = RECORD_SIGHTING,
	    .category = CATEGORY_WORM,
	    .count = 1,
	    .threat = "Probe"};
	size_t i;

	item.subject = PROBE + dice_roll(&s->dice, 256);
	for (i = 0; i < s->n; i++)
		if (s->actors[i].honest)
			actor_report(s, &s->actors[i], &item, 1);
}

/* Wait until all hold the same. Return false if they do not by ${end}. */
static bool
wait(struct stage *s, int64_t end)
{
	char why[TALE_LINE];

	while (!s->stopped && judge_apart(s, why, sizeof(why))) {
		if (s->now >= end) {
			tale_break(&s->tale, s->now, 2, "%s", why);
			s->stopped = true;
			return (false);
		}
		course_run(s, s->now + POLL);
	}
	return (!s->stopped);
}

int64_t
settle_down(struct stage *s, int64_t within)
{
	int64_t begin = s->now, took;

	tale_say(&s->tale, s->now, "all faults end");
	heal(s);
	course_run(s, s->now + 1000);
	if (!wait(s, begin + within))
		return (within);
	took = s->now - begin;
	tale_say(&s->tale, s->now, "all hold the same");
	/* And what is said now arrives as well, whoever still lies. */
	probe(s);
	course_run(s, s->now + 5000);
	if (!wait(s, s->now + within))
		return (within);
	judge_look(s, 1);
	judge_last(s);
	s->stopped = s->stopped || s->tale.broken != 0;
	return (took);
}
