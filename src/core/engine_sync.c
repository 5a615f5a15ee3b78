#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/engine_parts.h"
#include "form/gossip_msg.h"

#define WRITES_FETCH (ENGINE_WRITES / 2) /* more are left for reports */
#define PATH_MAX_LEN 160
#define SECONDS 60 /* for one answer */
#define SECONDS_MORE 10 /* for one long-poll, besides its wait */
#define OK 200
#define UNAUTHORIZED 401
#define FORBIDDEN 403
#define NOT_FOUND 404

/* ---- Who is who ---- */

static const struct policy_member *
policy_of(const struct engine *e, size_t number)
{
	const struct member *m = members_get(e->members, number);

	if (m->policy == NULL || m->policy->trust == TRUST_NONE || m->frozen)
		return (NULL);
	return (m->policy);
}

bool
engine_sync_peer(const struct engine *e, size_t number)
{
	const struct policy_member *p = policy_of(e, number);

	return (number != 0 && p != NULL && p->url[0] != '\0');
}

static const char *
name_of(const struct engine *e, size_t number)
{
	const struct member *m = members_get(e->members, number);

	return (m->policy != NULL ? m->policy->name : "?");
}

void
engine_sync_policy(struct engine *e)
{
	size_t i;

	for (i = 0; members_get(e->members, i) != NULL; i++) {
		gossip_have(e->gossip, i, &engine_entry(e, i)->next);
		gossip_peer(e->gossip, i, engine_sync_peer(e, i), e->mono);
		if (i != 0)
			gossip_follow(e->gossip, i, policy_of(e, i) != NULL);
	}
}

void
engine_sync_called(struct engine *e, const struct event *event)
{
	long number = members_find(e->members, event->u.called.key);

	if (number <= 0)
		return;
	gossip_called(e->gossip, (size_t)number, e->mono);
	/* One line when it begins, not for each batch. */
	if (event->u.called.refused > 0 &&
	    gossip_complained(e->gossip, (size_t)number,
		event->u.called.refused, event->u.called.verdict))
		outbox_trace(e->out, 4,
		    outbox_text(e->out,
			"peer %s refuses batches that this node sends (%s): "
			"the "
			"disk may be failing",
			name_of(e, (size_t)number), event->u.called.verdict));
}

void
engine_sync_card(struct engine *e, size_t number, const uint8_t *bytes,
    size_t len, uint32_t version)
{
	struct shown_card *c;

	for (; e->ncards <= number; e->ncards++) {
		e->cards =
		    mem_array(e->cards, e->ncards + 1, sizeof(*e->cards));
		memset(&e->cards[e->ncards], 0, sizeof(*e->cards));
	}
	c = &e->cards[number];
	if (version <= c->version)
		return;
	mem_free(c->bytes);
	c->bytes = mem_dup(bytes, len);
	c->len = len;
	c->version = version;
}

/* ---- Requests ---- */

/* Ask for heads, and say how many batches of the peer were refused. */
static void
write_heads(struct engine *e, const struct ask *ask, char path[PATH_MAX_LEN])
{
	char hex[2 * sizeof(ask->instance) + 1];
	struct peer_status st;
	int n;

	text_hex(ask->instance, sizeof(ask->instance), hex);
	n = snprintf(path, PATH_MAX_LEN,
	    "p/1/heads?since=%llu&instance=%s&wait=%d",
	    (unsigned long long)ask->cursor, hex, ask->wait ? ENGINE_WAIT : 0);
	gossip_status(e->gossip, ask->peer, &st);
	if (st.rejected > 0)
		snprintf(path + n, (size_t)(PATH_MAX_LEN - n),
		    "&refused=%llu&verdict=%s", (unsigned long long)st.rejected,
		    st.rejection);
}

static void
send(struct engine *e, const struct ask *ask)
{
	char *path = outbox_keep(e->out, mem_alloc(PATH_MAX_LEN));
	char hex[2 * KEY_BYTES + 1];
	struct action *a = outbox_add(e->out, ACT_FETCH);

	a->u.fetch.request = ask->request;
	a->u.fetch.peer = members_get(e->members, ask->peer)->key;
	a->u.fetch.url = members_get(e->members, ask->peer)->policy->url;
	a->u.fetch.path = path;
	a->u.fetch.seconds = SECONDS;
	switch (ask->kind) {
	case ASK_HEADS:
		write_heads(e, ask, path);
		a->u.fetch.limit = GOSSIP_BYTES;
		a->u.fetch.seconds = ENGINE_WAIT + SECONDS_MORE;
		break;
	case ASK_CARD:
		snprintf(path, PATH_MAX_LEN, "p/1/card");
		a->u.fetch.limit = CARD_BYTES;
		break;
	case ASK_RANGE:
	case ASK_PROBE:
	case ASK_COMPARE:
		text_hex(members_get(e->members, ask->member)->key, KEY_BYTES,
		    hex);
		snprintf(path, PATH_MAX_LEN, "p/1/log/%s/%u/%llu-%llu", hex,
		    (unsigned)ask->epoch, (unsigned long long)ask->from,
		    (unsigned long long)ask->to);
		a->u.fetch.limit = ENGINE_RANGE_BYTES;
		break;
	}
}

