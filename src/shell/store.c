#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/log.h"
#include "shell/store_impl.h"

/* Most writes, and about most bytes, in one transaction; most bytes waiting. */
#define GROUP 1024
#define GROUP_BYTES (16 << 20)
#define QUEUE_BYTES (64 << 20)

/* Remove a database that could not be made, and what SQLite put beside it. */
static void
remove_all(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	struct buf name;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		buf_init(&name, 4096);
		buf_printf(&name, "%s%s", path, ends[i]);
		unlink(buf_string(&name));
		buf_free(&name);
	}
}

int
store_create(const char *path, struct buf *error)
{
	sqlite3 *db;
	int fd, rc;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		buf_printf(error, "%s: cannot make the database: %s", path,
		    strerror(errno));
		return (-1);
	}
	close(fd);
	db = store_connect(path, error);
	rc = db == NULL ? -1 : store_schema_make(db, path, error);
	sqlite3_close(db);
	if (rc != 0)
		remove_all(path);
	return (rc);
}

/* Keep other daemons away from the database at ${path}. */
static int
lock_file(const char *path, struct buf *error)
{
	struct buf name;
	int fd;

	buf_init(&name, 4096);
	buf_printf(&name, "%s.lock", path);
	fd = open(buf_string(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1) {
		buf_printf(error, "%s: %s", buf_string(&name), strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		buf_printf(error, "%s: another virbld is using this database",
		    path);
		close(fd);
		fd = -1;
	}
	buf_free(&name);
	return (fd);
}

static void
locks_init(struct store *s)
{
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->more, NULL);
	pthread_cond_init(&s->less, NULL);
	pthread_cond_init(&s->called, NULL);
	pthread_mutex_init(&s->readers_mutex, NULL);
}

/* The state of the disk is unknown: stop at once, recover at the start. */
static void
die(struct store *s, const char *what)
{
	log_error("store: %s: cannot %s: %s: stopping, nothing acknowledged "
		  "is lost",
	    s->path, what, store_why(s->db));
	_exit(1);
}

/*
 * After a commit. SQLite's own hook would go on after a failed sync of the
 * database, and then overwrite the only good copy.
 */
static int
on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;
	int rc;

	if (pages < STORE_WAL)
		return (SQLITE_OK);
	rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE,
	    NULL, NULL);
	/* Busy: a reader is in the way; the next one will do. */
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		die(s, "move the log into the database");
	return (SQLITE_OK);
}

struct store *
store_open(const char *path, struct buf *error)
{
	struct store *s;

	if (access(path, F_OK) != 0) {
		buf_printf(error, "%s: no database: make one with virbl init",
		    path);
		return (NULL);
	}
	s = mem_zero(sizeof(*s));
	s->path = mem_string(path);
	s->last = &s->first;
	locks_init(s);
	s->lock_fd = lock_file(path, error);
	if (s->lock_fd == -1)
		goto fail;
	s->db = store_connect(path, error);
	if (s->db == NULL || store_schema_check(s->db, path, error) != 0)
		goto fail;
	sqlite3_exec(s->db, "PRAGMA cache_size = -16384", NULL, NULL, NULL);
	sqlite3_wal_hook(s->db, on_commit, s);
	return (s);
fail:
	store_close(s);
	return (NULL);
}

static void
job_free(struct store_job *job)
{
	mem_free(job->bytes);
	mem_free(job->ids);
	mem_free(job->who);
	mem_free(job);
}

/* Someone with sqlite3 may hold the lock: nothing is lost by waiting. */
static void
begin(struct store *s)
{
	bool told = false;
	int rc;

	while ((rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL,
		    NULL)) == SQLITE_BUSY) {
		if (!told)
			log_warn("store: %s: another program keeps it locked: "
				 "waiting",
			    s->path);
		told = true;
	}
	if (rc != SQLITE_OK)
		die(s, "begin a transaction");
}

/* Write a chain of jobs in one transaction; their greatest serial. */
static uint64_t
commit(struct store *s, const struct store_job *job)
{
	uint64_t serial = 0;

	begin(s);
	for (; job != NULL; job = job->next) {
		if (store_write(s, job) != 0)
			die(s, "write");
		serial = job->serial;
	}
	if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die(s, "commit");
	return (serial);
}

/*
 * Cut the next jobs off the queue: either one call, or writes that go into
 * one transaction. Waits for some; NULL if told to stop and none is left.
 */
static struct store_job *
take(struct store *s)
{
	struct store_job *first, **end;
	size_t n = 0, bytes = 0;

	pthread_mutex_lock(&s->mutex);
	while (s->first == NULL && !s->stop)
		pthread_cond_wait(&s->more, &s->mutex);
	first = s->first;
	end = &s->first;
	while (*end != NULL && n < GROUP && bytes < GROUP_BYTES &&
	    (n == 0 || ((*end)->call == NULL && first->call == NULL))) {
		bytes += (*end)->len;
		end = &(*end)->next;
		n++;
	}
	if (first != NULL) {
		s->first = *end;
		*end = NULL;
		if (s->first == NULL)
			s->last = &s->first;
		s->n -= n;
		s->bytes -= bytes;
		pthread_cond_broadcast(&s->less);
	}
	pthread_mutex_unlock(&s->mutex);
	return (first);
}

