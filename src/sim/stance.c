#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/stance.h"

static void
add_list(struct stance *s, const char *name, unsigned categories)
{
	struct policy_list *l = &s->lists[s->nlists++];

	text_copy(l->name, sizeof(l->name), name);
	l->categories = (uint16_t)categories;
	l->window = 86400;
	l->hold = 86400;
	l->threshold = 2000;
	l->cap = 2;
	l->groups = 2;
}

void
stance_init(struct stance *s, size_t self, size_t n)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->self = self;
	s->n = n;
	s->of = mem_zero(n * sizeof(*s->of));
	s->hear_head = true;
	for (i = 0; i < n; i++) {
		s->of[i].known = true;
		s->of[i].trust = i == self ? TRUST_FULL : TRUST_VOTE;
		s->of[i].weight = 1000;
		s->of[i].asks = i;
		snprintf(s->of[i].group, sizeof(s->of[i].group), "g%zu", i);
	}
	add_list(s, "worm",
	    CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE));
	add_list(s, "any", 0xfe);
}

static void
fill_member(const struct stance *s, size_t i, struct policy_member *m)
{
	const struct regard *r = &s->of[i];

	snprintf(m->name, sizeof(m->name), "n%zu", i);
	text_copy(m->group, sizeof(m->group), r->group);
	m->trust = r->trust;
	m->weight = r->weight;
	if (r->asks != STANCE_NOBODY)
		snprintf(m->url, sizeof(m->url), "https://n%zu/", r->asks);
	m->nprefixes = r->nprefixes;
	m->prefixes = (struct prefix *)(uintptr_t)r->prefixes;
}

struct policy *
stance_policy(const struct stance *s, const uint8_t (*keys)[KEY_BYTES])
{
	struct policy *p = policy_new();
	struct policy_member m;
	const char *why = NULL;
	size_t i;

	for (i = 0; i < s->nlists && why == NULL; i++)
		why = policy_list_add(p, &s->lists[i]);
	p->special = false;
	p->hear_head = s->hear_head;
	p->batch_interval = s->batch_interval;
	memcpy(p->members[0].key, keys[s->self], KEY_BYTES);
	fill_member(s, s->self, &p->members[0]);
	p->members[0].prefixes = mem_dup(p->members[0].prefixes,
	    p->members[0].nprefixes * sizeof(struct prefix));
	for (i = 0; i < s->n && why == NULL; i++) {
		if (i == s->self || !s->of[i].known)
			continue;
		memset(&m, 0, sizeof(m));
		memcpy(m.key, keys[i], KEY_BYTES);
		fill_member(s, i, &m);
		why = policy_member_add(p, &m);
	}
	assert(why == NULL);
	for (i = 0; i < s->nexempts; i++)
		policy_exempt_add(p, &s->exempts[i], "stance", 0);
	policy_ready(p);
	return (p);
}

bool
stance_exempt(const struct stance *s, uint64_t subject)
{
	size_t i;

	for (i = 0; i < s->nexempts; i++)
		if (prefix_contains(&s->exempts[i], subject))
			return (true);
	return (false);
}

long
stance_list(const struct stance *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nlists; i++)
		if (strcmp(s->lists[i].name, name) == 0)
			return ((long)i);
	return (-1);
}

void
stance_free(struct stance *s)
{
	mem_free(s->of);
	memset(s, 0, sizeof(*s));
}
