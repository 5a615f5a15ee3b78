#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/log.h"
#include "shell/node_impl.h"

#define STOP_MS 5000 /* to answer what is under way at the stop */
#define LETTERS 256 /* read in one turn of the loop */
#define WATCH_MS 250 /* between two looks at allow files and peers.d */
#define RETRY_MS 10000 /* until files that are refused are read again */
#define REFUSAL 65536 /* bytes of what is wrong with them */

/* Who waits for a report: what an ACT_REPLY's ticket points to. */
struct waiter {
	node_reply *reply;
	void *arg;
};

static void
on_reply(struct node *node, const struct action *a)
{
	struct waiter *w = (struct waiter *)(uintptr_t)a->u.reply.ticket;

	w->reply(w->arg, a->u.reply.verdicts, a->u.reply.n);
	mem_free(w);
	node->replies--;
}

static void
on_trace(const struct action *a)
{
	if (a->u.trace.level <= 3)
		log_error("%s", a->u.trace.text);
	else if (a->u.trace.level <= 5)
		log_warn("%s", a->u.trace.text);
	else if (a->u.trace.level == 6)
		log_info("%s", a->u.trace.text);
	else
		log_debug("%s", a->u.trace.text);
}

static void
perform(struct node *node, const struct action *a)
{
	switch (a->type) {
	case ACT_PERSIST:
		store_persist(node->store, a);
		break;
	case ACT_FETCH:
		fetch_get(node->fetch, a);
		break;
	case ACT_REPLY:
		on_reply(node, a);
		break;
	case ACT_MOVED:
		if (node->moved != NULL)
			node->moved(node->moved_arg, a->u.moved.lists,
			    a->u.moved.heads);
		break;
	case ACT_TRACE:
		on_trace(a);
		break;
	}
}

int
node_step(struct node *node, struct event *event)
{
	struct actions actions;
	size_t i;
	int rc;

	if (node->failed)
		return (-1);
	event->now = clock_wall();
	event->mono = clock_mono();
	pthread_rwlock_wrlock(&node->lock);
	rc = engine_step(node->engine, event, &actions);
	pthread_rwlock_unlock(&node->lock);
	for (i = 0; i < actions.n; i++)
		perform(node, &actions.list[i]);
	if (rc != 0) {
		node->failed = true;
		uv_stop(&node->loop);
	}
	return (rc);
}

/* ---- The loop ---- */

static void
on_tick(uv_timer_t *timer)
{
	struct node *node = timer->data;
	struct event ev = {.type = EV_TICK};

	node_step(node, &ev);
}

