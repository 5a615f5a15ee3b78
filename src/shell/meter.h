/*
 * meter: counts what is done for others: HTTP requests by route, reports by the
 * adapter they come from.
 *
 * Any thread may count and read; numbers only grow while the process lives.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/promw.h"

#define METER_ROUTES 128 /* most routes, the one for none included */
#define METER_ADAPTERS 32 /* most adapters told apart */
#define METER_ADAPTER 32 /* longest name of one */

/* What became of one sighting that was reported. */
enum meter_result {
	METER_ACCEPTED,
	METER_DUPLICATE,
	METER_REFUSED, /* its time, or withdrawn */
	METER_BUSY,
	METER_UNPARSED, /* could not be read */
	METER_RESULTS
};

struct meter;

/* Method and pattern of route ${i}; false if there is none. */
typedef bool meter_route(unsigned i, const char **method, const char **pattern);

/**
 * meter_new():
 * Return a meter that counted nothing. Free with meter_free().
 */
struct meter *meter_new(void);

/**
 * meter_request(m, route, status, us):
 * A request on route number ${route} (what has no route is the last) was
 * answered with ${status}; the node worked on it for ${us} microseconds.
 */
void meter_request(struct meter *m, unsigned route, unsigned status,
    uint64_t us);

/**
 * meter_intake(m, adapter, result, n):
 * ${n} sightings came from ${adapter}: 1 to METER_ADAPTER of a-z, 0-9, "-" and
 * "_". Other names, and those after METER_ADAPTERS, count as "other".
 */
void meter_intake(struct meter *m, const char *adapter,
    enum meter_result result, uint64_t n);

/**
 * meter_verdicts(m, adapter, verdicts, n):
 * The engine judged ${n} sightings from ${adapter}: ${verdicts} are of enum
 * item_verdict.
 */
void meter_verdicts(struct meter *m, const char *adapter,
    const uint8_t *verdicts, size_t n);

/**
 * meter_write(m, w, route):
 * Write all that was counted; ${route} names the routes.
 */
void meter_write(struct meter *m, struct promw *w, meter_route *route);

/**
 * meter_free(m):
 * Free ${m}; NULL is harmless.
 */
void meter_free(struct meter *m);

#endif
