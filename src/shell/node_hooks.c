/*
 * Whom a node tells what happens in it.
 */
#include "shell/node_impl.h"

void
node_on_moved(struct node *node, node_moved *moved, void *arg)
{
	node->moved = moved;
	node->moved_arg = arg;
}

void
node_on_dns(struct node *node, const struct node_dns *dns)
{
	atomic_store(&node->dns, dns);
}

const struct node_dns *
node_dns(struct node *node)
{
	return (atomic_load(&node->dns));
}

void
node_on_exports(struct node *node, const struct node_part *part)
{
	atomic_store(&node->exports, part);
}

const struct node_part *
node_exports(struct node *node)
{
	return (atomic_load(&node->exports));
}
