/*
 * confvalue: checks of single values of the configuration, for the reader of
 * the file and for commands that write one.
 *
 * Each returns NULL if the value is good, else a text that says what is
 * expected.
 */
#ifndef CONFVALUE_H
#define CONFVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFVALUE_ZONE	253	/* longest zone */

/**
 * confvalue_text(value, most):
 * Printable ASCII of at most ${most} characters.
 */
const char *confvalue_text(const char *value, size_t most);

/**
 * confvalue_url(value):
 * "https://HOST[:PORT][/PATH]" without "?", "#" or user; at most CARD_URL.
 */
const char *confvalue_url(const char *value);

/**
 * confvalue_listen(value):
 * "ADDRESS:PORT", IPv6 addresses in brackets, port 1 to 65535.
 */
const char *confvalue_listen(const char *value);

/**
 * confvalue_zone(value, out):
 * A domain name; store it in lower case and without a final dot.
 */
const char *confvalue_zone(const char *value, char out[CONFVALUE_ZONE + 1]);

/**
 * confvalue_code(value, ret):
 * "127.0.0.2" to "127.0.0.255".
 */
const char *confvalue_code(const char *value, uint32_t *ret);

/**
 * confvalue_switch(value, ret):
 * "on", "yes", "true" or "off", "no", "false".
 */
const char *confvalue_switch(const char *value, bool *ret);

#endif
