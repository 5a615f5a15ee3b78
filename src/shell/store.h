/*
 * store: everything that must survive, in one SQLite database. All SQL is
 * behind this header.
 *
 * One thread of its own writes: it takes writes from a bounded queue, commits
 * as many as are waiting in one transaction (WAL, synchronous=FULL) and reports
 * the highest serial. A failed commit or sync stops the process: what a failed
 * fsync left on disk is not known.
 *
 * Serials: the engine numbers its writes above the greatest serial that a
 * LOADED_PENDING event gave it (else from 1), so that a pending report keeps
 * its number over a restart and WRITE_OWN's .pending names either kind.
 *
 * The log (own and others' batches, pending reports, ids, heads, tokens) is
 * the truth. Votes and listings are also written, behind, for people with
 * sqlite3, into a second file "derived.db" that may be deleted at any time.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"

#define STORE_QUEUE	8192	/* most writes waiting */
#define STORE_VERSION	4	/* of the schema */
#define STORE_TOKENS	10000	/* most tokens */
#define STORE_CALLERS	1000	/* most unknown callers remembered */
#define STORE_DEEDS	1000000	/* most deeds remembered ... */
#define STORE_DEED_DAYS	90	/* ... and for how long */
#define STORE_DEEDS_SHOWN 100	/* most deeds read at once */
#define STORE_PLEAS	1000	/* most requests for removal that wait ... */
#define STORE_PLEA_DAYS	30	/* ... and how long */

struct store;

/**
 * store_create(path, error):
 * Make a new database at ${path} (0600). Return 0, or -1 with one line in
 * ${error}; refuses to overwrite.
 */
int store_create(const char *path, struct buf *error);

/**
 * store_open(path, error):
 * Open the database at ${path} and bring its schema up to date. Return NULL
 * with one line in ${error}: missing, locked by another process, damaged, made
 * by a newer version, disk full. Close with store_close().
 */
struct store *store_open(const char *path, struct buf *error);

/**
 * store_load(s, sink, arg):
 * Hand everything stored to ${sink} as EV_LOADED events in the order the
 * engine wants (HEAD, BATCH, CARD, FROZEN, CLEARED, WAIVER, ID, PENDING);
 * event->now is left to the sink. Stop early and return -1 if it returns
 * non-zero or reading fails (logged).
 */
int store_load(struct store *s, int (*sink)(void *arg, struct event *event),
    void *arg);

/**
 * store_start(s, done, arg):
 * Start the writing thread; it calls done(arg, serial) after each commit, and
 * failed(arg) is not needed: a failed commit ends the process.
 */
void store_start(struct store *s, void (*done)(void *arg, uint64_t serial),
    void *arg);

/**
 * store_persist(s, action):
 * Queue the write of an ACT_PERSIST, copying what it points to; waits while
 * the queue is full.
 */
void store_persist(struct store *s, const struct action *action);

/**
 * store_close(s):
 * Write what is queued, stop the thread, close. NULL is harmless.
 */
void store_close(struct store *s);

/* ---- Any thread, not waiting for the writer ---- */

/* How the writer does. */
struct store_stats {
	size_t	 queue;		/* writes waiting */
	size_t	 queue_bytes;	/* what they hold */
	uint64_t writes;	/* done since the start */
	uint64_t commits;	/* in so many transactions */
	uint64_t us;		/* that took so long, microseconds */
	int64_t	 since;		/* mono ms when the one under way began, 0
				   none */
	uint64_t bytes;		/* of the database and its write-ahead log */
};

/**
 * store_stats(s, ret):
 * Fill *${ret}.
 */
void store_stats(struct store *s, struct store_stats *ret);

/**
 * store_range(s, member, epoch, from, to, out):
 * Append to ${out} the stored batches ${from}..${to} of ${member}, whole and
 * in order, at most ENGINE_RANGE and ENGINE_RANGE_BYTES; where older ones are
 * gone it begins later. Return the number of batches, -1 on failure (logged).
 */
int store_range(struct store *s, const uint8_t member[KEY_BYTES],
    uint32_t epoch, const uint64_t range[2], struct buf *out);

