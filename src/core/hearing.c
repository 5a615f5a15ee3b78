#include <string.h>

#include "base/mem.h"
#include "core/hearing.h"

static bool
above(const struct head *a, const struct head *b)
{
	return (
	    a->epoch > b->epoch || (a->epoch == b->epoch && a->seq > b->seq));
}

void
hearing_heard(struct hearing *h, size_t peer)
{
	size_t i;

	for (i = 0; i < h->npeers; i++)
		if (h->peers[i] == peer)
			return;
	h->peers = mem_array(h->peers, h->npeers + 1, sizeof(*h->peers));
	h->peers[h->npeers++] = peer;
}

void
hearing_claim(struct hearing *h, const struct head *head,
    const struct head *own)
{
	static const uint8_t none[HASH_BYTES];

	/* The id may become the prev of a batch, where zero means none. */
	if (memcmp(head->id, none, HASH_BYTES) == 0)
		return;
	if (!above(head, own) || head->epoch - own->epoch > HEARING_LEAP ||
	    (h->claim.epoch != 0 && !above(head, &h->claim)))
		return;
	h->claim = *head;
	h->tries = 0;
}

enum hearing_say
hearing_say(const struct hearing *h, const struct head *own)
{
	if (h->halted)
		return (HEARING_HALT);
	if (h->claim.epoch != 0 && above(&h->claim, own))
		return (
		    h->tries < HEARING_TRIES ? HEARING_ADOPT : HEARING_LOST);
	return (h->npeers < h->needed ? HEARING_WAIT : HEARING_PUBLISH);
}

void
hearing_forget(struct hearing *h)
{
	memset(&h->claim, 0, sizeof(h->claim));
	h->tries = 0;
}

void
hearing_free(struct hearing *h)
{
	mem_free(h->peers);
}
