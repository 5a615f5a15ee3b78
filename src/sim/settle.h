/*
 * settle: the end of all faults, after which all honest nodes must come to hold
 * the same.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "sim/stage.h"

/**
 * settle_down(s, within):
 * Heal the network, the disks and the clocks, start what stopped; let honest
 * nodes report something new. Wait until all is the same, at most ${within}
 * ms, and check everything. Return how many ms it took.
 */
int64_t settle_down(struct stage *s, int64_t within);

#endif
