#include <assert.h>
#include <string.h>

#include "base/buf.h"

#include "snippet.h"

/* Made by build-aux/embed-text. */
#include "prog/snippets_data.h"

#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define TEXT_BYTES 65536 /* of one part */

/* What is being filled. */
struct filling {
	const json_t *values;
	const json_t *item; /* of %each, NULL outside */
	json_t *say;
	json_t *parts;
	struct buf *to; /* of the lines that follow; NULL: before any */
	struct buf part;
	struct buf test;
	char head[256]; /* of the part: FILE [TITLE]; "" to be run */
	bool open; /* a part */
};

const char *
snippet_name(size_t i)
{
	return (i < TEXTS ? texts[i].name : NULL);
}

/* If ${line} is a directive ${word}, return what stands behind it. */
static const char *
directive(const char *line, const char *word)
{
	size_t n = strlen(word);

	if (line[0] != '%' || strncmp(line + 1, word, n) != 0)
		return (NULL);
	line += 1 + n;
	return (*line == ' ' ? line + 1 : *line == '\n' ? line : NULL);
}

static const char *
next_line(const char *line)
{
	return (line + strcspn(line, "\n") + 1);
}

const char *
snippet_help(size_t i, size_t *len)
{
	const char *help = i < TEXTS ? directive(texts[i].text, "help") : NULL;

	if (help != NULL)
		*len = strcspn(help, "\n");
	return (help);
}

/* Append ${n} bytes of ${line}, values for their names. */
static void
fill_line(struct filling *f, struct buf *out, const char *line, size_t n)
{
	const char *open, *close, *text, *end = line + n;
	const json_t *v;
	size_t len;

	while ((open = strstr(line, "{{")) != NULL && open < end) {
		buf_add(out, line, (size_t)(open - line));
		close = strstr(open, "}}");
		assert(close != NULL && close < end);
		open += 2;
		len = (size_t)(close - open);
		v = f->item != NULL ? json_object_getn(f->item, open, len) :
				      NULL;
		if (v == NULL)
			v = json_object_getn(f->values, open, len);
		text = json_string_value(v);
		assert(text != NULL);
		buf_text(out, text);
		line = close + 2;
	}
	buf_add(out, line, (size_t)(end - line));
}

/* The filled text of the rest of a line. */
static json_t *
fill_string(struct filling *f, const char *line)
{
	struct buf b;
	json_t *s;

	buf_init(&b, TEXT_BYTES);
	fill_line(f, &b, line, strcspn(line, "\n"));
	s = json_string(buf_string(&b));
	buf_free(&b);
	return (s);
}

/* The part is complete. */
static void
close_part(struct filling *f)
{
	char *title = strchr(f->head, ' ');
	json_t *part = json_object();

	if (f->open) {
		if (title != NULL)
			*title++ = '\0';
		json_object_set_new(part, "file",
		    f->head[0] != '\0' ? json_string(f->head) : json_null());
		json_object_set_new(part, "title",
		    json_string(title != NULL ? title : ""));
		json_object_set_new(part, "text",
		    json_string(buf_string(&f->part)));
		json_array_append(f->parts, part);
	}
	json_decref(part);
	buf_reset(&f->part);
	f->open = false;
}

static void
open_part(struct filling *f, const char *head)
{
	struct buf b;

	close_part(f);
	buf_init(&b, sizeof(f->head) - 1);
	fill_line(f, &b, head, strcspn(head, "\n"));
	memcpy(f->head, buf_string(&b), b.len + 1);
	buf_free(&b);
	f->open = true;
	f->to = &f->part;
}

/* Take the line, which is not of %each. */
static void
take(struct filling *f, const char *line)
{
	const char *rest;

	if ((rest = directive(line, "say")) != NULL) {
		json_array_append_new(f->say, fill_string(f, rest));
	} else if ((rest = directive(line, "part")) != NULL) {
		open_part(f, rest);
	} else if (directive(line, "run") != NULL) {
		open_part(f, "\n");
	} else if (directive(line, "test") != NULL) {
		close_part(f);
		f->to = &f->test;
	} else if (line[0] != '%') {
		assert(f->to != NULL);
		fill_line(f, f->to, line, (size_t)(next_line(line) - line));
	}
}

/* Repeat the lines up to %end; return the line behind it. */
static const char *
each(struct filling *f, const char *name, const char *first)
{
	const json_t *items =
	    json_object_getn(f->values, name, strcspn(name, "\n"));
	const char *line, *end = first;
	size_t i;

	while (directive(end, "end") == NULL)
		end = next_line(end);
	for (i = 0; i < json_array_size(items); i++) {
		f->item = json_array_get(items, i);
		for (line = first; line < end; line = next_line(line))
			take(f, line);
	}
	f->item = NULL;
	return (next_line(end));
}

json_t *
snippet_fill(size_t i, const json_t *values)
{
	struct filling f = {.values = values};
	const char *line = texts[i].text, *rest;
	json_t *o;

	f.say = json_array();
	f.parts = json_array();
	buf_init(&f.part, TEXT_BYTES);
	buf_init(&f.test, TEXT_BYTES);
	o = json_pack("{s:s, s:o, s:o, s:o}", "product", texts[i].name, "help",
	    fill_string(&f, directive(line, "help")), "say", f.say, "parts",
	    f.parts);
	while (*line != '\0') {
		if ((rest = directive(line, "each")) != NULL) {
			line = each(&f, rest, next_line(line));
			continue;
		}
		if ((rest = directive(line, "needs")) != NULL &&
		    json_array_size(json_object_getn(values, rest,
			strcspn(rest, "\n"))) == 0) {
			json_decref(o);
			o = json_stringn(rest, strcspn(rest, "\n"));
			break;
		}
		take(&f, line);
		line = next_line(line);
	}
	if (json_is_object(o)) {
		close_part(&f);
		json_object_set_new(o, "test",
		    json_string(buf_string(&f.test)));
	}
	buf_free(&f.part);
	buf_free(&f.test);
	return (o);
}
