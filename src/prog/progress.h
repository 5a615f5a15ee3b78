/*
 * progress: a bar on a terminal during long work.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

struct progress;

/**
 * progress_start(what, total):
 * Begin a bar on stderr for ${what}, of ${total} steps (0: not known). Return
 * NULL, which the others take, if stderr is no terminal.
 */
struct progress *progress_start(const char *what, uint64_t total);

/**
 * progress_to(p, done), progress_end(p):
 * Move the bar; take it away.
 */
void progress_to(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

#endif
