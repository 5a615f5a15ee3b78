#include <string.h>

#include "base/mem.h"
#include "core/agenda.h"

#define ROOM_MIN 256

struct agenda {
	struct agenda_entry *heap; /* binary, least first */
	size_t n;
	size_t room;
};

struct agenda *
agenda_new(void)
{
	return (mem_zero(sizeof(struct agenda)));
}

static bool
before(const struct agenda_entry *a, const struct agenda_entry *b)
{
	if (a->time != b->time)
		return (a->time < b->time);
	if (a->subject != b->subject)
		return (a->subject < b->subject);
	return (a->topic < b->topic);
}

void
agenda_add(struct agenda *a, const struct agenda_entry *entry)
{
	size_t i = a->n++, up;

	if (a->n > a->room) {
		a->room = a->room == 0 ? ROOM_MIN : a->room * 2;
		a->heap = mem_array(a->heap, a->room, sizeof(*a->heap));
	}
	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!before(entry, &a->heap[up]))
			break;
		a->heap[i] = a->heap[up];
	}
	a->heap[i] = *entry;
}

static void
drop_first(struct agenda *a)
{
	struct agenda_entry last = a->heap[--a->n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < a->n) {
		if (down + 1 < a->n &&
		    before(&a->heap[down + 1], &a->heap[down]))
			down++;
		if (!before(&a->heap[down], &last))
			break;
		a->heap[i] = a->heap[down];
		i = down;
	}
	a->heap[i] = last;
}

bool
agenda_take(struct agenda *a, uint32_t now, struct agenda_entry *ret)
{
	if (a->n == 0 || a->heap[0].time > now)
		return (false);
	*ret = a->heap[0];
	do
		drop_first(a);
	while (a->n > 0 && !before(ret, &a->heap[0]));
	return (true);
}

uint32_t
agenda_next(const struct agenda *a)
{
	return (a->n == 0 ? 0 : a->heap[0].time);
}

void
agenda_free(struct agenda *a)
{
	if (a == NULL)
		return;
	mem_free(a->heap);
	mem_free(a);
}
