/*
 * category: what kind of abuse was seen, and on what evidence.
 *
 * The numbers go over the wire and are never reused; docs/protocol.md lists
 * them.
 */
#ifndef VIRBL_CATEGORY_H
#define VIRBL_CATEGORY_H

#include <stdint.h>

enum category {
	CATEGORY_WORM = 1,
	CATEGORY_MALWARE = 2,
	CATEGORY_SPAM = 3,
	CATEGORY_PHISH = 4,
	CATEGORY_BRUTEFORCE = 5,
	CATEGORY_SCAN = 6,
	CATEGORY_EXPLOIT = 7,
	CATEGORY_TEST = 8,
	CATEGORY_MAX = 8,
};

enum basis {
	BASIS_UNSTATED = 0,
	BASIS_SCANNER = 1,	/* mail scanner */
	BASIS_TRAP = 2,		/* spam trap */
	BASIS_HONEYPOT = 3,
	BASIS_IDS = 4,
	BASIS_AUTHLOG = 5,
	BASIS_COMPLAINT = 6,
	BASIS_MAX = 6,
};

/* Flags of a sighting; the other bits are zero. */
#define SIGHTING_TCP	0x01	/* a TCP session was completed */
#define SIGHTING_SHARED	0x02	/* shared address (CGNAT, proxy) */
#define SIGHTING_FLAGS	0x03

/* The bit of a category in a mask of categories. */
#define CATEGORY_BIT(c)	((uint16_t)(1u << (c)))

/**
 * category_name(c):
 * Return the name of category number ${c}, or NULL if there is none.
 */
const char *category_name(unsigned c);

/**
 * category_find(name):
 * Return the number of the category called ${name}, or 0.
 */
unsigned category_find(const char *name);

/**
 * basis_name(b):
 * Return the name of basis number ${b} ("unstated", "scanner", "trap",
 * "honeypot", "ids", "authlog", "complaint"), or NULL if there is none.
 */
const char *basis_name(unsigned b);

/**
 * basis_find(name):
 * Return the number of the basis called ${name}, or -1.
 */
int basis_find(const char *name);

#endif
