/*
 * Reading sightings: what is taken, what is refused and how it is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "view/order.h"
#include "view/sighting.h"

#define GOOD "{\"address\":\"192.0.2.1\",\"category\":\"worm\"}"
#define A 0xc0000201u

static const char *
read_text(const char *text, struct sightings *s)
{
	return (sighting_read((const uint8_t *)text, strlen(text), 0, s));
}

/* ---- One object ---- */

static void
test_all_fields(void **state)
{
	struct sightings s;

	(void)state;
	assert_null(
	    read_text("{\"address\":\"2001:db8:1:2::5\",\"category\":"
		      "\"phish\",\"threat\":\"Win.Worm.X\",\"count\":7,"
		      "\"time\":\"2026-11-23T10:00:00Z\",\"port\":40000,"
		      "\"dport\":25,\"basis\":\"trap\",\"tcp\":false,"
		      "\"shared\":true,\"id\":\"mx1-1\"}",
		&s));
	assert_int_equal(s.n, 1);
	assert_int_equal(s.nerrors, 0);
	assert_int_equal(s.lines[0], 1);
	assert_int_equal(s.items[0].kind, RECORD_SIGHTING);
	assert_true(s.items[0].subject == UINT64_C(0x20010db800010002));
	assert_int_equal(s.items[0].category, CATEGORY_PHISH);
	assert_string_equal(s.items[0].threat, "Win.Worm.X");
	assert_int_equal(s.items[0].count, 7);
	assert_int_equal(s.items[0].seen, 1795428000);
	assert_int_equal(s.items[0].sport, 40000);
	assert_int_equal(s.items[0].dport, 25);
	assert_int_equal(s.items[0].basis, BASIS_TRAP);
	assert_int_equal(s.items[0].flags, SIGHTING_SHARED);
	assert_true(s.items[0].idhash != 0);
	sighting_free(&s);
}

static void
test_defaults(void **state)
{
	struct sightings s;

	(void)state;
	assert_null(read_text("\xef\xbb\xbf  {\"address\":\"192.0.2.1\","
			      "\"category\":\"worm\",\"threat\":null}\r\n",
	    &s));
	assert_int_equal(s.n, 1);
	assert_true(s.items[0].subject == A);
	assert_int_equal(s.items[0].count, 1);
	assert_int_equal(s.items[0].seen, 0);
	assert_int_equal(s.items[0].flags, SIGHTING_TCP);
	assert_string_equal(s.items[0].threat, "");
	assert_true(s.items[0].idhash == 0);
	sighting_free(&s);
}

/* Unix seconds, whole or not. */
static void
test_times(void **state)
{
	struct sightings s;

	(void)state;
	assert_null(read_text("{\"address\":\"192.0.2.1\",\"category\":"
			      "\"worm\",\"time\":1795428000}\n"
			      "{\"address\":\"192.0.2.1\",\"category\":"
			      "\"worm\",\"time\":1795428000.75}\n",
	    &s));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.items[0].seen, 1795428000);
	assert_int_equal(s.items[1].seen, 1795428000);
	sighting_free(&s);
}

static uint64_t
id_of(const char *text, uint64_t space)
{
	struct sightings s;
	uint64_t hash;

	assert_null(
	    sighting_read((const uint8_t *)text, strlen(text), space, &s));
	assert_int_equal(s.n, 1);
	hash = s.items[0].idhash;
	sighting_free(&s);
	return (hash);
}

/* Ids are compared per reporter. */
static void
test_ids(void **state)
{
	const char *a = "{\"address\":\"192.0.2.1\",\"category\":\"worm\","
			"\"id\":\"a\"}";
	const char *b = "{\"address\":\"192.0.2.1\",\"category\":\"worm\","
			"\"id\":\"b\"}";

	(void)state;
	assert_true(id_of(a, 1) == id_of(a, 1));
	assert_true(id_of(a, 1) != id_of(b, 1));
	assert_true(id_of(a, 1) != id_of(a, 2));
}

/* Each of these is refused, because of that field. */
static const struct {
	const char *members; /* after a good address and category */
	const char *field;
} mistakes[] = {
    {"\"count\":0", "count"},
    {"\"count\":-1", "count"},
    {"\"count\":1000001", "count"},
    {"\"count\":\"2\"", "count"},
    {"\"count\":1.5", "count"},
    {"\"count\":99999999999999999999", ""},
    {"\"time\":0", "time"},
    {"\"time\":-5", "time"},
    {"\"time\":4294967296", "time"},
    {"\"time\":\"yesterday\"", "time"},
    {"\"time\":[]", "time"},
    {"\"port\":65536", "port"},
    {"\"dport\":-1", "dport"},
    {"\"threat\":\"\"", "threat"},
    {"\"threat\":\" x\"", "threat"},
    {"\"threat\":\"\\u00e9\"", "threat"},
    {"\"threat\":\"\\u0000\"", ""},
    {"\"threat\":5", "threat"},
    {"\"basis\":\"hearsay\"", "basis"},
    {"\"tcp\":1", "tcp"},
    {"\"shared\":\"yes\"", "shared"},
    {"\"id\":\"\"", "id"},
    {"\"id\":4711", "id"},
    {"\"tiem\":1", "time"},
    {"\"colour\":\"red\"", ""},
    {"\"count\":1,\"count\":2", ""},
    {"\"threat\":[[[[[[[[1]]]]]]]]", ""},
};

