/*
 * httpd: the HTTP listeners (libmicrohttpd): peers, https, http, Unix socket.
 *
 * Knows connections, limits, TLS and long-polls; what is answered stands in
 * the route table (routes.h).
 */
#ifndef HTTPD_H
#define HTTPD_H

#include <stdbool.h>
#include <stdint.h>

#include <virbl/key.h>

#include "base/buf.h"

#define HTTPD_STREAMS	256	/* most answers that go on (request.h) */

struct httpd;
struct node;
struct conf;

/**
 * httpd_start(node, conf, key, error):
 * Open every listener of ${conf}. Return NULL with one line in ${error} (port
 * in use, bad certificate file, ...), nothing left open.
 */
struct httpd *httpd_start(struct node *node, const struct conf *conf,
    const struct key *key, struct buf *error);

/**
 * httpd_wake(h, lists, heads):
 * Something moved: resume the long-polls that wait for one of ${lists} (bits)
 * or for heads. Any thread.
 */
void httpd_wake(struct httpd *h, uint16_t lists, bool heads);

/**
 * httpd_stop(h):
 * Answer what is under way, close all. NULL is harmless.
 */
void httpd_stop(struct httpd *h);

#endif
