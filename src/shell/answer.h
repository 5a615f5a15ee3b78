/*
 * answer: sends a filled response through libmicrohttpd: headers, ETag, gzip,
 * streams.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <microhttpd.h>

#include "shell/request.h"

/* How a stream that goes on waits for something to tell. */
struct answer_wait {
	/* Return how often something moved so far. */
	uint64_t (*look)(void *arg);
	/* Suspend the connection until something moves. Return false if it did
	   since it was ${seen}, or if there is no waiting any more: *${stop} is
	   true then. */
	bool	(*sleep)(void *arg, uint64_t seen, bool *stop);
	void	*arg;		/* lives as long as the connection */
};

/**
 * answer_queue(mhd, q, r, wait):
 * Queue ${r} as the answer to ${q}: 304 if the client has r->etag, gzip if it
 * takes it. A stream becomes the response's (r->stream is NULL then); ${wait}
 * is for those that go on. To HEAD, an empty body means one of unknown length.
 */
enum MHD_Result answer_queue(struct MHD_Connection *mhd,
    const struct request *q, struct response *r,
    const struct answer_wait *wait);

/**
 * answer_toolong(r, limit):
 * Fill ${r} with the problem of a body over ${limit} bytes.
 */
void answer_toolong(struct response *r, uint32_t limit);

#endif
