/*
 * hook: a command that is run in the background, for a bounded time, by no
 * shell.
 *
 * It gets its words as they are, an environment of its own, nothing to read,
 * the root directory and a process group; what it says is kept, as far as it is
 * short. When its time is over the group is asked to end, then killed.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define HOOK_SAYS 1000 /* bytes of what it says that are kept */
#define HOOK_GRACE 5 /* s between asking and killing */

struct hook;

/**
 * hook_start(argv, env, seconds, error):
 * Run ${argv}, a full path and words up to a NULL, with ${env} beside a PATH.
 * Return NULL with a line in ${error} if that cannot be done. Must be waited
 * for with hook_poll().
 */
struct hook *hook_start(char *const argv[], const char *const env[],
    uint32_t seconds, struct buf *error);

enum hook_state {
	HOOK_RUNS,
	HOOK_DONE, /* it exited with 0 */
	HOOK_FAILED, /* it did not: why is in ${error} */
};

/**
 * hook_poll(h, error):
 * See how ${h} does; enforce its time. ${h} is freed unless HOOK_RUNS is
 * returned.
 */
enum hook_state hook_poll(struct hook *h, struct buf *error);

/**
 * hook_end(h):
 * Its time is over now. NULL is harmless.
 */
void hook_end(struct hook *h);

#endif
