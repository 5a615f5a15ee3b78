/*
 * merkle: RFC 9162 tree shape over byte strings, hashed with BLAKE2b-256.
 */
#ifndef MERKLE_H
#define MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/key.h>

#define MERKLE_LEAVES	8192	/* most leaves of a tree */

struct merkle_leaf {
	const uint8_t *data;
	size_t	 len;
};

/**
 * merkle_root(leaves, n, out):
 * Store the root of at most MERKLE_LEAVES leaves.
 */
void merkle_root(const struct merkle_leaf *leaves, size_t n,
    uint8_t out[HASH_BYTES]);

#endif
