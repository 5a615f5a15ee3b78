#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/promw.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wire.h"

static void
test_mem(void **state)
{
	uint8_t *p = mem_zero(4);
	char *s = mem_string("worm");

	(void)state;
	assert_memory_equal(p, "\0\0\0\0", 4);
	p = mem_array(p, 1000, 4);
	assert_memory_equal(p, "\0\0\0\0", 4);
	p[3999] = 1;
	mem_free(p);
	assert_string_equal(s, "worm");
	p = mem_dup(s, 2);
	assert_memory_equal(p, "wo", 2);
	mem_free(p);
	mem_free(s);
	p = mem_dup(NULL, 0);
	assert_non_null(p);
	mem_free(p);
	mem_free(NULL);
}

static void
test_buf(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 300);
	assert_string_equal(buf_string(&b), "");
	buf_text(&b, "one");
	buf_add(&b, "", 0);
	buf_printf(&b, " %d %s", 2, "three");
	assert_string_equal(buf_string(&b), "one 2 three");
	for (i = 0; i < 28; i++)
		buf_printf(&b, "%010d", i);
	assert_int_equal(b.len, 291);
	assert_memory_equal(b.data + 281, "0000000027", 10);
	buf_printf(&b, "%09d", 7);
	assert_false(b.full);
	assert_int_equal(b.len, 300);
	assert_int_equal(strlen(buf_string(&b)), 300);
	buf_add(&b, "", 0);
	assert_false(b.full);
	buf_text(&b, "x");
	assert_true(b.full);
	assert_string_equal(buf_string(&b), "");
	buf_reset(&b);
	buf_text(&b, "again");
	assert_string_equal(buf_string(&b), "again");
	assert_null(buf_room(&b, 296));
	assert_true(b.full);
	buf_printf(&b, "lost");
	buf_free(&b);
	assert_false(b.full);
	assert_null(b.data);
	buf_printf(&b, "%0301d", 1);
	assert_true(b.full);
	buf_free(&b);
	assert_non_null(buf_room(&b, 0));
	buf_free(&b);
}

static void
test_wire(void **state)
{
	uint8_t bytes[16];
	struct writer w = {bytes, sizeof(bytes), false};
	struct reader r = {bytes, sizeof(bytes), false};

	(void)state;
	wire_put_u8(&w, 0x01);
	wire_put_u16(&w, 0x0203);
	wire_put_u32(&w, 0x04050607);
	wire_put_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	wire_put(&w, "", 0);
	assert_false(w.bad);
	assert_int_equal(w.left, 1);
	wire_put_u16(&w, 1);
	assert_true(w.bad);
	wire_put_u8(&w, 1);
	assert_int_equal(w.left, 1);
	bytes[15] = 0x10;
	assert_memory_equal(bytes,
	    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10",
	    16);
	assert_int_equal(wire_u8(&r), 0x01);
	assert_int_equal(wire_u16(&r), 0x0203);
	assert_int_equal(wire_u32(&r), 0x04050607);
	assert_int_equal(wire_u64(&r), UINT64_C(0x08090a0b0c0d0e0f));
	assert_false(r.bad);
	assert_int_equal(wire_u16(&r), 0);
	assert_true(r.bad);
	assert_int_equal(wire_u8(&r), 0);
	assert_null(wire_bytes(&r, 1));
}

