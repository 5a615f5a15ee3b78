/*
 * hearing: may the own log be continued, or could somebody hold more of it than
 * we do (an old disk, a copied key)?
 */
#ifndef HEARING_H
#define HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/chain.h>

#define HEARING_TRIES	3	/* to fetch a claimed own head */
#define HEARING_LEAP	1000	/* claims of an epoch further ahead are lies */
#define HEARING_BUMP	86400000 /* ms: least time between two new epochs */

enum hearing_say {
	HEARING_WAIT,		/* too few peers were heard */
	HEARING_ADOPT,		/* somebody claims to hold more: fetch it */
	HEARING_LOST,		/* and it cannot be had */
	HEARING_PUBLISH,
	HEARING_HALT,		/* the key was used elsewhere: never again */
};

struct hearing {
	unsigned needed;	/* peers to hear */
	size_t	 *peers;	/* heard; owned */
	size_t	 npeers;
	struct head claim;	/* the highest that was claimed, epoch 0 none */
	unsigned tries;		/* to fetch it that failed in a row */
	bool	 halted;	/* it is proved that the key was used elsewhere */
};

/**
 * hearing_heard(h, peer):
 * Member number ${peer} told all it holds of our log, perhaps nothing.
 */
void hearing_heard(struct hearing *h, size_t peer);

/**
 * hearing_claim(h, head, own):
 * Somebody says that our log goes up to ${head}, ${own} being ours.
 */
void hearing_claim(struct hearing *h, const struct head *head,
    const struct head *own);

/**
 * hearing_say(h, own):
 * Say what holds, ${own} being the own head.
 */
enum hearing_say hearing_say(const struct hearing *h, const struct head *own);

/**
 * hearing_forget(h):
 * The claim is settled: it led to a new epoch, or it was a lie.
 */
void hearing_forget(struct hearing *h);

/**
 * hearing_free(h):
 * Free what ${h} owns.
 */
void hearing_free(struct hearing *h);

#endif
