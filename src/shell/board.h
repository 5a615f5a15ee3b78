/*
 * board: all lists of the policy in force at one moment.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "core/listing.h"
#include "shell/listref.h"
#include "view/bouncer.h"
#include "view/delta.h"

struct node;

struct board {
	struct node *node;
	size_t	 n;
	struct listref lists[POLICY_LISTS];
	struct bouncer_cursor cursor; /* up to here */
	struct bouncer_filter filter; /* what of it is wanted */
};

/**
 * board_read(node, ask, ret):
 * Fill *${ret}.
 */
void board_read(struct node *node, const struct bouncer_ask *ask,
    struct board *ret);

/**
 * board_find(b, subject, now, until):
 * Return the first wanted list that ${subject} is on at ${now}, and in
 * *${until} until when it is on any; -1 if it is on none.
 */
int board_find(const struct board *b, uint64_t subject, uint32_t now,
    uint32_t *until);

/**
 * board_changes(b, since):
 * Return what changed on the wanted lists between ${since} and b->cursor, NULL
 * if that is not known. Free with delta_free().
 */
struct delta *board_changes(const struct board *b,
    const struct bouncer_cursor *since);

/**
 * board_withdrawn(b, n):
 * Return the ${n} subjects that were withdrawn, cleared or exempt, ascending,
 * as far as that is remembered: what may have been on a list and was taken off
 * before its time. Free with mem_free().
 */
uint64_t *board_withdrawn(const struct board *b, size_t *n);

#endif
