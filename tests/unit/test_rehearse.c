#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "view/rehearse.h"

#define T "1500000000"
#define AT 1500000000u

static const struct policy_list worm = {
    .name = "worm",
    .categories = CATEGORY_BIT(CATEGORY_WORM) | CATEGORY_BIT(CATEGORY_MALWARE),
    .window = 86400,
    .hold = 86400,
    .threshold = 2000,
    .cap = 2,
    .groups = 2,
};

static struct policy *
make_policy(void)
{
	struct policy *p = policy_new();
	struct policy_member m = {.key = {1},
	    .name = "full",
	    .group = "F",
	    .trust = TRUST_FULL,
	    .weight = 1000};
	struct prefix relay;

	assert_null(policy_list_add(p, &worm));
	assert_null(policy_member_add(p, &m));
	m.key[0] = 2;
	m.trust = TRUST_OBSERVE;
	snprintf(m.name, sizeof(m.name), "mute");
	assert_null(policy_member_add(p, &m));
	m.key[0] = 3;
	m.trust = TRUST_VOTE;
	m.weight = 500;
	snprintf(m.name, sizeof(m.name), "half");
	snprintf(m.group, sizeof(m.group), "H");
	assert_null(policy_member_add(p, &m));
	m.key[0] = 4;
	m.weight = 2500;
	snprintf(m.name, sizeof(m.name), "heavy");
	snprintf(m.group, sizeof(m.group), "W");
	assert_null(policy_member_add(p, &m));
	assert_int_equal(prefix_parse("9.9.9.0/24", &relay), 0);
	policy_exempt_add(p, &relay, "relay", 0);
	policy_ready(p);
	return (p);
}

static struct rehearsal *
run(const struct policy *p, const char *text, uint32_t at)
{
	return (rehearse(p, &p->lists[0], text, strlen(text), at));
}

/* What is listed, one after the other. */
static void
assert_listed(const struct policy *p, const char *text, uint32_t at,
    const char *want)
{
	struct rehearsal *r = run(p, text, at);
	char subject[SUBJECT_TEXT];
	struct buf b;
	size_t i;

	buf_init(&b, 4096);
	for (i = 0; i < r->nrows; i++) {
		subject_format(r->rows[i].subject, subject);
		buf_printf(&b, "%s%s", i == 0 ? "" : " ", subject);
	}
	assert_int_equal(r->bad, 0);
	assert_string_equal(buf_string(&b), want);
	buf_free(&b);
	rehearse_free(r);
}

static void
test_members(void **state)
{
	struct policy *p = make_policy();

	(void)state;
	assert_listed(p, "", 0, "");
	assert_listed(p, "# nothing\n\n\r\n", 0, "");
	/* Strangers vote, in the group of the file. */
	assert_listed(p,
	    T "\ta\tA\t8.8.8.8\tworm\t1\tNetsky\n" T
	      "\tb\tB\t8.8.8.8\tmalware\t1\t\r\n" T
	      "\ta\tA\t8.8.8.9\tworm\t9\t\n" T "\tc\tA\t8.8.8.9\tworm\t9\t\n" T
	      "\ta\tA\t1.1.1.1\tworm\t9\t\n" T "\tb\tB\t1.1.1.1\tspam\t9\t\n" T
	      "\ta\tA\t2a00::1\tworm\t9\t\n" T "\tb\tB\t2a00::2\tworm\t9\t",
	    0, "8.8.8.8 2a00::/64");
	/* Without a group everybody is a group. */
	assert_listed(p,
	    T "\ta\t\t8.8.8.8\tworm\t1\t\n" T "\tb\t\t8.8.8.8\tworm\t1\t\n", 0,
	    "8.8.8.8");
	/* Even if a group has a member's name. */
	assert_listed(p,
	    T "\ta\t\t8.8.8.8\tworm\t1\t\n" T "\tb\ta\t8.8.8.8\tworm\t1\t\n", 0,
	    "8.8.8.8");
	/* The policy knows better than the file. */
	assert_listed(p,
	    T
	    "\tfull\tX\t8.8.8.8\tworm\t2\t\n" T
	    "\tmute\tY\t8.8.8.9\tworm\t2\t\n" T "\ta\tA\t8.8.8.9\tworm\t2\t\n" T
	    "\thalf\tZ\t8.8.8.7\tworm\t1\t\n" T "\ta\tA\t8.8.8.7\tworm\t1\t\n" T
	    "\thalf\tZ\t8.8.8.6\tworm\t2\t\n" T "\ta\tA\t8.8.8.6\tworm\t1\t\n",
	    0, "8.8.8.6 8.8.8.8");
	/* A group weighs as its heaviest member, in the file or not. */
	assert_listed(p,
	    T "\ta\tW\t8.8.8.8\tworm\t1\t\n" T
	      "\tmute\tX\t8.8.8.8\tworm\t1\t\n" T
	      "\tb\tB\t8.8.8.9\tworm\t1\t\n" T "\ta\tW\t8.8.8.9\tworm\t1\t\n",
	    0, "8.8.8.9");
	/* Exemptions last. */
	assert_listed(p,
	    T "\tfull\tX\t9.9.9.9\tworm\t2\t\n" T
	      "\tfull\tX\t127.0.0.1\tworm\t2\t\n" T
	      "\tfull\tX\t9.9.8.9\tworm\t2\t\n",
	    0, "9.9.8.9");
	policy_free(p);
}

