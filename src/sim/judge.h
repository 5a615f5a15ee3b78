/*
 * judge: looks for broken invariants while a stage runs, and says whether all
 * honest nodes hold the same.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "sim/stage.h"

/**
 * judge_begin(s):
 * Watch ${s} from now on, until judge_end(s).
 */
void judge_begin(struct stage *s);
void judge_end(struct stage *s);

/**
 * judge_look(s, part):
 * Check all honest nodes that run as they are now, one in ${part} subjects.
 */
void judge_look(struct stage *s, unsigned part);

/**
 * judge_apart(s, why, size):
 * Return true and say in ${why} what differs if honest nodes do not hold the
 * same heads and batches of those they all follow.
 */
bool judge_apart(struct stage *s, char *why, size_t size);

/**
 * judge_forget(s, a):
 * The disk of ${a} goes back: what it promised since may be lost.
 */
void judge_forget(struct stage *s, struct actor *a);

/**
 * judge_last(s):
 * Check what must hold when all is settled: every fork convicted its author,
 * retractions arrived.
 */
void judge_last(struct stage *s);

/**
 * judge_empty(s):
 * All evidence is older than any hold: nothing may be listed.
 */
void judge_empty(struct stage *s);

#endif
