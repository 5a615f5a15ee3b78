#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/threats.h"
#include "core/votes.h"
#include "sim/model.h"

#define NOW 1500000000u /* the begin of a minute */
#define DAY 86400u

static const uint8_t hashkey[16] = {1};

static void
add(struct votes *v, uint64_t subject, uint32_t seen, uint16_t member,
    unsigned what)
{
	struct vote vote = {.seen = seen,
	    .count = what < VOTE_RETRACTION,
	    .member = member,
	    .what = (uint8_t)what};

	votes_add(v, subject, &vote);
}

static void
test_merge(void **state)
{
	struct votes *v = votes_new(hashkey);
	struct vote a = {NOW + 5, 1, 7, 1, CATEGORY_WORM, SIGHTING_TCP};
	struct vote b = {NOW + 59, UINT32_MAX - 2, 8, 1, CATEGORY_WORM,
	    SIGHTING_SHARED};
	const struct vote *got;
	size_t n;

	(void)state;
	assert_null(votes_get(v, 1, &n));
	assert_int_equal(n, 0);
	votes_add(v, 1, &b);
	votes_add(v, 1, &a);
	got = votes_get(v, 1, &n);
	assert_int_equal(n, 1);
	assert_int_equal(got->seen, NOW + 59);
	assert_int_equal(got->count, UINT32_MAX - 1);
	assert_int_equal(got->threat, 8);
	assert_int_equal(got->flags, SIGHTING_TCP | SIGHTING_SHARED);
	a.count = 5;
	a.seen = b.seen;
	votes_add(v, 1, &a); /* saturates; of equals the lower threat */
	got = votes_get(v, 1, &n);
	assert_int_equal(got->count, UINT32_MAX);
	assert_int_equal(got->threat, 7);
	/* Another minute, member or category stands for itself. */
	add(v, 1, NOW + 60, 1, CATEGORY_WORM);
	add(v, 1, NOW - 1, 1, CATEGORY_WORM);
	add(v, 1, NOW + 5, 2, CATEGORY_WORM);
	add(v, 1, NOW + 5, 1, CATEGORY_SPAM);
	got = votes_get(v, 1, &n);
	assert_int_equal(n, 5);
	assert_int_equal(got[0].seen, NOW - 1);
	assert_int_equal(got[1].what, CATEGORY_SPAM);
	assert_int_equal(got[2].member, 2);
	assert_int_equal(got[3].seen, NOW + 59);
	assert_int_equal(got[4].seen, NOW + 60);
	/* Merging moves a vote over its neighbours. */
	add(v, 1, NOW + 59, 1, CATEGORY_SPAM);
	got = votes_get(v, 1, &n);
	assert_int_equal(n, 5);
	assert_int_equal(got[1].member, 2);
	assert_int_equal(got[2].what, CATEGORY_WORM);
	assert_int_equal(got[3].what, CATEGORY_SPAM);
	assert_int_equal(got[3].count, 2);
	assert_int_equal(votes_subjects(v), 1);
	votes_free(v);
	votes_free(NULL);
}

static void
test_marks(void **state)
{
	struct votes *v = votes_new(hashkey);
	uint32_t midnight = NOW - NOW % DAY;
	const struct vote *got;
	size_t n;

	(void)state;
	add(v, 5, NOW, 1, VOTE_RETRACTION);
	add(v, 5, NOW - 7, 1, VOTE_RETRACTION);
	add(v, 5, NOW + 7, 1, VOTE_RETRACTION);
	add(v, 5, NOW + 2, 2, VOTE_RETRACTION);
	add(v, 5, NOW + 1, 0, VOTE_CLEARED);
	add(v, 5, NOW + 3, 0, VOTE_CLEARED);
	add(v, 5, NOW + 2, 0, VOTE_CLEARED);
	got = votes_get(v, 5, &n);
	assert_int_equal(n, 3);
	assert_int_equal(got[0].member, 2);
	assert_int_equal(got[1].what, VOTE_CLEARED);
	assert_int_equal(got[1].seen, NOW + 3);
	assert_int_equal(got[2].seen, NOW + 7);
	add(v, 6, midnight + 10, 1, VOTE_CLEARANCE);
	add(v, 6, midnight + 5, 1, VOTE_CLEARANCE);
	add(v, 6, midnight + 7, 1, VOTE_CLEARANCE);
	add(v, 6, midnight - 1, 1, VOTE_CLEARANCE);
	add(v, 6, midnight + 6, 2, VOTE_CLEARANCE);
	got = votes_get(v, 6, &n);
	assert_int_equal(n, 3);
	assert_int_equal(got[0].seen, midnight - 1);
	assert_int_equal(got[1].seen, midnight + 5);
	assert_int_equal(got[2].member, 2);
	votes_free(v);
}

