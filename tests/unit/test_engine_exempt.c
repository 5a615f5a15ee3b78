/*
 * Exemptions through whole engines: by the operator, by owners through the
 * federation, over restarts, old disks, silence and time.
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
#include "sim/model.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1, owned by node 0 */
#define V6 UINT64_C(0x20010db800010002)
#define DAY INT64_C(86400000)

static bool
listed(struct world *w, size_t node, uint64_t subject)
{
	return (listing_until(engine_listing(world_engine(w, node), 0),
		    subject) > wall_sec((struct wall){world_now(w)}));
}

static struct item
order(uint8_t kind, const char *prefix)
{
	struct item i = {.kind = kind, .threat = "desk"};

	assert_int_equal(prefix_parse(prefix, &i.prefix), 0);
	return (i);
}

/* Give an order; it is on disk when this returns. */
static uint8_t
tell(struct world *w, size_t node, const struct item *i)
{
	uint64_t ticket = world_report(w, node, i, 1);

	world_run(w, 100);
	assert_non_null(world_verdicts(w, node, ticket));
	return (world_verdicts(w, node, ticket)[0]);
}

static uint8_t
exempt(struct world *w, size_t node, const char *prefix)
{
	struct item i = order(RECORD_EXEMPTION, prefix);

	return (tell(w, node, &i));
}

static uint8_t
revoke(struct world *w, size_t node, const char *prefix)
{
	struct item i = order(RECORD_REVOCATION, prefix);

	return (tell(w, node, &i));
}

/* Node ${i} owns 192.0.2.64i/26, and everybody accepted that. */
static struct policy *
owners(struct world *w, size_t node)
{
	static struct prefix prefixes[WORLD_NODES];
	struct policy *p = world_policy(w, node);
	size_t i, n;

	for (i = 0; i < p->nmembers; i++) {
		for (n = 0; memcmp(key_signer(world_key(w, n)).public,
				p->members[i].key, KEY_BYTES) != 0;
		     n++)
			continue;
		prefixes[n] =
		    (struct prefix){{192, 0, 2, (uint8_t)(64 * n)}, 4, 26};
		p->members[i].prefixes =
		    mem_dup(&prefixes[n], sizeof(*prefixes));
		p->members[i].nprefixes = 1;
	}
	policy_ready(p);
	return (p);
}

static struct world *
federation(size_t nodes)
{
	struct world_setup s = {.seed = nodes,
	    .nodes = nodes,
	    .delay = 50,
	    .lag = 5,
	    .policy = owners};
	struct world *w = world_new(&s);

	world_run(w, 10000);
	return (w);
}

/* Two nodes see ${subject}: it is listed everywhere, unless exempt. */
static void
see(struct world *w, uint64_t subject)
{
	world_tell(w, 1, subject, 2);
	world_tell(w, 2, subject, 2);
	world_run(w, 5000);
}

static void
assert_agree(struct world *w, size_t nodes)
{
	uint8_t one[HASH_BYTES], other[HASH_BYTES];
	size_t i;

	world_digest(w, 0, 0, one);
	for (i = 1; i < nodes; i++) {
		world_digest(w, i, 0, other);
		assert_memory_equal(one, other, HASH_BYTES);
	}
}

