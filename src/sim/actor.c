#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sim/actor.h"

#define MONO 1000000 /* ms of every node's monotonic clock at the beginning */

int64_t
actor_wall(const struct stage *s, const struct actor *a)
{
	int64_t wall = STAGE_START + s->now + a->skew;

	return (wall + (s->now - a->drifting) * a->drift / 1000000);
}

/* ---- What the engine wants ---- */

static void
keep_acked(struct stage *s, struct actor *a, const struct item *item)
{
	struct acked *k;

	if (a->nacked == a->ackedroom) {
		a->ackedroom = a->ackedroom == 0 ? 64 : a->ackedroom * 2;
		a->acked = mem_array(a->acked, a->ackedroom, sizeof(*a->acked));
	}
	k = &a->acked[a->nacked++];
	k->subject = item->subject;
	k->count = item->kind == RECORD_SIGHTING ?
	    (item->count == 0 ? 1 : item->count) :
	    0;
	k->when = s->now;
	if (s->watch.acked != NULL)
		s->watch.acked(s, a, item);
}

static void
take_reply(struct stage *s, struct actor *a, const struct action *act)
{
	struct replied *r = NULL;
	size_t i, k;

	for (i = 0; i < a->nreplied; i++)
		if (a->replied[i].ticket == act->u.reply.ticket)
			break;
	assert(i < a->nreplied);
	r = &a->replied[i];
	for (k = 0; k < act->u.reply.n; k++) {
		tale_mix(&s->tale, act->u.reply.verdicts[k]);
		if (act->u.reply.verdicts[k] == ITEM_ACCEPTED)
			keep_acked(s, a, &r->items[k]);
	}
	mem_free(r->items);
	*r = a->replied[--a->nreplied];
}

static void
keep_trace(struct stage *s, struct actor *a, const char *text)
{
	if (a->said == NULL)
		a->said = mem_array(NULL, STAGE_SAID, sizeof(*a->said));
	snprintf(a->said[a->nsaid++ % STAGE_SAID], TALE_LINE, "%s", text);
	tale_say(&s->tale, s->now, "n%zu %s", a->number, text);
}

static void
perform(struct stage *s, struct actor *a, const struct action *act)
{
	switch (act->type) {
	case ACT_PERSIST:
		actor_disk_write(s, a, act);
		break;
	case ACT_FETCH:
		actor_post_send(s, a, act);
		break;
	case ACT_REPLY:
		take_reply(s, a, act);
		break;
	case ACT_MOVED:
		break;
	case ACT_TRACE:
		if (act->u.trace.level <= 6)
			keep_trace(s, a, act->u.trace.text);
		break;
	}
}

/* Plan the next tick, if it is earlier than the one that is planned. */
static void
plan_tick(struct stage *s, struct actor *a)
{
	int64_t due = engine_next(a->engine).ms;

	due = due > STAGE_NEVER - MONO ? STAGE_NEVER : due - MONO;
	/* A tick that changes nothing must not stop time. */
	if (due <= s->now)
		due = s->now + 1;
	if (due >= a->tick)
		return;
	a->tick = due;
	stage_add(s, due, HAP_TICK, a)->number = ++a->ticks;
}

void
actor_step(struct stage *s, struct actor *a, struct event *event)
{
	bool moved = false, dies = a->doom != 0 && --a->doom == 0;
	struct actions acts;
	size_t i, n;

	event->now.ms = actor_wall(s, a);
	event->mono.ms = s->now + MONO;
	if (engine_step(a->engine, event, &acts) != 0) {
		tale_say(&s->tale, s->now, "n%zu cannot go on", a->number);
		dies = true;
	}
	n = dies ? dice_roll(&s->dice, acts.n + 1) : acts.n;
	for (i = 0; i < n; i++) {
		perform(s, a, &acts.list[i]);
		moved = moved ||
		    (acts.list[i].type == ACT_MOVED &&
			acts.list[i].u.moved.heads);
	}
	tale_mix(&s->tale, acts.n);
	if (dies) {
		stage_fault(s, FAULT_MEMORY);
		tale_say(&s->tale, s->now, "n%zu dies in the middle of a step",
		    a->number);
		actor_stop(s, a, STOP_NOTHING);
		return;
	}
	if (moved)
		actor_post_wake(s, a);
	plan_tick(s, a);
}

