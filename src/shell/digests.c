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
		digest_rows(rows, n, &k->digest);
		mem_free(rows);
		k->generation = generation;
		k->from = now;
		/* Not kept if it changed meanwhile. */
		k->listing =
		    listing_generation(listing) == generation ? listing : NULL;
	}
	*ret = k->digest;
	pthread_mutex_unlock(&d->mutex);
}

void
digests_free(struct digests *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->mutex);
	mem_free(d);
}
