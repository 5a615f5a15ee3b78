/*
 * tlsfiles: a certificate and its key in two PEM files that may change.
 */
#ifndef TLSFILES_H
#define TLSFILES_H

#include <stdbool.h>

#include "base/buf.h"

struct tlsfiles;

/**
 * tlsfiles_new(cert, key):
 * Return the pair of files with these paths, not read yet. Free with
 * tlsfiles_free().
 */
struct tlsfiles *tlsfiles_new(const char *cert, const char *key);

/**
 * tlsfiles_changed(f):
 * True if both files are there and one was written since they were read.
 */
bool tlsfiles_changed(const struct tlsfiles *f);

/**
 * tlsfiles_read(f, cert, key, error):
 * Append the contents of both files. Return 0, or -1 with a line in ${error};
 * in any case they count as read.
 */
int tlsfiles_read(struct tlsfiles *f, struct buf *cert, struct buf *key,
    struct buf *error);

/**
 * tlsfiles_text(f, out):
 * Append the two paths, for messages.
 */
void tlsfiles_text(const struct tlsfiles *f, struct buf *out);

/**
 * tlsfiles_free(f):
 * Free ${f}; NULL is harmless.
 */
void tlsfiles_free(struct tlsfiles *f);

#endif
