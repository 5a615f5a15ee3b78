/*
 * engine: a whole node as one state machine.
 *
 *	int engine_step(engine, event, actions)
 *
 * An event goes in, actions come out. The engine does no I/O, reads no clock
 * and has no global state; time comes in the event, randomness from the seed it
 * is made with. Event memory is the caller's and need only live during the
 * call; action memory is the engine's and lives until the next step.
 *
 * The road: REPORT or FETCHED -> (signed, checked) -> PERSIST -> PERSISTED ->
 * votes -> rule -> listings. Nothing counts, is acknowledged or announced
 * before the PERSISTED event that covers it.
 *
 * The functions below engine_step() read; they may run in other threads while
 * no step runs (the daemon holds a lock for that). Listings alone may be read
 * at any time (see listing.h).
 */
#ifndef VIRBL_ENGINE_H
#define VIRBL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/chain.h>
#include <virbl/policy.h>
#include <virbl/rule.h>
#include <virbl/time.h>

#define ENGINE_WRITES	4096	/* most writes not yet persisted */
#define ENGINE_PENDING	1000000	/* most own records not yet in a batch */
#define ENGINE_REPORT	100000	/* most items in one REPORT */
#define ENGINE_IDS	16000000 /* most sighting ids remembered */
#define ENGINE_ID_DAYS	8	/* for how long */
#define ENGINE_THREATS	262144	/* most threat names; later ones are "other" */
#define ENGINE_AHEAD	900	/* s: a batch created further ahead is parked */
#define ENGINE_LATE	60	/* s: reported so far ahead: now */
#define ENGINE_WAIT	25	/* s: longest long-poll */
#define ENGINE_RANGE	64	/* most batches in one answer */
#define ENGINE_RANGE_BYTES 4194304 /* most bytes in one answer */
#define ENGINE_HEARD	3	/* peers to hear the own head from */
#define ENGINE_VERDICT	15	/* longest word for why a batch was refused */
#define ENGINE_WAIVERS	4096	/* most prefixes exempted by the operator */
#define ENGINE_SIGNED	256	/* most of them signed as own mail servers */
#define ENGINE_WHO	95	/* longest name of who gave an order */

/* ---- Events ---- */

/* One thing a reporter, desk or operator says. */
struct item {
	uint64_t subject;
	uint64_t idhash;	/* hash of (token, id); 0: no id given */
	uint32_t count;		/* sighting: >= 1 */
	uint32_t seen;		/* seconds; 0: now */
	uint16_t sport;
	uint16_t dport;
	uint8_t	 kind;		/* enum record_kind */
	uint8_t	 category;
	uint8_t	 basis;
	uint8_t	 flags;
	bool	 local;		/* clearance, exemption: not to be signed */
	struct prefix prefix;	/* exemption, revocation: instead of subject */
	char	 threat[BATCH_NAME + 1]; /* checked by name_valid(); "" none;
				   exemption: who asks for it */
};

/*
 * What the local operator exempts while the node runs. If it is one subject of
 * the own prefixes it is also signed and said again every day; a row that is
 * gone waits until the revocation is written.
 */
struct waiver {
	struct prefix prefix;	/* no IPv6 one is longer than /64 */
	uint32_t time;		/* when it was asked for */
	bool	 local;		/* not to be signed */
	bool	 gone;		/* exempts nothing any more */
	char	 by[BATCH_NAME + 1]; /* who asked, "" unknown */
};

/* What became of an item. */
enum item_verdict {
	ITEM_ACCEPTED,
	ITEM_DUPLICATE,		/* its id was accepted before */
	ITEM_FUTURE,		/* seen more than ENGINE_LATE ahead */
	ITEM_OLD,		/* seen before the retention */
	ITEM_WITHDRAWN,		/* not after one's own retraction */
	ITEM_BUSY,		/* a limit was reached: try again later */
	ITEM_FULL,		/* no more can be exempted */
	ITEM_ABSENT,		/* it is not exempted here */
	ITEM_VERDICTS
};

