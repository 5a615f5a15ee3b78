/*
 * Lists as files: what is in them, byte for byte; digests and changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "view/changes.h"
#include "view/digest.h"
#include "view/export.h"

#define A 0xc0000201u /* 192.0.2.1 */
#define V6 UINT64_C(0x20010db800010002)
#define T 1795428000u /* 2026-11-23T10:00:00Z */

/* Write ${n} ${rows} in ${format}. */
static struct buf
file(const char *format, const struct export_row *rows, size_t n)
{
	const struct export_format *f = export_find(format);
	struct export_file head = {.list = "worm",
	    .at = T,
	    .code = 0x7f000002,
	    .serial = 7};
	struct buf out;

	assert_non_null(f);
	buf_init(&out, 1 << 20);
	f->begin(&out, &head);
	for (; head.rows < n; head.rows++) {
		f->row(&out, &head, &rows[head.rows]);
		head.four += subject_is_v4(rows[head.rows].subject);
	}
	f->end(&out, &head);
	return (out);
}

static void
expect(const char *format, const struct export_row *rows, size_t n,
    const char *want)
{
	struct buf out = file(format, rows, n);

	assert_string_equal(buf_string(&out), want);
	buf_free(&out);
}

static const struct export_row two[2] = {
    {A, {T - 60, T + 86400, T, 2500, 2, RULE_COMPANY}, "a\"b,c"},
    {V6, {T, T + 1, T, 2000, 1, RULE_TRUSTED}, ""},
};

static void
test_formats(void **state)
{
	(void)state;
	expect("plain", two, 2, "192.0.2.1\n2001:db8:1:2::/64\n");
	expect("csv", two, 2,
	    "address,since,until,score,groups,last,threat\n"
	    "192.0.2.1,2026-11-23T09:59:00Z,2026-11-24T10:00:00Z,2.5,2,"
	    "2026-11-23T10:00:00Z,\"a\"\"b,c\"\n"
	    "2001:db8:1:2::/64,2026-11-23T10:00:00Z,2026-11-23T10:00:01Z,2,1,"
	    "2026-11-23T10:00:00Z,\"\"\n");
	expect("json", two, 2,
	    "{\"list\":\"worm\",\"at\":\"2026-11-23T10:00:00Z\",\"rows\":[\n"
	    "{\"address\":\"192.0.2.1\",\"since\":\"2026-11-23T09:59:00Z\","
	    "\"until\":\"2026-11-24T10:00:00Z\",\"score\":2.5,\"groups\":2,"
	    "\"last\":\"2026-11-23T10:00:00Z\",\"threat\":\"a\\\"b,c\"},\n"
	    "{\"address\":\"2001:db8:1:2::/64\",\"since\":"
	    "\"2026-11-23T10:00:00Z\",\"until\":\"2026-11-23T10:00:01Z\","
	    "\"score\":2,\"groups\":1,\"last\":\"2026-11-23T10:00:00Z\","
	    "\"threat\":\"\"}\n],\"count\":2}\n");
	expect("ndjson", two + 1, 1,
	    "{\"address\":\"2001:db8:1:2::/64\",\"since\":"
	    "\"2026-11-23T10:00:00Z\",\"until\":\"2026-11-23T10:00:01Z\","
	    "\"score\":2,\"groups\":1,\"last\":\"2026-11-23T10:00:00Z\","
	    "\"threat\":\"\"}\n");
}

/* An empty list is a valid file. */
static void
test_empty(void **state)
{
	(void)state;
	expect("plain", NULL, 0, "");
	expect("csv", NULL, 0,
	    "address,since,until,score,groups,last,threat\n");
	expect("json", NULL, 0,
	    "{\"list\":\"worm\",\"at\":\"2026-11-23T10:00:00Z\",\"rows\":[\n"
	    "],\"count\":0}\n");
	expect("ndjson", NULL, 0, "");
}

/* A stranger's threat never begins a formula in a spreadsheet. */
static void
test_formula(void **state)
{
	struct export_row row = two[0];
	struct buf out;

	(void)state;
	text_copy(row.threat, sizeof(row.threat), "=1+1");
	out = file("csv", &row, 1);
	assert_non_null(strstr(buf_string(&out), ",\"'=1+1\"\n"));
	buf_free(&out);
}

static void
test_names(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	export_names(&out);
	assert_string_equal(buf_string(&out),
	    "plain, cidr, csv, json, ndjson, rbldnsd, bind, rpz, nft, "
	    "ipset, postfix-cidr, haproxy, mikrotik, stix");
	buf_free(&out);
	assert_null(export_find("xml"));
	assert_null(export_find(""));
}

static const struct listing_row rows[] = {
    {0x0a000000, T}, /* 10.0.0.0 */
    {0x0a0000ff, T},
    {0x0a000100, T},
    {0xffffffff, T},
    {UINT64_C(0x20010db800000000), T},
    {UINT64_C(0x20010db800000001), T},
    {UINT64_MAX, T},
};

