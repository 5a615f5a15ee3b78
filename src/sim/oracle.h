/*
 * oracle: what a node's lists must be, worked out anew from all that is on its
 * disk and from its operator's stance, by the slow model of the rule.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/stage.h"

/**
 * oracle_check(s, a, part):
 * Compare votes and lists of ${a} with what they must be, of one in ${part}
 * subjects by chance (1: all). What differs breaks an invariant.
 */
void oracle_check(struct stage *s, struct actor *a, unsigned part);

/**
 * oracle_frozen(s, a, member):
 * True if the disk of ${a} holds a proof against node ${member}.
 */
bool oracle_frozen(const struct stage *s, const struct actor *a,
    size_t member);

/**
 * oracle_logged(a, key, subject):
 * Return how many sightings of ${subject} by ${key} are on the disk of ${a},
 * reports that are not yet in a batch included.
 */
uint64_t oracle_logged(const struct actor *a, const uint8_t key[KEY_BYTES],
    uint64_t subject);

#endif
