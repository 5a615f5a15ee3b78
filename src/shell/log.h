/*
 * log: one line a message on stderr, for people, programs and journald.
 *
 *	time=2026-11-23T10:00:00Z level=info part=store msg="what happened"
 *
 * A message given to the functions below begins with the part of the daemon it
 * is about ("store: ..."; without one it is the engine), lower case, no full
 * stop. If stderr goes to journald ($JOURNAL_STREAM names it), which keeps time
 * and level itself, a line begins with the priority <N> instead of these two.
 * In msg a quote or backslash has a backslash before it; control characters
 * become spaces. What is beyond 2,047 bytes is cut off, the line still whole.
 * Any thread may log.
 */
#ifndef LOG_H
#define LOG_H

/**
 * log_open(verbose):
 * Choose the form of lines; ${verbose} also lets log_debug() through.
 */
void log_open(int verbose);

/**
 * log_error(fmt, ...) and so on:
 * Log one line; errno is kept.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
