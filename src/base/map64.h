/*
 * map64: 64-bit keys to 32-bit values other than 0, hashed with a secret key,
 * so that nobody outside can choose collisions.
 */
#ifndef MAP64_H
#define MAP64_H

#include <stddef.h>
#include <stdint.h>

struct map64;

/**
 * map64_new(hashkey):
 * Return an empty map. Free with map64_free().
 */
struct map64 *map64_new(const uint8_t hashkey[16]);

/**
 * map64_get(m, key):
 * Return the value of ${key}, 0 if there is none.
 */
uint32_t map64_get(const struct map64 *m, uint64_t key);

/**
 * map64_set(m, key, value):
 * Give ${key} the ${value}; 0 removes it.
 */
void map64_set(struct map64 *m, uint64_t key, uint32_t value);

/**
 * map64_drop(m, value):
 * Remove all keys whose value is at most ${value}.
 */
void map64_drop(struct map64 *m, uint32_t value);

/**
 * map64_count(m):
 * Return the number of keys.
 */
size_t map64_count(const struct map64 *m);

/**
 * map64_free(m):
 * Free ${m}; NULL is harmless.
 */
void map64_free(struct map64 *m);

#endif
