/*
 * digest: SHA-256 over the plain export of a list.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/listing.h"

#define DIGEST_BYTES	32

/* What is known of a list at a moment. */
struct digest {
	uint8_t	 sha256[DIGEST_BYTES];
	size_t	 count;
	uint32_t expires;	/* the first row's end, 0 if there is no row */
};

/**
 * digest_rows(rows, n, ret):
 * Store the digest of ${n} ascending ${rows}.
 */
void digest_rows(const struct listing_row *rows, size_t n, struct digest *ret);

#endif
