/*
 * out: results for people (tables) and programs (JSON).
 *
 * Text from outside never reaches a terminal with control characters in it.
 */
#ifndef OUT_H
#define OUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd.h"

/* A column of a table: the member ${key} ("a.b": b of a) of each row. */
struct out_column {
	const char *title;
	const char *key;
};

/**
 * out_json(bytes, len):
 * Print a JSON document as the daemon gave it, ended by one newline.
 */
void out_json(const void *bytes, size_t len);

/**
 * out_result(ctx, v):
 * With --json, print ${v} as one line of JSON, members in their order, and
 * return true.
 */
bool out_result(const struct cmd_ctx *ctx, const json_t *v);

/**
 * out_text(to, text):
 * Print ${text}, NULL as "-", control characters as "?".
 */
void out_text(FILE *to, const char *text);

/**
 * out_value(to, v):
 * Print a JSON value for people: "-" for null and nothing, yes and no, the
 * elements of an array with commas between.
 */
void out_value(FILE *to, const json_t *v);

/**
 * out_member(o, key):
 * Return the member ${key} ("a.b": b of a) of ${o}, NULL if there is none.
 */
const json_t *out_member(const json_t *o, const char *key);

/**
 * out_table(ctx, rows, columns, n):
 * Print the array ${rows} as a table of ${n} columns under their titles.
 */
void out_table(const struct cmd_ctx *ctx, const json_t *rows,
    const struct out_column *columns, size_t n);

#endif
