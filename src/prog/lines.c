#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "lines.h"

struct lines {
	FILE *file;
	size_t most;
	uint64_t number;
	uint64_t bytes;
	char *line; /* most + 2 bytes: a CR and a NUL may follow */
};

struct lines *
lines_new(FILE *file, size_t most)
{
	struct lines *l = mem_zero(sizeof(*l));

	l->file = file;
	l->most = most;
	l->line = mem_alloc(most + 2);
	return (l);
}

enum lines_got
lines_next(struct lines *l, char **text, size_t *len)
{
	bool longer = false;
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(l->file)) != EOF) {
		l->bytes++;
		if (c == '\n')
			break;
		if (n <= l->most)
			l->line[n++] = (char)c;
		else
			longer = true;
	}
	if (c == EOF && n == 0)
		return (LINES_END);
	l->number++;
	if (!longer && n > 0 && l->line[n - 1] == '\r')
		n--;
	if (n > l->most)
		return (LINES_LONG);
	l->line[n] = '\0';
	*text = l->line;
	*len = n;
	if (l->number == 1 && n >= 3 &&
	    memcmp(l->line, "\357\273\277", 3) == 0) {
		*text += 3;
		*len -= 3;
	}
	return (LINES_LINE);
}

uint64_t
lines_number(const struct lines *l)
{
	return (l->number);
}

uint64_t
lines_bytes(const struct lines *l)
{
	return (l->bytes);
}

void
lines_free(struct lines *l)
{
	if (l == NULL)
		return;
	mem_free(l->line);
	mem_free(l);
}
