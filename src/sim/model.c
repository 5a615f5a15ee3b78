#include <string.h>

#include "sim/model.h"

#define DAY 86400u
#define WEEK (7 * DAY)

struct model {
	const struct rule_world *world;
	const struct policy_list *list;
	const struct vote *votes;
	size_t n;
	uint32_t now;
	uint32_t cleared;
};

uint32_t
model_rng(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return ((uint32_t)(*state >> 33));
}

/* Does vote ${i} count, whatever was cleared and whatever its category? */
static bool
counts(const struct model *m, size_t i)
{
	const struct vote *v = &m->votes[i];
	size_t j;

	if (v->what >= VOTE_RETRACTION || v->seen > m->now)
		return (false);
	if (m->world->members[v->member].trust <= TRUST_OBSERVE)
		return (false);
	if ((uint64_t)v->seen + m->world->retention < m->now)
		return (false);
	for (j = 0; j < m->n; j++)
		if (m->votes[j].what == VOTE_RETRACTION &&
		    m->votes[j].member == v->member &&
		    v->seen <= m->votes[j].seen)
			return (false);
	return (true);
}

static bool
counts_here(const struct model *m, size_t i)
{
	return (counts(m, i) && m->votes[i].seen > m->cleared &&
	    (m->list->categories >> m->votes[i].what & 1) != 0);
}

/* Is the UTC day of ${when} before that of now - retention? */
static bool
old_day(const struct model *m, uint32_t when)
{
	return (m->now > m->world->retention &&
	    when / DAY < (m->now - m->world->retention) / DAY);
}

static bool
valid_clearance(const struct model *m, uint64_t subject, size_t i)
{
	const struct vote *v = &m->votes[i];
	const struct rule_member *who = &m->world->members[v->member];
	size_t p;

	if (v->what != VOTE_CLEARANCE || v->seen > m->now ||
	    who->trust <= TRUST_OBSERVE || old_day(m, v->seen))
		return (false);
	for (p = 0; p < who->nprefixes; p++)
		if (prefix_contains(&who->prefixes[p], subject))
			return (true);
	return (false);
}

/* An earlier valid clearance of the same group on the same day? */
static bool
second_of_day(const struct model *m, uint64_t subject, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (valid_clearance(m, subject, j) &&
		    m->votes[j].seen / DAY == m->votes[i].seen / DAY &&
		    m->world->members[m->votes[j].member].group ==
			m->world->members[m->votes[i].member].group)
			return (true);
	return (false);
}

static bool
quiet_week(const struct model *m, uint32_t end)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (counts(m, i) && m->votes[i].seen <= end &&
		    (uint64_t)m->votes[i].seen + WEEK > end)
			return (false);
	return (true);
}

static uint32_t
find_cleared(const struct model *m, uint64_t subject)
{
	uint32_t worked[4096], cleared = 0;
	bool blocked = false;
	size_t nworked = 0, within, i, k;

	for (i = 0; i < m->n; i++) {
		const struct vote *v = &m->votes[i];

		if (v->what == VOTE_CLEARED && v->seen <= m->now &&
		    !old_day(m, v->seen) && v->seen > cleared)
			cleared = v->seen;
		if (!valid_clearance(m, subject, i) ||
		    second_of_day(m, subject, i))
			continue;
		if (blocked && !quiet_week(m, v->seen))
			continue;
		for (k = within = 0; k < nworked; k++)
			within += (uint64_t)worked[k] + WEEK > v->seen;
		if (!blocked && within >= 2) {
			blocked = true;
			continue;
		}
		blocked = false;
		worked[nworked++] = v->seen;
		if (v->seen > cleared)
			cleared = v->seen;
	}
	return (cleared);
}

/* What holds at the moment ${at}: score, groups, and the rung of the ladder. */
static enum rule_reason
judge(const struct model *m, uint32_t at, uint64_t *score, uint32_t *groups)
{
	bool alone = false;
	uint64_t cap = m->list->cap, n, full, w;
	size_t g, i;

	*score = 0;
	*groups = 0;
	for (g = 0; g < m->world->ngroups; g++) {
		n = full = 0;
		for (i = 0; i < m->n; i++) {
			const struct vote *v = &m->votes[i];
			const struct rule_member *who =
			    &m->world->members[v->member];

			if (!counts_here(m, i) || who->group != g ||
			    v->seen > at ||
			    (uint64_t)v->seen + m->list->window <= at)
				continue;
			n += v->count;
			full += who->trust == TRUST_FULL ? v->count : 0;
		}
		w = m->world->weights[g];
		*score += w * (n < cap ? n : cap);
		*groups += n > 0;
		if (w * (full < cap ? full : cap) >= m->list->threshold)
			alone = true;
	}
	if (*score < m->list->threshold)
		return (RULE_BELOW);
	if (*groups >= m->list->groups)
		return (RULE_COMPANY);
	return (alone ? RULE_TRUSTED : RULE_ALONE);
}

uint32_t
model_decide(const struct rule_world *world, const struct policy_list *list,
    uint64_t subject, const struct vote *votes, size_t n, uint32_t now,
    struct verdict *ret)
{
	struct model m = {world, list, votes, n, now, 0};
	enum rule_reason reason;
	uint64_t score;
	uint32_t groups;
	size_t i;

	m.cleared = find_cleared(&m, subject);
	memset(ret, 0, sizeof(*ret));
	ret->reason = RULE_SILENT;
	for (i = 0; i < n; i++) {
		if (!counts_here(&m, i))
			continue;
		reason = judge(&m, votes[i].seen, &score, &groups);
		ret->last = votes[i].seen;
		if (reason >= RULE_TRUSTED) {
			if (ret->until == 0 || votes[i].seen > ret->until)
				ret->since = votes[i].seen;
			ret->until = votes[i].seen + list->hold;
			ret->reason = reason;
		} else if (ret->until != 0)
			continue;
		else if (reason > ret->reason)
			ret->reason = reason;
		ret->score = score;
		ret->groups = groups;
	}
	if (ret->until != 0 && ret->until <= now)
		ret->reason = RULE_EXPIRED;
	return (m.cleared);
}
