/*
 * Requests for removal as they are written, how long they wait, and how often
 * strangers may ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "shell/ration.h"
#include "view/petition.h"

#define DAY 86400u
#define NOW 1700000000u

typedef const char *reader(const uint8_t *, size_t, struct petition *);

static const char *
read_with(reader *read, const char *body, struct petition *p)
{
	return (read((const uint8_t *)body, strlen(body), p));
}

static void
test_json(void **state)
{
	struct petition p;

	(void)state;
	assert_null(read_with(petition_json,
	    "{\"address\":\"192.0.2.1\",\"contact\":\"me\",\"statement\":null}",
	    &p));
	assert_true(p.named);
	assert_int_equal(p.subject, 0xc0000201u);
	assert_string_equal(p.contact, "me");
	assert_string_equal(p.statement, "");
	assert_null(read_with(petition_json, "", &p));
	assert_false(p.named);
	assert_null(read_with(petition_json, "{}", &p));
	assert_false(p.named);
}

static void
test_form(void **state)
{
	struct petition p;

	(void)state;
	assert_null(read_with(petition_form,
	    "address=2001%3Adb8%3A%3a1&contact=a%40b+c&statement=100%25%0A",
	    &p));
	assert_true(p.named);
	assert_true(p.subject == UINT64_C(0x20010db800000000));
	assert_string_equal(p.contact, "a@b c");
	assert_string_equal(p.statement, "100%\n");
	assert_null(read_with(petition_form, "", &p));
	assert_false(p.named);
	/* A field of a form that was left empty. */
	assert_null(read_with(petition_form, "address=&contact=", &p));
	assert_false(p.named);
}

static void
test_nonsense(void **state)
{
	static const char *const json[] = {"[]", "{", "\"x\"",
	    "{\"address\":1}", "{\"address\":\"192.0.2\"}",
	    "{\"address\":\"192.0.2.0/24\"}", "{\"adress\":\"192.0.2.1\"}",
	    "{\"contact\":\"\\u0000\"}", "{\"contact\":[\"x\"]}"};
	static const char *const form[] = {"x", "address", "address=192.0.2",
	    "contact=%", "contact=%4", "contact=%zz", "contact=%00",
	    "contact=%ff", "other=1", "a-name-that-is-much-too-long=1"};
	char body[PETITION_BYTES + 16];
	struct petition p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		assert_non_null(read_with(petition_json, json[i], &p));
	for (i = 0; i < sizeof(form) / sizeof(form[0]); i++)
		assert_non_null(read_with(petition_form, form[i], &p));
	snprintf(body, sizeof(body), "contact=%0*d", PETITION_CONTACT, 7);
	assert_null(read_with(petition_form, body, &p));
	snprintf(body, sizeof(body), "contact=%0*d", PETITION_CONTACT + 1, 7);
	assert_non_null(read_with(petition_form, body, &p));
	snprintf(body, sizeof(body), "statement=%0*d", PETITION_STATEMENT + 1,
	    7);
	assert_non_null(read_with(petition_form, body, &p));
	snprintf(body, sizeof(body), "statement=%0*d", PETITION_BYTES, 7);
	assert_non_null(read_with(petition_form, body, &p));
	memset(body, '[', PETITION_BYTES);
	assert_non_null(petition_json((uint8_t *)body, PETITION_BYTES, &p));
}

/* Removed whenever it is possible: after how many days each time. */
static void
test_wait(void **state)
{
	static const uint32_t days[] = {0, 0, 7, 4, 8, 16, 32};
	uint32_t times[16], now = NOW, wait;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(days) / sizeof(days[0]); n++) {
		wait = petition_wait(times, n, now);
		assert_int_equal(wait, days[n] * DAY);
		/* Later, while one waits, an old one is forgotten. */
		if (wait > 0 && n < 6)
			assert_int_equal(petition_wait(times, n,
					     now + wait - 1),
			    1);
		now += wait;
		assert_int_equal(petition_wait(times, n, now), 0);
		memmove(times + 1, times, n * sizeof(*times));
		times[0] = now;
	}
	/* All that is forgotten after two months. */
	assert_int_equal(petition_wait(times, n, now + PETITION_MEMORY), 0);
	/* The third in a week waits for the first to be a week ago. */
	times[0] = NOW - DAY;
	times[1] = NOW - 3 * DAY;
	assert_int_equal(petition_wait(times, 2, NOW), 4 * DAY);
}

static void
test_ration(void **state)
{
	struct ration *r = ration_new();
	struct mono now = {123456789};
	unsigned i, allowed = 0;

	(void)state;
	for (i = 0; i < RATION_BURST; i++)
		assert_int_equal(ration_take(r, 7, now), 0);
	assert_int_equal(ration_take(r, 7, now), RATION_PAUSE);
	assert_int_equal(ration_take(r, 8, now), 0);
	now.ms += 1000;
	assert_int_equal(ration_take(r, 7, now), RATION_PAUSE - 1);
	now.ms += (RATION_PAUSE - 1) * 1000;
	assert_int_equal(ration_take(r, 7, now), 0);
	assert_int_equal(ration_take(r, 7, now), RATION_PAUSE);
	/* Many strangers together. */
	for (i = 100; i < 100000; i++)
		allowed += ration_take(r, i, now) == 0;
	assert_in_range(allowed, RATION_ALL * RATION_BURST * 9 / 10,
	    RATION_ALL * (RATION_BURST + 1));
	ration_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_wait),
	    cmocka_unit_test(test_ration),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
