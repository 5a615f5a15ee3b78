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

#include <stdbool.h>

#include <virbl/engine.h>

struct derive;

/* How the engine is looked at: in holds of a lock of about a millisecond. */
struct derive_source {
	const struct engine *(*lock)(void *arg);
	void	(*unlock)(void *arg);
	bool	(*stop)(void *arg);	/* give up between two holds */
	void	*arg;
};

/**
 * derive_open(path):
 * Return a writer of the file ${path}; nothing is opened yet. Free with
 * derive_close().
 */
struct derive *derive_open(const char *path);

/**
 * derive_pass(d, source, now):
 * Write the file anew, as things are at ${now}, if votes or listings changed
 * since the last pass, or if it is gone. Return 0, or -1 (logged once until it
 * works again) with the old file untouched.
 */
int derive_pass(struct derive *d, const struct derive_source *source,
    uint32_t now);

/**
 * derive_close(d):
 * Free ${d}; NULL is harmless.
 */
void derive_close(struct derive *d);

#endif