void
engine_sync_pump(struct engine *e)
{
	struct ask ask;
	bool logs;

	if (!e->started)
		return;
	logs = writes_count(e->writes) < WRITES_FETCH &&
	    writes_bytes(e->writes) < WRITES_BYTES;
	while (gossip_next(e->gossip, e->mono, logs, &ask))
		send(e, &ask);
}

/* ---- Heads ---- */

/* A request for heads did not work: say so if that is new. */
static void
lost(struct engine *e, const struct ask *ask, enum peer_state state,
    const char *why)
{
	struct peer_status before, after;

	gossip_status(e->gossip, ask->peer, &before);
	gossip_failed(e->gossip, ask, state, why, e->mono);
	gossip_status(e->gossip, ask->peer, &after);
	if (after.state != before.state && after.state != PEER_NONE)
		outbox_trace(e->out, 4,
		    outbox_text(e->out, "peer %s %s: %s", name_of(e, ask->peer),
			state == PEER_REFUSED ? "refused" : "unreachable",
			after.why));
	/* Who claimed more of our log and went away does not show it. */
	if (e->own.followed && !gossip_source(e->gossip, 0))
		e->hearing.tries++;
}

/* A good answer of any kind. */
static void
contact(struct engine *e, size_t peer)
{
	if (gossip_contact(e->gossip, peer, e->now))
		outbox_trace(e->out, 6,
		    outbox_text(e->out, "peer %s connected", name_of(e, peer)));
}

static void
take_head(struct engine *e, size_t peer, const struct head *head)
{
	long number = members_find(e->members, head->member);
	const struct entry *entry;
	bool same = true;

	if (number < 0)
		return;
	entry = engine_entry(e, (size_t)number);
	if (head->epoch == entry->next.epoch && head->seq == entry->next.seq)
		same = memcmp(head->id, entry->next.id, HASH_BYTES) == 0;
	if (number == 0) {
		hearing_claim(&e->hearing, head, &entry->next);
		e->own.compare = e->own.compare || !same;
	}
	gossip_announced(e->gossip, peer, head, (size_t)number, same);
}

static void
take_heads(struct engine *e, const struct ask *ask, const struct event *event)
{
	struct gossip_msg m;
	struct head head;
	const char *error;
	char why[96];
	size_t i;

	error =
	    gossip_msg_decode(event->u.fetched.bytes, event->u.fetched.len, &m);
	if (error != NULL) {
		snprintf(why, sizeof(why), "bad answer: %s", error);
		lost(e, ask, PEER_UNREACHABLE, why);
		return;
	}
	contact(e, ask->peer);
	gossip_answered(e->gossip, ask, m.instance, m.cursor, e->mono);
	for (i = 0; i < m.n; i++) {
		gossip_msg_head(&m, i, &head);
		take_head(e, ask->peer, &head);
	}
	if (ask->peer >= e->ncards || m.card > e->cards[ask->peer].version)
		gossip_card(e->gossip, ask->peer, m.card);
	/* A full message may not be all it has. */
	if (m.n < GOSSIP_HEADS)
		hearing_heard(&e->hearing, ask->peer);
}

static void
take_card(struct engine *e, const struct ask *ask, const struct event *event)
{
	const struct member *m = members_get(e->members, ask->peer);
	size_t len = event->u.fetched.len;
	struct card *card;
	const char *error;
	struct write *w;

	if (event->u.fetched.status != OK || len > CARD_BYTES)
		return;
	card = mem_alloc(sizeof(*card));
	error = card_decode(event->u.fetched.bytes, len, card);
	if (error == NULL && memcmp(card->key, m->key, KEY_BYTES) != 0)
		error = "it is of another key";
	if (error != NULL)
		outbox_trace(e->out, 4,
		    outbox_text(e->out, "peer %s sent a bad card: %s",
			name_of(e, ask->peer), error));
	else if (ask->peer >= e->ncards ||
	    card->version > e->cards[ask->peer].version) {
		engine_sync_card(e, ask->peer, event->u.fetched.bytes, len,
		    card->version);
		w = writes_add(e->writes, WRITE_CARD,
		    mem_dup(event->u.fetched.bytes, len), len);
		w->member = ask->peer;
		engine_persist(e, w);
	}
	mem_free(card);
}

/* ---- Logs ---- */

