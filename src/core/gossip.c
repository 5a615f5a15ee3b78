#include <assert.h>
#include <string.h>

#include <virbl/engine.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/gossip.h"

#define NEVER INT64_MAX

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

struct gossip *
gossip_new(uint64_t seed)
{
	struct gossip *g = mem_zero(sizeof(*g));

	g->seed = seed;
	return (g);
}

/* Make room for member ${number}. */
static void
reach(struct gossip *g, size_t number)
{
	for (; g->n <= number; g->n++) {
		if ((g->n & (g->n - 1)) == 0) {
			size_t room = g->n == 0 ? 1 : g->n * 2;

			g->peers =
			    mem_array(g->peers, room, sizeof(struct peer *));
			g->topics =
			    mem_array(g->topics, room, sizeof(*g->topics));
			g->want = mem_array(g->want, room, sizeof(*g->want));
		}
		g->peers[g->n] = NULL;
		memset(&g->topics[g->n], 0, sizeof(g->topics[g->n]));
	}
}

/* A number below ${n}, from the seed. */
static uint64_t
jitter(struct gossip *g, uint64_t n)
{
	uint64_t z = (g->seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return ((z ^ (z >> 31)) % n);
}

/* A pause that doubles with each failure, the last half of it by chance. */
static int64_t
pause_for(struct gossip *g, unsigned failures)
{
	int64_t ms = GOSSIP_BACKOFF;

	while (failures-- > 1 && ms < GOSSIP_BACKOFF_MAX)
		ms *= 2;
	if (ms > GOSSIP_BACKOFF_MAX)
		ms = GOSSIP_BACKOFF_MAX;
	return (ms / 2 + (int64_t)jitter(g, (uint64_t)ms / 2 + 1));
}

void
gossip_peer(struct gossip *g, size_t peer, bool on, struct mono now)
{
	struct peer *p;

	reach(g, peer);
	p = g->peers[peer];
	if (!on) {
		if (p != NULL)
			p->state = PEER_NONE;
		return;
	}
	if (p == NULL) {
		p = g->peers[peer] = mem_zero(sizeof(*p));
		p->rejection = "";
	}
	if (p->state == PEER_NONE) {
		p->state = PEER_CONNECTING;
		p->met = false;
	}
	p->due = now.ms;
	p->banned = 0;
	p->strikes = 0;
	p->failures = 0;
	p->cardtried = 0;
}

static struct peer *
active(const struct gossip *g, size_t peer)
{
	if (peer >= g->n || g->peers[peer] == NULL ||
	    g->peers[peer]->state == PEER_NONE)
		return (NULL);
	return (g->peers[peer]);
}

void
gossip_called(struct gossip *g, size_t peer, struct mono now)
{
	struct peer *p = active(g, peer);

	/* No sooner than after a first failure, or callers set the pace. */
	if (p != NULL && p->state != PEER_CONNECTED &&
	    p->due > now.ms + GOSSIP_BACKOFF)
		p->due = now.ms + GOSSIP_PACE;
}

static bool
missing(const struct topic *t, const struct said *s)
{
	if (s->seq == 0)
		return (false);
	return (s->compare || s->epoch > t->epoch ||
	    (s->epoch == t->epoch && s->seq > t->seq));
}

static void
want(struct gossip *g, size_t member)
{
	struct topic *t = &g->topics[member];

	t->retry = 0;
	if (!t->follow || t->wanted)
		return;
	t->wanted = true;
	g->want[g->nwant++] = member;
}

void
gossip_follow(struct gossip *g, size_t member, bool on)
{
	reach(g, member);
	g->topics[member].follow = on;
	if (on)
		want(g, member);
}

void
gossip_have(struct gossip *g, size_t member, const struct head *head)
{
	reach(g, member);
	g->topics[member].epoch = head->epoch;
	g->topics[member].seq = head->seq;
}

void
gossip_floor(struct gossip *g, size_t member, uint32_t epoch, uint64_t floor)
{
	reach(g, member);
	g->topics[member].floorepoch = epoch;
	g->topics[member].floor = floor;
}

/* ---- Requests ---- */

static void
begin(struct gossip *g, struct ask *ask)
{
	size_t i;

	if (g->freeslot == 0) {
		g->slots =
		    mem_array(g->slots, g->nslots + 16, sizeof(*g->slots));
		for (i = 0; i < 16; i++) {
			memset(&g->slots[g->nslots], 0, sizeof(*g->slots));
			g->slots[g->nslots].free = g->freeslot;
			g->freeslot = ++g->nslots;
		}
	}
	i = g->freeslot - 1;
	g->freeslot = g->slots[i].free;
	ask->request = (++g->serial << 20) | i;
	g->slots[i].ask = *ask;
}

int
gossip_take(struct gossip *g, uint64_t request, struct ask *ret)
{
	size_t i = request & 0xfffff;
	struct peer *p;

	if (request == 0 || i >= g->nslots ||
	    g->slots[i].ask.request != request)
		return (-1);
	*ret = g->slots[i].ask;
	g->slots[i].ask.request = 0;
	g->slots[i].free = g->freeslot;
	g->freeslot = i + 1;
	p = g->peers[ret->peer];
	if (ret->kind == ASK_HEADS) {
		p->polling = false;
		return (0);
	}
	p->requests--;
	if (ret->kind == ASK_CARD)
		p->carding = false;
	else
		g->topics[ret->member].busy = false;
	return (0);
}

static bool
next_poll(struct gossip *g, struct mono now, struct ask *ask)
{
	struct peer *p;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = active(g, i);
		if (p == NULL || now.ms < p->banned)
			continue;
		ask->peer = i;
		if (!p->polling && now.ms >= p->due) {
			ask->kind = ASK_HEADS;
			ask->cursor = p->met ? p->cursor : 0;
			memcpy(ask->instance, p->instance, 8);
			ask->wait = p->met && p->state == PEER_CONNECTED;
			p->polling = true;
			p->polled = now.ms;
			return (true);
		}
		if (p->card > p->cardtried && !p->carding &&
		    p->state == PEER_CONNECTED &&
		    p->requests < GOSSIP_REQUESTS) {
			ask->kind = ASK_CARD;
			p->cardtried = p->card;
			p->carding = true;
			p->requests++;
			return (true);
		}
	}
	return (false);
}

