#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "shell/clock.h"
#include "shell/conf.h"
#include "shell/node.h"
#include "shell/output.h"
#include "shell/outputs.h"

#define IDLE_MS 1000 /* without any export */
#define PAUSE_MS 50 /* between looks at a hook that ends */
#define STATUS ((size_t)CONFEXPORT_MAX * 32768)

struct outputs {
	struct node *node;
	struct key key;
	pthread_t thread;
	/* The thread's: */
	struct output *all[CONFEXPORT_MAX];
	size_t n;
	uint64_t number; /* of the configuration they are of */
	/* Everybody's: */
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool moved;
	bool stop;
	struct buf status; /* how all stand, JSON */
};

/* Return the one that ${x} asks for and take it out, NULL if there is none. */
static struct output *
take(struct outputs *o, const struct conf_export *x)
{
	struct output *found;
	size_t i;

	for (i = 0; i < o->n; i++) {
		found = o->all[i];
		if (found == NULL || !confexport_same(output_conf(found), x))
			continue;
		o->all[i] = NULL;
		return (found);
	}
	return (NULL);
}

/* End those that nobody asks for any more. */
static void
drop(struct outputs *o)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	size_t i;

	for (i = 0; i < o->n; i++) {
		if (o->all[i] == NULL)
			continue;
		while (output_end(o->all[i]))
			nanosleep(&pause, NULL);
		output_free(o->all[i]);
	}
	o->n = 0;
}

/* If there is another configuration, do what it asks for. */
static void
follow(struct outputs *o)
{
	struct output *next[CONFEXPORT_MAX];
	const struct conf *c = node_conf(o->node);
	size_t i, n = c->nexports;

	if (c->number == o->number) {
		node_conf_release(o->node);
		return;
	}
	o->number = c->number;
	for (i = 0; i < n; i++) {
		next[i] = take(o, &c->exports[i]);
		if (next[i] == NULL)
			next[i] = output_new(o->node, &c->exports[i]);
	}
	node_conf_release(o->node);
	drop(o);
	memcpy(o->all, next, n * sizeof(next[0]));
	o->n = n;
}

/* Do what is due. Return for how long one can sleep. */
static int64_t
step(struct outputs *o)
{
	int64_t sleep = IDLE_MS, wish;
	struct buf text;
	struct jsonw w;
	size_t i;

	follow(o);
	buf_init(&text, STATUS);
	jsonw_init(&w, &text);
	jsonw_array(&w);
	for (i = 0; i < o->n; i++) {
		wish = output_step(o->all[i], &o->key);
		if (wish < sleep)
			sleep = wish;
		output_write(o->all[i], &w);
	}
	jsonw_end_array(&w);
	pthread_mutex_lock(&o->mutex);
	buf_free(&o->status);
	o->status = text;
	pthread_mutex_unlock(&o->mutex);
	return (sleep);
}

static void *
run(void *arg)
{
	struct outputs *o = arg;
	struct timespec ts;
	int64_t at;

	pthread_mutex_lock(&o->mutex);
	while (!o->stop) {
		o->moved = false;
		pthread_mutex_unlock(&o->mutex);
		at = step(o) + clock_mono().ms;
		pthread_mutex_lock(&o->mutex);
		ts.tv_sec = at / 1000;
		ts.tv_nsec = at % 1000 * 1000000;
		while (!o->stop && !o->moved &&
		    pthread_cond_timedwait(&o->wake, &o->mutex, &ts) == 0)
			;
	}
	pthread_mutex_unlock(&o->mutex);
	drop(o);
	return (NULL);
}

struct outputs *
outputs_start(struct node *node, const struct key *key)
{
	struct outputs *o = mem_zero(sizeof(*o));
	pthread_condattr_t attr;

	o->node = node;
	o->key = *key;
	o->number = UINT64_MAX;
	buf_init(&o->status, STATUS);
	buf_text(&o->status, "[]");
	pthread_mutex_init(&o->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&o->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&o->thread, NULL, run, o) == 0)
		return (o);
	key_wipe(&o->key);
	mem_free(o);
	return (NULL);
}

void
outputs_moved(struct outputs *o)
{
	pthread_mutex_lock(&o->mutex);
	o->moved = true;
	pthread_cond_signal(&o->wake);
	pthread_mutex_unlock(&o->mutex);
}

void
outputs_write(struct outputs *o, struct jsonw *w)
{
	pthread_mutex_lock(&o->mutex);
	jsonw_raw(w, o->status.data, o->status.len);
	pthread_mutex_unlock(&o->mutex);
}

void
outputs_stop(struct outputs *o)
{
	if (o == NULL)
		return;
	pthread_mutex_lock(&o->mutex);
	o->stop = true;
	pthread_cond_signal(&o->wake);
	pthread_mutex_unlock(&o->mutex);
	pthread_join(o->thread, NULL);
	pthread_mutex_destroy(&o->mutex);
	pthread_cond_destroy(&o->wake);
	buf_free(&o->status);
	key_wipe(&o->key);
	mem_free(o);
}