enum role {
	ROLE_PUBLIC,
	ROLE_READER,
	ROLE_REPORTER,
	ROLE_DESK,
	ROLE_OPERATOR,
};

struct token {
	char	 name[65];
	enum role role;
	uint64_t id;		/* namespace of sighting ids, never reused */
	int64_t	 created;	/* ms */
	struct prefix *prefixes; /* desks: theirs; owned */
	size_t	 nprefixes;
};

/**
 * store_token_add(s, t, hash):
 * Remember a token by the BLAKE2b-256 of its secret. Return NULL, or a text
 * (name taken, too many).
 */
const char *store_token_add(struct store *s, const struct token *t,
    const uint8_t hash[32]);

/**
 * store_token_find(s, hash, ret):
 * Fill *${ret} and return 0 if a token has this ${hash}; else -1.
 */
int store_token_find(struct store *s, const uint8_t hash[32],
    struct token *ret);

/**
 * store_token_list(s, n):
 * Return all tokens by name, an array freed with store_token_free().
 */
struct token *store_token_list(struct store *s, size_t *n);
void store_token_free(struct token *t, size_t n);

/**
 * store_token_remove(s, name):
 * Forget a token. Return 0, or -1 if there is none.
 */
int store_token_remove(struct store *s, const char *name);

/* A node that called and is not a configured peer. */
struct caller {
	uint8_t	 key[KEY_BYTES];
	char	 from[48];	/* address it called from */
	int64_t	 first, last;	/* ms */
	uint64_t calls;
	uint8_t	*card;		/* its card, NULL if it sent none; owned */
	size_t	 cardlen;
};

/**
 * store_caller(s, c):
 * Remember or renew the caller ${c} (calls is ignored); the longest unseen
 * goes when there are STORE_CALLERS.
 */
void store_caller(struct store *s, const struct caller *c);

/**
 * store_callers(s, n):
 * Return all callers, newest first, freed with store_callers_free().
 */
struct caller *store_callers(struct store *s, size_t *n);
void store_callers_free(struct caller *c, size_t n);

/* Who ordered what about a subject; stored in the commit that did it. */
struct deed {
	uint32_t time;		/* when, s */
	char	 act[16];	/* "retracted"; "cleared" signed, for all;
				   "cleared here" on this node only; "asked" and
				   "refused" of a removal */
	char	 who[ENGINE_WHO + 1]; /* as told to node_order() */
};

/**
 * store_deeds(s, subject, n):
 * Return what was ordered about ${subject}, the newest STORE_DEEDS_SHOWN first
 * to last, freed with mem_free().
 */
struct deed *store_deeds(struct store *s, uint64_t subject, size_t *n);

/* A request for removal that waits for somebody to decide. */
struct plea {
	uint64_t subject;
	uint32_t first, last;	/* when it was asked for, s */
	uint64_t times;		/* how often */
	char	 asker[SUBJECT_TEXT]; /* address that asked last, "" unknown */
	char	*contact, *statement; /* as last told; owned */
};

/**
 * store_plea_add(s, p):
 * Remember or renew a request (times is ignored). Return NULL, or a text that
 * says why not.
 */
const char *store_plea_add(struct store *s, const struct plea *p);

/**
 * store_pleas(s, n):
 * Return all requests that wait, the latest first, freed with
 * store_pleas_free(). An order about the subject ends them, and so do
 * STORE_PLEA_DAYS.
 */
struct plea *store_pleas(struct store *s, size_t *n);
void store_pleas_free(struct plea *p, size_t n);

/**
 * store_plea_refuse(s, subject, who):
 * Forget the request about ${subject} on the word of ${who}. Return 0, or -1
 * if there is none.
 */
int store_plea_refuse(struct store *s, uint64_t subject, const char *who);

/**
 * store_meta_get(s, name, out), store_meta_put(s, name, p, len):
 * A few small named values (own card, seed of the hash keys); get appends to
 * ${out} and returns 0, or -1 if there is none. put is durable on return.
 */
int store_meta_get(struct store *s, const char *name, struct buf *out);
int store_meta_put(struct store *s, const char *name, const void *p,
    size_t len);

#endif
