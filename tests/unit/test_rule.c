#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model.h"

#define HOUR 3600u
#define DAY 86400u
#define NOW 1500000000u
#define WHERE 0xc6336401u /* 198.51.100.1 */
#define GRP(v) (sizeof(v) / sizeof((v)[0]))

/* Members 0..6; see people[]. */
enum { OWN, ANN, BOB, BOB2, OBSERVER, NOBODY, FREE, PEOPLE };

static struct prefix owned;

static const struct rule_member people[PEOPLE] = {
    [OWN] = {.group = 0, .trust = TRUST_FULL},
    [ANN] = {.group = 1,
	.trust = TRUST_VOTE,
	.prefixes = &owned,
	.nprefixes = 1},
    [BOB] = {.group = 2, .trust = TRUST_VOTE},
    [BOB2] = {.group = 2, .trust = TRUST_FULL},
    [OBSERVER] = {.group = 3,
	.trust = TRUST_OBSERVE,
	.prefixes = &owned,
	.nprefixes = 1},
    [NOBODY] = {.group = 3, .trust = TRUST_NONE},
    [FREE] = {.group = 4, .trust = TRUST_VOTE},
};
static const uint32_t weights[] = {1000, 1000, 1500, 0, 0};

static const struct rule_world world = {
    .members = people,
    .nmembers = PEOPLE,
    .weights = weights,
    .ngroups = GRP(weights),
    .retention = 8 * DAY,
};

static const struct policy_list plain = {
    .name = "worm",
    .categories = CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE),
    .window = DAY,
    .hold = DAY,
    .threshold = 2000,
    .cap = 2,
    .groups = 2,
};

/* A vote by ${m}, ${ago} seconds before NOW. */
#define SAW(m, ago, n)                                            \
	{                                                         \
		.seen = NOW - (ago), .count = (n), .member = (m), \
		.what = CATEGORY_WORM                             \
	}
#define MARK(m, ago, mark)                                         \
	{                                                          \
		.seen = NOW - (ago), .member = (m), .what = (mark) \
	}

static int
setup(void **state)
{
	(void)state;
	return (prefix_parse("198.51.100.0/24", &owned));
}

static void
assert_verdict(const struct verdict *a, const struct verdict *b)
{
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->until, b->until);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->score, b->score);
	assert_int_equal(a->groups, b->groups);
}

static int
vote_cmp(const void *x, const void *y)
{
	const struct vote *a = x, *b = y;

	if (a->seen != b->seen)
		return (a->seen < b->seen ? -1 : 1);
	if (a->member != b->member)
		return (a->member < b->member ? -1 : 1);
	return (a->what < b->what ? -1 : a->what > b->what);
}

