/*
 * lie NODES [withhold=SHARE] [hide=] [heads=] [claim=] [floor=] [replay=]
 *	[forge=] [garbage=] [flood=] [slow=] [deaf=]
 * honest NODES			no more lies from now on
 * liar NODES			dishonest, but so far they answer well
 * twin NODE NODE		the first, not running, has the other's key
 */
#include <string.h>

#include "sim/actor.h"
#include "sim/verb.h"

static void
lie(struct play *p, const struct words *w)
{
	struct actor *a;
	size_t i, k;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++) {
		a = &p->stage->actors[i];
		if (!p->mask[i])
			continue;
		a->honest = false;
		{
			const struct {
				const char *key;
				unsigned *share;
			} kinds[] = {{"withhold", &a->lies.withhold},
			    {"hide", &a->lies.hide}, {"heads", &a->lies.heads},
			    {"claim", &a->lies.claim},
			    {"floor", &a->lies.floor},
			    {"replay", &a->lies.replay},
			    {"forge", &a->lies.forge},
			    {"garbage", &a->lies.garbage},
			    {"flood", &a->lies.flood}, {"slow", &a->lies.slow},
			    {"deaf", &a->lies.deaf}};

			for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
				verb_share_option(p, w, kinds[k].key,
				    kinds[k].share);
		}
	}
}

static void
honest(struct play *p, const struct words *w)
{
	size_t i;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i])
			memset(&p->stage->actors[i].lies, 0,
			    sizeof(p->stage->actors[i].lies));
}

static void
liar(struct play *p, const struct words *w)
{
	size_t i;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i])
			p->stage->actors[i].honest = false;
}

static void
twin(struct play *p, const struct words *w)
{
	struct actor *new = verb_node(p, w->v[1]);
	struct actor *old = verb_node(p, w->v[2]);
	struct stage *s = p->stage;
	size_t i;

	if (new == NULL || old == NULL)
		return;
	if (new->engine != NULL || new == old) {
		verb_wrong(p, "n%zu runs already: say later n%zu", new->number,
		    new->number);
		return;
	}
	stage_fault(s, FAULT_KEY);
	stage_fault(s, FAULT_FORK);
	new->key = old->key;
	new->suspect = old->suspect = true;
	new->honest = old->honest = false;
	memcpy(s->keys[new->number], old->key.public, KEY_BYTES);
	/* To everybody it is one member. */
	for (i = 0; i < s->n; i++)
		s->actors[i].stance.of[new->number].known = false;
	for (i = 0; i < s->n; i++)
		new->stance.of[i] = old->stance.of[i];
	new->stance.of[old->number].known = false;
	new->stance.of[new->number].known = true;
}

const struct verb verb_lie[] = {
    {"lie", 1, lie},
    {"honest", 1, honest},
    {"liar", 1, liar},
    {"twin", 2, twin},
    {NULL, 0, NULL},
};
