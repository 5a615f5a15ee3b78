/*
 * verb: the words that begin a step of a scenario. A row of a table each, by
 * what they change:
 *
 *	verb_say	what is reported
 *	verb_net	the network
 *	verb_life	processes, disks, clocks
 *	verb_trust	what operators decide
 *	verb_lie	dishonesty
 *	verb_look	what must hold
 */
#ifndef VERB_H
#define VERB_H

#include "sim/play.h"

struct verb {
	const char *name;
	size_t words; /* least number after the name */
	/* Do it; what is wrong goes into p->error. */
	void (*act)(struct play *p, const struct words *w);
};

extern const struct verb verb_say[], verb_net[], verb_life[], verb_trust[],
    verb_lie[], verb_look[];

/**
 * verb_find(name):
 * Return the verb called ${name}, NULL if there is none.
 */
const struct verb *verb_find(const char *name);

/**
 * verb_wrong(p, fmt, ...):
 * Say in p->error what is wrong with a step.
 */
void verb_wrong(struct play *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * verb_nodes(p, text, mask):
 * Read nodes into ${mask}, or say in p->error that they are none; return false
 * then.
 */
bool verb_nodes(struct play *p, const char *text, bool *mask);

/**
 * verb_node(p, text):
 * Return the one node ${text} names, NULL with p->error.
 */
struct actor *verb_node(struct play *p, const char *text);

/**
 * verb_span_option(p, w, key, ret), verb_share_option(p, w, key, ret),
 * verb_count_option(p, w, key, ret):
 * Read the option ${key}, if it is given, into *${ret}: a duration, a share, a
 * number. Say in p->error what is wrong.
 */
void verb_span_option(struct play *p, const struct words *w, const char *key,
    int64_t *ret);
void verb_share_option(struct play *p, const struct words *w, const char *key,
    unsigned *ret);
void verb_count_option(struct play *p, const struct words *w, const char *key,
    uint64_t *ret);

#endif
