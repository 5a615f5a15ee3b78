#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <virbl/subject.h>

#include "base/mem.h"
#include "core/listing.h"

/*
 * One table for each family, open addressing, never more than three quarters
 * full. A key that was put in stays until the writer builds the next table;
 * delisting only clears its time. So a reader needs no lock: what it meets on
 * its way never moves.
 *
 * The writer publishes a new table, then moves the epoch on, then looks at who
 * is inside. A reader writes the epoch into a seat before it reads the pointer
 * to the table. All four are sequentially consistent: a reader whose seat the
 * writer saw empty reads the new pointer.
 *
 * `changes` is odd while the writer changes something.
 *
 * Beside each table stands a filter: how many listed subjects have a prefix
 * that hashes to a counter. It counts up before a subject is listed and down
 * after it is not any more, so that it never denies one; a counter that is full
 * stays so until the next table.
 */

#define TABLE_FIRST 16
#define TABLE_BIG 65536 /* from here on tables grow slowly */
#define GONE 1u /* the time of what is delisted; 0 is an empty place */
#define TRIES 3
#define FILTER_FIRST 16384 /* fewest counters of a filter */
#define FILTER_FULL UINT16_MAX

/* Prefixes with something listed in them. */
struct filter {
	size_t size;
	_Atomic uint16_t *counters;
};

struct table4 {
	size_t size;
	struct filter below; /* behind the places */
	_Atomic uint64_t places[]; /* address << 32 | until, 0 empty */
};

struct table6 {
	size_t size;
	struct filter below; /* behind the untils */
	_Atomic uint64_t *keys; /* 0 empty; behind the struct */
	_Atomic uint32_t *untils; /* behind the keys */
};

/* A table that readers may still look at. */
struct retired {
	struct retired *next;
	void *table;
	uint64_t epoch; /* the last in which it could be found */
};

/* Where a reader sits while inside; a cache line each. */
struct seat {
	_Alignas(64) _Atomic uint64_t epoch; /* 0 empty */
};

struct listing {
	struct seat seats[LISTING_READERS];
	_Alignas(64) uint8_t key[crypto_shorthash_KEYBYTES];
	struct table4 *_Atomic four;
	struct table6 *_Atomic six;
	_Atomic uint64_t epoch; /* from 1 */
	_Atomic uint64_t changes;
	_Atomic size_t live[2]; /* listed: IPv4, IPv6 */
	/* The writer's: */
	size_t used4; /* places taken */
	size_t used6;
	struct retired *retired;
	void *memory; /* what to free */
};

/* How many counters go with ${size} places. */
static size_t
filter_size(size_t size)
{
	return (size / 4 < FILTER_FIRST ? FILTER_FIRST : size / 4);
}

static struct table4 *
table4_new(size_t size)
{
	size_t counters = filter_size(size);
	struct table4 *t = mem_zero(sizeof(*t) + size * sizeof(t->places[0]) +
	    counters * sizeof(uint16_t));

	t->size = size;
	t->below.size = counters;
	t->below.counters =
	    (void *)((char *)(t + 1) + size * sizeof(t->places[0]));
	return (t);
}

static struct table6 *
table6_new(size_t size)
{
	size_t counters = filter_size(size);
	struct table6 *t = mem_zero(sizeof(*t) +
	    size * (sizeof(t->keys[0]) + sizeof(t->untils[0])) +
	    counters * sizeof(uint16_t));

	t->size = size;
	t->keys = (void *)(t + 1);
	t->untils = (void *)((char *)(t + 1) + size * sizeof(t->keys[0]));
	t->below.size = counters;
	t->below.counters = (void *)((char *)(t + 1) +
	    size * (sizeof(t->keys[0]) + sizeof(t->untils[0])));
	return (t);
}

