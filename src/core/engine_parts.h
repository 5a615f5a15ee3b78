/*
 * engine_parts: the inside of the engine, shared by the files engine*.c alone.
 *
 *	engine		steps, loading, policy, what comes round every hour
 *	engine_time	the clocks, and what is old
 *	engine_list	votes to verdicts to listings and feeds
 *	engine_exempt	what is never listed by word of operator and owners
 *	engine_report	reports to writes
 *	engine_own	the own log: batches, heartbeats, hearing, new epochs
 *	engine_sync	peers: requests, answers, others' batches
 *	engine_read, engine_why	the reading side of <virbl/engine.h>
 */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include <virbl/engine.h>

#include "base/map64.h"
#include "core/agenda.h"
#include "core/backlog.h"
#include "core/exempts.h"
#include "core/feed.h"
#include "core/gossip.h"
#include "core/hearing.h"
#include "core/journal.h"
#include "core/listing.h"
#include "core/members.h"
#include "core/outbox.h"
#include "core/threats.h"
#include "core/touched.h"
#include "core/votes.h"
#include "core/waivers.h"
#include "core/writes.h"

#define ENGINE_NEVER	INT64_MAX
#define ENGINE_MARKS	256	/* most hours of the own log still served */

/* A list that was ever configured: kept, so that readers never lose it. */
struct rack {
	char	 name[CARD_NAME + 1];
	struct listing *listing;
	struct feed *feed;
};

/* The card of a member. */
struct shown_card {
	uint8_t	*bytes;		/* owned, NULL none */
	size_t	 len;
	uint32_t version;
};

/* One place in the own log, about one an hour: what the floor is taken from. */
struct own_mark {
	uint64_t seq;
	int64_t	 created;
};

/* The own log. */
struct own_log {
	uint64_t writing;	/* serial of the own batch under way, 0 none */
	int64_t	 cut;		/* mono ms of the last batch, or the start */
	int64_t	 bumped;	/* wall ms when the last epoch began, 0 never */
	int64_t	 doubted;	/* mono ms: claims stop nothing until then */
	bool	 published;	/* publishing was allowed once in this run */
	bool	 compare;	/* somebody shows another batch in our place */
	bool	 followed;	/* the own log is being asked for */
	enum hearing_say said;	/* what the last trace was about */
	bool	 told;		/* a second new epoch must wait: it was said */
	struct own_mark marks[ENGINE_MARKS];
	size_t	 nmarks;
};

struct engine {
	struct signer signer;
	struct policy *policy;
	struct members *members;
	struct journal *journal;
	struct votes *votes;
	struct rule *rule;
	struct threats *threats;
	struct agenda *agenda;
	struct map64 *wakes;	/* subject: when the agenda has it anyway */
	struct map64 *ids;	/* id: when it is forgotten */
	struct map64 *retracting; /* subject: own mark not yet durable */
	struct map64 *clearing;
	struct exempts *exempts; /* what members say */
	struct waivers *waivers; /* what the operator says */
	struct map64 *exempting; /* subject: own statement not yet durable */
	size_t	 waiving;	/* changes of the waivers not yet durable */
	bool	 unsettled;	/* the own log may lack what waivers say */
	uint32_t lapse;		/* second at which an exemption ends, 0 never */
	struct touched *touched;
	struct backlog *backlog;
	struct writes *writes;
	struct gossip *gossip;
	struct hearing hearing;
	struct outbox *out;
	struct rack *racks;
	size_t	 nracks;
	size_t	 place[POLICY_LISTS]; /* rack of each list of the policy */
	struct shown_card *cards; /* by member number */
	size_t	 ncards;
	struct own_log own;

	struct wall now;	/* of the step */
	struct mono mono;
	int64_t	 latest;	/* created of the latest batch of others, ms, 0
				   none */
	int64_t	 lately;	/* mono ms when that came or was loaded */
	int64_t	 heard;		/* mono ms when the newest came */
	bool	 started;
	uint16_t moved_lists;
	bool	 moved_heads;
	size_t	 unwritten;	/* own records given to the disk */
	uint64_t last_serial;	/* of what was loaded */
	int64_t	 hour;		/* mono ms when the hourly work is due */
	bool	 sweeping;
	size_t	 sweep;		/* place in the votes */

	uint64_t items[ITEM_VERDICTS];
	uint64_t batches[BATCH_VERDICTS];
	uint64_t chains[CHAIN_VERDICTS];
	uint64_t records;
	uint8_t	 hashkey[16];
	uint8_t	 instance[8];
};

/* ---- engine ---- */

/**
 * engine_persist(e, write):
 * Append the ACT_PERSIST for ${write} and return it.
 */
struct action *engine_persist(struct engine *e, const struct write *write);

/**
 * engine_arrived(e, write):
 * The batch of ${write} is on disk: it is announced from now on.
 */
void engine_arrived(struct engine *e, const struct write *write);

/**
 * engine_entry(e, number):
 * Return the journal's entry of member ${number}.
 */
struct entry *engine_entry(struct engine *e, size_t number);

/* ---- engine_time ---- */

/**
 * engine_time_set(e, event):
 * Take over the clocks. Return true if the wall clock went back; a few
 * milliseconds, as NTP may take, are waited for instead.
 */
bool engine_time_set(struct engine *e, const struct event *event);

/**
 * engine_time_horizon(e):
 * Return the time, in seconds, that decides what is old enough to be
 * forgotten: the clock's, but not later than what other members' batches and
 * the time since then account for, if there were any within a day. A clock that
 * leaps ahead and comes back must not cost what was remembered.
 */
