/*
 * dns_msg: one DNS question read, one reply built. (RFC 1035, 6891)
 *
 * Strict: what a resolver would not send is told to be malformed. Nothing is
 * allocated; names in replies are pointers to the question.
 */
#ifndef DNS_MSG_H
#define DNS_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

#define DNS_HEADER	12	/* bytes of a header */
#define DNS_NAME	255	/* most bytes of a name */
#define DNS_LABELS	127	/* most labels of a name */
#define DNS_PLAIN	512	/* most bytes over UDP without EDNS */
#define DNS_UDP		1232	/* most bytes over UDP, told and kept */
#define DNS_STRING	255	/* most bytes of a string in a TXT */

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_SOA = 6,
	DNS_TXT = 16,
	DNS_OPT = 41,
	DNS_IXFR = 251,
	DNS_AXFR = 252,
	DNS_ANY = 255,
};

enum dns_class {
	DNS_IN = 1,
	DNS_CH = 3,		/* of the server itself */
};

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16,
};

struct dns_query {
	uint16_t id;
	uint16_t flags;		/* as they came */
	uint16_t type;
	uint16_t class;
	const uint8_t *question; /* name, type and class as they came */
	size_t	 questionlen;	/* 0: there is none that could be read */
	uint8_t	 labels;	/* without the root */
	uint8_t	 at[DNS_LABELS]; /* where each label begins in question */
	bool	 edns;
	bool	 dnssec;	/* DO: comes back as it was (RFC 3225) */
	uint16_t size;		/* the asker takes so much, >= DNS_PLAIN */
};

/*
 * A reply that grows behind its header and question. Setting cut tells the
 * asker to come by TCP.
 */
struct dns_reply {
	uint8_t	*bytes;
	struct writer w;
	size_t	 cap;
	uint16_t class;		/* of all records */
	uint16_t counts[3];	/* answer, authority, additional */
	bool	 edns;
	bool	 cut;		/* a record did not fit: TC */
};

/**
 * dns_msg_parse(q, msg, len):
 * Read the query ${msg}; pointers in *${q} go into it. Return -1 if nothing
 * should be answered (too short, or itself a reply), else the rcode: with
 * DNS_NOERROR all of *${q} is good, else only what dns_msg_begin() needs.
 */
int dns_msg_parse(struct dns_query *q, const uint8_t *msg, size_t len);

/**
 * dns_msg_begin(r, q, bytes, cap):
 * Begin a reply to ${q} of at most ${cap} ${bytes}. Return -1 if not even the
 * question fits.
 */
int dns_msg_begin(struct dns_reply *r, const struct dns_query *q,
    uint8_t *bytes, size_t cap);

/**
 * dns_msg_record(r, section, name, type, ttl), dns_msg_record_end(r, data):
 * Write the head of a record in ${section} (0 answer, 1 authority) owned by the
 * name ${name} bytes into the question, and return the place of its data; the
 * caller writes the data to r->w and ends it. A record that does not fit is
 * taken out and cuts the reply.
 */
uint8_t *dns_msg_record(struct dns_reply *r, unsigned section, size_t name,
    uint16_t type, uint32_t ttl);
void dns_msg_record_end(struct dns_reply *r, uint8_t *data);

/**
 * dns_msg_end(r, q, rcode):
 * Write the header. Return the length of the reply.
 */
size_t dns_msg_end(struct dns_reply *r, const struct dns_query *q, int rcode);

/**
 * dns_msg_same(p, name, len):
 * True if the ${len} bytes at ${p} are the name in wire form ${name}, which is
 * in lower case, whatever the case of ${p}.
 */
bool dns_msg_same(const uint8_t *p, const void *name, size_t len);

/**
 * dns_msg_name(text, out):
 * Write the checked domain name ${text} (no final dot) in wire form. Return
 * its length.
 */
size_t dns_msg_name(const char *text, uint8_t out[DNS_NAME]);

#endif
