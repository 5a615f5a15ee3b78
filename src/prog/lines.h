/*
 * lines: reads a file of any size line by line, with a longest line.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum lines_got {
	LINES_END,		/* no more; ferror() tells if all is well */
	LINES_LINE,
	LINES_LONG,		/* a line over the limit was skipped */
};

struct lines;

/**
 * lines_new(file, most):
 * Read ${file}, lines of at most ${most} bytes. Free with lines_free(), which
 * leaves the file open.
 */
struct lines *lines_new(FILE *file, size_t most);

/**
 * lines_next(l, text, len):
 * Read one line into *${text} of *${len} bytes, without its end (LF or CR LF),
 * with a NUL behind; it lives until the next call. A byte order mark in front
 * of the file is skipped.
 */
enum lines_got lines_next(struct lines *l, char **text, size_t *len);

/**
 * lines_number(l), lines_bytes(l):
 * Return the number, from 1, of the line read last, and the bytes read so far.
 */
uint64_t lines_number(const struct lines *l);
uint64_t lines_bytes(const struct lines *l);

/**
 * lines_free(l):
 * Free ${l}; NULL is harmless.
 */
void lines_free(struct lines *l);

#endif
