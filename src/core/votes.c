#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "core/threats.h"
#include "core/votes.h"

/*
 * Two structures, made for millions of subjects with a few votes each.
 *
 * The table: open addressing, 16 bytes a place. A subject's home is its hash
 * scaled to the size of the table, so that growing by a quarter keeps the
 * order of places and walks through memory once. There is no wrap-around: a run
 * that would leave the table makes it grow.
 *
 * The votes of a subject: one array, of a capacity that follows from their
 * number alone. Small arrays of one capacity share a block; blocks have one
 * size, so that what one capacity gives back another can use. A larger array
 * has a block of its own.
 */

#define MINUTE 60
#define DAY 86400
#define TABLE_FIRST 16 /* places to begin with */
#define TABLE_TAIL 256 /* places behind the last home */
#define BLOCK_VOTES 1020 /* in a shared block */
#define SMALL 64 /* most votes of an array in a shared block */
#define CLASSES (SMALL + 1) /* by capacity; most are never used */
#define REF_BITS 10 /* of a ref: which array of the block */
#define NONE UINT32_MAX

struct place {
	uint64_t subject;
	uint32_t ref; /* block << REF_BITS | array */
	uint32_t n; /* 0: empty place */
};

struct block {
	uint32_t prev; /* among blocks of the class with a free array */
	uint32_t next;
	uint32_t used; /* arrays in use */
	uint32_t fresh; /* arrays never used: from here on */
	uint32_t free; /* first free array, NONE none */
	uint32_t cap; /* of its arrays */
	struct vote votes[];
};

struct votes {
	uint8_t key[crypto_shorthash_KEYBYTES];
	const struct threats *names; /* of numbers; NULL unknown */
	struct place *places; /* size + TABLE_TAIL */
	size_t size; /* homes */
	size_t subjects;
	struct block **blocks;
	uint32_t nblocks;
	uint32_t spare; /* unused number in blocks[], NONE none */
	uint32_t *spares; /* by block number: the next spare one */
	uint32_t open[CLASSES]; /* first block with a free array, NONE none */
};

/* ---- Arrays of votes ---- */

/* Return how many votes the array of a subject with ${n} of them can hold. */
static size_t
capacity(size_t n)
{
	size_t step = 1;

	while (step * 8 < n)
		step *= 2;
	return ((n + step - 1) / step * step);
}

static uint32_t
block_new(struct votes *v, size_t cap)
{
	size_t room = cap <= SMALL ? BLOCK_VOTES : cap;
	uint32_t id = v->spare;
	struct block *b;

	if (id == NONE) {
		id = v->nblocks++;
		assert(id < NONE >> REF_BITS);
		if ((id & (id - 1)) == 0) {
			v->blocks = mem_array(v->blocks,
			    id == 0 ? 1 : (size_t)id * 2, sizeof(*v->blocks));
			v->spares = mem_array(v->spares,
			    id == 0 ? 1 : (size_t)id * 2, sizeof(*v->spares));
		}
	} else
		v->spare = v->spares[id];
	b = mem_alloc(sizeof(*b) + room * sizeof(*b->votes));
	b->prev = b->next = NONE;
	b->used = b->fresh = 0;
	b->free = NONE;
	b->cap = (uint32_t)cap;
	v->blocks[id] = b;
	return (id);
}

static void
block_free(struct votes *v, uint32_t id)
{
	mem_free(v->blocks[id]);
	v->blocks[id] = NULL;
	v->spares[id] = v->spare;
	v->spare = id;
}

/* Put a block that has room in front of its class. */
static void
block_link(struct votes *v, uint32_t id)
{
	struct block *b = v->blocks[id];
	uint32_t *first = &v->open[b->cap];

	b->prev = NONE;
	b->next = *first;
	if (*first != NONE)
		v->blocks[*first]->prev = id;
	*first = id;
}

static void
block_unlink(struct votes *v, uint32_t id)
{
	struct block *b = v->blocks[id];

	if (b->next != NONE)
		v->blocks[b->next]->prev = b->prev;
	if (b->prev != NONE)
		v->blocks[b->prev]->next = b->next;
	else
		v->open[b->cap] = b->next;
}

static inline bool
block_full(const struct block *b)
{
	return (b->free == NONE && (b->fresh + 1) * b->cap > BLOCK_VOTES);
}

