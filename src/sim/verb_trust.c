/*
 * trust NODES NODES LEVEL [weight=W] [group=G]	the first think so of the others
 * forget NODES NODES		no member of theirs any more; know NODES NODES
 * ask NODES NODES none|direct|NODE	whose URL they use for them
 * ring NODES | line NODES | star NODE NODES	who asks whom
 * list NODES NAME [window=SPAN] [hold=SPAN] [threshold=T] [cap=N] [groups=N]
 * exempt NODES PREFIX		never listed; unexempt NODES PREFIX
 * own NODES NODE PREFIX	they accept that it is the owner
 * hear NODES on|off		their own head before they publish
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/actor.h"
#include "sim/verb.h"

/* Put the changed stances of the nodes in ${mask} in force. */
static void
decide(struct play *p, const bool *mask)
{
	size_t i;

	if (p->error[0] != '\0' || !p->begun)
		return;
	for (i = 0; i < p->stage->n; i++)
		if (mask[i]) {
			stage_fault(p->stage, FAULT_CHANGE);
			actor_decide(p->stage, &p->stage->actors[i]);
		}
}

typedef void regard_change(struct play *p, struct regard *r, size_t number,
    const struct words *w);

static void
each_regard(struct play *p, const struct words *w, regard_change *change)
{
	struct stage *s = p->stage;
	bool *who = mem_array(NULL, s->n, sizeof(*who));
	size_t i, k;

	if (!verb_nodes(p, w->v[1], who) || !verb_nodes(p, w->v[2], p->mask))
		memset(who, 0, s->n * sizeof(*who));
	for (i = 0; i < s->n; i++)
		for (k = 0; who[i] && k < s->n; k++)
			if (p->mask[k] && k != i)
				change(p, &s->actors[i].stance.of[k], k, w);
	decide(p, who);
	mem_free(who);
}

static void
trust_one(struct play *p, struct regard *r, size_t number,
    const struct words *w)
{
	const char *group = words_option(w, "group");
	const char *weight = words_option(w, "weight");
	int level = trust_find(w->v[3]);
	uint64_t milli;

	(void)number;
	if (level < 0)
		verb_wrong(p, "'%s' is no level of trust", w->v[3]);
	else
		r->trust = (enum trust)level;
	if (group != NULL)
		text_copy(r->group, sizeof(r->group), group);
	if (weight != NULL && text_milli(weight, POLICY_WEIGHT, &milli) != 0)
		verb_wrong(p, "'%s' is no weight", weight);
	else if (weight != NULL)
		r->weight = (uint32_t)milli;
}

static void
forget_one(struct play *p, struct regard *r, size_t number,
    const struct words *w)
{
	(void)p;
	(void)number;
	(void)w;
	r->known = false;
}

static void
know_one(struct play *p, struct regard *r, size_t number, const struct words *w)
{
	(void)p;
	(void)number;
	(void)w;
	r->known = true;
}

static void
ask_one(struct play *p, struct regard *r, size_t number, const struct words *w)
{
	bool one[STAGE_NODES];
	size_t i;

	if (strcmp(w->v[3], "none") == 0) {
		r->asks = STANCE_NOBODY;
	} else if (strcmp(w->v[3], "direct") == 0) {
		r->asks = number;
	} else if (verb_nodes(p, w->v[3], one)) {
		for (i = 0; i < p->stage->n; i++)
			if (one[i])
				r->asks = i;
	}
}

static void
trust(struct play *p, const struct words *w)
{
	each_regard(p, w, trust_one);
}

static void
forget(struct play *p, const struct words *w)
{
	each_regard(p, w, forget_one);
}

static void
know(struct play *p, const struct words *w)
{
	each_regard(p, w, know_one);
}

static void
ask(struct play *p, const struct words *w)
{
	each_regard(p, w, ask_one);
}

/* Nobody of the nodes in p->mask asks another one of them. */
static size_t
ask_nobody(struct play *p)
{
	struct stage *s = p->stage;
	size_t i, k, n = 0;

	for (i = 0; i < s->n; i++) {
		n += p->mask[i];
		for (k = 0; k < s->n; k++)
			if (p->mask[i] && p->mask[k])
				s->actors[i].stance.of[k].asks = STANCE_NOBODY;
	}
	return (n);
}

static void
meet(struct stage *s, size_t i, size_t k)
{
	s->actors[i].stance.of[k].asks = k;
	s->actors[k].stance.of[i].asks = i;
}

/* Each asks the one before and after it; in a ring also last and first. */
static void
chain(struct play *p, const struct words *w, bool closed)
{
	size_t i, first = STANCE_NOBODY, last = STANCE_NOBODY;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	ask_nobody(p);
	for (i = 0; i < p->stage->n; i++) {
		if (!p->mask[i])
			continue;
		if (first == STANCE_NOBODY)
			first = i;
		else
			meet(p->stage, last, i);
		last = i;
	}
	if (closed && last != first)
		meet(p->stage, first, last);
	decide(p, p->mask);
}