/* Two threats seen at once: the lesser name, whatever its number. */
static void
test_threats(void **state)
{
	static const char *const names[] = {"Bagle", "Netsky"};
	struct vote vote = {.seen = NOW, .count = 1, .what = CATEGORY_WORM};
	struct threats *t;
	struct votes *v;
	const struct vote *got;
	unsigned i, k;
	size_t n;

	(void)state;
	for (i = 0; i < 2; i++) {
		v = votes_new(hashkey);
		t = threats_new(hashkey);
		votes_names(v, t);
		vote.threat = 0;
		votes_add(v, 1, &vote);
		for (k = 0; k < 2; k++) {
			vote.threat = threats_number(t, names[k ^ i],
			    strlen(names[k ^ i]));
			votes_add(v, 1, &vote);
		}
		vote.threat = 0;
		votes_add(v, 1, &vote);
		got = votes_get(v, 1, &n);
		assert_int_equal(n, 1);
		assert_string_equal(threats_name(t, got->threat), "Bagle");
		votes_free(v);
		threats_free(t);
	}
}

/* Of one member and category the newest RULE_MINUTES stay, in any order. */
static void
test_minutes(void **state)
{
	struct votes *v = votes_new(hashkey);
	const struct vote *got;
	uint32_t i, j;
	size_t n;

	(void)state;
	for (i = 0; i < 2 * RULE_MINUTES; i++) {
		j = i * 1009 % (2 * RULE_MINUTES);
		add(v, 9, NOW + j * 60, 1, CATEGORY_WORM);
		add(v, 9, NOW + j * 60 + 30, 1, CATEGORY_WORM);
		if (j < 10)
			add(v, 9, NOW + j * 60, 2, CATEGORY_WORM);
	}
	add(v, 9, NOW, 1, VOTE_RETRACTION);
	got = votes_get(v, 9, &n);
	assert_int_equal(n, RULE_MINUTES + 11);
	for (i = 0; i < RULE_MINUTES; i++) {
		assert_int_equal(got[11 + i].seen,
		    NOW + (RULE_MINUTES + i) * 60 + 30);
		assert_int_equal(got[11 + i].count, 2);
	}
	votes_free(v);
}

static void
test_table(void **state)
{
	struct votes *v = votes_new(hashkey);
	uint64_t subjects[64], *all, subject;
	size_t n, from = 0, got, total = 0;
	uint32_t i, k, rounds;

	(void)state;
	/* Each subject k has k % 5 + 1 votes, given in rounds. */
	for (rounds = 0; rounds < 5; rounds++)
		for (k = 0; k < 20000; k++)
			if (rounds <= k % 5)
				add(v, (uint64_t)k << 20, NOW + rounds * DAY,
				    (uint16_t)rounds, CATEGORY_WORM);
	assert_int_equal(votes_subjects(v), 20000);
	for (k = 0; k < 20000; k++) {
		const struct vote *a = votes_get(v, (uint64_t)k << 20, &n);

		assert_int_equal(n, k % 5 + 1);
		for (i = 0; i < n; i++)
			assert_int_equal(a[i].member, i);
		assert_null(votes_get(v, ((uint64_t)k << 20) + 1, &n));
	}
	all = mem_zero(20000 * sizeof(*all));
	while ((got = votes_walk(v, &from, subjects, 64)) != 0)
		for (i = 0; i < got; i++) {
			assert_in_range(subjects[i] >> 20, 0, 19999);
			all[subjects[i] >> 20]++;
			total++;
		}
	assert_int_equal(total, 20000);
	for (k = 0; k < 20000; k++)
		assert_int_equal(all[k], 1);
	mem_free(all);
	/* Drop what was seen in the rounds 0 to 2. */
	from = 0;
	do
		votes_expire(v, &from, NOW + 3 * DAY, 100);
	while (from != 0);
	assert_int_equal(votes_subjects(v), 8000);
	for (k = 0; k < 20000; k++) {
		subject = (uint64_t)k << 20;
		votes_get(v, subject, &n);
		assert_int_equal(n, k % 5 < 3 ? 0 : k % 5 - 2);
	}
	do
		votes_expire(v, &from, NOW + 9 * DAY, 100);
	while (from != 0);
	assert_int_equal(votes_subjects(v), 0);
	from = 0;
	assert_int_equal(votes_walk(v, &from, subjects, 64), 0);
	votes_free(v);
}

