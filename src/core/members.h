/*
 * members: numbers for keys, fixed as long as this lives, and what the policy
 * makes of each: the rule's view of the world.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>
#include <virbl/rule.h>

#define MEMBERS_MAX 65535	/* most keys ever seen in one run */

struct members;

/**
 * members_new(hashkey, own):
 * Return a registry in which ${own} is number 0. Free with members_free().
 */
struct members *members_new(const uint8_t hashkey[16],
    const uint8_t own[KEY_BYTES]);

/**
 * members_find(m, key):
 * Return the number of ${key}, -1 if it has none.
 */
long members_find(const struct members *m, const uint8_t key[KEY_BYTES]);

/**
 * members_add(m, key):
 * Return the number of ${key}, giving it one if needed; -1 if there are
 * MEMBERS_MAX.
 */
long members_add(struct members *m, const uint8_t key[KEY_BYTES]);

/**
 * members_policy(m, p):
 * Give numbers to the members of ${p} and work out the world. ${p} must stay
 * until the next call. Its first member is the own node, whatever its key.
 */
void members_policy(struct members *m, const struct policy *p);

/**
 * members_freeze(m, number):
 * From the next members_policy() on, what ${number} says counts nothing.
 */
void members_freeze(struct members *m, size_t number);

/* What is known of one member. */
struct member {
	uint8_t	 key[KEY_BYTES];
	const struct policy_member *policy; /* NULL: not in the policy */
	bool	 frozen;
};

/**
 * members_get(m, number):
 * Return member ${number}, valid until the next addition; NULL if there is none.
 */
const struct member *members_get(const struct members *m, size_t number);

/**
 * members_world(m):
 * Return the world of the last members_policy().
 */
const struct rule_world *members_world(const struct members *m);

/**
 * members_free(m):
 * Free ${m}; NULL is harmless.
 */
void members_free(struct members *m);

#endif
