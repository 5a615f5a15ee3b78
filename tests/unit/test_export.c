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
#include "view/decision.h"
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
	    .code = 0x7f000002,
	    .serial = 7,
	    .newest = T};
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
    {A, T + 86400, {T - 60, T + 86400, T, 2500, 2, RULE_COMPANY}, "a\"b,c"},
    {V6, T + 1, {T, T + 1, T, 2000, 1, RULE_TRUSTED}, ""},
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
	    "{\"list\":\"worm\",\"rows\":[\n"
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

/* Decisions: durations count from the newest sighting, not from now. */
static void
test_crowdsec(void **state)
{
	(void)state;
	expect("crowdsec", two, 2,
	    "[\n{\"id\":3221225985,\"origin\":\"virbl\",\"type\":\"ban\","
	    "\"scope\":\"Ip\",\"value\":\"192.0.2.1\","
	    "\"scenario\":\"virbl/worm\",\"reason\":\"virbl/worm\","
	    "\"until\":\"2026-11-24T10:00:00Z\",\"duration\":\"24h0m0s\"},\n"
	    "{\"id\":5410781924926305,\"origin\":\"virbl\",\"type\":\"ban\","
	    "\"scope\":\"Range\",\"value\":\"2001:db8:1:2::/64\","
	    "\"scenario\":\"virbl/worm\",\"reason\":\"virbl/worm\","
	    "\"until\":\"2026-11-23T10:00:01Z\",\"duration\":\"1s\"}\n]\n");
	expect("crowdsec", NULL, 0, "[\n]\n");
}

static void
test_durations(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
	    {0, "0s"},
	    {59, "59s"},
	    {60, "1m0s"},
	    {3600, "1h0m0s"},
	    {90061, "25h1m1s"},
	    {-1, "-1s"},
	    {-3661, "-1h1m1s"},
	    {UINT32_MAX, "1193046h28m15s"},
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 64);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		decision_duration(&out, rows[i].seconds);
		assert_string_equal(buf_string(&out), rows[i].text);
	}
	buf_free(&out);
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
	    "{\"list\":\"worm\",\"rows\":[\n"
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
	    "ipset, postfix-cidr, haproxy, mikrotik, stix, misp, crowdsec");
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
	size_t from, n;
} slices[] = {
    {0, NULL, 0, 7},
    {4, NULL, 0, 4},
    {6, NULL, 4, 3},
    {0, "10.0.0.0/24", 0, 2},
    {0, "10.0.0.255/32", 1, 1},
    {0, "10.0.1.0/24", 2, 1},
    {0, "0.0.0.0/0", 0, 4},
    {0, "::/0", 4, 3},
    {0, "2001:db8::/64", 4, 1},
    {0, "2001:db8::/63", 4, 2},
    {0, "2001:db8:0:1::5/128", 5, 1},
    {0, "255.255.255.255/32", 3, 1},
    {0, "ffff:ffff:ffff:ffff::/64", 6, 1},
    {6, "10.0.0.0/8", 0, 0},
    {4, "2001:db8::/32", 0, 0},
    {0, "192.0.2.0/24", 3, 0},
};

static void
test_slices(void **state)
{
	struct listing_row copy[7];
	struct export_filter f;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		memset(&f, 0, sizeof(f));
		f.family = slices[i].family;
		f.within = slices[i].prefix != NULL;
		if (f.within)
			assert_int_equal(prefix_parse(slices[i].prefix,
					     &f.prefix),
			    0);
		memcpy(copy, rows, sizeof(copy));
		n = export_select(copy, 7, &f);
		if (n != slices[i].n ||
		    (n > 0 && copy[0].subject != rows[slices[i].from].subject))
			fail_msg("row %zu: %zu", i, n);
		assert_int_equal(export_select(copy, 0, &f), 0);
	}
}

/* A limit keeps what was seen last, of equals the lowest; order stays. */
static void
test_limits(void **state)
{
	static const uint32_t untils[7] = {0x10000, 0x2ffff, 0x20000, 0x20000,
	    0x30001, 0x20000, 0x1ffff};
	static const char *const kept[8] = {"0123456", "4", "14", "124", "1234",
	    "12345", "123456", "0123456"};
	struct listing_row some[7];
	struct export_filter f;
	size_t limit, i, n;

	(void)state;
	memset(&f, 0, sizeof(f));
	for (limit = 0; limit < 8; limit++) {
		for (i = 0; i < 7; i++)
			some[i] = (struct listing_row){i, untils[i]};
		f.limit = limit;
		n = export_select(some, 7, &f);
		assert_int_equal(n, strlen(kept[limit]));
		for (i = 0; i < n; i++)
			assert_int_equal(some[i].subject, kept[limit][i] - '0');
	}
}

