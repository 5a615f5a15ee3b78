/*
 * The engine alone: reports, what is on disk, restarts, policies, time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/feed.h"
#include "core/listing.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1 */
#define V6 UINT64_C(0x20010db800010002)

static bool
listed(struct world *w, size_t node, size_t list, uint64_t subject)
{
	return (listing_until(engine_listing(world_engine(w, node), list),
		    subject) > wall_sec((struct wall){world_now(w)}));
}

static struct world *
alone(int64_t lag)
{
	struct world_setup s = {.seed = 1, .nodes = 1, .lag = lag};

	return (world_new(&s));
}

static struct item
item(uint8_t kind, uint64_t subject)
{
	struct item i = {.subject = subject, .kind = kind};

	if (kind == RECORD_SIGHTING) {
		i.category = CATEGORY_WORM;
		i.count = 1;
	}
	return (i);
}

static uint8_t
verdict(struct world *w, const struct item *i)
{
	uint64_t ticket = world_report(w, 0, i, 1);

	world_run(w, 100);
	assert_non_null(world_verdicts(w, 0, ticket));
	return (world_verdicts(w, 0, ticket)[0]);
}

/* Nothing counts, is answered or announced before it is on disk. */
static void
test_gate(void **state)
{
	struct world *w = alone(0);
	struct engine_state s;
	uint64_t ticket;

	(void)state;
	world_lag(w, 5000);
	ticket = world_tell(w, 0, A, 2);
	assert_false(listed(w, 0, 0, A));
	assert_null(world_verdicts(w, 0, ticket));
	world_run(w, 5000);
	assert_true(listed(w, 0, 0, A));
	assert_true(listed(w, 0, 1, A));
	assert_int_equal(world_verdicts(w, 0, ticket)[0], ITEM_ACCEPTED);
	world_run(w, 20000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.head.seq, 1);
	assert_int_equal(s.pending, 0);
	assert_int_equal(s.subjects, 1);
	world_free(w);
}

static void
test_lost_before_disk(void **state)
{
	struct world *w = alone(0);
	uint64_t ticket;

	(void)state;
	world_lag(w, -1);
	ticket = world_tell(w, 0, A, 2);
	world_run(w, 10000);
	assert_null(world_verdicts(w, 0, ticket));
	world_crash(w, 0);
	world_lag(w, 0);
	world_start(w, 0);
	assert_false(listed(w, 0, 0, A));
	world_free(w);
}

/* A restart at any moment gives the same listings and no second count. */
static void
test_restart(void **state)
{
	struct world *w = alone(0);
	struct engine_state s;
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	size_t i, n;

	(void)state;
	for (i = 0; i < 200; i++) {
		world_tell(w, 0, A + i % 50, 1);
		world_tell(w, 0, V6 + i, 1 + i % 2);
		world_run(w, 37);
		if (i % 10 != 0)
			continue;
		world_digest(w, 0, 0, before);
		world_crash(w, 0);
		world_start(w, 0);
		world_digest(w, 0, 0, after);
		assert_memory_equal(before, after, HASH_BYTES);
	}
	world_run(w, 10000);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.pending, 0);
	assert_non_null(engine_votes(world_engine(w, 0), A, &n));
	uint64_t count = 0;
	for (i = 0; i < n; i++)
		count += engine_votes(world_engine(w, 0), A, &n)[i].count;
	assert_int_equal(count, 4);
	world_free(w);
}

static void
test_verdicts(void **state)
{
	struct world *w = alone(0);
	uint32_t now = (uint32_t)(world_now(w) / 1000);
	struct item i = item(RECORD_SIGHTING, A);
	struct engine_state s;

	(void)state;
	i.seen = now + ENGINE_LATE + 1;
	assert_int_equal(verdict(w, &i), ITEM_FUTURE);
	i.seen = now + ENGINE_LATE - 10;
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	size_t n;
	assert_true(engine_votes(world_engine(w, 0), A, &n)[0].seen <= now + 1);
	i.seen = now - POLICY_RETENTION_MIN - 10;
	assert_int_equal(verdict(w, &i), ITEM_OLD);
	i.seen = now - POLICY_RETENTION_MIN + 100;
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	i.seen = 0;
	i.idhash = 77;
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	assert_int_equal(verdict(w, &i), ITEM_DUPLICATE);
	world_crash(w, 0);
	world_start(w, 0);
	assert_int_equal(verdict(w, &i), ITEM_DUPLICATE);
	world_run(w, INT64_C(8) * 86400 * 1000);
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.items[ITEM_DUPLICATE], 1);
	for (int v = ITEM_DUPLICATE; v < ITEM_VERDICTS; v++)
		assert_true(item_verdict_text(v)[0] != '\0');
	assert_string_equal(item_verdict_text(ITEM_ACCEPTED), "");
	world_free(w);
}

