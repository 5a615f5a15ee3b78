#include <string.h>

#include "base/hash.h"
#include "base/map64.h"
#include "base/mem.h"

#define PLACES_MIN 64

struct map64 {
	uint64_t *keys;
	uint32_t *values; /* 0: the place is empty */
	size_t places; /* a power of two */
	size_t count;
	uint8_t hashkey[16];
};

static void
make_places(struct map64 *m, size_t places)
{
	m->places = places;
	m->keys = mem_array(NULL, places, sizeof(*m->keys));
	m->values = mem_array(NULL, places, sizeof(*m->values));
	memset(m->values, 0, places * sizeof(*m->values));
}

struct map64 *
map64_new(const uint8_t hashkey[16])
{
	struct map64 *m = mem_zero(sizeof(*m));

	memcpy(m->hashkey, hashkey, sizeof(m->hashkey));
	make_places(m, PLACES_MIN);
	return (m);
}

static size_t
home(const struct map64 *m, uint64_t key)
{
	return ((size_t)hash_keyed(m->hashkey, &key, sizeof(key)) &
	    (m->places - 1));
}

/* The place of ${key}, or the empty one where it belongs. */
static size_t
find(const struct map64 *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->values[i] != 0 && m->keys[i] != key)
		i = (i + 1) & (m->places - 1);
	return (i);
}

uint32_t
map64_get(const struct map64 *m, uint64_t key)
{
	return (m->values[find(m, key)]);
}

/* Empty place ${i} and move up what was pushed past it. */
static void
take_out(struct map64 *m, size_t i)
{
	size_t mask = m->places - 1, j = i, h;

	m->count--;
	for (;;) {
		m->values[i] = 0;
		do {
			j = (j + 1) & mask;
			if (m->values[j] == 0)
				return;
			h = home(m, m->keys[j]);
			/* Stays if its home lies after i, up to j. */
		} while (((j - h) & mask) < ((j - i) & mask));
		m->keys[i] = m->keys[j];
		m->values[i] = m->values[j];
		i = j;
	}
}

/* Move all keys with values above ${above} to new tables. */
static void
rebuild(struct map64 *m, size_t places, uint32_t above)
{
	struct map64 old = *m;
	size_t i, at;

	make_places(m, places);
	m->count = 0;
	for (i = 0; i < old.places; i++) {
		if (old.values[i] == 0 || old.values[i] <= above)
			continue;
		at = find(m, old.keys[i]);
		m->keys[at] = old.keys[i];
		m->values[at] = old.values[i];
		m->count++;
	}
	mem_free(old.keys);
	mem_free(old.values);
}

void
map64_set(struct map64 *m, uint64_t key, uint32_t value)
{
	size_t i = find(m, key);

	if (value == 0) {
		if (m->values[i] != 0)
			take_out(m, i);
		return;
	}
	if (m->values[i] == 0) {
		if (m->count >= m->places / 4 * 3) {
			rebuild(m, m->places * 2, 0);
			i = find(m, key);
		}
		m->keys[i] = key;
		m->count++;
	}
	m->values[i] = value;
}

void
map64_drop(struct map64 *m, uint32_t value)
{
	size_t i, left = 0, places = PLACES_MIN;

	for (i = 0; i < m->places; i++)
		left += m->values[i] > value;
	if (left == m->count)
		return;
	while (left >= places / 2)
		places *= 2;
	rebuild(m, places, value);
}

size_t
map64_count(const struct map64 *m)
{
	return (m->count);
}

void
map64_free(struct map64 *m)
{
	if (m == NULL)
		return;
	mem_free(m->keys);
	mem_free(m->values);
	mem_free(m);
}
