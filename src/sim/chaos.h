/*
 * chaos: writes scenarios by chance: another mixture of faults for each seed.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CHAOS_NODES 9 /* most nodes, if nobody says how many */

/**
 * chaos_write(seed, nodes, days, out):
 * Append the scenario of ${seed} to ${out}, with ${nodes} nodes and lasting
 * ${days} days; 0 leaves either to chance.
 */
void chaos_write(uint64_t seed, size_t nodes, unsigned days, struct buf *out);

#endif
