/*
 * node_impl: what node.c and node_conf.c share; nobody else includes it.
 */
#ifndef NODE_IMPL_H
#define NODE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "shell/behind.h"
#include "shell/conf.h"
#include "shell/delivery.h"
#include "shell/digests.h"
#include "shell/fetch.h"
#include "shell/inbox.h"
#include "shell/meter.h"
#include "shell/node.h"
#include "shell/pulls.h"
#include "shell/ration.h"
#include "shell/sessions.h"
#include "shell/store.h"

struct node {
	struct key key;
	struct mono born;
	pthread_t thread; /* the engine's */

	/* The engine; written under the lock by its own thread only. */
	pthread_rwlock_t lock;
	struct engine *engine;
	struct inbox *inbox;
	_Atomic uint64_t durable; /* serial the store reported */
	uint64_t told; /* serial the engine was told */
	size_t replies; /* reports not yet answered */
	_Atomic bool started;
	_Atomic int64_t turned; /* mono ms of the loop's last turn */
	bool failed;
	bool stopping;
	struct mono deadline; /* of the stop */

	/* Configuration in force; swapped under conf_lock. */
	pthread_rwlock_t conf_lock;
	char *file; /* of the configuration */
	struct conf *conf;
	struct buf card; /* own signed card */
	struct buf refusal; /* of the last reload, empty if it was
					   taken */
	pthread_mutex_t reload_mutex; /* one reload at a time */
	pthread_mutex_t taken_mutex;
	pthread_cond_t taken_cond;
	uint64_t reloads; /* numbers given to reloads */
	uint64_t taken; /* highest one the engine took */
	bool ended; /* it takes none any more */
	/* Of a reload that was refused (engine's thread): */
	uint64_t stamp; /* of the files it read */
	struct mono retry; /* when it is tried again anyway */

	struct store *store;
	struct meter *meter;
	struct digests *digests;
	struct sessions *sessions;
	struct ration *ration;
	struct pulls *pulls;
	struct fetch *fetch;
	node_moved *moved; /* NULL nobody */
	void *moved_arg;
	const struct node_dns *_Atomic dns; /* NULL none */
	const struct node_part *_Atomic exports; /* NULL none */
	struct behind *behind;
	struct delivery *delivery;

	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t tick;
	uv_timer_t second;
	uv_timer_t watch;
	uv_signal_t signals[3];
};

/**
 * node_step(node, event):
 * Engine's thread: give ${event} its time, step, carry out the actions.
 * Return 0, or -1 if the engine cannot go on (node->failed is set).
 */
int node_step(struct node *node, struct event *event);

/**
 * node_conf_start(node, error):
 * Make the own card of node->conf, a new version if it says something new.
 * Return 0 or -1 with a line in ${error}.
 */
int node_conf_start(struct node *node, struct buf *error);

/**
 * node_conf_end(node):
 * The engine's thread has left its loop: nobody waits for it any more.
 */
void node_conf_end(struct node *node);

/**
 * node_conf_card(node):
 * Engine's thread: show the own card to the engine and to peers.
 */
void node_conf_card(struct node *node);

#endif
