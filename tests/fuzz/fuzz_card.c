/* A card, signed anew, that decodes is built again byte for byte. */
#include <assert.h>
#include <string.h>

#include <virbl/card.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t in[CARD_BYTES], out[CARD_BYTES];
	static struct card card;
	const uint8_t seed[KEY_SEED] = {1};
	struct signer signer;
	struct key key;
	size_t len;

	card_decode(data, size, &card);
	if (size < 40 + SIGNATURE_BYTES || size > CARD_BYTES)
		return (0);
	len = size - SIGNATURE_BYTES;
	key_from_seed(&key, seed);
	signer = key_signer(&key);
	memcpy(in, data, len);
	memcpy(in + 8, key.public, KEY_BYTES);
	signer.sign(signer.ctx, CARD_DOMAIN, in, len, in + len);
	if (card_decode(in, size, &card) != NULL)
		return (0);
	assert(card_build(&card, &signer, out) == size);
	assert(memcmp(in, out, size) == 0);
	return (0);
}
