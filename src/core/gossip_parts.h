/*
 * gossip_parts: the inside of the gossip, shared by the files gossip*.c alone.
 *
 *	gossip		who is a peer, whose logs are wanted
 *	gossip_ask	which request is next
 *	gossip_tell	what answers brought
 *	gossip_read	how it stands
 */
#ifndef GOSSIP_PARTS_H
#define GOSSIP_PARTS_H

#include <virbl/engine.h>

#include "core/gossip.h"

#define GOSSIP_NEVER INT64_MAX

/* What one peer said of one member. */
struct said {
	uint64_t seq; /* 0: nothing */
	int64_t retry; /* not to be asked for it before */
	uint32_t epoch;
	uint8_t step; /* of the ways to ask, see way() */
	uint8_t tries; /* failures in a row */
	bool compare;
};

struct peer {
	enum peer_state state;
	char why[128];
	int64_t contact;
	uint64_t rejected;
	const char *rejection;
	uint64_t complaints;
	char complaint[ENGINE_VERDICT + 1];
	bool polling;
	bool carding;
	bool met; /* instance and cursor are known */
	int64_t polled;
	int64_t due; /* next poll */
	int64_t banned;
	unsigned failures;
	unsigned strikes;
	unsigned requests;
	uint64_t cursor;
	uint8_t instance[8];
	uint32_t card; /* to be asked for, 0 none */
	uint32_t cardtried;
	struct said *said; /* by member */
	size_t nsaid;
};

/* A member whose log may be fetched. */
struct topic {
	bool follow;
	bool busy; /* a request is under way */
	bool wanted; /* in want[] */
	uint32_t epoch;
	uint64_t seq;
	uint32_t floorepoch;
	uint64_t floor;
	int64_t retry;
};

struct slot {
	struct ask ask;
	size_t free; /* next free slot + 1 */
};

struct gossip {
	struct peer **peers; /* by member number; NULL: never a peer */
	struct topic *topics;
	size_t n;
	size_t *want; /* members above whose head something is announced */
	size_t nwant;
	size_t turn; /* where in want[] the next look begins */
	struct slot *slots;
	size_t nslots;
	size_t freeslot; /* + 1 */
	uint64_t serial;
	uint64_t seed;
};

/* A number below ${n}, from the seed. */
static inline uint64_t
gossip_jitter(struct gossip *g, uint64_t n)
{
	uint64_t z = (g->seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return ((z ^ (z >> 31)) % n);
}

/* A pause that doubles with each failure, the last half of it by chance. */
static inline int64_t
gossip_pause_for(struct gossip *g, unsigned failures)
{
	int64_t ms = GOSSIP_BACKOFF;

	while (failures-- > 1 && ms < GOSSIP_BACKOFF_MAX)
		ms *= 2;
	if (ms > GOSSIP_BACKOFF_MAX)
		ms = GOSSIP_BACKOFF_MAX;
	return (ms / 2 + (int64_t)gossip_jitter(g, (uint64_t)ms / 2 + 1));
}

static inline struct peer *
gossip_active(const struct gossip *g, size_t peer)
{
	if (peer >= g->n || g->peers[peer] == NULL ||
	    g->peers[peer]->state == PEER_NONE)
		return (NULL);
	return (g->peers[peer]);
}

static inline bool
gossip_missing(const struct topic *t, const struct said *s)
{
	if (s->seq == 0)
		return (false);
	return (s->compare || s->epoch > t->epoch ||
	    (s->epoch == t->epoch && s->seq > t->seq));
}

static inline void
gossip_want(struct gossip *g, size_t member)
{
	struct topic *t = &g->topics[member];

	t->retry = 0;
	if (!t->follow || t->wanted)
		return;
	t->wanted = true;
	g->want[g->nwant++] = member;
}

/* Nothing came of any way: begin again after a while. */
static inline void
gossip_pause_said(struct gossip *g, struct said *s, struct mono now)
{
	s->step = 0;
	if (s->tries < UINT8_MAX)
		s->tries++;
	s->retry = now.ms + gossip_pause_for(g, s->tries);
}

#endif
