/*
 * log: one line a message on stderr, for people and journald.
 *
 * A message begins with its topic word ("store: ..."), lower case, no full
 * stop. If stderr goes to journald ($JOURNAL_STREAM names it) lines carry a <N>
 * priority prefix, else a time stamp. Control characters become spaces, and what
 * is beyond 2,047 bytes is cut off. Any thread may log.
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
