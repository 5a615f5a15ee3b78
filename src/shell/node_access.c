/*
 * What other threads may ask of a node.
 */
#include "shell/node_impl.h"

struct store *
node_store(struct node *node)
{
	return (node->store);
}

struct meter *
node_meter(struct node *node)
{
	return (node->meter);
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