enum event_type {
	EV_LOADED,		/* from the store, before START */
	EV_START,		/* all is loaded: begin */
	EV_REPORT,
	EV_FETCHED,		/* answer to ACT_FETCH */
	EV_FAILED,		/* no answer to ACT_FETCH */
	EV_PERSISTED,
	EV_POLICY,
	EV_CALLED,		/* a configured peer asked us something */
	EV_TICK,
};

enum loaded_kind {
	LOADED_HEAD,		/* high-water mark of a member */
	LOADED_BATCH,		/* ascending (epoch, seq) per member */
	LOADED_PENDING,		/* bytes of an earlier WRITE_PENDING */
	LOADED_ID,
	LOADED_CLEARED,
	LOADED_FROZEN,
	LOADED_CARD,
	LOADED_WAIVER,
};

struct event {
	enum event_type type;
	struct wall now;
	struct mono mono;
	union {
		struct {
			enum loaded_kind kind;
			const struct head *head;	/* HEAD */
			const uint8_t *bytes;	/* BATCH PENDING CARD;
						   FROZEN: proof */
			size_t	 len;
			uint64_t serial;	/* PENDING */
			uint64_t idhash;	/* ID */
			uint32_t time;		/* ID: expires; CLEARED: when */
			uint64_t subject;	/* CLEARED */
			const struct waiver *waiver; /* WAIVER */
		} loaded;
		struct {
			uint64_t ticket;	/* comes back in ACT_REPLY */
			const struct item *items;
			size_t	 n;
			const char *who;	/* who orders what is
						   no sighting, kept beside it;
						   NULL nobody */
		} report;
		struct {
			uint64_t request;	/* of the ACT_FETCH */
			unsigned status;	/* HTTP status */
			const uint8_t *bytes;
			size_t	 len;
		} fetched;
		struct {
			uint64_t request;
			const char *reason;	/* for people */
		} failed;
		struct {
			uint64_t serial;	/* durable up to it */
		} persisted;
		struct policy *policy;		/* becomes the engine's */
		struct {
			const uint8_t *key;	/* KEY_BYTES: who */
			uint64_t refused;	/* batches from here that it
						   says it refused */
			const char *verdict;	/* on the last of them: a
						   word; "" none */
		} called;
	} u;
};

/* ---- Actions ---- */

enum action_type {
	ACT_PERSIST,		/* write, in this order, then EV_PERSISTED */
	ACT_FETCH,		/* GET from a peer */
	ACT_REPLY,		/* an EV_REPORT is done */
	ACT_MOVED,		/* listings or heads changed: wake who waits */
	ACT_TRACE,		/* a line for the log */
};

enum write_kind {
	WRITE_PENDING,		/* accepted items, not yet in a batch */
	WRITE_OWN,		/* own batch; ends PENDING up to .pending */
	WRITE_BATCH,		/* another member's batch */
	WRITE_CLEARED,		/* the local operator's clearance */
	WRITE_FROZEN,		/* a member forked: the proof */
	WRITE_CARD,		/* a newer card of a member */
	WRITE_WAIVER,		/* what the operator exempts, by its prefix */
	WRITE_WAIVED,		/* forget the one with that prefix */
	WRITE_PRUNE,		/* forget batches older than .created, ids
				   expired at .time */
};

struct write_id {
	uint64_t hash;
	uint32_t expires;
};

