/*
 * tale: what people may want to read of a course of events: the newest lines,
 * and the first invariant that was broken.
 */
#ifndef TALE_H
#define TALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALE_LINES 80 /* kept for the report of a failure */
#define TALE_LINE 200 /* bytes, the rest is cut off */

/* The kinds of faults, in the order of the manual. */
enum fault {
	FAULT_LOSS, /* request or answer lost */
	FAULT_DELAY, /* late, out of order */
	FAULT_REPLAY, /* an answer comes twice, or long after */
	FAULT_PARTITION, /* nothing passes between some */
	FAULT_CLOG, /* held back, released later */
	FAULT_DAMAGE, /* cut off, bytes changed, stalled */
	FAULT_UNREACHABLE, /* no address, another key at the address */
	FAULT_CRASH, /* process killed at any write */
	FAULT_POWER, /* power cut: part of a commit was durable */
	FAULT_DISK, /* full or failing: the process stops */
	FAULT_ROT, /* a stored batch decays */
	FAULT_ROLLBACK, /* an old image comes back, or an empty disk */
	FAULT_MEMORY, /* no memory left in the middle of a step */
	FAULT_PAUSE, /* a node stands still, or is slow */
	FAULT_CLOCK, /* a clock jumps or drifts */
	FAULT_FORK, /* a member signs two histories */
	FAULT_CONTENT, /* a member reports what it never saw */
	FAULT_PROTOCOL, /* a peer lies in its answers */
	FAULT_KEY, /* a key stolen, copied, rolled, revoked */
	FAULT_CHANGE, /* an operator changes policy or members */
	FAULTS
};

#define INVARIANTS 17 /* I1 to I17 */
#define TALE_EXPECT 99 /* broken: an expectation of the scenario */

struct tale {
	char lines[TALE_LINES][TALE_LINE];
	size_t n; /* ever written */
	void (*line)(void *arg, const char *text); /* NULL: nobody reads */
	void *arg;
	uint64_t faults[FAULTS];
	uint64_t checks[INVARIANTS + 1]; /* by the number of the invariant */
	unsigned broken; /* its number, 0 none */
	char how[TALE_LINE];
	int64_t when;
	uint64_t print; /* of everything that happened, in its order */
};

/**
 * tale_say(t, now, fmt, ...):
 * Write a line about the moment ${now} (ms).
 */
void tale_say(struct tale *t, int64_t now, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * tale_break(t, now, number, fmt, ...):
 * Invariant ${number} does not hold; only the first such finding is kept.
 */
void tale_break(struct tale *t, int64_t now, unsigned number, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/**
 * tale_mix(t, value):
 * Something happened that must happen again when the course is repeated.
 */
void tale_mix(struct tale *t, uint64_t value);

/**
 * tale_moment(now, out, size):
 * Write ${now} ms as "1d02:03:04.567".
 */
void tale_moment(int64_t now, char *out, size_t size);

/**
 * tale_fault_name(f):
 * Return the word for ${f}.
 */
const char *tale_fault_name(enum fault f);

#endif
