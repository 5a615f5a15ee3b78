/*
 * Any bytes in any pieces on a connection that takes its replies in any pieces:
 * what comes out is what every message got, in order.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "form/dns_stream.h"
#include "fuzz.h"

#define LENGTH 2

/* What was asked, as the stream told it; an FNV hash over all of it. */
struct seen {
	uint64_t hash;
	size_t n;
	size_t ends; /* reply() ends the connection at this one */
};

static void
mix(uint64_t *hash, const uint8_t *p, size_t len)
{
	size_t i;

	*hash = (*hash ^ len) * UINT64_C(0x100000001b3);
	for (i = 0; i < len; i++)
		*hash = (*hash ^ p[i]) * UINT64_C(0x100000001b3);
}

/* Most replies are short, some as long as can be. */
static size_t
reply_length(const uint8_t *query, size_t len)
{
	if (len == 0)
		return (0);
	return (query[0] == 0xff ? DNS_STREAM_REPLY : 1 + query[0] % 64u);
}

static size_t
reply(void *arg, const uint8_t *query, size_t len, uint8_t *out)
{
	struct seen *seen = arg;
	size_t n = reply_length(query, len);

	assert(len <= DNS_STREAM_QUERY);
	mix(&seen->hash, query, len);
	seen->n++;
	memset(out, (int)(seen->n & 0xff), n);
	return (n);
}

/* The same messages, found by walking over all bytes at once. */
static void
expect(const uint8_t *p, size_t left, struct seen *want, size_t *bytes)
{
	size_t len;

	*bytes = 0;
	while (left >= LENGTH) {
		len = (size_t)p[0] << 8 | p[1];
		if (len > DNS_STREAM_QUERY || left < LENGTH + len)
			return;
		mix(&want->hash, p + LENGTH, len);
		want->n++;
		if (reply_length(p + LENGTH, len) == 0)
			return;
		*bytes += LENGTH + reply_length(p + LENGTH, len);
		p += LENGTH + len;
		left -= LENGTH + len;
	}
}

/* Take at most ${most} bytes of output; each begins with its length. */
static size_t
drain(struct dns_stream *s, size_t most)
{
	const uint8_t *p;
	size_t n = dns_stream_output(s, &p);

	if (n > most)
		n = most;
	dns_stream_sent(s, n);
	return (n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen want = {.n = 0}, got = {.n = 0};
	struct dns_stream *s = dns_stream_new();
	size_t piece, gulp, room, n, bytes, out = 0, at = 0;
	bool over = false;
	uint8_t *p;

	if (size < 2) {
		dns_stream_free(s);
		return (0);
	}
	piece = 1u + data[0] * 7u;
	gulp = 1u + data[1] * 61u;
	data += 2;
	size -= 2;
	expect(data, size, &want, &bytes);
	while (!over) {
		room = dns_stream_room(s, &p);
		n = piece < room ? piece : room;
		if (n > size - at)
			n = size - at;
		memcpy(p, data + at, n);
		dns_stream_input(s, n);
		at += n;
		over = dns_stream_answer(s, reply, &got) == -1;
		n = drain(s, gulp);
		out += n;
		/* Nothing moves any more: the rest is no whole message. */
		if (at == size && n == 0)
			break;
	}
	while ((n = drain(s, gulp)) > 0)
		out += n;
	assert(got.n == want.n && got.hash == want.hash);
	assert(out == bytes);
	dns_stream_free(s);
	return (0);
}
