#include <string.h>

#include "base/jsonw.h"
#include "view/exemptions.h"

bool
exemptions_within(const struct exemptions_scope *scope, const struct prefix *p)
{
	uint64_t lo, hi, first, last;
	size_t i;

	if (prefix_range(p, &first, &last) != 0)
		return (false);
	for (i = 0; i < scope->n && !scope->all; i++)
		if (prefix_range(&scope->prefixes[i], &lo, &hi) == 0 &&
		    lo <= first && hi >= last)
			return (true);
	return (scope->all);
}

static void
write_row(struct jsonw *w, const struct engine_exempt *x)
{
	bool owner = strcmp(x->source, "owner") == 0;
	char text[SUBJECT_TEXT];

	prefix_format(&x->prefix, text);
	jsonw_object(w);
	jsonw_key(w, "prefix");
	jsonw_string(w, text);
	jsonw_key(w, "source");
	jsonw_string(w, x->source);
	jsonw_key(w, "member");
	jsonw_string(w, owner ? x->by : NULL);
	jsonw_key(w, "by");
	jsonw_string(w, owner || x->by[0] == '\0' ? NULL : x->by);
	jsonw_key(w, "local");
	jsonw_bool(w, x->local);
	jsonw_key(w, "since");
	jsonw_time(w, x->time);
	jsonw_end_object(w);
}

void
exemptions_write(struct buf *out, const struct engine *e,
    const struct exemptions_scope *scope)
{
	struct engine_exempt x;
	uint64_t from = 0;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "exempt");
	jsonw_array(&w);
	while (engine_exempts(e, &from, &x))
		if (exemptions_within(scope, &x.prefix))
			write_row(&w, &x);
	jsonw_end_array(&w);
	jsonw_key(&w, "configured");
	jsonw_u64(&w, engine_policy(e)->nexempts);
	jsonw_end_object(&w);
	buf_text(out, "\n");
}

void
exemptions_explain(struct buf *out, const struct engine *e,
    const struct prefix *p)
{
	struct engine_exempt x;
	char text[SUBJECT_TEXT];
	uint64_t lo, hi;

	if (prefix_range(p, &lo, &hi) != 0 || lo != hi ||
	    !engine_exempt(e, lo, &x))
		return;
	prefix_format(&x.prefix, text);
	if (strcmp(x.source, "owner") == 0)
		buf_printf(out, "its owner %s exempts %s: only %s can end that",
		    x.by, text, x.by);
	else if (strcmp(x.source, "operator") == 0)
		buf_printf(out, "%s is exempted as a whole: remove that", text);
	else if (x.line != 0)
		buf_printf(out, "%s:%u exempts %s: change that file", x.source,
		    x.line, text);
	else
		buf_printf(out,
		    "the configuration of this node exempts %s (%s)", text,
		    x.source);
}
