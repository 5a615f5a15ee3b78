/*
 * pending: how accepted reports are stored until they are in a batch.
 *
 *	magic "VRBP" 4 | version 1 | zero 1 | number of names 2 |
 *	number of records 4 | records | names
 * Records are those of batches (record.h), in order of acceptance; names are a
 * byte of length (1..64) and that many bytes each. A change of the format is a
 * new version, and pending_decode() goes on reading the old ones.
 */
#ifndef PENDING_H
#define PENDING_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/batch.h>

#define PENDING_RECORDS 1024	/* most records in one */
#define PENDING_FIXED	12
#define PENDING_BYTES \
	(PENDING_FIXED + PENDING_RECORDS * (RECORD_BYTES + 1 + BATCH_NAME))

struct pending {
	size_t	 nrecords;
	size_t	 nnames;
	struct record records[PENDING_RECORDS];
	struct batch_name names[PENDING_RECORDS]; /* point into the bytes */
};

/**
 * pending_encode(records, n, names, nnames, out):
 * Write ${n} ${records}, whose threats index ${names}, to ${out}, of
 * PENDING_BYTES. Return the length.
 */
size_t pending_encode(const struct record *records, size_t n,
    const char *const *names, size_t nnames, uint8_t *out);

/**
 * pending_decode(bytes, len, ret):
 * Decode strictly. Return NULL and fill *${ret}, or a text that says what is
 * wrong.
 */
const char *pending_decode(const uint8_t *bytes, size_t len,
    struct pending *ret);

#endif
