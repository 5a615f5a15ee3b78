#include <string.h>

#include "base/text.h"
#include "view/dns_answer.h"

#define OCTETS 4
#define NIBBLES 32
#define TEST_LISTED 0x7f000002u /* always listed */
#define TEST_UNLISTED 0x7f000001u /* never */
#define MAPPED UINT64_C(0xffff) /* before an IPv4 address in IPv6 */
#define REFRESH 3600 /* of the SOA; nobody transfers the zone */
#define RETRY 900
#define EXPIRE 604800

#define BRIEF 1 /* s: TTL of an NXDOMAIN that has other names below it */

/* What the labels before a zone are. */
struct name {
	size_t n; /* labels */
	bool is4; /* all of them octets, at most 4 */
	bool is6; /* all of them nibbles, at most 32 */
	uint32_t four; /* those octets, the last one lowest */
	uint64_t six[2]; /* the first 16 nibbles, the others */
	bool address; /* this is one, of: */
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
	    "unlisted", "apex", "version", "refused", "malformed", "failed",
	    "truncated", "dropped"};

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
fold(struct name *name)
{
	const uint64_t *six = name->six;

	name->subject_valid = true;
	if (six[0] == 0 && six[1] >> 32 == MAPPED)
		name->subject = (uint32_t)six[1];
	else if (six[0] <= UINT32_MAX)
		name->subject_valid = false;
	else
		name->subject = six[0];
}

