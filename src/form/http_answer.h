/*
 * http_answer: one HTTP/1.1 answer, read as it comes in pieces. (RFC 9112)
 *
 * For `virbl`, which asks the daemon over its Unix socket many times a second:
 * loading an HTTP library takes longer than the question and its answer.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_ANSWER_LINE 256	/* what is looked at of a line of the head */
#define HTTP_ANSWER_HEAD 65536	/* most bytes of a head, and of a trailer */

enum http_answer_got {
	HTTP_ANSWER_MORE,	/* the answer is not complete */
	HTTP_ANSWER_DONE,
	HTTP_ANSWER_BAD,	/* it is no HTTP, or cut off */
	HTTP_ANSWER_STOPPED,	/* the sink did not want more */
};

/* Takes the next piece of the body; non-zero ends the reading. */
typedef int http_answer_sink(void *arg, const void *p, size_t n);

struct http_answer {
	unsigned status;	/* 0: the head is not complete */
	/* Its own business: */
	uint8_t	 state;
	char	 line[HTTP_ANSWER_LINE];
	size_t	 len;		/* of the line, all that came */
	size_t	 head;		/* bytes of head or trailer */
	uint64_t left;		/* of the body or chunk */
	unsigned coming;	/* status of a head under way */
	uint8_t	 framing;	/* how the body ends */
};

/**
 * http_answer_init(h):
 * Begin an answer.
 */
void http_answer_init(struct http_answer *h);

/**
 * http_answer_feed(h, p, n, sink, arg):
 * Read ${n} more bytes; pieces of the body of the final answer go to
 * sink(arg, ...), which may be called when h->status is set. What follows a
 * complete answer is left alone.
 */
enum http_answer_got http_answer_feed(struct http_answer *h, const void *p,
    size_t n, http_answer_sink *sink, void *arg);

/**
 * http_answer_end(h):
 * The connection was closed: DONE if that is how the answer ends, else BAD.
 */
enum http_answer_got http_answer_end(struct http_answer *h);

#endif
