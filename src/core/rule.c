#include <string.h>

#include <virbl/rule.h>

#include "base/mem.h"

#define DAY 86400u
#define WEEK (7 * DAY)
#define WEEK_MAX 2 /* clearances that work within a week */

/*
 * What one group can add to a score is held at this, so that no sum over all
 * groups overflows; every threshold is far below.
 */
#define SHARE_MAX ((uint64_t)1 << 47)

/* A sighting that counts. */
struct counted {
	uint32_t seen;
	uint32_t count;
	uint16_t group;
	uint8_t category;
	bool full; /* by a fully trusted member */
};

/* Sums over the window, and what remembers clearances, of one group. */
struct tally {
	uint64_t n;
	uint64_t nfull; /* of fully trusted members */
	uint32_t day; /* 1 + last UTC day with a clearance */
};

struct rule {
	const struct rule_world *world;
	struct counted *counted; /* ascending by seen */
	size_t ncounted;
	size_t room;
	struct tally *groups; /* zeros between calls */
	size_t ngroups;
	uint32_t *withdrawn; /* by member; zeros between calls */
	size_t nwithdrawn;
	uint32_t now;
	uint32_t next;
};

/* The window while it moves. */
struct sweep {
	const struct policy_list *list;
	uint64_t score;
	uint32_t groups; /* with n >= 1 */
	uint32_t alone; /* groups whose trusted members reach the threshold */
};

struct rule *
rule_new(void)
{
	return (mem_zero(sizeof(struct rule)));
}

/* Make room for the world and for ${n} votes. */
static void
make_room(struct rule *r, const struct rule_world *world, size_t n)
{
	if (r->ngroups < world->ngroups) {
		r->groups =
		    mem_array(r->groups, world->ngroups, sizeof(*r->groups));
		memset(r->groups + r->ngroups, 0,
		    (world->ngroups - r->ngroups) * sizeof(*r->groups));
		r->ngroups = world->ngroups;
	}
	if (r->nwithdrawn < world->nmembers) {
		r->withdrawn = mem_array(r->withdrawn, world->nmembers,
		    sizeof(*r->withdrawn));
		memset(r->withdrawn + r->nwithdrawn, 0,
		    (world->nmembers - r->nwithdrawn) * sizeof(*r->withdrawn));
		r->nwithdrawn = world->nmembers;
	}
	if (r->room < n) {
		r->room = n + n / 2;
		r->counted =
		    mem_array(r->counted, r->room, sizeof(*r->counted));
	}
}

/* The member behind ${vote}, NULL if nothing it says counts. */
static const struct rule_member *
voice(const struct rule_world *world, const struct vote *vote)
{
	const struct rule_member *m;

	if (vote->member >= world->nmembers)
		return (NULL);
	m = &world->members[vote->member];
	return (m->trust > TRUST_OBSERVE ? m : NULL);
}

/* Something will count from ${when} on. */
static void
wait_for(struct rule *r, uint64_t when)
{
	if (when <= UINT32_MAX && (r->next == 0 || when < r->next))
		r->next = (uint32_t)when;
}

/* Note until when members withdrew their own; return which marks are there. */
static unsigned
read_marks(struct rule *r, const struct vote *votes, size_t n)
{
	unsigned marks = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (votes[i].what < VOTE_RETRACTION)
			continue;
		marks |= 1u << (votes[i].what - VOTE_RETRACTION);
		if (votes[i].what == VOTE_RETRACTION &&
		    votes[i].member < r->world->nmembers &&
		    votes[i].seen > r->withdrawn[votes[i].member])
			r->withdrawn[votes[i].member] = votes[i].seen;
	}
	return (marks);
}

/* Keep the sightings that count, cleared ones included. */
static void
read_sightings(struct rule *r, const struct vote *votes, size_t n,
    uint32_t oldest)
{
	const struct rule_member *m;
	struct counted *c;
	size_t i;

	for (i = 0; i < n; i++) {
		if (votes[i].what >= VOTE_RETRACTION || votes[i].seen < oldest)
			continue;
		m = voice(r->world, &votes[i]);
		if (m == NULL || votes[i].seen <= r->withdrawn[votes[i].member])
			continue;
		if (votes[i].seen > r->now) {
			wait_for(r, votes[i].seen);
			return; /* so is the rest */
		}
		c = &r->counted[r->ncounted++];
		c->seen = votes[i].seen;
		c->count = votes[i].count;
		c->group = m->group;
		c->category = votes[i].what;
		c->full = m->trust == TRUST_FULL;
	}
}

