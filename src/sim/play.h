/*
 * play: runs a scenario on a stage.
 *
 * A scenario is text, a line a step. Lines that begin with a time ("1h30m", or
 * "+10s" after the step before) happen then; those before the first of them
 * before any node starts. docs/simulator.md describes the language.
 */
#ifndef PLAY_H
#define PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sim/stage.h"
#include "sim/words.h"

#define PLAY_IMAGES 32 /* most saved disks */
#define PLAY_BYTES 1000000 /* longest scenario */

struct image {
	char name[32];
	struct disk *disk; /* owned */
};

struct play {
	struct stage *stage;
	char *text; /* owned; the words point into it */
	const char *name; /* of the scenario */
	struct words *steps;
	int64_t *times; /* of the steps; -1 before the start */
	size_t nsteps;
	struct image images[PLAY_IMAGES];
	size_t nimages;
	bool *mask; /* one for each node: of the verb at work */
	bool *later; /* nodes that do not start by themselves */
	bool begun;
	bool loose; /* no settling at the end */
	int64_t settling; /* ms the last settling took */
	char error[TALE_LINE]; /* of the verb at work; "" none */
};

struct play_setup {
	const char *name;
	uint64_t seed;
	struct signer (*real)(const struct key *key);
	struct signer (*fake)(const struct key *key);
	bool honour; /* real signatures, whatever the scenario says */
	void (*line)(void *arg, const char *text);
	void *arg;
};

/**
 * play_new(text, setup, error):
 * Read the scenario ${text}. Return NULL with lines in ${error} if it cannot
 * be read. Free with play_free().
 */
struct play *play_new(const char *text, const struct play_setup *setup,
    struct buf *error);

/**
 * play_run(p):
 * Run it. Return 0, or -1 if an invariant broke or an expectation failed
 * (p->stage->tale says which), or a step could not be done (p->error).
 */
int play_run(struct play *p);

/**
 * play_free(p):
 * Free ${p}; NULL is harmless.
 */
void play_free(struct play *p);

#endif
