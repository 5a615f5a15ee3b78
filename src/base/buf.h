/*
 * buf: growable bytes with a ceiling given at birth, and one sticky error.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t	*data;		/* owned; NULL while empty */
	size_t	 len;
	size_t	 cap;
	size_t	 limit;		/* most bytes ever */
	bool	 full;		/* something did not fit: contents void */
};

/**
 * buf_init(b, limit):
 * Make ${b} empty, never to hold more than ${limit} bytes.
 */
void buf_init(struct buf *b, size_t limit);

/**
 * buf_add(b, p, n), buf_text(b, s):
 * Append ${n} bytes or the string ${s}. Sets b->full if it does not fit.
 */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_text(struct buf *b, const char *s);

/**
 * buf_printf(b, fmt, ...):
 * Append formatted text.
 */
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * buf_room(b, n):
 * Return room for ${n} more bytes at the end, to be claimed by adding to
 * b->len; NULL (and b->full) if over the limit.
 */
uint8_t *buf_room(struct buf *b, size_t n);

/**
 * buf_string(b):
 * Return the contents NUL-terminated (the NUL is not counted in b->len); ""
 * if empty or full.
 */
const char *buf_string(struct buf *b);

/**
 * buf_reset(b):
 * Forget the contents, keep the memory.
 */
void buf_reset(struct buf *b);

/**
 * buf_free(b):
 * Free the contents; ${b} is empty then and may be used again.
 */
void buf_free(struct buf *b);

#endif
