/*
 * helper: programs that virbl starts for what it must not do itself: load a
 * library that takes longer to load than most commands take, or read what
 * strangers wrote with one that is large.
 *
 * They stand in the libexec directory, or beside virbl in a build tree.
 */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include "base/buf.h"

/**
 * helper_start(argv, in, out):
 * Start the program called ${argv}[0] with ${in} as its standard input (-1:
 * none). Store the end of a pipe from its standard output in *${out}. Return
 * its process id, or -1 (errno says why).
 */
pid_t helper_start(const char *const *argv, int in, int *out);

/**
 * helper_end(pid):
 * Wait for it. Return its exit status, -1 if a signal ended it.
 */
int helper_end(pid_t pid);

/**
 * helper_ask(argv, answer):
 * Run it without input and append what it prints. Return its exit status, or -1
 * if it cannot be started or was ended by a signal.
 */
int helper_ask(const char *const *argv, struct buf *answer);

#endif
