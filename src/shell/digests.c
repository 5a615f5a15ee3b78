#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"
#include "shell/digests.h"

/* A digest holds while the generation does and nothing runs out. */
struct kept {
	const struct listing *listing; /* NULL free */
	uint64_t generation;
	uint32_t from; /* of when it was made */
	struct digest digest;
};

struct digests {
	pthread_mutex_t mutex;
	struct kept kept[DIGESTS_KEPT];
	unsigned next; /* to be given away */
};

struct digests *
digests_new(void)
{
	struct digests *d = mem_zero(sizeof(*d));

	pthread_mutex_init(&d->mutex, NULL);
	return (d);
}

/* The place for ${listing}, with the mutex held. */
static struct kept *
find(struct digests *d, const struct listing *listing)
{
	struct kept *k;
	unsigned i;

	for (i = 0; i < DIGESTS_KEPT; i++)
		if (d->kept[i].listing == listing)
			return (&d->kept[i]);
	k = &d->kept[d->next++ % DIGESTS_KEPT];
	k->listing = NULL;
	return (k);
}

static bool
holds(const struct kept *k, uint64_t generation, uint32_t now)
{
	return (k->listing != NULL && k->generation == generation &&
	    now >= k->from &&
	    (k->digest.expires == 0 || now < k->digest.expires));
}

/* True if ${listing} did not change since ${generation} was asked for. */
static bool
still(struct listing *listing, uint64_t generation)
{
	return (
	    generation % 2 == 0 && listing_generation(listing) == generation);
}

/* Remember in ${k} the digest of ${n} ${rows}, with the mutex held. */
static void
fill(struct kept *k, struct listing *listing, uint64_t generation,
    const struct listing_row *rows, size_t n)
{
	digest_rows(rows, n, &k->digest);
	k->generation = generation;
	k->listing = still(listing, generation) ? listing : NULL;
}

void
digests_get(struct digests *d, struct listing *listing, uint32_t now,
    struct digest *ret)
{
	struct listing_row *rows;
	struct kept *k;
	uint64_t generation;
	size_t n;

	/* Whoever else asks waits, so that it is made once. */
	pthread_mutex_lock(&d->mutex);
	generation = listing_generation(listing);
	k = find(d, listing);
	if (!holds(k, generation, now)) {
		n = listing_snapshot(listing, now, &rows);
		fill(k, listing, generation, rows, n);
		k->from = now;
		mem_free(rows);
	}
	*ret = k->digest;
	pthread_mutex_unlock(&d->mutex);
}

size_t
digests_snapshot(struct digests *d, struct listing *listing, uint32_t now,
    struct listing_row **rows, struct digest *ret)
{
	uint64_t generation = listing_generation(listing);
	size_t n = listing_snapshot(listing, now, rows);
	struct kept *k;

	if (!still(listing, generation)) {
		digest_rows(*rows, n, ret);
		return (n);
	}
	pthread_mutex_lock(&d->mutex);
	k = find(d, listing);
	if (!holds(k, generation, now)) {
		fill(k, listing, generation, *rows, n);
		k->from = now;
	}
	*ret = k->digest;
	pthread_mutex_unlock(&d->mutex);
	return (n);
}

void
digests_free(struct digests *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->mutex);
	mem_free(d);
}