static void
finish_call(struct store *s, struct store_job *job, int result)
{
	pthread_mutex_lock(&s->mutex);
	job->result = result;
	job->done = true;
	pthread_cond_broadcast(&s->called);
	pthread_mutex_unlock(&s->mutex);
}

/* Write a chain of jobs, as commit() does, and measure it. */
static uint64_t
commit_timed(struct store *s, const struct store_job *job)
{
	uint64_t serial, begin = clock_us();
	const struct store_job *j;

	pthread_mutex_lock(&s->mutex);
	s->stats.since = clock_mono().ms;
	pthread_mutex_unlock(&s->mutex);
	serial = commit(s, job);
	pthread_mutex_lock(&s->mutex);
	s->stats.since = 0;
	s->stats.commits++;
	s->stats.us += clock_us() - begin;
	for (j = job; j != NULL; j = j->next)
		s->stats.writes++;
	pthread_mutex_unlock(&s->mutex);
	return (serial);
}

static void *
run(void *arg)
{
	struct store *s = arg;
	struct store_job *job, *next;
	uint64_t serial;

	while ((job = take(s)) != NULL) {
		if (job->call != NULL) {
			/* The caller waits and owns the job. */
			finish_call(s, job, job->call(s->db, job->arg));
			continue;
		}
		serial = commit_timed(s, job);
		for (; job != NULL; job = next) {
			next = job->next;
			job_free(job);
		}
		s->on_done(s->arg, serial);
	}
	return (NULL);
}

void
store_start(struct store *s, void (*done)(void *arg, uint64_t serial),
    void *arg)
{
	s->on_done = done;
	s->arg = arg;
	if (pthread_create(&s->thread, NULL, run, s) != 0) {
		log_error("store: cannot start the writing thread");
		_exit(1);
	}
	s->running = true;
}

static void
push(struct store *s, struct store_job *job)
{
	pthread_mutex_lock(&s->mutex);
	while (s->n >= STORE_QUEUE || s->bytes >= QUEUE_BYTES)
		pthread_cond_wait(&s->less, &s->mutex);
	*s->last = job;
	s->last = &job->next;
	s->n++;
	s->bytes += job->len;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->mutex);
}

void
store_persist(struct store *s, const struct action *a)
{
	struct store_job *job = mem_zero(sizeof(*job));

	job->serial = a->u.persist.serial;
	job->kind = a->u.persist.kind;
	if (a->u.persist.h != NULL)
		job->h = *a->u.persist.h;
	if (a->u.persist.id != NULL)
		memcpy(job->id, a->u.persist.id, HASH_BYTES);
	if (a->u.persist.member != NULL)
		memcpy(job->member, a->u.persist.member, KEY_BYTES);
	job->bytes = mem_dup(a->u.persist.bytes, a->u.persist.len);
	job->len = a->u.persist.len;
	job->ids =
	    mem_dup(a->u.persist.ids, a->u.persist.nids * sizeof(*job->ids));
	job->nids = a->u.persist.nids;
	job->pending = a->u.persist.pending;
	if (a->u.persist.waiver != NULL)
		job->waiver = *a->u.persist.waiver;
	job->subject = a->u.persist.subject;
	job->time = a->u.persist.time;
	job->created = a->u.persist.created;
	if (a->u.persist.who != NULL)
		job->who = mem_string(a->u.persist.who);
	push(s, job);
}

int
store_call(struct store *s, int (*fn)(sqlite3 *db, void *arg), void *arg)
{
	struct store_job job;

	if (!s->running)
		return (fn(s->db, arg));
	memset(&job, 0, sizeof(job));
	job.call = fn;
	job.arg = arg;
	push(s, &job);
	pthread_mutex_lock(&s->mutex);
	while (!job.done)
		pthread_cond_wait(&s->called, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
	return (job.result);
}

/* Bytes of the file at ${path} with ${ending}. */
static uint64_t
file_bytes(const char *path, const char *ending)
{
	struct buf name;
	struct stat st;
	uint64_t n = 0;

	buf_init(&name, 4096);
	buf_printf(&name, "%s%s", path, ending);
	if (stat(buf_string(&name), &st) == 0)
		n = (uint64_t)st.st_size;
	buf_free(&name);
	return (n);
}

void
store_stats(struct store *s, struct store_stats *ret)
{
	pthread_mutex_lock(&s->mutex);
	*ret = s->stats;
	ret->queue = s->n;
	ret->queue_bytes = s->bytes;
	pthread_mutex_unlock(&s->mutex);
	ret->bytes = file_bytes(s->path, "") + file_bytes(s->path, "-wal");
}

void
store_close(struct store *s)
{
	size_t i;

	if (s == NULL)
		return;
	if (s->running) {
		pthread_mutex_lock(&s->mutex);
		s->stop = true;
		pthread_cond_signal(&s->more);
		pthread_mutex_unlock(&s->mutex);
		pthread_join(s->thread, NULL);
	}
	for (i = 0; i < s->nreaders; i++)
		sqlite3_close(s->readers[i]);
	for (i = 0; i < STMT_MAX; i++)
		sqlite3_finalize(s->stmt[i]);
	sqlite3_close(s->db);
	if (s->lock_fd != -1)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->mutex);
	pthread_cond_destroy(&s->more);
	pthread_cond_destroy(&s->less);
	pthread_cond_destroy(&s->called);
	pthread_mutex_destroy(&s->readers_mutex);
	mem_free(s->path);
	mem_free(s);
}
