/* A batch that decodes is built again from what was read, byte for byte. */
#include <assert.h>
#include <string.h>

#include <virbl/batch.h>

#include "base/mem.h"
#include "fuzz.h"

static void
build_again(const struct batch *b)
{
	static uint8_t out[BATCH_BYTES];
	const uint8_t seed[KEY_SEED] = {1};
	struct batch_draft d = {.seq = b->h.seq,
	    .floor = b->h.floor,
	    .created = b->h.created,
	    .epoch = b->h.epoch,
	    .card = b->h.card,
	    .nrecords = b->h.records,
	    .nnames = b->h.names};
	struct signer signer;
	struct batch again;
	struct key key;
	char(*text)[BATCH_NAME + 1] = mem_zero(d.nnames * sizeof(*text));
	const char **names = mem_array(NULL, d.nnames, sizeof(*names));
	size_t i;

	d.records = mem_array(NULL, d.nrecords, sizeof(*d.records));
	for (i = 0; i < d.nrecords; i++)
		batch_record(b, i, &d.records[i]);
	for (i = 0; i < d.nnames; i++) {
		memcpy(text[i], b->names[i].text, b->names[i].len);
		names[i] = text[i];
	}
	d.names = names;
	memcpy(d.prev, b->h.prev, HASH_BYTES);
	key_from_seed(&key, seed);
	signer = key_signer(&key);
	assert(batch_build(&d, &signer, out) == b->len);
	/* All but member, key, root and signature. */
	assert(memcmp(out, b->bytes, 8) == 0);
	assert(memcmp(out + 72, b->bytes + 72, 72) == 0);
	assert(memcmp(out + 176, b->bytes + 176, 8) == 0);
	assert(memcmp(out + 248, b->bytes + 248, b->len - 248) == 0);
	assert(batch_decode(out, b->len, &again) == BATCH_OK);
	assert(batch_verify(&again) == BATCH_OK);
	batch_free(&again);
	mem_free(d.records);
	mem_free(names);
	mem_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct batch b;
	size_t len;

	if (batch_length(data, size, &len) == BATCH_OK)
		assert(len >= BATCH_HEADER && len <= BATCH_BYTES);
	if (batch_decode(data, size, &b) != BATCH_OK)
		return (0);
	assert(len == size);
	batch_verify(&b);
	build_again(&b);
	batch_free(&b);
	return (0);
}
