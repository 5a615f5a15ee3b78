#include <assert.h>
#include <string.h>

#include <virbl/engine.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/threats.h"

#define OTHER "other"
#define PLACES_MIN 1024

struct threats {
	char **names; /* by number; owned */
	uint32_t *stamps; /* by number: turn of its short index */
	uint16_t *shorts; /* by number: index + 1 in the short table */
	size_t n;
	size_t room;
	uint32_t *table; /* number by hash, 0 empty */
	size_t places; /* a power of two */
	const char **shorttable;
	size_t nshort;
	size_t shortroom;
	uint32_t turn;
	uint8_t hashkey[16];
};

struct threats *
threats_new(const uint8_t hashkey[16])
{
	struct threats *t = mem_zero(sizeof(*t));

	memcpy(t->hashkey, hashkey, sizeof(t->hashkey));
	t->places = PLACES_MIN;
	t->table = mem_array(NULL, t->places, sizeof(*t->table));
	memset(t->table, 0, t->places * sizeof(*t->table));
	t->room = PLACES_MIN;
	t->names = mem_array(NULL, t->room, sizeof(*t->names));
	t->stamps = mem_zero(t->room * sizeof(*t->stamps));
	t->shorts = mem_zero(t->room * sizeof(*t->shorts));
	t->names[0] = mem_string("");
	t->n = 1;
	t->turn = 1;
	return (t);
}

static size_t
find(const struct threats *t, const char *name, size_t len)
{
	const char *have;
	uint64_t h = hash_keyed(t->hashkey, name, len);
	size_t i;

	for (i = h & (t->places - 1); t->table[i] != 0;
	     i = (i + 1) & (t->places - 1)) {
		have = t->names[t->table[i]];
		if (strncmp(have, name, len) == 0 && have[len] == '\0')
			break;
	}
	return (i);
}

static void
grow(struct threats *t)
{
	size_t k;

	t->places *= 2;
	t->table = mem_array(t->table, t->places, sizeof(*t->table));
	memset(t->table, 0, t->places * sizeof(*t->table));
	for (k = 1; k < t->n; k++)
		t->table[find(t, t->names[k], strlen(t->names[k]))] =
		    (uint32_t)k;
}

static uint32_t
add(struct threats *t, const char *name, size_t len)
{
	if (t->n >= t->places / 2)
		grow(t);
	if (t->n == t->room) {
		t->room *= 2;
		t->names = mem_array(t->names, t->room, sizeof(*t->names));
		t->stamps = mem_array(t->stamps, t->room, sizeof(*t->stamps));
		t->shorts = mem_array(t->shorts, t->room, sizeof(*t->shorts));
	}
	t->names[t->n] = mem_alloc(len + 1);
	memcpy(t->names[t->n], name, len);
	t->names[t->n][len] = '\0';
	t->stamps[t->n] = 0;
	t->table[find(t, name, len)] = (uint32_t)t->n;
	return ((uint32_t)t->n++);
}

uint32_t
threats_number(struct threats *t, const char *name, size_t len)
{
	uint32_t known;

	if (len == 0)
		return (0);
	known = t->table[find(t, name, len)];
	if (known != 0)
		return (known);
	if (t->n < ENGINE_THREATS)
		return (add(t, name, len));
	/* The last place is kept for the name of all the others. */
	known = t->table[find(t, OTHER, strlen(OTHER))];
	return (known != 0 ? known : add(t, OTHER, strlen(OTHER)));
}

const char *
threats_name(const struct threats *t, uint32_t number)
{
	return (number < t->n ? t->names[number] : "");
}

void
threats_begin(struct threats *t)
{
	t->nshort = 0;
	if (++t->turn == 0) {
		memset(t->stamps, 0, t->room * sizeof(*t->stamps));
		t->turn = 1;
	}
}

uint16_t
threats_local(struct threats *t, uint32_t number)
{
	if (number == 0 || number >= t->n)
		return (0);
	if (t->stamps[number] == t->turn)
		return (t->shorts[number]);
	assert(t->nshort < UINT16_MAX);
	if (t->nshort == t->shortroom) {
		t->shortroom = t->shortroom == 0 ? 64 : t->shortroom * 2;
		t->shorttable = mem_array(t->shorttable, t->shortroom,
		    sizeof(*t->shorttable));
	}
	t->shorttable[t->nshort++] = t->names[number];
	t->stamps[number] = t->turn;
	t->shorts[number] = (uint16_t)t->nshort;
	return (t->shorts[number]);
}

const char *const *
threats_table(const struct threats *t, size_t *n)
{
	*n = t->nshort;
	return (t->shorttable);
}

void
threats_free(struct threats *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		mem_free(t->names[i]);
	mem_free(t->names);
	mem_free(t->stamps);
	mem_free(t->shorts);
	mem_free(t->table);
	mem_free(t->shorttable);
	mem_free(t);
}
