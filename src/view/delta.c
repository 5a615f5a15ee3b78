#include <stdlib.h>

#include "base/mem.h"
#include "view/delta.h"

/* A change, and its place among those of its list. */
struct change {
	uint64_t subject;
	uint32_t until;
	uint32_t place;
	uint8_t list;
	uint8_t op;
};

struct delta {
	struct change *changes;
	size_t n, room;
	struct delta_item *items;
	size_t nitems;
};

struct delta *
delta_new(void)
{
	return (mem_zero(sizeof(struct delta)));
}

void
delta_free(struct delta *d)
{
	if (d == NULL)
		return;
	mem_free(d->changes);
	mem_free(d->items);
	mem_free(d);
}

bool
delta_add(struct delta *d, unsigned list, const struct feed_row *rows, size_t n)
{
	size_t i;

	if (n > DELTA_MOST - d->n)
		return (false);
	while (d->n + n > d->room) {
		d->room = d->room == 0 ? 256 : d->room * 2;
		d->changes =
		    mem_array(d->changes, d->room, sizeof(*d->changes));
	}
	for (i = 0; i < n; i++, d->n++)
		d->changes[d->n] = (struct change){.subject = rows[i].subject,
		    .until = rows[i].until,
		    .place = (uint32_t)d->n,
		    .list = (uint8_t)list,
		    .op = (uint8_t)rows[i].op};
	return (true);
}

static int
by_subject(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	if (a->subject != b->subject)
		return (a->subject < b->subject ? -1 : 1);
	return (a->place < b->place ? -1 : a->place > b->place);
}

static bool
is_listed(uint8_t op)
{
	return (op == FEED_ADDED || op == FEED_EXTENDED || op == FEED_STANDS);
}

/* The ${n} changes of one list to the subject that ${item} is about. */
static void
take(struct delta_item *item, const struct change *c, size_t n)
{
	const struct change *last = &c[n - 1];
	uint16_t bit = (uint16_t)(1u << c->list);

	item->known |= bit;
	/* The first one tells how it was before. */
	if (c->op != FEED_ADDED)
		item->was |= bit;
	if (is_listed(last->op)) {
		item->is |= bit;
		if (last->until > item->until)
			item->until = last->until;
	} else if (last->op == FEED_EXPIRED && last->until > item->ended) {
		item->ended = last->until;
	}
}

void
delta_close(struct delta *d)
{
	struct delta_item *item = NULL;
	const struct change *c = d->changes;
	size_t i, n;

	if (d->n > 0)
		qsort(d->changes, d->n, sizeof(*d->changes), by_subject);
	d->items = mem_array(NULL, d->n + 1, sizeof(*d->items));
	for (i = 0; i < d->n; i += n) {
		for (n = 1; i + n < d->n && c[i + n].subject == c[i].subject &&
		     c[i + n].list == c[i].list;)
			n++;
		if (item == NULL || item->subject != c[i].subject) {
			item = &d->items[d->nitems++];
			*item = (struct delta_item){.subject = c[i].subject};
		}
		take(item, &c[i], n);
	}
	mem_free(d->changes);
	d->changes = NULL;
}

void
delta_look(struct delta *d, uint16_t lists, delta_until *until, void *arg)
{
	struct delta_item *item;
	uint32_t end;
	unsigned list;
	size_t i;

	for (i = 0; i < d->nitems; i++) {
		item = &d->items[i];
		for (list = 0; list < POLICY_LISTS; list++) {
			if ((lists & ~item->known & 1u << list) == 0)
				continue;
			end = until(arg, list, item->subject);
			if (end == 0)
				continue;
			item->was |= (uint16_t)(1u << list);
			item->is |= (uint16_t)(1u << list);
			if (end > item->until)
				item->until = end;
		}
	}
}

static int
find_subject(const void *key, const void *member)
{
	const struct delta_item *item = member;
	uint64_t subject = *(const uint64_t *)key;

	return (subject < item->subject ? -1 : subject > item->subject);
}

void
delta_later(struct delta *d, unsigned list, const struct feed_row *rows,
    size_t n)
{
	uint16_t bit = (uint16_t)(1u << list);
	struct delta_item *item;
	size_t i;

	for (i = 0; i < n; i++) {
		item = d->nitems == 0 ?
		    NULL :
		    bsearch(&rows[i].subject, d->items, d->nitems,
			sizeof(*d->items), find_subject);
		if (item == NULL || (item->known & bit) != 0)
			continue;
		/* Again the first one tells how it was before. */
		item->known |= bit;
		item->was &= (uint16_t)~bit;
		if (rows[i].op != FEED_ADDED)
			item->was |= bit;
		item->is = (uint16_t)((item->is & ~bit) | (item->was & bit));
	}
}

const struct delta_item *
delta_items(const struct delta *d, size_t *n)
{
	*n = d->nitems;
	return (d->items);
}
