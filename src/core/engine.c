#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "core/engine_parts.h"

#define HOUR 3600000 /* ms */
#define IDLE 30000 /* ms: longest sleep, in case the wall clock jumps */
#define SWEEP 4096 /* places of the votes looked at in one step */
#define SWEEP_PAUSE 20 /* ms between steps while sweeping */
#define DAY 86400
#define GRACE DAY /* s that batches are kept after the retention */

/* ---- Birth and death ---- */

/* Sixteen bytes for the purpose ${what}, from the seed. */
static void
derive(const uint8_t seed[32], const char *what, uint8_t out[16])
{
	uint8_t hash[HASH_BYTES];

	key_hash(what, seed, 32, hash);
	memcpy(out, hash, 16);
}

static uint64_t
number_from(const uint8_t bytes[16])
{
	uint64_t n;

	memcpy(&n, bytes, sizeof(n));
	return (n);
}

static void
take_policy(struct engine *e, struct policy *p)
{
	struct policy *old = e->policy;
	size_t i;

	e->policy = p;
	members_policy(e->members, p);
	for (i = 0; members_get(e->members, i) != NULL; i++)
		engine_entry(e, i);
	engine_list_policy(e);
	e->unsettled = true;
	if (e->started) {
		engine_sync_policy(e);
		engine_own_policy(e);
		engine_list_decide_all(e);
	}
	policy_free(old);
}

struct engine *
engine_new(const struct engine_setup *setup)
{
	struct engine *e = mem_zero(sizeof(*e));
	uint8_t key[16];

	e->signer = setup->signer;
	derive(setup->seed, "virbl instance 1", key);
	memcpy(e->instance, key, sizeof(e->instance));
	derive(setup->seed, "virbl hash 1", e->hashkey);
	e->members = members_new(e->hashkey, setup->signer.public);
	e->journal = journal_new();
	e->votes = votes_new(e->hashkey);
	e->rule = rule_new();
	e->threats = threats_new(e->hashkey);
	votes_names(e->votes, e->threats);
	e->agenda = agenda_new();
	e->wakes = map64_new(e->hashkey);
	e->ids = map64_new(e->hashkey);
	e->retracting = map64_new(e->hashkey);
	e->clearing = map64_new(e->hashkey);
	e->exempting = map64_new(e->hashkey);
	e->exempts = exempts_new(e->hashkey);
	e->waivers = waivers_new();
	derive(setup->seed, "virbl touched 1", key);
	e->touched = touched_new(number_from(key));
	derive(setup->seed, "virbl backlog 1", key);
	e->backlog = backlog_new(number_from(key));
	derive(setup->seed, "virbl jitter 1", key);
	e->gossip = gossip_new(number_from(key));
	e->out = outbox_new();
	take_policy(e, setup->policy);
	return (e);
}

void
engine_free(struct engine *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->nracks; i++) {
		listing_free(e->racks[i].listing);
		feed_free(e->racks[i].feed);
	}
	mem_free(e->racks);
	for (i = 0; i < e->ncards; i++)
		mem_free(e->cards[i].bytes);
	mem_free(e->cards);
	outbox_free(e->out);
	hearing_free(&e->hearing);
	gossip_free(e->gossip);
	writes_free(e->writes);
	backlog_free(e->backlog);
	touched_free(e->touched);
	waivers_free(e->waivers);
	exempts_free(e->exempts);
	map64_free(e->exempting);
	map64_free(e->clearing);
	map64_free(e->retracting);
	map64_free(e->ids);
	map64_free(e->wakes);
	agenda_free(e->agenda);
	rule_free(e->rule);
	votes_free(e->votes);
	threats_free(e->threats);
	journal_free(e->journal);
	members_free(e->members);
	policy_free(e->policy);
	mem_free(e);
}

/* ---- For its parts ---- */

struct entry *
engine_entry(struct engine *e, size_t number)
{
	return (journal_entry(e->journal, number,
	    members_get(e->members, number)->key));
}

void
engine_arrived(struct engine *e, const struct write *w)
{
	struct head head = engine_entry(e, w->member)->durable;

	chain_advance(&head, &w->batch.h, w->batch.id);
	journal_durable(e->journal, w->member, &head);
	e->moved_heads = true;
}

struct action *
engine_persist(struct engine *e, const struct write *w)
{
	struct action *a = outbox_add(e->out, ACT_PERSIST);

	a->u.persist.serial = w->serial;
	a->u.persist.kind = w->kind;
	a->u.persist.bytes = w->bytes;
	a->u.persist.len = w->len;
	a->u.persist.pending = w->pending;
	a->u.persist.subject = w->subject;
	a->u.persist.time = w->time;
	a->u.persist.created = w->created;
	a->u.persist.waiver = w->waiver;
	a->u.persist.who = w->who;
	if (w->kind == WRITE_OWN || w->kind == WRITE_BATCH) {
		a->u.persist.h = &w->batch.h;
		a->u.persist.id = w->batch.id;
	}
	if (w->kind == WRITE_FROZEN || w->kind == WRITE_CARD)
		a->u.persist.member = members_get(e->members, w->member)->key;
	return (a);
}