static void
test_mistakes(void **state)
{
	struct sightings s;
	struct buf body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		buf_init(&body, 4096);
		/* The mistake stands between two good lines. */
		buf_printf(&body,
		    GOOD "\n{\"address\":\"192.0.2.2\",\"category\":\"worm\","
			 "%s}\n" GOOD "\n",
		    mistakes[i].members);
		assert_null(sighting_read(body.data, body.len, 0, &s));
		if (s.n != 2 || s.nerrors != 1)
			fail_msg("%s: %zu taken", mistakes[i].members, s.n);
		assert_string_equal(s.errors[0].field, mistakes[i].field);
		assert_int_equal(s.errors[0].line, 2);
		assert_int_equal(s.lines[0], 1);
		assert_int_equal(s.lines[1], 3);
		sighting_free(&s);
		buf_free(&body);
	}
}

/* ---- Bodies ---- */

/* How many are taken, and the lines at fault. */
static const struct {
	const char *body;
	size_t n;
	const char *errors; /* "LINE:FIELD ..." */
} bodies[] = {
    {"[]", 0, ""},
    {" [ ] ", 0, ""},
    {"[" GOOD "]", 1, ""},
    {"[" GOOD "," GOOD "]\n", 2, ""},
    {"[\n " GOOD ",\n " GOOD "\n]", 2, ""},
    {"[" GOOD ",{\"address\":\"x\",\"category\":\"worm\"}," GOOD "]", 2,
	"2:address "},
    {"[" GOOD ",{\"address\" \"x\"}," GOOD "]", 2, "2: "},
    {"[" GOOD ",," GOOD "]", 2, "2: "},
    {"[" GOOD ",]", 1, "2: "},
    {"[," GOOD "]", 1, "1: "},
    {"[" GOOD, 1, "2: "},
    {"[" GOOD "," GOOD, 2, "3: "},
    {"[" GOOD "] " GOOD, 1, "2: "},
    {"[1,\"a,]\",null,[" GOOD "]]", 0, "1: 2: 3: 4: "},
    {"{\n\"address\":\"192.0.2.1\",\n\"category\":\"worm\"\n}\n", 1, ""},
    {"{\n\"address\":\"192.0.2.1\"\n}\n", 0, "1:category "},
    {"\n\n" GOOD "\n\n" GOOD, 2, ""},
    {GOOD "\nnonsense\n" GOOD "\n", 2, "2: "},
    {GOOD "\n{\"address\":\"192.0.2.1\n" GOOD "\n", 2, "2: "},
    {GOOD GOOD "\n", 0, "1: "},
    {GOOD "\n\xff\n" GOOD "\n", 2, "2: "},
    {GOOD "\n{\"a\":[[[[[[[[[[[[\n" GOOD "\n", 2, "2: "},
    {"{}", 0, "1:address "},
    {"\"text\"", 0, "1: "},
    {"{\"category\":\"worm\"}", 0, "1:address "},
    {"{\"address\":null,\"category\":\"worm\"}", 0, "1:address "},
    {"{\"address\":\"192.0.2.0/24\",\"category\":\"worm\"}", 0, "1:address "},
    {"{\"address\":\"192.0.2.1\",\"category\":\"wrom\"}", 0, "1:category "},
};

static void
test_bodies(void **state)
{
	struct sightings s;
	struct buf found;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_null(read_text(bodies[i].body, &s));
		if (s.n != bodies[i].n)
			fail_msg("%s: %zu taken", bodies[i].body, s.n);
		buf_init(&found, 4096);
		for (j = 0; j < s.nerrors; j++) {
			buf_printf(&found, "%zu:%s ", s.errors[j].line,
			    s.errors[j].field);
			assert_true(s.errors[j].text[0] != '\0');
		}
		if (strcmp(buf_string(&found), bodies[i].errors) != 0)
			fail_msg("%s: %s", bodies[i].body, buf_string(&found));
		buf_free(&found);
		sighting_free(&s);
	}
}