/* Return the array behind ${ref}. */
static inline struct vote *
array_at(const struct votes *v, uint32_t ref)
{
	struct block *b = v->blocks[ref >> REF_BITS];

	return (b->votes + (ref & ((1u << REF_BITS) - 1)) * (size_t)b->cap);
}

static uint32_t
array_new(struct votes *v, size_t cap)
{
	struct block *b;
	uint32_t id, i;

	if (cap > SMALL)
		return (block_new(v, cap) << REF_BITS);
	id = v->open[cap];
	if (id == NONE) {
		id = block_new(v, cap);
		block_link(v, id);
	}
	b = v->blocks[id];
	if (b->free != NONE) {
		i = b->free;
		memcpy(&b->free, &b->votes[i * b->cap], sizeof(b->free));
	} else
		i = b->fresh++;
	b->used++;
	if (block_full(b))
		block_unlink(v, id);
	return (id << REF_BITS | i);
}

static void
array_free(struct votes *v, uint32_t ref)
{
	uint32_t id = ref >> REF_BITS, i = ref & ((1u << REF_BITS) - 1);
	struct block *b = v->blocks[id];

	if (b->cap > SMALL) {
		block_free(v, id);
		return;
	}
	if (block_full(b))
		block_link(v, id);
	memcpy(&b->votes[i * b->cap], &b->free, sizeof(b->free));
	b->free = i;
	if (--b->used == 0) {
		block_unlink(v, id);
		block_free(v, id);
	}
}

/* Make the array of ${p} one for ${n} >= 1 votes; the first stay. */
static struct vote *
resize(struct votes *v, struct place *p, size_t n)
{
	size_t had = p->n == 0 ? 0 : capacity(p->n), cap = capacity(n);
	uint32_t ref;

	assert(n < UINT32_MAX);
	if (had != cap) {
		ref = array_new(v, cap);
		if (had != 0) {
			memcpy(array_at(v, ref), array_at(v, p->ref),
			    (n < p->n ? n : p->n) * sizeof(struct vote));
			array_free(v, p->ref);
		}
		p->ref = ref;
	}
	p->n = (uint32_t)n;
	return (array_at(v, p->ref));
}

/* ---- The table ---- */

static size_t
home(const struct votes *v, uint64_t subject)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint32_t h;

	crypto_shorthash(out, (const uint8_t *)&subject, sizeof(subject),
	    v->key);
	memcpy(&h, out, sizeof(h));
	return ((size_t)(((uint64_t)h * v->size) >> 32));
}

/* Return the place of ${subject}, or the empty one where it would go. */
static size_t
find(const struct votes *v, uint64_t subject)
{
	size_t i = home(v, subject);

	while (v->places[i].n != 0 && v->places[i].subject != subject)
		i++;
	return (i);
}

/* Move all to a new table of ${size} homes; -1 if a run would leave it. */
static int
rebuild(struct votes *v, size_t size)
{
	struct place *old = v->places;
	size_t end = v->size + TABLE_TAIL, i, to, was = v->size;

	v->places = mem_zero((size + TABLE_TAIL) * sizeof(*v->places));
	v->size = size;
	for (i = 0; i < end; i++) {
		if (old[i].n == 0)
			continue;
		to = find(v, old[i].subject);
		if (to >= size + TABLE_TAIL - 1) {
			mem_free(v->places);
			v->places = old;
			v->size = was;
			return (-1);
		}
		v->places[to] = old[i];
	}
	mem_free(old);
	return (0);
}

/* Return the place of ${subject}, made if needed. */
static struct place *
place_make(struct votes *v, uint64_t subject)
{
	size_t i = find(v, subject), size = v->size;

	if (v->places[i].n != 0)
		return (&v->places[i]);
	/* At most four fifths full; the last place stays empty. */
	while (
	    v->subjects + 1 > size / 5 * 4 || i >= v->size + TABLE_TAIL - 1) {
		size += size / 4 + 1;
		if (rebuild(v, size) == 0)
			i = find(v, subject);
	}
	v->places[i].subject = subject;
	v->subjects++;
	return (&v->places[i]);
}

