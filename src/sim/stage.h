/*
 * stage: many real engines in one process, moved by one queue in virtual time.
 *
 *	stage		what all share
 *	course		what happens, one thing after the other
 *	actor		one node: starts, stops, steps, what its engine wants
 *	actor_disk	its writes
 *	actor_post	its letters: requests, long-polls, answers
 *	actor_serve	what it answers
 *	liar		what a dishonest node makes of that
 *
 * Times are milliseconds since the beginning; a node's wall clock is
 * STAGE_START plus that, plus its own error.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "sim/annals.h"
#include "sim/dice.h"
#include "sim/disk.h"
#include "sim/queue.h"
#include "sim/stance.h"
#include "sim/tale.h"

#define STAGE_NODES 1024
#define STAGE_START INT64_C(1790000000000) /* wall ms at the beginning */
#define STAGE_NEVER INT64_MAX
#define STAGE_SAID 64 /* traces of a node that are kept */

struct stage;

/* What the network does to everybody's letters, in thousandths of them. */
struct weather {
	unsigned loss; /* requests and answers lost */
	unsigned repeat; /* answers delivered twice, the second late */
	unsigned damage; /* answers cut off or changed */
	unsigned stall; /* answers that never end */
	unsigned refuse; /* peers not found */
	int64_t delay; /* ms: most for one way, at least 1 */
	int64_t lag; /* ms: most for a commit */
};

/* One direction between two nodes. */
struct link {
	bool cut;
	bool clogged;
	struct letter *held; /* in the order of sending */
};

/* A request on its way, waiting, or its answer on the way back. */
struct letter {
	struct letter *later;
	size_t from; /* who asks */
	size_t to; /* who is asked */
	unsigned life; /* of who asks */
	uint64_t request; /* number of who asks */
	char path[160];
	uint64_t serial; /* of a long-poll */
	uint64_t since; /* of a long-poll: its cursor */
	bool late; /* it has waited long enough */
	unsigned status;
	uint8_t *bytes; /* owned; NULL none */
	size_t len;
};

/* A request that is not answered yet. */
struct asked {
	uint64_t request;
	size_t to;
};

/* An accepted and acknowledged item. */
struct acked {
	uint64_t subject;
	uint32_t count;
	int64_t when;
};

/* How a dishonest node lies; each in thousandths of its answers. */
struct lies {
	unsigned withhold; /* of others' logs: "not found" */
	unsigned hide; /* heads left out */
	unsigned heads; /* heads that do not exist */
	unsigned claim; /* heads of the asker's own log that do not */
	unsigned floor; /* heads with another floor */
	unsigned replay; /* an earlier answer again */
	unsigned forge; /* batches with changed bytes */
	unsigned garbage; /* no batches at all */
	unsigned flood; /* as many bytes as the asker takes */
	unsigned slow; /* answers that come just before the deadline */
	unsigned deaf; /* heads of its own key are not shown to it */
};

struct replied {
	uint64_t ticket;
	struct item *items; /* owned */
	size_t n;
};

struct actor {
	size_t number;
	struct key key;
	bool honest;
	bool suspect; /* its key is used twice */
	bool rotten; /* batches on its disk decayed */
	bool skewed; /* its clock was wrong once */
	struct lies lies;
	struct stance stance;
	struct engine *engine; /* NULL: stopped */
	unsigned life; /* ends with each stop */
	int64_t since; /* when this one began */
	int64_t skew; /* ms its clock is ahead */
	int32_t drift; /* ms per 1000 s, since .. */
	int64_t drifting; /* .. this moment */
	int64_t busy; /* does nothing before: it is slow */
	int64_t paused; /* stands still before */
	struct happening *still; /* what waits for the end of that */
	int64_t slow; /* ms that each thing takes it */
	unsigned doom; /* dies in the middle of that many steps, 0 no */
	struct disk *disk;
	bool ill; /* the disk is full or fails: no commit works */
	struct diskrow *writes; /* given to the disk, not yet durable */
	size_t nwrites, writeroom;
	size_t ncommit; /* of these in the commit under way */
	struct asked *asked;
	size_t nasked, askedroom;
	struct letter *waiting; /* long-polls of others */
	struct letter *kept; /* an earlier answer, to be played again */
	int64_t tick; /* when the planned tick is */
	uint64_t ticks; /* number of the newest planned one */
	struct replied *replied; /* reports not yet answered */
	size_t nreplied;
	uint64_t tickets;
	char (*said)[TALE_LINE]; /* its newest traces */
	size_t nsaid; /* ever */
	struct acked *acked; /* since the last loss of a disk */
	size_t nacked, ackedroom;
	size_t most; /* requests at once so far */
	uint64_t spoilt; /* answers to it that were damaged on the way */
};

