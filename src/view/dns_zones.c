#include <string.h>

#include "base/text.h"
#include "view/dns_zones.h"

/* True if ${big} covers all categories of ${small} and more. */
static bool
covers(const struct policy_list *big, const struct policy_list *small)
{
	return (big->categories != small->categories &&
	    (big->categories & small->categories) == small->categories);
}

/* The zone called ${text}; a new one if there is none yet. */
static struct dns_zone *
zone_get(struct dns_zones *z, const char *text)
{
	struct dns_zone *zone;
	size_t i;

	for (i = 0; i < z->n; i++)
		if (strcmp(z->zones[i].text, text) == 0)
			return (&z->zones[i]);
	zone = &z->zones[z->n++];
	memset(zone, 0, sizeof(*zone));
	text_copy(zone->text, sizeof(zone->text), text);
	zone->len = dns_msg_name(text, zone->name);
	for (i = 0; zone->name[i] != 0; i += zone->name[i] + 1u)
		zone->labels++;
	return (zone);
}

static void
zone_add(struct dns_zone *zone, const struct policy *p, size_t i,
    struct listing *listing, bool fallback)
{
	struct dns_zone_list *l = &zone->lists[zone->nlists];
	size_t k;

	for (k = 0; k < zone->nlists; k++)
		if (strcmp(zone->lists[k].name, p->lists[i].name) == 0)
			return;
	l->listing = listing;
	l->code = p->lists[i].code != 0 ? p->lists[i].code : DNS_ZONES_CODE;
	text_copy(l->name, sizeof(l->name), p->lists[i].name);
	l->fallback = fallback;
	zone->nlists++;
}

/* True if a list with an index is covered by list ${i}. */
static bool
is_combined(const struct policy *p, struct listing *const *listings, size_t i)
{
	size_t k;

	for (k = 0; k < p->nlists; k++)
		if (listings[k] != NULL && covers(&p->lists[i], &p->lists[k]))
			return (true);
	return (false);
}

void
dns_zones_build(struct dns_zones *z, const struct policy *p,
    struct listing *const *listings, const struct dns_zones_setup *setup)
{
	struct dns_zone *zone;
	size_t i, k;

	memset(z, 0, sizeof(*z));
	z->ttl = setup->ttl;
	z->negative = setup->negative;
	if (setup->contact[0] != '\0')
		z->contactlen = dns_msg_name(setup->contact, z->contact);
	for (i = 0; i < setup->nns; i++)
		z->nslen[i] = dns_msg_name(setup->ns[i], z->ns[i]);
	z->nns = setup->nns;
	if (z->nns == 0)
		z->nslen[z->nns++] = dns_msg_name("localhost", z->ns[0]);
	text_copy(z->version, sizeof(z->version), setup->version);
	text_copy(z->url, sizeof(z->url), p->members[0].url);
	/* First what is definite, so that fallbacks come last. */
	for (i = 0; i < p->nlists; i++) {
		if (listings[i] == NULL || p->lists[i].zone[0] == '\0')
			continue;
		zone = zone_get(z, p->lists[i].zone);
		if (!is_combined(p, listings, i))
			zone_add(zone, p, i, listings[i], false);
		for (k = 0; k < p->nlists; k++)
			if (listings[k] != NULL &&
			    covers(&p->lists[i], &p->lists[k]) &&
			    !is_combined(p, listings, k))
				zone_add(zone, p, k, listings[k], false);
	}
	for (i = 0; i < p->nlists; i++)
		if (listings[i] != NULL && p->lists[i].zone[0] != '\0' &&
		    is_combined(p, listings, i))
			zone_add(zone_get(z, p->lists[i].zone), p, i,
			    listings[i], true);
	for (i = 0; i < setup->nclosed && i < DNS_ZONES_CLOSED; i++) {
		zone = zone_get(z, setup->closed[i]);
		zone->closed = true;
		zone->nlists = 0;
	}
}

const struct dns_zone *
dns_zones_find(const struct dns_zones *z, const struct dns_query *q,
    size_t *prefix)
{
	const struct dns_zone *best = NULL, *zone;
	size_t i, before;

	for (i = 0; i < z->n; i++) {
		zone = &z->zones[i];
		if (q->labels < zone->labels ||
		    (best != NULL && best->labels >= zone->labels))
			continue;
		before = q->labels - zone->labels;
		if (dns_msg_same(q->question + q->at[before], zone->name,
			zone->len)) {
			best = zone;
			*prefix = before;
		}
	}
	return (best);
}

bool
dns_zones_above(const struct dns_zones *z, const struct dns_query *q)
{
	const struct dns_zone *zone;
	const uint8_t *name;
	size_t i, skip;

	for (i = 0; i < z->n; i++) {
		zone = &z->zones[i];
		if (zone->labels <= q->labels)
			continue;
		name = zone->name;
		for (skip = zone->labels - q->labels; skip > 0; skip--)
			name += name[0] + 1u;
		if (dns_msg_same(q->question, name,
			zone->len - (size_t)(name - zone->name)))
			return (true);
	}
	return (false);
}