/* Empty place ${i} and move up what can come nearer to its home. */
static void
place_empty(struct votes *v, size_t i)
{
	size_t j;

	v->subjects--;
	for (j = i + 1; v->places[j].n != 0; j++)
		if (home(v, v->places[j].subject) <= i) {
			v->places[i] = v->places[j];
			i = j;
		}
	v->places[i].n = 0;
}

/* ---- The set ---- */

struct votes *
votes_new(const uint8_t hashkey[16])
{
	struct votes *v = mem_zero(sizeof(*v));

	_Static_assert(crypto_shorthash_KEYBYTES == 16, "key of the hash");
	_Static_assert(sizeof(struct vote) == 16, "a vote is 16 bytes");
	_Static_assert(BLOCK_VOTES <= 1 << REF_BITS, "an array fits a ref");
	memcpy(v->key, hashkey, sizeof(v->key));
	v->size = TABLE_FIRST;
	v->places = mem_zero((v->size + TABLE_TAIL) * sizeof(*v->places));
	v->spare = NONE;
	memset(v->open, 0xff, sizeof(v->open));
	return (v);
}

void
votes_names(struct votes *v, const struct threats *names)
{
	v->names = names;
}

static int
vote_cmp(const struct vote *a, const struct vote *b)
{
	if (a->seen != b->seen)
		return (a->seen < b->seen ? -1 : 1);
	if (a->member != b->member)
		return (a->member < b->member ? -1 : 1);
	return (a->what < b->what ? -1 : a->what > b->what);
}

/* Return where the first of ${n} votes stands that is not before ${key}. */
static size_t
position(const struct vote *a, size_t n, const struct vote *key)
{
	size_t lo = 0, mid;

	/* Most votes come in about the order of their time. */
	if (n == 0 || vote_cmp(&a[n - 1], key) < 0)
		return (n);
	while (lo < n) {
		mid = lo + (n - lo) / 2;
		if (vote_cmp(&a[mid], key) < 0)
			lo = mid + 1;
		else
			n = mid;
	}
	return (lo);
}

static void
insert(struct votes *v, struct place *p, const struct vote *vote)
{
	size_t n = p->n;
	struct vote *a = resize(v, p, n + 1);
	size_t i = position(a, n, vote);

	memmove(a + i + 1, a + i, (n - i) * sizeof(*a));
	a[i] = *vote;
}

/* Remove vote ${i}; another one must be left. */
static void
take_out(struct votes *v, struct place *p, size_t i)
{
	struct vote *a = array_at(v, p->ref);

	memmove(a + i, a + i + 1, (p->n - i - 1) * sizeof(*a));
	resize(v, p, p->n - 1);
}

/* Vote ${i} was changed: restore the order. */
static void
reorder(struct vote *a, size_t n, size_t i)
{
	struct vote moved = a[i];

	for (; i + 1 < n && vote_cmp(&a[i + 1], &moved) < 0; i++)
		a[i] = a[i + 1];
	for (; i > 0 && vote_cmp(&a[i - 1], &moved) > 0; i--)
		a[i] = a[i - 1];
	a[i] = moved;
}

/* Return the sighting that ${vote} merges with, or p->n. */
static size_t
same_minute(const struct votes *v, const struct place *p,
    const struct vote *vote)
{
	const struct vote *a = array_at(v, p->ref);
	struct vote key = {.seen = vote->seen - vote->seen % MINUTE};
	size_t i;

	for (i = position(a, p->n, &key);
	     i < p->n && a[i].seen - key.seen < MINUTE; i++)
		if (a[i].member == vote->member && a[i].what == vote->what)
			return (i);
	return (p->n);
}

/* True if threat ${a} stands for ${b} too: any name does for none. */
static bool
goes_before(const struct votes *v, uint32_t a, uint32_t b)
{
	if (a == b || a == 0 || b == 0)
		return (b == 0 && a != 0);
	if (v->names == NULL)
		return (a < b);
	return (
	    strcmp(threats_name(v->names, a), threats_name(v->names, b)) < 0);
}

static void
merge(const struct votes *v, struct vote *into, const struct vote *vote)
{
	if (vote->seen > into->seen) {
		into->seen = vote->seen;
		into->threat = vote->threat;
	} else if (vote->seen == into->seen &&
	    goes_before(v, vote->threat, into->threat))
		into->threat = vote->threat;
	into->count = vote->count > UINT32_MAX - into->count ?
	    UINT32_MAX :
	    into->count + vote->count;
	into->flags |= vote->flags;
}