static void
test_numbers(void **state)
{
	uint64_t v = 77;

	(void)state;
	assert_int_equal(text_u64("0", 0, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(text_u64("18446744073709551615", UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	v = 77;
	assert_int_equal(text_u64("18446744073709551616", UINT64_MAX, &v), -1);
	assert_int_equal(text_u64("99999999999999999999999", UINT64_MAX, &v),
	    -1);
	assert_int_equal(text_u64("6", 5, &v), -1);
	assert_int_equal(text_u64("256", 255, &v), -1);
	assert_int_equal(text_u64("", 5, &v), -1);
	assert_int_equal(text_u64("+1", 5, &v), -1);
	assert_int_equal(text_u64(" 1", 5, &v), -1);
	assert_int_equal(text_u64("1 ", 5, &v), -1);
	assert_int_equal(v, 77);
	assert_int_equal(text_u64("255", 255, &v), 0);
	assert_int_equal(v, 255);

	assert_int_equal(text_milli("2", 9000, &v), 0);
	assert_int_equal(v, 2000);
	assert_int_equal(text_milli("0.5", 9000, &v), 0);
	assert_int_equal(v, 500);
	assert_int_equal(text_milli("1.125", 1125, &v), 0);
	assert_int_equal(v, 1125);
	assert_int_equal(text_milli("1.126", 1125, &v), -1);
	assert_int_equal(text_milli("1.1250", 9000, &v), -1);
	assert_int_equal(text_milli("1.", 9000, &v), -1);
	assert_int_equal(text_milli(".5", 9000, &v), -1);
	assert_int_equal(text_milli("10", 9000, &v), -1);
	assert_int_equal(text_milli("1x", 9000, &v), -1);
}

static void
test_milli_format(void **state)
{
	static const struct {
		uint64_t v;
		const char *text;
	} row[] = {{0, "0"}, {2000, "2"}, {500, "0.5"}, {1125, "1.125"},
	    {10, "0.01"}, {1001, "1.001"}};
	char out[32];
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		text_milli_format(row[i].v, out, sizeof(out));
		assert_string_equal(out, row[i].text);
		assert_int_equal(text_milli(out, 9000, &v), 0);
		assert_int_equal(v, row[i].v);
	}
}

static void
test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
		const char *back;
	} row[] = {{"90s", 90000, "90s"}, {"15m", 900000, "15m"},
	    {"24h", 86400000, "1d"}, {"7d", 604800000, "7d"},
	    {"250ms", 250, "250ms"}, {"0", 0, "0s"}, {"0d", 0, "0s"},
	    {"366d", UINT64_C(31622400000), "366d"}, {"1500ms", 1500, "1500ms"},
	    {"60s", 60000, "1m"}};
	static const char *const bad[] = {"", "90", "s", "90 s", "-1s", "367d",
	    "1w", "1.5h", "99999999999999999999s", "31622400001ms", "1sx"};
	char out[32];
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(text_duration(row[i].text, &v), 0);
		assert_int_equal(v, row[i].ms);
		text_duration_format(v, out, sizeof(out));
		assert_string_equal(out, row[i].back);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_duration(bad[i], &v), -1);
}

static void
test_time(void **state)
{
	static const struct {
		const char *text;
		uint32_t sec;
	} row[] = {{"1970-01-01T00:00:00Z", 0}, {"0", 0},
	    {"2026-11-23T10:00:00Z", 1795428000},
	    {"2026-11-23t10:00:00.999z", 1795428000},
	    {"2026-11-23 12:00:00+02:00", 1795428000},
	    {"2026-11-23T04:30:00-05:30", 1795428000},
	    {"1795428000", 1795428000}, {"2000-02-29T00:00:00Z", 951782400},
	    {"2016-12-31T23:59:60Z", 1483228800},
	    {"2106-02-07T06:28:15Z", UINT32_MAX}, {"4294967295", UINT32_MAX}};
	static const char *const bad[] = {"", "now", "2026-11-23",
	    "2026-11-23T10:00:00", "2026-11-23T10:00Z", "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
	    "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
	    "2026-11-23T10:00:61Z", "2026-11-23T10:00:00.Z",
	    "2026-11-23T10:00:00Zx", "2026-11-23T10:00:00+2:00",
	    "2026-11-23T10:00:00+02:00x", "1969-12-31T23:59:59Z",
	    "2106-02-07T06:28:16Z", "4294967296", "-1", "0000-01-01T00:00:00Z",
	    "2100-02-29T00:00:00Z"};
	char out[TEXT_TIME];
	uint32_t t, back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(text_time(row[i].text, &t), 0);
		assert_int_equal(t, row[i].sec);
	}
	t = 5;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_time(bad[i], &t), -1);
	assert_int_equal(t, 5);
	text_time_format(1795428000, out);
	assert_string_equal(out, "2026-11-23T10:00:00Z");
	text_time_format(UINT32_MAX, out);
	assert_string_equal(out, "2106-02-07T06:28:15Z");
	/* A step that meets every month, leap days and year ends. */
	for (t = 0; t < UINT32_MAX - 86399; t += 86399) {
		text_time_format(t, out);
		assert_int_equal(text_time(out, &back), 0);
		assert_int_equal(t, back);
	}
}

static void
test_hex(void **state)
{
	uint8_t b[3] = {9, 9, 9};
	char out[7];

	(void)state;
	assert_int_equal(text_unhex("00a0ff", b, 3), 0);
	assert_memory_equal(b, "\x00\xa0\xff", 3);
	text_hex(b, 3, out);
	assert_string_equal(out, "00a0ff");
	assert_int_equal(text_unhex("00a0fF", b, 3), -1);
	assert_int_equal(text_unhex("00a0f", b, 3), -1);
	assert_int_equal(text_unhex("00a0ff0", b, 3), -1);
	assert_int_equal(text_unhex("00a0fg", b, 3), -1);
	assert_memory_equal(b, "\x00\xa0\xff", 3);
	assert_int_equal(text_unhex("", b, 0), 0);
}

