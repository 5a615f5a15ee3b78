#include <string.h>

#include "base/text.h"
#include "view/dns_answer.h"

#define OCTETS 4
#define NIBBLES 32
#define TEST_LISTED 0x7f000002u /* always listed */
#define TEST_UNLISTED 0x7f000001u /* never */
#define REFRESH 3600 /* of the SOA; nobody transfers the zone */
#define RETRY 900
#define EXPIRE 604800

/* What a name below a zone is. */
enum place {
	PLACE_NONE, /* no address lies there or below */
	PLACE_BETWEEN, /* an address may lie below */
	PLACE_ADDRESS,
};

struct name {
	enum place place;
	bool below; /* another address may lie below this one */
	bool subject_valid;
	uint64_t subject;
};

/* What is listed under one name. */
struct match {
	const struct dns_zone_list *lists[POLICY_LISTS];
	size_t n;
	uint32_t ttl;
};

const char *
dns_result_name(enum dns_result r)
{
	static const char *const names[DNS_RESULTS] = {"listed", "nodata",
	    "unlisted", "apex", "refused", "malformed", "dropped"};

	return (names[r]);
}

/* ---- Names ---- */

/* Read a label as an octet without leading zeros; -1 if it is none. */
static int
octet(const uint8_t *label)
{
	int v = 0, i;

	if (label[0] == 0 || label[0] > 3 || (label[0] > 1 && label[1] == '0'))
		return (-1);
	for (i = 1; i <= label[0]; i++) {
		if (label[i] < '0' || label[i] > '9')
			return (-1);
		v = v * 10 + (label[i] - '0');
	}
	return (v <= 255 ? v : -1);
}

