/*
 * peers: the members of the federation as this node sees them, and cards.
 */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "base/jsonw.h"

/* How many peers are in which state. */
struct peers_count {
	size_t	 total;		/* configured members but the own node */
	size_t	 connected;
	size_t	 unreachable;
	size_t	 refused;
	size_t	 frozen;
	uint64_t behind;	/* most batches missing of one peer's */
	size_t	 holding;	/* that hold all of the own log */
};

/**
 * peers_write(out, e, all):
 * Append the answer of GET /v1/peers; with ${all} also what is for the
 * operator only.
 */
void peers_write(struct buf *out, const struct engine *e, bool all);

/**
 * peers_lag(e, m):
 * Return how many batches of the own log the peer ${m} did not say it holds.
 */
uint64_t peers_lag(const struct engine *e, const struct engine_member *m);

/**
 * peers_count(e, ret):
 * Count the configured peers.
 */
void peers_count(const struct engine *e, struct peers_count *ret);

/**
 * peers_id(w, key), peers_prefixes(w, prefixes, n):
 * Write the members "id" and "key", or an array of prefixes.
 */
void peers_id(struct jsonw *w, const uint8_t key[KEY_BYTES]);
void peers_prefixes(struct jsonw *w, const struct prefix *prefixes, size_t n);

/**
 * peers_card(w, card):
 * Write what a card says as an object, null if ${card} is NULL.
 */
void peers_card(struct jsonw *w, const struct card *card);

/**
 * peers_changed(w, e):
 * Write the array of members whose newest card proposes something else than
 * what was accepted. Return their number.
 */
size_t peers_changed(struct jsonw *w, const struct engine *e);

#endif
