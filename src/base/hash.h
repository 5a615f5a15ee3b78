/*
 * hash: keyed hashing for tables, so that nobody outside can choose collisions.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/**
 * hash_keyed(key, p, n):
 * Return SipHash-2-4 of ${n} bytes at ${p}.
 */
uint64_t hash_keyed(const uint8_t key[16], const void *p, size_t n);

#endif