static int
nibble(const uint8_t *label)
{
	uint8_t c = label[1];

	if (label[0] != 1)
		return (-1);
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* True if all ${n} labels are octets; the first label is the last octet. */
static bool
octets(const struct dns_query *q, size_t n, uint32_t *ret)
{
	uint32_t address = 0;
	int v;

	if (n > OCTETS)
		return (false);
	while (n-- > 0) {
		v = octet(q->question + q->at[n]);
		if (v < 0)
			return (false);
		address = address << 8 | (uint32_t)v;
	}
	*ret = address;
	return (true);
}

static bool
nibbles(const struct dns_query *q, size_t n, uint64_t ret[2])
{
	size_t i;
	int v;

	if (n > NIBBLES)
		return (false);
	ret[0] = ret[1] = 0;
	for (i = 0; i < n; i++) {
		v = nibble(q->question + q->at[n - 1 - i]);
		if (v < 0)
			return (false);
		ret[i / 16] = ret[i / 16] << 4 | (uint64_t)v;
	}
	return (true);
}

/* An IPv6 address as a subject: mapped ones are IPv4, all else its /64. */
static void
fold(struct name *name, const uint64_t address[2])
{
	name->place = PLACE_ADDRESS;
	name->subject_valid = true;
	if (address[0] == 0 && address[1] >> 32 == 0xffff)
		name->subject = (uint32_t)address[1];
	else if (address[0] <= UINT32_MAX)
		name->subject_valid = false;
	else
		name->subject = address[0];
}

/*
 * Find out what the ${n} labels before the zone mean. Four digits may be an
 * IPv4 address and at once the beginning of IPv6 addresses: 1.0.0.2 is 2.0.0.1
 * and has all of 2001::/16 below it. Of such ones only those count that begin
 * with 0, 2 or 3: nothing else is given out that has no letter in it.
 */
static void
read_name(const struct dns_query *q, size_t n, struct name *name)
{
	uint64_t six[2];
	uint32_t four = 0;
	bool is4 = octets(q, n, &four), is6 = nibbles(q, n, six);

	memset(name, 0, sizeof(*name));
	if (is4 && n == OCTETS) {
		name->place = PLACE_ADDRESS;
		name->subject_valid = true;
		name->subject = four;
		name->below = is6 &&
		    (six[0] >> 12 == 0 || six[0] >> 12 == 2 ||
			six[0] >> 12 == 3);
	} else if (is6 && n == NIBBLES) {
		fold(name, six);
	} else if (is4 || is6) {
		name->place = PLACE_BETWEEN;
	}
}

/* ---- Look-up ---- */

static void
match_add(struct match *m, const struct dns_zone_list *l, uint32_t ttl)
{
	m->lists[m->n++] = l;
	if (ttl < m->ttl)
		m->ttl = ttl;
}

static void
look_up(const struct dns_asked *a, const struct name *name, struct match *m)
{
	const struct dns_zone_list *l;
	uint32_t until;
	size_t i;

	m->n = 0;
	m->ttl = a->zones->ttl;
	if (!name->subject_valid || name->subject == TEST_UNLISTED)
		return;
	for (i = 0; i < a->zone->nlists; i++) {
		l = &a->zone->lists[i];
		if (l->fallback && m->n > 0)
			break;
		if (name->subject == TEST_LISTED) {
			match_add(m, l, a->zones->ttl);
			continue;
		}
		until = listing_until(l->listing, name->subject);
		if (until > a->now)
			match_add(m, l, until - a->now);
	}
}

/* ---- Records ---- */

static void
put_soa(const struct dns_asked *a, struct dns_reply *r, unsigned section,
    size_t apex)
{
	const struct dns_zones *z = a->zones;
	uint8_t *data = dns_msg_record(r, section, apex, DNS_SOA, z->negative);

	wire_put(&r->w, z->ns[0], z->nslen[0]);
	if (z->contactlen != 0) {
		wire_put(&r->w, z->contact, z->contactlen);
	} else {
		wire_put(&r->w, "\012hostmaster", 11);
		wire_put_u16(&r->w, (uint16_t)(0xc000 | (DNS_HEADER + apex)));
	}
	wire_put_u32(&r->w, a->now);
	wire_put_u32(&r->w, REFRESH);
	wire_put_u32(&r->w, RETRY);
	wire_put_u32(&r->w, EXPIRE);
	wire_put_u32(&r->w, z->negative);
	dns_msg_record_end(r, data);
}

static void
put_ns(const struct dns_asked *a, struct dns_reply *r, size_t apex)
{
	const struct dns_zones *z = a->zones;
	uint8_t *data;
	size_t i;

	for (i = 0; i < z->nns; i++) {
		data = dns_msg_record(r, 0, apex, DNS_NS, z->ttl);
		wire_put(&r->w, z->ns[i], z->nslen[i]);
		dns_msg_record_end(r, data);
	}
}

static void
put_codes(struct dns_reply *r, const struct match *m)
{
	uint8_t *data;
	size_t i, k;

	for (i = 0; i < m->n; i++) {
		for (k = 0; m->lists[k]->code != m->lists[i]->code; k++)
			continue;
		if (k < i)
			continue;
		data = dns_msg_record(r, 0, 0, DNS_A, m->ttl);
		wire_put_u32(&r->w, m->lists[i]->code);
		dns_msg_record_end(r, data);
	}
}

static void
put_texts(const struct dns_asked *a, struct dns_reply *r, const struct match *m,
    uint64_t subject)
{
	char text[DNS_STRING + 1];
	uint8_t *data;
	size_t i, len;

	for (i = 0; i < m->n; i++) {
		if (subject == TEST_LISTED)
			text_copy(text, sizeof(text),
			    "test point, always listed");
		else
			a->text(a->arg, m->lists[i]->name, subject, text);
		len = strlen(text);
		data = dns_msg_record(r, 0, 0, DNS_TXT, m->ttl);
		wire_put_u8(&r->w, (uint8_t)len);
		wire_put(&r->w, text, len);
		dns_msg_record_end(r, data);
		if (subject == TEST_LISTED)
			break;
	}
}

/* ---- Answers ---- */

/* Nothing of this type, or nothing at all. */
static int
negative(struct dns_asked *a, struct dns_reply *r, size_t apex, int rcode)
{
	a->result = rcode == DNS_NXDOMAIN ? DNS_UNLISTED : DNS_NODATA;
	put_soa(a, r, 1, apex);
	return (rcode);
}

static int
answer_apex(struct dns_asked *a, const struct dns_query *q, struct dns_reply *r)
{
	a->result = DNS_APEX;
	if (q->type == DNS_SOA || q->type == DNS_ANY)
		put_soa(a, r, 0, 0);
	else if (q->type == DNS_NS)
		put_ns(a, r, 0);
	else
		return (negative(a, r, 0, DNS_NOERROR));
	return (DNS_NOERROR);
}

static int
answer_address(struct dns_asked *a, const struct dns_query *q,
    struct dns_reply *r, const struct name *name, size_t apex)
{
	struct match m;

	look_up(a, name, &m);
	if (m.n == 0)
		return (negative(a, r, apex,
		    name->below ? DNS_NOERROR : DNS_NXDOMAIN));
	a->result = DNS_LISTED;
	if (q->type == DNS_A || q->type == DNS_ANY)
		put_codes(r, &m);
	else if (q->type == DNS_TXT)
		put_texts(a, r, &m, name->subject);
	else
		return (negative(a, r, apex, DNS_NOERROR));
	return (DNS_NOERROR);
}

/* A well-formed question; return the rcode. */
static int
answer(struct dns_asked *a, const struct dns_query *q, struct dns_reply *r)
{
	struct name name;
	size_t before = 0, apex;

	if (q->class == DNS_IN && q->type != DNS_AXFR && q->type != DNS_IXFR)
		a->zone = dns_zones_find(a->zones, q, &before);
	if (a->zone == NULL) {
		a->result = DNS_DENIED;
		return (DNS_REFUSED);
	}
	if (before == 0)
		return (answer_apex(a, q, r));
	apex = q->at[before];
	read_name(q, before, &name);
	if (name.place == PLACE_ADDRESS)
		return (answer_address(a, q, r, &name, apex));
	return (negative(a, r, apex,
	    name.place == PLACE_BETWEEN ? DNS_NOERROR : DNS_NXDOMAIN));
}

size_t
dns_answer(struct dns_asked *a, const uint8_t *query, size_t len,
    uint8_t *reply)
{
	struct dns_query q;
	struct dns_reply r;
	size_t cap = a->cap;
	int rcode;

	a->zone = NULL;
	a->result = DNS_DROPPED;
	rcode = dns_msg_parse(&q, query, len);
	if (rcode == -1)
		return (0);
	if (!a->tcp && cap > q.size)
		cap = q.size;
	if (!a->tcp && cap > DNS_UDP)
		cap = DNS_UDP;
	if (dns_msg_begin(&r, &q, reply, cap) == -1)
		return (0);
	a->result = DNS_MALFORMED;
	if (rcode == DNS_NOERROR)
		rcode = answer(a, &q, &r);
	return (dns_msg_end(&r, &q, rcode));
}
