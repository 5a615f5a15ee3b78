#include <inttypes.h>
#include <string.h>

#include "base/promw.h"
#include "base/text.h"

void
promw_init(struct promw *w, struct buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
}

void
promw_family(struct promw *w, const char *type, const char *name,
    const char *help)
{
	w->name = name;
	buf_printf(w->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    type);
}

void
promw_sample(struct promw *w, const char *suffix)
{
	w->labels = false;
	buf_printf(w->out, "%s%s", w->name, suffix);
}

void
promw_label(struct promw *w, const char *name, const char *value)
{
	bool utf8 = text_utf8(value, strlen(value));
	const char *p;

	buf_printf(w->out, "%s%s=\"", w->labels ? "," : "{", name);
	w->labels = true;
	for (p = value; *p != '\0'; p++) {
		if (*p == '\n')
			buf_text(w->out, "\\n");
		else if (*p == '"' || *p == '\\')
			buf_printf(w->out, "\\%c", *p);
		else
			buf_add(w->out, utf8 || (*p & 0x80) == 0 ? p : "?", 1);
	}
	buf_text(w->out, "\"");
}

void
promw_u64(struct promw *w, uint64_t v)
{
	buf_printf(w->out, "%s %" PRIu64 "\n", w->labels ? "}" : "", v);
}

void
promw_us(struct promw *w, uint64_t us)
{
	buf_printf(w->out, "%s %" PRIu64 ".%06u\n", w->labels ? "}" : "",
	    us / 1000000, (unsigned)(us % 1000000));
}

void
promw_one(struct promw *w, const char *type, const char *name, const char *help,
    uint64_t v)
{
	promw_family(w, type, name, help);
	promw_sample(w, "");
	promw_u64(w, v);
}