/* A duplicate of what is not yet on disk is not answered before that is. */
static void
test_duplicate_waits(void **state)
{
	struct world *w = alone(0);
	struct item i = item(RECORD_SIGHTING, A);
	uint64_t one, two;

	(void)state;
	i.idhash = 5;
	world_lag(w, 1000);
	one = world_report(w, 0, &i, 1);
	two = world_report(w, 0, &i, 1);
	assert_null(world_verdicts(w, 0, two));
	world_run(w, 1000);
	assert_int_equal(world_verdicts(w, 0, one)[0], ITEM_ACCEPTED);
	assert_int_equal(world_verdicts(w, 0, two)[0], ITEM_DUPLICATE);
	world_free(w);
}

static void
test_retract(void **state)
{
	struct world *w = alone(0);
	struct item i = item(RECORD_SIGHTING, A);
	struct item r = item(RECORD_RETRACTION, A);

	(void)state;
	i.count = 2;
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	assert_true(listed(w, 0, 0, A));
	assert_int_equal(verdict(w, &r), ITEM_ACCEPTED);
	assert_false(listed(w, 0, 0, A));
	i.seen = (uint32_t)(world_now(w) / 1000) - 1;
	assert_int_equal(verdict(w, &i), ITEM_WITHDRAWN);
	i.seen = 0;
	assert_int_equal(verdict(w, &i), ITEM_ACCEPTED);
	world_run(w, 2000);
	assert_true(listed(w, 0, 0, A));
	/* In one breath, and before anything is on disk. */
	world_report(w, 0, &r, 1);
	world_report(w, 0, &i, 1);
	world_run(w, 3000);
	assert_true(listed(w, 0, 0, A));
	/* With its time, too, as the command line gives it. */
	i.seen = (uint32_t)(world_now(w) / 1000);
	world_report(w, 0, &r, 1);
	world_report(w, 0, &i, 1);
	world_run(w, 3000);
	assert_true(listed(w, 0, 0, A));
	i.seen = 0;
	assert_int_equal(verdict(w, &r), ITEM_ACCEPTED);
	assert_false(listed(w, 0, 0, A));
	world_free(w);
}

static void
test_clear(void **state)
{
	struct world *w = alone(0);
	struct item c = item(RECORD_CLEARANCE, A);
	struct item i = item(RECORD_SIGHTING, A);

	(void)state;
	world_tell(w, 0, A, 2);
	world_run(w, 1000);
	assert_true(listed(w, 0, 0, A));
	assert_int_equal(verdict(w, &c), ITEM_ACCEPTED);
	assert_false(listed(w, 0, 0, A));
	assert_int_equal(world_writes(w, 0, WRITE_CLEARED), 1);
	assert_int_equal(world_writes(w, 0, WRITE_OWN), 1);
	world_crash(w, 0);
	world_start(w, 0);
	assert_false(listed(w, 0, 0, A));
	world_tell(w, 0, A, 2);
	world_run(w, 2000);
	assert_true(listed(w, 0, 0, A));
	i.count = 2;
	i.seen = (uint32_t)(world_now(w) / 1000);
	world_report(w, 0, &c, 1);
	world_report(w, 0, &i, 1);
	world_run(w, 2000);
	assert_true(listed(w, 0, 0, A));
	world_free(w);
}

static void
test_expiry(void **state)
{
	struct world *w = alone(0);
	struct feed_row rows[8];
	const struct feed *f;

	(void)state;
	world_tell(w, 0, A, 2);
	world_run(w, 3600000);
	world_tell(w, 0, A, 1);
	world_run(w, INT64_C(86400000) - 60000);
	assert_true(listed(w, 0, 0, A));
	world_run(w, 61000);
	assert_false(listed(w, 0, 0, A));
	f = engine_feed(world_engine(w, 0), 0);
	assert_int_equal(feed_read(f, 0, rows, 8), 4);
	assert_int_equal(rows[0].op, FEED_ADDED);
	assert_int_equal(rows[1].op, FEED_EXTENDED);
	/* When the first end came. */
	assert_int_equal(rows[2].op, FEED_STANDS);
	assert_int_equal(rows[2].until, rows[1].until);
	assert_int_equal(rows[3].op, FEED_EXPIRED);
	/* Long after, even the votes are gone. */
	world_run(w, INT64_C(10) * 86400000);
	struct engine_state s;
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.subjects, 0);
	world_free(w);
}

