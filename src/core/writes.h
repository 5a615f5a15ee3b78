/*
 * writes: what was given to the disk and is not yet known to be there, in
 * order.
 */
#ifndef WRITES_H
#define WRITES_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#define WRITES_BYTES (64u << 20) /* above this nothing more is asked for */

struct own_record;
struct writes;

/* One write, and what is to be done when it is durable. Owned memory is
   freed with the write. */
struct write {
	uint64_t serial;
	enum write_kind kind;
	size_t	 member;	/* OWN BATCH FROZEN CARD */
	uint8_t	*bytes;		/* owned, may be NULL */
	size_t	 len;
	struct batch batch;	/* OWN BATCH: decoded from bytes; owned */
	uint64_t pending;	/* OWN */
	struct own_record *records; /* PENDING; OWN: adopted ones; owned */
	size_t	 nrecords;
	uint64_t subject;	/* CLEARED */
	uint32_t time;		/* CLEARED PRUNE */
	int64_t	 created;	/* PRUNE */
	struct waiver *waiver;	/* WAIVER WAIVED; owned */
	char	*who;		/* PENDING CLEARED: who ordered it; owned */
	struct write_reply *replies; /* owned */
};

/* The answer to a report that waits for a write. */
struct write_reply {
	struct write_reply *later;
	uint64_t ticket;
	uint8_t	*verdicts;	/* owned */
	size_t	 n;
};

/**
 * writes_new(last):
 * Return an empty queue whose first serial will be ${last} + 1. Free with
 * writes_free().
 */
struct writes *writes_new(uint64_t last);

/**
 * writes_add(w, kind, bytes, len):
 * Append a write with the next serial and the ${len} ${bytes}, memory of
 * mem_alloc() that becomes its own (or NULL), otherwise zeroed; return it.
 */
struct write *writes_add(struct writes *w, enum write_kind kind,
    uint8_t *bytes, size_t len);

/**
 * writes_newest(w):
 * Return the write added last if it still waits, or NULL.
 */
struct write *writes_newest(struct writes *w);

/**
 * writes_take(w, serial):
 * Take out the oldest write if its serial is at most ${serial}; the caller
 * frees it with writes_done(). NULL if there is none.
 */
struct write *writes_take(struct writes *w, uint64_t serial);

/**
 * writes_done(write):
 * Free ${write} and what it owns; NULL is harmless.
 */
void writes_done(struct write *write);

/**
 * writes_count(w), writes_bytes(w):
 * Return how many wait, and how many bytes they hold.
 */
size_t writes_count(const struct writes *w);
size_t writes_bytes(const struct writes *w);

/**
 * writes_free(w):
 * Free ${w}; NULL is harmless.
 */
void writes_free(struct writes *w);

#endif
