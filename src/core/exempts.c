#include <string.h>

#include "base/map64.h"
#include "base/mem.h"
#include "core/exempts.h"

/* What one member stated. */
struct stack {
	struct stated *list; /* ascending by subject */
	size_t n;
	uint32_t lapse; /* when the first one in force lapses, 0 never */
	bool doubtful; /* to be worked out again */
};

struct exempts {
	struct stack *stacks; /* by member */
	size_t n;
	struct map64 *owners; /* subject: how many exempt it in force */
	uint64_t *gone; /* were in force when they were forgotten */
	size_t ngone;
	uint32_t due; /* when something lapses, 0 never */
	bool doubtful; /* some stack is */
};

struct exempts *
exempts_new(const uint8_t hashkey[16])
{
	struct exempts *x = mem_zero(sizeof(*x));

	x->owners = map64_new(hashkey);
	return (x);
}

/* ---- What is kept ---- */

static struct stack *
stack_of(struct exempts *x, size_t member)
{
	size_t room = x->n == 0 ? 16 : x->n;

	if (member < x->n)
		return (&x->stacks[member]);
	while (room <= member)
		room *= 2;
	x->stacks = mem_array(x->stacks, room, sizeof(*x->stacks));
	memset(x->stacks + x->n, 0, (room - x->n) * sizeof(*x->stacks));
	x->n = room;
	return (&x->stacks[member]);
}

