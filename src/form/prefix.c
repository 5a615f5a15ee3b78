#include <stdio.h>
#include <string.h>

#include <virbl/subject.h>

#include "form/ipaddr.h"

#define V6_FIRST (UINT64_C(1) << 32) /* first IPv6 subject */

/* True if no bit of the n bytes at addr is set behind the first len. */
static bool
host_bits_zero(const uint8_t *addr, size_t n, unsigned len)
{
	size_t i = len / 8;

	if (len % 8 != 0 && (addr[i++] & (0xff >> len % 8)) != 0)
		return (false);
	for (; i < n; i++)
		if (addr[i] != 0)
			return (false);
	return (true);
}

int
prefix_parse(const char *text, struct prefix *ret)
{
	struct ipaddr a;

	if (ipaddr_parse(text, &a) == -1 ||
	    !host_bits_zero(a.addr, a.family == 4 ? 4 : 16, a.len))
		return (-1);
	if (ipaddr_mapped(&a) && a.len >= 96) {
		memmove(a.addr, a.addr + 12, 4);
		memset(a.addr + 4, 0, 12);
		a.family = 4;
		a.len = (uint8_t)(a.len - 96);
	}
	memcpy(ret->addr, a.addr, sizeof(ret->addr));
	ret->family = a.family;
	ret->len = a.len;
	return (0);
}

size_t
prefix_format(const struct prefix *p, char out[SUBJECT_TEXT])
{
	char text[IPADDR_TEXT];
	int n;

	ipaddr_format(p->addr, p->family, text);
	/* At most 39 characters: no mapped prefix is written with a quad. */
	n = snprintf(out, SUBJECT_TEXT, "%.43s/%u", text, p->len);
	return ((size_t)n);
}

int
prefix_range(const struct prefix *p, uint64_t *lo, uint64_t *hi)
{
	unsigned bits = p->family == 4 ? 32 : 64;
	unsigned host = p->len < bits ? bits - p->len : 0;
	uint64_t first = 0, last;
	size_t i;

	for (i = 0; i < bits / 8; i++)
		first = first << 8 | p->addr[i];
	last = host == 64 ? UINT64_MAX : first | ((UINT64_C(1) << host) - 1);
	if (p->family == 6) {
		if (last < V6_FIRST)
			return (-1);
		if (first < V6_FIRST)
			first = V6_FIRST;
	}
	*lo = first;
	*hi = last;
	return (0);
}

void
prefix_single(uint64_t subject, struct prefix *ret)
{
	size_t i, size = subject_is_v4(subject) ? 4 : 8;

	memset(ret, 0, sizeof(*ret));
	ret->family = size == 4 ? 4 : 6;
	ret->len = size == 4 ? 32 : 64;
	for (i = size; i > 0; i--) {
		ret->addr[i - 1] = (uint8_t)subject;
		subject >>= 8;
	}
}

bool
prefix_contains(const struct prefix *p, uint64_t subject)
{
	uint64_t lo, hi;

	return (
	    prefix_range(p, &lo, &hi) == 0 && subject >= lo && subject <= hi);
}
