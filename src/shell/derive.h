/*
 * derive: votes and listings as tables for people with sqlite3.
 *
 * Nothing reads them back. The whole file is written aside and renamed, so a
 * reader sees one complete state; deleted or damaged, it is made anew.
 *
 *	made(time)	of the state that was written
 *	listing(list, address, since, until, score, groups, reason)
 *	vote(address, member, category, seen, count, threat)
 *
 * Times are RFC 3339 UTC. category may also be "retraction", "clearance" or
 * "cleared" (by the local operator), with count 0.
 */
#ifndef DERIVE_H
#define DERIVE_H

#include <virbl/engine.h>

struct derive;

/* Where the engine is. */
struct derive_source {
	/* Return the engine for reading, NULL to give up. Held for about a
	   millisecond at a time. */
	const struct engine *(*lock)(void *arg);
	void	(*unlock)(void *arg);
	void	*arg;
};

/**
 * derive_open(path):
 * Return a writer of the file ${path}; nothing is opened yet. Close with
 * derive_close().
 */
struct derive *derive_open(const char *path);

/**
 * derive_pass(d, source):
 * Write the file anew if votes or listings changed since the last pass, or if
 * it is gone. Return 1 if it was written, 0 if not, -1 on failure (logged when
 * it begins) with the old file untouched.
 */
int derive_pass(struct derive *d, const struct derive_source *source);

/**
 * derive_close(d):
 * Free ${d}; NULL is harmless.
 */
void derive_close(struct derive *d);

#endif
