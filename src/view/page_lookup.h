/*
 * page_lookup: how one subject stands, as a page that needs no scripts.
 */
#ifndef PAGE_LOOKUP_H
#define PAGE_LOOKUP_H

#include <stddef.h>

#include "base/buf.h"

/**
 * page_lookup_write(out, json, len):
 * Append the page that says what the ${len} bytes at ${json}, an answer of GET
 * /v1/ip, say. Return 0, or -1 and append nothing if they are none.
 */
int page_lookup_write(struct buf *out, const void *json, size_t len);

/**
 * page_lookup_ask(out, address, problem):
 * Append the page that asks for an address; ${address} is what was asked before
 * and ${problem} what was wrong with it (both NULL: nothing was).
 */
void page_lookup_ask(struct buf *out, const char *address, const char *problem);

#endif
