#include <string.h>

#include "shell/conftext.h"

struct scan {
	char *p; /* next character */
	char *end;
	unsigned line;
	unsigned start; /* line where the string or comment began */
	unsigned depth; /* open braces */
	unsigned opened; /* line of the outermost of them */
};

/* Overwrite from from up to p, but for the ends of lines. */
static void
blank(struct scan *s, char *from)
{
	for (; from < s->p; from++)
		if (*from != '\n')
			*from = ' ';
}

static void
line_comment(struct scan *s)
{
	char *from = s->p;

	while (s->p < s->end && *s->p != '\n')
		s->p++;
	blank(s, from);
}

static const char *
block_comment(struct scan *s)
{
	char *from = s->p;

	s->start = s->line;
	for (s->p += 2; s->end - s->p >= 2; s->p++) {
		if (s->p[0] == '*' && s->p[1] == '/') {
			s->p += 2;
			blank(s, from);
			return (NULL);
		}
		if (*s->p == '\n')
			s->line++;
	}
	return ("comment without an end");
}

static const char *
string(struct scan *s)
{
	char quote = *s->p;

	s->start = s->line;
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == quote) {
			s->p++;
			return (NULL);
		}
		/* A forgotten quote is seen here, not a page later. */
		if (*s->p == '\n')
			return ("string without an end on its line");
		if (*s->p != '\\' || s->end - s->p < 2)
			continue;
		s->p++;
		if (quote == '"' && *s->p >= '0' && *s->p <= '9')
			return ("backslash before a digit: write \\x and two "
				"hex digits, or \\\\ for a backslash");
		if (*s->p == '\n')
			return ("string without an end on its line");
	}
	return ("string without an end");
}

/* Skip a bare word: a "/" in it begins no comment. */
static void
word(struct scan *s)
{
	while (s->p < s->end && strchr(" #\"'\t\n\r={}()+,*", *s->p) == NULL)
		s->p++;
}

/* One of the characters that stand alone. */
static void
mark(struct scan *s)
{
	if (*s->p == '{' && s->depth++ == 0)
		s->opened = s->line;
	else if (*s->p == '}' && s->depth > 0)
		s->depth--;
	s->p++;
}

static const char *
step(struct scan *s)
{
	char next = s->end - s->p > 1 ? s->p[1] : '\0';

	switch (*s->p) {
	case '\n':
		s->line++;
		s->p++;
		return (NULL);
	case '"':
	case '\'':
		return (string(s));
	case '#':
		line_comment(s);
		return (NULL);
	case '*':
		s->start = s->line;
		return ("'*' outside quotes");
	case '/':
		if (next == '*')
			return (block_comment(s));
		if (next == '/') {
			line_comment(s);
			return (NULL);
		}
		word(s);
		return (NULL);
	default:
		if (strchr(" \t\r={}()+,", *s->p) != NULL)
			mark(s);
		else
			word(s);
		return (NULL);
	}
}

const char *
conftext_scrub(char *text, size_t len, unsigned *line)
{
	struct scan s = {.p = text, .end = text + len, .line = 1, .start = 1};
	const char *why = NULL;
	char *nul = memchr(text, '\0', len);

	if (nul != NULL) {
		s.end = nul;
		why = "not a text file: holds a NUL";
	}
	while (s.p < s.end) {
		const char *bad = step(&s);

		if (bad != NULL) {
			*line = s.start;
			return (bad);
		}
	}
	if (why == NULL && s.depth > 0) {
		*line = s.opened;
		return ("section without its closing brace");
	}
	*line = s.line;
	return (why);
}

void
conftext_quote(struct buf *out, const char *text)
{
	buf_text(out, "\"");
	for (; *text != '\0'; text++) {
		/* "$" begins the name of an environment variable. */
		if (strchr("\"\\$", *text) != NULL)
			buf_text(out, "\\");
		if ((unsigned char)*text >= 0x20 && *text != 0x7f)
			buf_add(out, text, 1);
	}
	buf_text(out, "\"");
}
