/*
 * What a node remembers of its clients, in memory.
 */
#include "shell/node_impl.h"

struct sessions *
node_sessions(struct node *node)
{
	return (node->sessions);
}

struct pulls *
node_pulls(struct node *node)
{
	return (node->pulls);
}
