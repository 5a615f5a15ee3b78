#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unreachable: mem_alloc() does not fail. */
#define uthash_fatal(msg) abort()
#define uthash_malloc(n) mem_alloc(n)
#define uthash_free(p, n) mem_free(p)
#include <uthash.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/votes.h"
#include "view/rehearse.h"

#define FIELDS 7
#define FIELD 128 /* longest field */
#define WORD 64 /* longest name of a member or group */
#define MINUTE 60

enum { TIME, MEMBER, GROUP, SUBJECT, CATEGORY, COUNT, THREAT };

static const char *const names[FIELDS] = {"time", "member", "group", "subject",
    "category", "count", "threat"};

/* A member of the file. */
struct person {
	UT_hash_handle hh;
	char name[WORD + 1];
	char group[WORD + 1]; /* as the file has it */
	uint16_t number;
};

/* A group, "g" and its name, or "m" and the name of its only member. */
struct party {
	UT_hash_handle hh;
	char name[WORD + 2];
	uint16_t number;
};

struct reading {
	const struct policy *policy;
	const struct policy_list *list;
	struct rehearsal *out;
	struct votes *votes;
	struct person *people;
	struct party *parties;
	struct rule_member *members; /* by number */
	uint32_t *weights; /* by group */
	size_t nmembers;
	size_t ngroups;
	size_t line;
	uint32_t latest;
	char fields[FIELDS][FIELD + 1];
};

/* One row as numbers. */
struct row {
	uint64_t subject;
	struct vote vote;
};

/* The row is bad because of ${field}; ${problem} says how and what to do. */
static int
bad(struct reading *r, const char *field, const char *problem)
{
	struct rehearse_error *e;
	size_t n = r->out->nerrors;

	r->out->bad++;
	if (n == REHEARSE_ERRORS)
		return (-1);
	/* Room doubles whenever the number is a power of two. */
	if ((n & (n - 1)) == 0)
		r->out->errors =
		    mem_array(r->out->errors, n == 0 ? 1 : 2 * n, sizeof(*e));
	e = &r->out->errors[r->out->nerrors++];
	e->line = r->line;
	e->field = field;
	text_copy(e->text, sizeof(e->text), problem);
	return (-1);
}

/* Cut the line of ${len} bytes at ${p} into fields. */
static int
cut(struct reading *r, const char *p, size_t len)
{
	const char *tab;
	size_t n;
	int i;

	for (i = 0; i < FIELDS; i++) {
		tab = memchr(p, '\t', len);
		n = tab == NULL ? len : (size_t)(tab - p);
		if ((tab == NULL) != (i == FIELDS - 1))
			return (bad(r, "row",
			    "not seven fields: separate time member group "
			    "subject category count threat by one tab each"));
		if (n > FIELD)
			return (bad(r, names[i],
			    "too long: a field has at most 128 bytes"));
		if (memchr(p, '\0', n) != NULL)
			return (bad(r, names[i],
			    "holds a NUL byte: the file must be plain text"));
		memcpy(r->fields[i], p, n);
		r->fields[i][n] = '\0';
		p += n + 1;
		len -= tab == NULL ? n : n + 1;
	}
	return (0);
}

/* Like a threat's name: printable, no space at either end. */
static int
check_words(struct reading *r)
{
	if (!text_name(r->fields[MEMBER]))
		return (bad(r, "member",
		    "not a name: use 1 to 64 printable ASCII characters"));
	if (r->fields[GROUP][0] != '\0' && !text_name(r->fields[GROUP]))
		return (bad(r, "group",
		    "not a name: use up to 64 printable ASCII characters"));
	if (r->fields[THREAT][0] != '\0' && !text_name(r->fields[THREAT]))
		return (bad(r, "threat",
		    "not a name: use up to 64 printable ASCII characters"));
	return (0);
}

static int
check_category(struct reading *r, unsigned *ret)
{
	const char *words[CATEGORY_MAX], *near;
	char text[128];
	unsigned c;

	*ret = category_find(r->fields[CATEGORY]);
	if (*ret != 0)
		return (0);
	for (c = 1; c <= CATEGORY_MAX; c++)
		words[c - 1] = category_name(c);
	near = text_nearest(r->fields[CATEGORY], words, CATEGORY_MAX);
	if (near == NULL)
		return (bad(r, "category",
		    "no such category: use worm, malware, spam, phish, "
		    "bruteforce, scan, exploit or test"));
	snprintf(text, sizeof(text), "no such category: did you mean '%s'",
	    near);
	return (bad(r, "category", text));
}

