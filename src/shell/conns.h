/*
 * conns: open connections and how long each may take, in absolute time: an
 * inactivity time-out never ends one on which a byte comes now and then.
 */
#ifndef CONNS_H
#define CONNS_H

#include <stdint.h>

enum conn_phase {
	CONN_NEW,		/* no headers yet: 10 s, TLS included */
	CONN_IDLE,		/* between requests, next headers too: 60 s */
	CONN_BODY,		/* a body comes: 30 s */
	CONN_ANSWER,		/* the answer is read: 600 s */
	CONN_PARKED,		/* we are the one who takes long: no limit */
	CONN_PHASES
};

struct conns;
struct conn;

/**
 * conns_new():
 * Return an empty set; any thread may use it. Free with conns_free(), when no
 * connection is left.
 */
struct conns *conns_new(void);

/**
 * conns_add(set, fd):
 * A connection was opened on ${fd}. Return it, in phase CONN_NEW, to be
 * removed with conns_remove() before ${fd} is closed.
 */
struct conn *conns_add(struct conns *set, int fd);

/**
 * conns_phase(c, phase):
 * ${c} enters ${phase}, now. NULL is harmless.
 */
void conns_phase(struct conn *c, enum conn_phase phase);

/**
 * conns_remove(c):
 * ${c} is closed; NULL is harmless.
 */
void conns_remove(struct conn *c);

/**
 * conns_enforce(set):
 * Shut those that took longer than their phase allows.
 */
void conns_enforce(struct conns *set);

/**
 * conns_free(set):
 * Free ${set}; NULL is harmless.
 */
void conns_free(struct conns *set);

#endif
