/*
 * listing: the read index of one list: subject -> until.
 *
 * One writer, any number of wait-free readers in other threads. A subject is
 * listed at T while T < until. 8 bytes a place for IPv4, 12 for IPv6, at most
 * three quarters full; the hash is keyed (SipHash-2-4). Half a byte a place
 * remembers, not exactly, which prefixes have something listed in them.
 *
 * A reader takes one of LISTING_READERS places for the time of one look-up or
 * snapshot; a table that the writer replaced is freed when no reader that
 * might see it is left.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTING_READERS	128	/* most readers inside at once */

struct listing;

struct listing_row {
	uint64_t subject;
	uint32_t until;
};

/**
 * listing_new(hashkey):
 * Return an empty index. Free with listing_free(), when no reader is left.
 */
struct listing *listing_new(const uint8_t hashkey[16]);

/**
 * listing_set(l, subject, until, now):
 * Writer: list ${subject} until ${until}; 0 delists it. What expired before
 * ${now} may be forgotten.
 */
void listing_set(struct listing *l, uint64_t subject, uint32_t until,
    uint32_t now);

/**
 * listing_until(l, subject):
 * Any thread: return until when ${subject} is listed, 0 if it is not (a value
 * at or before the present also means not listed).
 */
uint32_t listing_until(struct listing *l, uint64_t subject);

/**
 * listing_below(l, first, bits):
 * Any thread: return false if surely nothing is listed whose first ${bits} bits
 * are those of ${first}; true may be wrong, the oftener the longer the list.
 * ${bits} is 8, 16 or 24 of an IPv4 address, or 4 to 60 in steps of 4 of an
 * IPv6 /64, which is at least 2^32.
 */
bool listing_below(struct listing *l, uint64_t first, unsigned bits);

/**
 * listing_snapshot(l, now, ret):
 * Any thread: store in *${ret} a new array, ascending by subject, of what is
 * listed at ${now}, the same as at one moment between the writer's changes if
 * that can be had in three tries. Return the number of rows. The caller
 * frees *${ret} with mem_free().
 */
size_t listing_snapshot(struct listing *l, uint32_t now,
    struct listing_row **ret);

/**
 * listing_count(l, four, six):
 * Any thread: store how many subjects of each family are listed, those included
 * that ran out and were not yet taken out.
 */
void listing_count(struct listing *l, size_t *four, size_t *six);

/**
 * listing_generation(l):
 * Any thread: return a number that changes with every change of the index, and
 * is odd while the writer is at one.
 */
uint64_t listing_generation(struct listing *l);

/**
 * listing_free(l):
 * Free ${l}; NULL is harmless.
 */
void listing_free(struct listing *l);

#endif
