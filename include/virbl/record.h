/*
 * record: one statement of a member about one subject, 32 bytes.
 *
 *	offset size
 *	 0 1	kind: 1 sighting, 2 retraction, 3 clearance, 4 exemption,
 *		5 revocation of an exemption
 *	 1 1	category (sighting), else 0
 *	 2 1	basis (sighting), else 0
 *	 3 1	flags (sighting), else 0
 *	 4 8	subject
 *	12 4	count (sighting: >= 1), else 0
 *	16 4	first (sighting: seconds, <= last), else 0
 *	20 4	last: when last seen; or the time up to which the author's own
 *		sightings are withdrawn, or older sightings were cleaned up;
 *		or when the author exempts its mail server or ceases to
 *	24 2	threat (sighting: index + 1 into the batch's name table, 0
 *		none), else 0
 *	26 2	source port (sighting: 0 unknown), else 0
 *	28 2	destination port (sighting: 0 unknown), else 0
 *	30 2	zero
 *
 * Integers are big-endian. In a batch records ascend strictly as byte
 * strings, so one set of statements has one encoding.
 */
#ifndef VIRBL_RECORD_H
#define VIRBL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_BYTES	32

enum record_kind {
	RECORD_SIGHTING = 1,
	RECORD_RETRACTION = 2,
	RECORD_CLEARANCE = 3,
	RECORD_EXEMPTION = 4,
	RECORD_REVOCATION = 5,
	RECORD_KIND_MAX = 5,
};

struct record {
	uint64_t subject;
	uint32_t count;
	uint32_t first;		/* seconds UTC */
	uint32_t last;		/* seconds UTC */
	uint16_t threat;	/* index + 1 into the name table, 0 none */
	uint16_t sport;
	uint16_t dport;
	uint8_t	 kind;
	uint8_t	 category;
	uint8_t	 basis;
	uint8_t	 flags;
};

/**
 * record_encode(r, out):
 * Write the 32 bytes of ${r}, whose fields must be in range.
 */
void record_encode(const struct record *r, uint8_t out[RECORD_BYTES]);

/**
 * record_decode(in, names, created, ret):
 * Read one record strictly; ${names} is the number of names in its batch and
 * ${created} the batch's creation in seconds, rounded down. Return NULL and
 * fill *${ret}, or a text that names the field at fault, *${ret} untouched.
 */
const char *record_decode(const uint8_t in[RECORD_BYTES], size_t names,
    uint32_t created, struct record *ret);

#endif
