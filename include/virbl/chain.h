/*
 * chain: heads of members' logs, links between batches, proofs of forks.
 */
#ifndef VIRBL_CHAIN_H
#define VIRBL_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/batch.h>

/* A member's latest batch. epoch 0 means nothing is known. */
struct head {
	uint8_t	 member[KEY_BYTES];
	uint8_t	 id[HASH_BYTES];
	uint64_t seq;
	uint64_t floor;		/* highest floor signed in this epoch */
	int64_t	 created;	/* of the head batch, ms */
	uint32_t epoch;
};

/* How a batch stands to the head we have. */
enum chain_verdict {
	CHAIN_NEXT,		/* the next one: apply */
	CHAIN_SKIP,		/* at a signed floor: apply, no predecessor */
	CHAIN_BUMP,		/* first of a later epoch: apply */
	CHAIN_OLD,		/* at or below the head, or of an older epoch */
	CHAIN_GAP,		/* something is missing before it */
	CHAIN_BREAK,		/* prev or created contradict the head */
	CHAIN_FORK,		/* same place as the head, another batch */
	CHAIN_VERDICTS
};

/* A proof that one key signed two batches for one place. */
#define FORK_PROOF_BYTES (8 + 2 * (BATCH_HEADER + SIGNATURE_BYTES))
#define FORK_PROOF_MAGIC "VRBLFORK"

/**
 * chain_verdict_name(v):
 * Return the name of ${v}: "next", "skip", "bump", "old", ...
 */
const char *chain_verdict_name(enum chain_verdict v);

/**
 * chain_judge(head, h, id):
 * Say how the batch with header ${h} and id ${id} stands to ${head}. A batch
 * above head->seq + 1 is CHAIN_SKIP only if its seq equals head->floor.
 * Nothing known (epoch 0): epoch e, seq 1 is CHAIN_NEXT; another seq
 * CHAIN_GAP unless it equals head->floor. CHAIN_BUMP is seq 1 of an epoch
 * above the head's.
 */
enum chain_verdict chain_judge(const struct head *head,
    const struct batch_header *h, const uint8_t id[HASH_BYTES]);

/**
 * chain_advance(head, h, id):
 * Make the batch with header ${h} and id ${id} the head.
 */
void chain_advance(struct head *head, const struct batch_header *h,
    const uint8_t id[HASH_BYTES]);

/**
 * fork_proof_build(a, b, out):
 * Write the proof made of the headers and signatures at the start of the
 * encoded batches ${a} and ${b}; the lesser id comes first, so that equal
 * forks have equal proofs.
 */
void fork_proof_build(const uint8_t *a, const uint8_t *b,
    uint8_t out[FORK_PROOF_BYTES]);

/**
 * fork_proof_check(proof, len, member):
 * Return 0 and store the convicted member if ${proof} holds two validly
 * signed headers of one member, epoch and seq with different ids; else -1.
 */
int fork_proof_check(const uint8_t *proof, size_t len,
    uint8_t member[KEY_BYTES]);

#endif
