#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/log.h"
#include "shell/store_impl.h"

#define GROUP 1024 /* most writes in one transaction */

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
	db = store_connect(path, SQLITE_OPEN_READWRITE, error);
	if (db == NULL)
		return (-1);
	rc = store_schema(db, error);
	sqlite3_close(db);
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
	s->db = store_connect(path, SQLITE_OPEN_READWRITE, error);
	if (s->db == NULL)
		goto fail;
	if (store_schema(s->db, error) != 0)
		goto fail;
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
	mem_free(job);
}

/* The state of the disk is unknown: stop at once, recover at the start. */
static void
die(struct store *s, const char *what)
{
	log_error("store: cannot %s: %s: stopping, nothing acknowledged is "
		  "lost",
	    what, sqlite3_errmsg(s->db));
	_exit(1);
}

/* Write a chain of jobs in one transaction; their greatest serial. */
static uint64_t
commit(struct store *s, const struct store_job *job)
{
	uint64_t serial = 0;

	if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		die(s, "begin a transaction");
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
	size_t n = 1;

	pthread_mutex_lock(&s->mutex);
	while (s->first == NULL && !s->stop)
		pthread_cond_wait(&s->more, &s->mutex);
	first = s->first;
	if (first != NULL) {
		end = &first->next;
		while (first->call == NULL && *end != NULL && n < GROUP &&
		    (*end)->call == NULL) {
			end = &(*end)->next;
			n++;
		}
		s->first = *end;
		if (s->first == NULL)
			s->last = &s->first;
		*end = NULL;
		s->n -= n;
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
		serial = commit(s, job);
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
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		die(s, "start the writing thread");
	s->running = true;
}

static void
push(struct store *s, struct store_job *job)
{
	pthread_mutex_lock(&s->mutex);
	while (s->n >= STORE_QUEUE)
		pthread_cond_wait(&s->less, &s->mutex);
	*s->last = job;
	s->last = &job->next;
	s->n++;
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
	job->subject = a->u.persist.subject;
	job->time = a->u.persist.time;
	job->created = a->u.persist.created;
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