/* Large arrays grow, shrink and give their memory back. */
static void
test_large(void **state)
{
	struct votes *v = votes_new(hashkey);
	size_t n, from;
	uint32_t k;

	(void)state;
	for (k = 0; k < 5000; k++) {
		add(v, 3, NOW + k, (uint16_t)k, CATEGORY_SCAN);
		add(v, 4, NOW + k, (uint16_t)(5000 - k), CATEGORY_SCAN);
	}
	votes_get(v, 3, &n);
	assert_int_equal(n, 5000);
	for (k = 0; k <= 5000; k += 100) {
		from = 0;
		do
			votes_expire(v, &from, NOW + k, 1000);
		while (from != 0);
		votes_get(v, 4, &n);
		assert_int_equal(n, 5000 - k);
	}
	assert_int_equal(votes_subjects(v), 0);
	votes_free(v);
}

/* A vote for the test of order; few subjects and times, so that they meet. */
static struct vote
random_vote(uint64_t *rng, uint64_t *subject)
{
	static const uint8_t marks[] = {VOTE_RETRACTION, VOTE_CLEARANCE,
	    VOTE_CLEARED};
	struct vote v = {.count = 1 + model_rng(rng) % 9};

	*subject = model_rng(rng) % 50;
	v.seen = NOW + model_rng(rng) % (3 * DAY) / 11 * 11;
	v.member = (uint16_t)(model_rng(rng) % 3);
	v.what = (uint8_t)(1 + model_rng(rng) % 2);
	v.flags = model_rng(rng) % 2;
	v.threat = model_rng(rng) % 5;
	if (model_rng(rng) % 10 == 0) {
		v.what = marks[model_rng(rng) % 3];
		v.count = v.flags = 0;
		v.threat = 0;
		if (v.what == VOTE_CLEARED)
			v.member = 0;
	}
	return (v);
}

#define MANY 20000

static void
test_order(void **state)
{
	struct votes *one = votes_new(hashkey), *two;
	static struct vote votes[MANY], v;
	static uint64_t subjects[MANY], s;
	const struct vote *a, *b;
	uint64_t rng = 7;
	size_t i, j, n, m;
	int round;

	(void)state;
	for (i = 0; i < MANY; i++) {
		votes[i] = random_vote(&rng, &subjects[i]);
		votes_add(one, subjects[i], &votes[i]);
	}
	for (round = 0; round < 5; round++) {
		for (i = MANY - 1; i > 0; i--) {
			j = model_rng(&rng) % (i + 1);
			v = votes[i];
			votes[i] = votes[j];
			votes[j] = v;
			s = subjects[i];
			subjects[i] = subjects[j];
			subjects[j] = s;
		}
		two = votes_new((const uint8_t *)"another hash key");
		for (i = 0; i < MANY; i++)
			votes_add(two, subjects[i], &votes[i]);
		assert_int_equal(votes_subjects(two), votes_subjects(one));
		for (s = 0; s < 50; s++) {
			a = votes_get(one, s, &n);
			b = votes_get(two, s, &m);
			assert_int_equal(n, m);
			assert_memory_equal(a, b, n * sizeof(*a));
		}
		votes_free(two);
	}
	votes_free(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_merge),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_threats),
	    cmocka_unit_test(test_minutes),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_order),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
