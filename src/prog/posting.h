/*
 * posting: sends sightings to the daemon and reads what became of them.
 */
#ifndef POSTING_H
#define POSTING_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"

#define POSTING_ID	33	/* 32 hex digits and a NUL */

struct posting {
	uint64_t accepted;
	uint64_t duplicate;
	/* Array of {"line", "field", "error"}; owned, NULL if unanswered. */
	json_t	*rejected;
};

/* What is sent. */
struct posting_lines {
	const void *bytes;	/* NDJSON */
	size_t	 len;
	const char *adapter;	/* what they come from, METER_ADAPTER bytes */
	uint64_t unparsed;	/* lines of it that could not be read */
};

/**
 * posting_send(c, lines, p, a):
 * POST ${lines}. Return CMD_OK if every line was answered, also
 * if all were rejected: *${p} then tells, and is freed with posting_free().
 * Otherwise as client_do(). Free ${a} with client_answer_free() in any case.
 */
enum cmd_exit posting_send(struct client *c, const struct posting_lines *lines,
    struct posting *p, struct answer *a);

/**
 * posting_id(id):
 * Write a random id for a sighting.
 */
void posting_id(char id[POSTING_ID]);

/**
 * posting_free(p):
 * Free what ${p} owns.
 */
void posting_free(struct posting *p);

#endif
