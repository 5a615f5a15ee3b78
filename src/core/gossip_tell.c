#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/gossip_parts.h"

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
	struct peer *p = gossip_active(g, peer);
	struct said *s;
	size_t room;

	if (p == NULL || member >= g->n)
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
	if (gossip_missing(&g->topics[member], s))
		gossip_want(g, member);
}

void
gossip_card(struct gossip *g, size_t peer, uint32_t version)
{
	struct peer *p = gossip_active(g, peer);

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
	p->due = now.ms + gossip_pause_for(g, p->failures);
}

bool
gossip_contact(struct gossip *g, size_t peer, struct wall now)
{
	struct peer *p = gossip_active(g, peer);
	size_t i;

	if (p == NULL)
		return (false);
	p->contact = now.ms;
	p->why[0] = '\0';
	if (p->state == PEER_CONNECTED)
		return (false);
	p->state = PEER_CONNECTED;
	for (i = 0; i < p->nsaid; i++)
		if (gossip_missing(&g->topics[i], &p->said[i]))
			gossip_want(g, i);
	return (true);
}

bool
gossip_done(struct gossip *g, const struct ask *ask, enum outcome outcome,
    struct mono now)
{
	struct topic *t = &g->topics[ask->member];
	struct peer *p = g->peers[ask->peer];
	struct said *s = &p->said[ask->member];

	gossip_want(g, ask->member);
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
	gossip_pause_said(g, s, now);
	if (s->compare)
		s->retry = now.ms;
	return (true);
}

bool
gossip_reject(struct gossip *g, size_t peer, const char *why, bool fault,
    struct mono now)
{
	struct peer *p = g->peers[peer];

	p->rejected++;
	p->rejection = why;
	if (!fault || ++p->strikes < GOSSIP_STRIKES)
		return (false);
	p->strikes = 0;
	p->banned = now.ms + GOSSIP_BAN;
	return (true);
}