/* ---- Loading ---- */

/* Remember a batch that was stored. */
static void
load_batch(struct engine *e, const uint8_t *bytes, size_t len)
{
	struct entry *entry;
	struct head head;
	struct batch b;
	long number;

	if (batch_decode(bytes, len, &b) != BATCH_OK) {
		outbox_trace(e->out, 3,
		    "a stored batch cannot be read and is left out: the disk "
		    "may be failing");
		return;
	}
	number = members_add(e->members, b.h.member);
	if (number >= 0) {
		entry = engine_entry(e, (size_t)number);
		head = entry->durable;
		chain_advance(&head, &b.h, b.id);
		journal_durable(e->journal, (size_t)number, &head);
		if (memcmp(entry->next.id, b.id, HASH_BYTES) == 0) {
			memcpy(entry->header, bytes, JOURNAL_SIGNED);
			entry->signed_head = true;
		}
		engine_list_batch(e, (size_t)number, &b);
		if (number == 0)
			engine_own_note(e, &b.h);
	}
	batch_free(&b);
}

static void
load_frozen(struct engine *e, const uint8_t *proof, size_t len)
{
	uint8_t key[KEY_BYTES];
	long number;

	if (fork_proof_check(proof, len, key) != 0)
		return;
	number = members_add(e->members, key);
	if (number > 0)
		members_freeze(e->members, (size_t)number);
}

static void
load_card(struct engine *e, const uint8_t *bytes, size_t len)
{
	struct card *card = mem_alloc(sizeof(*card));
	long number;

	if (card_decode(bytes, len, card) == NULL) {
		number = members_add(e->members, card->key);
		if (number >= 0)
			engine_sync_card(e, (size_t)number, bytes, len,
			    card->version);
	}
	mem_free(card);
}

static int
load(struct engine *e, const struct event *event)
{
	long number;

	switch (event->u.loaded.kind) {
	case LOADED_HEAD:
		number = members_add(e->members, event->u.loaded.head->member);
		if (number < 0)
			break;
		engine_entry(e, (size_t)number);
		journal_durable(e->journal, (size_t)number,
		    event->u.loaded.head);
		engine_time_heard(e, (size_t)number,
		    event->u.loaded.head->created);
		break;
	case LOADED_BATCH:
		load_batch(e, event->u.loaded.bytes, event->u.loaded.len);
		break;
	case LOADED_PENDING:
		if (event->u.loaded.serial > e->last_serial)
			e->last_serial = event->u.loaded.serial;
		return (engine_report_load(e, event));
	case LOADED_ID:
		if (event->u.loaded.time > engine_time_horizon(e))
			map64_set(e->ids, event->u.loaded.idhash,
			    event->u.loaded.time);
		break;
	case LOADED_CLEARED:
		engine_list_cleared(e, event->u.loaded.subject,
		    event->u.loaded.time);
		break;
	case LOADED_FROZEN:
		load_frozen(e, event->u.loaded.bytes, event->u.loaded.len);
		break;
	case LOADED_CARD:
		load_card(e, event->u.loaded.bytes, event->u.loaded.len);
		break;
	case LOADED_WAIVER:
		engine_exempt_load(e, event->u.loaded.waiver);
		break;
	}
	return (0);
}

static void
start(struct engine *e)
{
	size_t i;

	e->writes = writes_new(e->last_serial);
	/* What was loaded gave numbers to members that the world lacks. */
	members_policy(e->members, e->policy);
	for (i = 0; members_get(e->members, i) != NULL; i++)
		engine_entry(e, i);
	e->started = true;
	e->hour = e->mono.ms + HOUR;
	engine_sync_policy(e);
	engine_own_start(e);
	engine_list_decide_all(e);
}

/* ---- Steps ---- */

/* The write ${w} is on disk: now it counts. */
static void
apply(struct engine *e, struct write *w)
{
	switch (w->kind) {
	case WRITE_PENDING:
	case WRITE_CLEARED:
		engine_report_durable(e, w);
		break;
	case WRITE_OWN:
		engine_own_durable(e, w);
		break;
	case WRITE_BATCH:
		engine_list_batch(e, w->member, &w->batch);
		engine_arrived(e, w);
		break;
	case WRITE_FROZEN:
		members_policy(e->members, e->policy);
		engine_list_decide_all(e);
		break;
	case WRITE_WAIVER:
	case WRITE_WAIVED:
		engine_exempt_durable(e, w);
		break;
	case WRITE_CARD:
	case WRITE_PRUNE:
		break;
	}
}

