/*
 * gossip_msg: the announcement of heads, the one federation message that is
 * not a batch, card or proof.
 *
 *	magic "VRBH" 4 | version 1 | zero 3 | instance 8 | cursor 8 |
 *	clock 8 (ms UTC) | card version 4 | number of heads 4 | heads
 * head: member 32 | id 32 | seq 8 | floor 8 | created 8 (ms) | epoch 4 |
 *	zero 4
 */
#ifndef GOSSIP_MSG_H
#define GOSSIP_MSG_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/chain.h>

#include "base/buf.h"

#define GOSSIP_HEADS	4096	/* most heads in one message */
#define GOSSIP_FIXED	40
#define GOSSIP_HEAD	96
#define GOSSIP_BYTES	(GOSSIP_FIXED + GOSSIP_HEADS * GOSSIP_HEAD)

struct gossip_msg {
	uint8_t	 instance[8];	/* of the sender's run: cursors end with it */
	uint64_t cursor;	/* ask since this next time */
	int64_t	 clock;		/* ms UTC */
	uint32_t card;		/* version of the sender's own card */
	size_t	 n;
	const uint8_t *heads;	/* n of GOSSIP_HEAD */
};

/**
 * gossip_msg_encode(m, heads, out):
 * Append the message with m->n ${heads} (m->heads is not used) to ${out}.
 */
void gossip_msg_encode(const struct gossip_msg *m, const struct head *heads,
    struct buf *out);

/**
 * gossip_msg_decode(bytes, len, ret):
 * Decode strictly; ret->heads points into ${bytes}. Return NULL, or a text
 * that says what is wrong.
 */
const char *gossip_msg_decode(const uint8_t *bytes, size_t len,
    struct gossip_msg *ret);

/**
 * gossip_msg_head(m, i, ret):
 * Read head ${i} of a decoded message.
 */
void gossip_msg_head(const struct gossip_msg *m, size_t i, struct head *ret);

#endif