struct listing *
listing_new(const uint8_t hashkey[16])
{
	struct listing *l;
	char *memory = mem_zero(sizeof(*l) + 64);

	_Static_assert(crypto_shorthash_KEYBYTES == 16, "key of the hash");
	l = (void *)(memory + (64 - (uintptr_t)memory % 64));
	l->memory = memory;
	memcpy(l->key, hashkey, sizeof(l->key));
	atomic_init(&l->epoch, 1);
	atomic_init(&l->four, table4_new(TABLE_FIRST));
	atomic_init(&l->six, table6_new(TABLE_FIRST));
	return (l);
}

/* ---- Readers ---- */

/* Take a seat; what is found from now on stays until listing_leave(). */
static struct seat *
listing_enter(struct listing *l)
{
	uint64_t epoch = atomic_load(&l->epoch), empty;
	/* Stacks of different threads lie apart: begin at different seats. */
	size_t i = ((uintptr_t)&epoch >> 12) * 0x9e3779b1u >> 16;

	for (;; i++) {
		empty = 0;
		if (atomic_compare_exchange_strong(&l->seats[i %
							 LISTING_READERS]
							.epoch,
			&empty, epoch))
			return (&l->seats[i % LISTING_READERS]);
	}
}

static void
listing_leave(struct seat *seat)
{
	atomic_store_explicit(&seat->epoch, 0, memory_order_release);
}

static size_t
home(const struct listing *l, uint64_t subject, size_t size)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint32_t h;

	crypto_shorthash(out, (const uint8_t *)&subject, sizeof(subject),
	    l->key);
	memcpy(&h, out, sizeof(h));
	return ((size_t)(((uint64_t)h * size) >> 32));
}

/* Return the place of ${subject} and what is there, 0 if it has none yet. */
static size_t
find4(const struct listing *l, struct table4 *t, uint64_t subject,
    uint64_t *ret)
{
	size_t i = home(l, subject, t->size);

	for (;; i = i + 1 == t->size ? 0 : i + 1) {
		*ret =
		    atomic_load_explicit(&t->places[i], memory_order_acquire);
		if (*ret == 0 || *ret >> 32 == subject)
			return (i);
	}
}

/* The same; in *${ret} the key. */
static size_t
find6(const struct listing *l, struct table6 *t, uint64_t subject,
    uint64_t *ret)
{
	size_t i = home(l, subject, t->size);

	for (;; i = i + 1 == t->size ? 0 : i + 1) {
		*ret = atomic_load_explicit(&t->keys[i], memory_order_acquire);
		if (*ret == 0 || *ret == subject)
			return (i);
	}
}

/* Return until when ${subject} is listed, GONE or 0 if it is not. */
static uint32_t
look_up(const struct listing *l, struct table4 *four, struct table6 *six,
    uint64_t subject)
{
	uint64_t found;
	size_t i;

	if (subject_is_v4(subject)) {
		find4(l, four, subject, &found);
		return ((uint32_t)found);
	}
	i = find6(l, six, subject, &found);
	return (found == 0 ?
		0 :
		atomic_load_explicit(&six->untils[i], memory_order_acquire));
}

uint32_t
listing_until(struct listing *l, uint64_t subject)
{
	struct seat *seat = listing_enter(l);
	uint32_t until =
	    look_up(l, atomic_load(&l->four), atomic_load(&l->six), subject);

	listing_leave(seat);
	return (until == GONE ? 0 : until);
}

/* The counter of the first ${bits} bits of ${first}, both families alike: the
   bits at the top of 64, their number in steps of 4 at the bottom. */
static _Atomic uint16_t *
counter(const struct filter *f, uint64_t first, unsigned bits)
{
	uint64_t key = (first & ~(UINT64_MAX >> bits)) | bits / 4;
	uint32_t h = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	return (&f->counters[((uint64_t)h * f->size) >> 32]);
}

bool
listing_below(struct listing *l, uint64_t first, unsigned bits)
{
	struct seat *seat = listing_enter(l);
	struct filter *f;
	bool some;

	if (subject_is_v4(first)) {
		f = &atomic_load(&l->four)->below;
		first <<= 32;
	} else {
		f = &atomic_load(&l->six)->below;
	}
	some = atomic_load_explicit(counter(f, first, bits),
		   memory_order_acquire) != 0;
	listing_leave(seat);
	return (some);
}

