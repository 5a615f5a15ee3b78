/*
 * gossip: what each peer announced, what is missing, whom to ask for it, and
 * when again.
 *
 * It is told things (peers, heads, answers) and says which request is next; it
 * sees no message and no batch. One long-poll for heads per peer; per member
 * one request at a time; at most GOSSIP_REQUESTS besides the long-poll per
 * peer.
 */
#ifndef GOSSIP_H
#define GOSSIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/chain.h>
#include <virbl/time.h>

#define GOSSIP_REQUESTS	4
#define GOSSIP_PACE	100	/* ms: least time between two polls of a peer */
#define GOSSIP_BACKOFF	1000	/* ms: first pause after a failure */
#define GOSSIP_BACKOFF_MAX 60000
#define GOSSIP_STRIKES	16	/* refused batches before a long pause */
#define GOSSIP_BAN	600000	/* ms: that pause */
#define GOSSIP_PARK	60000	/* ms: pause after a batch from the future */

enum ask_kind {
	ASK_HEADS,
	ASK_CARD,
	ASK_RANGE,		/* batches from..to */
	ASK_PROBE,		/* from == to: a head, for its floor */
	ASK_COMPARE,		/* from == to: our own head's place */
};

/* A request to a peer. */
struct ask {
	uint64_t request;
	enum ask_kind kind;
	size_t	 peer;		/* member number of whom to ask */
	size_t	 member;	/* RANGE PROBE COMPARE: whose log */
	uint32_t epoch;
	uint64_t from, to;
	uint64_t cursor;	/* HEADS */
	uint8_t	 instance[8];	/* HEADS */
	bool	 wait;		/* HEADS: long-poll */
};

enum outcome {
	OUTCOME_PROGRESS,	/* it brought us further */
	OUTCOME_NOTHING,	/* the peer has nothing that fits here */
	OUTCOME_LEARNED,	/* PROBE: the floor is known now */
	OUTCOME_FAILED,		/* no usable answer */
	OUTCOME_PARKED,		/* from the future: later */
	OUTCOME_BROKEN,		/* does not fit our head: compare with theirs */
};

enum peer_state {
	PEER_NONE,		/* not to be asked */
	PEER_CONNECTING,
	PEER_CONNECTED,
	PEER_UNREACHABLE,
	PEER_REFUSED,		/* it does not know us */
};

/* How a peer stands. */
struct peer_status {
	enum peer_state state;
	const char *why;	/* last failure, "" none */
	int64_t	 contact;	/* wall ms of the last good answer, 0 never */
	uint64_t rejected;	/* batches refused */
	const char *rejection;	/* name of the last refusal, "" none */
	uint64_t complaints;	/* batches from here that it says it refused */
	const char *complaint;	/* its last verdict, "" none */
};

struct gossip;

/**
 * gossip_new(seed):
 * Return a gossip without peers; ${seed} makes its jitter. Free with
 * gossip_free().
 */
struct gossip *gossip_new(uint64_t seed);

/**
 * gossip_peer(g, peer, on, now):
 * Member ${peer} is (${on}) or is no longer to be asked for heads. Its
 * pauses end.
 */
void gossip_peer(struct gossip *g, size_t peer, bool on, struct mono now);

/**
 * gossip_called(g, peer, now):
 * ${peer} asked us something, so it can be reached after all: end a long
 * pause, if it is not for misconduct.
 */
void gossip_called(struct gossip *g, size_t peer, struct mono now);

/**
 * gossip_complained(g, peer, n, verdict):
 * ${peer} says that since its start it refused ${n} batches that came from
 * here, the last for ${verdict}, a word of at most ENGINE_VERDICT letters.
 * Return true if that is new: the first of its run.
 */
bool gossip_complained(struct gossip *g, size_t peer, uint64_t n,
    const char *verdict);

/**
 * gossip_follow(g, member, on):
 * The log of ${member} is to be fetched or not.
 */
void gossip_follow(struct gossip *g, size_t member, bool on);

