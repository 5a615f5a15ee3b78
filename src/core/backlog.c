#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/backlog.h"

#define PLACES 16384 /* for merging; a power of two above 2 * BATCH_RECORDS */

/* The records of one write. */
struct part {
	struct part *later;
	uint64_t serial;
	size_t n;
	struct own_record *records; /* owned */
};

struct backlog {
	struct part *first, *last;
	size_t count;
	size_t urgent;
	struct own_record merged[BATCH_RECORDS];
	size_t nmerged;
	size_t names; /* bytes of the names of merged[] */
	uint16_t table[PLACES]; /* index + 1 into merged[] */
	uint32_t *turns; /* by threat: turn in which it was counted */
	size_t nturns;
	uint32_t turn;
	uint64_t secret;
};

struct backlog *
backlog_new(uint64_t secret)
{
	struct backlog *b = mem_zero(sizeof(*b));

	b->secret = secret;
	return (b);
}

void
backlog_add(struct backlog *b, uint64_t serial,
    const struct own_record *records, size_t n)
{
	struct part *p = mem_zero(sizeof(*p));
	size_t i;

	p->serial = serial;
	p->n = n;
	p->records = mem_dup(records, n * sizeof(*records));
	if (b->last == NULL)
		b->first = p;
	else
		b->last->later = p;
	b->last = p;
	b->count += n;
	for (i = 0; i < n; i++)
		b->urgent += records[i].r.kind != RECORD_SIGHTING;
}

/* Take the first part out. */
static void
drop_part(struct backlog *b)
{
	struct part *p = b->first;
	size_t i;

	b->first = p->later;
	if (b->first == NULL)
		b->last = NULL;
	b->count -= p->n;
	for (i = 0; i < p->n; i++)
		b->urgent -= p->records[i].r.kind != RECORD_SIGHTING;
	mem_free(p->records);
	mem_free(p);
}

/* Whatever differs here is never merged. Marks count time to the second. */
static int
compare(const struct own_record *x, const struct own_record *y)
{
	uint32_t unit = x->r.kind == RECORD_SIGHTING ? 60 : 1;

#define ORDER(field)              \
	if (x->field != y->field) \
	return (x->field < y->field ? -1 : 1)
	ORDER(r.kind);
	ORDER(r.subject);
	ORDER(r.last / unit);
	ORDER(threat);
	ORDER(r.category);
	ORDER(r.basis);
	ORDER(r.flags);
	ORDER(r.sport);
	ORDER(r.dport);
#undef ORDER
	return (0);
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return (h ^ (h >> 29));
}

/* The place in the table of what ${o} merges with, or of nothing. */
static size_t
find(const struct backlog *b, const struct own_record *o)
{
	uint64_t h = mix(b->secret, o->r.subject);
	size_t i;

	h = mix(h, ((uint64_t)o->threat << 32) | o->r.last / 60);
	h = mix(h,
	    ((uint64_t)o->r.sport << 32) | ((uint64_t)o->r.dport << 16) |
		((uint64_t)o->r.kind << 8) | o->r.category);
	for (i = (size_t)(h >> 40) & (PLACES - 1); b->table[i] != 0;
	     i = (i + 1) & (PLACES - 1))
		if (compare(&b->merged[b->table[i] - 1], o) == 0)
			break;
	return (i);
}

/* True if the name of ${threat} is not yet counted in this cut. */
static bool
new_name(struct backlog *b, uint32_t threat)
{
	size_t room;

	if (threat == 0)
		return (false);
	if (threat >= b->nturns) {
		room = (size_t)threat + threat / 2 + 64;
		b->turns = mem_array(b->turns, room, sizeof(*b->turns));
		memset(b->turns + b->nturns, 0,
		    (room - b->nturns) * sizeof(*b->turns));
		b->nturns = room;
	}
	if (b->turns[threat] == b->turn)
		return (false);
	b->turns[threat] = b->turn;
	return (true);
}

/*
 * True if all of ${p} fits. If not, the cut ends before it, so that it does
 * no harm that its names were counted.
 */
static bool
fits(struct backlog *b, const struct part *p)
{
	size_t more = 0, names = b->names, i;

	for (i = 0; i < p->n; i++) {
		more += b->table[find(b, &p->records[i])] == 0;
		if (new_name(b, p->records[i].threat))
			names += 1u + p->records[i].namelen;
	}
	if (b->nmerged + more > BATCH_RECORDS ||
	    (b->nmerged + more) * RECORD_BYTES + names > BATCH_BODY)
		return (false);
	b->names = names;
	return (true);
}

static void
merge(struct backlog *b, const struct own_record *o)
{
	size_t i = find(b, o);
	struct record *r;

	if (b->table[i] == 0) {
		b->merged[b->nmerged++] = *o;
		b->table[i] = (uint16_t)b->nmerged;
		return;
	}
	r = &b->merged[b->table[i] - 1].r;
	r->count = r->count > UINT32_MAX - o->r.count ? UINT32_MAX :
							r->count + o->r.count;
	if (o->r.first < r->first)
		r->first = o->r.first;
	if (o->r.last > r->last)
		r->last = o->r.last;
}

uint64_t
backlog_cut(struct backlog *b, struct own_record **out, size_t *n)
{
	uint64_t serial = 0;
	size_t i;

	b->nmerged = 0;
	b->names = 0;
	b->turn++;
	memset(b->table, 0, sizeof(b->table));
	while (b->first != NULL && fits(b, b->first)) {
		for (i = 0; i < b->first->n; i++)
			merge(b, &b->first->records[i]);
		serial = b->first->serial;
		drop_part(b);
	}
	*out = b->merged;
	*n = b->nmerged;
	return (serial);
}

static int
compare_adopted(const void *a, const void *b)
{
	return (compare(a, b));
}

/* Take from ${p} what is in ${adopted}, sorted. */
static void
absorb_part(struct backlog *b, struct part *p, struct own_record *adopted,
    size_t n)
{
	struct own_record *found;
	size_t i, left = 0;
	uint32_t taken;

	for (i = 0; i < p->n; i++) {
		struct own_record *o = &p->records[i];

		found =
		    bsearch(o, adopted, n, sizeof(*adopted), compare_adopted);
		if (found != NULL && o->r.kind == RECORD_SIGHTING) {
			taken = found->r.count < o->r.count ? found->r.count :
							      o->r.count;
			found->r.count -= taken;
			o->r.count -= taken;
		}
		if (found != NULL &&
		    (o->r.kind != RECORD_SIGHTING || o->r.count == 0)) {
			b->count--;
			b->urgent -= o->r.kind != RECORD_SIGHTING;
			continue;
		}
		p->records[left++] = *o;
	}
	p->n = left;
}

uint64_t
backlog_absorb(struct backlog *b, struct own_record *adopted, size_t n)
{
	uint64_t serial = 0;
	struct part *p;

	qsort(adopted, n, sizeof(*adopted), compare_adopted);
	for (p = b->first; p != NULL; p = p->later)
		absorb_part(b, p, adopted, n);
	while (b->first != NULL && b->first->n == 0) {
		serial = b->first->serial;
		drop_part(b);
	}
	return (serial);
}

size_t
backlog_count(const struct backlog *b)
{
	return (b->count);
}

bool
backlog_urgent(const struct backlog *b)
{
	return (b->urgent > 0);
}

void
backlog_free(struct backlog *b)
{
	if (b == NULL)
		return;
	while (b->first != NULL)
		drop_part(b);
	mem_free(b->turns);
	mem_free(b);
}
