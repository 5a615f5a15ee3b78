#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define FIRST 64 /* bytes of the first allocation */

/* Make the memory hold n bytes and one more for a final NUL. */
static void
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap < FIRST ? FIRST : b->cap;

	if (b->data != NULL && n < b->cap)
		return;
	while (cap <= n)
		cap = cap > SIZE_MAX / 2 ? n + 1 : cap * 2;
	b->data = mem_array(b->data, cap, 1);
	b->cap = cap;
}

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit < SIZE_MAX ? limit : SIZE_MAX - 1;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (b->full || n > b->limit - b->len) {
		b->full = true;
		return (NULL);
	}
	grow(b, b->len + n);
	return (b->data + b->len);
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *room = buf_room(b, n);

	if (room == NULL || n == 0)
		return;
	memcpy(room, p, n);
	b->len += n;
}

void
buf_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *room;
	size_t have;
	int n;

	if (b->full)
		return;
	grow(b, b->len);
	have = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf((char *)b->data + b->len, have, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->full = true;
		return;
	}
	if ((room = buf_room(b, (size_t)n)) == NULL)
		return;
	if ((size_t)n >= have) {
		va_start(ap, fmt);
		vsnprintf((char *)room, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

const char *
buf_string(struct buf *b)
{
	if (b->full || b->len == 0)
		return ("");
	b->data[b->len] = '\0';
	return ((const char *)b->data);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = false;
}

void
buf_free(struct buf *b)
{
	mem_free(b->data);
	buf_init(b, b->limit);
}
