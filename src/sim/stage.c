#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "form/gossip_msg.h"
#include "sim/stage.h"

static void
make_actor(struct stage *s, size_t i)
{
	struct actor *a = &s->actors[i];
	uint8_t seed[KEY_SEED] = {0x51};

	a->number = i;
	a->honest = true;
	seed[1] = (uint8_t)i;
	seed[2] = (uint8_t)(i >> 8);
	key_from_seed(&a->key, seed);
	memcpy(s->keys[i], a->key.public, KEY_BYTES);
	a->disk = disk_new();
	stance_init(&a->stance, i, s->n);
}

struct stage *
stage_new(const struct stage_setup *setup)
{
	struct stage *s = mem_zero(sizeof(*s));
	size_t i;

	assert(setup->nodes >= 1 && setup->nodes <= STAGE_NODES);
	s->setup = *setup;
	s->dice.state = setup->seed;
	s->queue = queue_new();
	s->n = setup->nodes;
	s->actors = mem_zero(s->n * sizeof(*s->actors));
	s->keys = mem_zero(s->n * sizeof(*s->keys));
	s->links = mem_zero(s->n * s->n * sizeof(*s->links));
	s->annals = annals_new();
	s->heads = mem_array(NULL, GOSSIP_HEADS, sizeof(*s->heads));
	s->tale.line = setup->line;
	s->tale.arg = setup->arg;
	s->weather.delay = 50;
	s->weather.lag = 20;
	for (i = 0; i < s->n; i++)
		make_actor(s, i);
	return (s);
}

struct happening *
stage_add(struct stage *s, int64_t when, enum hap hap, const struct actor *a)
{
	struct happening *h = s->spare;

	if (h == NULL)
		h = mem_alloc(sizeof(*h));
	else
		s->spare = h->spare;
	memset(h, 0, sizeof(*h));
	h->hap = hap;
	if (a != NULL) {
		h->actor = a->number;
		h->life = a->life;
	}
	queue_add(s->queue, when < s->now ? s->now : when, h);
	return (h);
}

void
stage_plan(struct stage *s, int64_t when,
    void (*call)(struct stage *s, void *arg), void *arg)
{
	struct happening *h = stage_add(s, when, HAP_CALL, NULL);

	h->call = call;
	h->arg = arg;
}

struct link *
stage_link(struct stage *s, size_t from, size_t to)
{
	return (&s->links[from * s->n + to]);
}

int64_t
stage_lived(const struct stage *s)
{
	int64_t lived = s->lived;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->actors[i].engine != NULL)
			lived += s->now - s->actors[i].since;
	return (lived);
}

void
stage_fault(struct stage *s, enum fault f)
{
	s->tale.faults[f]++;
}

void
stage_resume(struct stage *s, struct actor *a)
{
	struct happening *h, *first = NULL;

	a->paused = 0;
	while ((h = a->still) != NULL) {
		a->still = h->spare;
		h->spare = first;
		first = h;
	}
	while ((h = first) != NULL) {
		first = h->spare;
		queue_add(s->queue, s->now, h);
	}
}
