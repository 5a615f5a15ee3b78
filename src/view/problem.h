/*
 * problem: an error as RFC 9457 JSON with a hint.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "base/buf.h"

#define PROBLEM_TYPE	"application/problem+json"

/**
 * problem_write(out, status, detail, hint):
 * Append the problem of HTTP ${status}: ${detail} says what is wrong, ${hint}
 * what to do (NULL none).
 */
void problem_write(struct buf *out, unsigned status, const char *detail,
    const char *hint);

/**
 * problem_message(out, detail):
 * Say ${detail} again in the problem that ends ${out}, as the member "message":
 * CrowdSec's clients look for it there.
 */
void problem_message(struct buf *out, const char *detail);

#endif
