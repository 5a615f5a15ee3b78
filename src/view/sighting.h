/*
 * sighting: reads sightings from JSON: one object, an array, or NDJSON.
 *
 *	{"address":"192.0.2.1","category":"worm","threat":"Win.Worm.X",
 *	 "count":1,"time":"2026-11-23T10:00:00Z","port":40000,"dport":25,
 *	 "basis":"scanner","tcp":true,"shared":false,"id":"..."}
 * address and category are required; time may be Unix seconds and is the
 * moment of acceptance if absent; basis is "unstated", count 1, tcp true,
 * shared false if absent.
 */
#ifndef SIGHTING_H
#define SIGHTING_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#define SIGHTING_DEPTH	8	/* deepest nesting of an object */
#define SIGHTING_LINE	65536	/* longest object */
#define SIGHTING_ID	256	/* longest id */

/* What is wrong with one line (of an array: one element), from 1. */
struct sighting_error {
	size_t	 line;
	char	 field[16];	/* "" if it is not about one field */
	char	 text[200];
};

struct sightings {
	struct item *items;	/* owned */
	size_t	*lines;		/* of each item; owned */
	size_t	 n;
	struct sighting_error *errors;	/* owned, ascending lines */
	size_t	 nerrors;
};

/**
 * sighting_read(body, len, space, ret):
 * Read ${len} bytes of ${body} into *${ret}; ids are kept apart by ${space}
 * (the token's number). A bad line becomes an error, whatever is wrong with it,
 * and the others are read on. Return NULL, or a sentence about the whole body
 * if it is empty or holds more than ENGINE_REPORT lines, with *${ret} empty.
 * Free with sighting_free().
 */
const char *sighting_read(const uint8_t *body, size_t len, uint64_t space,
    struct sightings *ret);

/**
 * sighting_free(s):
 * Free what ${s} owns.
 */
void sighting_free(struct sightings *s);

#endif
