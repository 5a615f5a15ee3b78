/*
 * tlsnode: a small TLS 1.3 server in a thread, for tests: shows the certificate
 * of a node, reads a request, answers bytes given beforehand.
 */
#ifndef TLSNODE_H
#define TLSNODE_H

#include <virbl/key.h>

#define TLSNODE_CALLS	64

struct tlsnode;

/* What to do with each request. */
struct tlsnode_plan {
	const char *answer;	/* bytes to send, at least once */
	size_t	 repeat;	/* and so often again */
	unsigned pause;		/* ms between two of them */
	const char *priority;	/* of GnuTLS, NULL: its own */
};

/**
 * tlsnode_start(key, plan):
 * Listen on a free port of 127.0.0.1. Stop with tlsnode_stop().
 */
struct tlsnode *tlsnode_start(const struct key *key,
    const struct tlsnode_plan *plan);

/**
 * tlsnode_url(t):
 * Return "https://127.0.0.1:PORT/".
 */
const char *tlsnode_url(const struct tlsnode *t);

/**
 * tlsnode_connections(t), tlsnode_requests(t):
 * How many connections and requests came so far.
 */
unsigned tlsnode_connections(struct tlsnode *t);
unsigned tlsnode_requests(struct tlsnode *t);

/**
 * tlsnode_request(t):
 * The text of the last request; and in ${caller} the key of who sent it.
 */
const char *tlsnode_request(struct tlsnode *t, uint8_t caller[KEY_BYTES]);

/**
 * tlsnode_stop(t):
 * Close everything.
 */
void tlsnode_stop(struct tlsnode *t);

#endif
