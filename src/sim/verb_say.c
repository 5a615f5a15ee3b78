/*
 * report NODES ADDRESS[+N] [CATEGORY] [count=N] [ago=SPAN] [threat=NAME]
 * retract NODES ADDRESS[+N]
 * clear NODES ADDRESS[+N]
 *
 * Dishonest nodes report like honest ones; what they say is a fault.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/actor.h"
#include "sim/verb.h"

/* Report what ${item} says, of ${w}'s nodes and addresses. */
static void
say(struct play *p, const struct words *w, const struct item *item)
{
	uint64_t first, count, i;
	struct item *items;
	struct actor *a;
	size_t k;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	if (words_subjects(w->v[2], &first, &count) != 0) {
		verb_wrong(p, "'%s' is no address", w->v[2]);
		return;
	}
	items = mem_array(NULL, count + 1, sizeof(*items));
	for (i = 0; i < count; i++) {
		items[i] = *item;
		items[i].subject = first + i;
	}
	for (k = 0; k < p->stage->n; k++) {
		a = &p->stage->actors[k];
		if (!p->mask[k])
			continue;
		if (!a->honest)
			stage_fault(p->stage, FAULT_CONTENT);
		actor_report(p->stage, a, items, count);
	}
	mem_free(items);
}

static void
report(struct play *p, const struct words *w)
{
	struct item item = {.kind = RECORD_SIGHTING, .category = CATEGORY_WORM};
	const char *threat = words_option(w, "threat");
	uint64_t count = 1;
	int64_t ago = -1;

	if (w->n > 3) {
		item.category = (uint8_t)category_find(w->v[3]);
		if (category_find(w->v[3]) <= 0)
			verb_wrong(p, "'%s' is no category", w->v[3]);
	}
	verb_count_option(p, w, "count", &count);
	verb_span_option(p, w, "ago", &ago);
	if (text_copy(item.threat, sizeof(item.threat),
		threat == NULL ? "Win.Worm.Sober-G" : threat) != 0)
		verb_wrong(p, "the name of the threat is too long");
	if (p->error[0] != '\0')
		return;
	item.count = (uint32_t)count;
	if (ago >= 0)
		item.seen =
		    wall_sec((struct wall){STAGE_START + p->stage->now - ago});
	say(p, w, &item);
}

static void
retract(struct play *p, const struct words *w)
{
	struct item item = {.kind = RECORD_RETRACTION};

	say(p, w, &item);
}

static void
clear(struct play *p, const struct words *w)
{
	struct item item = {.kind = RECORD_CLEARANCE};

	say(p, w, &item);
}

const struct verb verb_say[] = {
    {"report", 2, report},
    {"retract", 2, retract},
    {"clear", 2, clear},
    {NULL, 0, NULL},
};
