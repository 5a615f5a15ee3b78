/*
 * jsonw: writes JSON (RFC 8259) onto a buf, in one pass, commas included.
 *
 * Reading JSON is left to jansson.
 */
#ifndef JSONW_H
#define JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define JSONW_DEPTH	16	/* deepest nesting */

struct jsonw {
	struct buf *out;
	unsigned depth;
	bool	 some[JSONW_DEPTH];	/* something stands at this depth */
	bool	 keyed;			/* a key was just written */
};

/**
 * jsonw_init(w, out):
 * Write to ${out}.
 */
void jsonw_init(struct jsonw *w, struct buf *out);

/**
 * jsonw_object(w), jsonw_array(w), jsonw_end_object(w), jsonw_end_array(w):
 * Open or close.
 */
void jsonw_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end_object(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);

/**
 * jsonw_key(w, key):
 * Write a member's name; a value must follow.
 */
void jsonw_key(struct jsonw *w, const char *key);

/**
 * jsonw_string(w, s) and so on:
 * Write one value. ${s} is UTF-8; bytes that are not become U+FFFD. NULL is
 * written as null. jsonw_time() writes RFC 3339, null for 0. jsonw_milli()
 * writes thousandths as a number with at most three places. jsonw_raw() writes
 * ${n} bytes that are one value already.
 */
void jsonw_string(struct jsonw *w, const char *s);
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
void jsonw_time(struct jsonw *w, uint32_t sec);
void jsonw_milli(struct jsonw *w, uint64_t milli);
void jsonw_raw(struct jsonw *w, const void *p, size_t n);

#endif
