/*
 * bouncer: what a CrowdSec bouncer asks for: its filters, and the cursors that
 * say how far it has read.
 *
 * A cursor is "INSTANCE-LISTS-N.N": the run of the node, a hash of the names of
 * its lists, and the number of the last change seen of each.
 */
#ifndef BOUNCER_H
#define BOUNCER_H

#include <stdbool.h>
#include <stdint.h>

#include <virbl/policy.h>

#include "base/buf.h"

struct bouncer_cursor {
	uint8_t	 instance[8];
	uint8_t	 lists[4];	/* hash of their names */
	size_t	 n;		/* how many there are */
	uint64_t numbers[POLICY_LISTS];
};

/* Of a request; each may be NULL. */
struct bouncer_ask {
	const char *scopes;	/* "ip,range", any case */
	const char *types;
	const char *origins;
	const char *containing;	/* words, one of them in the scenario */
	const char *without;	/* words, none of them in it */
};

/* What that means here. */
struct bouncer_filter {
	uint16_t lists;		/* bits */
	bool	 four, six;	/* families */
};

/**
 * bouncer_read(ask, p, ret):
 * Store what ${ask} wants of the lists of ${p}; nothing if that cannot be had
 * here, such as a scope of countries.
 */
void bouncer_read(const struct bouncer_ask *ask, const struct policy *p,
    struct bouncer_filter *ret);

/**
 * bouncer_lists(c, p):
 * Set lists and n of ${c} by the lists of ${p}.
 */
void bouncer_lists(struct bouncer_cursor *c, const struct policy *p);

/**
 * bouncer_cursor_write(out, c), bouncer_cursor_read(text, c):
 * Write a cursor; read one. Return 0, or -1 if ${text} is none.
 */
void bouncer_cursor_write(struct buf *out, const struct bouncer_cursor *c);
int bouncer_cursor_read(const char *text, struct bouncer_cursor *c);

/**
 * bouncer_follows(c, now):
 * True if what changed between the cursors ${c} and ${now} can be told.
 */
bool bouncer_follows(const struct bouncer_cursor *c,
    const struct bouncer_cursor *now);

#endif
