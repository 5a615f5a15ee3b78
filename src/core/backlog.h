/*
 * backlog: own records that are on disk but not yet in a batch, in the order
 * of their writes.
 */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/batch.h>

struct backlog;

/* A record whose threat is a number of the engine, not an index. */
struct own_record {
	struct record r;	/* .threat is not used */
	uint32_t threat;
	uint8_t	 namelen;	/* of the threat's name, 0 none */
};

/**
 * backlog_new(secret):
 * Return an empty backlog; ${secret} keeps others from choosing collisions.
 * Free with backlog_free().
 */
struct backlog *backlog_new(uint64_t secret);

/**
 * backlog_add(b, serial, records, n):
 * Append a copy of the records of the write ${serial}, at most
 * PENDING_RECORDS.
 */
void backlog_add(struct backlog *b, uint64_t serial,
    const struct own_record *records, size_t n);

/**
 * backlog_cut(b, out, n):
 * Take the records of as many writes as fit in one batch, merged: records
 * equal in all but count and times and last seen within one UTC minute become
 * one (counts added, first the least, last the greatest), so that the votes
 * they make are the same. Store their array, valid until the next call, and
 * their number. Return the serial of the last write taken, 0 if there was
 * none.
 */
uint64_t backlog_cut(struct backlog *b, struct own_record **out, size_t *n);

/**
 * backlog_absorb(b, adopted, n):
 * The ${n} records at ${adopted} turned out to be in an own batch already:
 * take what they say out of the backlog, and lower the count of each by
 * what was here (0: all of it was), for that has been counted. Return the
 * serial of the last write that is empty now with all before it, 0 none.
 */
uint64_t backlog_absorb(struct backlog *b, struct own_record *adopted,
    size_t n);

/**
 * backlog_count(b), backlog_urgent(b):
 * Return the number of records; true if one of them is a retraction or
 * clearance.
 */
size_t backlog_count(const struct backlog *b);
bool backlog_urgent(const struct backlog *b);

/**
 * backlog_free(b):
 * Free ${b}; NULL is harmless.
 */
void backlog_free(struct backlog *b);

#endif
