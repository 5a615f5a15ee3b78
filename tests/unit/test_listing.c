#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdatomic.h>

#include <cmocka.h>

#include <virbl/subject.h>

#include "base/mem.h"
#include "core/listing.h"
#include "sim/model.h"

#define NOW 1500000000u

static const uint8_t hashkey[16] = {42};

static void
check_count(struct listing *l, size_t four, size_t six)
{
	size_t have[2];

	listing_count(l, &have[0], &have[1]);
	assert_int_equal(have[0], four);
	assert_int_equal(have[1], six);
}

static void
test_set(void **state)
{
	struct listing *l = listing_new(hashkey);
	const uint64_t six = 0x20010db800010002, zero = 0;
	struct listing_row *rows;
	uint64_t generation;

	(void)state;
	assert_int_equal(listing_snapshot(l, 0, &rows), 0);
	assert_non_null(rows);
	mem_free(rows);
	generation = listing_generation(l);
	listing_set(l, 7, 0, NOW); /* was not listed */
	assert_int_equal(listing_generation(l), generation);
	listing_set(l, 7, NOW + 5, NOW);
	assert_int_not_equal(listing_generation(l), generation);
	generation = listing_generation(l);
	listing_set(l, 7, NOW + 5, NOW);
	assert_int_equal(listing_generation(l), generation);
	listing_set(l, six, NOW + 9, NOW);
	listing_set(l, zero, NOW + 3, NOW);
	listing_set(l, UINT32_MAX, NOW + 3, NOW);
	listing_set(l, UINT64_MAX, UINT32_MAX, NOW);
	check_count(l, 3, 2);
	assert_int_equal(listing_until(l, 7), NOW + 5);
	assert_int_equal(listing_until(l, six), NOW + 9);
	assert_int_equal(listing_until(l, zero), NOW + 3);
	assert_int_equal(listing_until(l, UINT64_MAX), UINT32_MAX);
	assert_int_equal(listing_until(l, 8), 0);
	assert_int_equal(listing_until(l, six + 1), 0);
	assert_int_equal(listing_snapshot(l, NOW + 4, &rows), 3);
	assert_int_equal(rows[0].subject, 7);
	assert_int_equal(rows[0].until, NOW + 5);
	assert_int_equal(rows[1].subject, six);
	assert_int_equal(rows[2].subject, UINT64_MAX);
	mem_free(rows);
	listing_set(l, 7, 0, NOW);
	listing_set(l, six, 0, NOW);
	listing_set(l, zero, 0, NOW);
	listing_set(l, zero, 0, NOW);
	check_count(l, 1, 1);
	assert_int_equal(listing_until(l, 7), 0);
	assert_int_equal(listing_until(l, six), 0);
	assert_int_equal(listing_until(l, zero), 0);
	assert_int_equal(listing_snapshot(l, 0, &rows), 2);
	mem_free(rows);
	listing_set(l, 7, NOW + 8, NOW); /* again */
	check_count(l, 2, 1);
	assert_int_equal(listing_until(l, 7), NOW + 8);
	listing_free(l);
	listing_free(NULL);
}

/* Growth, the order of a snapshot, and forgetting what expired. */
static void
test_many(void **state)
{
	struct listing *l = listing_new(hashkey);
	struct listing_row *rows;
	uint64_t rng = 3, s;
	uint32_t i, n = 200000, was;
	size_t four = 0;

	(void)state;
	for (i = 0; i < n; i++) {
		s = model_rng(&rng);
		if (i % 4 == 0)
			s = s << 33 | model_rng(&rng);
		listing_set(l, s, NOW + 1 + i, NOW);
	}
	rng = 3;
	for (i = 0; i < n; i++) {
		s = model_rng(&rng);
		if (i % 4 == 0)
			s = s << 33 | model_rng(&rng);
		/* A number that came twice has the later time. */
		assert_true(listing_until(l, s) >= NOW + 1 + i);
	}
	was = (uint32_t)listing_snapshot(l, NOW, &rows);
	assert_in_range(was, n - 100, n);
	for (i = 1; i < was; i++)
		assert_true(rows[i - 1].subject < rows[i].subject);
	for (i = 0; i < was; i++)
		four += rows[i].subject <= UINT32_MAX;
	check_count(l, four, was - four);
	mem_free(rows);
	/* Only a few still count, so what comes now needs no more memory. */
	for (i = 0; i < n; i++)
		listing_set(l, i, NOW + n + 9, NOW + n - 5);
	/* The tables of IPv6 were not built anew. */
	listing_count(l, &four, &(size_t){0});
	assert_in_range(four, n, n + 6);
	assert_in_range(listing_snapshot(l, NOW + n - 5, &rows), n, n + 6);
	mem_free(rows);
	assert_int_equal(listing_snapshot(l, NOW + n + 9, &rows), 0);
	mem_free(rows);
	listing_free(l);
}

