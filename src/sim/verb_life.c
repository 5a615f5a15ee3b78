/*
 * start NODES
 * stop NODES [for=SPAN]	in good order
 * crash NODES [for=SPAN]	what the disk was doing is rolled back
 * power NODES [for=SPAN]	it was done, nobody was told
 * memory NODES [steps=N] [for=SPAN]	dies in the middle of its N-th step
 * pause NODES SPAN		does nothing
 * slow NODES SPAN|off		each thing takes it up to that long
 * save NODE NAME		keep an image of its disk
 * restore NODE NAME|empty [careful=yes]
 *	stop it, put the image back, start it; carefully: only if enough of
 *	those it asks hold more of its log than the image, or nothing was lost
 * disk NODES ill|well		no write works; it does again
 * rot NODES [times=N]		bits flip in stored batches
 * clock NODES SPAN|-SPAN|right [drift=PPM]
 * later NODES			do not start these at the beginning
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/actor.h"
#include "sim/judge.h"
#include "sim/verb.h"

typedef void act_on(struct play *p, struct actor *a, const struct words *w);

static void
each_node(struct play *p, const struct words *w, act_on *act)
{
	size_t i;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i])
			act(p, &p->stage->actors[i], w);
}

static void
start_again(struct stage *s, void *arg)
{
	struct actor *a = arg;

	if (a->ill)
		return;
	actor_start(s, a);
}

/* If ${w} says for how long, plan the start. */
static void
plan_start(struct play *p, struct actor *a, const struct words *w)
{
	int64_t span = -1;

	verb_span_option(p, w, "for", &span);
	if (span >= 0)
		stage_plan(p->stage, p->stage->now + span, start_again, a);
}

static void
start_one(struct play *p, struct actor *a, const struct words *w)
{
	(void)w;
	actor_start(p->stage, a);
}

static void
stop_one(struct play *p, struct actor *a, const struct words *w)
{
	tale_say(&p->stage->tale, p->stage->now, "n%zu stops", a->number);
	actor_stop(p->stage, a, STOP_COMMIT);
	plan_start(p, a, w);
}

static void
crash_one(struct play *p, struct actor *a, const struct words *w)
{
	stage_fault(p->stage, FAULT_CRASH);
	tale_say(&p->stage->tale, p->stage->now, "n%zu crashes", a->number);
	actor_stop(p->stage, a, STOP_NOTHING);
	plan_start(p, a, w);
}

static void
power_one(struct play *p, struct actor *a, const struct words *w)
{
	stage_fault(p->stage, FAULT_POWER);
	tale_say(&p->stage->tale, p->stage->now, "n%zu loses power", a->number);
	actor_stop(p->stage, a, STOP_COMMIT);
	plan_start(p, a, w);
}

static void
memory_one(struct play *p, struct actor *a, const struct words *w)
{
	uint64_t steps = 1;

	verb_count_option(p, w, "steps", &steps);
	if (a->engine != NULL)
		a->doom = (unsigned)steps;
	plan_start(p, a, w);
}

static void
pause_one(struct play *p, struct actor *a, const struct words *w)
{
	int64_t span;

	if (words_span(w->v[2], &span) != 0) {
		verb_wrong(p, "'%s' is no duration", w->v[2]);
		return;
	}
	stage_fault(p->stage, FAULT_PAUSE);
	tale_say(&p->stage->tale, p->stage->now, "n%zu stands still for %s",
	    a->number, w->v[2]);
	if (a->engine == NULL)
		return;
	a->paused = p->stage->now + span;
	stage_add(p->stage, a->paused, HAP_GO, a);
}

static void
slow_one(struct play *p, struct actor *a, const struct words *w)
{
	int64_t span = 0;

	if (strcmp(w->v[2], "off") != 0 && words_span(w->v[2], &span) != 0)
		verb_wrong(p, "'%s' is no duration", w->v[2]);
	stage_fault(p->stage, FAULT_PAUSE);
	a->slow = span;
}

static void
ill_one(struct play *p, struct actor *a, const struct words *w)
{
	a->ill = strcmp(w->v[2], "ill") == 0;
	if (!a->ill && strcmp(w->v[2], "well") != 0)
		verb_wrong(p, "a disk is ill or well");
	if (!a->ill)
		actor_start(p->stage, a);
}

static void
rot_one(struct play *p, struct actor *a, const struct words *w)
{
	const struct blob *b;
	uint64_t times = 1, i;

	verb_count_option(p, w, "times", &times);
	for (i = 0; i < times; i++) {
		b = disk_rot(a->disk, &p->stage->dice);
		if (b == NULL)
			return;
		a->rotten = true;
		stage_fault(p->stage, FAULT_ROT);
		tale_say(&p->stage->tale, p->stage->now,
		    "n%zu: its copy of n%zu %u/%llu decays", a->number,
		    b->maker, (unsigned)b->h.epoch,
		    (unsigned long long)b->h.seq);
	}
}

