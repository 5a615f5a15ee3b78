#include <string.h>

#include <virbl/policy.h>

#include "base/mem.h"
#include "core/prefixset.h"

/*
 * IANA's special-purpose registries (RFC 6890 and later entries), the
 * deprecated 6to4 relay range, and multicast.
 */
static const char *const special[] = {
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
};

#define CATEGORIES_ALL ((1u << (CATEGORY_MAX + 1)) - 2)
#define LOOPBACK24 0x7f0000u /* 127.0.0.0/24 without its last octet */

static const char *const trust_names[] = {"none", "observe", "vote", "full"};

struct policy *
policy_new(void)
{
	struct policy *p = mem_zero(sizeof(*p));

	p->members = mem_zero(sizeof(*p->members));
	p->members[0].trust = TRUST_FULL;
	p->members[0].weight = 1000;
	p->nmembers = 1;
	p->special = true;
	p->hear_head = true;
	return (p);
}

/* Return what is out of range in ${l}, or NULL. */
static const char *
list_check(const struct policy_list *l)
{
	if (!card_name_valid(l->name))
		return ("the name of a list is 1 to 32 of a-z 0-9 . _ -, "
			"first a letter or digit");
	if (l->categories == 0)
		return ("a list needs at least one category");
	if ((l->categories & ~CATEGORIES_ALL) != 0)
		return ("unknown category");
	if (l->window < 1 || l->window > POLICY_DURATION)
		return ("window must be 1s to 366d");
	if (l->hold < 1 || l->hold > POLICY_DURATION)
		return ("hold must be 1s to 366d");
	if (l->threshold < 1 || l->threshold > POLICY_THRESHOLD)
		return ("threshold must be 0.001 to 100000");
	if (l->cap < 1)
		return ("cap must be at least 1");
	if (l->groups < 1)
		return ("groups must be at least 1");
	if (l->code != 0 && l->code >> 8 != LOOPBACK24)
		return ("code must be 127.0.0.x");
	return (NULL);
}

const char *
policy_list_add(struct policy *p, const struct policy_list *list)
{
	const char *why = list_check(list);

	if (why != NULL)
		return (why);
	if (p->nlists == POLICY_LISTS)
		return ("too many lists: at most 16");
	if (policy_list_find(p, list->name) != NULL)
		return ("a list of this name exists already");
	p->lists[p->nlists++] = *list;
	return (NULL);
}

const char *
policy_member_add(struct policy *p, const struct policy_member *m)
{
	struct policy_member *new;
	size_t i;

	if (!card_name_valid(m->name))
		return ("the name of a member is 1 to 32 of a-z 0-9 . _ -, "
			"first a letter or digit");
	if ((unsigned)m->trust > TRUST_FULL)
		return ("trust must be none, observe, vote or full");
	if (m->weight > POLICY_WEIGHT)
		return ("weight must be 0 to 1000");
	if (p->nmembers == POLICY_MEMBERS)
		return ("too many members: at most 10000");
	for (i = 0; i < p->nmembers; i++) {
		if (strcmp(p->members[i].name, m->name) == 0)
			return ("a member of this name exists already");
		if (memcmp(p->members[i].key, m->key, KEY_BYTES) == 0)
			return ("a member with this key exists already");
	}
	p->members =
	    mem_array(p->members, p->nmembers + 1, sizeof(*p->members));
	new = &p->members[p->nmembers++];
	*new = *m;
	new->prefixes = NULL;
	if (m->nprefixes > 0)
		new->prefixes =
		    mem_dup(m->prefixes, m->nprefixes * sizeof(*m->prefixes));
	return (NULL);
}

/* Return a lasting copy of ${source}; files come one after the other. */
static const char *
source_keep(struct policy *p, const char *source)
{
	size_t n = p->nsources;

	if (n > 0 && strcmp(p->sources[n - 1], source) == 0)
		return (p->sources[n - 1]);
	p->sources = mem_array(p->sources, n + 1, sizeof(*p->sources));
	p->sources[n] = mem_string(source);
	p->nsources++;
	return (p->sources[n]);
}

void
policy_exempt_add(struct policy *p, const struct prefix *prefix,
    const char *source, unsigned line)
{
	struct policy_exempt *e;
	size_t n = p->nexempts;

	/* Room doubles whenever the number is a power of two. */
	if ((n & (n - 1)) == 0)
		p->exempts = mem_array(p->exempts, n == 0 ? 1 : 2 * n,
		    sizeof(*p->exempts));
	e = &p->exempts[p->nexempts++];
	e->prefix = *prefix;
	e->source = source_keep(p, source);
	e->line = line;
}

void
policy_ready(struct policy *p)
{
	struct prefix prefix, *all;
	size_t i;

	for (i = 0; p->special && i < sizeof(special) / sizeof(*special); i++)
		if (prefix_parse(special[i], &prefix) == 0)
			policy_exempt_add(p, &prefix, "special", 0);
	all = mem_array(NULL, p->nexempts + 1, sizeof(*all));
	for (i = 0; i < p->nexempts; i++)
		all[i] = p->exempts[i].prefix;
	p->exempt = prefixset_build(all, p->nexempts);
	mem_free(all);
}

const struct policy_exempt *
policy_exempted(const struct policy *p, uint64_t subject)
{
	long i = prefixset_find(p->exempt, subject);

	return (i < 0 ? NULL : &p->exempts[i]);
}

const struct policy_member *
policy_member_find(const struct policy *p, const uint8_t key[KEY_BYTES])
{
	size_t i;

	for (i = 0; i < p->nmembers; i++)
		if (memcmp(p->members[i].key, key, KEY_BYTES) == 0)
			return (&p->members[i]);
	return (NULL);
}

const struct policy_list *
policy_list_find(const struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nlists; i++)
		if (strcmp(p->lists[i].name, name) == 0)
			return (&p->lists[i]);
	return (NULL);
}

uint32_t
policy_retention(const struct policy *p)
{
	uint32_t most = POLICY_RETENTION_MIN;
	size_t i;

	for (i = 0; i < p->nlists; i++)
		if (p->lists[i].window + p->lists[i].hold > most)
			most = p->lists[i].window + p->lists[i].hold;
	return (most);
}

const char *
trust_name(enum trust t)
{
	return ((unsigned)t <= TRUST_FULL ? trust_names[t] : "?");
}

int
trust_find(const char *name)
{
	int t;

	for (t = TRUST_NONE; t <= TRUST_FULL; t++)
		if (strcmp(trust_names[t], name) == 0)
			return (t);
	return (-1);
}

void
policy_free(struct policy *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nmembers; i++)
		mem_free(p->members[i].prefixes);
	for (i = 0; i < p->nsources; i++)
		mem_free(p->sources[i]);
	prefixset_free(p->exempt);
	mem_free(p->members);
	mem_free(p->exempts);
	mem_free(p->sources);
	mem_free(p);
}