static void
test_operator(void **state)
{
	struct world_setup s = {.seed = 1, .nodes = 1};
	struct world *w = world_new(&s);
	struct engine_exempt why;
	struct engine_state st;

	(void)state;
	world_tell(w, 0, A, 2);
	world_tell(w, 0, A + 1, 2);
	world_tell(w, 0, V6, 2);
	world_run(w, 100);
	assert_true(listed(w, 0, A));
	assert_int_equal(exempt(w, 0, "192.0.2.1"), ITEM_ACCEPTED);
	assert_false(listed(w, 0, A));
	assert_true(listed(w, 0, A + 1));
	assert_true(engine_exempt(world_engine(w, 0), A, &why));
	assert_string_equal(why.source, "operator");
	assert_string_equal(why.by, "desk");
	assert_int_equal(why.prefix.len, 32);
	assert_false(engine_exempt(world_engine(w, 0), A + 1, NULL));
	/* Again is no mistake; what is not there cannot be removed. */
	assert_int_equal(exempt(w, 0, "192.0.2.1"), ITEM_ACCEPTED);
	assert_int_equal(revoke(w, 0, "192.0.2.0/24"), ITEM_ABSENT);
	/* A whole network; one IPv6 address stands for its /64. */
	assert_int_equal(exempt(w, 0, "192.0.2.0/24"), ITEM_ACCEPTED);
	assert_int_equal(exempt(w, 0, "2001:db8:1:2::25"), ITEM_ACCEPTED);
	assert_false(listed(w, 0, A + 1));
	assert_false(listed(w, 0, V6));
	assert_true(engine_exempt(world_engine(w, 0), V6, &why));
	assert_int_equal(why.prefix.len, 64);
	engine_state(world_engine(w, 0), &st);
	assert_int_equal(st.waivers, 3);
	world_crash(w, 0);
	world_start(w, 0);
	assert_false(listed(w, 0, A));
	assert_false(listed(w, 0, A + 1));
	assert_false(listed(w, 0, V6));
	assert_int_equal(revoke(w, 0, "192.0.2.0/24"), ITEM_ACCEPTED);
	assert_true(listed(w, 0, A + 1));
	assert_false(listed(w, 0, A));
	assert_int_equal(revoke(w, 0, "192.0.2.1"), ITEM_ACCEPTED);
	assert_true(listed(w, 0, A));
	assert_int_equal(revoke(w, 0, "192.0.2.1"), ITEM_ABSENT);
	assert_int_equal(revoke(w, 0, "2001:db8:1:2::/64"), ITEM_ACCEPTED);
	assert_true(listed(w, 0, V6));
	world_run(w, 1000);
	world_crash(w, 0);
	world_start(w, 0);
	assert_true(listed(w, 0, A));
	engine_state(world_engine(w, 0), &st);
	assert_int_equal(st.waivers, 0);
	world_free(w);
}

/* Nothing is answered or done before it is on disk. */
static void
test_gate(void **state)
{
	struct world_setup s = {.seed = 1, .nodes = 1};
	struct world *w = world_new(&s);
	struct item i = order(RECORD_EXEMPTION, "192.0.2.1");
	uint64_t ticket;

	(void)state;
	world_tell(w, 0, A, 2);
	world_run(w, 100);
	world_lag(w, -1);
	ticket = world_report(w, 0, &i, 1);
	world_run(w, 10000);
	assert_null(world_verdicts(w, 0, ticket));
	assert_true(listed(w, 0, A));
	world_crash(w, 0);
	world_lag(w, 0);
	world_start(w, 0);
	assert_true(listed(w, 0, A));
	world_free(w);
}

static void
test_limits(void **state)
{
	struct world_setup s = {.seed = 1, .nodes = 1, .policy = owners};
	struct world *w = world_new(&s);
	struct item i = {.kind = RECORD_EXEMPTION};
	struct engine_state st;
	struct policy *p;
	unsigned n;

	(void)state;
	/* 256 own mail servers and no more; others are not counted there. */
	p = owners(w, 0);
	p->members[0].prefixes[0] = (struct prefix){{9}, 4, 8};
	world_set_policy(w, 0, p);
	world_run(w, 100);
	for (n = 0; n < ENGINE_SIGNED; n++) {
		prefix_single(0x09000000 + n, &i.prefix);
		assert_int_equal(tell(w, 0, &i), ITEM_ACCEPTED);
	}
	prefix_single(0x09000000 + n, &i.prefix);
	assert_int_equal(tell(w, 0, &i), ITEM_FULL);
	i.local = true;
	assert_int_equal(tell(w, 0, &i), ITEM_ACCEPTED);
	i.local = false;
	for (n = ENGINE_SIGNED + 1; n < ENGINE_WAIVERS; n++) {
		prefix_single(0x0a000000 + n, &i.prefix);
		assert_int_equal(tell(w, 0, &i), ITEM_ACCEPTED);
	}
	prefix_single(0x0a000000 + n, &i.prefix);
	assert_int_equal(tell(w, 0, &i), ITEM_FULL);
	engine_state(world_engine(w, 0), &st);
	assert_int_equal(st.waivers, ENGINE_WAIVERS);
	world_free(w);
}

