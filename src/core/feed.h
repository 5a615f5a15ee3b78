/*
 * feed: the numbered changes of one list, the newest FEED_MAX of them.
 */
#ifndef FEED_H
#define FEED_H

#include <stddef.h>
#include <stdint.h>

#define FEED_MAX	262144

enum feed_op {
	FEED_ADDED = 1,
	FEED_EXTENDED,		/* until moved, still listed */
	FEED_REMOVED,		/* retracted, cleared, exempt, by policy */
	FEED_EXPIRED,		/* its time ended */
	FEED_STANDS,		/* its until came and it is still listed: for
				   who runs clocks of his own and does not
				   put them back at FEED_EXTENDED */
};

struct feed_row {
	uint64_t subject;
	uint32_t until;
	enum feed_op op;
};

struct feed;

/**
 * feed_new():
 * Return an empty feed; its first change will be number 1.
 */
struct feed *feed_new(void);

/**
 * feed_add(f, op, subject, until):
 * Append a change, forgetting the oldest if there are FEED_MAX.
 */
void feed_add(struct feed *f, enum feed_op op, uint64_t subject,
    uint32_t until);

/**
 * feed_last(f):
 * Return the number of the newest change, 0 if there was none.
 */
uint64_t feed_last(const struct feed *f);

/**
 * feed_read(f, since, out, max):
 * Store at most ${max} changes after number ${since} in ${out}. Return how
 * many, or -1 if some of them are forgotten or ${since} lies ahead.
 */
long feed_read(const struct feed *f, uint64_t since, struct feed_row *out,
    size_t max);

/**
 * feed_free(f):
 * Free ${f}; NULL is harmless.
 */
void feed_free(struct feed *f);

#endif