static void
range(struct ask *ask, uint32_t epoch, uint64_t from, uint64_t last)
{
	ask->kind = ASK_RANGE;
	ask->epoch = epoch;
	ask->from = from;
	ask->to = last - from < ENGINE_RANGE ? last : from + ENGINE_RANGE - 1;
}

/*
 * The ways to get on, one after the other: the rest of our epoch, the first
 * batches of the next one, those of the announced one, the announced head for
 * its floor, what begins at that floor. Return false if way ${step} does
 * not apply here, and set *${end} if there are no more.
 */
static bool
way(const struct topic *t, const struct said *s, struct ask *ask, bool *end)
{
	uint64_t floor;

	*end = false;
	switch (s->step) {
	case 0:
		if (t->epoch == 0)
			return (false);
		if (t->seq == UINT64_MAX ||
		    (s->epoch == t->epoch && s->seq <= t->seq))
			return (false);
		range(ask, t->epoch, t->seq + 1,
		    s->epoch == t->epoch ? s->seq : UINT64_MAX);
		return (true);
	case 1:
		if (s->epoch <= (uint64_t)t->epoch + 1)
			return (false);
		range(ask, t->epoch + 1, 1, UINT64_MAX);
		return (true);
	case 2:
		if (s->epoch == t->epoch)
			return (false);
		range(ask, s->epoch, 1, s->seq);
		return (true);
	case 3:
		ask->kind = ASK_PROBE;
		ask->epoch = s->epoch;
		ask->from = ask->to = s->seq;
		return (true);
	case 4:
		floor = t->floorepoch == s->epoch ? t->floor : 0;
		if (floor == 0 || floor > s->seq ||
		    (s->epoch == t->epoch && floor <= t->seq + 1))
			return (false);
		range(ask, s->epoch, floor, s->seq);
		return (true);
	default:
		*end = true;
		return (false);
	}
}

/* Nothing came of any way: begin again after a while. */
static void
pause_said(struct gossip *g, struct said *s, struct mono now)
{
	s->step = 0;
	if (s->tries < UINT8_MAX)
		s->tries++;
	s->retry = now.ms + pause_for(g, s->tries);
}

/* Ask ${peer} for ${member}'s log if it can help now. */
static bool
ask_log(struct gossip *g, size_t peer, size_t member, struct mono now,
    struct ask *ask)
{
	struct peer *p = active(g, peer);
	struct topic *t = &g->topics[member];
	struct said *s;
	bool end = false;

