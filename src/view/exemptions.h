/*
 * exemptions: what the operator and owners exempt, for people.
 */
#ifndef EXEMPTIONS_H
#define EXEMPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <virbl/engine.h>

#include "base/buf.h"

/* Whose view it is. */
struct exemptions_scope {
	bool all; /* everything, else only what lies in: */
	const struct prefix *prefixes;
	size_t n;
};

/**
 * exemptions_within(scope, p):
 * True if all of ${p} lies in one prefix of ${scope}.
 */
bool exemptions_within(const struct exemptions_scope *scope,
    const struct prefix *p);

/**
 * exemptions_write(out, e, scope):
 * Append the answer of GET /v1/exempt.
 */
void exemptions_write(struct buf *out, const struct engine *e,
    const struct exemptions_scope *scope);

/**
 * exemptions_explain(out, e, p):
 * Append a sentence that says why the single address or /64 ${p} is exempt
 * although the operator's list does not have it; nothing if it is not.
 */
void exemptions_explain(struct buf *out, const struct engine *e,
    const struct prefix *p);

#endif
