/*
 * bearer: secrets of tokens: "virbl_" and 32 random bytes in base64url.
 */
#ifndef BEARER_H
#define BEARER_H

#include <stdint.h>

#define BEARER_TEXT	64	/* a secret and a NUL fit */

/**
 * bearer_new(text, hash):
 * Make a new secret and the hash that the store keeps of it.
 */
void bearer_new(char text[BEARER_TEXT], uint8_t hash[32]);

/**
 * bearer_hash(header, hash):
 * Read an Authorization header and hash the secret in it. Return 0, or -1 if
 * it holds none of ours.
 */
int bearer_hash(const char *header, uint8_t hash[32]);

/**
 * bearer_read(text, hash):
 * Hash the secret that ${text} is. Return 0, or -1 if it is none of ours.
 */
int bearer_read(const char *text, uint8_t hash[32]);

#endif
