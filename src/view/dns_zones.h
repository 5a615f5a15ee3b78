/*
 * dns_zones: which zones there are and which lists answer in each.
 *
 * Lists that name the same zone share it. A list also answers in the zone of
 * another list that covers all its categories and more: that zone is a
 * combined one, with one A per matching list.
 *
 * A closed zone has nothing but its apex, whether or not a list names it: this
 * is how a list is shut down (RFC 6471 section 3.4).
 */
#ifndef DNS_ZONES_H
#define DNS_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

#include "core/listing.h"
#include "form/dns_msg.h"

#define DNS_ZONES_NS	4	/* most name servers */
#define DNS_ZONES_CODE	0x7f000002u /* of a list that has none */
#define DNS_ZONES_CLOSED 16	/* most closed zones */
#define DNS_ZONES	(POLICY_LISTS + DNS_ZONES_CLOSED) /* most zones */

/* What the operator says about all zones. */
struct dns_zones_setup {
	uint32_t ttl;		/* s, most of a positive answer */
	uint32_t negative;	/* s, of a negative one */
	const char *contact;	/* SOA's mailbox as a name; "" is
				   hostmaster.ZONE */
	const char *ns[DNS_ZONES_NS]; /* names */
	size_t	 nns;		/* 0: "localhost" */
	const char *version;	/* told to CHAOS askers; "" refuses them */
	char *const *closed;	/* zones that are shut down */
	size_t	 nclosed;
};

struct dns_zone_list {
	struct listing *listing;
	uint32_t code;
	char	 name[CARD_NAME + 1];
	bool	 fallback;	/* answers only if no other list does */
};

struct dns_zone {
	char	 text[254];
	uint8_t	 name[DNS_NAME]; /* wire form, lower case */
	size_t	 len;
	uint8_t	 labels;
	struct dns_zone_list lists[POLICY_LISTS]; /* fallbacks last */
	size_t	 nlists;
	bool	 closed;
};

struct dns_zones {
	uint32_t ttl;
	uint32_t negative;
	uint8_t	 contact[DNS_NAME];
	size_t	 contactlen;	/* 0: hostmaster.ZONE */
	uint8_t	 ns[DNS_ZONES_NS][DNS_NAME];
	size_t	 nslen[DNS_ZONES_NS];
	size_t	 nns;
	char	 version[DNS_STRING + 1];
	char	 url[CARD_URL + 1]; /* of the node; "" none */
	struct dns_zone zones[DNS_ZONES];
	size_t	 n;
};

/**
 * dns_zones_build(z, p, listings, setup):
 * Fill ${z} with the zones of ${p}; listings[i] is the index of list i, NULL to
 * leave the list out.
 */
void dns_zones_build(struct dns_zones *z, const struct policy *p,
    struct listing *const *listings, const struct dns_zones_setup *setup);

/**
 * dns_zones_find(z, q, prefix):
 * Return the zone with the longest name that ${q} ends in, NULL if none, and
 * in *${prefix} the number of labels before it.
 */
const struct dns_zone *dns_zones_find(const struct dns_zones *z,
    const struct dns_query *q, size_t *prefix);

/**
 * dns_zones_above(z, q):
 * True if a zone lies below the name that ${q} asks for.
 */
bool dns_zones_above(const struct dns_zones *z, const struct dns_query *q);

#endif
