#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/gossip_parts.h"

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

void
gossip_called(struct gossip *g, size_t peer, struct mono now)
{
	struct peer *p = gossip_active(g, peer);

	/* No sooner than after a first failure, or callers set the pace. */
	if (p != NULL && p->state != PEER_CONNECTED &&
	    p->due > now.ms + GOSSIP_BACKOFF)
		p->due = now.ms + GOSSIP_PACE;
}

bool
gossip_complained(struct gossip *g, size_t peer, uint64_t n,
    const char *verdict)
{
	struct peer *p = gossip_active(g, peer);
	bool fresh;

	if (p == NULL)
		return (false);
	fresh = p->complaints == 0 || n < p->complaints;
	p->complaints = n;
	snprintf(p->complaint, sizeof(p->complaint), "%s", verdict);
	return (fresh);
}

void
gossip_follow(struct gossip *g, size_t member, bool on)
{
	reach(g, member);
	g->topics[member].follow = on;
	if (on)
		gossip_want(g, member);
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
