#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sim/words.h"

/* Cut the next word off *${p}; NULL at the end. */
static char *
next_word(char **p)
{
	char *word = *p + strspn(*p, " \t"), *end;

	if (*word == '\0' || *word == '#')
		return (NULL);
	if (*word == '"') {
		word++;
		end = word + strcspn(word, "\"");
	} else
		end = word + strcspn(word, " \t");
	*p = *end == '\0' ? end : end + 1;
	*end = '\0';
	return (word);
}

int
words_cut(char *line, struct words *w)
{
	char *word;

	w->n = w->noptions = 0;
	while ((word = next_word(&line)) != NULL) {
		if (w->n == WORDS_MAX || w->noptions == WORDS_MAX)
			return (-1);
		/* Not "=..." and not a sentence. */
		if (word[strcspn(word, "= ")] == '=' && word[0] != '=')
			w->options[w->noptions++] = word;
		else
			w->v[w->n++] = word;
	}
	return (0);
}

const char *
words_option(const struct words *w, const char *key)
{
	size_t len = strlen(key), i;

	for (i = 0; i < w->noptions; i++)
		if (strncmp(w->options[i], key, len) == 0 &&
		    w->options[i][len] == '=')
			return (w->options[i] + len + 1);
	return (NULL);
}

int
words_span(const char *text, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000},
	    {"d", 86400000}};
	int64_t sum = 0;
	size_t i, len;
	char *end;

	if (strcmp(text, "0") == 0) {
		*ret = 0;
		return (0);
	}
	do {
		if (*text < '0' || *text > '9')
			return (-1);
		len = strtoul(text, &end, 10);
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (strncmp(end, units[i].unit,
				strlen(units[i].unit)) == 0)
				break;
		if (i == sizeof(units) / sizeof(units[0]) ||
		    len > 1000000000000)
			return (-1);
		sum += (int64_t)len * units[i].ms;
		text = end + strlen(units[i].unit);
	} while (*text != '\0');
	*ret = sum;
	return (0);
}

int
words_permille(const char *text, unsigned *ret)
{
	char number[16];
	size_t len = strlen(text);
	uint64_t milli;

	if (len > 0 && text[len - 1] == '%')
		len--;
	if (len >= sizeof(number))
		return (-1);
	memcpy(number, text, len);
	number[len] = '\0';
	if (text_milli(number, 100000, &milli) != 0)
		return (-1);
	*ret = (unsigned)(milli / 100);
	return (0);
}

/* Read "n12" and move on; -1 if it is not one of ${n} nodes. */
static long
one_node(const char **text, size_t n)
{
	unsigned long i;
	char *end;

	if (**text != 'n' || (*text)[1] < '0' || (*text)[1] > '9')
		return (-1);
	i = strtoul(*text + 1, &end, 10);
	*text = end;
	return (i < n ? (long)i : -1);
}

int
words_nodes(const char *text, size_t n, bool *mask)
{
	long from, to;

	memset(mask, strcmp(text, "all") == 0, n * sizeof(*mask));
	if (strcmp(text, "all") == 0)
		return (0);
	for (;;) {
		from = to = one_node(&text, n);
		if (from >= 0 && *text == '-') {
			text++;
			to = one_node(&text, n);
		}
		if (from < 0 || to < from)
			return (-1);
		for (; from <= to; from++)
			mask[from] = true;
		if (*text == '\0')
			return (0);
		if (*text++ != ',')
			return (-1);
	}
}

int
words_subjects(const char *text, uint64_t *first, uint64_t *count)
{
	const char *plus = strchr(text, '+');
	size_t len = plus == NULL ? strlen(text) : (size_t)(plus - text);
	char address[SUBJECT_TEXT];

	*count = 1;
	if (len >= sizeof(address) ||
	    (plus != NULL && text_u64(plus + 1, 1000000, count) != 0))
		return (-1);
	memcpy(address, text, len);
	address[len] = '\0';
	return (subject_parse(address, first) == SUBJECT_OK ? 0 : -1);
}