struct stage_setup {
	uint64_t seed;
	size_t nodes;
	/* Return what signs for ${key}, which stays where it is. */
	struct signer (*signer)(const struct key *key);
	void (*line)(void *arg, const char *text); /* NULL: nobody reads */
	void *arg;
};

/* What someone who watches is told; each may be NULL. */
struct watcher {
	/* ${a} wrote ${row}: durable, the engine is about to hear it. */
	void (*written)(struct stage *s, struct actor *a,
	    const struct diskrow *row);
	/* ${a} gives the batch ${b} away. */
	void (*shown)(struct stage *s, struct actor *a, struct blob *b);
	/* The engine of ${a} acknowledged ${items}, accepted ones only. */
	void (
	    *acked)(struct stage *s, struct actor *a, const struct item *item);
	/* ${a} started and has loaded its disk. */
	void (*started)(struct stage *s, struct actor *a);
};

struct happening;

struct stage {
	struct stage_setup setup;
	struct dice dice;
	struct queue *queue;
	int64_t now;
	struct actor *actors;
	size_t n;
	uint8_t (*keys)[KEY_BYTES]; /* by number of the node */
	struct weather weather;
	struct link *links; /* n * n: from * n + to */
	struct annals *annals;
	struct tale tale;
	struct watcher watch;
	void *judge; /* of who watches */
	uint64_t serial; /* of long-polls */
	bool shuffle; /* loads come in a shuffled order */
	bool stopped; /* an invariant broke, or a step went wrong */
	uint64_t events; /* handled so far */
	int64_t lived; /* ms, of all nodes together */
	struct happening *spare; /* to be used again */
	struct head *heads; /* room for those of one message */
};

/**
 * stage_new(setup):
 * Make a world of ${nodes} nodes, none of them started. Free with course_end().
 */
struct stage *stage_new(const struct stage_setup *setup);

/**
 * stage_plan(s, when, call, arg):
 * Call call(s, arg) at ${when}.
 */
void stage_plan(struct stage *s, int64_t when,
    void (*call)(struct stage *s, void *arg), void *arg);

/**
 * stage_link(s, from, to):
 * Return that direction.
 */
struct link *stage_link(struct stage *s, size_t from, size_t to);

/**
 * stage_resume(s, a):
 * ${a} stands still no longer.
 */
void stage_resume(struct stage *s, struct actor *a);

/**
 * stage_lived(s):
 * Return the ms that nodes ran, all together.
 */
int64_t stage_lived(const struct stage *s);

/**
 * stage_fault(s, f):
 * Count a fault.
 */
void stage_fault(struct stage *s, enum fault f);

/* ---- Inside: what is planned ---- */

enum hap {
	HAP_TICK, /* of an actor */
	HAP_COMMIT,
	HAP_ARRIVE, /* a request */
	HAP_ANSWER, /* an answer */
	HAP_DEADLINE, /* of a request */
	HAP_FAIL, /* of a request, before that */
	HAP_LATE, /* of a long-poll */
	HAP_GO, /* the end of a pause */
	HAP_CALL,
};

struct happening {
	struct happening *spare;
	enum hap hap;
	size_t actor;
	unsigned life;
	uint64_t number; /* of the tick, request or long-poll */
	const char *why; /* FAIL */
	struct letter *letter;
	void (*call)(struct stage *s, void *arg);
	void *arg;
};

/**
 * stage_add(s, when, hap, a):
 * Plan something for the present life of ${a} and return it, to be filled.
 */
struct happening *stage_add(struct stage *s, int64_t when, enum hap hap,
    const struct actor *a);

#endif