/* Return where ${subject} is or would go. */
static size_t
position(const struct stack *k, uint64_t subject)
{
	size_t lo = 0, hi = k->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (k->list[mid].subject < subject)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

static bool
holds(const struct stack *k, size_t at, uint64_t subject)
{
	return (at < k->n && k->list[at].subject == subject);
}

/* True if ${a} is kept rather than ${b}; about one subject: if it counts. */
static bool
greater(const struct stated *a, const struct stated *b)
{
	if (a->time != b->time)
		return (a->time > b->time);
	if (a->revoked != b->revoked)
		return (a->revoked);
	return (a->subject > b->subject);
}

static void
remove_at(struct exempts *x, struct stack *k, size_t at)
{
	uint64_t subject = k->list[at].subject;

	if (k->list[at].works) {
		map64_set(x->owners, subject,
		    map64_get(x->owners, subject) - 1);
		x->gone = mem_array(x->gone, x->ngone + 1, sizeof(*x->gone));
		x->gone[x->ngone++] = subject;
	}
	memmove(&k->list[at], &k->list[at + 1],
	    (--k->n - at) * sizeof(*k->list));
}

/* Make room for ${s}; false if all that is kept is greater. */
static bool
make_room(struct exempts *x, struct stack *k, const struct stated *s)
{
	size_t i, least = 0;

	if (k->n < EXEMPTS_KEPT) {
		/* Room doubles whenever the number is a power of two. */
		if ((k->n & (k->n - 1)) == 0)
			k->list = mem_array(k->list, k->n == 0 ? 1 : 2 * k->n,
			    sizeof(*k->list));
		return (true);
	}
	for (i = 1; i < k->n; i++)
		if (greater(&k->list[least], &k->list[i]))
			least = i;
	if (!greater(s, &k->list[least]))
		return (false);
	remove_at(x, k, least);
	return (true);
}

void
exempts_add(struct exempts *x, size_t member, const struct stated *s)
{
	struct stack *k = stack_of(x, member);
	size_t at = position(k, s->subject);
	struct stated *have;

	if (holds(k, at, s->subject)) {
		have = &k->list[at];
		if (!greater(s, have))
			return;
		have->time = s->time;
		have->revoked = s->revoked;
	} else {
		if (!make_room(x, k, s))
			return;
		at = position(k, s->subject);
		memmove(&k->list[at + 1], &k->list[at],
		    (k->n++ - at) * sizeof(*k->list));
		k->list[at] = *s;
		k->list[at].works = false;
	}
	k->doubtful = x->doubtful = true;
}

void
exempts_expire(struct exempts *x, uint32_t before)
{
	size_t i, j;

	for (i = 0; i < x->n; i++)
		for (j = x->stacks[i].n; j-- > 0;)
			if (x->stacks[i].list[j].time < before) {
				remove_at(x, &x->stacks[i], j);
				x->stacks[i].doubtful = x->doubtful = true;
			}
}

/* ---- What is in force ---- */

static bool
owns(const struct rule_member *m, uint64_t subject)
{
	size_t i;

	for (i = 0; i < m->nprefixes; i++)
		if (prefix_contains(&m->prefixes[i], subject))
			return (true);
	return (false);
}

/* One exempts_settle(). */
struct settling {
	struct exempts *x;
	const struct rule_world *world;
	uint32_t now;
	void (*changed)(void *arg, uint64_t subject);
	void *arg;
};

/* The second after which ${s} is no longer in force; 0 beyond all time. */
static uint32_t
lapse_of(const struct settling *g, const struct stated *s)
{
	if (s->time >= UINT32_MAX - g->world->retention)
		return (0);
	return (s->time + g->world->retention + 1);
}

/* May ${s} of ${m} be in force, if there are not too many? */
static bool
valid(const struct settling *g, const struct rule_member *m,
    const struct stated *s)
{
	uint32_t lapse = lapse_of(g, s);

	return (!s->revoked && m->trust > TRUST_OBSERVE &&
	    (lapse == 0 || lapse > g->now) && owns(m, s->subject));
}

static void
set_works(const struct settling *g, struct stated *s, bool works)
{
	uint32_t owners = map64_get(g->x->owners, s->subject);

	if (s->works == works)
		return;
	s->works = works;
	map64_set(g->x->owners, s->subject, works ? owners + 1 : owners - 1);
	g->changed(g->arg, s->subject);
}

static void
settle(const struct settling *g, struct stack *k, const struct rule_member *m)
{
	size_t i, n = 0;
	uint32_t lapse;
	bool works;

	k->doubtful = false;
	k->lapse = 0;
	for (i = 0; i < k->n; i++) {
		works = n < EXEMPTS_MOST && valid(g, m, &k->list[i]);
		set_works(g, &k->list[i], works);
		n += works;
		lapse = works ? lapse_of(g, &k->list[i]) : 0;
		if (lapse != 0 && (k->lapse == 0 || lapse < k->lapse))
			k->lapse = lapse;
	}
}

void
exempts_doubt(struct exempts *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		x->stacks[i].doubtful = true;
	x->doubtful = true;
}

uint32_t
exempts_settle(struct exempts *x, const struct rule_world *world, uint32_t now,
    void (*changed)(void *arg, uint64_t subject), void *arg)
{
	/* The own node's list is another; strangers are nobody. */
	static const struct rule_member nobody;
	struct settling g = {x, world, now, changed, arg};
	struct stack *k;
	size_t i;

	if (!x->doubtful && (x->due == 0 || x->due > now))
		return (x->due);
	x->doubtful = false;
	x->due = 0;
	for (i = 0; i < x->ngone; i++)
		changed(arg, x->gone[i]);
	x->ngone = 0;
	for (i = 0; i < x->n; i++) {
		k = &x->stacks[i];
		if (k->doubtful || (k->lapse != 0 && k->lapse <= now))
			settle(&g, k,
			    i == 0 || i >= world->nmembers ?
				&nobody :
				&world->members[i]);
		if (k->lapse != 0 && (x->due == 0 || k->lapse < x->due))
			x->due = k->lapse;
	}
	return (x->due);
}

const struct stated *
exempts_owner(const struct exempts *x, uint64_t subject, size_t *member)
{
	const struct stack *k;
	size_t i, at;

	if (map64_get(x->owners, subject) == 0)
		return (NULL);
	for (i = 0; i < x->n; i++) {
		k = &x->stacks[i];
		at = position(k, subject);
		if (holds(k, at, subject) && k->list[at].works) {
			*member = i;
			return (&k->list[at]);
		}
	}
	return (NULL);
}

const struct stated *
exempts_of(const struct exempts *x, size_t member, size_t *n)
{
	*n = member < x->n ? x->stacks[member].n : 0;
	return (*n == 0 ? NULL : x->stacks[member].list);
}

void
exempts_free(struct exempts *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->n; i++)
		mem_free(x->stacks[i].list);
	map64_free(x->owners);
	mem_free(x->stacks);
	mem_free(x->gone);
	mem_free(x);
}
