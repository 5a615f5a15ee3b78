/*
 * digests: digests of lists, kept until the list changes: many ask, and each
 * is work over the whole list.
 */
#ifndef DIGESTS_H
#define DIGESTS_H

#include <stdint.h>

#include "core/listing.h"
#include "view/digest.h"

#define DIGESTS_KEPT	16	/* most lists remembered */

struct digests;

/**
 * digests_new():
 * Return an empty memory. Free with digests_free().
 */
struct digests *digests_new(void);

/**
 * digests_get(d, listing, now, ret):
 * Any thread: store the digest of what ${listing} holds at ${now}.
 */
void digests_get(struct digests *d, struct listing *listing, uint32_t now,
    struct digest *ret);

/**
 * digests_snapshot(d, listing, now, rows, ret):
 * Any thread: as listing_snapshot(listing, now, rows), and store the digest of
 * exactly these rows.
 */
size_t digests_snapshot(struct digests *d, struct listing *listing,
    uint32_t now, struct listing_row **rows, struct digest *ret);

/**
 * digests_free(d):
 * Free ${d}; NULL is harmless.
 */
void digests_free(struct digests *d);

#endif
