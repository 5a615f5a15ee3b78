#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"

void
jsonw_init(struct jsonw *w, struct buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
}

/* Write the comma that a value or key may need. */
static void
begin(struct jsonw *w)
{
	if (w->keyed) {
		w->keyed = false;
		return;
	}
	if (w->some[w->depth])
		buf_add(w->out, ",", 1);
	w->some[w->depth] = true;
}

static void
open_level(struct jsonw *w, const char *sign)
{
	begin(w);
	buf_text(w->out, sign);
	assert(w->depth + 1 < JSONW_DEPTH);
	w->some[++w->depth] = false;
}

static void
close_level(struct jsonw *w, const char *sign)
{
	assert(w->depth > 0 && !w->keyed);
	w->depth--;
	buf_text(w->out, sign);
}

void
jsonw_object(struct jsonw *w)
{
	open_level(w, "{");
}

void
jsonw_array(struct jsonw *w)
{
	open_level(w, "[");
}

void
jsonw_end_object(struct jsonw *w)
{
	close_level(w, "}");
}

void
jsonw_end_array(struct jsonw *w)
{
	close_level(w, "]");
}

/* Bytes of the UTF-8 character at s, 0 if there is none. */
static size_t
character(const char *s)
{
	size_t n, left = strnlen(s, 4);

	for (n = 1; n <= left; n++)
		if (text_utf8(s, n))
			return (n);
	return (0);
}

static void
escape(struct buf *b, char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *p = strchr(plain, c);

	if (p != NULL)
		buf_printf(b, "\\%c", letter[p - plain]);
	else
		buf_printf(b, "\\u%04x", (unsigned)(uint8_t)c);
}

/* Write s between quotes; runs that need no escape go out in one piece. */
static void
quoted(struct buf *b, const char *s)
{
	const char *from = s;
	size_t n;

	buf_add(b, "\"", 1);
	while (*s != '\0') {
		n = character(s);
		if (n > 0 && (uint8_t)*s >= 0x20 && *s != '"' && *s != '\\' &&
		    *s != 0x7f) {
			s += n;
			continue;
		}
		buf_add(b, from, (size_t)(s - from));
		if (n == 0)
			buf_text(b, "\xef\xbf\xbd");
		else
			escape(b, *s);
		from = ++s;
	}
	buf_add(b, from, (size_t)(s - from));
	buf_add(b, "\"", 1);
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	assert(!w->keyed);
	begin(w);
	quoted(w->out, key);
	buf_add(w->out, ":", 1);
	w->keyed = true;
}

void
jsonw_string(struct jsonw *w, const char *s)
{
	if (s == NULL) {
		jsonw_null(w);
		return;
	}
	begin(w);
	quoted(w->out, s);
}

void
jsonw_u64(struct jsonw *w, uint64_t v)
{
	begin(w);
	buf_printf(w->out, "%" PRIu64, v);
}

void
jsonw_bool(struct jsonw *w, bool v)
{
	begin(w);
	buf_text(w->out, v ? "true" : "false");
}

void
jsonw_null(struct jsonw *w)
{
	begin(w);
	buf_text(w->out, "null");
}

void
jsonw_time(struct jsonw *w, uint32_t sec)
{
	char text[TEXT_TIME];

	if (sec == 0) {
		jsonw_null(w);
		return;
	}
	text_time_format(sec, text);
	jsonw_string(w, text);
}

void
jsonw_raw(struct jsonw *w, const void *p, size_t n)
{
	begin(w);
	buf_add(w->out, p, n);
}

void
jsonw_milli(struct jsonw *w, uint64_t milli)
{
	char text[32];

	begin(w);
	text_milli_format(milli, text, sizeof(text));
	buf_text(w->out, text);
}
