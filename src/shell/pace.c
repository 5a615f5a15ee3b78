#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#include <sodium.h>

#include "base/hash.h"
#include "base/mem.h"
#include "shell/pace.h"

#define SECOND 1000000 /* in the unit of slots */

struct pace {
	uint32_t rate;
	uint8_t key[16];
	/*
	 * When each prefix would have asked all it asked, had it kept to its
	 * rate; at most a second ahead. Two that ask at once may count as one.
	 */
	_Atomic int64_t slots[];
};

struct pace *
pace_new(uint32_t rate)
{
	size_t slots = rate != 0 ? PACE_SLOTS : 0;
	struct pace *p = mem_zero(sizeof(*p) + slots * sizeof(p->slots[0]));

	p->rate = rate;
	randombytes_buf(p->key, sizeof(p->key));
	return (p);
}

void
pace_address(const struct sockaddr *sa, uint8_t out[PACE_ADDRESS])
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct in6_addr *six =
	    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	const void *four = NULL;

	if (sa->sa_family == AF_INET)
		four = &in4->sin_addr;
	else if (IN6_IS_ADDR_V4MAPPED(six))
		four = six->s6_addr + 12;
	memset(out, 0, PACE_ADDRESS);
	out[0] = four != NULL ? 4 : 6;
	memcpy(out + 1, four != NULL ? four : six, four != NULL ? 4 : 16);
}

bool
pace_take(struct pace *p, const uint8_t address[PACE_ADDRESS], uint8_t kind,
    struct mono now)
{
	uint8_t who[PACE_ADDRESS] = {address[0]};
	int64_t t = now.ms * (SECOND / 1000), due;
	_Atomic int64_t *slot;

	if (p->rate == 0)
		return (true);
	memcpy(who + 1, address + 1, address[0] == 4 ? 3 : 7);
	who[PACE_ADDRESS - 1] = kind;
	slot = &p->slots[hash_keyed(p->key, who, sizeof(who)) % PACE_SLOTS];
	due = atomic_load_explicit(slot, memory_order_relaxed);
	if (due < t)
		due = t;
	if (due - t > SECOND - SECOND / p->rate)
		return (false);
	atomic_store_explicit(slot, due + SECOND / p->rate,
	    memory_order_relaxed);
	return (true);
}

void
pace_free(struct pace *p)
{
	mem_free(p);
}
