#include <sodium.h>
#include <assert.h>
#include <string.h>

#include "form/merkle.h"

/*
 * libsodium is called here and not through key_hash(): a leaf or node is two
 * or three pieces, and the roots are most of the work of checking a batch.
 */

#define LEVELS 14 /* of a tree of MERKLE_LEAVES */

_Static_assert(MERKLE_LEAVES < 1 << LEVELS, "every tree fits the stack");

static void
hash_leaf(const struct merkle_leaf *leaf, uint8_t out[HASH_BYTES])
{
	static const uint8_t sign = 0;
	crypto_generichash_state s;

	crypto_generichash_init(&s, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&s, &sign, 1);
	crypto_generichash_update(&s, leaf->data, leaf->len);
	crypto_generichash_final(&s, out, HASH_BYTES);
}

/* Hash the two neighbours at pair into the place of the first. */
static void
hash_node(uint8_t *pair)
{
	uint8_t node[1 + 2 * HASH_BYTES];

	node[0] = 1;
	memcpy(node + 1, pair, 2 * HASH_BYTES);
	crypto_generichash(pair, HASH_BYTES, node, sizeof(node), NULL, 0);
}

void
merkle_root(const struct merkle_leaf *leaves, size_t n, uint8_t out[HASH_BYTES])
{
	/* Roots of full subtrees, greatest first, as the bits of i say. */
	uint8_t stack[LEVELS + 1][HASH_BYTES];
	size_t depth = 0, i, bit;

	assert(n <= MERKLE_LEAVES);
	if (n == 0) {
		crypto_generichash(out, HASH_BYTES, NULL, 0, NULL, 0);
		return;
	}
	for (i = 0; i < n; i++) {
		hash_leaf(&leaves[i], stack[depth++]);
		for (bit = i; (bit & 1) != 0; bit >>= 1)
			hash_node(stack[--depth - 1]);
	}
	while (depth > 1)
		hash_node(stack[--depth - 1]);
	memcpy(out, stack[0], HASH_BYTES);
}
