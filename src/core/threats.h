/*
 * threats: numbers for the names of threats, and the short name tables that
 * batches and stored reports carry.
 */
#ifndef THREATS_H
#define THREATS_H

#include <stddef.h>
#include <stdint.h>

struct threats;

/**
 * threats_new(hashkey):
 * Return a table that knows only number 0, "". Free with threats_free().
 */
struct threats *threats_new(const uint8_t hashkey[16]);

/**
 * threats_number(t, name, len):
 * Return the number of the ${len} bytes of ${name}, giving it one if needed;
 * once ENGINE_THREATS are known, that of "other".
 */
uint32_t threats_number(struct threats *t, const char *name, size_t len);

/**
 * threats_name(t, number):
 * Return the name of ${number}, "" if there is none. It lives as long as
 * ${t}.
 */
const char *threats_name(const struct threats *t, uint32_t number);

/**
 * threats_begin(t):
 * Begin a new short table.
 */
void threats_begin(struct threats *t);

/**
 * threats_local(t, number):
 * Return index + 1 of ${number} in the short table, adding it if needed; 0 for
 * number 0. A table holds at most 65,535 names.
 */
uint16_t threats_local(struct threats *t, uint32_t number);

/**
 * threats_table(t, n):
 * Return the short table and store its length.
 */
const char *const *threats_table(const struct threats *t, size_t *n);

/**
 * threats_free(t):
 * Free ${t}; NULL is harmless.
 */
void threats_free(struct threats *t);

#endif
