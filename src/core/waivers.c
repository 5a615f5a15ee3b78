#include <string.h>

#include "base/mem.h"
#include "core/waivers.h"

#define LENGTHS 65 /* IPv4: 0..32, IPv6: 0..64 */

struct waivers {
	struct waiver *list; /* ascending by prefix */
	size_t n;
	size_t live; /* not gone */
	size_t lengths[2][LENGTHS]; /* by family: how many live ones */
};

struct waivers *
waivers_new(void)
{
	return (mem_zero(sizeof(struct waivers)));
}

static int
compare(const struct prefix *a, const struct prefix *b)
{
	int c;

	if (a->family != b->family)
		return (a->family < b->family ? -1 : 1);
	c = memcmp(a->addr, b->addr, sizeof(a->addr));
	return (c != 0 ? c : (a->len > b->len) - (a->len < b->len));
}

/* Return where ${prefix} is or would go. */
static size_t
position(const struct waivers *w, const struct prefix *prefix)
{
	size_t lo = 0, hi = w->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare(&w->list[mid].prefix, prefix) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* Count ${x} in or out. */
static void
count(struct waivers *w, const struct waiver *x, size_t by)
{
	if (x->gone)
		return;
	w->live += by;
	w->lengths[x->prefix.family == 6][x->prefix.len] += by;
}

const struct waiver *
waivers_find(const struct waivers *w, const struct prefix *prefix)
{
	size_t i = position(w, prefix);

	if (i == w->n || compare(&w->list[i].prefix, prefix) != 0)
		return (NULL);
	return (&w->list[i]);
}

void
waivers_set(struct waivers *w, const struct waiver *waiver)
{
	size_t i = position(w, &waiver->prefix);

	if (i < w->n && compare(&w->list[i].prefix, &waiver->prefix) == 0) {
		count(w, &w->list[i], (size_t)-1);
	} else {
		/* Room doubles whenever the number is a power of two. */
		if ((w->n & (w->n - 1)) == 0)
			w->list = mem_array(w->list, w->n == 0 ? 1 : 2 * w->n,
			    sizeof(*w->list));
		memmove(&w->list[i + 1], &w->list[i],
		    (w->n++ - i) * sizeof(*w->list));
	}
	w->list[i] = *waiver;
	count(w, &w->list[i], 1);
}

void
waivers_drop(struct waivers *w, const struct prefix *prefix)
{
	size_t i = position(w, prefix);

	if (i == w->n || compare(&w->list[i].prefix, prefix) != 0)
		return;
	count(w, &w->list[i], (size_t)-1);
	memmove(&w->list[i], &w->list[i + 1], (--w->n - i) * sizeof(*w->list));
}

/* Make ${p} one bit shorter. */
static void
shorten(struct prefix *p)
{
	p->len--;
	p->addr[p->len / 8] &= (uint8_t)(0xff00 >> p->len % 8);
}

const struct waiver *
waivers_around(const struct waivers *w, uint64_t subject)
{
	const size_t *lengths;
	const struct waiver *x;
	struct prefix p;

	if (w->live == 0)
		return (NULL);
	prefix_single(subject, &p);
	lengths = w->lengths[p.family == 6];
	for (;;) {
		if (lengths[p.len] > 0) {
			x = waivers_find(w, &p);
			if (x != NULL && !x->gone)
				return (x);
		}
		if (p.len == 0)
			return (NULL);
		shorten(&p);
	}
}

const struct waiver *
waivers_at(const struct waivers *w, size_t i)
{
	return (i < w->n ? &w->list[i] : NULL);
}

size_t
waivers_count(const struct waivers *w)
{
	return (w->live);
}

void
waivers_free(struct waivers *w)
{
	if (w == NULL)
		return;
	mem_free(w->list);
	mem_free(w);
}
