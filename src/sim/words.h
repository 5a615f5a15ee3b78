/*
 * words: a line of a scenario, cut into words, and what words can mean.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/subject.h>

#define WORDS_MAX 24

/* A line. Words of the form key=value are options. */
struct words {
	const char *v[WORDS_MAX]; /* those that are no options */
	size_t n;
	const char *options[WORDS_MAX];
	size_t noptions;
	unsigned line;
};

/**
 * words_cut(line, w):
 * Cut ${line}, which is changed and must stay, at spaces; a word in double
 * quotes may hold some, a word that begins with # ends the line. Return -1 if
 * there are too many.
 */
int words_cut(char *line, struct words *w);

/**
 * words_option(w, key):
 * Return the value of option ${key}, NULL if it is not given.
 */
const char *words_option(const struct words *w, const char *key);

/**
 * words_span(text, ret):
 * Read a time or duration, "1d2h30m", "90s", "250ms", "0", into ms. Return 0 or
 * -1.
 */
int words_span(const char *text, int64_t *ret);

/**
 * words_permille(text, ret):
 * Read a share, "5%", "0.5%", "0", into thousandths. Return 0 or -1.
 */
int words_permille(const char *text, unsigned *ret);

/**
 * words_nodes(text, n, mask):
 * Read nodes, "n3", "n0,n2", "n1-n4", "all", of ${n}; set those in ${mask}, of
 * ${n}, to true and the others to false. Return 0 or -1.
 */
int words_nodes(const char *text, size_t n, bool *mask);

/**
 * words_subjects(text, first, count):
 * Read an address, "192.0.2.1", or several from it on, "192.0.2.1+50". Return
 * 0 or -1.
 */
int words_subjects(const char *text, uint64_t *first, uint64_t *count);

#endif
