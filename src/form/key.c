#include <sodium.h>
#include <string.h>

#include <virbl/key.h>

#include "base/mem.h"

/*
 * libsodium works without sodium_init(), only slower; calling it is the
 * program's part, since it opens the random device.
 */

#define JOINED 512 /* longest domain and message joined on the stack */

/*
 * Join domain and message in small, or in new memory if they do not fit;
 * *len becomes the length of both.
 */
static uint8_t *
join(const char *domain, const uint8_t *msg, size_t *len, uint8_t small[JOINED])
{
	size_t n = strlen(domain);
	uint8_t *p = n + *len <= JOINED ? small : mem_alloc(n + *len);

	memcpy(p, domain, n);
	if (*len > 0)
		memcpy(p + n, msg, *len);
	*len += n;
	return (p);
}

void
key_from_seed(struct key *key, const uint8_t seed[KEY_SEED])
{
	crypto_sign_seed_keypair(key->public, key->secret, seed);
}

static void
sign(void *ctx, const char *domain, const uint8_t *msg, size_t len,
    uint8_t sig[SIGNATURE_BYTES])
{
	const struct key *key = ctx;
	uint8_t small[JOINED], *p;

	p = join(domain, msg, &len, small);
	crypto_sign_detached(sig, NULL, p, len, key->secret);
	if (p != small)
		mem_free(p);
}

struct signer
key_signer(const struct key *key)
{
	struct signer s;
	union {
		const struct key *from;
		void *to;
	} ctx = {.from = key};

	memcpy(s.public, key->public, sizeof(s.public));
	s.sign = sign;
	s.ctx = ctx.to; /* sign() only reads it */
	return (s);
}

void
key_wipe(struct key *key)
{
	sodium_memzero(key, sizeof(*key));
}

int
key_verify(const uint8_t public[KEY_BYTES], const char *domain,
    const uint8_t *msg, size_t len, const uint8_t sig[SIGNATURE_BYTES])
{
	uint8_t small[JOINED], *p;
	int ok;

	p = join(domain, msg, &len, small);
	ok = crypto_sign_verify_detached(sig, p, len, public);
	if (p != small)
		mem_free(p);
	if (ok != 0 || key_valid(public) == -1 || key_valid(sig) == -1)
		return (-1);
	return (0);
}

int
key_valid(const uint8_t public[KEY_BYTES])
{
	return (crypto_core_ed25519_is_valid_point(public) == 1 ? 0 : -1);
}

int
key_sound(void)
{
	/* A key plus the point of order two. */
	static const uint8_t mixed[KEY_BYTES] = {0x00, 0xb6, 0xd7, 0x39, 0xd7,
	    0x2e, 0x3d, 0x39, 0x15, 0x16, 0xfc, 0xc7, 0x6f, 0xa6, 0x6a, 0x9e,
	    0xd6, 0xa6, 0xd8, 0xc5, 0xa3, 0x9c, 0x06, 0xc9, 0xc9, 0x3e, 0xb9,
	    0xeb, 0x53, 0x78, 0xc8, 0x2e};

	return (key_valid(mixed) == -1 ? 0 : -1);
}

void
key_hash(const char *domain, const void *msg, size_t len,
    uint8_t out[HASH_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)domain,
	    strlen(domain));
	crypto_generichash_update(&state, msg, len);
	crypto_generichash_final(&state, out, HASH_BYTES);
}
