/*
 * stance: what the operator of one simulated node decided: whom it trusts and
 * how far, whom it asks, what is never listed. Made into a policy at each start
 * and change.
 */
#ifndef STANCE_H
#define STANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

#define STANCE_LISTS 4
#define STANCE_PREFIXES 64 /* exempt ones, and owned ones of a member */
#define STANCE_NOBODY SIZE_MAX

/* What a node thinks of another one. */
struct regard {
	bool known; /* is a member at all */
	enum trust trust;
	uint32_t weight; /* milli */
	char group[CARD_GROUP + 1];
	size_t asks; /* node whose URL is used; STANCE_NOBODY none */
	struct prefix prefixes[4]; /* accepted as its own */
	size_t nprefixes;
};

struct stance {
	size_t self;
	struct policy_list lists[STANCE_LISTS];
	size_t nlists;
	struct regard *of; /* by number of the node; of[self] is the own */
	size_t n;
	bool hear_head;
	uint32_t batch_interval; /* ms, 0 by the number of members */
	struct prefix exempts[STANCE_PREFIXES];
	size_t nexempts;
};

/**
 * stance_init(s, self, n):
 * Everybody knows and asks everybody of ${n} nodes and gives a vote; the lists
 * are "worm" and "any". Free with stance_free().
 */
void stance_init(struct stance *s, size_t self, size_t n);

/**
 * stance_policy(s, keys):
 * Return the policy; keys[i] is the key of node i.
 */
struct policy *stance_policy(const struct stance *s,
    const uint8_t (*keys)[KEY_BYTES]);

/**
 * stance_exempt(s, subject):
 * True if ${subject} is never listed, found by looking at all prefixes.
 */
bool stance_exempt(const struct stance *s, uint64_t subject);

/**
 * stance_list(s, name):
 * Return the number of the list, or -1.
 */
long stance_list(const struct stance *s, const char *name);

/**
 * stance_free(s):
 * Free what ${s} owns.
 */
void stance_free(struct stance *s);

#endif
