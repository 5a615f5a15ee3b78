/*
 * Who calls, and what it may give orders about.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/listing.h"
#include "shell/conf.h"
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

/* True if ${address} is one of the proxies that are believed. */
static bool
trusted(struct node *node, uint64_t address)
{
	const struct conf *conf = node_conf(node);
	struct prefix prefix;
	bool found = false;
	size_t i;

	for (i = 0; i < conf->nproxies && !found; i++)
		found = prefix_parse(conf->trusted_proxies[i], &prefix) == 0 &&
		    prefix_contains(&prefix, address);
	node_conf_release(node);
	return (found);
}

/*
 * Cut the last element off the list ${text} and read it; each proxy appends
 * the address it was asked from.
 */
static int
last_address(char *text, uint64_t *ret)
{
	char *comma = strrchr(text, ',');
	char *word = comma != NULL ? comma + 1 : text;

	word += strspn(word, " \t");
	word[strcspn(word, " \t")] = '\0';
	if (subject_parse(word, ret) != SUBJECT_OK)
		return (-1);
	*(comma != NULL ? comma : text) = '\0';
	return (0);
}

int
routes_client(struct node *node, const struct request *q, uint64_t *ret)
{
	struct buf list;
	char *text;
	int rc;

	if (subject_parse(q->client, ret) != SUBJECT_OK)
		return (-1);
	if (!trusted(node, *ret))
		return (0);
	buf_init(&list, 65536);
	q->headers(q, "X-Forwarded-For", &list);
	text = mem_string(buf_string(&list));
	buf_free(&list);
	/* From the nearest proxy back, as far as proxies are believed. */
	do
		rc = text[0] != '\0' ? last_address(text, ret) : -1;
	while (rc == 0 && trusted(node, *ret));
	mem_free(text);
	return (rc);
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
