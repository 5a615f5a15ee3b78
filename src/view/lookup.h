/*
 * lookup: how one subject stands: on every list, and by whose sightings.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "base/jsonw.h"

#define LOOKUP_SIGHTINGS 1000	/* most sightings and most marks shown */
#define LOOKUP_THREATS	16	/* most names of threats per list */
#define LOOKUP_REASONS	64	/* most reasons per list */

/**
 * lookup_write(out, e, subject, at):
 * Append the answer of GET /v1/ip for ${subject} at ${at}.
 */
void lookup_write(struct buf *out, const struct engine *e, uint64_t subject,
    uint32_t at);

/**
 * lookup_code(w, code):
 * Write a list's return code as an address, null for 0.
 */
void lookup_code(struct jsonw *w, uint32_t code);

#endif
