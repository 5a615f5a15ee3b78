#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/subject.h>

#define V6(hi, lo) ((uint64_t)(hi) << 32 | (lo))

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		uint64_t subject;
		const char *back;
	} row[] = {
	    {"192.0.2.1", 0xc0000201, "192.0.2.1"},
	    {"192.0.2.1/32", 0xc0000201, "192.0.2.1"},
	    {"0.0.0.0", 0, "0.0.0.0"},
	    {"255.255.255.255", UINT32_MAX, "255.255.255.255"},
	    {"10.100.9.0", 0x0a640900, "10.100.9.0"},
	    {"::ffff:192.0.2.1", 0xc0000201, "192.0.2.1"},
	    {"::FFFF:c000:201/128", 0xc0000201, "192.0.2.1"},
	    {"2001:db8::1", V6(0x20010db8, 0), "2001:db8::/64"},
	    {"2001:DB8:1:2::", V6(0x20010db8, 0x10002), "2001:db8:1:2::/64"},
	    {"2001:db8:1:2::/64", V6(0x20010db8, 0x10002), "2001:db8:1:2::/64"},
	    {"2001:db8:1:2:3:4:5:6/128", V6(0x20010db8, 0x10002),
		"2001:db8:1:2::/64"},
	    {"2001:db8:0:2::/64", V6(0x20010db8, 2), "2001:db8:0:2::/64"},
	    {"0:1::", V6(1, 0), "0:1::/64"},
	    {"1::", V6(0x10000, 0), "1::/64"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UINT64_MAX,
		"ffff:ffff:ffff:ffff::/64"},
	};
	char out[SUBJECT_TEXT];
	uint64_t s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(subject_parse(row[i].text, &s), SUBJECT_OK);
		assert_true(s == row[i].subject);
		assert_int_equal(subject_format(s, out), strlen(row[i].back));
		assert_string_equal(out, row[i].back);
		assert_int_equal(subject_parse(out, &s), SUBJECT_OK);
		assert_true(s == row[i].subject);
		assert_int_equal(subject_is_v4(s), strchr(out, ':') == NULL);
	}
}

static void
test_parse_bad(void **state)
{
	static const struct {
		const char *text;
		enum subject_verdict v;
	} row[] = {
	    {"", SUBJECT_SYNTAX},
	    {"192.0.2", SUBJECT_SYNTAX},
	    {"192.0.2.1.1", SUBJECT_SYNTAX},
	    {"192.0.2.256", SUBJECT_SYNTAX},
	    {"192.0.02.1", SUBJECT_SYNTAX},
	    {"192.0.2.1 ", SUBJECT_SYNTAX},
	    {" 192.0.2.1", SUBJECT_SYNTAX},
	    {"192.0.2.1/", SUBJECT_SYNTAX},
	    {"192.0.2.1/33", SUBJECT_SYNTAX},
	    {"192.0.2.1/032", SUBJECT_SYNTAX},
	    {"192.0.2.1/32x", SUBJECT_SYNTAX},
	    {"4294967297.0.2.1", SUBJECT_SYNTAX},
	    {"2001:db8:::1", SUBJECT_SYNTAX},
	    {"2001:db8::1%eth0", SUBJECT_SYNTAX},
	    {"2001:db8::/129", SUBJECT_SYNTAX},
	    {"2001:db8:0000:0000:0000:0000:0000:0000:0000:0000",
		SUBJECT_SYNTAX},
	    {"localhost", SUBJECT_SYNTAX},
	    {"192.0.2.0/24", SUBJECT_WIDE},
	    {"192.0.2.0/0", SUBJECT_WIDE},
	    {"2001:db8::/63", SUBJECT_WIDE},
	    {"::ffff:192.0.2.0/127", SUBJECT_WIDE},
	    {"::ffff:0:0/96", SUBJECT_WIDE},
	    {"::/0", SUBJECT_WIDE},
	    {"::1", SUBJECT_NONE},
	    {"::", SUBJECT_NONE},
	    {"::192.0.2.1", SUBJECT_NONE},
	    {"0:0:ffff:ffff::/64", SUBJECT_NONE},
	};
	uint64_t s = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(subject_parse(row[i].text, &s), row[i].v);
		assert_true(s == 77);
		assert_true(strlen(subject_verdict_text(row[i].v)) > 10);
	}
}