/* The list's newest sighting is hold before its last end. */
static void
test_newest(void **state)
{
	static const struct policy_list list = {.name = "worm", .hold = 60};
	struct export_file f = {.list = NULL};

	(void)state;
	export_begin(&f, &list, rows, 7);
	assert_int_equal(f.newest, T - 60);
	assert_int_equal(f.code, 0x7f000002);
	assert_ptr_equal(f.list, list.name);
	export_begin(&f, &list, rows, 0);
	assert_int_equal(f.newest, 0);
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

static const struct {
	const char *text;
	enum changes_why why;
} cursors[] = {
    {NULL, CHANGES_NONE},
    {"", CHANGES_NONE},
    {"x", CHANGES_BAD},
    {"0123456789abcdef", CHANGES_BAD},
    {"0123456789abcdef-", CHANGES_BAD},
    {"0123456789abcdef-x", CHANGES_BAD},
    {"0123456789abcdef--1", CHANGES_BAD},
    {"0123456789abcdef-18446744073709551616", CHANGES_BAD},
    {"0123456789abcdee-5", CHANGES_RUN},
    {"0123456789ABCDEF-5", CHANGES_BAD},
    {"0123456789abcdef 5", CHANGES_BAD},
    {"0123456789abcdef-5 ", CHANGES_BAD},
};

static void
test_cursors(void **state)
{
	uint64_t n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
		if (changes_cursor(cursors[i].text, instance, &n) !=
		    cursors[i].why)
			fail_msg("row %zu", i);
	assert_true(n == 7);
	assert_int_equal(changes_cursor("0123456789abcdef-4711", instance, &n),
	    CHANGES_KNOWN);
	assert_true(n == 4711);
}

static const struct feed_row feed[] = {{A, T, FEED_ADDED},
    {A, T + 60, FEED_EXTENDED}, {A, T + 60, FEED_STANDS},
    {A, T + 60, FEED_REMOVED}, {V6, T, FEED_EXPIRED}};

static void
test_changes(void **state)
{
	struct changes c = {.form = CHANGES_LINES};
	struct buf out;
	uint64_t n;

	(void)state;
	buf_init(&out, 4096);
	c.out = &out;
	memcpy(c.instance, instance, sizeof(instance));
	changes_reset(&c, CHANGES_NONE);
	changes_listed(&c, rows, 1);
	changes_rows(&c, feed, 5, 7);
	changes_end(&c, 12);
	assert_string_equal(buf_string(&out),
	    "{\"op\":\"reset\",\"event\":\"reset\",\"reason\":\"no cursor\","
	    "\"hint\":\"forget what you have; all that is listed follows\"}\n"
	    "{\"op\":\"added\",\"event\":\"new\",\"address\":\"10.0.0.0\","
	    "\"until\":\"2026-11-23T10:00:00Z\"}\n"
	    "{\"op\":\"added\",\"event\":\"new\",\"address\":\"192.0.2.1\","
	    "\"until\":\"2026-11-23T10:00:00Z\"}\n"
	    "{\"op\":\"extended\",\"event\":\"update\","
	    "\"address\":\"192.0.2.1\","
	    "\"until\":\"2026-11-23T10:01:00Z\"}\n"
	    "{\"op\":\"removed\",\"event\":\"delist\","
	    "\"address\":\"192.0.2.1\"}\n"
	    "{\"op\":\"removed\",\"event\":\"expire\","
	    "\"address\":\"2001:db8:1:2::/64\"}\n"
	    "{\"cursor\":\"0123456789abcdef-12\"}\n");
	/* What is written can be asked with. */
	assert_int_equal(changes_cursor("0123456789abcdef-12", instance, &n),
	    CHANGES_KNOWN);
	buf_free(&out);
}

/* Events have the cursor after them as id; those of a reset have none. */
static void
test_events(void **state)
{
	struct changes c = {.form = CHANGES_EVENTS};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	c.out = &out;
	memcpy(c.instance, instance, sizeof(instance));
	changes_reset(&c, CHANGES_OLD);
	changes_listed(&c, rows, 1);
	changes_end(&c, 8);
	changes_rows(&c, feed + 1, 3, 8);
	changes_beat(&c);
	assert_string_equal(buf_string(&out),
	    "event: reset\ndata: {\"op\":\"reset\",\"event\":\"reset\","
	    "\"reason\":\"the cursor is too old\","
	    "\"hint\":\"forget what you have; all that is listed follows\"}"
	    "\n\n"
	    "event: new\ndata: {\"op\":\"added\",\"event\":\"new\","
	    "\"address\":\"10.0.0.0\",\"until\":\"2026-11-23T10:00:00Z\"}"
	    "\n\n"
	    "event: cursor\ndata: {\"cursor\":\"0123456789abcdef-8\"}\n"
	    "id: 0123456789abcdef-8\n\n"
	    "event: update\ndata: {\"op\":\"extended\",\"event\":\"update\","
	    "\"address\":\"192.0.2.1\",\"until\":\"2026-11-23T10:01:00Z\"}\n"
	    "id: 0123456789abcdef-9\n\n"
	    "event: delist\ndata: {\"op\":\"removed\",\"event\":\"delist\","
	    "\"address\":\"192.0.2.1\"}\nid: 0123456789abcdef-11\n\n"
	    ":\n\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formats),
	    cmocka_unit_test(test_crowdsec),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_formula),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_slices),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_newest),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_cursors),
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_events),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