static const struct {
	unsigned family;
	const char *prefix;
	size_t limit;
	size_t from, n;
} slices[] = {
    {0, NULL, 0, 0, 7},
    {4, NULL, 0, 0, 4},
    {6, NULL, 0, 4, 3},
    {6, NULL, 2, 4, 2},
    {0, NULL, 9, 0, 7},
    {0, "10.0.0.0/24", 0, 0, 2},
    {0, "10.0.0.255/32", 0, 1, 1},
    {0, "10.0.1.0/24", 0, 2, 1},
    {0, "0.0.0.0/0", 0, 0, 4},
    {0, "::/0", 0, 4, 3},
    {0, "2001:db8::/64", 0, 4, 1},
    {0, "2001:db8::/63", 0, 4, 2},
    {0, "2001:db8:0:1::5/128", 0, 5, 1},
    {0, "255.255.255.255/32", 0, 3, 1},
    {0, "ffff:ffff:ffff:ffff::/64", 0, 6, 1},
    {6, "10.0.0.0/8", 0, 0, 0},
    {4, "2001:db8::/32", 0, 0, 0},
    {0, "192.0.2.0/24", 0, 3, 0},
};

static void
test_slices(void **state)
{
	struct export_filter f;
	size_t i, from, n;

	(void)state;
	for (i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		memset(&f, 0, sizeof(f));
		f.family = slices[i].family;
		f.limit = slices[i].limit;
		f.within = slices[i].prefix != NULL;
		if (f.within)
			assert_int_equal(prefix_parse(slices[i].prefix,
					     &f.prefix),
			    0);
		n = export_slice(rows, 7, &f, &from);
		if (n != slices[i].n || (n > 0 && from != slices[i].from))
			fail_msg("row %zu: %zu from %zu", i, n, from);
		assert_int_equal(export_slice(rows, 0, &f, &from), 0);
	}
}

static void
hex_is(const struct digest *d, const char *want)
{
	char hex[2 * DIGEST_BYTES + 1];

	text_hex(d->sha256, DIGEST_BYTES, hex);
	assert_string_equal(hex, want);
}

/* Values of sha256sum over the plain export. */
static void
test_digest(void **state)
{
	const struct listing_row some[2] = {{A, T + 5}, {V6, T}};
	struct digest d;

	(void)state;
	digest_rows(NULL, 0, &d);
	assert_int_equal(d.count, 0);
	assert_int_equal(d.expires, 0);
	hex_is(&d,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_rows(some, 2, &d);
	assert_int_equal(d.count, 2);
	assert_int_equal(d.expires, T);
	hex_is(&d,
	    "0571ddfd1cfbb5e71b194707b0c7ff49bb5ecfa6becf632641b5ecc75d86c6c1");
}

static const uint8_t instance[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
    0xef};

static void
test_cursors(void **state)
{
	static const char *const bad[] = {"", "x", "0123456789abcdef",
	    "0123456789abcdef-", "0123456789abcdef-x", "0123456789abcdef--1",
	    "0123456789abcdef-18446744073709551616", "0123456789abcdee-5",
	    "0123456789ABCDEF-5", "0123456789abcdef 5", "0123456789abcdef-5 "};
	uint64_t n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (changes_cursor(bad[i], instance, &n) == 0)
			fail_msg("%s: taken", bad[i]);
	assert_true(n == 7);
	assert_int_equal(changes_cursor("0123456789abcdef-4711", instance, &n),
	    0);
	assert_true(n == 4711);
}

static void
test_changes(void **state)
{
	static const struct feed_row feed[] = {{A, T, FEED_ADDED},
	    {A, T + 60, FEED_EXTENDED}, {A, T + 60, FEED_REMOVED},
	    {V6, T, FEED_EXPIRED}};
	struct buf out;
	uint64_t n;

	(void)state;
	buf_init(&out, 4096);
	changes_reset(&out);
	changes_listed(&out, rows, 1);
	changes_rows(&out, feed, 4);
	changes_end(&out, instance, 12);
	assert_string_equal(buf_string(&out),
	    "{\"op\":\"reset\"}\n"
	    "{\"op\":\"added\",\"address\":\"10.0.0.0\","
	    "\"until\":\"2026-11-23T10:00:00Z\"}\n"
	    "{\"op\":\"added\",\"address\":\"192.0.2.1\","
	    "\"until\":\"2026-11-23T10:00:00Z\"}\n"
	    "{\"op\":\"extended\",\"address\":\"192.0.2.1\","
	    "\"until\":\"2026-11-23T10:01:00Z\"}\n"
	    "{\"op\":\"removed\",\"address\":\"192.0.2.1\"}\n"
	    "{\"op\":\"expired\",\"address\":\"2001:db8:1:2::/64\"}\n"
	    "{\"cursor\":\"0123456789abcdef-12\"}\n");
	/* What is written can be asked with. */
	assert_int_equal(changes_cursor("0123456789abcdef-12", instance, &n),
	    0);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formats),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_formula),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_slices),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_cursors),
	    cmocka_unit_test(test_changes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
