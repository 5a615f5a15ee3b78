/*
 * dns_probe: questions for a zone's own test points, and whether the replies
 * are right. (RFC 5782 section 5)
 */
#ifndef DNS_PROBE_H
#define DNS_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "view/dns_zones.h"

#define DNS_PROBES	4	/* test points of a zone */
#define DNS_PROBE	(DNS_HEADER + DNS_NAME + 4) /* most bytes of a query */

/**
 * dns_probe_query(zone, point, id, out):
 * Write the query for the address of test point number ${point} of ${zone}.
 * Return its length, 0 if the zone's name leaves no room for the test point's.
 */
size_t dns_probe_query(const struct dns_zone *zone, unsigned point, uint16_t id,
    uint8_t out[DNS_PROBE]);

/**
 * dns_probe_name(point):
 * Return the labels of the test point before its zone, for people; "::ffff:..."
 * for those in IPv6.
 */
const char *dns_probe_name(unsigned point);

/**
 * dns_probe_judge(zone, point, query, reply, len):
 * Judge the ${len} bytes of ${reply} to ${query}. Return NULL if they are what
 * this zone must say (a closed one says NXDOMAIN to all), "" if they answer
 * something else and are to be passed over, else what is wrong with them.
 */
const char *dns_probe_judge(const struct dns_zone *zone, unsigned point,
    const uint8_t *query, const uint8_t *reply, size_t len);

#endif
