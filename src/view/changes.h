/*
 * changes: the changes of a list as lines of JSON or as server-sent events,
 * with cursors that say how far a client has read.
 *
 * A cursor is "INSTANCE-NUMBER": the run of the node and the number of the last
 * change seen. An event's id is the cursor after it; what is told anew after a
 * reset has none, so that a client that is cut off there begins again.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/feed.h"
#include "core/listing.h"

#define CHANGES_MOST	10000	/* most changes in one answer */

enum changes_form {
	CHANGES_LINES,		/* application/x-ndjson */
	CHANGES_EVENTS,		/* text/event-stream */
};

/* Why a client is told everything anew. */
enum changes_why {
	CHANGES_KNOWN,		/* it is not: its cursor is good */
	CHANGES_NONE,		/* it has no cursor */
	CHANGES_BAD,		/* it is no cursor */
	CHANGES_RUN,		/* it is one of another run of the node */
	CHANGES_OLD,		/* what came after it is forgotten, or it is
				   ahead */
};

/* Where changes are written. */
struct changes {
	struct buf *out;
	enum changes_form form;
	uint8_t	 instance[8];	/* of the run of the node */
};

/**
 * changes_cursor(text, instance, number):
 * Read a cursor of the run ${instance}; ${text} may be NULL. Return
 * CHANGES_KNOWN, or why it is of no use, *${number} untouched.
 */
enum changes_why changes_cursor(const char *text, const uint8_t instance[8],
    uint64_t *number);

/**
 * changes_rows(c, rows, n, number):
 * Append ${n} changes, the first of which has the number after ${number}.
 */
void changes_rows(struct changes *c, const struct feed_row *rows, size_t n,
    uint64_t number);

/**
 * changes_reset(c, why):
 * Append what says to forget everything, as all that is listed follows.
 */
void changes_reset(struct changes *c, enum changes_why why);

/**
 * changes_listed(c, rows, n):
 * Append ${n} listed subjects as added.
 */
void changes_listed(struct changes *c, const struct listing_row *rows,
    size_t n);

/**
 * changes_end(c, number):
 * Append the cursor for next time.
 */
void changes_end(struct changes *c, uint64_t number);

/**
 * changes_beat(c):
 * Append what tells that there is nothing to tell: a comment.
 */
void changes_beat(struct changes *c);

#endif
