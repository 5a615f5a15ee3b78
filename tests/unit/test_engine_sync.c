/*
 * Engines together: that they agree, through whatever network, and what they
 * do about members and peers that break the protocol.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/listing.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1 */

static bool
listed(struct world *w, size_t node, uint64_t subject)
{
	return (listing_until(engine_listing(world_engine(w, node), 0),
		    subject) > wall_sec((struct wall){world_now(w)}));
}

static void
mark(struct world *w, size_t node, uint8_t kind, uint64_t subject)
{
	struct item i = {.subject = subject, .kind = kind};

	world_report(w, node, &i, 1);
}

static void
assert_agree(struct world *w, size_t nodes)
{
	uint8_t first[HASH_BYTES], other[HASH_BYTES];
	size_t i, list;

	for (list = 0; list < 2; list++) {
		world_digest(w, 0, list, first);
		for (i = 1; i < nodes; i++) {
			world_digest(w, i, list, other);
			assert_memory_equal(first, other, HASH_BYTES);
		}
	}
}

/* How ${node} sees the member with the key of node ${other}. */
static struct engine_member
view(struct world *w, size_t node, size_t other)
{
	struct engine_member m;
	size_t i;

	for (i = 0; engine_member(world_engine(w, node), i, &m) == 0; i++)
		if (memcmp(m.head.member, world_key(w, other)->public, 32) == 0)
			return (m);
	fail();
	return (m);
}

static void
test_two(void **state)
{
	struct world_setup s = {.seed = 2, .nodes = 2, .delay = 50, .lag = 20};
	struct world *w = world_new(&s);

	(void)state;
	world_run(w, 3000);
	assert_string_equal(view(w, 0, 1).state, "connected");
	assert_string_equal(view(w, 0, 0).state, "self");
	world_tell(w, 0, A, 1);
	world_run(w, 4000);
	/* One group is not enough, two are. */
	assert_false(listed(w, 1, A));
	world_tell(w, 1, A, 1);
	world_run(w, 4000);
	assert_true(listed(w, 0, A));
	assert_true(listed(w, 1, A));
	/* A retraction goes everywhere, and at once. */
	mark(w, 0, RECORD_RETRACTION, A);
	world_run(w, 1000);
	assert_false(listed(w, 0, A));
	assert_false(listed(w, 1, A));
	assert_int_equal(view(w, 1, 0).behind, 0);
	world_free(w);
}

/* Heartbeats: silence is not the same as nothing to say. */
static void
test_heartbeat(void **state)
{
	struct world_setup s = {.seed = 3, .nodes = 2, .delay = 50};
	struct world *w = world_new(&s);

	(void)state;
	world_run(w, 3600000);
	assert_in_range(view(w, 0, 1).head.seq, 10, 13);
	world_free(w);
}

/* All trust all, and themselves, alike: equal policies. */
static struct policy *
equal_policy(struct world *w, size_t node)
{
	struct policy *p = world_policy(w, node);
	size_t i;

	for (i = 0; i < p->nmembers; i++)
		p->members[i].trust = TRUST_FULL;
	policy_ready(p);
	return (p);
}

/* Random reports, retractions and restarts; then peace; then agreement. */
static void
rough(uint64_t seed, size_t nodes, unsigned loss, int64_t delay)
{
	struct world_setup s = {.seed = seed,
	    .nodes = nodes,
	    .loss = loss,
	    .repeat = loss,
	    .delay = delay,
	    .lag = 500,
	    .policy = equal_policy};
	struct world *w = world_new(&s);
	uint64_t rng = seed;
	size_t i, node, more;

	for (i = 0; i < 400; i++) {
		rng = rng * 6364136223846793005u + 1442695040888963407u;
		node = (rng >> 33) % nodes;
		switch ((rng >> 20) % 16) {
		case 0:
			mark(w, node, RECORD_RETRACTION, A + (rng >> 50) % 60);
			break;
		case 1:
			world_crash(w, node);
			world_start(w, node);
			break;
		default:
			world_tell(w, node, A + (rng >> 50) % 60,
			    1 + (rng >> 45) % 2);
		}
		world_run(w, (int64_t)((rng >> 40) % 1500));
	}
	world_run(w, 400000);
	assert_agree(w, nodes);
	for (node = 0; node < nodes; node++)
		for (more = 0; more < nodes; more++) {
			assert_false(view(w, node, more).frozen);
			assert_int_equal(view(w, node, more).behind, 0);
			assert_memory_equal(view(w, node, more).head.id,
			    view(w, more, more).head.id, HASH_BYTES);
		}
	world_free(w);
}

