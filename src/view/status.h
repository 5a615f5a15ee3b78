/*
 * status: the node itself, for strangers and for its operator.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "base/jsonw.h"

/* What the engine does not know. */
struct status_about {
	const char *version; /* of the program */
	const uint8_t *card; /* the own signed card */
	size_t cardlen;
	int64_t uptime; /* ms */
	uint32_t at;
	bool ready;
	const char *why; /* why it is not ready */
	const char *refused; /* why the last reload was, "" it was taken */
	size_t callers; /* nodes that called and are not known */
	size_t pleas; /* requests for removal that wait */
	/* Write what DNS counted; NULL: it is not served. */
	void (*dns)(void *arg, struct jsonw *w);
	void *dns_arg;
	/* Write how the files of exports stand; NULL: there are none. */
	void (*exports)(void *arg, struct jsonw *w);
	void *exports_arg;
	const size_t *counts; /* subjects on each list of the policy */
};

/**
 * status_node(out, e, about):
 * Append the answer of GET /v1/node.
 */
void status_node(struct buf *out, const struct engine *e,
    const struct status_about *about);

/**
 * status_write(out, e, about):
 * Append the answer of GET /v1/status.
 */
void status_write(struct buf *out, const struct engine *e,
    const struct status_about *about);

#endif
