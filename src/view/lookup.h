/*
 * lookup: how one subject stands: on every list, and by whose sightings.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "base/jsonw.h"

#define LOOKUP_SIGHTINGS 1000	/* most sightings and most marks shown */
#define LOOKUP_THREATS	16	/* most names of threats per list */
#define LOOKUP_REASONS	64	/* most reasons per list */

/* Something that was ordered about the subject. */
struct lookup_act {
	uint32_t time;
	const char *act;
	const char *who;	/* role, and behind a space a name */
};

/* What is asked. */
struct lookup {
	uint64_t subject;
	uint32_t at;
	const struct lookup_act *acts; /* the newest first */
	size_t	 nacts;
	bool	 names;		/* show who acted by name, not only by role */
};

/**
 * lookup_write(out, e, ask):
 * Append the answer of GET /v1/ip.
 */
void lookup_write(struct buf *out, const struct engine *e,
    const struct lookup *ask);

/**
 * lookup_code(w, code):
 * Write a list's return code as an address, null for 0.
 */
void lookup_code(struct jsonw *w, uint32_t code);

#endif
