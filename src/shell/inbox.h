/*
 * inbox: letters from other threads to the engine's thread.
 *
 * Letters are read in the order they were put. Reports and calls of peers are
 * bounded (senders are told to come back later); answers to our own fetches and
 * the end of a commit are bounded by what the engine asked for and always
 * taken.
 */
#ifndef INBOX_H
#define INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

enum letter_type {
	LETTER_REPORT,
	LETTER_FETCHED,
	LETTER_POLICY,
	LETTER_CALLED,
};

struct letter {
	struct letter *next;
	enum letter_type type;
	/* REPORT: goes back with the verdicts. */
	void	(*reply)(void *arg, const uint8_t *verdicts, size_t n);
	void	*arg;
	struct item *items;	/* owned */
	size_t	 n;
	char	*who;		/* NULL nobody; owned */
	/* FETCHED: bytes NULL if it failed, then reason says why. */
	uint64_t request;
	unsigned status;
	uint8_t	*bytes;		/* owned */
	size_t	 len;
	char	*reason;	/* owned */
	/* POLICY: owned until taken over by the engine. */
	struct policy *policy;
	uint64_t number;	/* which reload */
	/* CALLED, as in its event: */
	uint8_t	 key[KEY_BYTES];
	uint64_t refused;
	char	 verdict[ENGINE_VERDICT + 1];
};

struct inbox;

/**
 * inbox_new(limit):
 * Return an inbox for at most ${limit} reports. Free with inbox_free().
 */
struct inbox *inbox_new(size_t limit);

/**
 * inbox_put(in, letter):
 * Put ${letter}, which becomes the inbox's. Return 0, or -1 (the letter is
 * still the caller's) if it is closed, or full and the letter a report.
 */
int inbox_put(struct inbox *in, struct letter *letter);

/**
 * inbox_take(in):
 * Return the oldest letter, to be freed with letter_free(); NULL if none.
 */
struct letter *inbox_take(struct inbox *in);

/**
 * inbox_close(in):
 * Take no more reports.
 */
void inbox_close(struct inbox *in);

/**
 * inbox_free(in):
 * Free ${in} and what is in it; NULL is harmless.
 */
void inbox_free(struct inbox *in);

/**
 * letter_free(l):
 * Free ${l} and what it owns; NULL is harmless.
 */
void letter_free(struct letter *l);

#endif
