#include <pthread.h>

#include <sodium.h>

#include "base/hash.h"
#include "base/mem.h"
#include "shell/ration.h"

struct ration {
	pthread_mutex_t mutex;
	uint8_t key[16];
	/* When each would have asked all it asked, had it kept to its pace. */
	int64_t slots[RATION_SLOTS];
	int64_t all;
};

struct ration *
ration_new(void)
{
	struct ration *r = mem_zero(sizeof(*r));

	pthread_mutex_init(&r->mutex, NULL);
	randombytes_buf(r->key, sizeof(r->key));
	return (r);
}

/* Seconds until *${due} is at most ${burst} paces ahead; 0: one is taken. */
static uint32_t
take(int64_t *due, int64_t now, int64_t pace, int64_t burst)
{
	int64_t at = *due > now ? *due : now;
	int64_t over = at + pace - (now + pace * burst);

	if (over > 0)
		return ((uint32_t)((over + 999) / 1000));
	*due = at + pace;
	return (0);
}

uint32_t
ration_take(struct ration *r, uint64_t client, struct mono now)
{
	const int64_t pace = RATION_PAUSE * 1000;
	uint64_t h = hash_keyed(r->key, &client, sizeof(client));
	uint32_t wait;

	pthread_mutex_lock(&r->mutex);
	wait = take(&r->slots[h % RATION_SLOTS], now.ms, pace, RATION_BURST);
	if (wait == 0)
		wait = take(&r->all, now.ms, pace / RATION_ALL,
		    RATION_BURST * RATION_ALL);
	pthread_mutex_unlock(&r->mutex);
	return (wait);
}

void
ration_free(struct ration *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->mutex);
	mem_free(r);
}