static void
tick(struct stage *s, struct actor *a, const struct happening *h)
{
	struct event event = {.type = EV_TICK};

	if (h->number != a->ticks)
		return; /* an earlier one was planned meanwhile */
	a->tick = STAGE_NEVER;
	if (engine_next(a->engine).ms > s->now + MONO)
		plan_tick(s, a);
	else
		actor_step(s, a, &event);
}

void
actor_happen(struct stage *s, struct happening *h)
{
	struct actor *a = &s->actors[h->actor];
	struct letter *l = h->letter;

	h->letter = NULL;
	if (a->slow > 0 && h->hap != HAP_COMMIT)
		a->busy = s->now + dice_between(&s->dice, 1, a->slow);
	switch (h->hap) {
	case HAP_TICK:
		tick(s, a, h);
		break;
	case HAP_COMMIT:
		actor_disk_commit(s, a);
		break;
	case HAP_ARRIVE:
		actor_post_arrive(s, a, l);
		break;
	case HAP_ANSWER:
		actor_post_answer(s, a, l);
		break;
	case HAP_DEADLINE:
		actor_post_fail(s, a, h->number, "no answer in time");
		break;
	case HAP_FAIL:
		actor_post_fail(s, a, h->number, h->why);
		break;
	case HAP_LATE:
		actor_post_late(s, a, h->number);
		break;
	case HAP_GO:
	case HAP_CALL:
		break;
	}
}

/* ---- Life ---- */

struct loading {
	struct stage *stage;
	struct actor *actor;
};

static int
on_loaded(void *arg, struct event *event)
{
	const struct loading *l = arg;
	struct actions acts;
	size_t i;

	event->now.ms = actor_wall(l->stage, l->actor);
	event->mono.ms = l->stage->now + MONO;
	if (engine_step(l->actor->engine, event, &acts) != 0)
		return (-1);
	for (i = 0; i < acts.n; i++)
		perform(l->stage, l->actor, &acts.list[i]);
	return (0);
}

int
actor_start(struct stage *s, struct actor *a)
{
	struct engine_setup setup = {.signer = s->setup.signer(&a->key)};
	struct event event = {.type = EV_START};
	struct loading loading = {s, a};
	size_t i;

	if (a->engine != NULL)
		return (0);
	for (i = 0; i < sizeof(setup.seed); i++)
		setup.seed[i] = (uint8_t)dice_roll(&s->dice, 256);
	setup.policy =
	    stance_policy(&a->stance, (const uint8_t(*)[KEY_BYTES])s->keys);
	a->engine = engine_new(&setup);
	a->tick = STAGE_NEVER;
	a->since = s->now;
	tale_say(&s->tale, s->now, "n%zu starts", a->number);
	if (disk_load(a->disk, s->shuffle ? &s->dice : NULL, on_loaded,
		&loading) != 0) {
		tale_say(&s->tale, s->now, "n%zu cannot load its disk",
		    a->number);
		actor_stop(s, a, STOP_NOTHING);
		return (-1);
	}
	actor_step(s, a, &event);
	if (a->engine != NULL && s->watch.started != NULL)
		s->watch.started(s, a);
	return (0);
}

void
actor_stop(struct stage *s, struct actor *a, enum stop how)
{
	size_t i;

	if (a->engine == NULL)
		return;
	engine_free(a->engine);
	a->engine = NULL;
	a->life++;
	a->doom = 0;
	a->busy = 0;
	stage_resume(s, a);
	s->lived += s->now - a->since;
	actor_disk_stop(s, a, how);
	actor_post_stop(s, a);
	for (i = 0; i < a->nreplied; i++)
		mem_free(a->replied[i].items);
	a->nreplied = 0;
}

bool
actor_report(struct stage *s, struct actor *a, const struct item *items,
    size_t n)
{
	struct event event = {.type = EV_REPORT};
	struct replied *r;

	if (a->engine == NULL || a->paused > s->now)
		return (false);
	a->replied =
	    mem_array(a->replied, a->nreplied + 1, sizeof(*a->replied));
	r = &a->replied[a->nreplied++];
	r->ticket = ++a->tickets;
	r->items = mem_dup(items, n * sizeof(*items));
	r->n = n;
	event.u.report.ticket = r->ticket;
	event.u.report.items = r->items;
	event.u.report.n = n;
	actor_step(s, a, &event);
	return (true);
}

void
actor_decide(struct stage *s, struct actor *a)
{
	struct event event = {.type = EV_POLICY};

	if (a->engine == NULL)
		return;
	event.u.policy =
	    stance_policy(&a->stance, (const uint8_t(*)[KEY_BYTES])s->keys);
	actor_step(s, a, &event);
}
