/*
 * infile: a whole file in memory.
 */
#ifndef INFILE_H
#define INFILE_H

#include "base/buf.h"

struct stat;

/**
 * infile_read(path, out, st, error):
 * Append the contents of ${path} to ${out}, whose limit bounds the file, and
 * unless ${st} is NULL store what fstat() said before reading. Return 0, or -1
 * with "PATH: problem" appended to ${error} (no newline) and errno set.
 */
int infile_read(const char *path, struct buf *out, struct stat *st,
    struct buf *error);

#endif