/* True if a sighting counts with ${when} - a week < seen <= ${when}. */
static bool
seen_lately(const struct rule *r, uint32_t when)
{
	size_t lo = 0, hi = r->ncounted, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (r->counted[mid].seen <= when)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo > 0 && (uint64_t)r->counted[lo - 1].seen + WEEK > when);
}

static bool
owns(const struct rule_member *m, uint64_t subject)
{
	size_t i;

	for (i = 0; i < m->nprefixes; i++)
		if (prefix_contains(&m->prefixes[i], subject))
			return (true);
	return (false);
}

/* What the clearances so far did. */
struct clearing {
	uint32_t done[WEEK_MAX]; /* the latest that worked, oldest first */
	uint32_t cleared;
	bool blocked;
	bool ignored; /* one was ignored */
};

/*
 * Of each owner one clearance per UTC day is looked at, of all owners two
 * work in a week. A third is ignored, and all after it, until the subject was
 * quiet for a week: who clears without cleaning does not stay unlisted.
 */
static void
clear(struct rule *r, struct clearing *c, uint16_t group, uint32_t when)
{
	uint32_t *day = &r->groups[group].day;

	if (*day == when / DAY + 1)
		return;
	*day = when / DAY + 1;
	if (c->blocked)
		c->blocked = seen_lately(r, when);
	else
		c->blocked =
		    c->done[0] != 0 && (uint64_t)c->done[0] + WEEK > when;
	if (c->blocked) {
		c->ignored = true;
		return;
	}
	c->done[0] = c->done[1];
	c->done[1] = when;
	if (when > c->cleared)
		c->cleared = when;
}

/*
 * An ignored clearance may work when something older is forgotten: the oldest
 * sighting, or the first day with clearances.
 */
static void
wait_for_less(struct rule *r, const struct vote *votes, size_t n,
    uint32_t oldest)
{
	bool sighting = false, day = false;
	uint64_t when;
	size_t i;

	for (i = 0; i < n && !(sighting && day); i++)
		if (votes[i].what == VOTE_CLEARANCE && !day &&
		    votes[i].seen / DAY >= oldest / DAY) {
			when = ((uint64_t)votes[i].seen / DAY + 1) * DAY;
			wait_for(r, when + r->world->retention);
			day = true;
		} else if (votes[i].what < VOTE_RETRACTION && !sighting &&
		    votes[i].seen >= oldest) {
			wait_for(r,
			    (uint64_t)votes[i].seen + r->world->retention + 1);
			sighting = true;
		}
}

/*
 * Return the time up to which the subject is cleared. Of a member's clearances
 * on one day only the first was kept: they are forgotten together, when the
 * day of ${oldest} is another one.
 */
static uint32_t
read_clearances(struct rule *r, uint64_t subject, const struct vote *votes,
    size_t n, uint32_t oldest)
{
	struct clearing c = {.cleared = 0};
	const struct rule_member *m;
	size_t i;

	for (i = 0; i < n; i++) {
		if (votes[i].what < VOTE_CLEARANCE ||
		    votes[i].seen / DAY < oldest / DAY)
			continue;
		m = voice(r->world, &votes[i]);
		if (votes[i].what == VOTE_CLEARANCE &&
		    (m == NULL || !owns(m, subject)))
			continue;
		if (votes[i].seen > r->now)
			wait_for(r, votes[i].seen);
		else if (votes[i].what == VOTE_CLEARANCE)
			clear(r, &c, m->group, votes[i].seen);
		else if (votes[i].seen > c.cleared)
			c.cleared = votes[i].seen;
	}
	if (c.ignored)
		wait_for_less(r, votes, n, oldest);
	return (c.cleared);
}

/* Zero again what this subject used of the tables. */
static void
forget_marks(struct rule *r, const struct vote *votes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (votes[i].what < VOTE_RETRACTION ||
		    votes[i].member >= r->world->nmembers)
			continue;
		r->withdrawn[votes[i].member] = 0;
		r->groups[r->world->members[votes[i].member].group].day = 0;
	}
}

/* Drop the sightings up to ${cleared}. */
static void
drop_cleared(struct rule *r, uint32_t cleared)
{
	size_t n = 0;

	while (n < r->ncounted && r->counted[n].seen <= cleared)
		n++;
	if (n == 0)
		return;
	r->ncounted -= n;
	memmove(r->counted, r->counted + n, r->ncounted * sizeof(*r->counted));
}

