/*
 * deflists: the lists a new node begins with.
 */
#ifndef DEFLISTS_H
#define DEFLISTS_H

#include <virbl/policy.h>

#include "base/buf.h"

/**
 * deflists_add(p):
 * Add them to a policy without lists.
 */
void deflists_add(struct policy *p);

/**
 * deflists_write(out, zone):
 * Append them as sections of a configuration file, with the zones NAME.zone,
 * and ${zone} itself for the list of everything; NULL: without zones.
 */
void deflists_write(struct buf *out, const char *zone);

#endif