uint32_t engine_time_horizon(const struct engine *e);

/**
 * engine_time_heard(e, member, created):
 * ${member} signed a batch at ${created}.
 */
void engine_time_heard(struct engine *e, size_t member, int64_t created);

/* ---- engine_list ---- */

/**
 * engine_list_vote(e, member, r, threat):
 * Add what the record ${r} of ${member} says, with the number of its threat.
 */
void engine_list_vote(struct engine *e, size_t member, const struct record *r,
    uint32_t threat);

/**
 * engine_list_batch(e, member, b):
 * Add all that the batch ${b} of ${member} says.
 */
void engine_list_batch(struct engine *e, size_t member, const struct batch *b);

/**
 * engine_list_cleared(e, subject, time):
 * Add a clearance by the local operator.
 */
void engine_list_cleared(struct engine *e, uint64_t subject, uint32_t time);

/**
 * engine_list_policy(e):
 * Give each list of a new policy its place; empty what it no longer has.
 */
void engine_list_policy(struct engine *e);

/**
 * engine_list_wake(e):
 * Take out what expired; note what must be decided because its time came.
 */
void engine_list_wake(struct engine *e);

/**
 * engine_list_decide(e), engine_list_decide_all(e):
 * Decide what was touched, or everything.
 */
void engine_list_decide(struct engine *e);
void engine_list_decide_all(struct engine *e);

/* ---- engine_exempt ---- */

/**
 * engine_exempt_settle(e):
 * Work out which exemptions by owners are in force and touch what changed.
 * Return the second at which this is due again, 0 never.
 */
uint32_t engine_exempt_settle(struct engine *e);

/**
 * engine_exempt_statement(e, member, r):
 * Take in an exemption or revocation by ${member}.
 */
void engine_exempt_statement(struct engine *e, size_t member,
    const struct record *r);

/**
 * engine_exempt_judge(e, item), engine_exempt_accept(e, item):
 * Decide about an exemption or revocation asked for here; give it to the disk.
 */
enum item_verdict engine_exempt_judge(const struct engine *e,
    const struct item *item);
void engine_exempt_accept(struct engine *e, const struct item *item);

/**
 * engine_exempt_durable(e, w), engine_exempt_load(e, x):
 * The write ${w}, WAIVER or WAIVED, is on disk; ${x} was there.
 */
void engine_exempt_durable(struct engine *e, const struct write *w);
void engine_exempt_load(struct engine *e, const struct waiver *x);

/**
 * engine_exempt_pump(e):
 * Sign what the operator exempts and the own log lacks.
 */
void engine_exempt_pump(struct engine *e);

/* ---- engine_report ---- */

/**
 * engine_report_own(e, records, n):
 * Give ${n} own exemptions or revocations to the disk; they count when they are
 * there.
 */
void engine_report_own(struct engine *e, const struct record *records,
    size_t n);

/**
 * engine_report_take(e, event):
 * Do an EV_REPORT.
 */
void engine_report_take(struct engine *e, const struct event *event);

/**
 * engine_report_durable(e, w):
 * The write ${w}, PENDING or CLEARED, is on disk.
 */
void engine_report_durable(struct engine *e, struct write *w);

/**
 * engine_report_load(e, event):
 * Do a LOADED_PENDING. Return -1 if it cannot be read.
 */
int engine_report_load(struct engine *e, const struct event *event);

/* ---- engine_own ---- */

/**
 * engine_own_start(e), engine_own_policy(e):
 * Begin; take a new policy into account.
 */
void engine_own_start(struct engine *e);
void engine_own_policy(struct engine *e);

/**
 * engine_own_load(e, h):
 * A batch of the own log was loaded or became durable.
 */
void engine_own_note(struct engine *e, const struct batch_header *h);

/**
 * engine_own_adopt(e, b, bytes, len):
 * Take over a verified own batch that a peer had and we had not. ${bytes} and
 * ${b}, decoded from them, become the engine's.
 */
void engine_own_adopt(struct engine *e, struct batch *b, uint8_t *bytes,
    size_t len);

/**
 * engine_own_durable(e, w):
 * The own batch of ${w} is on disk.
 */
void engine_own_durable(struct engine *e, struct write *w);

/**
 * engine_own_pump(e):
 * Cut a batch if it is time and allowed.
 */
void engine_own_pump(struct engine *e);

/**
 * engine_own_due(e):
 * Return the mono ms when engine_own_pump() has something to do.
 */
int64_t engine_own_due(const struct engine *e);

/* ---- engine_sync ---- */

/**
 * engine_sync_policy(e):
 * Tell the gossip who is a peer and whose logs are wanted.
 */
void engine_sync_policy(struct engine *e);

/**
 * engine_sync_fetched(e, event), engine_sync_failed(e, event):
 * Do an EV_FETCHED or EV_FAILED.
 */
void engine_sync_fetched(struct engine *e, const struct event *event);
void engine_sync_failed(struct engine *e, const struct event *event);

/**
 * engine_sync_called(e, event):
 * Do an EV_CALLED.
 */
void engine_sync_called(struct engine *e, const struct event *event);

/**
 * engine_sync_card(e, number, bytes, len, version):
 * Remember a copy of a member's card.
 */
void engine_sync_card(struct engine *e, size_t number, const uint8_t *bytes,
    size_t len, uint32_t version);

/**
 * engine_sync_peer(e, number):
 * True if member ${number} is somebody to ask.
 */
bool engine_sync_peer(const struct engine *e, size_t number);

/**
 * engine_sync_pump(e):
 * Send the requests that are due.
 */
void engine_sync_pump(struct engine *e);

#endif
