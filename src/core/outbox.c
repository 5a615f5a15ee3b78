#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/outbox.h"

#define TEXT_MAX 512

struct outbox {
	struct action *list;
	size_t n;
	size_t room;
	void **kept; /* owned */
	size_t nkept;
	size_t keptroom;
};

struct outbox *
outbox_new(void)
{
	return (mem_zero(sizeof(struct outbox)));
}

struct action *
outbox_add(struct outbox *o, enum action_type type)
{
	struct action *a;

	if (o->n == o->room) {
		o->room = o->room == 0 ? 16 : o->room * 2;
		o->list = mem_array(o->list, o->room, sizeof(*o->list));
	}
	a = &o->list[o->n++];
	memset(a, 0, sizeof(*a));
	a->type = type;
	return (a);
}

void *
outbox_keep(struct outbox *o, void *p)
{
	if (o->nkept == o->keptroom) {
		o->keptroom = o->keptroom == 0 ? 16 : o->keptroom * 2;
		o->kept = mem_array(o->kept, o->keptroom, sizeof(*o->kept));
	}
	o->kept[o->nkept++] = p;
	return (p);
}

const char *
outbox_text(struct outbox *o, const char *fmt, ...)
{
	char *text = outbox_keep(o, mem_alloc(TEXT_MAX));
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, TEXT_MAX, fmt, ap);
	va_end(ap);
	return (text);
}

void
outbox_trace(struct outbox *o, int level, const char *text)
{
	struct action *a = outbox_add(o, ACT_TRACE);

	a->u.trace.level = level;
	a->u.trace.text = text;
}

void
outbox_list(const struct outbox *o, struct actions *ret)
{
	ret->list = o->list;
	ret->n = o->n;
}

void
outbox_reset(struct outbox *o)
{
	while (o->nkept > 0)
		mem_free(o->kept[--o->nkept]);
	o->n = 0;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	outbox_reset(o);
	mem_free(o->list);
	mem_free(o->kept);
	mem_free(o);
}
