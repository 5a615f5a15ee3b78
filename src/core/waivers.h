/*
 * waivers: the prefixes that the local operator exempts while the node runs.
 */
#ifndef WAIVERS_H
#define WAIVERS_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

struct waivers;

/**
 * waivers_new():
 * Return an empty list. Free with waivers_free().
 */
struct waivers *waivers_new(void);

/**
 * waivers_set(w, waiver):
 * Keep a copy of ${waiver}, in place of one with the same prefix.
 */
void waivers_set(struct waivers *w, const struct waiver *waiver);

/**
 * waivers_drop(w, prefix):
 * Forget the one with ${prefix}, if there is one.
 */
void waivers_drop(struct waivers *w, const struct prefix *prefix);

/**
 * waivers_find(w, prefix):
 * Return the one with just this ${prefix}, gone or not; NULL if there is none.
 * Valid until the list changes.
 */
const struct waiver *waivers_find(const struct waivers *w,
    const struct prefix *prefix);

/**
 * waivers_around(w, subject):
 * Return the longest one that is not gone and holds ${subject}, or NULL.
 */
const struct waiver *waivers_around(const struct waivers *w, uint64_t subject);

/**
 * waivers_at(w, i):
 * Return number ${i} of all, gone or not: IPv4 first, ascending. NULL at the
 * end.
 */
const struct waiver *waivers_at(const struct waivers *w, size_t i);

/**
 * waivers_count(w):
 * Return how many are not gone.
 */
size_t waivers_count(const struct waivers *w);

/**
 * waivers_free(w):
 * Free ${w}; NULL is harmless.
 */
void waivers_free(struct waivers *w);

#endif
