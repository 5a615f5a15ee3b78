/*
 * httpd_impl: what httpd.c (listeners, deadlines) and httpd_call.c (requests)
 * share; nobody else includes it.
 */
#ifndef HTTPD_IMPL_H
#define HTTPD_IMPL_H

#include <pthread.h>
#include <stdbool.h>

#include <microhttpd.h>

#include "shell/conns.h"
#include "shell/httpd.h"
#include "shell/request.h"
#include "shell/tlsfiles.h"

#define HTTPD_DOORS	4
#define HTTPD_RETIRED	4	/* most daemons with an older certificate */

/* One request under way. */
struct call {
	struct request q;
	struct response r;
	struct httpd *httpd;
	struct MHD_Connection *mhd;
	struct conn *conn;
	struct buf body;
	bool kept; /* parked: answer at the next call */
	bool refused; /* the answer was known before the body */
	bool toolong; /* body over the limit */
	bool streams; /* its answer goes on */
	size_t limit; /* of the body; 0: what comes is ignored */
	uint8_t peer[KEY_BYTES];
	char *path;
	uint64_t began; /* clock_us() when the node began to work on it */
	/* While it waits for something to move, or is parked: */
	struct call *next, **back;
	int64_t deadline; /* mono ms */
};

struct door_state {
	struct httpd *httpd;
	enum door door;
	struct MHD_Daemon *daemon;
	int fd;
};

struct httpd {
	struct node *node;
	struct conns *conns;
	struct door_state doors[HTTPD_DOORS];
	uint32_t body_limit;
	uint32_t connections; /* per listener */
	uint32_t per_address;
	struct pace *pace; /* of requests */
	pthread_t thread; /* deadlines, certificates */
	bool running;

	/* Of the https listener, NULL if there is none; who still serves
	   with what the files held before. */
	struct tlsfiles *files;
	struct MHD_Daemon *retired[HTTPD_RETIRED];

	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t tick;
	struct call *waiting;
	struct call *parked;
	uint64_t moves; /* how often something moved */
	unsigned streams; /* answers that go on */
	bool stop;
};

/* A part of a request, as libmicrohttpd has it. */
struct httpd_part {
	const char *url;
	const char *method;
	const char *data;	/* of the body */
	size_t	*len;		/* of it; 0 at the end */
};

/**
 * httpd_call_on(d, mhd, part, state), httpd_call_completed(door, ...):
 * A part of a request came in; it is over.
 */
enum MHD_Result httpd_call_on(struct door_state *d, struct MHD_Connection *mhd,
    const struct httpd_part *part, void **state);
void httpd_call_completed(void *door, struct MHD_Connection *mhd,
    void **state, enum MHD_RequestTerminationCode code);

/**
 * httpd_call_wake(h, now):
 * With the mutex held: wake the long-polls whose time is over at ${now}; all of
 * them at the stop.
 */
void httpd_call_wake(struct httpd *h, int64_t now);

/**
 * httpd_call_abandon(h):
 * Answer what nobody will answer any more: the engine has stopped. Nothing of
 * it was acknowledged.
 */
void httpd_call_abandon(struct httpd *h);

#endif
