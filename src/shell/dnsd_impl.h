/*
 * dnsd_impl: what the files of dnsd share; nobody else includes it.
 */
#ifndef DNSD_IMPL_H
#define DNSD_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "shell/dnsd.h"
#include "shell/dnsgate.h"
#include "view/dns_answer.h"

#define DNSD_QUERY	4096	/* most bytes of a question */
#define DNSD_REPLY	16384	/* most bytes of a reply over TCP */
#define DNSD_THREADS	64	/* most UDP threads */
#define DNSD_POLL	200	/* ms until a thread sees that it should stop */

struct dnsd_worker {
	struct dnsd *d;
	pthread_t thread;
	int	 fd;
	bool	 running;
};

struct dnsd {
	struct node *node;
	_Atomic bool stop;
	/* Zones and gate in force; threads hold the lock for one batch. */
	pthread_rwlock_t lock;
	struct dns_zones *zones;
	struct dnsgate *gate;
	/* By zone; the last for what is in none. */
	_Atomic uint64_t counts[POLICY_LISTS + 1][DNS_RESULTS];
	_Atomic uint64_t limited;	/* dropped for their rate */
	struct dnsd_worker udp[DNSD_THREADS];
	size_t	 nudp;
	struct dnsd_worker tcp;		/* fd unused */
	int	 listeners[CONF_LISTENS];
	size_t	 nlisteners;
};

/**
 * dnsd_answer(d, a, from, query, len, reply):
 * Under the read lock: answer one question of ${from} and count it; zones and
 * text of ${a} are set here. Return the length of the reply, 0 for none.
 */
struct dnsd_question {
	const struct sockaddr_storage *from;
	const uint8_t *query;
	size_t	 len;
	struct mono now;
};
size_t dnsd_answer(struct dnsd *d, struct dns_asked *a,
    const struct dnsd_question *q, uint8_t *reply);

/**
 * dnsd_udp(worker), dnsd_tcp(worker):
 * Bodies of the threads.
 */
void *dnsd_udp(void *worker);
void *dnsd_tcp(void *worker);

#endif