/* What came of one answer with batches. */
struct harvest {
	const struct ask *ask;
	unsigned taken;
	bool refused;
	bool parked;
	bool broken;
	bool learned;
	bool full; /* no room for more writes */
};

/*
 * Refuse what begins at ${bytes}. How many records that were, only its own
 * header can say, if it is there.
 */
static void
refuse(struct engine *e, struct harvest *h, enum batch_verdict v,
    const uint8_t *bytes, size_t len)
{
	struct batch_header header;

	h->refused = true;
	e->batches[v]++;
	if (len >= BATCH_HEADER &&
	    batch_header_decode(bytes, &header) == BATCH_OK)
		engine_entry(e, h->ask->peer)->refused += header.records;
	if (gossip_reject(e->gossip, h->ask->peer, batch_verdict_name(v), true,
		e->mono))
		outbox_trace(e->out, 4,
		    outbox_text(e->out,
			"peer %s sent too many bad batches (the last: %s): "
			"left alone for %d minutes",
			name_of(e, h->ask->peer), batch_verdict_name(v),
			GOSSIP_BAN / 60000));
}

/* ${b} takes the place of our head: the member signed two. */
static void
convict(struct engine *e, size_t member, const struct batch *b)
{
	const struct entry *entry = engine_entry(e, member);
	uint8_t proof[FORK_PROOF_BYTES], who[KEY_BYTES];
	struct write *w;

	if (!entry->signed_head)
		return; /* our side of it was pruned */
	fork_proof_build(entry->header, b->bytes, proof);
	if (fork_proof_check(proof, sizeof(proof), who) != 0)
		return;
	if (member == 0) {
		e->hearing.halted = true;
		return;
	}
	members_freeze(e->members, member);
	gossip_follow(e->gossip, member, false);
	gossip_peer(e->gossip, member, false, e->mono);
	w = writes_add(e->writes, WRITE_FROZEN, mem_dup(proof, sizeof(proof)),
	    sizeof(proof));
	w->member = member;
	engine_persist(e, w);
	outbox_trace(e->out, 4,
	    outbox_text(e->out,
		"member %s forked: it signed two batches %u/%llu; its "
		"sightings no longer count",
		name_of(e, member), (unsigned)b->h.epoch,
		(unsigned long long)b->h.seq));
}

/* An announced head that does not fit yet: its floor is signed. */
static void
learn(struct engine *e, struct harvest *h, const struct batch *b)
{
	struct entry *entry = engine_entry(e, h->ask->member);

	if (b->h.epoch == entry->next.epoch &&
	    b->h.floor <= entry->next.seq + 1)
		return;
	entry->learned_epoch = b->h.epoch;
	entry->learned_floor = b->h.floor;
	gossip_floor(e->gossip, h->ask->member, b->h.epoch, b->h.floor);
	h->learned = true;
}

/* Take a verified batch that fits; ${bytes} and ${b} are given away. */
static void
take_over(struct engine *e, struct harvest *h, struct batch *b, uint8_t *bytes,
    size_t len)
{
	size_t member = h->ask->member;
	struct write *w;

	h->taken++;
	if (member == 0) {
		engine_own_adopt(e, b, bytes, len);
		return;
	}
	journal_accept(e->journal, member, b);
	engine_time_heard(e, member, b->h.created);
	gossip_have(e->gossip, member, &engine_entry(e, member)->next);
	w = writes_add(e->writes, WRITE_BATCH, bytes, len);
	w->member = member;
	w->batch = *b;
	engine_persist(e, w);
}

/* Say whether the decoded ${b} is what was asked for. */
static enum batch_verdict
asked_for(const struct engine *e, const struct ask *ask, const struct batch *b)
{
	if (memcmp(b->h.member, members_get(e->members, ask->member)->key,
		KEY_BYTES) != 0)
		return (BATCH_KEY);
	if (b->h.epoch != ask->epoch || b->h.seq < ask->from ||
	    b->h.seq > ask->to)
		return (BATCH_SEQ);
	return (BATCH_OK);
}

/* Judge a decoded batch. Return true if it was taken over. */
static bool
take_decoded(struct engine *e, struct harvest *h, struct batch *b,
    uint8_t *bytes, size_t len)
{
	enum chain_verdict chain;
	enum batch_verdict v;

	chain = journal_judge(e->journal, h->ask->member, &b->h, b->id);
	e->chains[chain]++;
	if (chain == CHAIN_OLD ||
	    (chain == CHAIN_GAP && h->ask->kind != ASK_PROBE))
		return (false);
	if (b->h.created > e->now.ms + ENGINE_AHEAD * 1000) {
		h->parked = true;
		return (false);
	}
	v = batch_verify(b);
	if (v != BATCH_OK) {
		refuse(e, h, v, bytes, len);
		return (false);
	}
	e->batches[BATCH_OK]++;
	switch (chain) {
	case CHAIN_NEXT:
	case CHAIN_SKIP:
	case CHAIN_BUMP:
		take_over(e, h, b, bytes, len);
		return (true);
	case CHAIN_GAP:
		learn(e, h, b);
		return (false);
	case CHAIN_FORK:
		convict(e, h->ask->member, b);
		break;
	default:
		break;
	}
	/* The author's doing: whoever passes it on may know no better. */
	gossip_reject(e->gossip, h->ask->peer, chain_verdict_name(chain), false,
	    e->mono);
	h->broken = true;
	return (false);
}

