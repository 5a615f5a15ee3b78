/*
 * subject: what is listed, and prefixes over subjects.
 *
 * A subject is one uint64_t: a value below 2^32 is that IPv4 address; any
 * other value is an IPv6 /64, the value being its upper 64 bits. The IPv6
 * space 0000:0000::/32 (unspecified, loopback, mapped and compatible
 * addresses) therefore has no subject. Numeric order of the integers is the
 * order of every export: IPv4 first, then IPv6, each ascending.
 */
#ifndef VIRBL_SUBJECT_H
#define VIRBL_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text of a subject or prefix, with its final NUL. */
#define SUBJECT_TEXT	48

enum subject_verdict {
	SUBJECT_OK,
	SUBJECT_SYNTAX,		/* not an address */
	SUBJECT_WIDE,		/* wider than one IPv4 address or one /64 */
	SUBJECT_NONE,		/* in 0000:0000::/32, maps to nothing */
};

/* An address prefix. Host bits are always zero. */
struct prefix {
	uint8_t	addr[16];	/* network order; IPv4 in the first 4 bytes */
	uint8_t	family;		/* 4 or 6 */
	uint8_t	len;		/* 0..32 or 0..128 */
};

/**
 * subject_parse(text, ret):
 * Read the address ${text}: dotted quad without leading zeros, any RFC 4291
 * form of IPv6, or either with a length: "/32" for IPv4, "/64" to "/128" for
 * IPv6. A single IPv6 address is folded to its /64; an IPv4-mapped one
 * (::ffff:a.b.c.d) becomes that IPv4 address. Store the subject in *${ret};
 * leave it untouched unless SUBJECT_OK is returned.
 */
enum subject_verdict subject_parse(const char *text, uint64_t *ret);

/**
 * subject_verdict_text(v):
 * Return a lower-case sentence that says what is wrong and what is accepted.
 */
const char *subject_verdict_text(enum subject_verdict v);

/**
 * subject_format(subject, out):
 * Write ${subject} as "192.0.2.1" or, per RFC 5952, "2001:db8:1:2::/64" to
 * ${out}, NUL-terminated. Return its length.
 */
size_t subject_format(uint64_t subject, char out[SUBJECT_TEXT]);

/**
 * subject_is_v4(subject):
 * True if ${subject} is an IPv4 address.
 */
static inline bool
subject_is_v4(uint64_t subject)
{
	return (subject <= UINT32_MAX);
}

/**
 * prefix_parse(text, ret):
 * Read "a.b.c.d", "a.b.c.d/len", an IPv6 address or "IPv6/len" into *${ret},
 * clearing nothing: host bits that are set are an error. An IPv4-mapped
 * prefix of 96 bits or more becomes IPv4. Return 0, or -1 with *${ret}
 * untouched.
 */
int prefix_parse(const char *text, struct prefix *ret);

/**
 * prefix_format(p, out):
 * Write ${p} as address "/" length (always with the length). Return its
 * length.
 */
size_t prefix_format(const struct prefix *p, char out[SUBJECT_TEXT]);

/**
 * prefix_range(p, lo, hi):
 * Store the first and last subject that ${p} touches: an IPv6 prefix longer
 * than /64 touches the one /64 around it. Return -1, storing nothing, if it
 * touches none (an IPv6 prefix inside 0000:0000::/32).
 */
int prefix_range(const struct prefix *p, uint64_t *lo, uint64_t *hi);

/**
 * prefix_single(subject, ret):
 * Store the prefix that holds ${subject} alone: a /32 or a /64.
 */
void prefix_single(uint64_t subject, struct prefix *ret);

/**
 * prefix_contains(p, subject):
 * True if ${p} touches ${subject}.
 */
bool prefix_contains(const struct prefix *p, uint64_t subject);

#endif