/* Find out what the ${n} labels before the zone mean. */
static void
read_name(const struct dns_query *q, size_t n, struct name *name)
{
	memset(name, 0, sizeof(*name));
	name->n = n;
	name->is4 = octets(q, n, &name->four);
	name->is6 = nibbles(q, n, name->six);
	if (name->is4 && n == OCTETS) {
		name->address = name->subject_valid = true;
		name->subject = name->four;
	} else if (name->is6 && n == NIBBLES) {
		name->address = true;
		fold(name);
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

/* True if something may be listed in this zone with these first bits. */
static bool
any_below(const struct dns_asked *a, uint64_t first, unsigned bits)
{
	size_t i;

	for (i = 0; i < a->zone->nlists; i++)
		if (listing_below(a->zone->lists[i].listing, first, bits))
			return (true);
	return (false);
}

/* The same of ${octets} first octets of an IPv4 address; of none, all. */
static bool
below4(const struct dns_asked *a, uint32_t first, unsigned octets)
{
	unsigned bits = 8 * octets;

	if (octets == 0 || first >> (32 - bits) == TEST_LISTED >> (32 - bits))
		return (true);
	return (any_below(a, first, bits));
}

/* The same of 16 nibbles and more: a /64, or what is mapped to IPv4. */
static bool
below64(const struct dns_asked *a, const struct name *name)
{
	unsigned n = (unsigned)name->n - 16, more;
	uint64_t low = name->six[1];
	size_t i;

	if (name->six[0] != 0) {
		if (name->six[0] <= UINT32_MAX)
			return (false);
		for (i = 0; i < a->zone->nlists; i++)
			if (listing_until(a->zone->lists[i].listing,
				name->six[0]) > a->now)
				return (true);
		return (false);
	}
	if (n <= 8)
		return (low == MAPPED >> (32 - 4 * n));
	/* Half an octet is taken for any. */
	more = n - 8;
	if (low >> (4 * more) != MAPPED)
		return (false);
	return (below4(a, (uint32_t)(low << (32 - 4 * more)), more / 2));
}

/* True if something may be listed below the name, which may be an address. */
static bool
below(const struct dns_asked *a, const struct name *name)
{
	unsigned n = (unsigned)name->n;
	uint64_t first;

	if (a->zone->nlists == 0)
		return (false);
	if (name->is4 && n < OCTETS && below4(a, name->four << (32 - 8 * n), n))
		return (true);
	if (!name->is6 || n == NIBBLES)
		return (false);
	if (n >= 16)
		return (below64(a, name));
	first = name->six[0] << (64 - 4 * n);
	/* Zeros are the beginning of ::ffff:7f00:2. */
	return (
	    first == 0 || (first > UINT32_MAX && any_below(a, first, 4 * n)));
}

/* ---- Records ---- */

/* The SOA of the zone that begins ${apex} bytes into the question. */
static void
put_soa(const struct dns_asked *a, struct dns_reply *r, unsigned section,
    size_t apex, uint32_t ttl)
{
	const struct dns_zones *z = a->zones;
	uint8_t *data = dns_msg_record(r, section, apex, DNS_SOA, ttl);

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

/* There is nothing of this type. */
static int
nodata(struct dns_asked *a, struct dns_reply *r, size_t apex)
{
	a->result = DNS_NODATA;
	put_soa(a, r, 1, apex, a->zones->negative);
	return (DNS_NOERROR);
}

/* There is nothing at all, of any type, nor below. */
static int
nxdomain(struct dns_asked *a, struct dns_reply *r, size_t apex, uint32_t ttl)
{
	a->result = DNS_UNLISTED;
	put_soa(a, r, 1, apex, ttl);
	return (DNS_NXDOMAIN);
}

static int
answer_apex(struct dns_asked *a, const struct dns_query *q, struct dns_reply *r)
{
	a->result = DNS_APEX;
	if (q->type == DNS_SOA || q->type == DNS_ANY)
		put_soa(a, r, 0, 0, a->zones->negative);
	else if (q->type == DNS_NS)
		put_ns(a, r, 0);
	else
		return (nodata(a, r, 0));
	return (DNS_NOERROR);
}

/* Something is listed under this very name. */
static int
answer_match(struct dns_asked *a, const struct dns_query *q,
    struct dns_reply *r, const struct match *m, uint64_t subject)
{
	a->result = DNS_LISTED;
	if (q->type == DNS_A || q->type == DNS_ANY)
		put_codes(r, m);
	else if (q->type == DNS_TXT)
		put_texts(a, r, m, subject);
	else
		return (nodata(a, r, q->at[q->labels - a->zone->labels]));
	return (DNS_NOERROR);
}

/* A name below the apex. */
static int
answer_name(struct dns_asked *a, const struct dns_query *q, struct dns_reply *r,
    size_t before)
{
	size_t apex = q->at[before];
	uint32_t ttl = a->zones->negative;
	struct match m;
	struct name name;

	if (a->manner == DNS_FAILING) {
		a->result = DNS_FAILED;
		return (DNS_SERVFAIL);
	}
	read_name(q, before, &name);
	if (name.address) {
		look_up(a, &name, &m);
		if (m.n > 0)
			return (answer_match(a, q, r, &m, name.subject));
	}
	if (below(a, &name) || dns_zones_above(a->zones, q))
		return (nodata(a, r, apex));
	/*
	 * To deny a prefix is to deny all in it, to resolvers that keep RFC
	 * 8020: what is listed there next must not wait for their caches.
	 */
	if (!a->zone->closed &&
	    ((name.is4 && name.n < OCTETS) || (name.is6 && name.n < NIBBLES)) &&
	    ttl > BRIEF)
		ttl = BRIEF;
	return (nxdomain(a, r, apex, ttl));
}

/* The version of this program, if the operator gives one away. */
static int
answer_chaos(struct dns_asked *a, const struct dns_query *q,
    struct dns_reply *r)
{
	static const struct {
		const char *name;
		size_t len;
	} names[] = {{"\7version\4bind", 14}, {"\7version\6server", 16}};
	const char *version = a->zones->version;
	size_t i, n = strlen(version);
	uint8_t *data;

	a->result = DNS_DENIED;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (q->questionlen == names[i].len + 4 &&
		    dns_msg_same(q->question, names[i].name, names[i].len))
			break;
	if (i == sizeof(names) / sizeof(names[0]) || n == 0 ||
	    q->type != DNS_TXT)
		return (DNS_REFUSED);
	a->result = DNS_VERSION;
	data = dns_msg_record(r, 0, 0, DNS_TXT, 0);
	wire_put_u8(&r->w, (uint8_t)n);
	wire_put(&r->w, version, n);
	dns_msg_record_end(r, data);
	return (DNS_NOERROR);
}

/* A well-formed question; return the rcode. */
static int
answer(struct dns_asked *a, const struct dns_query *q, struct dns_reply *r)
{
	size_t before = 0;

	if (a->manner == DNS_TO_TCP) {
		r->cut = true;
		return (DNS_NOERROR);
	}
	if (a->manner != DNS_REFUSING && q->class == DNS_CH)
		return (answer_chaos(a, q, r));
	if (a->manner != DNS_REFUSING && q->class == DNS_IN &&
	    q->type != DNS_AXFR && q->type != DNS_IXFR)
		a->zone = dns_zones_find(a->zones, q, &before);
	if (a->zone == NULL) {
		a->result = DNS_DENIED;
		return (DNS_REFUSED);
	}
	if (before == 0)
		return (answer_apex(a, q, r));
	return (answer_name(a, q, r, before));
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
	if (r.cut)
		a->result = DNS_TRUNCATED;
	return (dns_msg_end(&r, &q, rcode));
}
