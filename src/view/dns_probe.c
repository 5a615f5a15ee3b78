#include <stdbool.h>
#include <string.h>

#include "view/dns_probe.h"

#define FLAG_QR 0x8000u
#define RCODE 15u
#define LABELS6 64 /* bytes of 32 nibbles in wire form */

static const struct {
	const char *text;
	uint32_t address;
	bool six; /* as ::ffff:address */
	bool listed;
} points[DNS_PROBES] = {
    {"127.0.0.2", 0x7f000002, false, true},
    {"127.0.0.1", 0x7f000001, false, false},
    {"::ffff:127.0.0.2", 0x7f000002, true, true},
    {"::ffff:127.0.0.1", 0x7f000001, true, false},
};

const char *
dns_probe_name(unsigned point)
{
	return (points[point].text);
}

/* Write the 32 nibbles of ::ffff:${address}, the last one first. */
static void
put_six(struct writer *w, uint32_t address)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t low = UINT64_C(0xffff) << 32 | address;
	unsigned i;

	for (i = 0; i < LABELS6 / 2; i++) {
		wire_put_u8(w, 1);
		wire_put_u8(w, (uint8_t)digits[low & 15]);
		low >>= 4;
	}
}

size_t
dns_probe_query(const struct dns_zone *zone, unsigned point, uint16_t id,
    uint8_t out[DNS_PROBE])
{
	struct writer w = {.p = out, .left = DNS_PROBE};
	uint8_t last = (uint8_t)('0' + (points[point].address & 15));
	size_t len;

	wire_put_u16(&w, id);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 1);
	wire_put_u16(&w, 0);
	wire_put_u32(&w, 0);
	if (points[point].six) {
		put_six(&w, points[point].address);
	} else {
		wire_put_u8(&w, 1);
		wire_put_u8(&w, last);
		wire_put(&w, "\0010\0010\003127", 8);
	}
	wire_put(&w, zone->name, zone->len);
	wire_put_u16(&w, DNS_A);
	wire_put_u16(&w, DNS_IN);
	len = (size_t)(w.p - out);
	return (w.bad ? 0 : len);
}

/* True if ${zone} gives the code ${code} to what is on all its lists. */
static bool
has_code(const struct dns_zone *zone, uint32_t code)
{
	size_t i;

	for (i = 0; i < zone->nlists; i++) {
		if (zone->lists[i].fallback && i > 0)
			break;
		if (zone->lists[i].code == code)
			return (true);
	}
	return (false);
}

/* How many codes that are. */
static size_t
codes(const struct dns_zone *zone)
{
	size_t i, k, n = 0;

	for (i = 0; i < zone->nlists; i++) {
		if (!has_code(zone, zone->lists[i].code))
			continue;
		for (k = 0; zone->lists[k].code != zone->lists[i].code; k++)
			continue;
		n += k == i;
	}
	return (n);
}

/* Read ${n} answers; true if each is another code of ${zone}. */
static bool
right_codes(const struct dns_zone *zone, struct reader *r, size_t n)
{
	uint32_t had[POLICY_LISTS], code;
	size_t i, k;

	for (i = 0; i < n && i < POLICY_LISTS; i++) {
		/* The owner is a pointer to the question. */
		if (wire_u16(r) != (0xc000 | DNS_HEADER) ||
		    wire_u16(r) != DNS_A || wire_u16(r) != DNS_IN)
			return (false);
		wire_u32(r);
		if (wire_u16(r) != 4)
			return (false);
		code = wire_u32(r);
		for (k = 0; k < i && had[k] != code; k++)
			continue;
		if (r->bad || k < i || !has_code(zone, code))
			return (false);
		had[i] = code;
	}
	return (i == n);
}

const char *
dns_probe_judge(const struct dns_zone *zone, unsigned point,
    const uint8_t *query, const uint8_t *reply, size_t len)
{
	struct reader r = {.p = reply, .left = len};
	uint8_t again[DNS_PROBE];
	size_t asked = dns_probe_query(zone, point, 0, again), n;
	bool listed = points[point].listed && !zone->closed;
	unsigned flags, rcode;

	if (len < asked || memcmp(reply, query, 2) != 0 ||
	    memcmp(reply + DNS_HEADER, again + DNS_HEADER,
		asked - DNS_HEADER) != 0)
		return ("");
	wire_u16(&r);
	flags = wire_u16(&r);
	rcode = flags & RCODE;
	if ((flags & FLAG_QR) == 0 || wire_u16(&r) != 1)
		return ("");
	n = wire_u16(&r);
	wire_bytes(&r, asked - DNS_HEADER + 4);
	if (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN)
		return ("is answered with an error");
	if (!listed)
		return (rcode == DNS_NXDOMAIN && n == 0 ?
			NULL :
			"is not answered with NXDOMAIN");
	if (rcode != DNS_NOERROR || n == 0)
		return ("is not answered as listed");
	return (n == codes(zone) && right_codes(zone, &r, n) ?
		NULL :
		"is answered with other addresses than the codes of its lists");
}
