/*
 * disk: what one simulated node wrote, as the store would keep it.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "sim/annals.h"
#include "sim/dice.h"

/* One write: on its way to the disk, or what is left of it there. */
struct diskrow {
	enum write_kind kind;
	uint64_t serial;
	uint8_t member[KEY_BYTES];
	struct blob *blob; /* OWN BATCH */
	uint8_t *bytes; /* owned; NULL none */
	size_t len;
	uint64_t pending;
	uint64_t subject;
	uint32_t time;
	int64_t created;
	struct write_id *ids; /* owned */
	size_t nids;
};

/* A stored batch. */
struct place {
	struct blob *blob;
	uint8_t *rotten; /* owned: its bytes, damaged; NULL sound */
};

/* All that is stored of one log, ascending by (epoch, seq). */
struct shelf {
	uint8_t member[KEY_BYTES];
	struct place *places;
	size_t n, room;
	struct head head; /* never forgotten; epoch 0 none */
};

struct disk {
	struct shelf *shelves;
	size_t nshelves;
	struct diskrow *rows; /* all but batches, in the order of writing */
	size_t n, room;
};

/**
 * disk_new(), disk_copy(d), disk_free(d):
 * Return an empty disk; return a copy; free ${d} (NULL is harmless).
 */
struct disk *disk_new(void);
struct disk *disk_copy(const struct disk *d);
void disk_free(struct disk *d);

/**
 * disk_row_free(row):
 * Free what ${row} owns.
 */
void disk_row_free(struct diskrow *row);

/**
 * disk_write(d, row):
 * Do the write ${row}, which becomes the disk's. Return -1 if another own
 * batch has its place already.
 */
int disk_write(struct disk *d, struct diskrow *row);

/**
 * disk_shelf(d, member):
 * Return what is stored of the log of ${member}, NULL if nothing.
 */
const struct shelf *disk_shelf(const struct disk *d,
    const uint8_t member[KEY_BYTES]);

/**
 * disk_holds(shelf, b):
 * True if ${b} stands in its place on ${shelf}.
 */
bool disk_holds(const struct shelf *shelf, const struct blob *b);

/**
 * disk_load(d, shuffle, sink, arg):
 * Hand everything to ${sink} as events in the order the engine wants; with
 * ${shuffle}, logs of several members are interleaved by chance. Return
 * -1 as soon as ${sink} does not return 0.
 */
int disk_load(const struct disk *d, struct dice *shuffle,
    int (*sink)(void *arg, struct event *event), void *arg);

/**
 * disk_rot(d, dice):
 * Flip a bit in a stored batch. Return it, or NULL if there is none.
 */
struct blob *disk_rot(struct disk *d, struct dice *dice);

#endif