static void
test_three(void **state)
{
	uint64_t seed, end = getenv("VIRBL_SLOW") != NULL ? 11 : 20;

	(void)state;
	for (seed = 10; seed < end; seed++)
		rough(seed, 3, 100, 800);
}

static void
test_ten(void **state)
{
	(void)state;
	rough(100, 10, 200, 1500);
}

/* Who comes late, or was away, gets everything, also over a third. */
static void
test_newcomer(void **state)
{
	struct world_setup s = {.seed = 4, .nodes = 3, .delay = 100, .lag = 10};
	struct world *w = world_new(&s);
	size_t i;

	(void)state;
	world_run(w, 5000);
	world_crash(w, 2);
	for (i = 0; i < 300; i++) {
		world_tell(w, i % 2, A + i / 2, 1);
		world_run(w, 1000);
	}
	world_cut(w, 0, 2, true);
	world_start(w, 2);
	world_run(w, 20000);
	assert_agree(w, 3);
	assert_true(listed(w, 2, A));
	assert_true(view(w, 2, 0).head.seq > 100);
	assert_string_not_equal(view(w, 2, 0).state, "connected");
	world_free(w);
}

/* What was pruned is skipped over by the signed floor. */
static void
test_floor(void **state)
{
	struct world_setup s = {.seed = 5, .nodes = 3, .delay = 20};
	struct engine_member m;
	struct world *w;

	(void)state;
	if (getenv("VIRBL_SLOW") != NULL)
		skip(); /* three weeks */
	w = world_new(&s);
	world_run(w, 5000);
	world_crash(w, 2);
	world_restore(w, 2, NULL);
	world_tell(w, 0, A, 1);
	world_run(w, INT64_C(11) * 86400000);
	assert_true(world_writes(w, 0, WRITE_PRUNE) > 200);
	assert_true(view(w, 1, 0).head.floor > 1);
	world_start(w, 2);
	world_tell(w, 0, A + 1, 1);
	world_tell(w, 1, A + 1, 1);
	world_run(w, 60000);
	m = view(w, 2, 0);
	assert_memory_equal(m.head.id, view(w, 0, 0).head.id, HASH_BYTES);
	assert_true(listed(w, 2, A + 1));
	/* Away for longer than anybody keeps: from the head to the floor. */
	world_crash(w, 2);
	world_run(w, INT64_C(11) * 86400000);
	world_start(w, 2);
	world_run(w, 60000);
	assert_memory_equal(view(w, 2, 0).head.id, view(w, 0, 0).head.id,
	    HASH_BYTES);
	assert_agree(w, 3);
	world_free(w);
}

static struct policy *
policy_with(struct world *w, size_t node, size_t member, enum trust trust)
{
	struct policy *p = world_policy(w, node);
	size_t i;

	for (i = 1; i < p->nmembers; i++)
		if (memcmp(p->members[i].key, world_key(w, member)->public,
			KEY_BYTES) == 0)
			p->members[i].trust = trust;
	policy_ready(p);
	return (p);
}

