/*
 * queue: what will happen, by time; what is planned for one moment happens in
 * the order in which it was planned.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue;

/**
 * queue_new():
 * Return an empty queue. Free with queue_free().
 */
struct queue *queue_new(void);

/**
 * queue_add(q, when, thing):
 * ${thing} happens at ${when}.
 */
void queue_add(struct queue *q, int64_t when, void *thing);

/**
 * queue_take(q, by, when):
 * Take out the first thing if its time, stored in *${when}, is at most ${by};
 * else return NULL.
 */
void *queue_take(struct queue *q, int64_t by, int64_t *when);

/**
 * queue_length(q):
 * Return how many things are planned.
 */
size_t queue_length(const struct queue *q);

/**
 * queue_free(q):
 * Free ${q}, which must be empty; NULL is harmless.
 */
void queue_free(struct queue *q);

#endif