/* An owner's exemption works everywhere, and equally. */
static void
test_owner(void **state)
{
	struct world *w = federation(4);
	struct engine_exempt why;
	struct item i;
	size_t n;

	(void)state;
	see(w, A);
	see(w, A + 1);
	for (n = 0; n < 4; n++)
		assert_true(listed(w, n, A) && listed(w, n, A + 1));
	assert_int_equal(exempt(w, 0, "192.0.2.1"), ITEM_ACCEPTED);
	assert_false(listed(w, 0, A));
	world_run(w, 3000);
	for (n = 0; n < 4; n++) {
		assert_false(listed(w, n, A));
		assert_true(listed(w, n, A + 1));
		assert_true(engine_exempt(world_engine(w, n), A, &why));
		assert_string_equal(why.source, n == 0 ? "operator" : "owner");
	}
	assert_string_equal(why.by, "n0");
	assert_agree(w, 4);
	assert_int_equal(revoke(w, 0, "192.0.2.1"), ITEM_ACCEPTED);
	assert_true(listed(w, 0, A));
	world_run(w, 3000);
	for (n = 0; n < 4; n++)
		assert_true(listed(w, n, A));
	assert_agree(w, 4);
	/* Not outside its prefixes, and not if it is not to be signed. */
	assert_int_equal(exempt(w, 1, "192.0.2.1"), ITEM_ACCEPTED);
	i = order(RECORD_EXEMPTION, "192.0.2.2");
	i.local = true;
	assert_int_equal(tell(w, 0, &i), ITEM_ACCEPTED);
	world_run(w, 3000);
	assert_false(listed(w, 1, A));
	assert_false(listed(w, 0, A + 1));
	for (n = 2; n < 4; n++)
		assert_true(listed(w, n, A) && listed(w, n, A + 1));
	world_free(w);
}

/* From signed to local and back, within one second. */
static void
test_mind_changed(void **state)
{
	struct world *w = federation(3);
	struct item i = order(RECORD_EXEMPTION, "192.0.2.1");
	struct engine_state st;
	unsigned n;

	(void)state;
	see(w, A);
	for (n = 0; n < 4; n++) {
		i.local = n % 2 != 0;
		tell(w, 0, &i);
	}
	world_run(w, 3000);
	assert_false(listed(w, 0, A));
	assert_true(listed(w, 1, A));
	i.local = false;
	tell(w, 0, &i);
	world_run(w, 3000);
	assert_false(listed(w, 1, A));
	for (n = 0; n < 3; n++) {
		revoke(w, 0, "192.0.2.1");
		exempt(w, 0, "192.0.2.1");
	}
	world_run(w, 3000);
	assert_false(listed(w, 2, A));
	assert_agree(w, 3);
	revoke(w, 0, "192.0.2.1");
	world_run(w, 3000);
	assert_true(listed(w, 0, A) && listed(w, 2, A));
	/* One statement for each change of mind, and four sightings. */
	engine_state(world_engine(w, 0), &st);
	assert_in_range(st.records, 4 + 8, 4 + 13);
	world_free(w);
}

/* What an operator accepted decides, backwards too. */
static void
test_policy(void **state)
{
	struct world *w = federation(3);
	struct engine_state st;
	struct policy *p;
	size_t i;

	(void)state;
	see(w, A);
	exempt(w, 0, "192.0.2.1");
	world_run(w, 3000);
	assert_false(listed(w, 1, A));
	p = owners(w, 1);
	for (i = 1; i < p->nmembers; i++)
		p->members[i].nprefixes = 0;
	world_set_policy(w, 1, p);
	assert_true(listed(w, 1, A));
	engine_state(world_engine(w, 1), &st);
	assert_int_equal(st.owned, 0);
	assert_int_equal(st.unowned, 1);
	p = owners(w, 1);
	for (i = 1; i < p->nmembers; i++)
		p->members[i].trust = TRUST_OBSERVE;
	world_set_policy(w, 1, p);
	assert_int_equal(engine_exempt(world_engine(w, 1), A, NULL), false);
	world_set_policy(w, 1, owners(w, 1));
	assert_false(listed(w, 1, A));
	engine_state(world_engine(w, 1), &st);
	assert_int_equal(st.owned, 1);
	assert_int_equal(st.unowned, 0);
	/* The owner's own list stands whatever it owns. */
	p = owners(w, 0);
	p->members[0].nprefixes = 0;
	world_set_policy(w, 0, p);
	assert_false(listed(w, 0, A));
	world_free(w);
}

/*
 * An exemption outlives its batches, ends when its owner is silent for the
 * retention, and comes back with it.
 */
static void
test_time(void **state)
{
	struct world *w;
	unsigned day;

	(void)state;
	if (getenv("VIRBL_SLOW") != NULL)
		skip(); /* nineteen days */
	w = federation(3);
	exempt(w, 0, "192.0.2.1");
	for (day = 0; day < 10; day++)
		world_run(w, DAY);
	see(w, A);
	assert_false(listed(w, 0, A) || listed(w, 1, A) || listed(w, 2, A));
	world_crash(w, 1);
	world_start(w, 1);
	assert_false(listed(w, 1, A));
	world_crash(w, 0);
	for (day = 0; day < 7; day++)
		world_run(w, DAY);
	see(w, A);
	assert_false(listed(w, 1, A));
	for (day = 0; day < 2; day++)
		world_run(w, DAY);
	see(w, A);
	assert_true(listed(w, 1, A) && listed(w, 2, A));
	world_start(w, 0);
	assert_false(listed(w, 0, A));
	/* Peers look for it again now and then. */
	world_run(w, 600000);
	assert_false(listed(w, 1, A) || listed(w, 2, A));
	assert_agree(w, 3);
	world_free(w);
}

