#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/mem.h"
#include "shell/behind.h"
#include "shell/clock.h"
#include "shell/derive.h"
#include "shell/log.h"
#include "shell/node.h"

struct behind {
	struct node *node;
	struct derive *derive;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool stop;
};

static const struct engine *
on_lock(void *arg)
{
	return (node_lock(((struct behind *)arg)->node));
}

static void
on_unlock(void *arg)
{
	node_unlock(((struct behind *)arg)->node);
}

static bool
on_stop(void *arg)
{
	struct behind *b = arg;
	bool stop;

	pthread_mutex_lock(&b->mutex);
	stop = b->stop;
	pthread_mutex_unlock(&b->mutex);
	return (stop);
}

/* Sleep until the next look; false if told to stop. */
static bool
pause_for(struct behind *b, int64_t ms)
{
	struct timespec ts;
	bool stop;
	int rc = 0;

	ms += clock_mono().ms;
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000;
	pthread_mutex_lock(&b->mutex);
	while (!b->stop && rc == 0)
		rc = pthread_cond_timedwait(&b->cond, &b->mutex, &ts);
	stop = b->stop;
	pthread_mutex_unlock(&b->mutex);
	return (!stop);
}

static void *
run(void *arg)
{
	struct behind *b = arg;
	struct derive_source source = {on_lock, on_unlock, on_stop, b};
	int64_t began, took = 0;

	/* A pass over many subjects is long: take a tenth of a core at most. */
	while (pause_for(b,
	    took * 9 > BEHIND_SECONDS * 1000 ? took * 9 :
					       BEHIND_SECONDS * 1000)) {
		began = clock_mono().ms;
		derive_pass(b->derive, &source, wall_sec(clock_wall()));
		took = clock_mono().ms - began;
	}
	return (NULL);
}

struct behind *
behind_start(struct node *node, const char *dir)
{
	struct behind *b = mem_zero(sizeof(*b));
	pthread_condattr_t attr;
	struct buf path;

	b->node = node;
	buf_init(&path, 4096);
	buf_printf(&path, "%s/derived.db", dir);
	b->derive = derive_open(buf_string(&path));
	buf_free(&path);
	pthread_mutex_init(&b->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->cond, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&b->thread, NULL, run, b) == 0)
		return (b);
	log_error("behind: no thread: nothing is written for sqlite3");
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
	derive_close(b->derive);
	pthread_mutex_destroy(&b->mutex);
	pthread_cond_destroy(&b->cond);
	mem_free(b);
}
