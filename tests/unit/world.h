/*
 * world: many engines in one process, with a virtual clock, a network that
 * delays, loses and repeats, and disks that lag and forget what was not yet
 * written. One seed makes one course of events.
 */
#ifndef WORLD_H
#define WORLD_H

#include <virbl/engine.h>

#include "base/buf.h"

#define WORLD_NODES 64
#define WORLD_START INT64_C(1790000000000) /* wall ms at the beginning */

struct world;

struct world_setup {
	uint64_t seed;
	size_t	 nodes;
	unsigned loss;		/* of 1000 requests, answers lost */
	unsigned repeat;	/* of 1000 answers, delivered twice */
	int64_t	 delay;		/* ms: most for one way */
	int64_t	 lag;		/* ms: most for a commit */
	/* Make the policy of ${node}; NULL: world_policy(). */
	struct policy *(*policy)(struct world *w, size_t node);
	/* Change the answer of ${from} to ${to}; NULL: none. ${body} may be
	   changed, *${status} too. */
	void	(*tamper)(struct world *w, size_t from, size_t to,
		    const char *path, unsigned *status, struct buf *body);
	void	*arg;		/* for whoever tests */
};

/**
 * world_new(setup):
 * Make the nodes and start them. Free with world_free().
 */
struct world *world_new(const struct world_setup *setup);
void world_free(struct world *w);

/**
 * world_policy(w, node):
 * Return a ready-to-change policy: all nodes are members with trust vote and
 * a URL, special ranges are allowed, lists "worm" (worm, malware) and "any".
 * Call policy_ready() when done.
 */
struct policy *world_policy(struct world *w, size_t node);

/**
 * world_run(w, ms):
 * Let ${ms} of virtual time pass.
 */
void world_run(struct world *w, int64_t ms);

/**
 * world_now(w):
 * Return the wall clock in ms.
 */
int64_t world_now(const struct world *w);

struct engine *world_engine(struct world *w, size_t node);
const struct key *world_key(struct world *w, size_t node);
void *world_arg(struct world *w);

/**
 * world_report(w, node, items, n):
 * Report, and return the ticket; world_verdicts() tells what was answered,
 * NULL if nothing yet. world_tell() is a report of one worm sighting.
 */
uint64_t world_report(struct world *w, size_t node, const struct item *items,
    size_t n);
const uint8_t *world_verdicts(struct world *w, size_t node, uint64_t ticket);
uint64_t world_tell(struct world *w, size_t node, uint64_t subject,
    unsigned count);

/**
 * world_set_policy(w, node, p):
 * Give ${node} a new policy.
 */
void world_set_policy(struct world *w, size_t node, struct policy *p);

/**
 * world_crash(w, node), world_start(w, node):
 * Stop ${node} at once: what was not written is gone. Start it from its disk.
 */
void world_crash(struct world *w, size_t node);
void world_start(struct world *w, size_t node);

/**
 * world_save(w, node), world_restore(w, node, disk):
 * Copy the disk of ${node}; put the copy back while ${node} is stopped (NULL:
 * an empty disk). Each copy is restored or freed with world_disk_free().
 */
struct disk;
struct disk *world_save(struct world *w, size_t node);
void world_restore(struct world *w, size_t node, struct disk *disk);
void world_disk_free(struct disk *disk);

/**
 * world_shuffle(w, on):
 * While ${on}, a start loads the batches of several members interleaved by
 * chance.
 */
void world_shuffle(struct world *w, bool on);

/**
 * world_cut(w, a, b, on):
 * Nothing passes between ${a} and ${b} while ${on}.
 */
void world_cut(struct world *w, size_t a, size_t b, bool on);

/**
 * world_lag(w, ms):
 * From now on commits take up to ${ms}; negative: none is made.
 */
void world_lag(struct world *w, int64_t ms);

/**
 * world_digest(w, node, list, out):
 * Store a hash over the plain export of ${list} of ${node}.
 */
void world_digest(struct world *w, size_t node, size_t list,
    uint8_t out[HASH_BYTES]);

/**
 * world_traced(w, node, part):
 * Return how many traces of ${node} so far contain ${part}.
 */
unsigned world_traced(struct world *w, size_t node, const char *part);

/**
 * world_writes(w, node, kind):
 * Return how many writes of ${kind} ${node} committed so far.
 */
unsigned world_writes(struct world *w, size_t node, enum write_kind kind);

#endif
