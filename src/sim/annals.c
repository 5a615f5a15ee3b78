#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "sim/annals.h"

#define BUCKETS_MIN 1024

struct annals {
	struct blob **buckets; /* by id */
	struct blob **places; /* by member, epoch, seq */
	size_t size; /* a power of two */
	struct blob **all; /* in the order of signing */
	size_t n;
};

struct annals *
annals_new(void)
{
	struct annals *a = mem_zero(sizeof(*a));

	a->size = BUCKETS_MIN;
	a->buckets = mem_zero(a->size * sizeof(*a->buckets));
	a->places = mem_zero(a->size * sizeof(*a->places));
	return (a);
}

static size_t
bucket(const struct annals *a, const uint8_t id[HASH_BYTES])
{
	uint64_t h;

	memcpy(&h, id, sizeof(h));
	return ((size_t)h & (a->size - 1));
}

static size_t
bucket_of_place(const struct annals *a, const struct batch_header *h)
{
	uint64_t n;

	memcpy(&n, h->member, sizeof(n));
	n = (n ^ h->seq ^ (uint64_t)h->epoch << 40) * 0x9e3779b97f4a7c15u;
	return ((size_t)(n >> 20) & (a->size - 1));
}

static void
file_away(struct annals *a, struct blob *b)
{
	size_t i = bucket(a, b->id);

	b->later = a->buckets[i];
	a->buckets[i] = b;
	i = bucket_of_place(a, &b->h);
	b->beside = a->places[i];
	a->places[i] = b;
}

static void
grow(struct annals *a)
{
	size_t i;

	a->size *= 2;
	a->places = mem_array(a->places, a->size, sizeof(*a->places));
	memset(a->places, 0, a->size * sizeof(*a->places));
	a->buckets = mem_array(a->buckets, a->size, sizeof(*a->buckets));
	memset(a->buckets, 0, a->size * sizeof(*a->buckets));
	a->all = mem_array(a->all, a->size, sizeof(struct blob *));
	for (i = 0; i < a->n; i++)
		file_away(a, a->all[i]);
}

struct blob *
annals_find(const struct annals *a, const uint8_t id[HASH_BYTES])
{
	struct blob *b;

	for (b = a->buckets[bucket(a, id)]; b != NULL; b = b->later)
		if (memcmp(b->id, id, HASH_BYTES) == 0)
			return (b);
	return (NULL);
}

struct blob *
annals_add(struct annals *a, const uint8_t *bytes, size_t len, size_t maker)
{
	struct batch batch;
	struct blob *b;
	size_t i;

	if (batch_decode(bytes, len, &batch) != BATCH_OK)
		assert(!"a node signed what is no batch");
	b = annals_find(a, batch.id);
	if (b != NULL) {
		batch_free(&batch);
		return (b);
	}
	if (a->n >= a->size || a->all == NULL)
		grow(a);
	b = mem_zero(sizeof(*b));
	memcpy(b->id, batch.id, HASH_BYTES);
	b->h = batch.h;
	b->records = mem_array(NULL, batch.h.records + 1, sizeof(*b->records));
	for (i = 0; i < batch.h.records; i++)
		batch_record(&batch, i, &b->records[i]);
	b->bytes = mem_dup(bytes, len);
	b->len = len;
	b->maker = maker;
	batch_free(&batch);
	file_away(a, b);
	a->all[a->n++] = b;
	return (b);
}

const struct blob *
annals_rival(const struct annals *a, const struct blob *b)
{
	const struct blob *r = a->places[bucket_of_place(a, &b->h)];

	for (; r != NULL; r = r->beside)
		if (r != b && r->shown && r->h.epoch == b->h.epoch &&
		    r->h.seq == b->h.seq &&
		    memcmp(r->h.member, b->h.member, KEY_BYTES) == 0)
			break;
	return (r);
}

struct blob *
annals_walk(const struct annals *a, size_t *place)
{
	return (*place < a->n ? a->all[(*place)++] : NULL);
}

void
annals_free(struct annals *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++) {
		mem_free(a->all[i]->records);
		mem_free(a->all[i]->bytes);
		mem_free(a->all[i]);
	}
	mem_free(a->all);
	mem_free(a->buckets);
	mem_free(a->places);
	mem_free(a);
}
