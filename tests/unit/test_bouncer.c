/*
 * What bouncers are told: several lists as one, what changed between two
 * moments, filters and cursors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/bouncer.h"
#include "view/delta.h"
#include "view/merge.h"
#include "view/problem.h"

/* ---- Several lists as one ---- */

static void
test_merge(void **state)
{
	static const struct listing_row a[] = {{1, 10}, {3, 10}, {5, 10}};
	static const struct listing_row b[] = {{3, 30}, {4, 10}};
	static const struct listing_row c[] = {{1, 5}, {4, 40}, {9, 10}};
	static const struct merge_row want[] = {{1, 10, 0}, {3, 30, 0},
	    {4, 40, 1}, {5, 10, 0}, {9, 10, 15}};
	struct merge m = {.rows = {[0] = a, [1] = b, [15] = c},
	    .left = {[0] = 3, [1] = 2, [15] = 3}};
	struct merge_row row;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(merge_next(&m, &row));
		assert_int_equal(row.subject, want[i].subject);
		assert_int_equal(row.until, want[i].until);
		assert_int_equal(row.list, want[i].list);
	}
	assert_false(merge_next(&m, &row));
	assert_false(merge_next(&m, &row));
}

/* ---- What changed: against a model of lists that change at random ---- */

#define LISTS 3u
#define SUBJECTS 8u
#define STEPS 60u

struct model {
	struct feed_row rows[LISTS][STEPS];
	size_t n[LISTS];
	/* Until when each subject was on each list after each step. */
	uint32_t at[STEPS + 1][LISTS][SUBJECTS];
	size_t count[STEPS + 1][LISTS]; /* changes so far */
	uint64_t seed;
};

static uint32_t
draw(struct model *m, uint32_t below)
{
	m->seed = m->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return ((uint32_t)(m->seed >> 33) % below);
}

static void
step(struct model *m, size_t i)
{
	uint32_t list = draw(m, LISTS), s = draw(m, SUBJECTS);
	uint32_t had = m->at[i][list][s], op;
	struct feed_row *row = &m->rows[list][m->n[list]++];

	memcpy(m->at[i + 1], m->at[i], sizeof(m->at[i]));
	*row = (struct feed_row){.subject = 100 + s, .op = FEED_ADDED};
	op = had == 0 ? 0 : draw(m, 4);
	if (had == 0 || op == 1) {
		row->op = had == 0 ? FEED_ADDED : FEED_EXTENDED;
		row->until = had + 1 + draw(m, 9);
	} else if (op == 0) {
		row->op = FEED_STANDS;
		row->until = had;
	} else {
		row->op = op == 2 ? FEED_EXPIRED : FEED_REMOVED;
		row->until = op == 2 ? had : 0;
	}
	m->at[i + 1][list][s] =
	    row->op == FEED_EXPIRED || row->op == FEED_REMOVED ? 0 : row->until;
	for (list = 0; list < LISTS; list++)
		m->count[i + 1][list] = m->n[list];
}

static uint32_t
until_now(void *arg, unsigned list, uint64_t subject)
{
	const struct model *m = arg;

	return (m->at[STEPS][list][subject - 100]);
}

/* The lists among ${lists} that ${s} was on after step ${i}. */
static uint16_t
stood(const struct model *m, size_t i, uint16_t lists, size_t s)
{
	uint16_t bits = 0;
	unsigned list;

	for (list = 0; list < LISTS; list++)
		if ((lists & 1u << list) != 0 && m->at[i][list][s] != 0)
			bits |= (uint16_t)(1u << list);
	return (bits);
}

/* Compare what changed between ${from} and ${to} with the model. */
static void
compare(struct model *m, size_t from, size_t to, uint16_t lists)
{
	struct delta *d = delta_new();
	const struct delta_item *items;
	uint32_t latest;
	size_t i, n, at = 0;
	unsigned l;

	for (l = 0; l < LISTS; l++)
		if ((lists & 1u << l) != 0)
			assert_true(
			    delta_add(d, l, m->rows[l] + m->count[from][l],
				m->count[to][l] - m->count[from][l]));
	delta_close(d);
	delta_look(d, lists, until_now, m);
	for (l = 0; l < LISTS; l++)
		if ((lists & 1u << l) != 0)
			delta_later(d, l, m->rows[l] + m->count[to][l],
			    m->n[l] - m->count[to][l]);
	items = delta_items(d, &n);
	for (i = 0; i < SUBJECTS; i++) {
		if (at == n || items[at].subject != 100 + i) {
			assert_int_equal(stood(m, from, lists, i),
			    stood(m, to, lists, i));
			continue;
		}
		assert_int_equal(items[at].was, stood(m, from, lists, i));
		assert_int_equal(items[at].is, stood(m, to, lists, i));
		latest = 0;
		for (l = 0; l < LISTS; l++)
			if ((lists & 1u << l) != 0 && m->at[to][l][i] > latest)
				latest = m->at[to][l][i];
		/* Of lists that moved on since it may be a later one. */
		if (to == STEPS && items[at].is != 0)
			assert_int_equal(items[at].until, latest);
		at++;
	}
	assert_int_equal(at, n);
	delta_free(d);
}

static void
test_delta(void **state)
{
	struct model *m = mem_zero(sizeof(*m));
	uint64_t seed;
	size_t i, to;

	(void)state;
	for (seed = 1; seed <= 2000; seed++) {
		memset(m, 0, sizeof(*m));
		m->seed = seed;
		for (i = 0; i < STEPS; i++)
			step(m, i);
		to = draw(m, STEPS + 1);
		compare(m, draw(m, (uint32_t)to + 1), to,
		    (uint16_t)(1 + draw(m, (1u << LISTS) - 1)));
	}
	mem_free(m);
}

