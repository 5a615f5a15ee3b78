/*
 * exporter: writes a list in a format, piece by piece, in memory that does not
 * grow with what is written: 16 bytes a row.
 */
#ifndef EXPORTER_H
#define EXPORTER_H

#include <stdint.h>

#include "base/buf.h"
#include "shell/listref.h"
#include "view/digest.h"
#include "view/export.h"

#define EXPORTER_TAG	33	/* 32 hex digits and a NUL */

struct exporter;

/* What is wanted of a list. */
struct exporter_ask {
	const struct export_format *format;
	struct export_filter filter;
	uint32_t serial;	/* of zones; 0: made from the contents */
};

/**
 * exporter_new(node, l, ask, now, tag):
 * Begin to write ${l} as it is at ${now}. Store in ${tag} the name of what will
 * be written, as exporter_tag() has it. Free with exporter_free().
 */
struct exporter *exporter_new(struct node *node, const struct listref *l,
    const struct exporter_ask *ask, uint32_t now, char tag[EXPORTER_TAG]);

/**
 * exporter_tag(node, l, ask, now, tag):
 * Name what exporter_new() would write, at little cost: equal names are equal
 * bytes. Of formats without details equal lists have equal names on all nodes.
 */
void exporter_tag(struct node *node, const struct listref *l,
    const struct exporter_ask *ask, uint32_t now, char tag[EXPORTER_TAG]);

/**
 * exporter_more(x, out):
 * Append the next piece to ${out}; nothing at the end. ${x} is a struct
 * exporter, as struct response has it.
 */
void exporter_more(void *x, struct buf *out);

/**
 * exporter_rows(x):
 * Return how many rows were written so far.
 */
size_t exporter_rows(const struct exporter *x);

/**
 * exporter_free(x):
 * Free ${x}, a struct exporter; NULL is harmless.
 */
void exporter_free(void *x);

#endif
