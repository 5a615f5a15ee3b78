/*
 * What other threads tell a node: letters into its inbox.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/node_impl.h"

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
