/*
 * actor: one simulated node.
 */
#ifndef ACTOR_H
#define ACTOR_H

#include "base/buf.h"
#include "sim/stage.h"

/**
 * actor_wall(s, a):
 * Return the time on its clock, ms.
 */
int64_t actor_wall(const struct stage *s, const struct actor *a);

/**
 * actor_start(s, a):
 * Start ${a} from its disk; harmless if it runs. Return -1 if it could not
 * load.
 */
int actor_start(struct stage *s, struct actor *a);

/* How much of what the disk was doing got there before a stop. */
enum stop {
	STOP_NOTHING, /* the transaction under way is rolled back */
	STOP_COMMIT, /* it was durable, nobody was told */
};

/**
 * actor_stop(s, a, how):
 * Stop ${a} at once; harmless if it does not run.
 */
void actor_stop(struct stage *s, struct actor *a, enum stop how);

/**
 * actor_step(s, a, event):
 * Give ${event} to the engine of ${a} and do what it wants.
 */
void actor_step(struct stage *s, struct actor *a, struct event *event);

/**
 * actor_report(s, a, items, n):
 * Report ${items} to ${a}. Return false if it does not run.
 */
bool actor_report(struct stage *s, struct actor *a, const struct item *items,
    size_t n);

/**
 * actor_decide(s, a):
 * Give ${a}, if it runs, a policy made from its stance.
 */
void actor_decide(struct stage *s, struct actor *a);

/**
 * actor_happen(s, h):
 * Do a happening of an actor that lives and is not busy.
 */
void actor_happen(struct stage *s, struct happening *h);

/* ---- Inside ---- */

/**
 * actor_disk_write(s, a, action):
 * Take an ACT_PERSIST.
 */
void actor_disk_write(struct stage *s, struct actor *a,
    const struct action *action);

/**
 * actor_disk_commit(s, a):
 * The commit under way is done.
 */
void actor_disk_commit(struct stage *s, struct actor *a);

/**
 * actor_disk_stop(s, a, how):
 * The process ends: forget what was not durable.
 */
void actor_disk_stop(struct stage *s, struct actor *a, enum stop how);

/**
 * actor_post_send(s, a, action):
 * Take an ACT_FETCH.
 */
void actor_post_send(struct stage *s, struct actor *a,
    const struct action *action);

/**
 * actor_post_arrive(s, a, letter), actor_post_answer(s, a, letter):
 * A request reached ${a}; the answer to its own did. The letter is theirs.
 */
void actor_post_arrive(struct stage *s, struct actor *a, struct letter *letter);
void actor_post_answer(struct stage *s, struct actor *a, struct letter *letter);

/**
 * actor_post_fail(s, a, request, why):
 * Nothing will come of ${request}.
 */
void actor_post_fail(struct stage *s, struct actor *a, uint64_t request,
    const char *why);

/**
 * actor_post_late(s, a, serial):
 * The long-poll ${serial} has waited long enough.
 */
void actor_post_late(struct stage *s, struct actor *a, uint64_t serial);

/**
 * actor_post_wake(s, a):
 * Answer the long-polls that need not wait any more.
 */
void actor_post_wake(struct stage *s, struct actor *a);

/**
 * actor_post_stop(s, a):
 * The process ends: connections break.
 */
void actor_post_stop(struct stage *s, struct actor *a);

/**
 * actor_post_release(s, link):
 * What ${link} held goes on.
 */
void actor_post_release(struct stage *s, struct link *link);

/**
 * actor_serve(s, a, letter, out):
 * Append to ${out} what ${a} honestly answers to ${letter} and set its status.
 * Return false if it is a long-poll that must wait; letter->since is set then.
 */
bool actor_serve(struct stage *s, struct actor *a, struct letter *letter,
    struct buf *out);

#endif
