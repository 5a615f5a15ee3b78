#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/chain.h>

static const uint8_t id_a[HASH_BYTES] = {0xa}, id_b[HASH_BYTES] = {0xb};

static void
test_judge(void **state)
{
	/* prev and id: a is the head's id, b is another. */
	static const struct {
		uint32_t head_epoch;
		uint64_t head_seq;
		uint64_t head_floor;
		uint32_t epoch;
		uint64_t seq;
		char prev;
		char id;
		int created; /* less than, equal to, more than the head's */
		enum chain_verdict v;
	} row[] = {
	    {0, 0, 0, 1, 1, 'b', 'b', 0, CHAIN_NEXT},
	    {0, 0, 0, 5, 1, 'b', 'b', 0, CHAIN_NEXT},
	    {0, 0, 0, 1, 2, 'b', 'b', 0, CHAIN_GAP},
	    {0, 0, 9, 1, 9, 'b', 'b', 0, CHAIN_SKIP},
	    {0, 0, 9, 1, 8, 'b', 'b', 0, CHAIN_GAP},
	    {2, 5, 1, 2, 6, 'a', 'b', 0, CHAIN_NEXT},
	    {2, 5, 1, 2, 6, 'a', 'b', 1, CHAIN_NEXT},
	    {2, 5, 1, 2, 6, 'a', 'b', -1, CHAIN_BREAK},
	    {2, 5, 1, 2, 6, 'b', 'b', 0, CHAIN_BREAK},
	    {2, 5, 6, 2, 6, 'b', 'b', 0, CHAIN_BREAK},
	    {2, 5, 1, 2, 5, 'b', 'a', 0, CHAIN_OLD},
	    {2, 5, 1, 2, 5, 'b', 'b', 0, CHAIN_FORK},
	    {2, 5, 1, 2, 4, 'b', 'b', 0, CHAIN_OLD},
	    {2, 5, 1, 2, 7, 'b', 'b', 0, CHAIN_GAP},
	    {2, 5, 9, 2, 9, 'b', 'b', 0, CHAIN_SKIP},
	    {2, 5, 9, 2, 9, 'b', 'b', -1, CHAIN_BREAK},
	    {2, 5, 9, 2, 8, 'b', 'b', 0, CHAIN_GAP},
	    {2, 5, 9, 2, 10, 'b', 'b', 0, CHAIN_GAP},
	    {2, 5, 1, 1, 99, 'a', 'b', 0, CHAIN_OLD},
	    {2, 5, 1, 1, 5, 'b', 'b', 0, CHAIN_OLD},
	    {2, 5, 1, 3, 1, 'a', 'b', 0, CHAIN_BUMP},
	    {2, 5, 1, 9, 1, 'b', 'b', -1, CHAIN_BUMP},
	    {2, 5, 1, 3, 2, 'a', 'b', 0, CHAIN_GAP},
	    {2, 5, 9, 3, 9, 'a', 'b', 0, CHAIN_GAP},
	    {1, INT64_MAX, 1, 1, INT64_MAX, 'a', 'b', 0, CHAIN_FORK},
	};
	struct batch_header h = {.floor = 1};
	struct head head = {.created = 1000};
	size_t i;

	(void)state;
	memcpy(head.id, id_a, HASH_BYTES);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		head.epoch = row[i].head_epoch;
		head.seq = row[i].head_seq;
		head.floor = row[i].head_floor;
		h.epoch = row[i].epoch;
		h.seq = row[i].seq;
		h.created = 1000 + row[i].created;
		memcpy(h.prev, row[i].prev == 'a' ? id_a : id_b, HASH_BYTES);
		if (chain_judge(&head, &h, row[i].id == 'a' ? id_a : id_b) !=
		    row[i].v)
			fail_msg("row %zu is not %s", i,
			    chain_verdict_name(row[i].v));
	}
}

