/*
 * spool: reports left in a directory while the daemon is away.
 *
 * A file is NAME.ndjson and holds lines as POST /v1/sightings takes them, each
 * with an `id`, so that reading one twice counts once. A writer locks a file
 * that has room and appends to it; if all are locked it begins another, so that
 * nobody waits for anybody. The daemon locks the oldest file, reads it and
 * removes it once all of it is answered. One it cannot use becomes NAME.bad and
 * stays for people to look at.
 *
 * What a writer that was killed left of a line is ended by the next one: it was
 * never promised to anybody, and is read as a bad line.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stddef.h>

#include <virbl/time.h>

#include "base/buf.h"

#define SPOOL_DIR	"spool"	/* in the state directory */
#define SPOOL_NAME	64	/* of a file, with its NUL */
#define SPOOL_FILES	256	/* most files waiting */
#define SPOOL_BYTES	(1u << 20) /* largest file */

enum spool_verdict {
	SPOOL_OK,
	SPOOL_FULL,		/* SPOOL_FILES waiting, or a full disk */
	SPOOL_FAILED,
};

/**
 * spool_write(state, now, lines, len, error):
 * Leave ${len} bytes of ${lines}, at most SPOOL_BYTES, in the spool of the
 * state directory ${state}, made if it is missing; on disk on return. The
 * owner of the directory becomes the owner of the file if we are root.
 * Unless SPOOL_OK is returned, ${error} tells why.
 */
enum spool_verdict spool_write(const char *state, struct wall now,
    const void *lines, size_t len, struct buf *error);

/**
 * spool_list(state, names, most):
 * Store the names of the oldest ${most} files. Return how many; 0 also if
 * there is no spool.
 */
size_t spool_list(const char *state, char (*names)[SPOOL_NAME], size_t most);

/**
 * spool_take(state, name, lines):
 * Lock the file and append it to ${lines}. Return what holds the lock, to be
 * given to one of the functions below; -1 if it cannot be read (errno is
 * EWOULDBLOCK while somebody writes to it; else it is gone, not a plain file,
 * too large, not ours to read).
 */
int spool_take(const char *state, const char *name, struct buf *lines);

/**
 * spool_remove(state, name, lock), spool_spoil(state, name, lock):
 * All of the file was answered: remove it. It is of no use: rename it to
 * NAME.bad. Return 0 or -1 (errno says why); the lock is gone in any case.
 */
int spool_remove(const char *state, const char *name, int lock);
int spool_spoil(const char *state, const char *name, int lock);

/**
 * spool_leave(lock):
 * Let others have the file; -1 is harmless.
 */
void spool_leave(int lock);

#endif