/* Added and gone again in between: nobody was told, so nobody is. */
static void
test_between(void **state)
{
	static const struct feed_row rows[] = {{7, 50, FEED_ADDED},
	    {8, 50, FEED_ADDED}, {7, 0, FEED_REMOVED}, {8, 60, FEED_EXTENDED},
	    {9, 40, FEED_EXPIRED}};
	const struct delta_item *items;
	struct delta *d = delta_new();
	size_t n;

	(void)state;
	assert_true(delta_add(d, 0, rows, 5));
	delta_close(d);
	items = delta_items(d, &n);
	assert_int_equal(n, 3);
	assert_true(items[0].was == 0 && items[0].is == 0);
	assert_true(items[1].was == 0 && items[1].is == 1);
	assert_int_equal(items[1].until, 60);
	assert_true(items[2].was == 1 && items[2].is == 0);
	assert_int_equal(items[2].ended, 40);
	delta_free(d);
}

static void
test_too_many(void **state)
{
	struct feed_row *rows = mem_zero(DELTA_MOST * sizeof(*rows));
	struct delta *d = delta_new();
	size_t n;

	(void)state;
	assert_true(delta_add(d, 0, rows, DELTA_MOST));
	assert_false(delta_add(d, 1, rows, 1));
	delta_close(d);
	delta_items(d, &n);
	assert_int_equal(n, 1);
	delta_free(d);
	delta_free(NULL);
	mem_free(rows);
}

/* ---- Filters ---- */

static const struct {
	struct bouncer_ask ask;
	uint16_t lists;
	bool four, six;
} filters[] = {
    {{.scopes = NULL}, 7, true, true},
    {{.scopes = ""}, 7, true, true},
    {{.scopes = "ip,range"}, 7, true, true},
    {{.scopes = "Ip"}, 7, true, false},
    {{.scopes = "Range,Country"}, 7, false, true},
    {{.scopes = "as"}, 7, false, false},
    {{.types = "ban"}, 7, true, true},
    {{.types = "captcha"}, 0, true, true},
    {{.origins = "CAPI,virbl"}, 7, true, true},
    {{.origins = "CAPI"}, 0, true, true},
    {{.containing = "worm"}, 1, true, true},
    {{.containing = "virbl/spam, abuse"}, 6, true, true},
    {{.containing = "ssh"}, 0, true, true},
    {{.without = "worm"}, 6, true, true},
    {{.without = "virbl"}, 0, true, true},
    {{.containing = "virbl", .without = "spam"}, 5, true, true},
    {{.containing = ",,"}, 0, true, true},
};

static const struct policy policy = {.lists = {{.name = "worm"},
					 {.name = "spam"}, {.name = "abuse"}},
    .nlists = 3};

static void
test_filters(void **state)
{
	struct bouncer_filter f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		bouncer_read(&filters[i].ask, &policy, &f);
		if (f.lists != filters[i].lists || f.four != filters[i].four ||
		    f.six != filters[i].six)
			fail_msg("row %zu: %x", i, f.lists);
	}
}

/* ---- Cursors ---- */

static void
test_cursors(void **state)
{
	static const char *const bad[] = {"", "x", "0123456789abcdef",
	    "0123456789abcdef-01234567", "0123456789abcdef-0123456-1",
	    "0123456789abcdef-01234567-1.", "0123456789abcdef-01234567-.1",
	    "0123456789abcdef-01234567-1..2", "0123456789abcdef-01234567-x",
	    "0123456789ABCDEF-01234567-1",
	    "0123456789abcdef-01234567-18446744073709551616",
	    "0123456789abcdef-01234567-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"};
	struct bouncer_cursor c = {.instance = {1, 2, 3}}, now;
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (bouncer_cursor_read(bad[i], &now) == 0)
			fail_msg("%s: taken", bad[i]);
	bouncer_lists(&c, &policy);
	assert_int_equal(c.n, 3);
	c.numbers[1] = UINT64_MAX;
	c.numbers[2] = 7;
	buf_init(&out, 4096);
	bouncer_cursor_write(&out, &c);
	assert_int_equal(bouncer_cursor_read(buf_string(&out), &now), 0);
	assert_memory_equal(&c, &now, sizeof(c));
	buf_free(&out);
	assert_true(bouncer_follows(&c, &now));
	now.numbers[0]++;
	assert_true(bouncer_follows(&c, &now));
	now.numbers[2]--;
	assert_false(bouncer_follows(&c, &now));
	now = c;
	now.instance[0]++;
	assert_false(bouncer_follows(&c, &now));
	now = c;
	now.lists[0]++;
	assert_false(bouncer_follows(&c, &now));
	now = c;
	now.n--;
	assert_false(bouncer_follows(&c, &now));
}

/* A problem says it once more where CrowdSec's clients look. */
static void
test_message(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	problem_write(&out, 403, "a \"b\"", NULL);
	problem_message(&out, "a \"b\"");
	assert_string_equal(buf_string(&out),
	    "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,"
	    "\"detail\":\"a \\\"b\\\"\",\"message\":\"a \\\"b\\\"\"}\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_merge),
	    cmocka_unit_test(test_delta),
	    cmocka_unit_test(test_between),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_cursors),
	    cmocka_unit_test(test_message),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
