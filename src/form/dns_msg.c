#include <string.h>

#include "form/dns_msg.h"

#define FLAG_QR 0x8000
#define FLAG_AA 0x0400
#define FLAG_TC 0x0200
#define FLAG_RD 0x0100
#define OPCODE 0x7800
#define LABEL 63
#define POINTER 0xc000
#define RECORDS 4 /* most additional records of a query */
#define EDNS_BYTES 11
#define EDNS_DO 0x8000u

/* Read the question's name, type and class. */
static void
parse_question(struct dns_query *q, struct reader *r)
{
	const uint8_t *begin = r->p;
	uint8_t len;

	while ((len = wire_u8(r)) != 0 && !r->bad) {
		if (len > LABEL || q->labels == DNS_LABELS ||
		    r->p - begin + len >= DNS_NAME) {
			r->bad = true;
			return;
		}
		q->at[q->labels++] = (uint8_t)(r->p - begin - 1);
		wire_bytes(r, len);
	}
	q->type = wire_u16(r);
	q->class = wire_u16(r);
	if (r->bad)
		return;
	q->question = begin;
	q->questionlen = (size_t)(r->p - begin);
}

/* Pass over a name, which may end in a pointer; true if it is the root. */
static bool
skip_name(struct reader *r)
{
	size_t total = 0;
	uint8_t len;

	while ((len = wire_u8(r)) != 0 && !r->bad) {
		total += len + 1u;
		if ((len & 0xc0) == 0xc0) {
			wire_u8(r);
			return (false);
		}
		if (len > LABEL || total >= DNS_NAME)
			r->bad = true;
		wire_bytes(r, len);
	}
	return (total == 0);
}

/* Read one additional record; return an rcode. */
static int
parse_additional(struct dns_query *q, struct reader *r)
{
	bool root = skip_name(r);
	uint16_t type = wire_u16(r), class = wire_u16(r);
	uint32_t ttl = wire_u32(r);

	wire_bytes(r, wire_u16(r));
	if (r->bad)
		return (DNS_FORMERR);
	if (type != DNS_OPT)
		return (DNS_NOERROR);
	if (!root || q->edns)
		return (DNS_FORMERR);
	q->edns = true;
	q->dnssec = (ttl & EDNS_DO) != 0;
	q->size = class < DNS_PLAIN ? DNS_PLAIN : class;
	return ((ttl >> 16 & 0xff) == 0 ? DNS_NOERROR : DNS_BADVERS);
}

int
dns_msg_parse(struct dns_query *q, const uint8_t *msg, size_t len)
{
	struct reader r = {.p = msg, .left = len};
	uint16_t qd, an, ns, ar, i;
	int rcode = DNS_NOERROR, rc;

	q->type = q->class = 0;
	q->question = NULL;
	q->questionlen = 0;
	q->labels = 0;
	q->edns = q->dnssec = false;
	q->size = DNS_PLAIN;
	q->id = wire_u16(&r);
	q->flags = wire_u16(&r);
	qd = wire_u16(&r);
	an = wire_u16(&r);
	ns = wire_u16(&r);
	ar = wire_u16(&r);
	if (r.bad || (q->flags & FLAG_QR) != 0)
		return (-1);
	if ((q->flags & OPCODE) != 0)
		return (DNS_NOTIMP);
	if (qd != 1 || an != 0 || ns != 0 || ar > RECORDS)
		return (DNS_FORMERR);
	parse_question(q, &r);
	for (i = 0; i < ar && !r.bad; i++) {
		rc = parse_additional(q, &r);
		if (rc == DNS_FORMERR)
			return (rc);
		if (rc != DNS_NOERROR)
			rcode = rc;
	}
	return (r.bad || r.left != 0 ? DNS_FORMERR : rcode);
}

int
dns_msg_begin(struct dns_reply *r, const struct dns_query *q, uint8_t *bytes,
    size_t cap)
{
	size_t end = q->edns ? EDNS_BYTES : 0;

	if (cap < DNS_HEADER + q->questionlen + end)
		return (-1);
	memset(r, 0, sizeof(*r));
	r->bytes = bytes;
	r->cap = cap;
	r->edns = q->edns;
	r->class = q->class;
	r->w.p = bytes + DNS_HEADER;
	r->w.left = cap - DNS_HEADER - end;
	if (q->questionlen != 0)
		wire_put(&r->w, q->question, q->questionlen);
	return (0);
}

uint8_t *
dns_msg_record(struct dns_reply *r, unsigned section, size_t name,
    uint16_t type, uint32_t ttl)
{
	wire_put_u16(&r->w, (uint16_t)(POINTER | (DNS_HEADER + name)));
	wire_put_u16(&r->w, type);
	wire_put_u16(&r->w, r->class);
	wire_put_u32(&r->w, ttl);
	wire_put_u16(&r->w, 0);
	r->counts[section]++;
	return (r->w.p);
}

void
dns_msg_record_end(struct dns_reply *r, uint8_t *data)
{
	size_t len = (size_t)(r->w.p - data);

	if (r->w.bad) {
		r->cut = true;
		return;
	}
	data[-2] = (uint8_t)(len >> 8);
	data[-1] = (uint8_t)len;
}

size_t
dns_msg_end(struct dns_reply *r, const struct dns_query *q, int rcode)
{
	uint16_t flags = (uint16_t)(FLAG_QR | (q->flags & (OPCODE | FLAG_RD)));
	struct writer h = {.p = r->bytes, .left = DNS_HEADER};

	if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN)
		flags |= FLAG_AA;
	if (r->cut) {
		/* Part of an answer is none: the asker comes back by TCP. */
		flags |= FLAG_TC;
		r->w.p = r->bytes + DNS_HEADER + q->questionlen;
		memset(r->counts, 0, sizeof(r->counts));
	}
	if (r->edns) {
		r->w.bad = false;
		r->w.left = EDNS_BYTES;
		wire_put_u8(&r->w, 0);
		wire_put_u16(&r->w, DNS_OPT);
		wire_put_u16(&r->w, DNS_UDP);
		wire_put_u32(&r->w,
		    (uint32_t)rcode >> 4 << 24 | (q->dnssec ? EDNS_DO : 0));
		wire_put_u16(&r->w, 0);
		r->counts[2]++;
	}
	wire_put_u16(&h, q->id);
	wire_put_u16(&h, (uint16_t)(flags | (rcode & 15)));
	wire_put_u16(&h, q->questionlen != 0);
	wire_put_u16(&h, r->counts[0]);
	wire_put_u16(&h, r->counts[1]);
	wire_put_u16(&h, r->counts[2]);
	return ((size_t)(r->w.p - r->bytes));
}

bool
dns_msg_same(const uint8_t *p, const void *name, size_t len)
{
	const uint8_t *n = name;
	size_t i;
	uint8_t c;

	for (i = 0; i < len; i++) {
		c = p[i];
		/* Lengths of labels are below 'A'. */
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != n[i])
			return (false);
	}
	return (true);
}

size_t
dns_msg_name(const char *text, uint8_t out[DNS_NAME])
{
	size_t at = 0, len;

	while ((len = strcspn(text, ".")) != 0) {
		out[at++] = (uint8_t)len;
		memcpy(out + at, text, len);
		at += len;
		text += len;
		if (*text == '.')
			text++;
	}
	out[at++] = 0;
	return (at);
}