/* Trust changes act at once and backwards, whatever was decided before. */
static void
test_trust(void **state)
{
	struct world_setup s = {.seed = 6, .nodes = 3, .delay = 20};
	struct world *w = world_new(&s);
	uint64_t seq;

	(void)state;
	world_run(w, 3000);
	world_tell(w, 1, A, 1);
	world_tell(w, 2, A, 1);
	world_tell(w, 1, A + 1, 2);
	world_run(w, 5000);
	assert_true(listed(w, 0, A));
	assert_false(listed(w, 0, A + 1));
	world_set_policy(w, 0, policy_with(w, 0, 1, TRUST_FULL));
	assert_true(listed(w, 0, A + 1));
	world_set_policy(w, 0, policy_with(w, 0, 1, TRUST_OBSERVE));
	assert_false(listed(w, 0, A));
	assert_false(listed(w, 0, A + 1));
	/* None: not even fetched, but what is known is kept. */
	world_set_policy(w, 0, policy_with(w, 0, 1, TRUST_NONE));
	world_run(w, 1000);
	assert_string_equal(view(w, 0, 1).state, "off");
	seq = view(w, 0, 1).head.seq;
	world_tell(w, 1, A + 2, 2);
	world_run(w, 40000);
	assert_int_equal(view(w, 0, 1).head.seq, seq);
	assert_string_equal(view(w, 1, 0).state, "refused");
	assert_true(view(w, 1, 0).why[0] != '\0');
	world_set_policy(w, 0, policy_with(w, 0, 1, TRUST_VOTE));
	world_run(w, 70000);
	assert_true(listed(w, 0, A));
	assert_true(view(w, 0, 1).head.seq > seq);
	world_free(w);
}

/* All accept that node 1 owns 192.0.2.0/24. */
static struct policy *
owner_policy(struct world *w, size_t node)
{
	struct policy *p = world_policy(w, node);
	struct prefix net;
	size_t i;

	assert_int_equal(prefix_parse("192.0.2.0/24", &net), 0);
	for (i = 0; i < p->nmembers; i++)
		if (memcmp(p->members[i].key, world_key(w, 1)->public,
			KEY_BYTES) == 0) {
			p->members[i].prefixes = mem_dup(&net, sizeof(net));
			p->members[i].nprefixes = 1;
		}
	policy_ready(p);
	return (p);
}

/* The owner of a prefix clears its customer everywhere, others at home. */
static void
test_clearance(void **state)
{
	struct world_setup s = {.seed = 7,
	    .nodes = 3,
	    .delay = 20,
	    .policy = owner_policy};
	struct world *w = world_new(&s);

	(void)state;
	world_run(w, 3000);
	world_tell(w, 0, A, 1);
	world_tell(w, 2, A, 1);
	world_run(w, 5000);
	assert_true(listed(w, 1, A));
	mark(w, 2, RECORD_CLEARANCE, A);
	world_run(w, 3000);
	assert_false(listed(w, 2, A));
	assert_true(listed(w, 1, A));
	assert_int_equal(world_writes(w, 2, WRITE_CLEARED), 1);
	mark(w, 1, RECORD_CLEARANCE, A);
	world_run(w, 3000);
	assert_int_equal(world_writes(w, 1, WRITE_CLEARED), 0);
	assert_false(listed(w, 0, A));
	assert_agree(w, 3);
	world_free(w);
}

/* Who reaches the threshold within an hour stays listed for nine days. */
static struct policy *
long_policy(struct world *w, size_t node)
{
	struct policy *p = owner_policy(w, node);
	size_t i;

	for (i = 0; i < p->nlists; i++) {
		p->lists[i].window = 3600;
		p->lists[i].hold = 9 * 86400;
	}
	return (p);
}

static void
say(struct world *w, size_t node, uint8_t kind, uint32_t seen)
{
	struct item i = {.subject = A,
	    .kind = kind,
	    .category = 1,
	    .count = 1,
	    .seen = seen};

	world_report(w, node, &i, 1);
}

/*
 * The second clearance of a day comes to one node when the first is too old
 * there already, and came to the other in time.
 */