static void
test_nearest(void **state)
{
	static const char *const words[] = {"window", "threshold", "cap",
	    "groups", "hold"};

	(void)state;
	assert_string_equal(text_nearest("treshold", words, 5), "threshold");
	assert_string_equal(text_nearest("widnow", words, 5), "window");
	assert_string_equal(text_nearest("group", words, 5), "groups");
	assert_string_equal(text_nearest("hodl", words, 5), "hold");
	assert_null(text_nearest("zebra", words, 5));
	assert_null(text_nearest("", words, 5));
	assert_null(text_nearest("x", words, 5));
	assert_null(
	    text_nearest("thresholdthresholdthresholdthreshold", words, 5));
	assert_null(text_nearest("cap", words, 0));
}

static void
test_strings(void **state)
{
	char out[4];
	char name[66];

	(void)state;
	assert_int_equal(text_copy(out, sizeof(out), "abc"), 0);
	assert_string_equal(out, "abc");
	assert_int_equal(text_copy(out, sizeof(out), "abcd"), -1);
	assert_string_equal(out, "");

	assert_true(text_utf8("", 0));
	assert_true(text_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9b", 10));
	assert_false(text_utf8("a\0b", 3));
	assert_false(text_utf8("\xc0\xaf", 2));
	assert_false(text_utf8("\xe0\x80\xaf", 3));
	assert_false(text_utf8("\xf0\x80\x80\xaf", 4));
	assert_false(text_utf8("\xed\xa0\x80", 3));
	assert_false(text_utf8("\xf4\x90\x80\x80", 4));
	assert_false(text_utf8("\xf5\x80\x80\x80", 4));
	assert_false(text_utf8("\xe2\x82", 2));
	assert_false(text_utf8("\xe2\x82z", 3));
	assert_false(text_utf8("\x80", 1));

	memset(name, 'x', sizeof(name));
	name[65] = '\0';
	assert_false(text_name(name));
	name[64] = '\0';
	assert_true(text_name(name));
	assert_true(text_name("Win.Worm.Sober-G"));
	assert_true(text_name("a b"));
	assert_false(text_name(""));
	assert_false(text_name(" a"));
	assert_false(text_name("a "));
	assert_false(text_name("a\tb"));
	assert_false(text_name("\x7f"));
	assert_false(text_name("caf\xc3\xa9"));
}

static void
test_promw(void **state)
{
	struct promw w;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	promw_init(&w, &b);
	promw_one(&w, "gauge", "a_bytes", "What it is.", UINT64_MAX);
	promw_family(&w, "summary", "b_seconds", "Time.");
	promw_sample(&w, "_sum");
	promw_label(&w, "x", "q\"b\\n\n\xc3\xa9");
	promw_label(&w, "y", "\xff");
	promw_us(&w, 1000001);
	promw_sample(&w, "_count");
	promw_u64(&w, 0);
	assert_string_equal(buf_string(&b),
	    "# HELP a_bytes What it is.\n"
	    "# TYPE a_bytes gauge\n"
	    "a_bytes 18446744073709551615\n"
	    "# HELP b_seconds Time.\n"
	    "# TYPE b_seconds summary\n"
	    "b_seconds_sum{x=\"q\\\"b\\\\n\\n\xc3\xa9\",y=\"?\"} "
	    "1.000001\n"
	    "b_seconds_count 0\n");
	buf_free(&b);
}

static void
test_jsonw(void **state)
{
	struct jsonw w;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_array(&w);
	jsonw_u64(&w, UINT64_MAX);
	jsonw_bool(&w, true);
	jsonw_bool(&w, false);
	jsonw_null(&w);
	jsonw_array(&w);
	jsonw_end_array(&w);
	jsonw_object(&w);
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	jsonw_key(&w, "t");
	jsonw_time(&w, 1795428000);
	jsonw_key(&w, "z");
	jsonw_time(&w, 0);
	jsonw_key(&w, "m");
	jsonw_milli(&w, 2500);
	jsonw_key(&w, "n\"");
	jsonw_string(&w, NULL);
	jsonw_end_object(&w);
	assert_string_equal(buf_string(&b),
	    "{\"a\":[18446744073709551615,true,false,null,[],{}],"
	    "\"t\":\"2026-11-23T10:00:00Z\",\"z\":null,\"m\":2.5,"
	    "\"n\\\"\":null}");
	buf_reset(&b);
	jsonw_init(&w, &b);
	jsonw_string(&w,
	    "q\"b\\n\n\r\t\b\f\x01\x1f\x7f\xc3\xa9 \xff\xe2\x82x"
	    "\xed\xa0\x80");
	assert_string_equal(buf_string(&b),
	    "\"q\\\"b\\\\n\\n\\r\\t\\b\\f\\u0001\\u001f\\u007f\xc3\xa9 "
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mem),
	    cmocka_unit_test(test_buf),
	    cmocka_unit_test(test_wire),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_milli_format),
	    cmocka_unit_test(test_duration),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_jsonw),
	    cmocka_unit_test(test_promw),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
