#include <string.h>

#include <virbl/engine.h>

#include "base/mem.h"
#include "core/gossip_parts.h"

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
		p = gossip_active(g, i);
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

/* Ask ${peer} for ${member}'s log if it can help now. */
static bool
ask_log(struct gossip *g, size_t peer, size_t member, struct mono now,
    struct ask *ask)
{
	struct peer *p = gossip_active(g, peer);
	struct topic *t = &g->topics[member];
	struct said *s;
	bool end = false;

	if (p == NULL || member >= p->nsaid)
		return (false);
	s = &p->said[member];
	if (!gossip_missing(t, s))
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
			gossip_pause_said(g, s, now);
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
		p = gossip_active(g, i);
		if (p != NULL && member < p->nsaid &&
		    gossip_missing(&g->topics[member], &p->said[member]))
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

	t->retry = GOSSIP_NEVER;
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
