#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "core/engine_parts.h"

#define HEARTBEAT 300000 /* ms without a batch */
#define INTERVAL 1000 /* ms between batches, for ... */
#define FEW 33 /* ... this many members */
#define INTERVAL_MAX 60000
#define DOUBT 3600000 /* ms: so long a liar is not listened to */
#define HOUR 3600000
#define PRUNE_DELAY 86400000 /* ms after the retention */

/* ---- The floor ---- */

void
engine_own_note(struct engine *e, const struct batch_header *h)
{
	struct own_log *own = &e->own;

	if (h->seq == 1) {
		own->nmarks = 0;
		if (h->epoch > 1)
			own->bumped = h->created;
	}
	if (own->nmarks > 0 &&
	    h->created < own->marks[own->nmarks - 1].created + HOUR)
		return;
	if (own->nmarks == ENGINE_MARKS)
		memmove(own->marks, own->marks + 1,
		    --own->nmarks * sizeof(*own->marks));
	own->marks[own->nmarks].seq = h->seq;
	own->marks[own->nmarks++].created = h->created;
}

/* The lowest seq that is certainly still there, for the batch ${seq}. */
static uint64_t
floor_for(const struct engine *e, const struct head *head, uint64_t seq)
{
	int64_t cutoff = e->now.ms - PRUNE_DELAY -
	    (int64_t)members_world(e->members)->retention * 1000;
	uint64_t floor = seq;
	size_t i;

	for (i = 0; i < e->own.nmarks; i++)
		if (e->own.marks[i].created >= cutoff) {
			floor = e->own.marks[i].seq;
			break;
		}
	return (floor > head->floor ? floor : head->floor);
}

/* ---- Cutting ---- */

/* Milliseconds between batches. */
static int64_t
interval(const struct engine *e)
{
	size_t i, n = 0;
	int64_t ms;

	if (e->policy->batch_interval != 0)
		return (e->policy->batch_interval);
	for (i = 0; i < e->policy->nmembers; i++)
		n += e->policy->members[i].trust != TRUST_NONE;
	ms = n <= FEW ? INTERVAL : (int64_t)n * 1000 / FEW;
	return (ms < INTERVAL_MAX ? ms : INTERVAL_MAX);
}

/* Somebody follows us, as far as we know. */
static bool
followed(const struct engine *e)
{
	size_t i;

	for (i = 1; i < e->policy->nmembers; i++)
		if (e->policy->members[i].trust != TRUST_NONE)
			return (true);
	return (false);
}

int64_t
engine_own_due(const struct engine *e)
{
	int64_t heartbeat = e->own.cut + HEARTBEAT;
	size_t n = backlog_count(e->backlog);

	if (!e->started || e->own.writing != 0)
		return (ENGINE_NEVER);
	if (n >= BATCH_RECORDS || backlog_urgent(e->backlog))
		return (e->mono.ms);
	if (n > 0)
		return (e->own.cut + interval(e));
	return (followed(e) ? heartbeat : ENGINE_NEVER);
}

/* Give the batch ${b} of the own log, decoded from ${bytes}, to the disk. */
static struct write *
write_own(struct engine *e, struct batch *b, uint8_t *bytes, size_t len,
    uint64_t pending)
{
	struct write *w;

	journal_accept(e->journal, 0, b);
	gossip_have(e->gossip, 0, &engine_entry(e, 0)->next);
	w = writes_add(e->writes, WRITE_OWN, bytes, len);
	w->batch = *b;
	w->pending = pending;
	engine_persist(e, w);
	return (w);
}

/*
 * Sign the next batch, with what is waiting: after ${prev}, or, if that is of
 * another's making, as the first of the epoch after it.
 */
static void
cut(struct engine *e, const struct head *prev, bool bump)
{
	const struct head *own = &engine_entry(e, 0)->next;
	struct batch_draft d = {.created = e->now.ms};
	uint8_t *bytes = mem_alloc(BATCH_BYTES);
	struct own_record *said;
	struct record *records;
	struct batch b;
	uint64_t pending;
	size_t i, len;

	pending = backlog_cut(e->backlog, &said, &d.nrecords);
	records = mem_array(NULL, d.nrecords + 1, sizeof(*records));
	threats_begin(e->threats);
	if (own->created > d.created)
		d.created = own->created;
	for (i = 0; i < d.nrecords; i++) {
		records[i] = said[i].r;
		records[i].threat = threats_local(e->threats, said[i].threat);
		if ((int64_t)records[i].last * 1000 > d.created)
			d.created = (int64_t)records[i].last * 1000;
	}
	d.names = threats_table(e->threats, &d.nnames);
	d.records = records;
	memcpy(d.prev, prev->id, HASH_BYTES);
	d.epoch = prev->epoch + (bump || prev->epoch == 0);
	d.seq = bump ? 1 : prev->seq + 1;
	d.floor = bump ? 1 : floor_for(e, prev, d.seq);
	d.card =
	    e->ncards > 0 && e->cards[0].version > 0 ? e->cards[0].version : 1;
	len = batch_build(&d, &e->signer, bytes);
	mem_free(records);
	assert(len > 0);
	bytes = mem_array(bytes, len, 1);
	if (batch_decode(bytes, len, &b) != BATCH_OK)
		assert(!"own batch not valid");
	e->own.writing = write_own(e, &b, bytes, len, pending)->serial;
	e->own.cut = e->mono.ms;
}

