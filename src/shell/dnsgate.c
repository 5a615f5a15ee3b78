#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#include <sodium.h>

#include "base/hash.h"
#include "base/mem.h"
#include "shell/dnsgate.h"

#define SECOND 1000000 /* in the unit of slots */

struct dnsgate {
	struct prefix *acl;
	size_t n;
	uint32_t rate;
	uint8_t key[16];
	/*
	 * When each prefix would have asked all it asked, had it kept to its
	 * rate; at most a second ahead. Two that ask at once may count as one.
	 */
	_Atomic int64_t slots[];
};

struct dnsgate *
dnsgate_new(const struct prefix *acl, size_t n, uint32_t rate)
{
	size_t slots = rate != 0 ? DNSGATE_SLOTS : 0;
	struct dnsgate *g = mem_zero(sizeof(*g) + slots * sizeof(g->slots[0]));

	if (n > 0)
		g->acl = mem_dup(acl, n * sizeof(*acl));
	g->n = n;
	g->rate = rate;
	randombytes_buf(g->key, sizeof(g->key));
	return (g);
}

/* Write the address in ${sa} to ${out}; return its family, 4 or 6. */
static unsigned
address(const struct sockaddr_storage *sa, uint8_t out[16])
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	memset(out, 0, 16);
	if (sa->ss_family == AF_INET) {
		memcpy(out, &in4->sin_addr, 4);
		return (4);
	}
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(out, &in6->sin6_addr.s6_addr[12], 4);
		return (4);
	}
	memcpy(out, &in6->sin6_addr, 16);
	return (6);
}

static bool
inside(const struct prefix *p, unsigned family, const uint8_t a[16])
{
	unsigned whole = p->len / 8, rest = p->len % 8;

	if (p->family != family || memcmp(p->addr, a, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((p->addr[whole] ^ a[whole]) & (0xff00u >> rest) & 0xff) == 0);
}

/* Count one question; true if it is one too many. */
static bool
too_many(struct dnsgate *g, unsigned family, uint8_t a[16], struct mono now)
{
	int64_t t = now.ms * (SECOND / 1000), due;
	_Atomic int64_t *slot;

	memset(a + (family == 4 ? 3 : 7), 0, family == 4 ? 13 : 9);
	a[15] = (uint8_t)family;
	slot = &g->slots[hash_keyed(g->key, a, 16) % DNSGATE_SLOTS];
	due = atomic_load_explicit(slot, memory_order_relaxed);
	if (due < t)
		due = t;
	if (due - t > SECOND - SECOND / g->rate)
		return (true);
	atomic_store_explicit(slot, due + SECOND / g->rate,
	    memory_order_relaxed);
	return (false);
}

enum dnsgate_verdict
dnsgate_check(struct dnsgate *g, const struct sockaddr_storage *sa,
    struct mono now)
{
	unsigned family;
	uint8_t a[16];
	size_t i;

	if (g->n == 0 && g->rate == 0)
		return (DNSGATE_PASS);
	family = address(sa, a);
	for (i = 0; i < g->n && !inside(&g->acl[i], family, a); i++)
		continue;
	if (g->n > 0 && i == g->n)
		return (DNSGATE_REFUSE);
	if (g->rate != 0 && too_many(g, family, a, now))
		return (DNSGATE_DROP);
	return (DNSGATE_PASS);
}

void
dnsgate_free(struct dnsgate *g)
{
	if (g == NULL)
		return;
	mem_free(g->acl);
	mem_free(g);
}