/* Ask to be woken when the engine wants its next tick. */
static void
arm(struct node *node)
{
	int64_t ms = engine_next(node->engine).ms - clock_mono().ms;

	uv_update_time(&node->loop);
	uv_timer_start(&node->tick, on_tick, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void
tell_durable(struct node *node)
{
	uint64_t serial = atomic_load(&node->durable);
	struct event ev = {.type = EV_PERSISTED};

	if (serial <= node->told)
		return;
	node->told = serial;
	ev.u.persisted.serial = serial;
	node_step(node, &ev);
}

static void
read_report(struct node *node, struct letter *l)
{
	struct waiter *w = mem_alloc(sizeof(*w));
	struct event ev = {.type = EV_REPORT};

	w->reply = l->reply;
	w->arg = l->arg;
	ev.u.report.ticket = (uintptr_t)w;
	ev.u.report.items = l->items;
	ev.u.report.n = l->n;
	ev.u.report.who = l->who;
	node->replies++;
	node_step(node, &ev);
}

static void
read_fetched(struct node *node, struct letter *l)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	if (l->reason == NULL) {
		ev.type = EV_FETCHED;
		ev.u.fetched.request = l->request;
		ev.u.fetched.status = l->status;
		ev.u.fetched.bytes = l->bytes;
		ev.u.fetched.len = l->len;
	} else {
		ev.type = EV_FAILED;
		ev.u.failed.request = l->request;
		ev.u.failed.reason = l->reason;
	}
	node_step(node, &ev);
}

static void
read_policy(struct node *node, struct letter *l)
{
	struct event ev = {.type = EV_POLICY};

	ev.u.policy = l->policy;
	l->policy = NULL;
	node_step(node, &ev);
	if (node_dns(node) != NULL)
		node_dns(node)->zones(node_dns(node)->arg);
	node_conf_card(node);
	pthread_mutex_lock(&node->taken_mutex);
	node->taken = l->number;
	pthread_cond_broadcast(&node->taken_cond);
	pthread_mutex_unlock(&node->taken_mutex);
}

static void
read_called(struct node *node, struct letter *l)
{
	struct event ev = {.type = EV_CALLED};

	ev.u.called.key = l->key;
	ev.u.called.refused = l->refused;
	ev.u.called.verdict = l->verdict;
	node_step(node, &ev);
}

static void
read_letter(struct node *node, struct letter *l)
{
	switch (l->type) {
	case LETTER_REPORT:
		read_report(node, l);
		break;
	case LETTER_FETCHED:
		read_fetched(node, l);
		break;
	case LETTER_POLICY:
		read_policy(node, l);
		break;
	case LETTER_CALLED:
		read_called(node, l);
		break;
	}
	letter_free(l);
}

static void
on_wake(uv_async_t *async)
{
	struct node *node = async->data;
	struct letter *l;
	unsigned i;

	tell_durable(node);
	for (i = 0; i < LETTERS && (l = inbox_take(node->inbox)) != NULL; i++) {
		read_letter(node, l);
		tell_durable(node);
	}
	if (i == LETTERS)
		uv_async_send(&node->wake);
	arm(node);
}

static void
stop_if_done(struct node *node)
{
	if (!node->stopping)
		return;
	if (node->replies == 0 || clock_mono().ms >= node->deadline.ms)
		uv_stop(&node->loop);
}

static void
reload(struct node *node)
{
	struct buf error;

	buf_init(&error, REFUSAL);
	if (node_reload(node, &error) != 0)
		log_error("reload: kept the old configuration: %s",
		    buf_string(&error));
	buf_free(&error);
}

/*
 * Files that changed are read again. What is refused is said once and tried
 * again when they change, or now and then: what was wrong may be in a file that
 * is not watched yet.
 */
static void
on_watch(uv_timer_t *timer)
{
	struct node *node = timer->data;
	struct buf error, before;
	uint64_t stamp;
	bool changed;

	changed = conf_changed(node_conf(node), &stamp);
	node_conf_release(node);
	if (node->stopping || !changed ||
	    (stamp == node->stamp && clock_mono().ms < node->retry.ms))
		return;
	buf_init(&error, REFUSAL);
	buf_init(&before, REFUSAL);
	node_refused(node, &before);
	if (node_reload(node, &error) == 0) {
		node->stamp = 0;
	} else {
		node->stamp = stamp;
		node->retry.ms = clock_mono().ms + RETRY_MS;
		if (strcmp(buf_string(&error), buf_string(&before)) != 0)
			log_error("reload: kept the old configuration: %s",
			    buf_string(&error));
	}
	buf_free(&error);
	buf_free(&before);
	arm(node);
}

/* Once a second: reports left by others. */
static void
on_second(uv_timer_t *timer)
{
	struct node *node = timer->data;

	atomic_store(&node->turned, clock_mono().ms);
	stop_if_done(node);
	if (node->stopping)
		return;
	delivery_poll(node->delivery);
	arm(node);
}

static void
on_signal(uv_signal_t *sig, int number)
{
	struct node *node = sig->data;

	if (number == SIGHUP) {
		reload(node);
		return;
	}
	log_info("node: stopping");
	node->stopping = true;
	node->deadline.ms = clock_mono().ms + STOP_MS;
	inbox_close(node->inbox);
	uv_timer_start(&node->second, on_second, 10, 10);
}

static void
on_durable(void *arg, uint64_t serial)
{
	struct node *node = arg;

	atomic_store(&node->durable, serial);
	uv_async_send(&node->wake);
}

static void
on_fetched(void *arg, const struct fetched *f)
{
	struct node *node = arg;
	struct letter *l = mem_zero(sizeof(*l));

	l->type = LETTER_FETCHED;
	l->request = f->request;
	l->status = f->status;
	if (f->bytes == NULL) {
		l->reason = mem_string(f->reason);
	} else {
		l->bytes = mem_dup(f->bytes, f->len);
		l->len = f->len;
	}
	if (inbox_put(node->inbox, l) != 0)
		letter_free(l);
	else
		uv_async_send(&node->wake);
}

static void
loop_open(struct node *node)
{
	static const int numbers[3] = {SIGTERM, SIGINT, SIGHUP};
	int i;

	uv_loop_init(&node->loop);
	uv_async_init(&node->loop, &node->wake, on_wake);
	uv_timer_init(&node->loop, &node->tick);
	uv_timer_init(&node->loop, &node->second);
	uv_timer_init(&node->loop, &node->watch);
	node->wake.data = node->tick.data = node->second.data = node;
	node->watch.data = node;
	for (i = 0; i < 3; i++) {
		uv_signal_init(&node->loop, &node->signals[i]);
		node->signals[i].data = node;
		uv_signal_start(&node->signals[i], on_signal, numbers[i]);
	}
	uv_timer_start(&node->second, on_second, 1000, 1000);
	uv_timer_start(&node->watch, on_watch, WATCH_MS, WATCH_MS);
}

static void
loop_close(struct node *node)
{
	int i;

	uv_close((uv_handle_t *)&node->wake, NULL);
	uv_close((uv_handle_t *)&node->tick, NULL);
	uv_close((uv_handle_t *)&node->second, NULL);
	uv_close((uv_handle_t *)&node->watch, NULL);
	for (i = 0; i < 3; i++)
		uv_close((uv_handle_t *)&node->signals[i], NULL);
	uv_run(&node->loop, UV_RUN_DEFAULT);
	uv_loop_close(&node->loop);
}

/* ---- Start and stop ---- */

static int
on_loaded(void *arg, struct event *event)
{
	return (node_step(arg, event));
}

static int
load(struct node *node, struct buf *error)
{
	struct event ev = {.type = EV_START};
	struct engine_setup setup;
	struct engine_state state;

	setup.signer = key_signer(&node->key);
	randombytes_buf(setup.seed, sizeof(setup.seed));
	setup.policy = conf_policy(node->conf);
	node->engine = engine_new(&setup);
	sodium_memzero(setup.seed, sizeof(setup.seed));
	if (store_load(node->store, on_loaded, node) != 0) {
		buf_printf(error, "cannot load the database in %s",
		    node->conf->state);
		return (-1);
	}
	node_conf_card(node);
	engine_state(node->engine, &state);
	log_info("node: loaded %llu records on %zu subjects",
	    (unsigned long long)state.records, state.subjects);
	store_start(node->store, on_durable, node);
	node->fetch = fetch_start(&node->key, on_fetched, node);
	if (node->fetch == NULL) {
		buf_text(error, "cannot start fetching from peers");
		return (-1);
	}
	node_conf_card(node);
	return (node_step(node, &ev));
}

static void
locks_init(struct node *node)
{
	pthread_rwlockattr_t attr;

	/* The one writer must not starve behind a stream of readers. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&node->lock, &attr);
	pthread_rwlock_init(&node->conf_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&node->reload_mutex, NULL);
	pthread_mutex_init(&node->taken_mutex, NULL);
	pthread_cond_init(&node->taken_cond, NULL);
}

struct node *
node_start(struct conf *conf, const struct key *key, struct buf *error)
{
	struct node *node = mem_zero(sizeof(*node));
	struct buf path;

	node->key = *key;
	node->born = clock_mono();
	node->thread = pthread_self();
	node->conf = conf;
	node->file = mem_string(conf->file);
	buf_init(&node->card, CARD_BYTES);
	buf_init(&node->refusal, REFUSAL);
	locks_init(node);
	loop_open(node);
	node->inbox = inbox_new(NODE_INBOX);
	node->digests = digests_new();
	node->meter = meter_new();
	node->sessions = sessions_new();
	node->ration = ration_new();
	node->pulls = pulls_new();
	buf_init(&path, 4096);
	buf_printf(&path, "%s/virbl.db", conf->state);
	node->store = store_open(buf_string(&path), error);
	buf_free(&path);
	if (node->store == NULL)
		goto fail;
	if (node_conf_start(node, error) != 0)
		goto fail;
	if (load(node, error) != 0)
		goto fail;
	node->delivery = delivery_new(node, conf->state);
	node->behind = behind_start(node, conf->state);
	atomic_store(&node->turned, clock_mono().ms);
	atomic_store(&node->started, true);
	arm(node);
	return (node);
fail:
	node_free(node);
	return (NULL);
}

int
node_run(struct node *node)
{
	if (!node->failed)
		uv_run(&node->loop, UV_RUN_DEFAULT);
	atomic_store(&node->started, false);
	node_conf_end(node);
	return (node->failed ? -1 : 0);
}

void
node_free(struct node *node)
{
	if (node == NULL)
		return;
	if (node->inbox != NULL)
		inbox_close(node->inbox);
	behind_stop(node->behind);
	fetch_stop(node->fetch);
	store_close(node->store);
	loop_close(node);
	inbox_free(node->inbox);
	digests_free(node->digests);
	meter_free(node->meter);
	sessions_free(node->sessions);
	ration_free(node->ration);
	pulls_free(node->pulls);
	delivery_free(node->delivery);
	engine_free(node->engine);
	conf_free(node->conf);
	mem_free(node->file);
	buf_free(&node->card);
	buf_free(&node->refusal);
	pthread_rwlock_destroy(&node->lock);
	pthread_rwlock_destroy(&node->conf_lock);
	pthread_mutex_destroy(&node->reload_mutex);
	pthread_mutex_destroy(&node->taken_mutex);
	pthread_cond_destroy(&node->taken_cond);
	key_wipe(&node->key);
	mem_free(node);
}
