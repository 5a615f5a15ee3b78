#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "shell/dnsgate.h"
#include "shell/pace.h"

#define ADDRESS PACE_ADDRESS

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
	struct pace *pace;
	_Atomic uint32_t over; /* questions that were too many */
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
	struct dnsgate *g = mem_zero(sizeof(*g));

	g->open = n == 0;
	if (n > 0)
		acl_build(g, acl, n);
	g->rate = rate;
	g->pace = pace_new(rate);
	return (g);
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

enum dnsgate_verdict
dnsgate_check(struct dnsgate *g, const struct sockaddr_storage *sa, bool tcp,
    struct mono now)
{
	uint8_t a[ADDRESS];
	uint32_t over;

	if (g->open && g->rate == 0)
		return (DNSGATE_PASS);
	pace_address((const struct sockaddr *)sa, a);
	if (!g->open && !listed(g, a))
		return (DNSGATE_REFUSE);
	if (g->rate == 0 || pace_take(g->pace, a, tcp, now))
		return (DNSGATE_PASS);
	over = atomic_fetch_add_explicit(&g->over, 1, memory_order_relaxed);
	return (tcp || over % 2 != 0 ? DNSGATE_DROP : DNSGATE_TCP);
}

void
dnsgate_free(struct dnsgate *g)
{
	if (g == NULL)
		return;
	pace_free(g->pace);
	mem_free(g->acl);
	mem_free(g);
}