struct action {
	enum action_type type;
	union {
		struct {
			uint64_t serial;	/* ascending by one */
			enum write_kind kind;
			const uint8_t *bytes;	/* PENDING OWN BATCH
						   FROZEN CARD */
			size_t	 len;
			const struct batch_header *h;	/* OWN BATCH */
			const uint8_t *id;	/* OWN BATCH: HASH_BYTES */
			const struct write_id *ids;	/* PENDING */
			size_t	 nids;
			uint64_t pending;	/* OWN: serial of the last
						   PENDING write now in
						   batches; 0 none */
			const uint8_t *member;	/* FROZEN CARD: KEY_BYTES */
			uint64_t subject;	/* CLEARED */
			uint32_t time;		/* CLEARED PRUNE */
			int64_t	 created;	/* PRUNE, ms */
			const struct waiver *waiver; /* WAIVER WAIVED */
			const char *who;	/* PENDING CLEARED: who ordered
						   it, NULL nobody */
		} persist;
		struct {
			uint64_t request;
			const uint8_t *peer;	/* KEY_BYTES: the pin */
			const char *url;	/* base, ends in "/" */
			const char *path;	/* without leading "/" */
			size_t	 limit;		/* most bytes to accept */
			uint32_t seconds;	/* total time allowed */
		} fetch;
		struct {
			uint64_t ticket;
			const uint8_t *verdicts; /* enum item_verdict */
			size_t	 n;
		} reply;
		struct {
			uint16_t lists;		/* bit per list of the policy */
			bool	 heads;
		} moved;
		struct {
			int	 level;		/* as in syslog: 3 error,
						   4 warning, 6 info, 7 debug */
			const char *text;
		} trace;
	} u;
};

struct actions {
	const struct action *list;
	size_t	 n;
};

/* ---- The machine ---- */

struct engine;
struct listing;
struct feed;

struct engine_setup {
	struct signer signer;	/* the own key */
	uint8_t	 seed[32];	/* secret: hash keys, jitter, instance */
	struct policy *policy;	/* becomes the engine's */
};

/**
 * engine_new(setup):
 * Return an engine that knows nothing yet. Free with engine_free().
 */
struct engine *engine_new(const struct engine_setup *setup);

/**
 * engine_step(e, event, actions):
 * Take ${event} and store what must be done in *${actions}. Return 0, or -1 if
 * the engine cannot go on (the reason is an ACT_TRACE of level 3).
 */
int engine_step(struct engine *e, const struct event *event,
    struct actions *actions);

/**
 * engine_next(e):
 * Return when an EV_TICK is due at the latest.
 */
struct mono engine_next(const struct engine *e);

/**
 * engine_free(e):
 * Free ${e}; NULL is harmless.
 */
void engine_free(struct engine *e);

/* ---- Reading ---- */

/* A node's own state. */
struct engine_state {
	struct head head;	/* own */
	bool	 started;
	bool	 publishing;	/* the own head was heard (or nobody to ask) */
	unsigned heard;		/* peers heard */
	unsigned needed;	/* peers to hear */
	size_t	 pending;	/* own records not yet in a batch */
	size_t	 writes;	/* writes not yet persisted */
	uint64_t items[ITEM_VERDICTS]; /* counters */
	uint64_t batches[BATCH_VERDICTS]; /* of others, by verdict */
	uint64_t chains[CHAIN_VERDICTS];
	uint64_t records;	/* applied since the start, loaded ones too */
	size_t	 subjects;	/* with votes */
	size_t	 waivers;	/* prefixes the operator exempts */
	size_t	 owned;		/* subjects their owners exempt */
	size_t	 unowned;	/* exempted by members, without effect: not in
				   their prefixes, or too many */
	uint8_t	 instance[8];	/* of this run */
	uint64_t serial;	/* arrival counter of heads */
};

/* How a member stands, for people. */
struct engine_member {
	struct policy_member const *policy; /* NULL: no longer configured */
	struct head head;
	uint32_t card;		/* version known, 0 none */
	bool	 frozen;	/* forked */
	/* As a peer (has a URL): */
	const char *state;	/* "self" "no url" "connecting" "connected"
				   "unreachable" "refused" "frozen" "off" (not
				   replicated) */
	const char *why;	/* last failure, "" none */
	int64_t	 contact;	/* wall ms of the last good answer, 0 never */
	uint64_t behind;	/* batches it announced that we lack */
	uint64_t accepted;	/* batches of this member taken */
	uint64_t records;	/* in them */
	uint64_t rejected;	/* batches refused that came from this peer */
	uint64_t refused;	/* records in them, as far as can be told */
	const char *rejection;	/* name of the last verdict, "" none */
	uint64_t complaints;	/* batches of ours that this peer says it
				   refused, of whomever they are */
	const char *complaint;	/* its last verdict, "" none */
	uint32_t held_epoch;	/* how far it said it has our log; 0 and 0 if */
	uint64_t held_seq;	/* it said nothing */
};

