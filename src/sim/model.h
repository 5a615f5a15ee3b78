/*
 * model: the listing rule written for clarity alone, to test the real one
 * against. Every moment is judged from scratch by going through all votes.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

#include <virbl/rule.h>

/**
 * model_decide(world, list, subject, votes, n, now, ret):
 * Do what rule_prepare() and rule_decide() do. Return the time up to which the
 * subject is cleared.
 */
uint32_t model_decide(const struct rule_world *world,
    const struct policy_list *list, uint64_t subject, const struct vote *votes,
    size_t n, uint32_t now, struct verdict *ret);

/**
 * model_rng(state):
 * Return the next of a sequence of numbers that look random.
 */
uint32_t model_rng(uint64_t *state);

#endif
