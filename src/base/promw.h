/*
 * promw: writes metrics in Prometheus's text format, version 0.0.4.
 *
 * A family is named once; its samples follow it, each begun, given its labels
 * and ended by its value.
 */
#ifndef PROMW_H
#define PROMW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define PROMW_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct promw {
	struct buf *out;
	const char *name; /* of the family */
	bool labels; /* the sample has some */
};

/**
 * promw_init(w, out):
 * Write to ${out}.
 */
void promw_init(struct promw *w, struct buf *out);

/**
 * promw_family(w, type, name, help):
 * Begin a family: ${type} is "counter", "gauge", "histogram" or "summary";
 * ${name}, which must stay while samples are written, and ${help}, one line,
 * are plain ASCII.
 */
void promw_family(struct promw *w, const char *type, const char *name,
    const char *help);

/**
 * promw_sample(w, suffix):
 * Begin a sample of the family; ${suffix} ("_bucket", mostly "") ends its name.
 */
void promw_sample(struct promw *w, const char *suffix);

/**
 * promw_label(w, name, value):
 * Give the sample a label; any ${value} is allowed, bytes that are no UTF-8
 * become "?".
 */
void promw_label(struct promw *w, const char *name, const char *value);

/**
 * promw_u64(w, v), promw_us(w, us):
 * End the sample with a number; promw_us() writes microseconds as seconds.
 */
void promw_u64(struct promw *w, uint64_t v);
void promw_us(struct promw *w, uint64_t us);

/**
 * promw_one(w, type, name, help, v):
 * Write a family of one sample without labels.
 */
void promw_one(struct promw *w, const char *type, const char *name,
    const char *help, uint64_t v);

#endif
