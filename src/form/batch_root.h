/*
 * batch_root: the Merkle root over a batch's body.
 */
#ifndef BATCH_ROOT_H
#define BATCH_ROOT_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/key.h>

/**
 * batch_root_hash(body, nrecords, nnames, out):
 * Store the root over ${nrecords} records and then ${nnames} names, each with
 * its length byte, as they stand in ${body}, which must be well-formed.
 */
void batch_root_hash(const uint8_t *body, size_t nrecords, size_t nnames,
    uint8_t out[HASH_BYTES]);

#endif
