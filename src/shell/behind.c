#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/mem.h"
#include "shell/behind.h"
#include "shell/clock.h"
#include "shell/derive.h"
#include "shell/log.h"
#include "shell/node.h"

#define SHARE 20 /* rest this many times as long as a pass took */

/* Not lower: while it holds the engine's lock, the engine waits for it. */
#define NICE 5

struct behind {
	struct node *node;
	struct derive *derive;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond; /* on the monotonic clock */
	bool stop;
};

static bool
stopped(struct behind *b)
{
	bool stop;

	pthread_mutex_lock(&b->mutex);
	stop = b->stop;
	pthread_mutex_unlock(&b->mutex);
	return (stop);
}

static const struct engine *
lock(void *arg)
{
	struct behind *b = arg;

	return (stopped(b) ? NULL : node_lock(b->node));
}

static void
unlock(void *arg)
{
	struct behind *b = arg;

	node_unlock(b->node);
}

/* Wait for ${ms}; false if told to stop. */
static bool
rest(struct behind *b, int64_t ms)
{
	int64_t until = clock_mono().ms + ms;
	struct timespec ts = {
	    .tv_sec = (time_t)(until / 1000),
	    .tv_nsec = (long)(until % 1000) * 1000000,
	};
	int rc = 0;
	bool stop;

	pthread_mutex_lock(&b->mutex);
	while (!b->stop && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&b->cond, &b->mutex, &ts);
	stop = b->stop;
	pthread_mutex_unlock(&b->mutex);
	return (!stop);
}

static void *
run(void *arg)
{
	struct behind *b = arg;
	struct derive_source source = {lock, unlock, b};
	int64_t ms = BEHIND_SECONDS * 1000, begin, took;

	/* On Linux this is the calling thread's own. */
	setpriority(PRIO_PROCESS, 0, NICE);
	while (rest(b, ms)) {
		begin = clock_mono().ms;
		derive_pass(b->derive, &source);
		took = clock_mono().ms - begin;
		ms = BEHIND_SECONDS * 1000;
		if (ms < took * SHARE)
			ms = took * SHARE;
	}
	return (NULL);
}

struct behind *
behind_start(struct node *node, const char *dir)
{
	struct behind *b = mem_zero(sizeof(*b));
	pthread_condattr_t attr;
	struct buf path;

	buf_init(&path, 4096);
	buf_printf(&path, "%s/derived.db", dir);
	b->node = node;
	b->derive = derive_open(buf_string(&path));
	buf_free(&path);
	pthread_mutex_init(&b->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->cond, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&b->thread, NULL, run, b) == 0)
		return (b);
	log_warn("derived: cannot start its thread: no tables for sqlite3");
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->mutex);
	derive_close(b->derive);
	mem_free(b);
	return (NULL);
}

void
behind_stop(struct behind *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&b->mutex);
	b->stop = true;
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->mutex);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->mutex);
	derive_close(b->derive);
	mem_free(b);
}
