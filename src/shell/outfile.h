/*
 * outfile: files that appear whole or not at all.
 */
#ifndef OUTFILE_H
#define OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

/**
 * outfile_write(path, bytes, len, mode, error):
 * Write the file aside, sync it, rename it to ${path}, which it replaces, and
 * sync the directory. The mode is exactly ${mode}. Return 0, or -1 with
 * "PATH: problem" appended to ${error} and the old file untouched.
 */
int outfile_write(const char *path, const void *bytes, size_t len, mode_t mode,
    struct buf *error);

/**
 * outfile_create(path, bytes, len, mode, error):
 * As outfile_write(), but fail (EEXIST) rather than replace.
 */
int outfile_create(const char *path, const void *bytes, size_t len,
    mode_t mode, struct buf *error);

/**
 * outfile_sync(path, error):
 * Sync the directory that holds ${path}, so that a new name outlives a crash.
 * Return 0, or -1 with "PATH: problem" appended to ${error}.
 */
int outfile_sync(const char *path, struct buf *error);

/**
 * outfile_remove(path, error):
 * Remove ${path} and sync the directory. Return 0, or -1 with "PATH: problem"
 * appended to ${error}.
 */
int outfile_remove(const char *path, struct buf *error);

#endif