static void
test_prefix(void **state)
{
	static const struct {
		const char *text;
		const char *back; /* NULL: refused */
		uint64_t lo;
		uint64_t hi; /* below lo: touches nothing */
	} row[] = {
	    {"192.0.2.0/24", "192.0.2.0/24", 0xc0000200, 0xc00002ff},
	    {"192.0.2.1", "192.0.2.1/32", 0xc0000201, 0xc0000201},
	    {"0.0.0.0/0", "0.0.0.0/0", 0, UINT32_MAX},
	    {"128.0.0.0/1", "128.0.0.0/1", 0x80000000, UINT32_MAX},
	    {"::ffff:192.0.2.0/120", "192.0.2.0/24", 0xc0000200, 0xc00002ff},
	    {"::ffff:0:0/96", "0.0.0.0/0", 0, UINT32_MAX},
	    {"2001:db8::/32", "2001:db8::/32", V6(0x20010db8, 0),
		V6(0x20010db8, UINT32_MAX)},
	    {"2001:db8::1", "2001:db8::1/128", V6(0x20010db8, 0),
		V6(0x20010db8, 0)},
	    {"2001:db8:0:1::/64", "2001:db8:0:1::/64", V6(0x20010db8, 1),
		V6(0x20010db8, 1)},
	    {"2001:db8:0:2::/63", "2001:db8:0:2::/63", V6(0x20010db8, 2),
		V6(0x20010db8, 3)},
	    {"::/0", "::/0", V6(1, 0), UINT64_MAX},
	    {"::/16", "::/16", V6(1, 0), V6(0xffff, UINT32_MAX)},
	    {"::/32", "::/32", 1, 0},
	    {"::1", "::1/128", 1, 0},
	    {"192.0.2.1/24", NULL, 0, 0},
	    {"128.0.0.0/0", NULL, 0, 0},
	    {"2001:db8::1/64", NULL, 0, 0},
	    {"2001:db8:0:1::/63", NULL, 0, 0},
	    {"::ffff:192.0.2.1/120", NULL, 0, 0},
	    {"192.0.2.0/33", NULL, 0, 0},
	    {"192.0.2/24", NULL, 0, 0},
	    {"2001:db8::/-1", NULL, 0, 0},
	    {"", NULL, 0, 0},
	};
	char out[SUBJECT_TEXT];
	struct prefix p, q;
	uint64_t lo, hi;
	size_t i;

	(void)state;
	memset(&q, 0x55, sizeof(q));
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		p = q;
		if (row[i].back == NULL) {
			assert_int_equal(prefix_parse(row[i].text, &p), -1);
			assert_memory_equal(&p, &q, sizeof(p));
			continue;
		}
		assert_int_equal(prefix_parse(row[i].text, &p), 0);
		assert_int_equal(prefix_format(&p, out), strlen(row[i].back));
		assert_string_equal(out, row[i].back);
		lo = hi = 7;
		if (row[i].hi < row[i].lo) {
			assert_int_equal(prefix_range(&p, &lo, &hi), -1);
			assert_true(lo == 7 && hi == 7);
			assert_false(prefix_contains(&p, 0));
			assert_false(prefix_contains(&p, V6(1, 0)));
			continue;
		}
		assert_int_equal(prefix_range(&p, &lo, &hi), 0);
		assert_true(lo == row[i].lo && hi == row[i].hi);
		assert_true(prefix_contains(&p, lo));
		assert_true(prefix_contains(&p, hi));
		if (lo > 0)
			assert_false(prefix_contains(&p, lo - 1));
		if (hi < UINT64_MAX)
			assert_false(prefix_contains(&p, hi + 1));
	}
}

static void
test_v6_v4_apart(void **state)
{
	struct prefix four, six;

	(void)state;
	assert_int_equal(prefix_parse("0.0.0.0/0", &four), 0);
	assert_int_equal(prefix_parse("::/0", &six), 0);
	assert_true(prefix_contains(&four, UINT32_MAX));
	assert_false(prefix_contains(&six, UINT32_MAX));
	assert_false(prefix_contains(&four, V6(1, 0)));
	assert_true(prefix_contains(&six, V6(1, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_parse_bad),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_v6_v4_apart),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
