/*
 * cut NODES NODES		nothing passes between them
 * heal [NODES NODES]		everything does, or between these
 * clog NODES NODES		from the first to the second all is held back
 * release [NODES NODES]	and goes on
 * weather [loss=SHARE] [repeat=SHARE] [damage=SHARE] [stall=SHARE]
 *	[refuse=SHARE] [delay=SPAN] [lag=SPAN]
 */
#include <string.h>

#include "base/mem.h"
#include "sim/actor.h"
#include "sim/verb.h"

/* Call change() for each link from the nodes of ${w} to the others. */
static void
each_link(struct play *p, const struct words *w,
    void (*change)(struct stage *s, struct link *there, struct link *back))
{
	struct stage *s = p->stage;
	bool *to = mem_array(NULL, s->n, sizeof(*to));
	size_t i, k;

	if (!verb_nodes(p, w->n > 1 ? w->v[1] : "all", p->mask) ||
	    !verb_nodes(p, w->n > 2 ? w->v[2] : "all", to))
		memset(p->mask, 0, s->n * sizeof(*p->mask));
	for (i = 0; i < s->n; i++)
		for (k = 0; p->mask[i] && k < s->n; k++)
			if (i != k && to[k])
				change(s, stage_link(s, i, k),
				    stage_link(s, k, i));
	mem_free(to);
}

static void
cut_link(struct stage *s, struct link *there, struct link *back)
{
	(void)s;
	there->cut = back->cut = true;
}

static void
heal_link(struct stage *s, struct link *there, struct link *back)
{
	(void)s;
	there->cut = back->cut = false;
}

static void
clog_link(struct stage *s, struct link *there, struct link *back)
{
	(void)s;
	(void)back;
	there->clogged = true;
}

static void
release_link(struct stage *s, struct link *there, struct link *back)
{
	(void)back;
	actor_post_release(s, there);
}

static void
cut(struct play *p, const struct words *w)
{
	each_link(p, w, cut_link);
}

static void
heal(struct play *p, const struct words *w)
{
	each_link(p, w, heal_link);
}

static void
clog_up(struct play *p, const struct words *w)
{
	each_link(p, w, clog_link);
}

static void
release(struct play *p, const struct words *w)
{
	each_link(p, w, release_link);
}

static void
weather(struct play *p, const struct words *w)
{
	struct weather new = p->stage->weather;

	verb_share_option(p, w, "loss", &new.loss);
	verb_share_option(p, w, "repeat", &new.repeat);
	verb_share_option(p, w, "damage", &new.damage);
	verb_share_option(p, w, "stall", &new.stall);
	verb_share_option(p, w, "refuse", &new.refuse);
	verb_span_option(p, w, "delay", &new.delay);
	verb_span_option(p, w, "lag", &new.lag);
	if (new.delay < 1 || new.lag < 1)
		verb_wrong(p, "delay and lag are at least 1ms");
	if (p->error[0] == '\0')
		p->stage->weather = new;
}

const struct verb verb_net[] = {
    {"cut", 2, cut},
    {"heal", 0, heal},
    {"clog", 2, clog_up},
    {"release", 0, release},
    {"weather", 0, weather},
    {NULL, 0, NULL},
};