static void
clock_one(struct play *p, struct actor *a, const struct words *w)
{
	struct stage *s = p->stage;
	const char *drift = words_option(w, "drift"), *text = w->v[2];
	int64_t span = 0;
	bool back = *text == '-';

	if (strcmp(text, "right") != 0 &&
	    words_span(text + (back || *text == '+'), &span) != 0)
		verb_wrong(p, "'%s' is no duration", text);
	a->drift = drift == NULL ? 0 : (int32_t)strtol(drift, NULL, 10);
	a->drifting = s->now;
	a->skew = back ? -span : span;
	if (strcmp(text, "right") != 0) {
		stage_fault(s, FAULT_CLOCK);
		a->skewed = true;
	}
	tale_say(&s->tale, s->now, "n%zu: its clock goes %s", a->number, text);
}

static void
later_one(struct play *p, struct actor *a, const struct words *w)
{
	(void)w;
	p->later[a->number] = true;
}

static struct image *
image_named(struct play *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nimages; i++)
		if (strcmp(p->images[i].name, name) == 0)
			return (&p->images[i]);
	return (NULL);
}

static void
save(struct play *p, const struct words *w)
{
	struct actor *a = verb_node(p, w->v[1]);
	struct image *image = image_named(p, w->v[2]);

	if (a == NULL)
		return;
	if (image == NULL && p->nimages == PLAY_IMAGES) {
		verb_wrong(p, "too many images");
		return;
	}
	if (image == NULL)
		image = &p->images[p->nimages++];
	if (text_copy(image->name, sizeof(image->name), w->v[2]) != 0)
		verb_wrong(p, "the name of an image is too long");
	disk_free(image->disk);
	image->disk = disk_copy(a->disk);
}

/*
 * True if any ENGINE_HEARD of the nodes that ${a} asks tell it that the log on
 * ${d} is not all of it. If not, nothing can keep it from a fork.
 */
static bool
will_notice(const struct stage *s, const struct actor *a, const struct disk *d)
{
	const struct shelf *now = disk_shelf(a->disk, a->key.public);
	const struct shelf *then = disk_shelf(d, a->key.public), *theirs;
	size_t i, asked = 0, more = 0;

	if (now == NULL || a->nwrites > 0)
		return (a->nwrites == 0);
	if (then != NULL &&
	    memcmp(then->head.id, now->head.id, HASH_BYTES) == 0)
		return (true);
	for (i = 0; i < s->n; i++) {
		if (i == a->number || a->stance.of[i].asks != i ||
		    !a->stance.of[i].known)
			continue;
		asked++;
		theirs = disk_shelf(s->actors[i].disk, a->key.public);
		more += s->actors[i].honest && theirs != NULL &&
		    (then == NULL || theirs->head.epoch > then->head.epoch ||
			(theirs->head.epoch == then->head.epoch &&
			    theirs->head.seq > then->head.seq));
	}
	return (more + ENGINE_HEARD > asked && more > 0);
}

static void
restore(struct play *p, const struct words *w)
{
	struct actor *a = verb_node(p, w->v[1]);
	struct image *image = image_named(p, w->v[2]);
	struct disk *disk;

	if (a == NULL)
		return;
	if (image == NULL && strcmp(w->v[2], "empty") != 0) {
		verb_wrong(p, "there is no image '%s'", w->v[2]);
		return;
	}
	disk = image == NULL ? disk_new() : disk_copy(image->disk);
	if (words_option(w, "careful") != NULL &&
	    !will_notice(p->stage, a, disk)) {
		disk_free(disk);
		return;
	}
	stage_fault(p->stage, FAULT_ROLLBACK);
	tale_say(&p->stage->tale, p->stage->now, "n%zu: its disk is %s now",
	    a->number, w->v[2]);
	actor_stop(p->stage, a, STOP_NOTHING);
	disk_free(a->disk);
	a->disk = disk;
	judge_forget(p->stage, a);
	if (p->begun)
		actor_start(p->stage, a);
}

static void
start(struct play *p, const struct words *w)
{
	each_node(p, w, start_one);
}

static void
stop(struct play *p, const struct words *w)
{
	each_node(p, w, stop_one);
}

static void
crash(struct play *p, const struct words *w)
{
	each_node(p, w, crash_one);
}

static void
power(struct play *p, const struct words *w)
{
	each_node(p, w, power_one);
}

static void
memory(struct play *p, const struct words *w)
{
	each_node(p, w, memory_one);
}

static void
pause_nodes(struct play *p, const struct words *w)
{
	each_node(p, w, pause_one);
}

static void
slow(struct play *p, const struct words *w)
{
	each_node(p, w, slow_one);
}

static void
health(struct play *p, const struct words *w)
{
	each_node(p, w, ill_one);
}

static void
rot(struct play *p, const struct words *w)
{
	each_node(p, w, rot_one);
}

static void
clock_nodes(struct play *p, const struct words *w)
{
	each_node(p, w, clock_one);
}

static void
later(struct play *p, const struct words *w)
{
	each_node(p, w, later_one);
}

const struct verb verb_life[] = {
    {"start", 1, start},
    {"stop", 1, stop},
    {"crash", 1, crash},
    {"power", 1, power},
    {"memory", 1, memory},
    {"pause", 2, pause_nodes},
    {"slow", 2, slow},
    {"save", 2, save},
    {"restore", 2, restore},
    {"disk", 2, health},
    {"rot", 1, rot},
    {"clock", 2, clock_nodes},
    {"later", 1, later},
    {NULL, 0, NULL},
};
