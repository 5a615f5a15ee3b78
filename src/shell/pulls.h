/*
 * pulls: how far each bouncer has read, for those that do not say it
 * themselves. They live in memory: after a restart each begins anew.
 */
#ifndef PULLS_H
#define PULLS_H

#include <stdint.h>

#include "view/bouncer.h"

#define PULLS_MAX	1024	/* most bouncers; the longest unheard goes */

struct pulls;

/**
 * pulls_new(), pulls_free(p):
 * Nobody has read anything. NULL is harmless.
 */
struct pulls *pulls_new(void);
void pulls_free(struct pulls *p);

/* Who reads: a token, at an address, as two machines may share a token. */
struct pulls_who {
	uint64_t token;
	char	 client[48];
};

/**
 * pulls_get(p, who, ret):
 * Any thread: return 0 and how far ${who} has read, or -1 if it never did.
 */
int pulls_get(struct pulls *p, const struct pulls_who *who,
    struct bouncer_cursor *ret);

/**
 * pulls_put(p, who, c):
 * Any thread: ${who} has read up to ${c}.
 */
void pulls_put(struct pulls *p, const struct pulls_who *who,
    const struct bouncer_cursor *c);

#endif
