/*
 * sim_run: one scenario after the other, and what they add up to.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/tale.h"

struct sim_options {
	bool	 verbose;	/* print every line */
	bool	 real;		/* real signatures */
	bool	 quiet;		/* no line about what is well */
};

struct sim_sum {
	uint64_t runs;
	uint64_t failed;
	uint64_t twice;		/* run again: the same to the byte */
	uint64_t events;
	int64_t	 lived;		/* ms of all nodes together */
	int64_t	 slowest;	/* ms of the longest settling */
	uint64_t faults[FAULTS];
	uint64_t checks[INVARIANTS + 1];
};

/**
 * sim_run(text, name, seed, options, sum):
 * Run the scenario ${text}, print what came of it and add it to *${sum}. Now
 * and then run it twice and compare. Return 0 if all is well, 1 if something
 * broke, 2 if the scenario cannot be run.
 */
int sim_run(const char *text, const char *name, uint64_t seed,
    const struct sim_options *options, struct sim_sum *sum);

/**
 * sim_report(sum):
 * Print *${sum}.
 */
void sim_report(const struct sim_sum *sum);

/**
 * sim_seconds():
 * Return how much processor time this program used.
 */
int sim_seconds(void);

#endif
