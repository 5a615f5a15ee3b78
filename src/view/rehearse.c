#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/votes.h"
#include "view/rehearse.h"

#define FIELDS 7
#define FIELD 128 /* longest field */
#define WORD 64 /* longest name of a member or group */

enum { TIME, MEMBER, GROUP, SUBJECT, CATEGORY, COUNT, THREAT };

static const char *const names[FIELDS] = {"time", "member", "group", "subject",
    "category", "count", "threat"};

_Static_assert(REHEARSE_MEMBERS + POLICY_MEMBERS <= UINT16_MAX,
    "members and groups have 16-bit numbers");

/* A member or group of the file. */
struct word {
	char name[WORD + 2]; /* of a group: "g" and its name, or "m" and the
				    name of its only member */
	char group[WORD + 1]; /* of a member, as the file has it */
	uint16_t number;
};

/* Words in the order of their names. */
struct book {
	struct word **words;
	size_t n;
};

struct reading {
	const struct policy *policy;
	const struct policy_list *list;
	struct rehearsal *out;
	struct votes *votes;
	struct book people;
	struct book parties;
	struct rule_member *members; /* by number */
	uint32_t *weights; /* by group */
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

/* Return the word ${name} or NULL; store in *${at} where it stands or would. */
static struct word *
book_find(const struct book *b, const char *name, size_t *at)
{
	size_t lo = 0, hi = b->n, mid;
	int cmp;

	*at = 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		cmp = strcmp(b->words[mid]->name, name);
		*at = mid;
		if (cmp == 0)
			return (b->words[mid]);
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return (NULL);
}

/* Put in ${name}, which has no place yet; its number is how many there were. */
static struct word *
book_add(struct book *b, const char *name, size_t at)
{
	struct word *w = mem_zero(sizeof(*w));

	text_copy(w->name, sizeof(w->name), name);
	w->number = (uint16_t)b->n;
	/* Room doubles whenever the number is a power of two. */
	if ((b->n & (b->n - 1)) == 0)
		b->words = mem_array(b->words, b->n == 0 ? 1 : 2 * b->n,
		    sizeof(*b->words));
	memmove(b->words + at + 1, b->words + at,
	    (b->n - at) * sizeof(*b->words));
	b->words[at] = w;
	b->n++;
	return (w);
}

static void
book_free(struct book *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		mem_free(b->words[i]);
	mem_free(b->words);
}

/* Return the number of a group, which ${weight} is one of. */
static uint16_t
party_number(struct reading *r, char kind, const char *name, uint32_t weight)
{
	char key[WORD + 2];
	struct word *w;
	size_t at;

	key[0] = kind;
	text_copy(key + 1, sizeof(key) - 1, name);
	w = book_find(&r->parties, key, &at);
	if (w == NULL) {
		w = book_add(&r->parties, key, at);
		r->weights =
		    mem_array(r->weights, r->parties.n, sizeof(*r->weights));
		r->weights[w->number] = 0;
	}
	if (weight > r->weights[w->number])
		r->weights[w->number] = weight;
	return (w->number);
}

/* Give the member of the row a number, its trust, weight and group. */
static struct word *
person_new(struct reading *r, size_t at)
{
	const char *group = r->fields[GROUP];
	struct word *w = book_add(&r->people, r->fields[MEMBER], at);
	struct rule_member *m;
	uint32_t weight = 1000;
	enum trust trust = TRUST_VOTE;
	size_t i;

	text_copy(w->group, sizeof(w->group), group);
	for (i = 0; i < r->policy->nmembers; i++)
		if (strcmp(r->policy->members[i].name, w->name) == 0) {
			trust = r->policy->members[i].trust;
			weight = r->policy->members[i].weight;
			group = r->policy->members[i].group;
			break;
		}
	r->members = mem_array(r->members, r->people.n, sizeof(*m));
	m = &r->members[w->number];
	memset(m, 0, sizeof(*m));
	m->trust = (uint8_t)trust;
	if (trust <= TRUST_OBSERVE)
		weight = 0;
	m->group = group[0] != '\0' ? party_number(r, 'g', group, weight) :
				      party_number(r, 'm', w->name, weight);
	return (w);
}

static int
find_member(struct reading *r, uint16_t *ret)
{
	size_t at;
	struct word *w = book_find(&r->people, r->fields[MEMBER], &at);

	if (w == NULL) {
		if (r->people.n == REHEARSE_MEMBERS)
			return (bad(r, "member",
			    "too many members: at most 50000 in one file"));
		w = person_new(r, at);
	} else if (strcmp(w->group, r->fields[GROUP]) != 0)
		return (bad(r, "group",
		    "this member was in another group in a row above: keep "
		    "one group for each member"));
	*ret = w->number;
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
	    .nmembers = r->people.n,
	    .weights = r->weights,
	    .ngroups = r->parties.n,
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

	r.out = out;
	r.votes = votes_new(hashkey);
	weigh_policy(&r);
	read_all(&r, text, len);
	out->at = at != 0 ? at : r.latest;
	decide_all(&r);
	book_free(&r.people);
	book_free(&r.parties);
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