/* Turn the fields into numbers, but for the member's. */
static int
parse(struct reading *r, struct row *row)
{
	enum subject_verdict sv;
	uint64_t seen, count;
	unsigned category;

	if (text_u64(r->fields[TIME], UINT32_MAX, &seen) != 0 || seen == 0)
		return (bad(r, "time",
		    "not a time: use Unix seconds, such as 1471145408"));
	if (check_words(r) != 0)
		return (-1);
	sv = subject_parse(r->fields[SUBJECT], &row->subject);
	if (sv != SUBJECT_OK)
		return (bad(r, "subject", subject_verdict_text(sv)));
	if (check_category(r, &category) != 0)
		return (-1);
	if (text_u64(r->fields[COUNT], UINT32_MAX, &count) != 0 || count == 0)
		return (bad(r, "count",
		    "not a count: use a whole number from 1 to 4294967295"));
	row->vote.seen = (uint32_t)seen;
	row->vote.count = (uint32_t)count;
	row->vote.what = (uint8_t)category;
	return (0);
}

/* Return the number of a group, which ${weight} is one of. */
static uint16_t
party_number(struct reading *r, char kind, const char *name, uint32_t weight)
{
	struct party *p;
	char key[WORD + 2];

	key[0] = kind;
	text_copy(key + 1, sizeof(key) - 1, name);
	HASH_FIND_STR(r->parties, key, p);
	if (p == NULL) {
		p = mem_zero(sizeof(*p));
		text_copy(p->name, sizeof(p->name), key);
		p->number = (uint16_t)r->ngroups++;
		r->weights =
		    mem_array(r->weights, r->ngroups, sizeof(*r->weights));
		r->weights[p->number] = 0;
		HASH_ADD_STR(r->parties, name, p);
	}
	if (weight > r->weights[p->number])
		r->weights[p->number] = weight;
	return (p->number);
}

/* Give the member of the row a number, its trust, weight and group. */
static struct person *
person_new(struct reading *r)
{
	const char *group = r->fields[GROUP];
	struct person *p = mem_zero(sizeof(*p));
	struct rule_member *m;
	uint32_t weight = 1000;
	enum trust trust = TRUST_VOTE;
	size_t i;

	text_copy(p->name, sizeof(p->name), r->fields[MEMBER]);
	text_copy(p->group, sizeof(p->group), group);
	for (i = 0; i < r->policy->nmembers; i++)
		if (strcmp(r->policy->members[i].name, p->name) == 0) {
			trust = r->policy->members[i].trust;
			weight = r->policy->members[i].weight;
			group = r->policy->members[i].group;
			break;
		}
	p->number = (uint16_t)r->nmembers++;
	r->members = mem_array(r->members, r->nmembers, sizeof(*m));
	m = &r->members[p->number];
	memset(m, 0, sizeof(*m));
	m->trust = (uint8_t)trust;
	if (trust <= TRUST_OBSERVE)
		weight = 0;
	m->group = group[0] != '\0' ? party_number(r, 'g', group, weight) :
				      party_number(r, 'm', p->name, weight);
	HASH_ADD_STR(r->people, name, p);
	return (p);
}

static int
find_member(struct reading *r, uint16_t *ret)
{
	struct person *p;

	HASH_FIND_STR(r->people, r->fields[MEMBER], p);
	if (p == NULL) {
		if (r->nmembers == REHEARSE_MEMBERS)
			return (bad(r, "member",
			    "too many members: at most 65535 in one file"));
		p = person_new(r);
	} else if (strcmp(p->group, r->fields[GROUP]) != 0)
		return (bad(r, "group",
		    "this member was in another group in a row above: keep "
		    "one group for each member"));
	*ret = p->number;
	return (0);
}