static void
persisted(struct engine *e, uint64_t serial)
{
	struct write_reply *r;
	struct action *a;
	struct write *w;

	while ((w = writes_take(e->writes, serial)) != NULL) {
		apply(e, w);
		while ((r = w->replies) != NULL) {
			a = outbox_add(e->out, ACT_REPLY);
			a->u.reply.ticket = r->ticket;
			a->u.reply.verdicts = r->verdicts;
			a->u.reply.n = r->n;
			outbox_keep(e->out, r->verdicts);
			w->replies = r->later;
			mem_free(r);
		}
		writes_done(w);
	}
}

/* What comes round every hour, and what it leaves to do bit by bit. */
static void
tidy(struct engine *e)
{
	uint32_t now = engine_time_horizon(e);
	uint32_t retention = members_world(e->members)->retention;
	uint32_t oldest = now > retention ? now - retention : 0;
	struct write *w;

	if (e->mono.ms >= e->hour) {
		e->hour = e->mono.ms + HOUR;
		e->sweeping = true;
		map64_drop(e->ids, now);
		exempts_expire(e->exempts, oldest > GRACE ? oldest - GRACE : 0);
		e->unsettled = true;
		w = writes_add(e->writes, WRITE_PRUNE, NULL, 0);
		w->created = ((int64_t)now - retention - GRACE) * 1000;
		w->time = now;
		engine_persist(e, w);
	}
	if (e->sweeping) {
		/* Clearances stay until their whole day is too old. */
		votes_expire(e->votes, &e->sweep, oldest - oldest % DAY, SWEEP);
		e->sweeping = e->sweep != 0;
	}
}

static int
dispatch(struct engine *e, const struct event *event)
{
	switch (event->type) {
	case EV_LOADED:
		/* The own card changes with the configuration. */
		assert(!e->started || event->u.loaded.kind == LOADED_CARD);
		return (load(e, event));
	case EV_START:
		assert(!e->started);
		start(e);
		break;
	case EV_REPORT:
		engine_report_take(e, event);
		break;
	case EV_FETCHED:
		engine_sync_fetched(e, event);
		break;
	case EV_FAILED:
		engine_sync_failed(e, event);
		break;
	case EV_PERSISTED:
		persisted(e, event->u.persisted.serial);
		break;
	case EV_POLICY:
		take_policy(e, event->u.policy);
		break;
	case EV_CALLED:
		engine_sync_called(e, event);
		break;
	case EV_TICK:
		break;
	}
	return (0);
}

int
engine_step(struct engine *e, const struct event *event,
    struct actions *actions)
{
	struct action *a;
	bool back;
	int ret;

	outbox_reset(e->out);
	back = engine_time_set(e, event);
	e->moved_lists = 0;
	e->moved_heads = false;
	if (e->started)
		engine_list_wake(e);
	ret = dispatch(e, event);
	if (e->started) {
		/* What expired or began too early is undone. */
		if (back)
			engine_list_decide_all(e);
		engine_list_decide(e);
		engine_own_pump(e);
		engine_exempt_pump(e);
		engine_sync_pump(e);
		tidy(e);
	}
	if (e->moved_lists != 0 || e->moved_heads) {
		a = outbox_add(e->out, ACT_MOVED);
		a->u.moved.lists = e->moved_lists;
		a->u.moved.heads = e->moved_heads;
	}
	outbox_list(e->out, actions);
	return (ret);
}

struct mono
engine_next(const struct engine *e)
{
	struct mono next = {e->mono.ms + IDLE}, gossip;
	uint32_t when = agenda_next(e->agenda);
	int64_t due;

	if (e->lapse != 0 && (when == 0 || e->lapse < when))
		when = e->lapse;

	if (!e->started)
		return ((struct mono){ENGINE_NEVER});
	if (e->hour < next.ms)
		next.ms = e->hour;
	if (e->sweeping && e->mono.ms + SWEEP_PAUSE < next.ms)
		next.ms = e->mono.ms + SWEEP_PAUSE;
	due = e->mono.ms + ((int64_t)when * 1000 - e->now.ms);
	if (when != 0 && due < next.ms)
		next.ms = due;
	due = engine_own_due(e);
	if (due < next.ms && e->own.said == HEARING_PUBLISH)
		next.ms = due;
	gossip = gossip_due(e->gossip, e->mono);
	if (gossip.ms < next.ms)
		next.ms = gossip.ms;
	return (next);
}
