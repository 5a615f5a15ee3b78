#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "form/gossip_msg.h"

static const struct head heads[2] = {
    {.member = {1},
	.id = {2},
	.seq = 9,
	.floor = 3,
	.created = 1000,
	.epoch = 2},
    {.member = {0xff},
	.id = {3},
	.seq = 1,
	.floor = 1,
	.created = 0,
	.epoch = 1},
};
static const struct gossip_msg sample = {.instance = {9, 8, 7},
    .cursor = UINT64_MAX,
    .clock = 1795428000123,
    .card = 4,
    .n = 2};

static void
test_round(void **state)
{
	struct gossip_msg m;
	struct head h;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, GOSSIP_BYTES);
	gossip_msg_encode(&sample, heads, &b);
	assert_int_equal(b.len, GOSSIP_FIXED + 2 * GOSSIP_HEAD);
	assert_null(gossip_msg_decode(b.data, b.len, &m));
	assert_memory_equal(m.instance, sample.instance, 8);
	assert_true(m.cursor == UINT64_MAX);
	assert_true(m.clock == sample.clock);
	assert_int_equal(m.card, 4);
	assert_int_equal(m.n, 2);
	for (i = 0; i < 2; i++) {
		gossip_msg_head(&m, i, &h);
		assert_memory_equal(h.member, heads[i].member, KEY_BYTES);
		assert_memory_equal(h.id, heads[i].id, HASH_BYTES);
		assert_int_equal(h.seq, heads[i].seq);
		assert_int_equal(h.floor, heads[i].floor);
		assert_int_equal(h.created, heads[i].created);
		assert_int_equal(h.epoch, heads[i].epoch);
	}
	buf_free(&b);
}

static void
test_empty_and_full(void **state)
{
	struct gossip_msg m = sample;
	struct buf b;

	(void)state;
	m.n = 0;
	buf_init(&b, GOSSIP_FIXED);
	gossip_msg_encode(&m, NULL, &b);
	assert_null(gossip_msg_decode(b.data, b.len, &m));
	assert_int_equal(m.n, 0);
	gossip_msg_encode(&m, NULL, &b);
	assert_true(b.full);
	buf_free(&b);
}

static void
test_changed(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		const char *why;
	} row[] = {
	    {0, 'v', "bad magic"},
	    {4, 0, "unknown version"},
	    {5, 1, "reserved bytes set"},
	    {7, 1, "reserved bytes set"},
	    {24, 0x80, "bad time"},
	    {38, 0x10, "too many heads"},
	    {36, 0xff, "too many heads"},
	    {39, 3, "cut short"},
	    {39, 1, "bytes left over"},
	    {40 + 64, 0x80, "bad head"}, /* seq */
	    {40 + 71, 0, "bad head"},
	    {40 + 79, 0, "bad head"}, /* floor */
	    {40 + 80, 0x80, "bad head"}, /* created */
	    {40 + 91, 0, "bad head"}, /* epoch */
	    {40 + 95, 1, "bad head"}, /* reserved */
	    {136 + 92, 1, "bad head"},
	};
	struct gossip_msg m;
	struct buf b;
	const char *why;
	uint8_t keep;
	size_t i;

	(void)state;
	buf_init(&b, GOSSIP_BYTES);
	gossip_msg_encode(&sample, heads, &b);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		keep = b.data[row[i].at];
		b.data[row[i].at] = row[i].value;
		m.n = 77;
		why = gossip_msg_decode(b.data, b.len, &m);
		if (why == NULL || strcmp(why, row[i].why) != 0)
			fail_msg("row %zu: %s", i, why != NULL ? why : "ok");
		assert_int_equal(m.n, 77);
		b.data[row[i].at] = keep;
	}
	for (i = 0; i < b.len; i++)
		assert_string_equal(gossip_msg_decode(b.data, i, &m),
		    "cut short");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_empty_and_full),
	    cmocka_unit_test(test_changed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
