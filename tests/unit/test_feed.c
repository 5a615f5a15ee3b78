#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/feed.h"

static void
test_read(void **state)
{
	struct feed *f = feed_new();
	struct feed_row rows[8];

	(void)state;
	assert_int_equal(feed_last(f), 0);
	assert_int_equal(feed_read(f, 0, rows, 8), 0);
	assert_int_equal(feed_read(f, 1, rows, 8), -1);
	feed_add(f, FEED_ADDED, 11, 100);
	feed_add(f, FEED_EXTENDED, 11, 200);
	feed_add(f, FEED_EXPIRED, 12, 150);
	assert_int_equal(feed_last(f), 3);
	assert_int_equal(feed_read(f, 0, rows, 8), 3);
	assert_int_equal(rows[0].subject, 11);
	assert_int_equal(rows[0].until, 100);
	assert_int_equal(rows[0].op, FEED_ADDED);
	assert_int_equal(rows[2].op, FEED_EXPIRED);
	assert_int_equal(feed_read(f, 1, rows, 1), 1);
	assert_int_equal(rows[0].until, 200);
	assert_int_equal(feed_read(f, 3, rows, 8), 0);
	assert_int_equal(feed_read(f, 4, rows, 8), -1);
	feed_free(f);
	feed_free(NULL);
}

static void
test_forget(void **state)
{
	struct feed *f = feed_new();
	struct feed_row rows[8];
	uint64_t i;

	(void)state;
	for (i = 1; i <= FEED_MAX; i++)
		feed_add(f, FEED_ADDED, i, (uint32_t)i);
	assert_int_equal(feed_read(f, 0, rows, 8), 8);
	assert_int_equal(rows[0].subject, 1);
	for (; i <= FEED_MAX + 100; i++)
		feed_add(f, FEED_REMOVED, i, (uint32_t)i);
	assert_int_equal(feed_read(f, 99, rows, 8), -1);
	assert_int_equal(feed_read(f, 100, rows, 8), 8);
	assert_int_equal(rows[0].subject, 101);
	assert_int_equal(feed_read(f, FEED_MAX + 98, rows, 8), 2);
	assert_int_equal(rows[1].subject, FEED_MAX + 100);
	assert_int_equal(rows[1].op, FEED_REMOVED);
	feed_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_forget),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
