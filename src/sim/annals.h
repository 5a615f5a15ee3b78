/*
 * annals: every batch that was ever signed in a world, and by which node. What
 * no single node knows: the truth that nodes are judged by.
 */
#ifndef ANNALS_H
#define ANNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/batch.h>

struct annals;

/* A signed batch. All nodes that hold it share this one copy. */
struct blob {
	struct blob *later; /* in its bucket */
	struct blob *beside; /* in its bucket by place */
	uint8_t id[HASH_BYTES];
	struct batch_header h;
	struct record *records; /* h.records of them */
	uint8_t *bytes;
	size_t len;
	size_t maker; /* node that signed it */
	bool shown; /* its maker gave it to somebody */
};

/**
 * annals_new():
 * Return empty annals. Free with annals_free().
 */
struct annals *annals_new(void);

/**
 * annals_add(a, bytes, len, maker):
 * Node ${maker} signed the batch at ${bytes}: return the entry of it.
 */
struct blob *annals_add(struct annals *a, const uint8_t *bytes, size_t len,
    size_t maker);

/**
 * annals_find(a, id):
 * Return the batch with ${id}, NULL if nobody ever signed it.
 */
struct blob *annals_find(const struct annals *a, const uint8_t id[HASH_BYTES]);

/**
 * annals_rival(a, b):
 * Return another batch of the same member, epoch and seq that its maker gave to
 * somebody; NULL if there is none.
 */
const struct blob *annals_rival(const struct annals *a, const struct blob *b);

/**
 * annals_walk(a, place):
 * Return the next batch in the order of signing, beginning with *${place} = 0;
 * NULL at the end.
 */
struct blob *annals_walk(const struct annals *a, size_t *place);

/**
 * annals_free(a):
 * Free ${a} and its batches; NULL is harmless.
 */
void annals_free(struct annals *a);

#endif
