/*
 * storehouse: a store in a directory of its own, for tests: writes by kind,
 * waiting for them, and everything that is loaded, copied.
 */
#ifndef STOREHOUSE_H
#define STOREHOUSE_H

#include <pthread.h>

#include "shell/store.h"

/* Copies of what one LOADED event carried. */
struct loaded {
	enum loaded_kind kind;
	struct head head;
	uint8_t *bytes;
	size_t len;
	uint64_t serial;
	uint64_t idhash;
	uint32_t time;
	uint64_t subject;
	struct waiver waiver;
};

struct house {
	char dir[64];
	char path[128];
	struct store *store;
	struct buf error;
	struct loaded *loaded;
	size_t nloaded;
	size_t room;
	size_t refuse_at; /* the sink refuses this event, 0 none */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	uint64_t done; /* last serial reported */
	unsigned reports;
};

/**
 * house_setup(state), house_teardown(state):
 * For cmocka: *state is a house with a new, open store that was not started.
 */
int house_setup(void **state);
int house_teardown(void **state);

/**
 * house_open(h), house_close(h):
 * Open the store; the test fails if that fails. Close it.
 */
void house_open(struct house *h);
void house_close(struct house *h);

/**
 * house_start(h), house_wait(h, serial):
 * Start the writer; wait until it reported ${serial}.
 */
void house_start(struct house *h);
void house_wait(struct house *h, uint64_t serial);

/**
 * house_load(h):
 * Load into h->loaded; return what store_load() returns.
 */
int house_load(struct house *h);

/**
 * house_sql(h, sql):
 * Run ${sql} over another connection; the test fails if that fails.
 */
void house_sql(struct house *h, const char *sql);

/**
 * house_batch(h, serial, member, place, len):
 * Persist a batch of member ${member} (an own one if 0) at ${place} (epoch,
 * seq, created in ms; for an own one, the last pending serial), of ${len}
 * bytes that repeat its seq.
 */
void house_batch(struct house *h, uint64_t serial, uint8_t member,
    const uint64_t place[4], size_t len);

/**
 * house_pending(h, serial, id):
 * Persist a pending report with bytes that repeat ${serial}, and an id.
 */
void house_pending(struct house *h, uint64_t serial, uint64_t id);

#endif
