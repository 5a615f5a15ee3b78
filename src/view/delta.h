/*
 * delta: what changed between two moments for somebody to whom several lists
 * are one: a subject is new when it comes onto the first of them and gone when
 * it leaves the last.
 *
 *	delta_add	every change of each list between the moments
 *	delta_close	no more of them
 *	delta_look	where a subject that changed on one list stands on the
 *			others, now
 *	delta_later	every change of each list between the second moment and
 *			now, so that it is known how that was then
 *	delta_items	the answer
 */
#ifndef DELTA_H
#define DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

#include "core/feed.h"

#define DELTA_MOST	1048576	/* most changes that are worth it */

struct delta;

/* A subject of which something changed; bits are lists. */
struct delta_item {
	uint64_t subject;
	uint32_t until;		/* the latest of those it is on */
	uint32_t ended;		/* when its time ended on those it left, 0 if
				   it was not its time */
	uint16_t was;		/* on these at the first moment */
	uint16_t is;		/* on these at the second */
	uint16_t known;		/* they need no look any more */
};

/**
 * delta_new(), delta_free(d):
 * Nothing changed yet. NULL is harmless.
 */
struct delta *delta_new(void);
void delta_free(struct delta *d);

/**
 * delta_add(d, list, rows, n):
 * Take in the next ${n} changes of ${list}, below POLICY_LISTS; one list after
 * the other. Return false, and leave them, if they were more than DELTA_MOST.
 */
bool delta_add(struct delta *d, unsigned list, const struct feed_row *rows,
    size_t n);

/**
 * delta_close(d):
 * All were added.
 */
void delta_close(struct delta *d);

/* Until when ${subject} is on ${list} now, 0 if it is not. */
typedef uint32_t delta_until(void *arg, unsigned list, uint64_t subject);

/**
 * delta_look(d, lists, until, arg):
 * Ask until(arg, ...) for each of ${lists} (bits) about each item that did not
 * change on it.
 */
void delta_look(struct delta *d, uint16_t lists, delta_until *until, void *arg);

/**
 * delta_later(d, list, rows, n):
 * Take back from what was looked up what the next ${n} changes of ${list} did.
 */
void delta_later(struct delta *d, unsigned list, const struct feed_row *rows,
    size_t n);

/**
 * delta_items(d, n):
 * Return the ${n} items, ascending by subject.
 */
const struct delta_item *delta_items(const struct delta *d, size_t *n);

#endif
