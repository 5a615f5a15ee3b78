#include <string.h>

#include <virbl/chain.h>

#define HALF (BATCH_HEADER + SIGNATURE_BYTES) /* of a proof */

static const char *const verdict_names[CHAIN_VERDICTS] = {
    [CHAIN_NEXT] = "next",
    [CHAIN_SKIP] = "skip",
    [CHAIN_BUMP] = "bump",
    [CHAIN_OLD] = "old",
    [CHAIN_GAP] = "gap",
    [CHAIN_BREAK] = "break",
    [CHAIN_FORK] = "fork",
};

const char *
chain_verdict_name(enum chain_verdict v)
{
	return (v < CHAIN_VERDICTS ? verdict_names[v] : "unknown");
}

enum chain_verdict
chain_judge(const struct head *head, const struct batch_header *h,
    const uint8_t id[HASH_BYTES])
{
	if (head->epoch == 0) {
		if (h->seq == 1)
			return (CHAIN_NEXT);
		return (h->seq == head->floor ? CHAIN_SKIP : CHAIN_GAP);
	}
	if (h->epoch < head->epoch)
		return (CHAIN_OLD);
	if (h->epoch > head->epoch)
		return (h->seq == 1 ? CHAIN_BUMP : CHAIN_GAP);
	if (h->seq < head->seq)
		return (CHAIN_OLD);
	if (h->seq == head->seq)
		return (memcmp(id, head->id, HASH_BYTES) == 0 ? CHAIN_OLD :
								CHAIN_FORK);
	if (h->seq > head->seq + 1 && h->seq != head->floor)
		return (CHAIN_GAP);
	if (h->created < head->created)
		return (CHAIN_BREAK);
	if (h->seq > head->seq + 1)
		return (CHAIN_SKIP);
	return (memcmp(h->prev, head->id, HASH_BYTES) == 0 ? CHAIN_NEXT :
							     CHAIN_BREAK);
}

void
chain_advance(struct head *head, const struct batch_header *h,
    const uint8_t id[HASH_BYTES])
{
	if (head->epoch != h->epoch || head->floor < h->floor)
		head->floor = h->floor;
	memcpy(head->member, h->member, KEY_BYTES);
	memcpy(head->id, id, HASH_BYTES);
	head->epoch = h->epoch;
	head->seq = h->seq;
	head->created = h->created;
}

/* Compare the ids of two encoded headers. */
static int
compare(const uint8_t *a, const uint8_t *b)
{
	uint8_t ida[HASH_BYTES], idb[HASH_BYTES];

	key_hash(BATCH_ID_DOMAIN, a, BATCH_HEADER, ida);
	key_hash(BATCH_ID_DOMAIN, b, BATCH_HEADER, idb);
	return (memcmp(ida, idb, HASH_BYTES));
}

void
fork_proof_build(const uint8_t *a, const uint8_t *b,
    uint8_t out[FORK_PROOF_BYTES])
{
	int swap = compare(a, b) > 0;

	memcpy(out, FORK_PROOF_MAGIC, 8);
	memcpy(out + 8, swap ? b : a, HALF);
	memcpy(out + 8 + HALF, swap ? a : b, HALF);
}

int
fork_proof_check(const uint8_t *proof, size_t len, uint8_t member[KEY_BYTES])
{
	const uint8_t *a = proof + 8, *b = proof + 8 + HALF;
	struct batch_header ha, hb;

	if (len != FORK_PROOF_BYTES || memcmp(proof, FORK_PROOF_MAGIC, 8) != 0)
		return (-1);
	if (batch_header_decode(a, &ha) != BATCH_OK ||
	    batch_header_decode(b, &hb) != BATCH_OK)
		return (-1);
	if (memcmp(ha.member, hb.member, KEY_BYTES) != 0 ||
	    ha.epoch != hb.epoch || ha.seq != hb.seq || compare(a, b) >= 0)
		return (-1);
	if (key_verify(ha.key, BATCH_SIG_DOMAIN, a, BATCH_HEADER,
		a + BATCH_HEADER) == -1 ||
	    key_verify(hb.key, BATCH_SIG_DOMAIN, b, BATCH_HEADER,
		b + BATCH_HEADER) == -1)
		return (-1);
	memcpy(member, ha.member, KEY_BYTES);
	return (0);
}
