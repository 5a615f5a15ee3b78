/*
 * outputs: the files that the export sections of the configuration ask for,
 * kept fresh by a thread of its own.
 *
 * A file is written when its list says something else: aside, synced, signed,
 * renamed; then its hook runs. Neither the engine nor another file waits.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <virbl/key.h>

struct jsonw;
struct node;
struct outputs;

/**
 * outputs_start(node, key):
 * Begin, with what the configuration in force asks for; the files are signed
 * with ${key} (copied).
 */
struct outputs *outputs_start(struct node *node, const struct key *key);

/**
 * outputs_moved(o):
 * Any thread: a list may say something else.
 */
void outputs_moved(struct outputs *o);

/**
 * outputs_write(o, w):
 * Any thread: write how each file stands, an array.
 */
void outputs_write(struct outputs *o, struct jsonw *w);

/**
 * outputs_stop(o):
 * End, and end the hooks that run. NULL is harmless.
 */
void outputs_stop(struct outputs *o);

#endif
