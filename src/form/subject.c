#include <string.h>

#include <virbl/subject.h>

#include "form/ipaddr.h"

static uint64_t
load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (v);
}

static enum subject_verdict
from_v6(const struct ipaddr *a, uint64_t *ret)
{
	uint64_t upper = load(a->addr, 8);

	if (a->len < 64)
		return (SUBJECT_WIDE);
	if (ipaddr_mapped(a)) {
		if (a->len < 128)
			return (SUBJECT_WIDE);
		*ret = load(a->addr + 12, 4);
		return (SUBJECT_OK);
	}
	if (upper <= UINT32_MAX)
		return (SUBJECT_NONE);
	*ret = upper;
	return (SUBJECT_OK);
}

enum subject_verdict
subject_parse(const char *text, uint64_t *ret)
{
	struct ipaddr a;

	if (ipaddr_parse(text, &a) == -1)
		return (SUBJECT_SYNTAX);
	if (a.family == 6)
		return (from_v6(&a, ret));
	if (a.len < 32)
		return (SUBJECT_WIDE);
	*ret = load(a.addr, 4);
	return (SUBJECT_OK);
}

const char *
subject_verdict_text(enum subject_verdict v)
{
	switch (v) {
	case SUBJECT_OK:
		return ("address accepted");
	case SUBJECT_SYNTAX:
		return ("not an address: give one IPv4 or IPv6 address");
	case SUBJECT_WIDE:
		return ("too wide: give one IPv4 address, one IPv6 address or "
			"an IPv6 /64");
	case SUBJECT_NONE:
		return ("not an address that can be listed: IPv6 addresses "
			"begin at 0:1::, IPv4 ones may be given as such or as "
			"::ffff:a.b.c.d");
	}
	return ("unknown verdict");
}

size_t
subject_format(uint64_t subject, char out[SUBJECT_TEXT])
{
	bool v4 = subject_is_v4(subject);
	uint8_t addr[16] = {0};
	size_t i, n, size = v4 ? 4 : 8;

	for (i = size; i > 0; i--) {
		addr[i - 1] = (uint8_t)subject;
		subject >>= 8;
	}
	n = ipaddr_format(addr, v4 ? 4 : 6, out);
	if (!v4) {
		memcpy(out + n, "/64", 4);
		n += 3;
	}
	return (n);
}
