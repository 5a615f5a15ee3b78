/*
 * answer: sends a filled response through libmicrohttpd: headers, ETag, gzip,
 * streams.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <microhttpd.h>

#include "shell/request.h"

/**
 * answer_queue(mhd, q, r):
 * Queue ${r} as the answer to ${q}: 304 if the client has r->etag, gzip if it
 * takes it. A stream becomes the response's (r->stream is NULL then).
 */
enum MHD_Result answer_queue(struct MHD_Connection *mhd,
    const struct request *q, struct response *r);

/**
 * answer_toolong(r, limit):
 * Fill ${r} with the problem of a body over ${limit} bytes.
 */
void answer_toolong(struct response *r, uint32_t limit);

#endif
