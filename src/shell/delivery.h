/*
 * delivery: hands reports that were left in the spool to the node.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#define DELIVERY_FILES	16	/* taken in one look */

struct delivery;
struct node;

/**
 * delivery_new(node, state):
 * Look after the spool below ${state}. Free with delivery_free().
 */
struct delivery *delivery_new(struct node *node, const char *state);

/**
 * delivery_poll(d):
 * Engine's thread, once a second: report what is in the spool; a file goes once
 * all of it is answered. NULL is harmless.
 */
void delivery_poll(struct delivery *d);

/**
 * delivery_free(d):
 * Free ${d}; files not yet answered stay. NULL is harmless.
 */
void delivery_free(struct delivery *d);

#endif