static void
test_suggestions(void **state)
{
	struct sightings s;

	(void)state;
	assert_null(read_text("{\"address\":\"192.0.2.1\",\"category\":"
			      "\"wrom\"}\n{\"adress\":\"192.0.2.1\"}\n",
	    &s));
	assert_int_equal(s.nerrors, 2);
	assert_non_null(strstr(s.errors[0].text, "'worm'"));
	assert_non_null(strstr(s.errors[1].text, "'address'"));
	sighting_free(&s);
}

static void
test_empty(void **state)
{
	struct sightings s;

	(void)state;
	assert_non_null(read_text("", &s));
	assert_int_equal(s.n, 0);
	assert_non_null(read_text(" \r\n\t\n", &s));
	assert_non_null(read_text("\xef\xbb\xbf", &s));
}

/* One more than a report may have is refused as a whole, with nothing owned. */
static void
test_too_many(void **state)
{
	static const char line[] = "{}\n", item[] = ",{}";
	struct sightings s;
	struct buf body;
	size_t i;

	(void)state;
	buf_init(&body, 1 << 20);
	for (i = 0; i < ENGINE_REPORT; i++)
		buf_text(&body, line);
	assert_null(sighting_read(body.data, body.len, 0, &s));
	assert_int_equal(s.nerrors, ENGINE_REPORT);
	sighting_free(&s);
	buf_text(&body, line);
	assert_non_null(sighting_read(body.data, body.len, 0, &s));
	assert_null(s.errors);
	buf_reset(&body);
	buf_text(&body, "[{}");
	for (i = 0; i < ENGINE_REPORT; i++)
		buf_text(&body, item);
	buf_text(&body, "]");
	assert_non_null(sighting_read(body.data, body.len, 0, &s));
	assert_null(s.errors);
	buf_free(&body);
}

static void
test_long_line(void **state)
{
	struct sightings s;
	struct buf body;
	size_t i;

	(void)state;
	buf_init(&body, 1 << 20);
	buf_text(&body, GOOD "\n{\"id\":\"");
	for (i = 0; i < SIGHTING_LINE; i++)
		buf_text(&body, "x");
	buf_text(&body, "\"}\n" GOOD "\n");
	assert_null(sighting_read(body.data, body.len, 0, &s));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.nerrors, 1);
	assert_int_equal(s.errors[0].line, 2);
	sighting_free(&s);
	buf_free(&body);
}

/* ---- Orders ---- */

static const char *
order(const char *text, uint64_t *ret)
{
	return (order_address((const uint8_t *)text, strlen(text), ret));
}

static void
test_order_address(void **state)
{
	static const char *const bad[] = {"", "null", "[]", "{}", "{",
	    "{\"address\":1}", "{\"address\":\"x\"}",
	    "{\"address\":\"192.0.2.1\",\"why\":\"x\"}",
	    "{\"address\":\"192.0.2.1\"}{}", "{\"address\":[[[[[]]]]]}",
	    "{\"address\":\"\xff\"}", "{\"address\":\"192.0.2.0/24\"}"};
	uint64_t subject = 5;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (order(bad[i], &subject) == NULL)
			fail_msg("%s: taken", bad[i]);
	assert_true(subject == 5);
	assert_null(order(" {\"address\":\"192.0.2.1\"}\n", &subject));
	assert_true(subject == A);
}

static const char *
token(const char *text, struct order_token *ret)
{
	return (order_token((const uint8_t *)text, strlen(text), ret));
}

static void
test_order_token(void **state)
{
	static const char *const bad[] = {"{}", "{\"role\":\"reader\"}",
	    "{\"name\":\"a\"}", "{\"role\":\"reader\",\"name\":\"\"}",
	    "{\"role\":\"reader\",\"name\":\"a/b\"}",
	    "{\"role\":\"reader\",\"name\":\"a\",\"prefixes\":5}",
	    "{\"role\":\"reader\",\"name\":\"a\",\"prefixes\":[5]}",
	    "{\"role\":\"desk\",\"name\":\"a\",\"prefixes\":[\"::1/8\"]}",
	    "{\"role\":\"reader\",\"name\":\"a\",\"key\":1}",
	    "{\"role\":\"averyveryverylongrole\",\"name\":\"a\"}"};
	struct order_token t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (token(bad[i], &t) == NULL)
			fail_msg("%s: taken", bad[i]);
		assert_null(t.prefixes);
	}
	assert_null(token("{\"role\":\"desk\",\"name\":\"d 1\",\"prefixes\":"
			  "[\"192.0.2.0/24\",\"2001:db8::/32\"]}",
	    &t));
	assert_string_equal(t.role, "desk");
	assert_string_equal(t.name, "d 1");
	assert_int_equal(t.nprefixes, 2);
	assert_int_equal(t.prefixes[1].family, 6);
	mem_free(t.prefixes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_fields),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_suggestions),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_order_address),
	    cmocka_unit_test(test_order_token),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
