/*
 * Pages made by the node: what comes from outside never becomes markup.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view/html.h"
#include "view/page_lookup.h"

static void
test_text(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	html_text(&out, "a<b>&\"c'd");
	assert_string_equal(buf_string(&out), "a&lt;b&gt;&amp;&quot;c&#39;d");
	buf_reset(&out);
	html_text(&out, "");
	html_text(&out, NULL);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

#define LIST                                                               \
	"{\"list\":\"worm\",\"listed\":true,\"reason\":\"company\","       \
	"\"since\":\"2026-11-23T10:00:00Z\",\"until\":\"2026-11-24T10:00:" \
	"00Z\","                                                           \
	"\"groups\":2,\"threats\":[\"<script>alert(1)</script>\"]}"

static const char answer[] =
    "{\"address\":\"192.0.2.1\",\"at\":\"2026-11-23T10:00:05Z\","
    "\"listed\":true,\"exempt\":null,\"lists\":[" LIST "],"
    "\"sightings\":[{\"member\":\"a\\\"b\",\"group\":\"<i>\","
    "\"category\":\"worm\",\"threat\":\"<b>\",\"count\":3,"
    "\"seen\":\"2026-11-23T10:00:00Z\",\"counts\":true}],\"marks\":[]}";

static void
test_lookup(void **state)
{
	struct buf out;
	const char *s;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(page_lookup_write(&out, answer, strlen(answer)), 0);
	s = buf_string(&out);
	assert_non_null(strstr(s, "192.0.2.1 is listed"));
	assert_non_null(strstr(s, "2026-11-24 10:00:00 UTC"));
	assert_non_null(strstr(s, "enough organisations saw it"));
	assert_non_null(strstr(s, "&lt;script&gt;alert(1)"));
	assert_non_null(strstr(s, "a&quot;b"));
	assert_null(strstr(s, "<script"));
	assert_null(strstr(s, "<i>"));
	assert_null(strstr(s, "<b>"));
	assert_non_null(strstr(s, "action=\"/v1/removal\""));
	buf_free(&out);
}

static void
test_not_listed(void **state)
{
	static const char json[] =
	    "{\"address\":\"192.0.2.9\",\"at\":\"2026-11-23T10:00:05Z\","
	    "\"listed\":false,\"exempt\":{\"prefix\":\"192.0.2.0/24\","
	    "\"source\":\"<allow>\",\"line\":3},\"lists\":[],"
	    "\"sightings\":[],\"marks\":[{\"kind\":\"retraction\","
	    "\"member\":\"x&y\",\"time\":\"2026-11-22T08:00:00Z\"}]}";
	struct buf out;
	const char *s;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(page_lookup_write(&out, json, strlen(json)), 0);
	s = buf_string(&out);
	assert_non_null(strstr(s, "192.0.2.9 is not listed"));
	assert_non_null(strstr(s, "never lists (&lt;allow&gt;)"));
	assert_non_null(strstr(s, "retraction by x&amp;y"));
	assert_null(strstr(s, "action=\"/v1/removal\""));
	buf_free(&out);
}

static void
test_no_answer(void **state)
{
	static const char *const bad[] = {"", "[]", "{", "null"};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 1 << 20);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(page_lookup_write(&out, bad[i],
				     strlen(bad[i])),
		    -1);
		assert_int_equal(out.len, 0);
	}
	buf_free(&out);
}

static void
test_ask(void **state)
{
	struct buf out;
	const char *s;

	(void)state;
	buf_init(&out, 1 << 20);
	page_lookup_ask(&out, "\"><script>", "not an address & <b>");
	s = buf_string(&out);
	assert_non_null(strstr(s, "value=\"&quot;&gt;&lt;script&gt;\""));
	assert_non_null(strstr(s, "not an address &amp; &lt;b&gt;"));
	assert_null(strstr(s, "<script"));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_lookup),
	    cmocka_unit_test(test_not_listed),
	    cmocka_unit_test(test_no_answer),
	    cmocka_unit_test(test_ask),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
