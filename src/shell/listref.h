/*
 * listref: a list of the policy in force, as it was when it was asked for.
 */
#ifndef LISTREF_H
#define LISTREF_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "core/feed.h"
#include "core/listing.h"

struct node;

struct listref {
	struct policy_list list;
	size_t	 number;	/* in the policy */
	struct listing *listing;
	uint64_t generation;	/* of the listing */
	uint64_t last;		/* newest change in its feed */
	uint8_t	 instance[8];	/* of this run */
	uint64_t records;	/* applied so far */
};

/**
 * listref_find(node, name, ret):
 * Fill *${ret} with the list called ${name}. Return 0, or -1 if there is none.
 */
int listref_find(struct node *node, const char *name, struct listref *ret);

/**
 * listref_names(node, out):
 * Append a sentence that names the lists there are.
 */
void listref_names(struct node *node, struct buf *out);

/**
 * listref_changes(node, l, number, rows, max):
 * Store in ${rows} at most ${max} changes of ${l} after *${number}, and move
 * *${number}. Return their number, -1 if they are not all known any more.
 */
long listref_changes(struct node *node, const struct listref *l,
    uint64_t *number, struct feed_row *rows, size_t max);

#endif