static void
take_batch(struct engine *e, struct harvest *h, const uint8_t *bytes,
    size_t len)
{
	uint8_t *copy = mem_dup(bytes, len);
	enum batch_verdict v;
	struct batch b;

	v = batch_decode(copy, len, &b);
	if (v == BATCH_OK) {
		v = asked_for(e, h->ask, &b);
		if (v == BATCH_OK && take_decoded(e, h, &b, copy, len))
			return;
		batch_free(&b);
	}
	if (v != BATCH_OK)
		refuse(e, h, v, bytes, len);
	mem_free(copy);
}

static enum outcome
outcome_of(const struct harvest *h)
{
	if (h->broken)
		return (OUTCOME_BROKEN);
	if (h->refused)
		return (OUTCOME_FAILED);
	if (h->taken > 0 || h->full)
		return (OUTCOME_PROGRESS);
	if (h->parked)
		return (OUTCOME_PARKED);
	return (h->learned ? OUTCOME_LEARNED : OUTCOME_NOTHING);
}

static void
finish(struct engine *e, const struct ask *ask, enum outcome outcome)
{
	if (gossip_done(e->gossip, ask, outcome, e->mono) && ask->member == 0)
		e->hearing.tries++;
	if (ask->member == 0 && ask->kind == ASK_COMPARE)
		e->own.compare = false;
}

static void
take_log(struct engine *e, const struct ask *ask, const struct event *event)
{
	const uint8_t *p = event->u.fetched.bytes;
	size_t left = event->u.fetched.len, n;
	struct entry *entry = engine_entry(e, ask->member);
	struct harvest h = {.ask = ask};
	enum batch_verdict v;
	unsigned i;

	for (i = 0; left > 0 && i < ENGINE_RANGE && !h.parked; i++) {
		if (writes_count(e->writes) >= ENGINE_WRITES) {
			h.full = true;
			break;
		}
		v = batch_length(p, left, &n);
		if (v == BATCH_OK && n > left)
			v = BATCH_TRUNCATED;
		if (v != BATCH_OK) {
			refuse(e, &h, v, p, left);
			break;
		}
		take_batch(e, &h, p, n);
		p += n;
		left -= n;
	}
	if (h.parked && !entry->parked)
		outbox_trace(e->out, 4,
		    outbox_text(e->out,
			"member %s is ahead of the clock: its batches wait",
			name_of(e, ask->member)));
	entry->parked = h.parked;
	finish(e, ask, outcome_of(&h));
}

/* ---- Events ---- */

void
engine_sync_fetched(struct engine *e, const struct event *event)
{
	unsigned status = event->u.fetched.status;
	struct ask ask;
	char why[64];

	if (gossip_take(e->gossip, event->u.fetched.request, &ask) != 0)
		return;
	if (ask.kind == ASK_CARD) {
		take_card(e, &ask, event);
	} else if (ask.kind != ASK_HEADS) {
		if (status == OK && policy_of(e, ask.member) != NULL)
			take_log(e, &ask, event);
		else
			finish(e, &ask,
			    status == NOT_FOUND ? OUTCOME_NOTHING :
						  OUTCOME_FAILED);
	} else if (status == OK) {
		take_heads(e, &ask, event);
	} else if (status == FORBIDDEN || status == UNAUTHORIZED) {
		/* Who does not know us holds nothing of us. */
		hearing_heard(&e->hearing, ask.peer);
		lost(e, &ask, PEER_REFUSED, "it does not know this node");
	} else {
		snprintf(why, sizeof(why), "it answered with status %u",
		    status);
		lost(e, &ask, PEER_UNREACHABLE, why);
	}
}

void
engine_sync_failed(struct engine *e, const struct event *event)
{
	struct ask ask;

	if (gossip_take(e->gossip, event->u.failed.request, &ask) != 0)
		return;
	if (ask.kind == ASK_HEADS)
		lost(e, &ask, PEER_UNREACHABLE, event->u.failed.reason);
	else if (ask.kind != ASK_CARD)
		finish(e, &ask, OUTCOME_FAILED);
}
