/*
 * Items of a floor and a header, judged in turn; the first two headers are
 * also signed and made a proof of a fork.
 */
#include <assert.h>
#include <string.h>

#include <virbl/chain.h>

#include "base/wire.h"
#include "fuzz.h"

#define ITEM (8 + BATCH_HEADER)
#define HALF (BATCH_HEADER + SIGNATURE_BYTES)

/* Sign the header of an item as a fixed member's. */
static void
sign(const uint8_t *header, uint8_t out[HALF])
{
	const uint8_t seed[KEY_SEED] = {1};
	struct signer signer;
	struct key key;

	key_from_seed(&key, seed);
	signer = key_signer(&key);
	memcpy(out, header, BATCH_HEADER);
	memcpy(out + 8, key.public, KEY_BYTES);
	memcpy(out + 40, key.public, KEY_BYTES);
	signer.sign(signer.ctx, BATCH_SIG_DOMAIN, out, BATCH_HEADER,
	    out + BATCH_HEADER);
}

static void
prove(const uint8_t *one, const uint8_t *two)
{
	uint8_t a[HALF], b[HALF], member[KEY_BYTES];
	uint8_t ab[FORK_PROOF_BYTES], ba[FORK_PROOF_BYTES];
	struct batch_header ha, hb;
	int fork;

	sign(one, a);
	sign(two, b);
	fork_proof_build(a, b, ab);
	fork_proof_build(b, a, ba);
	assert(memcmp(ab, ba, sizeof(ab)) == 0);
	fork = batch_header_decode(a, &ha) == BATCH_OK &&
	    batch_header_decode(b, &hb) == BATCH_OK && ha.epoch == hb.epoch &&
	    ha.seq == hb.seq && memcmp(a, b, BATCH_HEADER) != 0;
	assert((fork_proof_check(ab, sizeof(ab), member) == 0) == fork);
}

static void
follow(struct reader *r)
{
	struct head head = {0}, before;
	struct batch_header h;
	uint8_t id[HASH_BYTES];
	const uint8_t *p;
	uint64_t floor;

	while (r->left >= ITEM) {
		floor = wire_u64(r);
		head.floor = head.floor < floor ? floor : head.floor;
		p = wire_bytes(r, BATCH_HEADER);
		if (batch_header_decode(p, &h) != BATCH_OK)
			continue;
		key_hash(BATCH_ID_DOMAIN, p, BATCH_HEADER, id);
		switch (chain_judge(&head, &h, id)) {
		case CHAIN_NEXT:
		case CHAIN_SKIP:
		case CHAIN_BUMP:
			before = head;
			chain_advance(&head, &h, id);
			assert(
			    head.epoch > before.epoch || head.seq > before.seq);
			assert(chain_judge(&head, &h, id) == CHAIN_OLD);
			break;
		default:
			break;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = {data, size, false};
	uint8_t member[KEY_BYTES];

	fork_proof_check(data, size, member);
	if (size >= 2 * ITEM)
		prove(data + 8, data + ITEM + 8);
	follow(&r);
	return (0);
}