/* The ladder, by number. Votes may stand in any order. */
static const struct {
	const char *what;
	enum rule_reason reason;
	uint32_t since; /* ago; 0 none */
	uint32_t until; /* ahead of NOW; 0 none */
	uint64_t score;
	uint32_t groups;
	uint32_t cleared; /* ago; 0 none */
	struct vote votes[8];
} ladder[] = {
    {"2 no votes", RULE_SILENT, 0, 0, 0, 0, 0, {{0}}},
    {"2 another category", RULE_SILENT, 0, 0, 0, 0, 0,
	{{.seen = NOW - 9, .count = 9, .member = OWN, .what = CATEGORY_SPAM}}},
    {"2 observed and unknown members", RULE_SILENT, 0, 0, 0, 0, 0,
	{SAW(OBSERVER, 9, 9), SAW(NOBODY, 9, 9), SAW(PEOPLE, 9, 9)}},
    {"2 too long ago", RULE_SILENT, 0, 0, 0, 0, 0, {SAW(OWN, 8 * DAY + 1, 9)}},
    {"2 not yet", RULE_SILENT, 0, 0, 0, 0, 0, {SAW(OWN, -1, 9)}},
    {"2 withdrawn", RULE_SILENT, 0, 0, 0, 0, 0,
	{SAW(OWN, 10, 9), MARK(OWN, 10, VOTE_RETRACTION)}},
    {"2 cleared by the owner", RULE_SILENT, 0, 0, 0, 0, 5,
	{SAW(OWN, 5, 9), MARK(ANN, 5, VOTE_CLEARANCE)}},
    {"2 cleared by the operator", RULE_SILENT, 0, 0, 0, 0, 5,
	{SAW(OWN, 5, 9), MARK(OWN, 5, VOTE_CLEARED)}},
    {"3 one sighting", RULE_BELOW, 0, 0, 1000, 1, 0, {SAW(OWN, 9, 1)}},
    {"3 too far apart", RULE_BELOW, 0, 0, 1000, 1, 0,
	{SAW(OWN, DAY, 1), SAW(ANN, 0, 1)}},
    {"3 a group without weight", RULE_BELOW, 0, 0, 1000, 2, 0,
	{SAW(OWN, 9, 1), SAW(FREE, 5, 7)}},
    {"4 one group may not", RULE_ALONE, 0, 0, 2000, 1, 0, {SAW(ANN, 9, 7)}},
    {"4 trusted part of a group is too little", RULE_ALONE, 0, 0, 3000, 1, 0,
	{SAW(BOB, 9, 7), SAW(BOB2, 8, 1)}},
    {"4 once alone, now below", RULE_ALONE, 0, 0, 1000, 1, 0,
	{SAW(ANN, 2 * DAY, 2), SAW(ANN, 9, 1)}},
    {"5 held and over", RULE_EXPIRED, DAY, 0, 2000, 1, 0, {SAW(OWN, DAY, 2)}},
    {"5 over, though one more came", RULE_EXPIRED, 3 * DAY, 0, 2000, 1, 0,
	{SAW(OWN, 3 * DAY, 2), SAW(OWN, DAY, 1)}},
    {"6 the own node alone", RULE_TRUSTED, 60, DAY - 60, 2000, 1, 0,
	{SAW(OWN, 60, 2)}},
    {"6 in two sightings", RULE_TRUSTED, 5, DAY - 5, 2000, 1, 0,
	{SAW(OWN, 60, 1), SAW(OWN, 5, 1)}},
    {"6 a trusted member of a group", RULE_TRUSTED, 5, DAY - 5, 3000, 1, 0,
	{SAW(BOB2, 5, 2)}},
    {"7 two groups", RULE_COMPANY, 5, DAY - 5, 2000, 2, 0,
	{SAW(OWN, 60, 1), SAW(ANN, 5, 1)}},
    {"7 at the end of the window", RULE_COMPANY, 1, DAY - 1, 2000, 2, 0,
	{SAW(OWN, DAY, 1), SAW(ANN, 1, 1)}},
    {"7 all that was seen at once", RULE_COMPANY, 5, DAY - 5, 4000, 2, 0,
	{SAW(OWN, 5, 9), SAW(ANN, 5, 9)}},
    {"7 named where 6 holds too", RULE_COMPANY, 5, DAY - 5, 3000, 2, 0,
	{SAW(OWN, 5, 2), SAW(ANN, 5, 1)}},
    {"7 the last second", RULE_COMPANY, DAY - 1, 1, 2000, 2, 0,
	{SAW(OWN, DAY - 1, 1), SAW(ANN, DAY - 1, 1)}},
    {"7 unbroken", RULE_COMPANY, 2 * DAY, DAY, 3000, 2, 0,
	{SAW(OWN, 2 * DAY, 2), SAW(OWN, DAY, 2), SAW(BOB, DAY, 2),
	    SAW(OWN, 0, 2), SAW(BOB, 0, 1), SAW(ANN, 0, 1),
	    MARK(BOB, 0, VOTE_RETRACTION), MARK(OWN, -1, VOTE_CLEARED)}},
    {"7 after a break", RULE_TRUSTED, 0, DAY, 2000, 1, 0,
	{SAW(OWN, DAY + 1, 2), SAW(OWN, 0, 2)}},
    {"7 after a clearance", RULE_COMPANY, 4, DAY - 4, 2000, 2, 5,
	{SAW(OWN, 5, 2), MARK(ANN, 5, VOTE_CLEARANCE), SAW(OWN, 4, 1),
	    SAW(ANN, 4, 1)}},
    {"7 a stranger cannot clear", RULE_TRUSTED, 5, DAY - 5, 2000, 1, 0,
	{SAW(OWN, 5, 2), MARK(BOB, 4, VOTE_CLEARANCE),
	    MARK(OBSERVER, 4, VOTE_CLEARANCE)}},
    {"7 nobody withdraws for another", RULE_TRUSTED, 5, DAY - 5, 2000, 1, 0,
	{SAW(OWN, 5, 2), MARK(ANN, 4, VOTE_RETRACTION)}},
    {"7 the third clearance in a week", RULE_TRUSTED, HOUR, DAY - HOUR, 2000, 1,
	2 * DAY,
	{MARK(ANN, 6 * DAY, VOTE_CLEARANCE), MARK(ANN, 2 * DAY, VOTE_CLEARANCE),
	    SAW(OWN, HOUR, 2), MARK(ANN, 60, VOTE_CLEARANCE)}},
    {"2 a third clearance after a week", RULE_SILENT, 0, 0, 0, 0, 60,
	{MARK(ANN, 7 * DAY + 60, VOTE_CLEARANCE),
	    MARK(ANN, 2 * DAY, VOTE_CLEARANCE), SAW(OWN, HOUR, 2),
	    MARK(ANN, 60, VOTE_CLEARANCE)}},
};