/**
 * engine_policy(e):
 * Return the policy in force.
 */
const struct policy *engine_policy(const struct engine *e);

/**
 * engine_state(e, ret):
 * Fill *${ret}.
 */
void engine_state(const struct engine *e, struct engine_state *ret);

/**
 * engine_member(e, i, ret):
 * Describe member number ${i}; 0 is the own node. Numbers never change while
 * the engine lives. Return -1 if there is no such number.
 */
int engine_member(const struct engine *e, size_t i, struct engine_member *ret);

/**
 * engine_heads(e, since, out, max, cursor):
 * Store at most ${max} heads that changed after arrival ${since} in ${out},
 * oldest change first, and in *${cursor} the arrival of the last one (or
 * the newest arrival if none was left out). Return their number.
 */
size_t engine_heads(const struct engine *e, uint64_t since, struct head *out,
    size_t max, uint64_t *cursor);

/**
 * engine_listing(e, list), engine_feed(e, list):
 * The index and the change feed of list number ${list} of the policy. They
 * live as long as the engine holds a list of that name.
 */
struct listing *engine_listing(const struct engine *e, size_t list);
const struct feed *engine_feed(const struct engine *e, size_t list);

/**
 * engine_votes(e, subject, n):
 * Return the votes for ${subject} and store their number; NULL if none.
 */
const struct vote *engine_votes(const struct engine *e, uint64_t subject,
    size_t *n);

/* Why something is never listed. */
struct engine_exempt {
	struct prefix prefix;
	const char *source;	/* "special", "relay", "operator", "owner" or
				   the name of a file */
	unsigned line;		/* in the file, else 0 */
	const char *by;		/* operator: who asked; owner: the member; "" */
	uint32_t time;		/* operator, owner: since; else 0 */
	bool	 local;		/* operator: not to be signed */
};

/**
 * engine_exempt(e, subject, ret):
 * True if ${subject} is never listed; *${ret} then says why, unless it is
 * NULL. Of several reasons the first: configuration, operator, owner.
 */
bool engine_exempt(const struct engine *e, uint64_t subject,
    struct engine_exempt *ret);

/**
 * engine_exempts(e, from, ret):
 * Fill *${ret} with the next of all that operator and owners exempt, from place
 * *${from} on (begin with 0), and move *${from}. Return false at the end.
 */
bool engine_exempts(const struct engine *e, uint64_t *from,
    struct engine_exempt *ret);

/**
 * engine_threat(e, number):
 * Return the name of threat ${number}, "" for 0.
 */
const char *engine_threat(const struct engine *e, uint32_t number);

/**
 * engine_world(e):
 * Return what rule_prepare() needs to decide about engine_votes().
 */
const struct rule_world *engine_world(const struct engine *e);

/**
 * engine_subjects(e, from, out, max):
 * Store at most ${max} subjects that have votes, from table place *${from} on
 * (begin with 0), and move *${from}. Return their number; 0 means the end.
 */
size_t engine_subjects(const struct engine *e, size_t *from, uint64_t *out,
    size_t max);

/**
 * engine_card(e, i, len):
 * Return the bytes of the newest card of member number ${i}, NULL if none.
 */
const uint8_t *engine_card(const struct engine *e, size_t i, size_t *len);

/**
 * item_verdict_text(v):
 * Return a sentence for ${v}, with the remedy; "" for ITEM_ACCEPTED.
 */
const char *item_verdict_text(enum item_verdict v);

#endif
