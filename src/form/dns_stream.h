/*
 * dns_stream: one DNS connection over TCP as bytes in and bytes out: messages
 * with their length before them, answered in the order they came. (RFC 1035
 * section 4.2.2, RFC 7766)
 *
 * Knows no sockets: the caller reads into dns_stream_room(), answers, and sends
 * what stands in dns_stream_output(). While the other side does not take its
 * replies nothing more is answered, so that memory is bounded.
 */
#ifndef DNS_STREAM_H
#define DNS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define DNS_STREAM_QUERY 4096	/* most bytes of a query */
#define DNS_STREAM_REPLY 8192	/* most bytes of a reply */

struct dns_stream;

/* Answer ${query}: write at most DNS_STREAM_REPLY bytes and return how many; 0
   ends the connection. */
typedef size_t dns_stream_reply(void *arg, const uint8_t *query, size_t len,
    uint8_t *reply);

/**
 * dns_stream_new():
 * Return a stream that has seen nothing. Free with dns_stream_free().
 */
struct dns_stream *dns_stream_new(void);

/**
 * dns_stream_room(s, p), dns_stream_input(s, n):
 * Store in *${p} where the next bytes go and return how many there is room
 * for, 0: not before more was answered. Take the ${n} bytes written there.
 */
size_t dns_stream_room(struct dns_stream *s, uint8_t **p);
void dns_stream_input(struct dns_stream *s, size_t n);

/**
 * dns_stream_answer(s, reply, arg):
 * Answer every query that is complete, as far as there is room for replies.
 * Return the number of queries answered, -1 if the connection must end once
 * dns_stream_output() is sent: a query is too long, or reply() said so.
 */
int dns_stream_answer(struct dns_stream *s, dns_stream_reply *reply, void *arg);

/**
 * dns_stream_output(s, p), dns_stream_sent(s, n):
 * Store in *${p} what is to be sent and return how many bytes; ${n} of them
 * were sent.
 */
size_t dns_stream_output(const struct dns_stream *s, const uint8_t **p);
void dns_stream_sent(struct dns_stream *s, size_t n);

/**
 * dns_stream_free(s):
 * Free ${s}; NULL is harmless.
 */
void dns_stream_free(struct dns_stream *s);

#endif
