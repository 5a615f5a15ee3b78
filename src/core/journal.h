/*
 * journal: how far we are in each member's log, and in which order the heads
 * changed.
 *
 * Each member has two heads: what is durable, and what was accepted and is on
 * its way to the disk; the second is where the next batch must fit.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/chain.h>

#define JOURNAL_SIGNED (BATCH_HEADER + SIGNATURE_BYTES)

struct journal;

/* How far a member's log is known. */
struct entry {
	struct head durable;
	struct head next;	/* accepted: at or above durable */
	uint32_t learned_epoch;	/* of a signed batch further on, its floor: */
	uint64_t learned_floor;	/* where to go on if the way there is gone */
	uint8_t	 header[JOURNAL_SIGNED]; /* of next: header and signature */
	bool	 signed_head;	/* header[] is filled */
	bool	 parked;	/* the next batch lies ahead of the clock */
	uint64_t accepted;	/* batches taken */
	uint64_t records;	/* in them */
	uint64_t refused;	/* records of what it sent and was refused */
	uint64_t arrival;	/* when durable changed last; 0 never */
	size_t	 prev, later;	/* by arrival: neighbours + 1, 0 none */
};

/**
 * journal_new():
 * Return a journal without members. Free with journal_free().
 */
struct journal *journal_new(void);

/**
 * journal_entry(j, number, key):
 * Return the entry of member ${number}, making it if needed; valid until one
 * is made.
 */
struct entry *journal_entry(struct journal *j, size_t number,
    const uint8_t key[KEY_BYTES]);

/**
 * journal_judge(j, number, h, id):
 * Say how a batch stands to the next head of ${number}, as chain_judge() does,
 * what was learned included.
 */
enum chain_verdict journal_judge(const struct journal *j, size_t number,
    const struct batch_header *h, const uint8_t id[HASH_BYTES]);

/**
 * journal_accept(j, number, b):
 * The batch ${b} was judged to fit and verified: it is the next head.
 */
void journal_accept(struct journal *j, size_t number, const struct batch *b);

/**
 * journal_durable(j, number, head):
 * Up to ${head} the log is on disk, be it loaded or just written: it arrived.
 * A head never goes back.
 */
void journal_durable(struct journal *j, size_t number,
    const struct head *head);

/**
 * journal_get(j, number):
 * Return the entry of ${number}, NULL if there is none.
 */
const struct entry *journal_get(const struct journal *j, size_t number);

/**
 * journal_newest(j):
 * Return the member whose head changed last, -1 if there is none. The others
 * follow by entry.prev.
 */
long journal_newest(const struct journal *j);

/**
 * journal_free(j):
 * Free ${j}; NULL is harmless.
 */
void journal_free(struct journal *j);

#endif