/* While nothing is decided again, what lapses is listed at its second. */
static void
test_lapse(void **state)
{
	struct world *w;
	int64_t said;

	(void)state;
	if (getenv("VIRBL_SLOW") != NULL)
		skip(); /* eight days */
	w = federation(3);
	exempt(w, 0, "192.0.2.1");
	said = world_now(w);
	world_run(w, 3000);
	world_crash(w, 0);
	world_run(w, 8 * DAY - 3600000);
	see(w, A);
	assert_false(listed(w, 1, A));
	world_run(w, said + 8 * DAY - world_now(w) - 1000);
	assert_false(listed(w, 1, A));
	world_run(w, 3000);
	assert_true(listed(w, 1, A) && listed(w, 2, A));
	world_free(w);
}

/* A disk of yesterday: what the own log says since then is heard first. */
static void
test_old_disk(void **state)
{
	struct world *w = federation(4);
	struct disk *old;
	size_t n;

	(void)state;
	exempt(w, 0, "192.0.2.1");
	exempt(w, 0, "192.0.2.5");
	world_run(w, 5000);
	old = world_save(w, 0);
	/* What the disk holds would be said again. */
	world_run(w, 2 * DAY);
	revoke(w, 0, "192.0.2.1");
	exempt(w, 0, "192.0.2.3");
	revoke(w, 0, "192.0.2.5");
	exempt(w, 0, "192.0.2.5");
	world_run(w, 5000);
	world_crash(w, 0);
	world_restore(w, 0, old);
	world_start(w, 0);
	world_run(w, 30000);
	see(w, A);
	see(w, A + 2);
	see(w, A + 4);
	for (n = 0; n < 4; n++) {
		assert_true(listed(w, n, A));
		assert_false(listed(w, n, A + 2));
		assert_false(listed(w, n, A + 4));
	}
	assert_agree(w, 4);
	/* They are the operator's again. */
	assert_int_equal(revoke(w, 0, "192.0.2.1"), ITEM_ABSENT);
	assert_int_equal(revoke(w, 0, "192.0.2.3"), ITEM_ACCEPTED);
	world_run(w, 3000);
	assert_true(listed(w, 3, A + 2));
	world_free(w);
}

/* Orders, crashes, losses and cuts by chance: in the end all agree. */
static void
test_chance(void **state)
{
	struct world_setup s = {.nodes = 4,
	    .delay = 200,
	    .lag = 50,
	    .loss = 50,
	    .repeat = 50,
	    .policy = owners};
	bool wanted[256];
	struct world *w;
	uint64_t rng = 3;
	unsigned i, round, rounds = getenv("VIRBL_SLOW") != NULL ? 1 : 6;
	char text[32];
	size_t node;

	(void)state;
	for (round = 0; round < rounds; round++) {
		memset(wanted, 0, sizeof(wanted));
		s.seed = round + 1;
		w = world_new(&s);
		world_run(w, 20000);
		for (i = 0; i < 256; i += 4) {
			world_tell(w, 1, 0xc0000200u + i, 2);
			world_tell(w, 2, 0xc0000200u + i, 2);
		}
		for (i = 0; i < 150; i++) {
			unsigned host = model_rng(&rng) % 64 * 4;

			node = host / 64;
			snprintf(text, sizeof(text), "192.0.2.%u", host);
			wanted[host] = model_rng(&rng) % 3 != 0;
			if (wanted[host])
				exempt(w, node, text);
			else
				revoke(w, node, text);
			if (model_rng(&rng) % 8 == 0) {
				world_crash(w, node);
				world_start(w, node);
			}
			world_run(w, model_rng(&rng) % 2000);
		}
		world_run(w, 120000);
		assert_agree(w, 4);
		for (i = 0; i < 256; i += 4)
			for (node = 0; node < 4; node++)
				assert_int_equal(listed(w, node,
						     0xc0000200u + i),
				    !wanted[i]);
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_operator),
	    cmocka_unit_test(test_gate),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_owner),
	    cmocka_unit_test(test_mind_changed),
	    cmocka_unit_test(test_policy),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_lapse),
	    cmocka_unit_test(test_old_disk),
	    cmocka_unit_test(test_chance),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
