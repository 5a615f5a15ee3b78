#include <string.h>

#include "base/wire.h"

const uint8_t *
wire_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return (NULL);
	}
	r->p += n;
	r->left -= n;
	return (p);
}

/* Read n bytes as one integer. */
static uint64_t
number(struct reader *r, size_t n)
{
	const uint8_t *p = wire_bytes(r, n);
	uint64_t v = 0;
	size_t i;

	if (p == NULL)
		return (0);
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (v);
}

uint8_t
wire_u8(struct reader *r)
{
	return ((uint8_t)number(r, 1));
}

uint16_t
wire_u16(struct reader *r)
{
	return ((uint16_t)number(r, 2));
}

uint32_t
wire_u32(struct reader *r)
{
	return ((uint32_t)number(r, 4));
}

uint64_t
wire_u64(struct reader *r)
{
	return (number(r, 8));
}

void
wire_put(struct writer *w, const void *p, size_t n)
{
	if (w->bad || n > w->left) {
		w->bad = true;
		return;
	}
	if (n == 0)
		return;
	memcpy(w->p, p, n);
	w->p += n;
	w->left -= n;
}

/* Write v as n bytes. */
static void
put_number(struct writer *w, uint64_t v, size_t n)
{
	uint8_t b[8];
	size_t i;

	for (i = n; i > 0; i--) {
		b[i - 1] = (uint8_t)v;
		v >>= 8;
	}
	wire_put(w, b, n);
}

void
wire_put_u8(struct writer *w, uint8_t v)
{
	put_number(w, v, 1);
}

void
wire_put_u16(struct writer *w, uint16_t v)
{
	put_number(w, v, 2);
}

void
wire_put_u32(struct writer *w, uint32_t v)
{
	put_number(w, v, 4);
}

void
wire_put_u64(struct writer *w, uint64_t v)
{
	put_number(w, v, 8);
}