/*
 * Make room among the RULE_MINUTES newest sightings of a member and category.
 * Return false if ${vote} is older than all of them.
 */
static bool
minute_room(struct votes *v, struct place *p, const struct vote *vote)
{
	const struct vote *a = array_at(v, p->ref);
	size_t i, oldest = p->n, some = 0;

	if (p->n < RULE_MINUTES)
		return (true);
	for (i = p->n; i-- > 0;)
		if (a[i].member == vote->member && a[i].what == vote->what) {
			oldest = i;
			some++;
		}
	if (some < RULE_MINUTES)
		return (true);
	if (vote->seen < a[oldest].seen)
		return (false);
	take_out(v, p, oldest);
	return (true);
}

static void
add_sighting(struct votes *v, struct place *p, const struct vote *vote)
{
	struct vote *a;
	size_t i;

	if (p->n != 0) {
		a = array_at(v, p->ref);
		i = same_minute(v, p, vote);
		if (i < p->n) {
			merge(v, &a[i], vote);
			reorder(a, p->n, i);
			return;
		}
		if (!minute_room(v, p, vote))
			return;
	}
	insert(v, p, vote);
}

/* Of marks that mean the same the latest stays, of clearances the earliest. */
static void
add_mark(struct votes *v, struct place *p, const struct vote *vote)
{
	bool clearance = vote->what == VOTE_CLEARANCE;
	struct vote *a;
	size_t i;

	for (i = 0; i < p->n; i++) {
		a = array_at(v, p->ref);
		if (a[i].what != vote->what || a[i].member != vote->member)
			continue;
		if (clearance && a[i].seen / DAY != vote->seen / DAY)
			continue;
		if (clearance ? vote->seen < a[i].seen :
				vote->seen > a[i].seen) {
			a[i] = *vote;
			reorder(a, p->n, i);
		}
		return;
	}
	insert(v, p, vote);
}

void
votes_add(struct votes *v, uint64_t subject, const struct vote *vote)
{
	struct place *p = place_make(v, subject);

	if (vote->what >= VOTE_RETRACTION)
		add_mark(v, p, vote);
	else
		add_sighting(v, p, vote);
}

const struct vote *
votes_get(const struct votes *v, uint64_t subject, size_t *n)
{
	const struct place *p = &v->places[find(v, subject)];

	*n = p->n;
	return (p->n == 0 ? NULL : array_at(v, p->ref));
}

/* Keep the first ${n} votes at place ${i}. Return true if none is left. */
static bool
keep(struct votes *v, size_t i, size_t n)
{
	if (n == v->places[i].n)
		return (false);
	if (n > 0) {
		resize(v, &v->places[i], n);
		return (false);
	}
	array_free(v, v->places[i].ref);
	place_empty(v, i);
	return (true);
}

void
votes_expire(struct votes *v, size_t *from, uint32_t before, size_t places)
{
	struct vote key = {.seen = before};
	struct vote *a;
	size_t i = *from, old;

	for (; places > 0 && i < v->size + TABLE_TAIL; places--) {
		if (v->places[i].n == 0) {
			i++;
			continue;
		}
		a = array_at(v, v->places[i].ref);
		old = position(a, v->places[i].n, &key);
		memmove(a, a + old, (v->places[i].n - old) * sizeof(*a));
		if (!keep(v, i, v->places[i].n - old))
			i++;
	}
	*from = i < v->size + TABLE_TAIL ? i : 0;
}

size_t
votes_walk(const struct votes *v, size_t *from, uint64_t *out, size_t max)
{
	size_t i, n = 0;

	for (i = *from; i < v->size + TABLE_TAIL && n < max; i++)
		if (v->places[i].n != 0)
			out[n++] = v->places[i].subject;
	*from = i;
	return (n);
}

size_t
votes_subjects(const struct votes *v)
{
	return (v->subjects);
}

void
votes_free(struct votes *v)
{
	uint32_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->nblocks; i++)
		mem_free(v->blocks[i]);
	mem_free(v->blocks);
	mem_free(v->spares);
	mem_free(v->places);
	mem_free(v);
}