static void
test_ladder(void **state)
{
	struct rule *r = rule_new();
	struct vote votes[8];
	struct verdict v, model;
	uint32_t cleared;
	size_t i, n;

	(void)state;
	for (i = 0; i < GRP(ladder); i++) {
		for (n = 0; n < 8 && ladder[i].votes[n].seen != 0; n++)
			votes[n] = ladder[i].votes[n];
		qsort(votes, n, sizeof(*votes), vote_cmp);
		cleared = rule_prepare(r, &world, WHERE, votes, n, NOW);
		rule_decide(r, &plain, &v);
		print_message("%s: %s\n", ladder[i].what,
		    rule_reason_text(v.reason));
		assert_int_equal(v.reason, ladder[i].reason);
		assert_int_equal(v.score, ladder[i].score);
		assert_int_equal(v.groups, ladder[i].groups);
		assert_int_equal(cleared,
		    ladder[i].cleared == 0 ? 0 : NOW - ladder[i].cleared);
		if (v.reason >= RULE_EXPIRED)
			assert_int_equal(v.since, NOW - ladder[i].since);
		else
			assert_int_equal(v.since, 0);
		if (v.reason > RULE_EXPIRED)
			assert_int_equal(v.until, NOW + ladder[i].until);
		else if (v.reason == RULE_EXPIRED)
			assert_in_range(v.until, 1, NOW);
		else
			assert_int_equal(v.until, 0);
		if (i == 2) /* the model knows no strangers */
			continue;
		model_decide(&world, &plain, WHERE, votes, n, NOW, &model);
		assert_verdict(&v, &model);
	}
	rule_free(r);
	rule_free(NULL);
}

static void
test_next(void **state)
{
	struct rule *r = rule_new();
	struct vote votes[] = {
	    SAW(ANN, 7 * DAY, 1),
	    MARK(ANN, 6 * DAY, VOTE_CLEARANCE),
	    MARK(ANN, 2 * DAY, VOTE_CLEARANCE),
	    SAW(OWN, HOUR, 2),
	    MARK(ANN, 60, VOTE_CLEARANCE),
	    SAW(OBSERVER, -10, 1),
	    SAW(ANN, -20, 1),
	    MARK(ANN, -30, VOTE_CLEARANCE),
	    SAW(ANN, -40, 1),
	    MARK(OWN, -50, VOTE_CLEARED),
	};

	(void)state;
	rule_prepare(r, &world, WHERE, votes, 10, NOW);
	assert_int_equal(rule_next(r), NOW + 20);
	rule_prepare(r, &world, WHERE, votes, 10, NOW + 20);
	assert_int_equal(rule_next(r), NOW + 30);
	rule_prepare(r, &world, WHERE, votes, 10, NOW + 30);
	assert_int_equal(rule_next(r), NOW + 40);
	rule_prepare(r, &world, WHERE, votes, 10, NOW + 40);
	assert_int_equal(rule_next(r), NOW + 50);
	/* A clearance was ignored: forgetting the oldest may change that. */
	rule_prepare(r, &world, WHERE, votes, 10, NOW + 50);
	assert_int_equal(rule_next(r), NOW + DAY + 1);
	rule_prepare(r, &world, WHERE, votes, 4, NOW);
	assert_int_equal(rule_next(r), 0);
	rule_prepare(r, &world, WHERE, NULL, 0, NOW);
	assert_int_equal(rule_next(r), 0);
	rule_free(r);
}

