/*
 * derive: votes and listings as tables for people with sqlite3.
 *
 * The file is derived: it may be deleted or damaged at any time and is made
 * anew. Nothing reads it back.
 */
#ifndef DERIVE_H
#define DERIVE_H

#include <stdbool.h>

#include <virbl/engine.h>

struct derive;

/* How the engine is looked at: in short holds of a lock. */
struct derive_source {
	const struct engine *(*lock)(void *arg);
	void	(*unlock)(void *arg);
	bool	(*stop)(void *arg);	/* give up between two holds */
	void	*arg;
};

/**
 * derive_open(path):
 * Return a writer of the file ${path}. Free with derive_close().
 */
struct derive *derive_open(const char *path);

/**
 * derive_pass(d, source, now):
 * Write the tables anew as they are at ${now}, in one transaction, if a
 * listing changed since the last pass. Return 0, or -1 (logged once until it
 * works again; the file is made anew the next time).
 */
int derive_pass(struct derive *d, const struct derive_source *source,
    uint32_t now);

/**
 * derive_close(d):
 * Free ${d}; NULL is harmless.
 */
void derive_close(struct derive *d);

#endif
