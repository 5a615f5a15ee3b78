/*
 * Who calls, and what it may give orders about.
 */
#include <stdio.h>

#include "core/listing.h"
#include "shell/routes_impl.h"

static const char *const role_words[] = {
    [ROLE_PUBLIC] = "public",
    [ROLE_READER] = "reader",
    [ROLE_REPORTER] = "reporter",
    [ROLE_DESK] = "desk",
    [ROLE_OPERATOR] = "operator",
};

const char *
routes_role(enum role role)
{
	return (role_words[role]);
}

bool
routes_may_name(const struct request *q, uint64_t subject)
{
	size_t i;

	if (q->role == ROLE_OPERATOR)
		return (true);
	for (i = 0; q->role == ROLE_DESK && i < q->token.nprefixes; i++)
		if (prefix_contains(&q->token.prefixes[i], subject))
			return (true);
	return (false);
}

void
routes_who(const struct request *q, char out[ENGINE_WHO + 1])
{
	snprintf(out, ENGINE_WHO + 1, "%s%s%s", role_words[q->role],
	    q->token.name[0] != '\0' ? " " : "", q->token.name);
}

bool
routes_listed(struct node *node, uint64_t subject)
{
	const struct engine *e = node_lock(node);
	uint32_t now = routes_now();
	bool listed = false;
	size_t i;

	for (i = 0; i < engine_policy(e)->nlists && !listed; i++)
		listed = listing_until(engine_listing(e, i), subject) > now;
	node_unlock(node);
	return (listed);
}
