/*
 * dnsask: one question to one DNS server, as a client asks it.
 */
#ifndef DNSASK_H
#define DNSASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "where.h"

#define DNSASK_A 1
#define DNSASK_MX 15
#define DNSASK_ANSWERS 8 /* most that are kept */
#define DNSASK_NAME 256 /* longest name in text, with its NUL */

struct dnsask_reply {
	unsigned rcode;
	size_t n; /* answers of the type asked for */
	uint32_t addresses[DNSASK_ANSWERS]; /* A */
	char names[DNSASK_ANSWERS][DNSASK_NAME]; /* MX */
};

/**
 * dnsask(server, name, type, ret):
 * Ask ${server} for ${name} by UDP, twice if need be, for at most a few
 * seconds. Return NULL and fill *${ret}, or why there is no answer.
 */
const char *dnsask(const struct where *server, const char *name, unsigned type,
    struct dnsask_reply *ret);

/**
 * dnsask_read(id, p, len, type, ret):
 * Read a packet that came as a reply to the question ${id} for ${type}. Return
 * 0 and fill *${ret}, or -1 if it is none; *${ret} is anything then.
 */
int dnsask_read(uint16_t id, const uint8_t *p, size_t len, unsigned type,
    struct dnsask_reply *ret);

/**
 * dnsask_point(subject, zone, out):
 * Write the name that asks ${zone} for the IPv4 address ${subject}.
 */
void dnsask_point(uint32_t subject, const char *zone, char out[DNSASK_NAME]);

/**
 * dnsask_servers(path, out, max):
 * Read the nameserver lines of a resolv.conf(5). Return their number, at most
 * ${max}.
 */
size_t dnsask_servers(const char *path, struct where *out, size_t max);

#endif
