#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/members.h"

#define PLACES_MIN 64

struct members {
	struct member *list;
	size_t n;
	uint32_t *table; /* number + 1 by hash of the key, 0 empty */
	size_t places; /* a power of two */
	struct rule_world world;
	struct rule_member *rules; /* world.members */
	uint32_t *weights; /* world.weights */
	uint8_t hashkey[16];
};

struct members *
members_new(const uint8_t hashkey[16], const uint8_t own[KEY_BYTES])
{
	struct members *m = mem_zero(sizeof(*m));

	memcpy(m->hashkey, hashkey, sizeof(m->hashkey));
	m->places = PLACES_MIN;
	m->table = mem_zero(m->places * sizeof(*m->table));
	members_add(m, own);
	return (m);
}

static size_t
find(const struct members *m, const uint8_t key[KEY_BYTES])
{
	uint64_t h = hash_keyed(m->hashkey, key, KEY_BYTES);
	size_t i;

	for (i = h & (m->places - 1); m->table[i] != 0;
	     i = (i + 1) & (m->places - 1))
		if (memcmp(m->list[m->table[i] - 1].key, key, KEY_BYTES) == 0)
			break;
	return (i);
}

long
members_find(const struct members *m, const uint8_t key[KEY_BYTES])
{
	return ((long)m->table[find(m, key)] - 1);
}

static void
grow(struct members *m)
{
	size_t i;

	m->places *= 2;
	m->table = mem_array(m->table, m->places, sizeof(*m->table));
	memset(m->table, 0, m->places * sizeof(*m->table));
	for (i = 0; i < m->n; i++)
		m->table[find(m, m->list[i].key)] = (uint32_t)i + 1;
}

long
members_add(struct members *m, const uint8_t key[KEY_BYTES])
{
	long have = members_find(m, key);

	if (have >= 0)
		return (have);
	if (m->n == MEMBERS_MAX)
		return (-1);
	if (m->n >= m->places / 2)
		grow(m);
	if ((m->n & (m->n - 1)) == 0)
		m->list = mem_array(m->list, m->n == 0 ? 1 : m->n * 2,
		    sizeof(*m->list));
	memset(&m->list[m->n], 0, sizeof(m->list[m->n]));
	memcpy(m->list[m->n].key, key, KEY_BYTES);
	m->table[find(m, key)] = (uint32_t)m->n + 1;
	return ((long)m->n++);
}

/* What orders members by group: named ones by name. */
struct grouped {
	const char *name;
	size_t number;
};

static int
compare_grouped(const void *a, const void *b)
{
	const struct grouped *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return (c != 0 ? c : (x->number > y->number) - (x->number < y->number));
}

/* Number the groups; a member without a name for it is one of its own. */
static size_t
number_groups(struct members *m)
{
	struct grouped *g = mem_array(NULL, m->n, sizeof(*g));
	size_t i, groups = 0;

	for (i = 0; i < m->n; i++) {
		g[i].number = i;
		g[i].name =
		    m->list[i].policy == NULL ? "" : m->list[i].policy->group;
	}
	qsort(g, m->n, sizeof(*g), compare_grouped);
	for (i = 0; i < m->n; i++) {
		if (i == 0 || g[i].name[0] == '\0' ||
		    strcmp(g[i].name, g[i - 1].name) != 0)
			groups++;
		m->rules[g[i].number].group = (uint16_t)(groups - 1);
	}
	mem_free(g);
	return (groups);
}

static void
make_world(struct members *m)
{
	const struct policy_member *p;
	struct rule_member *r;
	size_t i;

	m->rules = mem_array(m->rules, m->n, sizeof(*m->rules));
	m->weights = mem_array(m->weights, m->n, sizeof(*m->weights));
	memset(m->rules, 0, m->n * sizeof(*m->rules));
	memset(m->weights, 0, m->n * sizeof(*m->weights));
	m->world.ngroups = number_groups(m);
	for (i = 0; i < m->n; i++) {
		p = m->list[i].policy;
		r = &m->rules[i];
		if (p == NULL || m->list[i].frozen)
			continue; /* TRUST_NONE */
		r->trust = (uint8_t)p->trust;
		r->prefixes = p->prefixes;
		r->nprefixes = p->nprefixes;
		if (p->trust > TRUST_OBSERVE &&
		    p->weight > m->weights[r->group])
			m->weights[r->group] = p->weight;
	}
	m->world.members = m->rules;
	m->world.nmembers = m->n;
	m->world.weights = m->weights;
}

void
members_policy(struct members *m, const struct policy *p)
{
	size_t i;
	long number;

	for (i = 0; i < m->n; i++)
		m->list[i].policy = NULL;
	m->list[0].policy = &p->members[0];
	for (i = 1; i < p->nmembers; i++) {
		number = members_add(m, p->members[i].key);
		if (number > 0)
			m->list[number].policy = &p->members[i];
	}
	m->world.retention = policy_retention(p);
	make_world(m);
}

void
members_freeze(struct members *m, size_t number)
{
	assert(number < m->n);
	m->list[number].frozen = true;
}

const struct member *
members_get(const struct members *m, size_t number)
{
	return (number < m->n ? &m->list[number] : NULL);
}

const struct rule_world *
members_world(const struct members *m)
{
	return (&m->world);
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	mem_free(m->list);
	mem_free(m->table);
	mem_free(m->rules);
	mem_free(m->weights);
	mem_free(m);
}