void
engine_own_durable(struct engine *e, struct write *w)
{
	size_t i;

	for (i = 0; i < w->nrecords; i++)
		if (w->records[i].r.kind != RECORD_SIGHTING ||
		    w->records[i].r.count > 0)
			engine_list_vote(e, 0, &w->records[i].r,
			    w->records[i].threat);
	engine_arrived(e, w);
	engine_own_note(e, &w->batch.h);
	if (e->own.writing == w->serial)
		e->own.writing = 0;
}

/* ---- Hearing ---- */

void
engine_own_adopt(struct engine *e, struct batch *b, uint8_t *bytes, size_t len)
{
	struct own_record *said = mem_zero((b->h.records + 1) * sizeof(*said));
	const struct batch_name *name;
	struct write *w;
	uint64_t pending;
	size_t i;

	for (i = 0; i < b->h.records; i++) {
		batch_record(b, i, &said[i].r);
		if (said[i].r.threat == 0)
			continue;
		name = &b->names[said[i].r.threat - 1];
		said[i].threat =
		    threats_number(e->threats, name->text, name->len);
		said[i].namelen = name->len;
	}
	/* An old disk may hold as pending what that batch contains. */
	pending = backlog_absorb(e->backlog, said, b->h.records);
	w = write_own(e, b, bytes, len, pending);
	w->records = said;
	w->nrecords = b->h.records;
	e->hearing.tries = 0;
	if (e->own.published)
		outbox_trace(e->out, 3,
		    "another program signs with this node's key: "
		    "stop it, or make a new key");
}

void
engine_own_policy(struct engine *e)
{
	unsigned peers = 0, needed;
	size_t i;

	if (e->own.published)
		return;
	for (i = 1; members_get(e->members, i) != NULL; i++)
		peers += engine_sync_peer(e, i);
	needed = peers < ENGINE_HEARD ? peers : ENGINE_HEARD;
	e->hearing.needed = e->policy->hear_head ? needed : 0;
}

void
engine_own_start(struct engine *e)
{
	e->own.cut = e->mono.ms;
	e->own.said = HEARING_WAIT;
	engine_own_policy(e);
}

/* Say what changed, once. */
static void
say(struct engine *e, enum hearing_say what)
{
	const struct head *claim = &e->hearing.claim;
	const struct head *own = &engine_entry(e, 0)->next;

	if (what == e->own.said)
		return;
	e->own.said = what;
	switch (what) {
	case HEARING_WAIT:
	case HEARING_LOST:
		break;
	case HEARING_ADOPT:
		outbox_trace(e->out, e->own.published ? 3 : 4,
		    outbox_text(e->out,
			"publishing stopped: a peer holds this node's log up "
			"to %u/%llu, here it ends at %u/%llu; fetching",
			(unsigned)claim->epoch, (unsigned long long)claim->seq,
			(unsigned)own->epoch, (unsigned long long)own->seq));
		break;
	case HEARING_PUBLISH:
		outbox_trace(e->out, 6,
		    outbox_text(e->out,
			"publishing begins after %u/%llu, %u peers heard",
			(unsigned)own->epoch, (unsigned long long)own->seq,
			(unsigned)e->hearing.npeers));
		break;
	case HEARING_HALT:
		outbox_trace(e->out, 3,
		    "publishing ended: another program signed a different "
		    "batch with this node's key; make a new key");
		break;
	}
}

/* What is claimed cannot be had: a lie, or lost with an old disk. */
static void
give_up(struct engine *e)
{
	struct head claim = e->hearing.claim;

	if (e->own.published) {
		/* This run began from a heard head and its disk is the same:
		   without a signed batch a claim is only words. */
		if (e->mono.ms >= e->own.doubted)
			outbox_trace(e->out, 4,
			    "a peer claims more of this node's log but cannot "
			    "show it; publishing goes on");
		e->own.doubted = e->mono.ms + DOUBT;
		hearing_forget(&e->hearing);
		return;
	}
	if (e->own.bumped != 0 && e->now.ms < e->own.bumped + HEARING_BUMP) {
		if (!e->own.told)
			outbox_trace(e->out, 3,
			    "publishing waits: a part of this node's log is "
			    "lost, and its last new epoch is less than a day "
			    "old");
		e->own.told = true;
		return;
	}
	outbox_trace(e->out, 3,
	    outbox_text(e->out,
		"new epoch %u: this node's log up to %u/%llu is known to "
		"peers but cannot be had",
		(unsigned)claim.epoch + 1, (unsigned)claim.epoch,
		(unsigned long long)claim.seq));
	hearing_forget(&e->hearing);
	e->own.bumped = e->now.ms;
	e->own.told = false;
	cut(e, &claim, true);
}

void
engine_own_pump(struct engine *e)
{
	const struct head *own = &engine_entry(e, 0)->next;
	enum hearing_say what;
	bool follow, doubt;

	if (!e->started)
		return;
	what = hearing_say(&e->hearing, own);
	/* What is claimed is still asked for, but nothing waits for it. */
	doubt = e->own.published && e->mono.ms < e->own.doubted &&
	    (what == HEARING_ADOPT || what == HEARING_LOST);
	say(e, doubt ? HEARING_PUBLISH : what);
	follow =
	    what == HEARING_ADOPT || what == HEARING_LOST || e->own.compare;
	if (follow != e->own.followed) {
		gossip_follow(e->gossip, 0, follow);
		e->own.followed = follow;
	}
	if (what == HEARING_LOST && e->own.writing == 0)
		give_up(e);
	if (what != HEARING_PUBLISH && !doubt)
		return;
	e->own.published = true;
	if (engine_own_due(e) <= e->mono.ms)
		cut(e, own, false);
}