static void
test_own(void **state)
{
	struct policy *p = make_policy();
	const char *text = T "\tme\tA\t8.8.8.8\tworm\t2\t\n" T
			     "\tyou\tB\t8.8.8.9\tworm\t2\t\n";

	(void)state;
	assert_listed(p, text, 0, "");
	snprintf(p->members[0].name, sizeof(p->members[0].name), "me");
	assert_listed(p, text, 0, "8.8.8.8");
	policy_free(p);
}

static void
test_time(void **state)
{
	struct policy *p = make_policy();
	const char *text = "1500000010\tfull\t\t8.8.8.8\tworm\t1\t\n"
			   "1500000000\tfull\t\t8.8.8.8\tworm\t1\t\n"
			   "1500000020\ta\t\t8.8.8.9\tworm\t1\t\n"
			   "1500070000\tfull\t\t8.8.8.8\tspam\t1\t\n";
	struct rehearsal *r = run(p, text, 0);

	(void)state;
	assert_int_equal(r->at, AT + 70000);
	assert_int_equal(r->good, 4);
	assert_int_equal(r->nrows, 1);
	assert_int_equal(r->rows[0].verdict.since, AT + 10);
	assert_int_equal(r->rows[0].verdict.until, AT + 10 + 86400);
	assert_int_equal(r->rows[0].verdict.score, 2000);
	assert_int_equal(r->rows[0].verdict.reason, RULE_TRUSTED);
	rehearse_free(r);
	/* Both were seen in one minute, so they are one sighting. */
	assert_listed(p, text, AT + 9, "");
	assert_listed(p, text, AT + 10, "8.8.8.8");
	assert_listed(p, text, AT + 10 + 86399, "8.8.8.8");
	assert_listed(p, text, AT + 10 + 86400, "");
	policy_free(p);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *row;
		const char *field;
	} rows[] = {
	    {"x\ta\tA\t8.8.8.8\tworm\t1\t", "time"},
	    {"0\ta\tA\t8.8.8.8\tworm\t1\t", "time"},
	    {"-1\ta\tA\t8.8.8.8\tworm\t1\t", "time"},
	    {"4294967296\ta\tA\t8.8.8.8\tworm\t1\t", "time"},
	    {T "\t\tA\t8.8.8.8\tworm\t1\t", "member"},
	    {T "\t\x01\tA\t8.8.8.8\tworm\t1\t", "member"},
	    {T "\ta\t A\t8.8.8.8\tworm\t1\t", "group"},
	    {T "\ta\tA\t8.8.8\tworm\t1\t", "subject"},
	    {T "\ta\tA\t8.8.8.0/24\tworm\t1\t", "subject"},
	    {T "\ta\tA\t2a00::/48\tworm\t1\t", "subject"},
	    {T "\ta\tA\t8.8.8.8\tworn\t1\t", "category"},
	    {T "\ta\tA\t8.8.8.8\tqqqqqqqqqq\t1\t", "category"},
	    {T "\ta\tA\t8.8.8.8\tworm\t0\t", "count"},
	    {T "\ta\tA\t8.8.8.8\tworm\t1.5\t", "count"},
	    {T "\ta\tA\t8.8.8.8\tworm\t4294967296\t", "count"},
	    {T "\ta\tA\t8.8.8.8\tworm\t1\tx ", "threat"},
	    {T "\ta\tA\t8.8.8.8\tworm\t1", "row"},
	    {T "\ta\tA\t8.8.8.8\tworm\t1\tx\ty", "row"},
	    {T " a A 8.8.8.8 worm 1 x", "row"},
	    {T "\tfull\tB\t8.8.8.8\tworm\t1\t", "group"},
	};
	struct policy *p = make_policy();
	struct rehearsal *r;
	struct buf b;
	size_t i, n = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	buf_init(&b, 65536);
	buf_text(&b, T "\tfull\tA\t8.8.8.8\tworm\t1\t\n");
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s\n", rows[i].row);
	buf_text(&b, T "\tfull\tA\t8.8.8.8\tworm\t1\t\n");
	r = run(p, buf_string(&b), 0);
	assert_int_equal(r->good, 2);
	assert_int_equal(r->nrows, 1); /* reading went on */
	assert_int_equal(r->bad, n);
	assert_int_equal(r->nerrors, n);
	for (i = 0; i < n; i++) {
		assert_string_equal(r->errors[i].field, rows[i].field);
		assert_int_equal(r->errors[i].line, i + 2);
		assert_true(strlen(r->errors[i].text) > 10);
	}
	assert_non_null(strstr(r->errors[10].text, "'worm'"));
	rehearse_free(r);
	buf_reset(&b);
	for (i = 0; i < REHEARSE_ERRORS + 5; i++)
		buf_text(&b, "?\n");
	r = run(p, buf_string(&b), 0);
	assert_int_equal(r->bad, REHEARSE_ERRORS + 5);
	assert_int_equal(r->nerrors, REHEARSE_ERRORS);
	rehearse_free(r);
	/* A field that is too long, and a NUL. */
	buf_reset(&b);
	buf_text(&b, T "\t");
	for (i = 0; i < 129; i++)
		buf_text(&b, "a");
	buf_text(&b, "\tA\t8.8.8.8\tworm\t1\t\n" T "\ta");
	buf_add(&b, "", 1);
	buf_text(&b, "\tA\t8.8.8.8\tworm\t1\t\n");
	r = rehearse(p, &p->lists[0], (const char *)b.data, b.len, 0);
	assert_int_equal(r->nerrors, 2);
	assert_string_equal(r->errors[0].field, "member");
	assert_string_equal(r->errors[1].field, "member");
	rehearse_free(r);
	rehearse_free(NULL);
	buf_free(&b);
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_errors),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