static void
read_row(struct reading *r, const char *p, size_t len)
{
	struct row row = {.subject = 0};

	if (cut(r, p, len) != 0 || parse(r, &row) != 0 ||
	    find_member(r, &row.vote.member) != 0)
		return;
	r->out->good++;
	if (row.vote.seen > r->latest)
		r->latest = row.vote.seen;
	if ((r->list->categories & CATEGORY_BIT(row.vote.what)) != 0)
		votes_add(r->votes, row.subject, &row.vote);
}

static void
read_all(struct reading *r, const char *text, size_t len)
{
	const char *end = text + len, *nl;
	size_t n;

	for (; text < end; text += n + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		n = (size_t)((nl == NULL ? end : nl) - text);
		r->line++;
		len = n > 0 && text[n - 1] == '\r' ? n - 1 : n;
		if (len > 0 && text[0] != '#')
			read_row(r, text, len);
	}
}

static int
row_cmp(const void *x, const void *y)
{
	const struct rehearse_row *a = x, *b = y;

	return (a->subject < b->subject ? -1 : a->subject > b->subject);
}

/* Decide about ${subject}, the exemptions last. */
static void
decide(struct reading *r, struct rule *rule, const struct rule_world *world,
    uint64_t subject)
{
	struct rehearsal *out = r->out;
	struct verdict verdict;
	const struct vote *votes;
	size_t n;

	votes = votes_get(r->votes, subject, &n);
	rule_prepare(rule, world, subject, votes, n, out->at);
	rule_decide(rule, r->list, &verdict);
	if (verdict.reason < RULE_TRUSTED ||
	    policy_exempted(r->policy, subject) != NULL)
		return;
	if ((out->nrows & (out->nrows - 1)) == 0)
		out->rows = mem_array(out->rows,
		    out->nrows == 0 ? 1 : 2 * out->nrows, sizeof(*out->rows));
	out->rows[out->nrows].subject = subject;
	out->rows[out->nrows++].verdict = verdict;
}

/* All members of a group weigh in, in the file or not. */
static void
weigh_policy(struct reading *r)
{
	const struct policy_member *m;
	size_t i;

	for (i = 0; i < r->policy->nmembers; i++) {
		m = &r->policy->members[i];
		if (m->group[0] != '\0' && m->trust > TRUST_OBSERVE)
			party_number(r, 'g', m->group, m->weight);
	}
}

static void
decide_all(struct reading *r)
{
	struct rule_world world = {
	    .members = r->members,
	    .nmembers = r->nmembers,
	    .weights = r->weights,
	    .ngroups = r->ngroups,
	    .retention = policy_retention(r->policy),
	};
	struct rule *rule = rule_new();
	uint64_t subjects[256];
	size_t from = 0, n, i;

	while ((n = votes_walk(r->votes, &from, subjects, 256)) != 0)
		for (i = 0; i < n; i++)
			decide(r, rule, &world, subjects[i]);
	if (r->out->nrows > 1)
		qsort(r->out->rows, r->out->nrows, sizeof(*r->out->rows),
		    row_cmp);
	rule_free(rule);
}

struct rehearsal *
rehearse(const struct policy *policy, const struct policy_list *list,
    const char *text, size_t len, uint32_t at)
{
	/* The hash orders nothing that is seen, so any key will do. */
	static const uint8_t hashkey[16] = {0};
	struct reading r = {.policy = policy, .list = list};
	struct rehearsal *out = mem_zero(sizeof(*out));
	struct person *p, *pnext;
	struct party *g, *gnext;

	r.out = out;
	r.votes = votes_new(hashkey);
	weigh_policy(&r);
	read_all(&r, text, len);
	out->at = at != 0 ? at : r.latest;
	decide_all(&r);
	HASH_ITER(hh, r.people, p, pnext)
	{
		HASH_DEL(r.people, p);
		mem_free(p);
	}
	HASH_ITER(hh, r.parties, g, gnext)
	{
		HASH_DEL(r.parties, g);
		mem_free(g);
	}
	votes_free(r.votes);
	mem_free(r.members);
	mem_free(r.weights);
	return (out);
}

void
rehearse_free(struct rehearsal *r)
{
	if (r == NULL)
		return;
	mem_free(r->rows);
	mem_free(r->errors);
	mem_free(r);
}