static void
test_late_clearance(void **state)
{
	struct world_setup s = {.seed = 17,
	    .nodes = 3,
	    .delay = 20,
	    .policy = long_policy};
	struct world *w;
	uint32_t now;

	(void)state;
	if (getenv("VIRBL_SLOW") != NULL)
		skip(); /* nine days */
	w = world_new(&s);
	now = wall_sec((struct wall){world_now(w)});
	world_run(w, 3000);
	say(w, 1, RECORD_CLEARANCE, now - 14000);
	say(w, 0, RECORD_SIGHTING, now - 5000);
	say(w, 2, RECORD_SIGHTING, now - 5000);
	world_run(w, 10000);
	assert_true(listed(w, 0, A));
	world_cut(w, 0, 1, true);
	world_cut(w, 0, 2, true);
	say(w, 1, RECORD_CLEARANCE, now);
	world_run(w, INT64_C(9) * 86400000 - 7000000);
	assert_true(listed(w, 2, A));
	world_cut(w, 0, 1, false);
	world_cut(w, 0, 2, false);
	world_run(w, 600000);
	assert_int_equal(view(w, 0, 1).behind, 0);
	assert_true(listed(w, 2, A));
	assert_true(listed(w, 0, A));
	assert_agree(w, 3);
	world_free(w);
}

/* Members' batches, interleaved in any way, make one listing. */
static void
test_shuffled(void **state)
{
	struct world_setup s = {.seed = 8,
	    .nodes = 5,
	    .delay = 100,
	    .lag = 10,
	    .policy = equal_policy};
	struct world *w = world_new(&s);
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		if (i % 17 == 0)
			mark(w, i % 5, RECORD_RETRACTION, A + i % 7);
		world_tell(w, i % 5, A + i % 40, 1);
		world_run(w, 300);
	}
	world_run(w, 20000);
	assert_agree(w, 5);
	world_digest(w, 0, 0, before);
	world_shuffle(w, true);
	for (i = 0; i < 20; i++) {
		world_crash(w, 0);
		world_start(w, 0);
		world_digest(w, 0, 0, after);
		assert_memory_equal(before, after, HASH_BYTES);
	}
	world_free(w);
}

static struct policy *
crowd_policy(struct world *w, size_t node)
{
	struct policy *p = world_policy(w, node);
	struct policy_member m = {.trust = TRUST_OBSERVE};
	struct key key;
	uint8_t seed[KEY_SEED] = {0xee};
	size_t i;

	for (i = 0; i < 97; i++) {
		seed[1] = (uint8_t)i;
		key_from_seed(&key, seed);
		memcpy(m.key, key.public, KEY_BYTES);
		snprintf(m.name, sizeof(m.name), "crowd%zu", i);
		assert_null(policy_member_add(p, &m));
	}
	policy_ready(p);
	return (p);
}

/* The more members, the fewer batches of each. */
static void
test_crowd(void **state)
{
	struct world_setup s = {.seed = 9, .nodes = 2, .delay = 20};
	struct world *w;
	unsigned few, many;
	size_t i;

	(void)state;
	w = world_new(&s);
	for (i = 0; i < 600; i++) {
		world_tell(w, 0, A + i, 1);
		world_run(w, 100);
	}
	few = world_writes(w, 0, WRITE_OWN);
	world_free(w);
	s.policy = crowd_policy;
	w = world_new(&s);
	for (i = 0; i < 600; i++) {
		world_tell(w, 0, A + i, 1);
		world_run(w, 100);
	}
	many = world_writes(w, 0, WRITE_OWN);
	world_free(w);
	assert_in_range(few, 55, 61);
	assert_in_range(many, 18, 21);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two),
	    cmocka_unit_test(test_heartbeat),
	    cmocka_unit_test(test_three),
	    cmocka_unit_test(test_ten),
	    cmocka_unit_test(test_newcomer),
	    cmocka_unit_test(test_floor),
	    cmocka_unit_test(test_trust),
	    cmocka_unit_test(test_clearance),
	    cmocka_unit_test(test_late_clearance),
	    cmocka_unit_test(test_shuffled),
	    cmocka_unit_test(test_crowd),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
