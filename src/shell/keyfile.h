/*
 * keyfile: the node's secret key on disk: one line "virbl-ed25519-seed " and
 * 64 hex digits, mode 0600.
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <virbl/key.h>

#include "base/buf.h"

/**
 * keyfile_create(path, key, error):
 * Make a new random key, store it in a new file ${path} (synced) and in
 * *${key}. Return 0, or -1 with a line in ${error}; never overwrites.
 */
int keyfile_create(const char *path, struct key *key, struct buf *error);

/**
 * keyfile_read(path, key, error):
 * Read ${path} into *${key}. Return 0, or -1 with a line in ${error} that
 * names the remedy: missing, readable by others, wrong contents.
 */
int keyfile_read(const char *path, struct key *key, struct buf *error);

#endif
