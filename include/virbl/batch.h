/*
 * batch: the signed unit of a member's log.
 *
 *	header 184 bytes | signature 64 bytes | records | name table
 *
 * Header, big-endian:
 *	  0  4	magic "VRBL"
 *	  4  1	version, 1
 *	  5  1	kind, 1 (log; a batch without records is a heartbeat)
 *	  6  2	zero
 *	  8 32	member: the key that began this log
 *	 40 32	key that signs (in version 1 equal to member)
 *	 72  4	epoch, from 1
 *	 76  4	number of records, at most 4096
 *	 80  8	seq, from 1 to 2^63 - 1, contiguous within an epoch
 *	 88  8	floor: lowest seq of this epoch the member still serves, >= 1
 *		and <= seq
 *	 96  8	created, ms UTC, before 2106-02-07T06:28:16Z; not below the
 *		previous batch's
 *	104  4	length of records and name table, at most 196608
 *	108  2	record size, 32
 *	110  2	number of names, at most 4096 and the number of records
 *	112 32	id of the previous batch; zero only at epoch 1, seq 1; at
 *		seq 1 of a later epoch the id of the highest known head
 *		before it
 *	144 32	Merkle root
 *	176  4	card version that authorises the key
 *	180  4	zero
 *
 * Name table: for each name one byte of length (1..64), then that many bytes
 * 0x20..0x7e, the first and last not a space. Names ascend strictly as byte
 * strings (a prefix sorts first) and each is used by a record.
 *
 * id        = BLAKE2b-256("virbl batch id 1"  | header)
 * signature = Ed25519    ("virbl batch sig 1" | header)
 * Merkle tree: leaves are the records, then the names with their length
 * byte; RFC 9162 section 2.1.1 with BLAKE2b-256 for the hash: leaf
 * H(0x00|leaf), node H(0x01|left|right), no leaves H("").
 */
#ifndef VIRBL_BATCH_H
#define VIRBL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/key.h>
#include <virbl/record.h>

#define BATCH_HEADER	184
#define BATCH_RECORDS	4096	/* most records in a batch */
#define BATCH_NAMES	4096	/* most names in a batch */
#define BATCH_NAME	64	/* longest name, bytes */
#define BATCH_BODY	196608	/* most bytes of records and names */
#define BATCH_BYTES	(BATCH_HEADER + SIGNATURE_BYTES + BATCH_BODY)
#define BATCH_SEQ_MAX	INT64_MAX
#define BATCH_CREATED_MAX INT64_C(4294967295999) /* of any time in ms */
#define BATCH_ID_DOMAIN	"virbl batch id 1"
#define BATCH_SIG_DOMAIN "virbl batch sig 1"

/* Why a batch was refused. The names are those of docs/protocol.md. */
enum batch_verdict {
	BATCH_OK,
	BATCH_TRUNCATED,	/* shorter than its header says */
	BATCH_MAGIC,
	BATCH_VERSION,
	BATCH_KIND,
	BATCH_RESERVED,		/* reserved bits set */
	BATCH_SIZE,		/* counts or lengths out of range or at odds */
	BATCH_SEQ,		/* epoch, seq, floor, created, prev */
	BATCH_KEY,		/* key not authorised for the member */
	BATCH_NAMETABLE,	/* name table not canonical */
	BATCH_RECORD,		/* a record not valid */
	BATCH_ORDER,		/* records not strictly ascending */
	BATCH_ROOT,		/* Merkle root does not match */
	BATCH_SIGNATURE,
	BATCH_VERDICTS		/* how many there are */
};

struct batch_header {
	uint8_t	 member[KEY_BYTES];
	uint8_t	 key[KEY_BYTES];
	uint8_t	 prev[HASH_BYTES];
	uint8_t	 root[HASH_BYTES];
	uint64_t seq;
	uint64_t floor;
	int64_t	 created;	/* ms UTC */
	uint32_t epoch;
	uint32_t records;
	uint32_t names;
	uint32_t body;		/* bytes after the signature */
	uint32_t card;		/* card version */
};

struct batch_name {
	const char *text;	/* not NUL-terminated */
	uint8_t	 len;
};

/* A decoded batch; points into the bytes it was decoded from. */
struct batch {
	struct batch_header h;
	uint8_t	 id[HASH_BYTES];
	const uint8_t *bytes;	/* caller's */
	size_t	 len;		/* whole batch */
	const uint8_t *records;	/* h.records of RECORD_BYTES */
	struct batch_name *names; /* h.names of them, owned; batch_free() */
};

/* What goes into a new batch. */
struct batch_draft {
	uint8_t	 prev[HASH_BYTES];
	uint64_t seq;
	uint64_t floor;
	int64_t	 created;
	uint32_t epoch;
	uint32_t card;
	struct record *records;	/* sorted and renumbered by batch_build() */
	size_t	 nrecords;
	const char *const *names; /* NUL-terminated; threat indexes of the
				     records refer to this order */
	size_t	 nnames;
};

/**
 * batch_verdict_name(v):
 * Return the name of ${v}: "ok", "truncated", "magic", ...
 */
const char *batch_verdict_name(enum batch_verdict v);

/**
 * batch_length(bytes, len, ret):
 * Store in *${ret} the length of the batch that starts at ${bytes}, to cut a
 * stream of batches; needs BATCH_HEADER bytes. Return BATCH_OK,
 * BATCH_TRUNCATED if ${len} is less than a header, or BATCH_MAGIC,
 * BATCH_VERSION, BATCH_SIZE if no length can be told.
 */
enum batch_verdict batch_length(const uint8_t *bytes, size_t len, size_t *ret);

/**
 * batch_header_decode(bytes, ret):
 * Decode and check one header of BATCH_HEADER bytes on its own.
 */
enum batch_verdict batch_header_decode(const uint8_t *bytes,
    struct batch_header *ret);

/**
 * batch_decode(bytes, len, ret):
 * Decode strictly a batch of exactly ${len} bytes: everything but the Merkle
 * root and the signature is checked. On BATCH_OK fill *${ret}, which the
 * caller frees with batch_free() before ${bytes} go; else leave it untouched.
 */
enum batch_verdict batch_decode(const uint8_t *bytes, size_t len,
    struct batch *ret);

/**
 * batch_verify(b):
 * Check Merkle root, then signature. Return BATCH_OK, BATCH_ROOT or
 * BATCH_SIGNATURE.
 */
enum batch_verdict batch_verify(const struct batch *b);

/**
 * batch_record(b, i, ret):
 * Read record ${i} of a decoded batch.
 */
void batch_record(const struct batch *b, size_t i, struct record *ret);

/**
 * batch_build(draft, signer, out):
 * Encode and sign ${draft} into ${out}, of BATCH_BYTES. Equal records are
 * an error of the caller, as are counts above the limits and fields that
 * batch_decode() would refuse. Names are sorted, unused and repeated ones
 * dropped; the draft's records become what batch_record() will read. Return
 * the length, or 0 and leave the draft as it is if the body would exceed
 * BATCH_BODY.
 */
size_t batch_build(const struct batch_draft *draft,
    const struct signer *signer, uint8_t *out);

/**
 * batch_free(b):
 * Free what batch_decode() allocated. A zeroed ${b} is harmless.
 */
void batch_free(struct batch *b);

#endif
