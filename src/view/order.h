/*
 * order: reads the small JSON bodies by which people tell the node to do
 * something.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/subject.h>

#define ORDER_BYTES 65536 /* longest body */
#define ORDER_NAME 64 /* longest name of a token */
#define ORDER_PREFIXES 256 /* most prefixes of a token */

/* What a new token is to be. */
struct order_token {
	char role[16];
	char name[ORDER_NAME + 1];
	struct prefix *prefixes; /* owned: mem_free() */
	size_t nprefixes;
};

/* What is to be exempted, or no longer. */
struct order_exempt {
	struct prefix prefix; /* one address or /64 as such */
	bool remove;
	bool local; /* not to be signed */
};

/**
 * order_address(body, len, ret):
 * Read {"address": ...}. Return NULL and store the subject, or a sentence that
 * says what is wrong.
 */
const char *order_address(const uint8_t *body, size_t len, uint64_t *ret);

/**
 * order_exempt(body, len, ret):
 * Read {"prefix": ..., "remove": true, "local": true}; the flags may be
 * missing. Return NULL and fill *${ret}, or a sentence that says what is wrong.
 */
const char *order_exempt(const uint8_t *body, size_t len,
    struct order_exempt *ret);

/**
 * order_token(body, len, ret):
 * Read {"role": ..., "name": ..., "prefixes": [...]}. Return NULL and fill
 * *${ret}, or a sentence that says what is wrong, *${ret} owning nothing.
 */
const char *order_token(const uint8_t *body, size_t len,
    struct order_token *ret);

/**
 * order_word(body, len, name, out):
 * Read {NAME: ...}, one text of at most ORDER_NAME characters that may be left
 * out ("" then). Return NULL and store it in ${out}, or a sentence that says
 * what is wrong.
 */
const char *order_word(const uint8_t *body, size_t len, const char *name,
    char out[ORDER_NAME + 1]);

#endif
