#include <string.h>

#include "form/http_answer.h"

enum state {
	STATUS,
	HEAD,
	LENGTH, /* so many bytes of body are left */
	CLOSE, /* body until the connection ends */
	SIZE, /* line with the size of a chunk */
	CHUNK,
	CHUNK_END, /* line break behind a chunk */
	TRAILER,
	DONE,
	BAD,
	STOPPED,
};

enum framing { BY_CLOSE, BY_LENGTH, BY_CHUNKS };

void
http_answer_init(struct http_answer *h)
{
	memset(h, 0, sizeof(*h));
	h->state = STATUS;
}

/* Lower-case one ASCII letter. */
static char
lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

/* The value in ${line} if it is the field ${name} ("length:"), else NULL. */
static const char *
value(const char *line, const char *name)
{
	for (; *name != '\0'; name++, line++)
		if (lower(*line) != *name)
			return (NULL);
	return (line + strspn(line, " \t"));
}

/* True if ${s} begins with the lower-case ${word}. */
static int
begins(const char *s, const char *word)
{
	return (value(s, word) != NULL);
}

/* Read digits of ${base} up to ${stops}; -1 if it is no such number. */
static int
number(const char *s, unsigned base, const char *stops, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *d;
	uint64_t n = 0;
	size_t i;

	for (i = 0; s[i] != '\0' && strchr(stops, s[i]) == NULL; i++) {
		d = strchr(digits, lower(s[i]));
		if (d == NULL || (unsigned)(d - digits) >= base || i == 15)
			return (-1);
		n = n * base + (unsigned)(d - digits);
	}
	*ret = n;
	return (i > 0 ? 0 : -1);
}

/* "HTTP/1.1 200 OK" */
static enum state
status_line(struct http_answer *h)
{
	const char *s = h->line;
	uint64_t n;

	if (!begins(s, "http/1.") || s[7] == '\0' || s[8] != ' ' ||
	    number(s + 9, 10, " ", &n) != 0 || n < 100 || n > 599)
		return (BAD);
	h->coming = (unsigned)n;
	h->framing = BY_CLOSE;
	return (HEAD);
}

/* The empty line came: what is the body? */
static enum state
head_done(struct http_answer *h)
{
	if (h->coming < 200) {
		/* "100 Continue" and the like: the real one follows. */
		h->head = 0;
		return (STATUS);
	}
	h->status = h->coming;
	h->head = 0;
	if (h->coming == 204 || h->coming == 304)
		return (DONE);
	if (h->framing == BY_CHUNKS)
		return (SIZE);
	if (h->framing == BY_CLOSE)
		return (CLOSE);
	return (h->left > 0 ? LENGTH : DONE);
}

static enum state
head_line(struct http_answer *h)
{
	const char *v;

	if (h->line[0] == '\0')
		return (head_done(h));
	if ((v = value(h->line, "transfer-encoding:")) != NULL) {
		if (!begins(v, "chunked"))
			return (BAD);
		h->framing = BY_CHUNKS;
	} else if (h->framing != BY_CHUNKS &&
	    (v = value(h->line, "content-length:")) != NULL) {
		if (number(v, 10, " \t", &h->left) != 0)
			return (BAD);
		h->framing = BY_LENGTH;
	}
	return (HEAD);
}

/* "1a2b" or "1a2b;extension" */
static enum state
size_line(struct http_answer *h)
{
	if (number(h->line, 16, "; \t", &h->left) != 0)
		return (BAD);
	h->head = 0;
	return (h->left > 0 ? CHUNK : TRAILER);
}

static enum state
line_done(struct http_answer *h)
{
	size_t n = h->len < sizeof(h->line) ? h->len : sizeof(h->line) - 1;

	if (n > 0 && h->line[n - 1] == '\r')
		n--;
	h->line[n] = '\0';
	h->len = 0;
	switch (h->state) {
	case STATUS:
		return (status_line(h));
	case HEAD:
		return (head_line(h));
	case SIZE:
		return (size_line(h));
	case CHUNK_END:
		return (n == 0 ? SIZE : BAD);
	default:
		return (h->line[0] == '\0' ? DONE : TRAILER);
	}
}

/* Take one byte of a line. */
static void
line_byte(struct http_answer *h, char c)
{
	if (++h->head > HTTP_ANSWER_HEAD) {
		h->state = BAD;
	} else if (c == '\n') {
		h->state = (uint8_t)line_done(h);
	} else {
		if (h->len < sizeof(h->line) - 1)
			h->line[h->len] = c;
		h->len++;
	}
}

/* The body takes as much of ${n} bytes as is its own. Return how much. */
static size_t
body(struct http_answer *h, const void *p, size_t n, http_answer_sink *sink,
    void *arg)
{
	if (h->state != CLOSE && n > h->left)
		n = (size_t)h->left;
	if (sink(arg, p, n) != 0) {
		h->state = STOPPED;
		return (n);
	}
	if (h->state == CLOSE)
		return (n);
	h->left -= n;
	if (h->left == 0)
		h->state = h->state == CHUNK ? CHUNK_END : DONE;
	return (n);
}

static enum http_answer_got
got(const struct http_answer *h)
{
	switch (h->state) {
	case DONE:
		return (HTTP_ANSWER_DONE);
	case BAD:
		return (HTTP_ANSWER_BAD);
	case STOPPED:
		return (HTTP_ANSWER_STOPPED);
	default:
		return (HTTP_ANSWER_MORE);
	}
}

enum http_answer_got
http_answer_feed(struct http_answer *h, const void *p, size_t n,
    http_answer_sink *sink, void *arg)
{
	const char *s = p;
	size_t i = 0;

	while (i < n && got(h) == HTTP_ANSWER_MORE) {
		if (h->state == LENGTH || h->state == CLOSE ||
		    h->state == CHUNK)
			i += body(h, s + i, n - i, sink, arg);
		else
			line_byte(h, s[i++]);
	}
	return (got(h));
}

enum http_answer_got
http_answer_end(struct http_answer *h)
{
	if (h->state == CLOSE)
		h->state = DONE;
	else if (got(h) == HTTP_ANSWER_MORE)
		h->state = BAD;
	return (got(h));
}
