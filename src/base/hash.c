#include <string.h>

#include <sodium.h>

#include "base/hash.h"

uint64_t
hash_keyed(const uint8_t key[16], const void *p, size_t n)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t h;

	crypto_shorthash(out, p, n, key);
	memcpy(&h, out, sizeof(h));
	return (h);
}
