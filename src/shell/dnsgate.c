#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/hash.h"
#include "base/mem.h"
#include "shell/dnsgate.h"

#define SECOND 1000000 /* in the unit of slots */
#define ADDRESS 17 /* bytes: 4 or 6, the address, zeros */

/* From address to address, both in it. */
struct range {
	uint8_t lo[ADDRESS];
	uint8_t hi[ADDRESS];
};

struct dnsgate {
	struct range *acl; /* ascending, apart from each other */
	size_t n;
	bool open; /* there is no access list */
	uint32_t rate;
	uint8_t key[16];
	_Atomic uint32_t over; /* questions that were too many */
	/*
	 * When each prefix would have asked all it asked, had it kept to its
	 * rate; at most a second ahead. Two that ask at once may count as one.
	 */
	_Atomic int64_t slots[];
};

static struct range
range_of(const struct prefix *p)
{
	struct range r;
	unsigned i;

	memset(&r, 0, sizeof(r));
	r.lo[0] = p->family;
	memcpy(r.lo + 1, p->addr, p->family == 4 ? 4 : 16);
	memcpy(r.hi, r.lo, ADDRESS);
	for (i = p->len; i < 8 * (ADDRESS - 1); i++)
		r.hi[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
	return (r);
}

static int
compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (memcmp(x->lo, y->lo, ADDRESS));
}

/* Prefixes lie in each other or apart: drop what lies in another. */
static void
acl_build(struct dnsgate *g, const struct prefix *acl, size_t n)
{
	size_t i, end = 0;

	g->acl = mem_array(NULL, n, sizeof(*g->acl));
	for (i = 0; i < n; i++)
		g->acl[i] = range_of(&acl[i]);
	qsort(g->acl, n, sizeof(*g->acl), compare);
	for (i = 0; i < n; i++) {
		if (end > 0 &&
		    memcmp(g->acl[i].lo, g->acl[end - 1].hi, ADDRESS) <= 0) {
			if (memcmp(g->acl[i].hi, g->acl[end - 1].hi, ADDRESS) >
			    0)
				g->acl[end - 1] = g->acl[i];
			continue;
		}
		g->acl[end++] = g->acl[i];
	}
	g->n = end;
}

struct dnsgate *
dnsgate_new(const struct prefix *acl, size_t n, uint32_t rate)
{
	size_t slots = rate != 0 ? DNSGATE_SLOTS : 0;
	struct dnsgate *g = mem_zero(sizeof(*g) + slots * sizeof(g->slots[0]));

	g->open = n == 0;
	if (n > 0)
		acl_build(g, acl, n);
	g->rate = rate;
	randombytes_buf(g->key, sizeof(g->key));
	return (g);
}

static void
address(const struct sockaddr_storage *sa, uint8_t out[ADDRESS])
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct in6_addr *six =
	    &((const struct sockaddr_in6 *)sa)->sin6_addr;
	const void *four = NULL;

	if (sa->ss_family == AF_INET)
		four = &in4->sin_addr;
	else if (IN6_IS_ADDR_V4MAPPED(six))
		four = six->s6_addr + 12;
	memset(out, 0, ADDRESS);
	out[0] = four != NULL ? 4 : 6;
	memcpy(out + 1, four != NULL ? four : six, four != NULL ? 4 : 16);
}

/* True if the access list has ${a}. */
static bool
listed(const struct dnsgate *g, const uint8_t a[ADDRESS])
{
	size_t lo = 0, hi = g->n, mid;

	/* Behind lo stands what begins after a. */
	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (memcmp(g->acl[mid].lo, a, ADDRESS) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo > 0 && memcmp(a, g->acl[lo - 1].hi, ADDRESS) <= 0);
}

/* Count one question; true if it is one too many. */
static bool
too_many(struct dnsgate *g, uint8_t a[ADDRESS], bool tcp, struct mono now)
{
	size_t net = 1 + (a[0] == 4 ? 3 : 7);
	int64_t t = now.ms * (SECOND / 1000), due;
	_Atomic int64_t *slot;

	memset(a + net, 0, ADDRESS - net);
	a[ADDRESS - 1] = tcp;
	slot = &g->slots[hash_keyed(g->key, a, ADDRESS) % DNSGATE_SLOTS];
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
dnsgate_check(struct dnsgate *g, const struct sockaddr_storage *sa, bool tcp,
    struct mono now)
{
	uint8_t a[ADDRESS];
	uint32_t over;

	if (g->open && g->rate == 0)
		return (DNSGATE_PASS);
	address(sa, a);
	if (!g->open && !listed(g, a))
		return (DNSGATE_REFUSE);
	if (g->rate == 0 || !too_many(g, a, tcp, now))
		return (DNSGATE_PASS);
	over = atomic_fetch_add_explicit(&g->over, 1, memory_order_relaxed);
	return (tcp || over % 2 != 0 ? DNSGATE_DROP : DNSGATE_TCP);
}

void
dnsgate_free(struct dnsgate *g)
{
	if (g == NULL)
		return;
	mem_free(g->acl);
	mem_free(g);
}