/* ---- Snapshots ---- */

struct rows {
	struct listing_row *rows;
	size_t n;
	size_t room;
};

static void
rows_add(struct rows *r, uint64_t subject, uint32_t until)
{
	if (r->n == r->room) {
		r->room = r->room == 0 ? 64 : r->room + r->room / 2;
		r->rows = mem_array(r->rows, r->room, sizeof(*r->rows));
	}
	r->rows[r->n].subject = subject;
	r->rows[r->n++].until = until;
}

/* Copy what is listed after ${now}; both tables must be held. */
static void
copy(struct rows *r, struct table4 *four, struct table6 *six, uint32_t now)
{
	uint64_t v;
	uint32_t until;
	size_t i;

	r->n = 0;
	if (now < GONE)
		now = GONE;
	for (i = 0; i < four->size; i++) {
		v = atomic_load_explicit(&four->places[i],
		    memory_order_acquire);
		if ((uint32_t)v > now)
			rows_add(r, v >> 32, (uint32_t)v);
	}
	for (i = 0; i < six->size; i++) {
		v = atomic_load_explicit(&six->keys[i], memory_order_acquire);
		until =
		    atomic_load_explicit(&six->untils[i], memory_order_acquire);
		if (v != 0 && until > now)
			rows_add(r, v, until);
	}
}

#define DIGIT 11 /* bits sorted by in one pass */
#define DIGITS ((64 + DIGIT - 1) / DIGIT)
#define FEW 256 /* rows that qsort() sorts faster */

static int
row_cmp(const void *x, const void *y)
{
	const struct listing_row *a = x, *b = y;

	return (a->subject < b->subject ? -1 : a->subject > b->subject);
}

static inline size_t
digit(uint64_t subject, unsigned pass)
{
	return (subject >> (pass * DIGIT) & ((1u << DIGIT) - 1));
}

/* Sort by one digit from ${from} to ${to}, given how often each occurs. */
static void
sort_pass(const struct listing_row *from, struct listing_row *to, size_t n,
    unsigned pass, size_t *count)
{
	size_t i, at = 0, c;

	for (i = 0; i < 1u << DIGIT; i++) {
		c = count[i];
		count[i] = at;
		at += c;
	}
	for (i = 0; i < n; i++)
		to[count[digit(from[i].subject, pass)]++] = from[i];
}

/* Radix sort, least digit first; digits that are all equal cost nothing. */
static void
sort(struct rows *r)
{
	size_t(*counts)[1 << DIGIT], i;
	struct listing_row *other, *swap;
	unsigned p;

	if (r->n < FEW) {
		if (r->n > 1)
			qsort(r->rows, r->n, sizeof(*r->rows), row_cmp);
		return;
	}
	counts = mem_zero(DIGITS * sizeof(*counts));
	other = mem_array(NULL, r->n, sizeof(*other));
	for (i = 0; i < r->n; i++)
		for (p = 0; p < DIGITS; p++)
			counts[p][digit(r->rows[i].subject, p)]++;
	for (p = 0; p < DIGITS; p++) {
		if (counts[p][digit(r->rows[0].subject, p)] == r->n)
			continue;
		sort_pass(r->rows, other, r->n, p, counts[p]);
		swap = r->rows;
		r->rows = other;
		other = swap;
	}
	mem_free(other);
	mem_free(counts);
}

size_t
listing_snapshot(struct listing *l, uint32_t now, struct listing_row **ret)
{
	struct rows r = {.rows = NULL};
	struct seat *seat;
	uint64_t before, after;
	unsigned tries = 0;

	rows_add(&r, 0, 0); /* so that there is an array, if an empty one */
	do {
		seat = listing_enter(l);
		before =
		    atomic_load_explicit(&l->changes, memory_order_acquire);
		copy(&r, atomic_load(&l->four), atomic_load(&l->six), now);
		after = atomic_load_explicit(&l->changes, memory_order_acquire);
		listing_leave(seat);
	} while ((before != after || before % 2 != 0) && ++tries < TRIES);
	sort(&r);
	*ret = r.rows;
	return (r.n);
}

