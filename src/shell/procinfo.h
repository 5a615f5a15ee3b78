/*
 * procinfo: what the kernel says of this process, under the names every
 * Prometheus exporter uses.
 */
#ifndef PROCINFO_H
#define PROCINFO_H

#include "base/promw.h"

/**
 * procinfo_write(w):
 * Write the families process_...; those that cannot be read are left out.
 */
void procinfo_write(struct promw *w);

#endif
