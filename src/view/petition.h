/*
 * petition: a stranger's request that an address be taken off the lists, and
 * how long it waits.
 */
#ifndef PETITION_H
#define PETITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PETITION_BYTES	8192	/* longest body */
#define PETITION_CONTACT 200	/* bytes */
#define PETITION_STATEMENT 2000	/* bytes */
#define PETITION_FREE	2	/* removals that may follow at once */
#define PETITION_MEMORY	(60u * 86400) /* s that removals are remembered */

struct petition {
	bool	 named;		/* there is an address; else the asker's own */
	uint64_t subject;
	char	 contact[PETITION_CONTACT + 1];
	char	 statement[PETITION_STATEMENT + 1];
};

/**
 * petition_json(body, len, ret), petition_form(body, len, ret):
 * Read {"address": ..., "contact": ..., "statement": ...}, or the same as
 * application/x-www-form-urlencoded; each may be left out, an empty body says
 * nothing at all. Return NULL and fill *${ret}, or a sentence that says what is
 * wrong.
 */
const char *petition_json(const uint8_t *body, size_t len,
    struct petition *ret);
const char *petition_form(const uint8_t *body, size_t len,
    struct petition *ret);

/**
 * petition_wait(times, n, now):
 * Of an address that was removed on its own request at ${times} (descending),
 * return how many seconds after ${now} the next one is due, 0 at once: two a
 * week; and from the second within PETITION_MEMORY on, each waits twice as long
 * as the one before: 2, 4, 8, 16, at most 32 days after it.
 */
uint32_t petition_wait(const uint32_t *times, size_t n, uint32_t now);

#endif