void
listing_count(struct listing *l, size_t *four, size_t *six)
{
	*four = atomic_load_explicit(&l->live[0], memory_order_relaxed);
	*six = atomic_load_explicit(&l->live[1], memory_order_relaxed);
}

uint64_t
listing_generation(struct listing *l)
{
	return (atomic_load_explicit(&l->changes, memory_order_acquire));
}

/* ---- The writer ---- */

/* Free what no reader can see any more. */
static void
reclaim(struct listing *l)
{
	uint64_t oldest = UINT64_MAX, epoch;
	struct retired **p = &l->retired, *r;
	size_t i;

	for (i = 0; i < LISTING_READERS; i++) {
		epoch = atomic_load(&l->seats[i].epoch);
		if (epoch != 0 && epoch < oldest)
			oldest = epoch;
	}
	while ((r = *p) != NULL) {
		if (r->epoch >= oldest) {
			p = &r->next;
			continue;
		}
		*p = r->next;
		mem_free(r->table);
		mem_free(r);
	}
}

/* ${table} was replaced. */
static void
retire(struct listing *l, void *table)
{
	struct retired *r = mem_alloc(sizeof(*r));

	r->table = table;
	r->epoch = atomic_fetch_add(&l->epoch, 1);
	r->next = l->retired;
	l->retired = r;
}

/* Count ${subject} in or out of every prefix it lies in. */
static void
filter_count(struct filter *f, uint64_t subject, bool in)
{
	unsigned bits, end = 64, step = 4;
	_Atomic uint16_t *c;
	uint16_t v;

	if (subject_is_v4(subject)) {
		subject <<= 32;
		end = 32;
		step = 8;
	}
	for (bits = step; bits < end; bits += step) {
		c = counter(f, subject, bits);
		v = atomic_load_explicit(c, memory_order_relaxed);
		if (v != FILTER_FULL)
			atomic_store_explicit(c, (uint16_t)(in ? v + 1 : v - 1),
			    memory_order_release);
	}
}

/* Return the size of a table for ${n} subjects and room to grow. */
static size_t
size_for(size_t n)
{
	size_t places = n + n / 3 + 1;

	if (places < TABLE_FIRST / 2)
		return (TABLE_FIRST);
	return (places < TABLE_BIG ? places * 2 : places + places / 8);
}

/* Copy what is still listed to a new table with room for one more. */
static void
rebuild4(struct listing *l, uint32_t now)
{
	struct table4 *old = atomic_load(&l->four), *new;
	uint64_t v, found;
	size_t i, live = 0;

	for (i = 0; i < old->size; i++)
		live += (uint32_t)atomic_load(&old->places[i]) > now;
	new = table4_new(size_for(live + 1));
	for (i = 0; i < old->size; i++) {
		v = atomic_load_explicit(&old->places[i], memory_order_relaxed);
		if ((uint32_t)v <= now)
			continue;
		filter_count(&new->below, v >> 32, true);
		atomic_store_explicit(&new->places[find4(l, new, v >> 32,
					  &found)],
		    v, memory_order_relaxed);
	}
	l->used4 = live;
	atomic_store_explicit(&l->live[0], live, memory_order_relaxed);
	atomic_store(&l->four, new);
	retire(l, old);
}