static void
ring(struct play *p, const struct words *w)
{
	chain(p, w, true);
}

static void
line(struct play *p, const struct words *w)
{
	chain(p, w, false);
}

static void
star(struct play *p, const struct words *w)
{
	struct actor *a = verb_node(p, w->v[1]);
	size_t i;

	if (a == NULL || !verb_nodes(p, w->v[2], p->mask))
		return;
	ask_nobody(p);
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i] && i != a->number)
			meet(p->stage, a->number, i);
	decide(p, p->mask);
}

/* ---- Lists and exemptions ---- */

static void
change_list(struct play *p, struct policy_list *l, const struct words *w)
{
	int64_t window = l->window * 1000ll, hold = l->hold * 1000ll;
	const char *threshold = words_option(w, "threshold");
	uint64_t cap = l->cap, groups = l->groups, milli = l->threshold;

	verb_span_option(p, w, "window", &window);
	verb_span_option(p, w, "hold", &hold);
	verb_count_option(p, w, "cap", &cap);
	verb_count_option(p, w, "groups", &groups);
	if (threshold != NULL &&
	    text_milli(threshold, POLICY_THRESHOLD, &milli) != 0)
		verb_wrong(p, "'%s' is no threshold", threshold);
	l->window = (uint32_t)(window / 1000);
	l->hold = (uint32_t)(hold / 1000);
	l->cap = (uint32_t)cap;
	l->groups = (uint32_t)groups;
	l->threshold = (uint32_t)milli;
}

static void
list(struct play *p, const struct words *w)
{
	size_t i;
	long k;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++) {
		struct stance *st = &p->stage->actors[i].stance;

		if (!p->mask[i])
			continue;
		k = stance_list(st, w->v[2]);
		if (k < 0)
			verb_wrong(p, "there is no list '%s'", w->v[2]);
		else
			change_list(p, &st->lists[k], w);
	}
	decide(p, p->mask);
}

static void
exempt_one(struct play *p, struct stance *st, const struct prefix *prefix,
    bool on)
{
	size_t i;

	if (on && st->nexempts == STANCE_PREFIXES)
		verb_wrong(p, "too many exempt prefixes");
	else if (on)
		st->exempts[st->nexempts++] = *prefix;
	for (i = 0; !on && i < st->nexempts; i++)
		if (memcmp(&st->exempts[i], prefix, sizeof(*prefix)) == 0) {
			st->exempts[i] = st->exempts[--st->nexempts];
			break;
		}
}

static void
exemption(struct play *p, const struct words *w, bool on)
{
	struct prefix prefix;
	size_t i;

	memset(&prefix, 0, sizeof(prefix));
	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	if (prefix_parse(w->v[2], &prefix) != 0) {
		verb_wrong(p, "'%s' is no prefix", w->v[2]);
		return;
	}
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i])
			exempt_one(p, &p->stage->actors[i].stance, &prefix, on);
	decide(p, p->mask);
}

static void
exempt(struct play *p, const struct words *w)
{
	exemption(p, w, true);
}

static void
unexempt(struct play *p, const struct words *w)
{
	exemption(p, w, false);
}

static void
own(struct play *p, const struct words *w)
{
	struct actor *a = verb_node(p, w->v[2]);
	struct prefix prefix;
	struct regard *r;
	size_t i;

	if (a == NULL || !verb_nodes(p, w->v[1], p->mask))
		return;
	if (prefix_parse(w->v[3], &prefix) != 0) {
		verb_wrong(p, "'%s' is no prefix", w->v[3]);
		return;
	}
	for (i = 0; i < p->stage->n; i++) {
		r = &p->stage->actors[i].stance.of[a->number];
		if (!p->mask[i])
			continue;
		if (r->nprefixes ==
		    sizeof(r->prefixes) / sizeof(r->prefixes[0]))
			verb_wrong(p, "too many prefixes of one member");
		else
			r->prefixes[r->nprefixes++] = prefix;
	}
	decide(p, p->mask);
}

static void
hear(struct play *p, const struct words *w)
{
	size_t i;

	if (!verb_nodes(p, w->v[1], p->mask))
		return;
	for (i = 0; i < p->stage->n; i++)
		if (p->mask[i])
			p->stage->actors[i].stance.hear_head =
			    strcmp(w->v[2], "off") != 0;
	decide(p, p->mask);
}

const struct verb verb_trust[] = {
    {"trust", 3, trust},
    {"forget", 2, forget},
    {"know", 2, know},
    {"ask", 3, ask},
    {"ring", 1, ring},
    {"line", 1, line},
    {"star", 2, star},
    {"list", 2, list},
    {"exempt", 2, exempt},
    {"unexempt", 2, unexempt},
    {"own", 3, own},
    {"hear", 2, hear},
    {NULL, 0, NULL},
};
