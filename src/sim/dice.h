/*
 * dice: numbers that look random, the same for the same seed.
 */
#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state; /* the seed to begin with */
};

/**
 * dice_roll(d, n):
 * Return a number below ${n}, 0 if ${n} is 0.
 */
uint64_t dice_roll(struct dice *d, uint64_t n);

/**
 * dice_between(d, low, high):
 * Return a number from ${low} to ${high}, both included.
 */
int64_t dice_between(struct dice *d, int64_t low, int64_t high);

/**
 * dice_permille(d, p):
 * True ${p} times in 1000.
 */
bool dice_permille(struct dice *d, unsigned p);

#endif
