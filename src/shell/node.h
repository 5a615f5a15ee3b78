/*
 * node: the running engine: its thread, its lock, its inbox, and what carries
 * out its actions.
 *
 * Any thread may post; readers take the lock for as long as they look at the
 * engine and never while they wait for anything.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"

#define NODE_INBOX 4096 /* most events waiting */

struct node;
struct digests;
struct meter;
struct sessions;
struct pulls;
struct ration;
struct store;
struct conf;
struct jsonw;

/**
 * node_start(conf, key, error):
 * Open the store below conf->state, load the engine from it and begin.
 * ${conf} becomes the node's, also on failure; ${key} is
 * copied. Return NULL with a line in ${error}, nothing left running.
 */
struct node *node_start(struct conf *conf, const struct key *key,
    struct buf *error);

/**
 * node_run(node):
 * Run the calling thread as the engine's until SIGTERM or SIGINT, or until
 * the engine cannot go on; SIGHUP reloads. Return 0 after a clean stop, else
 * -1.
 */
int node_run(struct node *node);

/**
 * node_free(node):
 * Close everything and free ${node}; NULL is harmless.
 */
void node_free(struct node *node);

/* Told in the engine's thread that listings (bits) or heads moved. */
typedef void node_moved(void *arg, uint16_t lists, bool heads);

/**
 * node_on_moved(node, moved, arg):
 * Call moved(arg, ...) whenever something moved; NULL: no longer. Before
 * node_run() or after it, in the same thread.
 */
void node_on_moved(struct node *node, node_moved *moved, void *arg);

/* Takes how many questions in ${zone}, "" none of ours, had ${result}. */
typedef void node_dns_count(void *to, const char *zone, const char *result,
    uint64_t n);

/* What a DNS responder does for the node, whichever it is. */
struct node_dns {
	void (*zones)(void *arg); /* engine's thread: a new policy */
	void (*counts)(void *arg, struct jsonw *w); /* any thread */
	/* Any thread: count(to, zone, result, n) for every counter. */
	void (*each)(void *arg, node_dns_count *count, void *to);
	bool (*ready)(void *arg, struct buf *why); /* any thread */
	void *arg;
};

/**
 * node_on_dns(node, dns), node_dns(node):
 * Set the responder (kept, not copied; NULL none) before node_run() or after
 * it; return it.
 */
void node_on_dns(struct node *node, const struct node_dns *dns);
const struct node_dns *node_dns(struct node *node);

/* Something beside the node that can say how it stands. */
struct node_part {
	void (*write)(void *arg, struct jsonw *w); /* any thread */
	void *arg;
};

/**
 * node_on_exports(node, part), node_exports(node):
 * Set what keeps files fresh (kept, not copied; NULL none) before node_run() or
 * after it; return it.
 */
void node_on_exports(struct node *node, const struct node_part *part);
const struct node_part *node_exports(struct node *node);

/* Where the answer to a report goes; called in the engine's thread. */
typedef void node_reply(void *arg, const uint8_t *verdicts, size_t n);

/**
 * node_report(node, items, n, reply, arg):
 * Post an EV_REPORT of ${n} ${items} (copied). reply(arg, verdicts, n) is
 * called once, when they are on disk. Return -1, and never call, if the inbox
 * is full or the node stops: the caller answers 503.
 */
int node_report(struct node *node, const struct item *items, size_t n,
    node_reply *reply, void *arg);

/**
 * node_order(node, item, who, reply, arg):
 * As node_report() with the one ${item}, a retraction or clearance; ${who}
 * (at most ENGINE_WHO bytes) is kept beside it.
 */
int node_order(struct node *node, const struct item *item, const char *who,
    node_reply *reply, void *arg);

/**
 * node_called(node, key, refused, verdict):
 * The configured peer with ${key} asked us something: it can be reached. It
 * says that it refused so many batches from here, the last for ${verdict}.
 */
void node_called(struct node *node, const uint8_t key[KEY_BYTES],
    uint64_t refused, const char *verdict);

/**
 * node_reload(node, error):
 * Read the configuration again and put the new policy in force; on a bad file
 * keep the old one and append its lines to ${error}. Returns when the engine
 * has taken it. Return 0 or -1, also if the node stops meanwhile.
 */
int node_reload(struct node *node, struct buf *error);

/**
 * node_refused(node, out):
 * Append why the last reload was refused; nothing if it was taken.
 */
void node_refused(struct node *node, struct buf *out);

/**
 * node_lock(node), node_unlock(node):
 * Return the engine for reading; no step runs until node_unlock().
 */
const struct engine *node_lock(struct node *node);
void node_unlock(struct node *node);

/**
 * node_lock_soon(node, ms):
 * As node_lock(), but NULL if the engine is busy for longer than ${ms}.
 */
const struct engine *node_lock_soon(struct node *node, unsigned ms);

/**
 * node_store(node), node_meter(node), node_digests(node), node_sessions(node),
 * node_pulls(node), node_ration(node), node_key(node), node_card(node, out):
 * The store; what counts requests and reports; the digests of the lists; who is
 * logged in at the page; how far bouncers have read; how often strangers may
 * ask; the own public key; append the own signed card to ${out}.
 */
struct store *node_store(struct node *node);
struct meter *node_meter(struct node *node);
struct digests *node_digests(struct node *node);
struct sessions *node_sessions(struct node *node);
struct pulls *node_pulls(struct node *node);
struct ration *node_ration(struct node *node);
const uint8_t *node_key(struct node *node);
void node_card(struct node *node, struct buf *out);

/**
 * node_conf(node), node_conf_release(node):
 * Return the configuration in force (its policy is NULL: see
 * engine_policy()), not freed before it is released.
 */
const struct conf *node_conf(struct node *node);
void node_conf_release(struct node *node);

/**
 * node_ready(node, why):
 * True if the node serves: it runs, its engine turns, its disk takes writes,
 * and DNS answers its test points as it should; else append the reason.
 */
bool node_ready(struct node *node, struct buf *why);

/**
 * node_uptime(node):
 * Return milliseconds since the node started.
 */
int64_t node_uptime(struct node *node);

#endif