/* A policy acts at once and backwards; lists keep their feed by name. */
static void
test_policy(void **state)
{
	struct world *w = alone(0);
	const struct feed *f;
	struct policy *p;
	struct prefix net;

	(void)state;
	world_tell(w, 0, A, 2);
	world_tell(w, 0, A + 1, 1);
	world_run(w, 1000);
	assert_true(listed(w, 0, 0, A));
	assert_false(listed(w, 0, 0, A + 1));
	f = engine_feed(world_engine(w, 0), 0);

	p = world_policy(w, 0);
	p->lists[1].threshold = 1000;
	assert_int_equal(prefix_parse("192.0.2.1/32", &net), 0);
	policy_exempt_add(p, &net, "test", 1);
	policy_ready(p);
	world_set_policy(w, 0, p);
	assert_false(listed(w, 0, 0, A));
	assert_false(listed(w, 0, 1, A));
	assert_true(listed(w, 0, 1, A + 1));
	assert_ptr_equal(engine_feed(world_engine(w, 0), 0), f);

	/* Other order, one list renamed. */
	p = world_policy(w, 0);
	struct policy_list worm = p->lists[0];
	p->lists[0] = p->lists[1];
	p->lists[1] = worm;
	text_copy(p->lists[0].name, sizeof(p->lists[0].name), "new");
	policy_ready(p);
	world_set_policy(w, 0, p);
	assert_ptr_equal(engine_feed(world_engine(w, 0), 1), f);
	assert_true(listed(w, 0, 1, A));
	assert_true(listed(w, 0, 0, A));
	assert_false(listed(w, 0, 0, A + 1));
	assert_null(engine_listing(world_engine(w, 0), 2));
	world_free(w);
}

static void
test_coalesce(void **state)
{
	struct world *w = alone(0);
	struct item items[3000];
	struct engine_state s;
	size_t i, n;

	(void)state;
	world_run(w, 2000);
	for (i = 0; i < 3000; i++)
		items[i] = item(RECORD_SIGHTING, A + i % 10);
	uint64_t ticket = world_report(w, 0, items, 3000);
	world_run(w, 3000);
	for (i = 0; i < 3000; i++)
		assert_int_equal(world_verdicts(w, 0, ticket)[i],
		    ITEM_ACCEPTED);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.pending, 0);
	/* The first write goes out at once, the others together. */
	assert_int_equal(s.head.seq, 2);
	assert_int_equal(engine_votes(world_engine(w, 0), A, &n)[0].count, 300);
	world_crash(w, 0);
	world_start(w, 0);
	assert_int_equal(engine_votes(world_engine(w, 0), A, &n)[0].count, 300);
	assert_int_equal(n, 1);
	world_free(w);
}

static void
test_many(void **state)
{
	struct world *w = alone(0);
	struct item *items = test_calloc(ENGINE_REPORT + 5, sizeof(*items));
	struct engine_state s;
	uint64_t ticket;
	size_t i;

	(void)state;
	for (i = 0; i < ENGINE_REPORT + 5; i++) {
		items[i] = item(RECORD_SIGHTING, A + i);
		items[i].count = 2;
	}
	ticket = world_report(w, 0, items, ENGINE_REPORT + 5);
	world_run(w, 60000);
	assert_int_equal(world_verdicts(w, 0, ticket)[ENGINE_REPORT - 1],
	    ITEM_ACCEPTED);
	assert_int_equal(world_verdicts(w, 0, ticket)[ENGINE_REPORT],
	    ITEM_BUSY);
	engine_state(world_engine(w, 0), &s);
	assert_int_equal(s.pending, 0);
	assert_int_equal(s.subjects, ENGINE_REPORT);
	assert_true(listed(w, 0, 0, A + ENGINE_REPORT - 1));
	test_free(items);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gate),
	    cmocka_unit_test(test_lost_before_disk),
	    cmocka_unit_test(test_restart),
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_duplicate_waits),
	    cmocka_unit_test(test_retract),
	    cmocka_unit_test(test_clear),
	    cmocka_unit_test(test_expiry),
	    cmocka_unit_test(test_policy),
	    cmocka_unit_test(test_coalesce),
	    cmocka_unit_test(test_many),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
