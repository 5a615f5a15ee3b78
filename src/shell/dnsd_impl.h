/*
 * dnsd_impl: what the files of dnsd share; nobody else includes it.
 *
 * Threads that answer take no lock. What they need is one const view; a worker
 * notes in `using` which one it looks at, for one batch, and whoever replaced a
 * view frees it when nobody uses it any more.
 */
#ifndef DNSD_IMPL_H
#define DNSD_IMPL_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "shell/dnsd.h"
#include "shell/dnsgate.h"
#include "view/dns_answer.h"

#define DNSD_THREADS	64	/* most UDP threads */
#define DNSD_PATIENCE	2	/* ms that the texts of a batch may wait */
#define DNSD_POLL	200	/* ms until a thread sees that it should stop */

/* Results by zone; the last row for what is in none. */
typedef uint64_t dnsd_table[DNS_ZONES + 1][DNS_RESULTS];
typedef _Atomic uint64_t dnsd_counters[DNS_ZONES + 1][DNS_RESULTS];

struct dnsd_view {
	struct dns_zones zones;
	struct dnsgate *gate;
	dnsd_table before;	/* counted under earlier views */
	dnsd_counters counts[];	/* by worker, who alone writes */
};

struct dnsd_worker {
	struct dnsd *d;
	pthread_t thread;
	bool	 running;
	int	 fd;		/* of UDP */
	size_t	 number;
	unsigned patience;	/* ms that texts may still wait for */
	_Alignas(64) struct dnsd_view *_Atomic using;
	_Atomic uint64_t limited; /* not answered for their rate */
};

struct dnsd {
	struct node *node;
	_Atomic bool stop;
	struct dnsd_view *_Atomic view;
	pthread_mutex_t mutex;	/* of who replaces or walks a view */
	uint64_t views;		/* how many there were */
	struct dnsd_worker *workers; /* UDP ones, then the one of TCP */
	size_t	 nworkers;
	void	*memory;	/* of workers, to free */
	int	 listeners[CONF_LISTENS];
	size_t	 nlisteners;

	/* The self-check (dnsd_check.c): */
	pthread_t check;
	bool	 checking;
	pthread_cond_t wake;	/* with mutex: stop */
	/* Where it asks from: port in network order, 0 none, and address. */
	_Atomic in_port_t probe;
	_Atomic uint64_t probe_address[2];
	_Atomic bool failing;	/* nothing is to be answered as listed */
	bool	 checked;	/* once at least; under the mutex: */
	char	 problem[512];	/* "" none */
};

/* One question as it came. */
struct dnsd_question {
	const struct sockaddr_storage *from;
	const uint8_t *query;
	size_t	 len;
	struct mono now;
};

/**
 * dnsd_enter(w), dnsd_leave(w):
 * Worker's thread: return the view in force, which stays until dnsd_leave().
 */
struct dnsd_view *dnsd_enter(struct dnsd_worker *w);
void dnsd_leave(struct dnsd_worker *w);

/**
 * dnsd_answer(w, view, a, q, reply):
 * Answer one question and count it; ${a} has time, size and whether it came by
 * TCP. Return the length of the reply, 0 for none.
 */
size_t dnsd_answer(struct dnsd_worker *w, struct dnsd_view *view,
    struct dns_asked *a, const struct dnsd_question *q, uint8_t *reply);

/**
 * dnsd_probe(d, from):
 * The self-check asks from ${from} now; NULL: no longer.
 */
void dnsd_probe(struct dnsd *d, const struct sockaddr_storage *from);

/**
 * dnsd_probing(d, from):
 * True if ${from} is the self-check.
 */
bool dnsd_probing(struct dnsd *d, const struct sockaddr_storage *from);

/**
 * dnsd_view_set(d, conf):
 * Put the zones of ${conf} and the node's policy in force.
 */
void dnsd_view_set(struct dnsd *d, const struct conf *conf);

/**
 * dnsd_udp(worker), dnsd_tcp(worker), dnsd_check(d):
 * Bodies of the threads.
 */
void *dnsd_udp(void *worker);
void *dnsd_tcp(void *worker);
void *dnsd_check(void *d);

#endif
