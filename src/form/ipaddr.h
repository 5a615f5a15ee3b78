/*
 * ipaddr: addresses and their texts, below subjects and prefixes.
 */
#ifndef IPADDR_H
#define IPADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPADDR_TEXT	46	/* longest address, with a NUL */

struct ipaddr {
	uint8_t	addr[16];	/* network order; IPv4 in the first 4 bytes */
	uint8_t	family;		/* 4 or 6 */
	uint8_t	len;		/* given, else that of one address */
};

/**
 * ipaddr_parse(text, ret):
 * Read "address" or "address/length". Numbers have no leading zeros; an
 * IPv4-mapped address stays IPv6. Return 0, or -1 with *${ret} untouched.
 */
int ipaddr_parse(const char *text, struct ipaddr *ret);

/**
 * ipaddr_mapped(a):
 * True if ${a} is an IPv6 address in ::ffff:0:0/96.
 */
bool ipaddr_mapped(const struct ipaddr *a);

/**
 * ipaddr_format(addr, family, out):
 * Write the address, IPv6 as RFC 5952 has it, with a NUL. Return its length.
 */
size_t ipaddr_format(const uint8_t *addr, unsigned family,
    char out[IPADDR_TEXT]);

#endif
