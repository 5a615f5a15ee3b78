/*
 * merge: several lists as one, each subject once.
 */
#ifndef MERGE_H
#define MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

#include "core/listing.h"

/* A subject on at least one list. */
struct merge_row {
	uint64_t subject;
	uint32_t until;		/* the latest */
	size_t	 list;		/* the first it stands on */
};

struct merge {
	const struct listing_row *rows[POLICY_LISTS]; /* ascending; to come */
	size_t	 left[POLICY_LISTS];
};

/**
 * merge_next(m, ret):
 * Store the next subject, ascending. Return false if there is none.
 */
bool merge_next(struct merge *m, struct merge_row *ret);

#endif
