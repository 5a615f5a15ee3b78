/*
 * What other threads may do with a node: look, post, ask.
 */
#include <string.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/node_impl.h"

const struct engine *
node_lock(struct node *node)
{
	pthread_rwlock_rdlock(&node->lock);
	return (node->engine);
}

void
node_unlock(struct node *node)
{
	pthread_rwlock_unlock(&node->lock);
}

struct store *
node_store(struct node *node)
{
	return (node->store);
}

struct digests *
node_digests(struct node *node)
{
	return (node->digests);
}

const uint8_t *
node_key(struct node *node)
{
	return (node->key.public);
}

int64_t
node_uptime(struct node *node)
{
	return (clock_mono().ms - node->born.ms);
}

bool
node_ready(struct node *node, struct buf *why)
{
	if (atomic_load(&node->started))
		return (true);
	buf_text(why, "starting or stopping");
	return (false);
}

int
node_report(struct node *node, const struct item *items, size_t n,
    node_reply *reply, void *arg)
{
	struct letter *l = mem_zero(sizeof(*l));

	l->type = LETTER_REPORT;
	l->items = mem_dup(items, n * sizeof(*items));
	l->n = n;
	l->reply = reply;
	l->arg = arg;
	if (inbox_put(node->inbox, l) != 0) {
		letter_free(l);
		return (-1);
	}
	uv_async_send(&node->wake);
	return (0);
}

void
node_called(struct node *node, const uint8_t key[KEY_BYTES])
{
	struct letter *l = mem_zero(sizeof(*l));

	l->type = LETTER_CALLED;
	memcpy(l->key, key, KEY_BYTES);
	if (inbox_put(node->inbox, l) != 0)
		letter_free(l);
	else
		uv_async_send(&node->wake);
}
