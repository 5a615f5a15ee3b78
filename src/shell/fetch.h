/*
 * fetch: GETs from peers over TLS 1.3 with pinned keys (libcurl), in a thread
 * of its own. No redirects, no proxies, bounded size and absolute time.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>
#include <virbl/key.h>

#define FETCH_QUEUE	1024	/* most requests waiting or running */

struct fetch;

/* An answer: bytes NULL means it failed and ${reason} says why. */
struct fetched {
	uint64_t request;
	unsigned status;
	const uint8_t *bytes;
	size_t	 len;
	const char *reason;
};

/**
 * fetch_start(key, done, arg):
 * Start the thread; the client certificate is made from ${key}. done(arg, f) is
 * called in that thread for each answer; *f lives during the call. Return
 * NULL on failure (logged).
 */
struct fetch *fetch_start(const struct key *key,
    void (*done)(void *arg, const struct fetched *f), void *arg);

/**
 * fetch_card(f, card, len):
 * Show this card (header "Virbl-Card", base64url) when asking for heads with
 * wait=0, so that a peer that does not know us yet can show it to its
 * operator. Cards over 3,000 bytes are not shown.
 */
void fetch_card(struct fetch *f, const uint8_t *card, size_t len);

/**
 * fetch_get(f, action):
 * Do the ACT_FETCH, copying what it points to. If FETCH_QUEUE are under way it
 * fails at once through done().
 */
void fetch_get(struct fetch *f, const struct action *action);

/**
 * fetch_stop(f):
 * Give up what is under way, stop the thread. NULL is harmless.
 */
void fetch_stop(struct fetch *f);

#endif
