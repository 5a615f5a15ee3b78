#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "form/dns_stream.h"

#define LENGTH 2 /* bytes before each message */
#define OUT (2 * (LENGTH + DNS_STREAM_REPLY))

struct dns_stream {
	size_t have; /* bytes of in */
	size_t sent; /* of out */
	size_t len; /* of out */
	uint8_t in[LENGTH + DNS_STREAM_QUERY];
	uint8_t out[OUT];
};

struct dns_stream *
dns_stream_new(void)
{
	return (mem_zero(sizeof(struct dns_stream)));
}

size_t
dns_stream_room(struct dns_stream *s, uint8_t **p)
{
	*p = s->in + s->have;
	return (sizeof(s->in) - s->have);
}

void
dns_stream_input(struct dns_stream *s, size_t n)
{
	assert(n <= sizeof(s->in) - s->have);
	s->have += n;
}

/* Answer the query that begins at ${at}; its length with what stands before
   it, 0 if it is not complete or must wait, -1 at the end of all. */
static int
answer_one(struct dns_stream *s, size_t at, dns_stream_reply *reply, void *arg)
{
	uint8_t *out = s->out + s->len;
	const uint8_t *in = s->in + at;
	size_t len, n;

	if (s->have - at < LENGTH || OUT - s->len < LENGTH + DNS_STREAM_REPLY)
		return (0);
	len = (size_t)in[0] << 8 | in[1];
	if (len > DNS_STREAM_QUERY)
		return (-1);
	if (s->have - at < LENGTH + len)
		return (0);
	n = reply(arg, in + LENGTH, len, out + LENGTH);
	assert(n <= DNS_STREAM_REPLY);
	if (n == 0)
		return (-1);
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	s->len += LENGTH + n;
	return ((int)(LENGTH + len));
}

int
dns_stream_answer(struct dns_stream *s, dns_stream_reply *reply, void *arg)
{
	size_t at = 0;
	int n, count = 0;

	while ((n = answer_one(s, at, reply, arg)) > 0) {
		at += (size_t)n;
		count++;
	}
	if (at > 0) {
		s->have -= at;
		memmove(s->in, s->in + at, s->have);
	}
	return (n == -1 ? -1 : count);
}

size_t
dns_stream_output(const struct dns_stream *s, const uint8_t **p)
{
	*p = s->out + s->sent;
	return (s->len - s->sent);
}

void
dns_stream_sent(struct dns_stream *s, size_t n)
{
	assert(n <= s->len - s->sent);
	s->sent += n;
	if (s->sent < s->len)
		return;
	s->sent = s->len = 0;
}

void
dns_stream_free(struct dns_stream *s)
{
	mem_free(s);
}
