#include <string.h>

#include "core/gossip_parts.h"

struct mono
gossip_due(const struct gossip *g, struct mono now)
{
	struct mono due = {GOSSIP_NEVER};
	const struct peer *p;
	const struct topic *t;
	int64_t when;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = gossip_active(g, i);
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
	ret->rejection = ret->complaint = "";
	ret->why = "";
	if (p == NULL)
		return;
	ret->state = p->state;
	ret->why = p->why;
	ret->contact = p->contact;
	ret->rejected = p->rejected;
	ret->rejection = p->rejection;
	ret->complaints = p->complaints;
	ret->complaint = p->complaint;
}

uint64_t
gossip_behind(const struct gossip *g, size_t peer)
{
	const struct peer *p = gossip_active(g, peer);
	const struct topic *t;
	const struct said *s;
	uint64_t behind = 0;
	size_t i;

	/* From 1: what others have of our own log is not something we lack. */
	for (i = 1; p != NULL && i < p->nsaid; i++) {
		t = &g->topics[i];
		s = &p->said[i];
		if (!t->follow || !gossip_missing(t, s))
			continue;
		behind += s->epoch == t->epoch ? s->seq - t->seq : s->seq;
	}
	return (behind);
}

void
gossip_said(const struct gossip *g, size_t peer, size_t member, uint32_t *epoch,
    uint64_t *seq)
{
	const struct peer *p = gossip_active(g, peer);

	*epoch = 0;
	*seq = 0;
	if (p == NULL || member >= p->nsaid)
		return;
	*epoch = p->said[member].epoch;
	*seq = p->said[member].seq;
}

bool
gossip_source(const struct gossip *g, size_t member)
{
	const struct peer *p;
	size_t i;

	for (i = 0; i < g->n; i++) {
		p = gossip_active(g, i);
		if (p != NULL && p->state == PEER_CONNECTED &&
		    member < p->nsaid &&
		    gossip_missing(&g->topics[member], &p->said[member]))
			return (true);
	}
	return (false);
}
