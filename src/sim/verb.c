#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sim/verb.h"

const struct verb *
verb_find(const char *name)
{
	static const struct verb *const tables[] = {verb_say, verb_net,
	    verb_life, verb_trust, verb_lie, verb_look};
	const struct verb *v;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (v = tables[i]; v->name != NULL; v++)
			if (strcmp(v->name, name) == 0)
				return (v);
	return (NULL);
}

void
verb_wrong(struct play *p, const char *fmt, ...)
{
	va_list ap;

	if (p->error[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(p->error, sizeof(p->error), fmt, ap);
	va_end(ap);
}

bool
verb_nodes(struct play *p, const char *text, bool *mask)
{
	if (words_nodes(text, p->stage->n, mask) == 0)
		return (true);
	verb_wrong(p, "'%s' are no nodes: write n0, n0,n2, n1-n3 or all", text);
	return (false);
}

struct actor *
verb_node(struct play *p, const char *text)
{
	size_t i, found = 0, n = 0;

	if (!verb_nodes(p, text, p->mask))
		return (NULL);
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i]) {
			found = i;
			n++;
		}
	if (n == 1)
		return (&p->stage->actors[found]);
	verb_wrong(p, "'%s' is not one node", text);
	return (NULL);
}

void
verb_span_option(struct play *p, const struct words *w, const char *key,
    int64_t *ret)
{
	const char *text = words_option(w, key);

	if (text != NULL && words_span(text, ret) != 0)
		verb_wrong(p, "%s: '%s' is no duration: write 90s or 1h30m",
		    key, text);
}

void
verb_share_option(struct play *p, const struct words *w, const char *key,
    unsigned *ret)
{
	const char *text = words_option(w, key);

	if (text != NULL && words_permille(text, ret) != 0)
		verb_wrong(p, "%s: '%s' is no share: write 5%% or 0.5%%", key,
		    text);
}

void
verb_count_option(struct play *p, const struct words *w, const char *key,
    uint64_t *ret)
{
	const char *text = words_option(w, key);

	if (text != NULL && text_u64(text, UINT32_MAX, ret) != 0)
		verb_wrong(p, "%s: '%s' is no number", key, text);
}
