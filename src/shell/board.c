#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "shell/board.h"
#include "shell/node.h"

#define CHUNK 1024 /* changes or subjects looked at under the lock at once */

void
board_read(struct node *node, const struct bouncer_ask *ask, struct board *ret)
{
	const struct engine *e = node_lock(node);
	const struct policy *p = engine_policy(e);
	struct engine_state state;
	struct listref *l;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->node = node;
	ret->n = p->nlists;
	engine_state(e, &state);
	memcpy(ret->cursor.instance, state.instance, sizeof(state.instance));
	bouncer_lists(&ret->cursor, p);
	bouncer_read(ask, p, &ret->filter);
	for (i = 0; i < p->nlists; i++) {
		l = &ret->lists[i];
		l->list = p->lists[i];
		l->number = i;
		l->listing = engine_listing(e, i);
		l->last = feed_last(engine_feed(e, i));
		ret->cursor.numbers[i] = l->last;
	}
	node_unlock(node);
}

/* True if list ${i} is wanted. */
static bool
wanted(const struct board *b, size_t i)
{
	return (i < b->n && (b->filter.lists & 1u << i) != 0);
}

int
board_find(const struct board *b, uint64_t subject, uint32_t now,
    uint32_t *until)
{
	uint32_t end;
	int first = -1;
	size_t i;

	*until = 0;
	for (i = 0; i < b->n; i++) {
		if (!wanted(b, i))
			continue;
		end = listing_until(b->lists[i].listing, subject);
		if (end <= now)
			continue;
		if (first == -1)
			first = (int)i;
		if (end > *until)
			*until = end;
	}
	return (first);
}

/* Add what changed on list ${i} after ${number}; false if it is not known. */
static bool
add_changes(const struct board *b, size_t i, uint64_t number, struct delta *d)
{
	const struct listref *l = &b->lists[i];
	struct feed_row rows[CHUNK];
	uint64_t left;
	long n;

	while (number < l->last) {
		left = l->last - number;
		n = listref_changes(b->node, l, &number, rows,
		    left < CHUNK ? (size_t)left : CHUNK);
		if (n <= 0 || !delta_add(d, (unsigned)i, rows, (size_t)n))
			return (false);
	}
	return (true);
}

/* Tell what changed after b->cursor; false if it is not known. */
static bool
tell_later(const struct board *b, size_t i, struct delta *d)
{
	const struct listref *l = &b->lists[i];
	struct feed_row rows[CHUNK];
	uint64_t number = l->last;
	long n;

	while ((n = listref_changes(b->node, l, &number, rows, CHUNK)) > 0)
		delta_later(d, (unsigned)i, rows, (size_t)n);
	return (n == 0);
}

static uint32_t
look_up(void *arg, unsigned list, uint64_t subject)
{
	const struct board *b = arg;

	return (listing_until(b->lists[list].listing, subject));
}

struct delta *
board_changes(const struct board *b, const struct bouncer_cursor *since)
{
	struct delta *d;
	bool good = bouncer_follows(since, &b->cursor);
	size_t i;

	if (!good)
		return (NULL);
	d = delta_new();
	for (i = 0; good && i < b->n; i++)
		if (wanted(b, i))
			good = add_changes(b, i, since->numbers[i], d);
	delta_close(d);
	delta_look(d, b->filter.lists, look_up, (void *)(uintptr_t)b);
	for (i = 0; good && i < b->n; i++)
		if (wanted(b, i))
			good = tell_later(b, i, d);
	if (good)
		return (d);
	delta_free(d);
	return (NULL);
}

/* ---- What was taken off before its time ---- */

/* All subjects with votes. */
static uint64_t *
all_subjects(struct node *node, size_t *n)
{
	const struct engine *e = node_lock(node);
	struct engine_state state;
	size_t from = 0, got;
	uint64_t *all;

	engine_state(e, &state);
	all = mem_array(NULL, state.subjects + 1, sizeof(*all));
	for (*n = 0; *n < state.subjects; *n += got) {
		got = engine_subjects(e, &from, all + *n, state.subjects - *n);
		if (got == 0)
			break;
	}
	node_unlock(node);
	return (all);
}

static bool
is_withdrawn(const struct engine *e, uint64_t subject)
{
	const struct vote *votes;
	size_t i, n;

	votes = engine_votes(e, subject, &n);
	for (i = 0; votes != NULL && i < n; i++)
		if (votes[i].what >= VOTE_RETRACTION)
			return (true);
	return (policy_exempted(engine_policy(e), subject) != NULL);
}

static int
by_number(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a < *b ? -1 : *a > *b);
}

uint64_t *
board_withdrawn(const struct board *b, size_t *n)
{
	const struct engine *e;
	size_t all, from, i, kept = 0;
	uint64_t *list = all_subjects(b->node, &all);

	for (from = 0; from < all; from += CHUNK) {
		e = node_lock(b->node);
		for (i = from; i < all && i < from + CHUNK; i++)
			if (is_withdrawn(e, list[i]))
				list[kept++] = list[i];
		node_unlock(b->node);
	}
	if (kept > 1)
		qsort(list, kept, sizeof(*list), by_number);
	*n = kept;
	return (list);
}
