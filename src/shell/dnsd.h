/*
 * dnsd: answers DNS questions over UDP and TCP, in its own threads.
 *
 * One UDP thread a core and address, one thread for all of TCP, one that asks
 * for the test points. They read the indexes of the lists; only the text of a
 * TXT record takes the node's lock, and waits for it a few milliseconds at
 * most.
 *
 * Where a zone's test points are wrong through its real socket, nothing is
 * answered as listed until they are right again.
 */
#ifndef DNSD_H
#define DNSD_H

#include "base/jsonw.h"
#include "shell/conf.h"
#include "shell/node.h"

#define DNSD_TCP	256	/* most connections */
#define DNSD_TCP_CLIENT	32	/* most of one IPv4 address or IPv6 /64 */
#define DNSD_IDLE	10000	/* ms without a question */
#define DNSD_WHOLE	120000	/* ms a connection may last */

struct dnsd;

/**
 * dnsd_start(node, conf, error):
 * Listen where ${conf} says and answer. Return NULL with a line in ${error} if
 * that cannot be done. Stop with dnsd_stop() before the node is freed.
 */
struct dnsd *dnsd_start(struct node *node, const struct conf *conf,
    struct buf *error);

/**
 * dnsd_zones(d):
 * Engine's thread: the policy or the configuration is a new one: serve its
 * zones from now on.
 */
void dnsd_zones(struct dnsd *d);

/**
 * dnsd_counts(d, w):
 * Any thread: write how many questions had which result, by zone.
 */
void dnsd_counts(struct dnsd *d, struct jsonw *w);

/**
 * dnsd_each(d, count, to):
 * Any thread: call count(to, ...) for every counter.
 */
void dnsd_each(struct dnsd *d, node_dns_count *count, void *to);

/**
 * dnsd_ready(d, why):
 * Any thread: true if the test points of all zones are answered as they should
 * be; else append what is wrong to ${why}.
 */
bool dnsd_ready(struct dnsd *d, struct buf *why);

/**
 * dnsd_stop(d):
 * Stop answering and free ${d}; NULL is harmless.
 */
void dnsd_stop(struct dnsd *d);

#endif