/* The greatest numbers the contracts allow. */
static void
test_extremes(void **state)
{
	struct rule_member two[] = {
	    {.group = 0, .trust = TRUST_VOTE},
	    {.group = 0, .trust = TRUST_VOTE},
	    {.group = 1, .trust = TRUST_FULL},
	};
	uint32_t heavy[] = {POLICY_WEIGHT, POLICY_WEIGHT};
	struct rule_world w = {two, 3, heavy, 2, POLICY_DURATION};
	struct policy_list list = plain;
	struct rule *r = rule_new();
	struct vote votes[] = {
	    {.seen = UINT32_MAX, .count = UINT32_MAX, .member = 0, .what = 1},
	    {.seen = UINT32_MAX, .count = UINT32_MAX, .member = 1, .what = 1},
	    {.seen = UINT32_MAX, .count = UINT32_MAX, .member = 2, .what = 2},
	};
	struct verdict v;

	(void)state;
	list.cap = UINT32_MAX;
	list.window = list.hold = POLICY_DURATION;
	rule_prepare(r, &w, WHERE, votes, 3, UINT32_MAX);
	rule_decide(r, &list, &v);
	assert_int_equal(v.until, UINT32_MAX);
	assert_int_equal(v.groups, 2);
	assert_true(v.score > POLICY_THRESHOLD);
	/* until is where time ends, so nothing can be listed then. */
	assert_int_equal(v.reason, RULE_EXPIRED);
	rule_prepare(r, &w, WHERE, votes, 3, UINT32_MAX - 1);
	rule_decide(r, &list, &v);
	assert_int_equal(v.reason, RULE_SILENT);
	assert_int_equal(rule_next(r), UINT32_MAX);
	rule_free(r);
}

/* One random vote, most of them close together. */
static struct vote
random_vote(uint64_t *rng)
{
	static const uint8_t marks[] = {VOTE_RETRACTION, VOTE_CLEARANCE,
	    VOTE_CLEARANCE, VOTE_CLEARANCE, VOTE_CLEARED};
	struct vote v = {.member = (uint16_t)(model_rng(rng) % PEOPLE)};
	uint32_t kind = model_rng(rng) % 12;

	v.seen = NOW + HOUR - model_rng(rng) % (12 * DAY) / 60 * 60;
	v.count = 1 + (model_rng(rng) % 4 == 0 ? model_rng(rng) % 3 : 0);
	v.what = (uint8_t)(1 + model_rng(rng) % 3);
	if (kind < 3) {
		v.what = marks[model_rng(rng) % GRP(marks)];
		v.count = 0;
		if (v.what == VOTE_CLEARANCE && model_rng(rng) % 2 == 0)
			v.member = ANN;
		if (v.what != VOTE_CLEARANCE)
			v.seen -= 7 * DAY;
	}
	return (v);
}

static void
test_random(void **state)
{
	struct rule_member who[PEOPLE];
	struct rule_world w = world;
	struct policy_list list = plain;
	struct rule *r = rule_new();
	struct vote votes[48];
	struct verdict v, model;
	uint64_t rng = 2004;
	unsigned round, seen[RULE_COMPANY + 1] = {0};
	uint32_t cleared, now;
	size_t i, n;

	(void)state;
	w.members = who;
	for (round = 0; round < 30000; round++) {
		memcpy(who, people, sizeof(who));
		who[OBSERVER].trust = TRUST_VOTE;
		if (model_rng(&rng) % 2 == 0)
			who[BOB].trust = (uint8_t)(model_rng(&rng) % 4);
		list.window = HOUR << model_rng(&rng) % 8;
		list.hold = HOUR << model_rng(&rng) % 6;
		list.threshold = 500 * (1 + model_rng(&rng) % 8);
		list.cap = 1 + model_rng(&rng) % 3;
		list.groups = 1 + model_rng(&rng) % 3;
		w.retention = list.window + list.hold;
		if (w.retention < POLICY_RETENTION_MIN)
			w.retention = POLICY_RETENTION_MIN;
		n = model_rng(&rng) % GRP(votes);
		for (i = 0; i < n; i++)
			votes[i] = random_vote(&rng);
		qsort(votes, n, sizeof(*votes), vote_cmp);
		now = NOW - model_rng(&rng) % DAY;
		cleared = rule_prepare(r, &w, WHERE, votes, n, now);
		rule_decide(r, &list, &v);
		assert_int_equal(cleared,
		    model_decide(&w, &list, WHERE, votes, n, now, &model));
		assert_verdict(&v, &model);
		/* A second list must find the same votes. */
		rule_decide(r, &list, &v);
		assert_verdict(&v, &model);
		seen[v.reason]++;
	}
	for (i = RULE_SILENT; i <= RULE_COMPANY; i++)
		assert_true(seen[i] > 100);
	rule_free(r);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(rule_reason_text(RULE_EXEMPT), "exempt");
	assert_string_equal(rule_reason_text(RULE_SILENT), "silent");
	assert_string_equal(rule_reason_text(RULE_BELOW), "below");
	assert_string_equal(rule_reason_text(RULE_ALONE), "alone");
	assert_string_equal(rule_reason_text(RULE_EXPIRED), "expired");
	assert_string_equal(rule_reason_text(RULE_TRUSTED), "trusted");
	assert_string_equal(rule_reason_text(RULE_COMPANY), "company");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ladder),
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_names),
	};

	return (cmocka_run_group_tests(tests, setup, NULL));
}