static void
rebuild6(struct listing *l, uint32_t now)
{
	struct table6 *old = atomic_load(&l->six), *new;
	uint64_t key, found;
	size_t i, to, live = 0;
	uint32_t until;

	for (i = 0; i < old->size; i++)
		live += atomic_load(&old->untils[i]) > now;
	new = table6_new(size_for(live + 1));
	for (i = 0; i < old->size; i++) {
		until =
		    atomic_load_explicit(&old->untils[i], memory_order_relaxed);
		if (until <= now)
			continue;
		key = atomic_load_explicit(&old->keys[i], memory_order_relaxed);
		to = find6(l, new, key, &found);
		filter_count(&new->below, key, true);
		atomic_store_explicit(&new->untils[to], until,
		    memory_order_relaxed);
		atomic_store_explicit(&new->keys[to], key,
		    memory_order_relaxed);
	}
	l->used6 = live;
	atomic_store_explicit(&l->live[1], live, memory_order_relaxed);
	atomic_store(&l->six, new);
	retire(l, old);
}

static void
set4(struct listing *l, uint64_t subject, uint32_t until, uint32_t now)
{
	struct table4 *t = atomic_load(&l->four);
	uint64_t found;
	size_t i = find4(l, t, subject, &found);
	bool was = (uint32_t)found > GONE;

	if (found == 0) {
		if (l->used4 + 1 > t->size / 4 * 3) {
			rebuild4(l, now);
			t = atomic_load(&l->four);
			i = find4(l, t, subject, &found);
		}
		l->used4++;
	}
	if (!was && until > GONE)
		filter_count(&t->below, subject, true);
	atomic_store_explicit(&t->places[i], subject << 32 | until,
	    memory_order_release);
	if (was && until <= GONE)
		filter_count(&t->below, subject, false);
}

static void
set6(struct listing *l, uint64_t subject, uint32_t until, uint32_t now)
{
	struct table6 *t = atomic_load(&l->six);
	uint64_t found;
	size_t i = find6(l, t, subject, &found);
	bool was = found != 0 && atomic_load(&t->untils[i]) > GONE;

	if (found == 0) {
		if (l->used6 + 1 > t->size / 4 * 3) {
			rebuild6(l, now);
			t = atomic_load(&l->six);
			i = find6(l, t, subject, &found);
		}
		l->used6++;
	}
	if (!was && until > GONE)
		filter_count(&t->below, subject, true);
	atomic_store_explicit(&t->untils[i], until, memory_order_release);
	if (found == 0)
		atomic_store_explicit(&t->keys[i], subject,
		    memory_order_release);
	if (was && until <= GONE)
		filter_count(&t->below, subject, false);
}

/* ${subject} was listed until ${had} and now is until ${until}. */
static void
count(struct listing *l, uint64_t subject, uint32_t had, uint32_t until)
{
	_Atomic size_t *live = &l->live[subject_is_v4(subject) ? 0 : 1];

	if (had <= GONE && until > GONE)
		atomic_fetch_add_explicit(live, 1, memory_order_relaxed);
	else if (had > GONE && until <= GONE)
		atomic_fetch_sub_explicit(live, 1, memory_order_relaxed);
}

void
listing_set(struct listing *l, uint64_t subject, uint32_t until, uint32_t now)
{
	uint32_t had =
	    look_up(l, atomic_load(&l->four), atomic_load(&l->six), subject);

	if (l->retired != NULL)
		reclaim(l);
	/* What was never there, or is gone, need not be taken out. */
	if (had == until || (had <= GONE && until <= GONE))
		return;
	if (until < GONE)
		until = GONE;
	if (now < GONE)
		now = GONE;
	atomic_fetch_add(&l->changes, 1);
	if (subject_is_v4(subject))
		set4(l, subject, until, now);
	else
		set6(l, subject, until, now);
	count(l, subject, had, until);
	atomic_fetch_add(&l->changes, 1);
}

void
listing_free(struct listing *l)
{
	struct retired *r;

	if (l == NULL)
		return;
	while ((r = l->retired) != NULL) {
		l->retired = r->next;
		mem_free(r->table);
		mem_free(r);
	}
	mem_free(atomic_load(&l->four));
	mem_free(atomic_load(&l->six));
	mem_free(l->memory);
}
