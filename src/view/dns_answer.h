/*
 * dns_answer: from the bytes of a query to the bytes of the reply.
 *
 * Reads only the zones and the indexes of their lists; locks and allocates
 * nothing. An A record always means "listed", never an error.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/dns_zones.h"

/* What became of a query. */
enum dns_result {
	DNS_LISTED,
	DNS_NODATA,
	DNS_UNLISTED,		/* NXDOMAIN */
	DNS_APEX,		/* SOA or NS */
	DNS_VERSION,		/* CHAOS */
	DNS_DENIED,		/* REFUSED: outside the zones, a transfer */
	DNS_MALFORMED,		/* FORMERR, NOTIMP, BADVERS */
	DNS_FAILED,		/* SERVFAIL: zones are not to be trusted */
	DNS_TRUNCATED,		/* TC: did not fit, or was not to */
	DNS_DROPPED,		/* no answer */
	DNS_RESULTS
};

/* How an asker is treated. */
enum dns_manner {
	DNS_OPEN,
	DNS_REFUSING,		/* as if there were no zones */
	DNS_TO_TCP,		/* is only told to come by TCP */
	DNS_FAILING,		/* SERVFAIL below every apex */
};

/**
 * dns_answer_text(arg, list, subject, out):
 * Write why ${subject} is on ${list} to ${out}, NUL-terminated.
 */
typedef void dns_answer_text(void *arg, const char *list, uint64_t subject,
    char out[DNS_STRING + 1]);

struct dns_asked {
	const struct dns_zones *zones;
	uint32_t now;
	enum dns_manner manner;
	bool	 tcp;		/* no limit of size but cap */
	size_t	 cap;		/* bytes at reply */
	dns_answer_text *text;
	void	*arg;		/* of text() */
	/* Set by dns_answer(): */
	enum dns_result result;
	const struct dns_zone *zone; /* NULL outside the zones */
};

/**
 * dns_answer(a, query, len, reply):
 * Answer the ${len} bytes at ${query}. Return the length of the reply, 0 if
 * there should be none.
 *
 * In a zone: the apex has SOA and NS; an address has what is listed, else
 * NXDOMAIN (RFC 5782 section 2.1); a name above something that is listed, or
 * above another zone, is NODATA (RFC 8020), above nothing NXDOMAIN.
 */
size_t dns_answer(struct dns_asked *a, const uint8_t *query, size_t len,
    uint8_t *reply);

/**
 * dns_result_name(r):
 * Return the word of ${r} for counters.
 */
const char *dns_result_name(enum dns_result r);

#endif
