/*
 * uuid: names that stay the same as long as what they name does.
 */
#ifndef UUID_H
#define UUID_H

#include "base/buf.h"

#define UUID_TEXT	37	/* 36 characters and a NUL */

/**
 * uuid_named(out, domain, name):
 * Write the UUID of ${name} among all names of ${domain}: shaped as version 5
 * (RFC 9562), but hashed with BLAKE2b.
 */
void uuid_named(char out[UUID_TEXT], const char *domain, struct buf *name);

#endif