/**
 * gossip_have(g, member, head):
 * What is above ${head} is missing. ${floor} is the signed floor to fall back
 * to, in epoch ${epoch}.
 */
void gossip_have(struct gossip *g, size_t member, const struct head *head);
void gossip_floor(struct gossip *g, size_t member, uint32_t epoch,
    uint64_t floor);

/**
 * gossip_next(g, now, logs, ret):
 * Store the next request in *${ret} and note that it is under way; without
 * ${logs} none for batches. Return false if there is none now.
 */
bool gossip_next(struct gossip *g, struct mono now, bool logs,
    struct ask *ret);

/**
 * gossip_take(g, request, ret):
 * The answer to ${request} came, or none will: store what was asked in
 * *${ret}. Return -1 if it is not known.
 */
int gossip_take(struct gossip *g, uint64_t request, struct ask *ret);

/**
 * gossip_answered(g, ask, instance, cursor, now):
 * A peer answered with its heads, or a part of them. Return true if it is
 * another run of it than before (or the first): what it announced is
 * forgotten. Then tell each head with gossip_announced().
 */
bool gossip_answered(struct gossip *g, const struct ask *ask,
    const uint8_t instance[8], uint64_t cursor, struct mono now);

/**
 * gossip_announced(g, peer, head, member, same):
 * ${peer} announced ${head} of ${member}; ${same} is false if ours has the
 * same place but another id.
 */
void gossip_announced(struct gossip *g, size_t peer, const struct head *head,
    size_t member, bool same);

/**
 * gossip_card(g, peer, version):
 * The peer has a card of this version, newer than ours: ask for it once.
 */
void gossip_card(struct gossip *g, size_t peer, uint32_t version);

/**
 * gossip_failed(g, ask, state, why, now):
 * A request for heads failed, as ${why} says; ${state} is PEER_UNREACHABLE or
 * PEER_REFUSED. The peer is left alone for a while.
 */
void gossip_failed(struct gossip *g, const struct ask *ask,
    enum peer_state state, const char *why, struct mono now);

/**
 * gossip_contact(g, peer, now):
 * ${peer} gave a good answer. Return true if it was not connected before.
 */
bool gossip_contact(struct gossip *g, size_t peer, struct wall now);

/**
 * gossip_done(g, ask, outcome, now):
 * What a request for batches brought. Return true if this peer has been
 * tried in every way and cannot help for now.
 */
bool gossip_done(struct gossip *g, const struct ask *ask, enum outcome outcome,
    struct mono now);

/**
 * gossip_reject(g, peer, why, fault, now):
 * ${peer} delivered a batch that was refused for ${why}, a constant. ${fault}:
 * it could have seen that itself. Return true if it is now left alone for long.
 */
bool gossip_reject(struct gossip *g, size_t peer, const char *why, bool fault,
    struct mono now);

/**
 * gossip_due(g, now):
 * Return when gossip_next() may have something, at the latest.
 */
struct mono gossip_due(const struct gossip *g, struct mono now);

/**
 * gossip_status(g, number, ret):
 * Describe member ${number} as a peer; texts are good until it is told of
 * something.
 */
void gossip_status(const struct gossip *g, size_t number,
    struct peer_status *ret);

/**
 * gossip_behind(g, peer):
 * Return how many batches ${peer} announced that we lack.
 */
uint64_t gossip_behind(const struct gossip *g, size_t peer);

/**
 * gossip_said(g, peer, member, epoch, seq):
 * Store how far ${peer} said that the log of ${member} goes; 0 and 0 if it said
 * nothing.
 */
void gossip_said(const struct gossip *g, size_t peer, size_t member,
    uint32_t *epoch, uint64_t *seq);

/**
 * gossip_source(g, member):
 * True if a connected peer announced more of ${member} than we have.
 */
bool gossip_source(const struct gossip *g, size_t member);

/**
 * gossip_free(g):
 * Free ${g}; NULL is harmless.
 */
void gossip_free(struct gossip *g);

#endif
