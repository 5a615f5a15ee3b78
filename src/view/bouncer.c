#include <stdio.h>
#include <string.h>

#include <virbl/key.h>

#include "base/text.h"
#include "view/bouncer.h"
#include "view/decision.h"

#define WORD 256 /* longest word of a list of words, with a NUL */

/* Take the next word off a list with commas; false if there is none. */
static bool
next_word(const char **list, char word[WORD])
{
	size_t n;

	while (**list == ',' || **list == ' ')
		++*list;
	n = strcspn(*list, ",");
	if (n == 0)
		return (false);
	snprintf(word, WORD, "%.*s", (int)(n < WORD ? n : WORD - 1), *list);
	*list += n;
	return (true);
}

static char
lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c);
}

static bool
same(const char *a, const char *b)
{
	for (; *a != '\0' && lower(*a) == lower(*b); a++)
		b++;
	return (*a == *b);
}

/* True if ${list} is not given, or has ${word}. */
static bool
allows(const char *list, const char *word)
{
	char have[WORD];

	if (list == NULL || *list == '\0')
		return (true);
	while (next_word(&list, have))
		if (same(have, word))
			return (true);
	return (false);
}

/* True if one of the words of ${list} is in ${text}. */
static bool
has_one(const char *list, const char *text)
{
	char word[WORD];

	while (next_word(&list, word))
		if (strstr(text, word) != NULL)
			return (true);
	return (false);
}

static bool
given(const char *list)
{
	return (list != NULL && *list != '\0');
}

void
bouncer_read(const struct bouncer_ask *ask, const struct policy *p,
    struct bouncer_filter *ret)
{
	char scenario[CARD_NAME + 16];
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->four = allows(ask->scopes, "ip");
	ret->six = allows(ask->scopes, "range");
	if (!allows(ask->types, DECISION_TYPE) ||
	    !allows(ask->origins, DECISION_ORIGIN))
		return;
	for (i = 0; i < p->nlists; i++) {
		decision_scenario(p->lists[i].name, scenario, sizeof(scenario));
		if ((given(ask->containing) &&
			!has_one(ask->containing, scenario)) ||
		    (given(ask->without) && has_one(ask->without, scenario)))
			continue;
		ret->lists |= (uint16_t)(1u << i);
	}
}

void
bouncer_lists(struct bouncer_cursor *c, const struct policy *p)
{
	uint8_t hash[HASH_BYTES];
	struct buf names;
	size_t i;

	buf_init(&names, POLICY_LISTS * (CARD_NAME + 1));
	for (i = 0; i < p->nlists; i++)
		buf_printf(&names, "%s ", p->lists[i].name);
	key_hash("virbl cursor 1", buf_string(&names), names.len, hash);
	buf_free(&names);
	memcpy(c->lists, hash, sizeof(c->lists));
	c->n = p->nlists;
}

void
bouncer_cursor_write(struct buf *out, const struct bouncer_cursor *c)
{
	char instance[17], lists[9];
	size_t i;

	text_hex(c->instance, sizeof(c->instance), instance);
	text_hex(c->lists, sizeof(c->lists), lists);
	buf_printf(out, "%s-%s-", instance, lists);
	for (i = 0; i < c->n; i++)
		buf_printf(out, "%s%llu", i > 0 ? "." : "",
		    (unsigned long long)c->numbers[i]);
}

/* Read the hex digits before a "-" and step over them. */
static int
read_hex(const char **text, uint8_t *out, size_t n)
{
	char hex[17];

	if (strnlen(*text, 2 * n + 1) <= 2 * n || (*text)[2 * n] != '-')
		return (-1);
	memcpy(hex, *text, 2 * n);
	hex[2 * n] = '\0';
	*text += 2 * n + 1;
	return (text_unhex(hex, out, n));
}

int
bouncer_cursor_read(const char *text, struct bouncer_cursor *c)
{
	char number[21];
	size_t n;

	memset(c, 0, sizeof(*c));
	if (read_hex(&text, c->instance, sizeof(c->instance)) != 0 ||
	    read_hex(&text, c->lists, sizeof(c->lists)) != 0)
		return (-1);
	while (*text != '\0') {
		n = strcspn(text, ".");
		if (c->n == POLICY_LISTS || n >= sizeof(number))
			return (-1);
		memcpy(number, text, n);
		number[n] = '\0';
		if (text_u64(number, UINT64_MAX, &c->numbers[c->n++]) != 0)
			return (-1);
		text += n;
		if (*text == '.' && *++text == '\0')
			return (-1);
	}
	return (0);
}

bool
bouncer_follows(const struct bouncer_cursor *c,
    const struct bouncer_cursor *now)
{
	size_t i;

	if (memcmp(c->instance, now->instance, sizeof(c->instance)) != 0 ||
	    memcmp(c->lists, now->lists, sizeof(c->lists)) != 0 ||
	    c->n != now->n)
		return (false);
	for (i = 0; i < c->n; i++)
		if (c->numbers[i] > now->numbers[i])
			return (false);
	return (true);
}
