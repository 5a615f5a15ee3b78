/*
 * Why something is never listed.
 */
#include "core/engine_parts.h"

static bool
from_policy(const struct engine *e, uint64_t subject, struct engine_exempt *ret)
{
	const struct policy_exempt *x = policy_exempted(e->policy, subject);

	if (x == NULL)
		return (false);
	*ret = (struct engine_exempt){.prefix = x->prefix,
	    .source = x->source,
	    .line = x->line,
	    .by = ""};
	return (true);
}

static void
from_waiver(const struct waiver *x, struct engine_exempt *ret)
{
	*ret = (struct engine_exempt){.prefix = x->prefix,
	    .source = "operator",
	    .by = x->by,
	    .time = x->time,
	    .local = x->local};
}

static void
from_owner(const struct engine *e, size_t member, const struct stated *s,
    struct engine_exempt *ret)
{
	/* Only members of the policy are heard. */
	*ret = (struct engine_exempt){.source = "owner",
	    .by = members_get(e->members, member)->policy->name,
	    .time = s->time};
	prefix_single(s->subject, &ret->prefix);
}

bool
engine_exempt(const struct engine *e, uint64_t subject,
    struct engine_exempt *ret)
{
	const struct waiver *x;
	const struct stated *s;
	struct engine_exempt why;
	size_t member;

	if (ret == NULL)
		ret = &why;
	if (from_policy(e, subject, ret))
		return (true);
	if ((x = waivers_around(e->waivers, subject)) != NULL) {
		from_waiver(x, ret);
		return (true);
	}
	if ((s = exempts_owner(e->exempts, subject, &member)) == NULL)
		return (false);
	from_owner(e, member, s, ret);
	return (true);
}

#define OWNERS (UINT64_C(1) << 40) /* places of owners, after the operator's */

bool
engine_exempts(const struct engine *e, uint64_t *from,
    struct engine_exempt *ret)
{
	const struct waiver *x;
	const struct stated *s;
	size_t member, at, n;

	while (*from < OWNERS) {
		if ((x = waivers_at(e->waivers, (size_t)(*from)++)) == NULL) {
			*from = OWNERS;
		} else if (!x->gone) {
			from_waiver(x, ret);
			return (true);
		}
	}
	for (;;) {
		member = (size_t)(*from - OWNERS) / EXEMPTS_KEPT;
		at = (size_t)(*from - OWNERS) % EXEMPTS_KEPT;
		if (members_get(e->members, member) == NULL)
			return (false);
		s = exempts_of(e->exempts, member, &n);
		if (at >= n) {
			*from = OWNERS + (member + 1) * EXEMPTS_KEPT;
			continue;
		}
		++*from;
		if (s[at].works) {
			from_owner(e, member, &s[at], ret);
			return (true);
		}
	}
}