	if (p == NULL || member >= p->nsaid)
		return (false);
	s = &p->said[member];
	if (!missing(t, s))
		return (false);
	if (p->state != PEER_CONNECTED || now.ms < p->banned ||
	    now.ms < s->retry) {
		int64_t when = s->retry > p->banned ? s->retry : p->banned;

		if (p->state == PEER_CONNECTED && when < t->retry)
			t->retry = when;
		return (false);
	}
	if (p->requests >= GOSSIP_REQUESTS) {
		t->retry = now.ms;
		return (false);
	}
	ask->peer = peer;
	ask->member = member;
	if (s->compare) {
		s->compare = false;
		ask->kind = ASK_COMPARE;
		ask->epoch = t->epoch;
		ask->from = ask->to = t->seq;
	} else {
		while (!way(t, s, ask, &end) && !end)
			s->step++;
		if (end) {
			pause_said(g, s, now);
			if (s->retry < t->retry)
				t->retry = s->retry;
			return (false);
		}
	}
	t->busy = true;
	p->requests++;
	return (true);
}

/* True if some peer announced more of ${member} than we have. */
static bool
still_missing(const struct gossip *g, size_t member)
{
	const struct peer *p;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = active(g, i);
		if (p != NULL && member < p->nsaid &&
		    missing(&g->topics[member], &p->said[member]))
			return (true);
	}
	return (false);
}

/*
 * Look for somebody to ask about ${member}; the first to look at changes with
 * the member, so that the work is spread.
 */
static bool
ask_someone(struct gossip *g, size_t member, struct mono now, struct ask *ask)
{
	struct topic *t = &g->topics[member];
	size_t i;

	t->retry = NEVER;
	for (i = 0; i < g->n; i++)
		if (ask_log(g, (member + i) % g->n, member, now, ask))
			return (true);
	return (false);
}

static bool
next_log(struct gossip *g, struct mono now, struct ask *ask)
{
	struct topic *t;
	size_t k, member;

	for (k = 0; k < g->nwant;) {
		g->turn = g->turn >= g->nwant ? 0 : g->turn;
		member = g->want[g->turn];
		t = &g->topics[member];
		if (t->follow && (t->busy || now.ms < t->retry)) {
			g->turn++;
			k++;
			continue;
		}
		if (t->follow && ask_someone(g, member, now, ask)) {
			g->turn++;
			return (true);
		}
		if (t->follow && still_missing(g, member)) {
			g->turn++;
			k++;
			continue;
		}
		t->wanted = false;
		g->want[g->turn] = g->want[--g->nwant];
	}
	return (false);
}

bool
gossip_next(struct gossip *g, struct mono now, bool logs, struct ask *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!next_poll(g, now, ret)) {
		memset(ret, 0, sizeof(*ret));
		if (!logs || !next_log(g, now, ret))
			return (false);
	}
	begin(g, ret);
	return (true);
}

/* ---- Answers ---- */

bool
gossip_answered(struct gossip *g, const struct ask *ask,
    const uint8_t instance[8], uint64_t cursor, struct mono now)
{
	struct peer *p = g->peers[ask->peer];
	bool fresh = !p->met || memcmp(p->instance, instance, 8) != 0;

	if (fresh && p->nsaid > 0)
		memset(p->said, 0, p->nsaid * sizeof(*p->said));
	p->due = p->polled + GOSSIP_PACE;
	/* Who answers a long-poll at once with nothing is not asked at once. */
	if (!fresh && cursor == p->cursor && now.ms - p->polled < 1000)
		p->due = p->polled + 1000;
	p->met = true;
	p->cursor = cursor;
	memcpy(p->instance, instance, 8);
	p->failures = 0;
	return (fresh);
}

void
gossip_announced(struct gossip *g, size_t peer, const struct head *head,
    size_t member, bool same)
{
	struct peer *p = active(g, peer);
	struct said *s;
	size_t room;

	reach(g, member);
	p = active(g, peer);
	if (p == NULL)
		return;
	if (member >= p->nsaid) {
		room = g->n;
		p->said = mem_array(p->said, room, sizeof(*p->said));
		memset(&p->said[p->nsaid], 0,
		    (room - p->nsaid) * sizeof(*p->said));
		p->nsaid = room;
	}
	s = &p->said[member];
	if (s->epoch != head->epoch)
		s->step = 0;
	s->epoch = head->epoch;
	s->seq = head->seq;
	s->compare = s->compare || !same;
	if (missing(&g->topics[member], s))
		want(g, member);
}

void
gossip_card(struct gossip *g, size_t peer, uint32_t version)
{
	struct peer *p = active(g, peer);

	if (p != NULL)
		p->card = version;
}

