/*
 * output: one file with a list in it, kept fresh: whoever calls often enough.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <virbl/key.h>

#include "shell/confexport.h"

struct jsonw;
struct node;
struct output;

/**
 * output_new(node, x):
 * Return the file that ${x} (copied) asks for, of which nothing is known yet.
 * Free with output_free().
 */
struct output *output_new(struct node *node, const struct conf_export *x);

/**
 * output_conf(o):
 * Return what asks for it.
 */
const struct conf_export *output_conf(const struct output *o);

/**
 * output_step(o, key):
 * Do what is due: write the file, signed with ${key}, look after its hook. What
 * goes wrong is logged when it begins and when it is over, and tried again.
 * Return after how many ms it wants to be called again at the latest.
 */
int64_t output_step(struct output *o, const struct key *key);

/**
 * output_write(o, w):
 * Write how it stands, an object.
 */
void output_write(const struct output *o, struct jsonw *w);

/**
 * output_end(o):
 * End its hook; it will not write any more. Return true while the hook runs.
 */
bool output_end(struct output *o);

/**
 * output_free(o):
 * Free ${o}, whose hook must not run; NULL is harmless.
 */
void output_free(struct output *o);

#endif
