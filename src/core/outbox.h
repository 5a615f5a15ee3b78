/*
 * outbox: the actions of one step, and memory that lives as long as they do.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stddef.h>

#include <virbl/engine.h>

struct outbox;

/**
 * outbox_new():
 * Return an empty outbox. Free with outbox_free().
 */
struct outbox *outbox_new(void);

/**
 * outbox_add(o, type):
 * Append an action, otherwise zeroed, and return it; the pointer is good until
 * the next outbox_add().
 */
struct action *outbox_add(struct outbox *o, enum action_type type);

/**
 * outbox_text(o, fmt, ...):
 * Return formatted text that lives until outbox_reset().
 */
const char *outbox_text(struct outbox *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * outbox_keep(o, p):
 * Take over ${p}, memory of mem_alloc(), to free it at outbox_reset(), and
 * return it.
 */
void *outbox_keep(struct outbox *o, void *p);

/**
 * outbox_trace(o, level, text):
 * Append an ACT_TRACE; ${text} must live as long.
 */
void outbox_trace(struct outbox *o, int level, const char *text);

/**
 * outbox_list(o, ret):
 * Store the actions in *${ret}.
 */
void outbox_list(const struct outbox *o, struct actions *ret);

/**
 * outbox_reset(o):
 * Forget the actions and their memory.
 */
void outbox_reset(struct outbox *o);

/**
 * outbox_free(o):
 * Free ${o}; NULL is harmless.
 */
void outbox_free(struct outbox *o);

#endif