uint32_t
rule_prepare(struct rule *r, const struct rule_world *world, uint64_t subject,
    const struct vote *votes, size_t n, uint32_t now)
{
	uint32_t oldest = now > world->retention ? now - world->retention : 0;
	uint32_t cleared = 0;
	unsigned marks;

	make_room(r, world, n);
	r->world = world;
	r->now = now;
	r->next = 0;
	r->ncounted = 0;
	marks = read_marks(r, votes, n);
	read_sightings(r, votes, n, oldest);
	if (marks >> (VOTE_CLEARANCE - VOTE_RETRACTION) != 0)
		cleared = read_clearances(r, subject, votes, n, oldest);
	if (marks != 0)
		forget_marks(r, votes, n);
	if (cleared != 0)
		drop_cleared(r, cleared);
	return (cleared);
}

/* What a group with weight ${w} and ${n} sightings adds to the score. */
static inline uint64_t
share(const struct sweep *s, uint32_t w, uint64_t n)
{
	uint64_t all = (n < s->list->cap ? n : s->list->cap) * w;

	return (all < SHARE_MAX ? all : SHARE_MAX);
}

/* Take a sighting into the window (${in}) or out of it. */
static void
count(const struct rule *r, struct sweep *s, const struct counted *c, bool in)
{
	struct tally *g = &r->groups[c->group];
	uint32_t w = r->world->weights[c->group];

	s->score -= share(s, w, g->n);
	s->groups -= g->n != 0;
	g->n = in ? g->n + c->count : g->n - c->count;
	s->score += share(s, w, g->n);
	s->groups += g->n != 0;
	if (!c->full)
		return;
	s->alone -= share(s, w, g->nfull) >= s->list->threshold;
	g->nfull = in ? g->nfull + c->count : g->nfull - c->count;
	s->alone += share(s, w, g->nfull) >= s->list->threshold;
}

/* Steps 3, 4, 6 and 7 of the ladder at one moment. */
static enum rule_reason
judge(const struct sweep *s)
{
	if (s->score < s->list->threshold)
		return (RULE_BELOW);
	if (s->groups >= s->list->groups)
		return (RULE_COMPANY);
	return (s->alone > 0 ? RULE_TRUSTED : RULE_ALONE);
}

/* The moment ${at} was judged: make the verdict so far. */
static void
note(const struct sweep *s, uint32_t at, struct verdict *v)
{
	enum rule_reason reason = judge(s);

	v->last = at;
	if (reason >= RULE_TRUSTED) {
		if (v->until == 0 || at > v->until)
			v->since = at;
		v->until = at > UINT32_MAX - s->list->hold ? UINT32_MAX :
							     at + s->list->hold;
		v->reason = reason;
	} else if (v->until != 0) {
		return; /* an earlier moment decides */
	} else if (reason > v->reason)
		v->reason = reason;
	v->score = s->score;
	v->groups = s->groups;
}

void
rule_decide(struct rule *r, const struct policy_list *list, struct verdict *ret)
{
	const struct counted *c = r->counted;
	struct verdict v = {.reason = RULE_SILENT};
	struct sweep s = {.list = list};
	size_t left = 0, i = 0;
	uint32_t at;
	bool some;

	while (i < r->ncounted) {
		at = c[i].seen;
		some = false;
		for (; left < i && (uint64_t)c[left].seen + list->window <= at;
		     left++)
			if ((list->categories & CATEGORY_BIT(c[left].category)))
				count(r, &s, &c[left], false);
		/* All that was seen at once counts before it is judged. */
		for (; i < r->ncounted && c[i].seen == at; i++) {
			if (!(list->categories & CATEGORY_BIT(c[i].category)))
				continue;
			count(r, &s, &c[i], true);
			some = true;
		}
		if (some)
			note(&s, at, &v);
	}
	for (; left < r->ncounted; left++) {
		r->groups[c[left].group].n = 0;
		r->groups[c[left].group].nfull = 0;
	}
	if (v.until != 0 && v.until <= r->now)
		v.reason = RULE_EXPIRED;
	*ret = v;
}

uint32_t
rule_next(const struct rule *r)
{
	return (r->next);
}

const char *
rule_reason_text(enum rule_reason reason)
{
	switch (reason) {
	case RULE_EXEMPT:
		return ("exempt");
	case RULE_SILENT:
		return ("silent");
	case RULE_BELOW:
		return ("below");
	case RULE_ALONE:
		return ("alone");
	case RULE_EXPIRED:
		return ("expired");
	case RULE_TRUSTED:
		return ("trusted");
	case RULE_COMPANY:
		return ("company");
	}
	return ("?");
}

void
rule_free(struct rule *r)
{
	if (r == NULL)
		return;
	mem_free(r->counted);
	mem_free(r->groups);
	mem_free(r->withdrawn);
	mem_free(r);
}
