/*
 * What the public and abuse desks need of a node.
 */
#include "shell/node_impl.h"

struct ration *
node_ration(struct node *node)
{
	return (node->ration);
}
