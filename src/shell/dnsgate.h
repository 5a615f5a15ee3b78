/*
 * dnsgate: which DNS clients are heard: an access list, and a rate for each
 * client's prefix (/24, /56).
 */
#ifndef DNSGATE_H
#define DNSGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include <virbl/subject.h>
#include <virbl/time.h>

struct dnsgate;

enum dnsgate_verdict {
	DNSGATE_PASS,
	DNSGATE_REFUSE,		/* not on the access list */
	DNSGATE_TCP,		/* too many questions: to be told to come by
				   TCP, where nobody can lie about the sender */
	DNSGATE_DROP,		/* too many questions */
};

/**
 * dnsgate_new(acl, n, rate):
 * Let the ${n} prefixes in ${acl} (copied; none: everybody) ask, ${rate} times
 * a second and prefix (0: as often as they like), over UDP and over TCP each.
 * Free with dnsgate_free().
 */
struct dnsgate *dnsgate_new(const struct prefix *acl, size_t n, uint32_t rate);

/**
 * dnsgate_check(g, sa, tcp, now):
 * Any thread: decide about one question from ${sa}. Of those too many over UDP
 * every second one is for DNSGATE_TCP.
 */
enum dnsgate_verdict dnsgate_check(struct dnsgate *g,
    const struct sockaddr_storage *sa, bool tcp, struct mono now);

/**
 * dnsgate_free(g):
 * Free ${g}; NULL is harmless.
 */
void dnsgate_free(struct dnsgate *g);

#endif
