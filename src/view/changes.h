/*
 * changes: the changes of a list as lines of JSON, with cursors that say how
 * far a client has read.
 *
 * A cursor is "INSTANCE-NUMBER": the run of the node and the number of the last
 * change seen.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/feed.h"
#include "core/listing.h"

#define CHANGES_MOST	10000	/* most changes in one answer */

/**
 * changes_cursor(text, instance, number):
 * Read a cursor of the run ${instance}. Return 0, or -1 if it is none, or one
 * of another run.
 */
int changes_cursor(const char *text, const uint8_t instance[8],
    uint64_t *number);

/**
 * changes_rows(out, rows, n):
 * Append ${n} changes.
 */
void changes_rows(struct buf *out, const struct feed_row *rows, size_t n);

/**
 * changes_reset(out):
 * Append the line that says to forget everything.
 */
void changes_reset(struct buf *out);

/**
 * changes_listed(out, rows, n):
 * Append ${n} listed subjects as added.
 */
void changes_listed(struct buf *out, const struct listing_row *rows,
    size_t n);

/**
 * changes_end(out, instance, number):
 * Append the last line, with the cursor for next time.
 */
void changes_end(struct buf *out, const uint8_t instance[8], uint64_t number);

#endif
