/*
 * metrics: the engine in numbers, for Prometheus.
 *
 * Names begin with "virbl_"; docs/monitoring.md says what each means. No label
 * grows with what strangers send: lists, members and verdicts only.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>

#include <virbl/engine.h>

#include "base/promw.h"

/**
 * metrics_write(w, e):
 * Write what ${e} counts.
 */
void metrics_write(struct promw *w, const struct engine *e);

/**
 * metrics_item(v):
 * Return the word for ${v}, as in GET /v1/status.
 */
const char *metrics_item(enum item_verdict v);

#endif
