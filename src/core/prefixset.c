#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/prefixset.h"

/*
 * The nested prefixes are flattened into the places where the most specific
 * one changes, so that a look-up is one binary search.
 */
struct edge {
	uint64_t from; /* first subject */
	long which; /* index of a prefix, -1 none */
};

struct prefixset {
	struct edge *edges; /* ascending */
	size_t n;
};

struct span {
	uint64_t lo;
	uint64_t hi;
	long which;
	unsigned len;
};

/* Ranges nest at most once per length, and /64 is the longest that differs. */
#define DEPTH 66

/* Wider before narrower; of equal ranges the one that wins comes last. */
static int
span_cmp(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	if (a->lo != b->lo)
		return (a->lo < b->lo ? -1 : 1);
	if (a->hi != b->hi)
		return (a->hi > b->hi ? -1 : 1);
	if (a->len != b->len)
		return (a->len < b->len ? -1 : 1);
	return (a->which > b->which ? -1 : a->which < b->which);
}

/* From ${from} on, ${which} is the most specific. */
static void
edge_add(struct prefixset *set, uint64_t from, long which)
{
	if (set->n > 0 && set->edges[set->n - 1].from == from)
		set->n--;
	set->edges[set->n].from = from;
	set->edges[set->n].which = which;
	set->n++;
}

/* Close the open ranges that end before ${next}; return how many stay. */
static size_t
close_before(struct prefixset *set, const struct span **open, size_t depth,
    uint64_t next)
{
	while (depth > 0 && open[depth - 1]->hi < next) {
		edge_add(set, open[depth - 1]->hi + 1,
		    depth > 1 ? open[depth - 2]->which : -1);
		depth--;
	}
	return (depth);
}

static void
flatten(struct prefixset *set, const struct span *spans, size_t n)
{
	const struct span *open[DEPTH];
	size_t depth = 0, i;

	for (i = 0; i < n; i++) {
		depth = close_before(set, open, depth, spans[i].lo);
		if (depth > 0 && open[depth - 1]->lo == spans[i].lo &&
		    open[depth - 1]->hi == spans[i].hi)
			depth--;
		assert(depth < DEPTH);
		open[depth++] = &spans[i];
		edge_add(set, spans[i].lo, spans[i].which);
	}
	while (depth > 0) {
		/* Nothing lies after the last subject. */
		if (open[depth - 1]->hi != UINT64_MAX)
			edge_add(set, open[depth - 1]->hi + 1,
			    depth > 1 ? open[depth - 2]->which : -1);
		depth--;
	}
}

struct prefixset *
prefixset_build(const struct prefix *prefixes, size_t n)
{
	struct prefixset *set = mem_zero(sizeof(*set));
	struct span *spans = mem_array(NULL, n + 1, sizeof(*spans));
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (prefix_range(&prefixes[i], &spans[used].lo,
			&spans[used].hi) != 0)
			continue;
		spans[used].which = (long)i;
		spans[used].len = prefixes[i].len;
		used++;
	}
	qsort(spans, used, sizeof(*spans), span_cmp);
	set->edges = mem_array(NULL, 2 * used + 1, sizeof(*set->edges));
	flatten(set, spans, used);
	mem_free(spans);
	return (set);
}

long
prefixset_find(const struct prefixset *set, uint64_t subject)
{
	size_t lo = 0, hi = set->n, mid;

	/* Find the last edge that is not after the subject. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (set->edges[mid].from <= subject)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo == 0 ? -1 : set->edges[lo - 1].which);
}

void
prefixset_free(struct prefixset *set)
{
	if (set == NULL)
		return;
	mem_free(set->edges);
	mem_free(set);
}
