/*
 * prefixset: which of many prefixes is the most specific around a subject.
 */
#ifndef PREFIXSET_H
#define PREFIXSET_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/subject.h>

struct prefixset;

/**
 * prefixset_build(prefixes, n):
 * Index ${n} ${prefixes}, which are not needed afterwards; nesting and repeats
 * are allowed. Free with prefixset_free().
 */
struct prefixset *prefixset_build(const struct prefix *prefixes, size_t n);

/**
 * prefixset_find(set, subject):
 * Return the index of the longest prefix that touches ${subject} (of equal
 * ones the first), or -1. O(log n).
 */
long prefixset_find(const struct prefixset *set, uint64_t subject);

/**
 * prefixset_free(set):
 * Free ${set}; NULL is harmless.
 */
void prefixset_free(struct prefixset *set);

#endif
