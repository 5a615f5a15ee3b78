/*
 * etag: has a client what an ETag names (RFC 9110, section 13.1.2)?
 */
#ifndef ETAG_H
#define ETAG_H

#include <stdbool.h>

/**
 * etag_matches(header, etag):
 * True if ${header}, a value of If-None-Match or NULL, names ${etag}, with its
 * quotes, or the same compressed ("-gzip" before the last quote). Never true
 * for "".
 */
bool etag_matches(const char *header, const char *etag);

#endif
