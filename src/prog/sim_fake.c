#include <string.h>

#include "prog/sim_fake.h"

#define DOMAIN "virbl fake signature"

int __real_key_verify(const uint8_t public[KEY_BYTES], const char *domain,
    const uint8_t *msg, size_t len, const uint8_t sig[SIGNATURE_BYTES]);
int __wrap_key_verify(const uint8_t public[KEY_BYTES], const char *domain,
    const uint8_t *msg, size_t len, const uint8_t sig[SIGNATURE_BYTES]);

static void
make(const uint8_t public[KEY_BYTES], const char *domain, const uint8_t *msg,
    size_t len, uint8_t sig[SIGNATURE_BYTES])
{
	uint8_t both[KEY_BYTES + HASH_BYTES];

	memcpy(both, public, KEY_BYTES);
	key_hash(domain, msg, len, both + KEY_BYTES);
	key_hash(DOMAIN, both, sizeof(both), sig);
	memcpy(sig + HASH_BYTES, both + KEY_BYTES, HASH_BYTES);
}

static void
sign(void *ctx, const char *domain, const uint8_t *msg, size_t len,
    uint8_t sig[SIGNATURE_BYTES])
{
	const struct key *key = ctx;

	make(key->public, domain, msg, len, sig);
}

struct signer
sim_fake_signer(const struct key *key)
{
	struct signer s = {.sign = sign, .ctx = (void *)(uintptr_t)key};

	memcpy(s.public, key->public, KEY_BYTES);
	return (s);
}

struct signer
sim_real_signer(const struct key *key)
{
	return (key_signer(key));
}

int
__wrap_key_verify(const uint8_t public[KEY_BYTES], const char *domain,
    const uint8_t *msg, size_t len, const uint8_t sig[SIGNATURE_BYTES])
{
	uint8_t want[SIGNATURE_BYTES];

	make(public, domain, msg, len, want);
	if (memcmp(want, sig, sizeof(want)) == 0)
		return (0);
	return (__real_key_verify(public, domain, msg, len, sig));
}