void
gossip_failed(struct gossip *g, const struct ask *ask, enum peer_state state,
    const char *why, struct mono now)
{
	struct peer *p = g->peers[ask->peer];

	p->failures++;
	/* One lost answer is not worth a word. */
	if (p->state != PEER_NONE &&
	    (p->state != PEER_CONNECTED || state == PEER_REFUSED ||
		p->failures > 1))
		p->state = state;
	if (text_copy(p->why, sizeof(p->why), why) != 0)
		text_copy(p->why, sizeof(p->why), "failed");
	p->due = now.ms + pause_for(g, p->failures);
}

bool
gossip_contact(struct gossip *g, size_t peer, struct wall now)
{
	struct peer *p = active(g, peer);
	size_t i;

	if (p == NULL)
		return (false);
	p->contact = now.ms;
	p->why[0] = '\0';
	if (p->state == PEER_CONNECTED)
		return (false);
	p->state = PEER_CONNECTED;
	for (i = 0; i < p->nsaid; i++)
		if (missing(&g->topics[i], &p->said[i]))
			want(g, i);
	return (true);
}

bool
gossip_done(struct gossip *g, const struct ask *ask, enum outcome outcome,
    struct mono now)
{
	struct topic *t = &g->topics[ask->member];
	struct peer *p = g->peers[ask->peer];
	struct said *s = &p->said[ask->member];

	want(g, ask->member);
	switch (outcome) {
	case OUTCOME_PROGRESS:
		s->step = 0;
		s->tries = 0;
		return (false);
	case OUTCOME_LEARNED:
		s->step++;
		return (false);
	case OUTCOME_NOTHING:
		if (ask->kind == ASK_RANGE && s->step < 3) {
			s->step++;
			return (false);
		}
		break;
	case OUTCOME_BROKEN:
		s->compare = ask->kind != ASK_COMPARE && t->seq != 0;
		break;
	case OUTCOME_FAILED:
		break;
	case OUTCOME_PARKED:
		s->retry = now.ms + GOSSIP_PARK;
		return (false);
	}
	pause_said(g, s, now);
	if (s->compare)
		s->retry = now.ms;
	return (true);
}

bool
gossip_reject(struct gossip *g, size_t peer, const char *why, struct mono now)
{
	struct peer *p = g->peers[peer];

	p->rejected++;
	p->rejection = why;
	if (++p->strikes < GOSSIP_STRIKES)
		return (false);
	p->strikes = 0;
	p->banned = now.ms + GOSSIP_BAN;
	return (true);
}

/* ---- Reading ---- */

struct mono
gossip_due(const struct gossip *g, struct mono now)
{
	struct mono due = {NEVER};
	const struct peer *p;
	const struct topic *t;
	int64_t when;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = active(g, i);
		if (p == NULL || p->polling)
			continue;
		when = p->due > p->banned ? p->due : p->banned;
		if (when < due.ms)
			due.ms = when;
	}
	for (i = 0; i < g->nwant; i++) {
		t = &g->topics[g->want[i]];
		if (t->follow && !t->busy && t->retry > now.ms &&
		    t->retry < due.ms)
			due.ms = t->retry;
	}
	return (due);
}

void
gossip_status(const struct gossip *g, size_t number, struct peer_status *ret)
{
	const struct peer *p = number < g->n ? g->peers[number] : NULL;

	memset(ret, 0, sizeof(*ret));
	ret->rejection = "";
	ret->why = "";
	if (p == NULL)
		return;
	ret->state = p->state;
	ret->why = p->why;
	ret->contact = p->contact;
	ret->rejected = p->rejected;
	ret->rejection = p->rejection;
}

uint64_t
gossip_behind(const struct gossip *g, size_t peer)
{
	const struct peer *p = active(g, peer);
	const struct topic *t;
	const struct said *s;
	uint64_t behind = 0;
	size_t i;

	/* From 1: what others have of our own log is not something we lack. */
	for (i = 1; p != NULL && i < p->nsaid; i++) {
		t = &g->topics[i];
		s = &p->said[i];
		if (!t->follow || !missing(t, s))
			continue;
		behind += s->epoch == t->epoch ? s->seq - t->seq : s->seq;
	}
	return (behind);
}

bool
gossip_source(const struct gossip *g, size_t member)
{
	const struct peer *p;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = active(g, i);
		if (p != NULL && p->state == PEER_CONNECTED &&
		    member < p->nsaid &&
		    missing(&g->topics[member], &p->said[member]))
			return (true);
	}
	return (false);
}

void
gossip_free(struct gossip *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->n; i++) {
		if (g->peers[i] != NULL)
			mem_free(g->peers[i]->said);
		mem_free(g->peers[i]);
	}
	mem_free(g->peers);
	mem_free(g->topics);
	mem_free(g->want);
	mem_free(g->slots);
	mem_free(g);
}