/* True if one of ${n} ${subjects} has a time and the first ${bits} bits. */
static bool
any_below(const uint64_t *subjects, const uint32_t *untils, size_t n,
    uint64_t first, unsigned bits)
{
	unsigned shift = (subject_is_v4(first) ? 32 : 64) - bits;
	size_t i;

	for (i = 0; i < n; i++)
		if (untils[i] != 0 &&
		    subject_is_v4(subjects[i]) == subject_is_v4(first) &&
		    subjects[i] >> shift == first >> shift)
			return (true);
	return (false);
}

#define FEW 300
#define CHANGES 3000

/*
 * Subjects come, move and go, tables grow and forget what expired: a prefix
 * with something in it is never denied, an empty one seldom believed.
 */
static void
test_below(void **state)
{
	struct listing *l = listing_new(hashkey);
	uint64_t rng = 5, subjects[FEW], first;
	uint32_t untils[FEW] = {0}, i, k, now = NOW;
	unsigned bits, wrong = 0, empty = 0;

	(void)state;
	for (i = 0; i < FEW; i++) {
		subjects[i] = model_rng(&rng);
		if (i % 2 == 0)
			subjects[i] = subjects[i] << 32 | (1 + i) << 8;
	}
	for (i = 0; i < CHANGES; i++) {
		k = model_rng(&rng) % FEW;
		untils[k] = model_rng(&rng) % 3 == 0 ? 0 : now + 1 + i % 50;
		listing_set(l, subjects[k], untils[k], now);
		if (i % 100 == 99) /* as the engine does when they expire */
			for (now += 25, k = 0; k < FEW; k++)
				if (untils[k] != 0 && untils[k] <= now) {
					untils[k] = 0;
					listing_set(l, subjects[k], 0, now);
				}
		/* A subject's own prefix, one beside it, and any. */
		k = model_rng(&rng) % FEW;
		first = subjects[k];
		bits =
		    subject_is_v4(first) ? 8 + 8 * (i % 3) : 4 + 4 * (i % 15);
		if (i % 2 == 0)
			first ^= UINT64_C(1)
			    << ((subject_is_v4(first) ? 32 : 64) - bits);
		if (any_below(subjects, untils, FEW, first, bits)) {
			assert_true(listing_below(l, first, bits));
		} else {
			empty++;
			wrong += listing_below(l, first, bits);
		}
	}
	assert_in_range(empty, 500, CHANGES);
	assert_in_range(wrong, 0, empty / 10);
	/* All gone: nothing is left behind. */
	for (k = 0; k < FEW; k++)
		listing_set(l, subjects[k], 0, now);
	for (k = 0; k < FEW; k++)
		for (bits = 8; bits < 32; bits += 8)
			assert_false(listing_below(l, subjects[k], bits));
	listing_free(l);
}

/*
 * The writer lists round after round the same subjects until a time that grows.
 * A reader must always find each of the first ones, never going back.
 */
#define STEADY 500u
#define ROUNDS 60u
#define READERS 4

struct stage {
	struct listing *l;
	_Atomic bool over;
	_Atomic unsigned bad;
};

static void *
reader(void *cookie)
{
	struct stage *st = cookie;
	uint32_t last[STEADY], until, i;
	struct listing_row *rows;
	size_t n, k;

	for (i = 0; i < STEADY; i++)
		last[i] = NOW;
	while (!atomic_load(&st->over)) {
		for (i = 0; i < STEADY; i++) {
			until = listing_until(st->l,
			    i % 2 == 0 ? i : (uint64_t)i << 40);
			if (until < last[i])
				atomic_fetch_add(&st->bad, 1);
			last[i] = until;
		}
		n = listing_snapshot(st->l, NOW - 1, &rows);
		if (n < STEADY)
			atomic_fetch_add(&st->bad, 1);
		for (k = 1; k < n; k++)
			if (rows[k - 1].subject >= rows[k].subject)
				atomic_fetch_add(&st->bad, 1);
		mem_free(rows);
	}
	return (NULL);
}

static void
test_threads(void **state)
{
	struct stage st = {.l = listing_new(hashkey)};
	pthread_t threads[READERS];
	uint32_t round, i;

	(void)state;
	for (i = 0; i < STEADY; i++)
		listing_set(st.l, i % 2 == 0 ? i : (uint64_t)i << 40, NOW,
		    NOW - 1);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &st),
		    0);
	for (round = 1; round <= ROUNDS; round++) {
		for (i = 0; i < STEADY; i++)
			listing_set(st.l, i % 2 == 0 ? i : (uint64_t)i << 40,
			    NOW + round, NOW - 1);
		/* Others come and go, so that tables are replaced. */
		for (i = 0; i < 300; i++) {
			listing_set(st.l, 1000000 + round * 300 + i, NOW + 1,
			    NOW - 1);
			listing_set(st.l, (uint64_t)(round * 300 + i) << 34 | 1,
			    NOW + 1, NOW - 1);
		}
		for (i = 0; i < 300 && round % 2 == 0; i++)
			listing_set(st.l, 1000000 + round * 300 + i, 0,
			    NOW - 1);
	}
	atomic_store(&st.over, true);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&st.bad), 0);
	listing_free(st.l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_threads),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
