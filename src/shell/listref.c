#include <string.h>

#include "shell/listref.h"
#include "shell/node.h"

int
listref_find(struct node *node, const char *name, struct listref *ret)
{
	const struct engine *e = node_lock(node);
	const struct policy *p = engine_policy(e);
	const struct policy_list *list = policy_list_find(p, name);
	struct engine_state state;

	if (list != NULL) {
		ret->list = *list;
		ret->number = (size_t)(list - p->lists);
		ret->listing = engine_listing(e, ret->number);
		ret->generation = listing_generation(ret->listing);
		ret->last = feed_last(engine_feed(e, ret->number));
		engine_state(e, &state);
		memcpy(ret->instance, state.instance, sizeof(ret->instance));
		ret->records = state.records;
	}
	node_unlock(node);
	return (list != NULL ? 0 : -1);
}

void
listref_names(struct node *node, struct buf *out)
{
	const struct policy *p = engine_policy(node_lock(node));
	size_t i;

	buf_text(out, p->nlists > 0 ? "the lists are " : "there is no list");
	for (i = 0; i < p->nlists; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", p->lists[i].name);
	node_unlock(node);
}

long
listref_changes(struct node *node, const struct listref *l, uint64_t *number,
    struct feed_row *rows, size_t max)
{
	const struct engine *e = node_lock(node);
	const struct policy *p = engine_policy(e);
	long n = -1;

	/* The policy may be another one by now. */
	if (l->number < p->nlists &&
	    strcmp(p->lists[l->number].name, l->list.name) == 0)
		n = feed_read(engine_feed(e, l->number), *number, rows, max);
	node_unlock(node);
	if (n > 0)
		*number += (uint64_t)n;
	return (n);
}
