/*
 * allowfile: files of prefixes that are never listed.
 *
 * One address or prefix a line, optionally followed by "permit", as in
 * Postfix; "#" begins a comment; empty lines are skipped; lines may end in CR
 * LF.
 */
#ifndef ALLOWFILE_H
#define ALLOWFILE_H

#include <stddef.h>

#include <virbl/policy.h>

#include "base/buf.h"

#define ALLOWFILE_LINES	1000000	/* most lines */
#define ALLOWFILE_BYTES	67108864 /* most bytes */
#define ALLOWFILE_ERRORS 20	/* most bad lines that are described */

struct stat;

/**
 * allowfile_prefix(text, ret, why, size):
 * Read an address or prefix. Return 0, or -1 with *${ret} untouched and what
 * is wrong in ${why}, of ${size} bytes, with the correction where one is likely
 * ("host bits are set: write 192.0.2.0/24").
 */
int allowfile_prefix(const char *text, struct prefix *ret, char *why,
    size_t size);

/**
 * allowfile_read(path, p, st, error):
 * Exempt every prefix of the file in ${p}, with ${path} and the line as its
 * source, and store what fstat() said in *${st}. Return 0, or -1 with lines
 * "PATH:LINE: problem\n" appended to ${error}; ${p} may hold some of the
 * prefixes then and is to be thrown away: half an allow list is never used.
 */
int allowfile_read(const char *path, struct policy *p, struct stat *st,
    struct buf *error);

#endif
