#include <string.h>

#include "base/mem.h"
#include "core/touched.h"

#define PLACES_MIN 8192

struct touched {
	uint64_t *subjects; /* in order */
	uint16_t *categories;
	uint32_t *table; /* index + 1 into subjects, 0 empty */
	size_t n;
	size_t places; /* of table, a power of two; half may be used */
	uint64_t secret;
};

static void
make_places(struct touched *t, size_t places)
{
	t->places = places;
	t->subjects = mem_array(t->subjects, places / 2, sizeof(*t->subjects));
	t->categories =
	    mem_array(t->categories, places / 2, sizeof(*t->categories));
	t->table = mem_array(t->table, places, sizeof(*t->table));
	memset(t->table, 0, places * sizeof(*t->table));
}

struct touched *
touched_new(uint64_t secret)
{
	struct touched *t = mem_zero(sizeof(*t));

	t->secret = secret;
	make_places(t, PLACES_MIN);
	return (t);
}

/* Cheaper than SipHash, and enough: the table lives for one step. */
static size_t
find(const struct touched *t, uint64_t subject)
{
	uint64_t h = (subject ^ t->secret) * 0x9e3779b97f4a7c15u;
	size_t i;

	h = (h ^ (h >> 32) ^ t->secret) * 0xd6e8feb86659fd93u;
	i = (size_t)(h >> 32) & (t->places - 1);
	while (t->table[i] != 0 && t->subjects[t->table[i] - 1] != subject)
		i = (i + 1) & (t->places - 1);
	return (i);
}

void
touched_add(struct touched *t, uint64_t subject, uint16_t categories)
{
	size_t i = find(t, subject), k;

	if (t->table[i] == 0 && t->n == t->places / 2) {
		make_places(t, t->places * 2);
		for (k = 0; k < t->n; k++)
			t->table[find(t, t->subjects[k])] = (uint32_t)k + 1;
		i = find(t, subject);
	}
	if (t->table[i] == 0) {
		t->subjects[t->n] = subject;
		t->categories[t->n] = 0;
		t->table[i] = (uint32_t)++t->n;
	}
	t->categories[t->table[i] - 1] |= categories;
}

size_t
touched_count(const struct touched *t)
{
	return (t->n);
}

uint64_t
touched_at(const struct touched *t, size_t i, uint16_t *categories)
{
	*categories = t->categories[i];
	return (t->subjects[i]);
}

void
touched_reset(struct touched *t)
{
	size_t i;

	/* Clearing a few places one by one is cheaper than all of them. */
	if (t->n < t->places / 16) {
		for (i = t->n; i > 0; i--)
			t->table[find(t, t->subjects[i - 1])] = 0;
	} else
		memset(t->table, 0, t->places * sizeof(*t->table));
	t->n = 0;
}

void
touched_free(struct touched *t)
{
	if (t == NULL)
		return;
	mem_free(t->subjects);
	mem_free(t->categories);
	mem_free(t->table);
	mem_free(t);
}
