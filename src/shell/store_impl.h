/*
 * store_impl: what the store*.c files share; nobody else includes it.
 */
#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "shell/store.h"

#define STORE_WAL	4000	/* pages of the WAL that cause a checkpoint */
#define STORE_READERS	8	/* most idle reading connections kept */

/* Prepared statements of the writer. */
enum store_stmt {
	STMT_OWN,
	STMT_BATCH,
	STMT_HEAD,
	STMT_PENDING,
	STMT_PENDING_DONE,
	STMT_ID,
	STMT_CLEARED,
	STMT_FROZEN,
	STMT_CARD,
	STMT_WAIVER,
	STMT_WAIVED,
	STMT_PRUNE_BATCH,
	STMT_PRUNE_ID,
	STMT_PRUNE_CLEARED,
	STMT_DEED,
	STMT_PRUNE_DEED,
	STMT_PLEA_DONE,
	STMT_PRUNE_PLEA,
	STMT_MAX
};

/* One write, or one call by another thread that waits for it. */
struct store_job {
	struct store_job *next;
	uint64_t serial;
	enum write_kind kind;
	struct batch_header h;
	uint8_t	 id[HASH_BYTES];
	uint8_t	 member[KEY_BYTES];
	uint8_t	*bytes;		/* owned */
	size_t	 len;
	struct write_id *ids;	/* owned */
	size_t	 nids;
	uint64_t pending;
	uint64_t subject;
	uint32_t time;
	int64_t	 created;
	struct waiver waiver;
	char	*who;		/* owned */
	/* A call instead: run by the writer outside any transaction. */
	int	(*call)(sqlite3 *db, void *arg);
	void	*arg;
	int	 result;
	bool	 done;
};

struct store {
	char	*path;
	int	 lock_fd;	/* holds the lock on the database */
	sqlite3	*db;		/* the writer's */
	sqlite3_stmt *stmt[STMT_MAX];
	void	(*on_done)(void *arg, uint64_t serial);
	void	*arg;
	pthread_t thread;
	bool	 running;

	pthread_mutex_t mutex;
	pthread_cond_t more;	/* there are jobs, or stop */
	pthread_cond_t less;	/* there is room */
	pthread_cond_t called;	/* a call is done */
	struct store_job *first;
	struct store_job **last;
	size_t	 n;		/* jobs, and the bytes they hold */
	size_t	 bytes;
	bool	 stop;
	struct store_stats stats; /* queue and bytes are counted elsewhere */

	pthread_mutex_t readers_mutex;
	sqlite3	*readers[STORE_READERS];
	size_t	 nreaders;
};

/**
 * store_schema_make(db, path, error), store_schema_check(db, path, error):
 * Make the tables in the empty database at ${path}; or see that it is ours, and
 * upgrade them. Return 0, or -1 with a line in ${error}.
 */
int store_schema_make(sqlite3 *db, const char *path, struct buf *error);
int store_schema_check(sqlite3 *db, const char *path, struct buf *error);

/**
 * store_why(db):
 * Return why the last call on ${db} failed: what the system said, if it was
 * the system, else what SQLite says.
 */
const char *store_why(sqlite3 *db);

/**
 * store_connect(path, error):
 * Open a connection with the pragmas every connection has; NULL with a line in
 * ${error}.
 */
sqlite3 *store_connect(const char *path, struct buf *error);

/**
 * store_write(s, job):
 * Writer: do one write inside the open transaction. Return 0 or -1.
 */
int store_write(struct store *s, const struct store_job *job);

/**
 * store_call(s, fn, arg):
 * Any thread: have the writer run fn(db, arg) and return its result.
 */
int store_call(struct store *s, int (*fn)(sqlite3 *db, void *arg), void *arg);

/**
 * store_reader(s), store_reader_back(s, db):
 * Any thread: borrow a reading connection, NULL on failure (logged).
 */
sqlite3 *store_reader(struct store *s);
void store_reader_back(struct store *s, sqlite3 *db);

#endif
