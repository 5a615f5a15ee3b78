/*
 * wire: bounded big-endian reading and writing with one sticky error that is
 * checked once, at the end.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *p;
	size_t	 left;
	bool	 bad;		/* something was missing; values read are 0 */
};

struct writer {
	uint8_t	*p;
	size_t	 left;
	bool	 bad;		/* something did not fit */
};

/**
 * wire_u8(r), wire_u16(r), wire_u32(r), wire_u64(r):
 * Read one integer; 0 and r->bad if too little is left.
 */
uint8_t wire_u8(struct reader *r);
uint16_t wire_u16(struct reader *r);
uint32_t wire_u32(struct reader *r);
uint64_t wire_u64(struct reader *r);

/**
 * wire_bytes(r, n):
 * Return the next ${n} bytes in place, NULL and r->bad if too few are left.
 */
const uint8_t *wire_bytes(struct reader *r, size_t n);

/**
 * wire_put_u8(w, v) and so on:
 * Write one integer or ${n} bytes.
 */
void wire_put_u8(struct writer *w, uint8_t v);
void wire_put_u16(struct writer *w, uint16_t v);
void wire_put_u32(struct writer *w, uint32_t v);
void wire_put_u64(struct writer *w, uint64_t v);
void wire_put(struct writer *w, const void *p, size_t n);

#endif