static void
test_advance(void **state)
{
	struct batch_header h = {.epoch = 2,
	    .seq = 1,
	    .floor = 1,
	    .created = 5,
	    .member = {7}};
	struct head head = {0};

	(void)state;
	chain_advance(&head, &h, id_a);
	assert_int_equal(head.epoch, 2);
	assert_int_equal(head.seq, 1);
	assert_int_equal(head.floor, 1);
	assert_int_equal(head.created, 5);
	assert_int_equal(head.member[0], 7);
	assert_memory_equal(head.id, id_a, HASH_BYTES);
	h.seq = 9;
	h.floor = 4;
	chain_advance(&head, &h, id_b);
	assert_int_equal(head.floor, 4);
	assert_memory_equal(head.id, id_b, HASH_BYTES);
	h.seq = 10;
	h.floor = 3; /* never goes down within an epoch */
	chain_advance(&head, &h, id_a);
	assert_int_equal(head.floor, 4);
	h.epoch = 3;
	h.seq = h.floor = 1;
	chain_advance(&head, &h, id_b);
	assert_int_equal(head.floor, 1);
	assert_int_equal(head.seq, 1);
}

static void
build(const struct key *key, uint64_t seq, int64_t created, uint8_t *out)
{
	struct signer signer = key_signer(key);
	struct batch_draft d = {.epoch = 1,
	    .seq = seq,
	    .floor = 1,
	    .created = created};

	memset(d.prev, seq == 1 ? 0 : 1, HASH_BYTES);
	assert_int_not_equal(batch_build(&d, &signer, out), 0);
}

static void
test_fork_proof(void **state)
{
	static uint8_t a[BATCH_BYTES], b[BATCH_BYTES];
	uint8_t one[FORK_PROOF_BYTES], two[FORK_PROOF_BYTES];
	uint8_t seed[KEY_SEED] = {1}, member[KEY_BYTES] = {0};
	struct key key, other;
	size_t i;

	(void)state;
	key_from_seed(&key, seed);
	seed[0] = 2;
	key_from_seed(&other, seed);
	build(&key, 4, 1000, a);
	build(&key, 4, 1001, b);
	fork_proof_build(a, b, one);
	fork_proof_build(b, a, two);
	assert_memory_equal(one, two, FORK_PROOF_BYTES);
	assert_int_equal(fork_proof_check(one, sizeof(one), member), 0);
	assert_memory_equal(member, key.public, KEY_BYTES);

	memset(member, 0, KEY_BYTES);
	assert_int_equal(fork_proof_check(one, sizeof(one) - 1, member), -1);
	assert_int_equal(fork_proof_check(one, 0, member), -1);
	for (i = 0; i < sizeof(one); i++) {
		one[i] ^= 1;
		assert_int_equal(fork_proof_check(one, sizeof(one), member),
		    -1);
		one[i] ^= 1;
	}
	/* The greater id first. */
	memcpy(one + 8, two + 8 + 248, 248);
	memcpy(one + 8 + 248, two + 8, 248);
	assert_int_equal(fork_proof_check(one, sizeof(one), member), -1);
	fork_proof_build(a, a, one);
	assert_int_equal(fork_proof_check(one, sizeof(one), member), -1);
	build(&key, 5, 1001, b);
	fork_proof_build(a, b, one);
	assert_int_equal(fork_proof_check(one, sizeof(one), member), -1);
	build(&other, 4, 1001, b);
	fork_proof_build(a, b, one);
	assert_int_equal(fork_proof_check(one, sizeof(one), member), -1);
	assert_int_equal(member[0], 0);
}

static void
test_names(void **state)
{
	static const char *const names[CHAIN_VERDICTS] = {"next", "skip",
	    "bump", "old", "gap", "break", "fork"};
	unsigned i;

	(void)state;
	for (i = 0; i < CHAIN_VERDICTS; i++)
		assert_string_equal(chain_verdict_name(i), names[i]);
	assert_string_equal(chain_verdict_name(CHAIN_VERDICTS), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_advance),
	    cmocka_unit_test(test_fork_proof),
	    cmocka_unit_test(test_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
