/*
 * What other threads tell a node: letters into its inbox.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/node_impl.h"

/* Put a report, which becomes the inbox's, also on failure. */
static int
post(struct node *node, struct letter *l)
{
	l->type = LETTER_REPORT;
	if (inbox_put(node->inbox, l) != 0) {
		letter_free(l);
		return (-1);
	}
	uv_async_send(&node->wake);
	return (0);
}

int
node_report(struct node *node, const struct item *items, size_t n,
    node_reply *reply, void *arg)
{
	struct letter *l = mem_zero(sizeof(*l));

	l->items = mem_dup(items, n * sizeof(*items));
	l->n = n;
	l->reply = reply;
	l->arg = arg;
	return (post(node, l));
}

int
node_order(struct node *node, const struct item *item, const char *who,
    node_reply *reply, void *arg)
{
	struct letter *l = mem_zero(sizeof(*l));

	l->items = mem_dup(item, sizeof(*item));
	l->n = 1;
	l->who = mem_string(who);
	l->reply = reply;
	l->arg = arg;
	return (post(node, l));
}

void
node_called(struct node *node, const uint8_t key[KEY_BYTES], uint64_t refused,
    const char *verdict)
{
	struct letter *l = mem_zero(sizeof(*l));

	l->type = LETTER_CALLED;
	memcpy(l->key, key, KEY_BYTES);
	l->refused = refused;
	text_copy(l->verdict, sizeof(l->verdict), verdict);
	if (inbox_put(node->inbox, l) != 0)
		letter_free(l);
	else
		uv_async_send(&node->wake);
}
