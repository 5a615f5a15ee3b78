/*
 * touched: the subjects that something was said about, each once, in the order
 * of the first mention, with the categories concerned.
 */
#ifndef TOUCHED_H
#define TOUCHED_H

#include <stddef.h>
#include <stdint.h>

#define TOUCHED_ALL	0xffff	/* all categories */

struct touched;

/**
 * touched_new(secret):
 * Return an empty set; ${secret} keeps others from choosing collisions. Free
 * with touched_free().
 */
struct touched *touched_new(uint64_t secret);

/**
 * touched_add(t, subject, categories):
 * Note CATEGORY_BIT()s of ${subject}.
 */
void touched_add(struct touched *t, uint64_t subject, uint16_t categories);

/**
 * touched_count(t), touched_at(t, i, categories):
 * Return the number of subjects; return subject ${i} and store its categories.
 */
size_t touched_count(const struct touched *t);
uint64_t touched_at(const struct touched *t, size_t i, uint16_t *categories);

/**
 * touched_reset(t):
 * Forget all, keep the memory.
 */
void touched_reset(struct touched *t);

/**
 * touched_free(t):
 * Free ${t}; NULL is harmless.
 */
void touched_free(struct touched *t);

#endif
