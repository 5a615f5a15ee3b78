/*
 * Exemptions by owners and by the operator, each against the plain reading of
 * its header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/exempts.h"
#include "core/waivers.h"
#include "sim/model.h"

#define NOW 1790000000u
#define RETENTION (8 * 86400u)
#define MEMBERS 4
#define BASE 0x09000000u /* 9.0.0.0 */
#define SUBJECTS 3000

static const uint8_t hashkey[16] = {1};

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(text, &p), 0);
	return (p);
}

/* ---- By owners ---- */

struct said {
	struct stated s;
	size_t member;
};

static bool
exempted(const struct exempts *x, uint64_t subject)
{
	size_t member = MEMBERS;

	if (exempts_owner(x, subject, &member) == NULL)
		return (false);
	assert_in_range(member, 1, MEMBERS - 1);
	return (true);
}

/* What a reader of the change calls believes. */
static bool believed[SUBJECTS];

static void
flip(void *arg, uint64_t subject)
{
	const struct exempts *x = *(struct exempts **)arg;

	assert_in_range(subject, BASE, BASE + SUBJECTS - 1);
	believed[subject - BASE] = exempted(x, subject);
}

static void
settle(struct exempts *x, const struct rule_world *world, uint32_t now)
{
	exempts_settle(x, world, now, flip, &x);
}

static int
by_greatness(const void *x, const void *y)
{
	const struct stated *a = x, *b = y;

	if (a->time != b->time)
		return (a->time > b->time ? -1 : 1);
	if (a->revoked != b->revoked)
		return (a->revoked ? -1 : 1);
	return (a->subject > b->subject ? -1 : a->subject < b->subject);
}

static int
by_subject(const void *x, const void *y)
{
	const struct stated *a = x, *b = y;

	return ((a->subject > b->subject) - (a->subject < b->subject));
}

/* Which subjects ${member} exempts, from all that was ever said. */
static void
model(const struct said *said, size_t n, size_t member,
    const struct rule_world *world, uint32_t now, bool out[SUBJECTS])
{
	static struct stated latest[SUBJECTS];
	const struct rule_member *m = &world->members[member];
	size_t i, k, count = 0, works = 0;
	bool inside;

	for (i = 0; i < n; i++) {
		if (said[i].member != member)
			continue;
		for (k = 0; k < count; k++)
			if (latest[k].subject == said[i].s.subject)
				break;
		if (k == count)
			latest[count++] = said[i].s;
		else if (by_greatness(&said[i].s, &latest[k]) < 0)
			latest[k] = said[i].s;
	}
	qsort(latest, count, sizeof(*latest), by_greatness);
	if (count > EXEMPTS_KEPT)
		count = EXEMPTS_KEPT;
	qsort(latest, count, sizeof(*latest), by_subject);
	for (i = 0; i < count && member != 0; i++) {
		inside = false;
		for (k = 0; k < m->nprefixes; k++)
			inside = inside ||
			    prefix_contains(&m->prefixes[k], latest[i].subject);
		if (latest[i].revoked || !inside || m->trust <= TRUST_OBSERVE ||
		    (uint64_t)latest[i].time + world->retention < now)
			continue;
		if (works++ < EXEMPTS_MOST)
			out[latest[i].subject - BASE] = true;
	}
}

static void
compare(const struct exempts *x, const struct said *said, size_t n,
    const struct rule_world *world, uint32_t now)
{
	bool want[SUBJECTS] = {false};
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		model(said, n, i, world, now, want);
	for (i = 0; i < SUBJECTS; i++) {
		assert_int_equal(exempted(x, BASE + i), want[i]);
		assert_int_equal(believed[i], want[i]);
	}
}

/* In any order, with looks in between, while trust and prefixes change. */
static void
test_model(void **state)
{
	struct prefix all = prefix("9.0.0.0/8"), some = prefix("9.0.4.0/23");
	struct rule_member m[MEMBERS] = {{.trust = TRUST_FULL,
					     .prefixes = &all,
					     .nprefixes = 1},
	    {.trust = TRUST_VOTE, .prefixes = &all, .nprefixes = 1},
	    {.trust = TRUST_VOTE, .prefixes = &some, .nprefixes = 1},
	    {.trust = TRUST_VOTE, .prefixes = &all, .nprefixes = 1}};
	struct rule_world world = {.members = m,
	    .nmembers = MEMBERS,
	    .retention = RETENTION};
	static struct said said[8000];
	struct exempts *x;
	uint64_t rng = 11;
	size_t i, n, round;

	(void)state;
	for (round = 0; round < 12; round++) {
		x = exempts_new(hashkey);
		memset(believed, 0, sizeof(believed));
		n = round < 6 ? 600 : 8000;
		for (i = 0; i < n; i++) {
			said[i].member = model_rng(&rng) % MEMBERS;
			said[i].s.subject = BASE +
			    model_rng(&rng) % (round % 2 == 0 ? SUBJECTS : 500);
			said[i].s.time = NOW - model_rng(&rng) % (9 * 86400);
			said[i].s.time -= said[i].s.time % 3600;
			said[i].s.revoked = model_rng(&rng) % 3 == 0;
			exempts_add(x, said[i].member, &said[i].s);
			if (model_rng(&rng) % 4 == 0)
				exempts_add(x, said[i].member, &said[i].s);
			if (i % 1999 == 500) {
				settle(x, &world, NOW);
				compare(x, said, i + 1, &world, NOW);
			}
		}
		settle(x, &world, NOW);
		compare(x, said, n, &world, NOW);
		m[1].trust = TRUST_OBSERVE;
		m[2].prefixes = &all;
		exempts_doubt(x);
		settle(x, &world, NOW);
		compare(x, said, n, &world, NOW);
		m[1].trust = TRUST_VOTE;
		m[2].prefixes = &some;
		exempts_free(x);
	}
}

/* What lapses is reported at the second that was foretold, not before. */
static void
test_lapse(void **state)
{
	struct prefix all = prefix("9.0.0.0/8");
	struct rule_member m[2] = {{.trust = TRUST_FULL},
	    {.trust = TRUST_VOTE, .prefixes = &all, .nprefixes = 1}};
	struct rule_world world = {.members = m,
	    .nmembers = 2,
	    .retention = RETENTION};
	struct stated s = {.subject = BASE + 7, .time = NOW};
	struct exempts *x = exempts_new(hashkey);
	uint32_t due, now;
	size_t n;

	(void)state;
	memset(believed, 0, sizeof(believed));
	exempts_add(x, 1, &s);
	s.subject = BASE + 8;
	s.time = NOW + 100;
	exempts_add(x, 1, &s);
	due = exempts_settle(x, &world, NOW, flip, &x);
	assert_int_equal(due, NOW + RETENTION + 1);
	settle(x, &world, due - 1);
	assert_true(believed[7]);
	due = exempts_settle(x, &world, due, flip, &x);
	assert_false(believed[7]);
	assert_true(believed[8]);
	assert_int_equal(due, NOW + 100 + RETENTION + 1);
	/* Said again, it stands longer, and nothing else changes. */
	now = NOW + RETENTION + 50;
	s.time = now;
	exempts_add(x, 1, &s);
	due = exempts_settle(x, &world, now, flip, &x);
	assert_int_equal(due, now + RETENTION + 1);
	exempts_expire(x, now);
	assert_non_null(exempts_of(x, 1, &n));
	assert_int_equal(n, 1);
	assert_true(believed[8]);
	/* What is forgotten is reported too. */
	exempts_expire(x, now + 1);
	assert_null(exempts_of(x, 1, &n));
	assert_false(exempted(x, BASE + 8));
	assert_int_equal(exempts_settle(x, &world, now, flip, &x), 0);
	assert_false(believed[8]);
	exempts_free(x);
}

/* ---- By the operator ---- */

static const struct waiver *
around(const struct waiver *all, size_t n, uint64_t subject)
{
	const struct waiver *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (!all[i].gone && prefix_contains(&all[i].prefix, subject) &&
		    (best == NULL || all[i].prefix.len > best->prefix.len))
			best = &all[i];
	return (best);
}

static void
random_prefix(uint64_t *rng, struct prefix *p)
{
	size_t i, bits;

	memset(p, 0, sizeof(*p));
	p->family = model_rng(rng) % 2 == 0 ? 4 : 6;
	p->len = (uint8_t)(model_rng(rng) % (p->family == 4 ? 33 : 65));
	p->addr[0] = p->family == 4 ? 9 : 0x20;
	p->addr[2] = (uint8_t)(model_rng(rng) % 2);
	p->addr[7] = p->family == 4 ? 0 : (uint8_t)(model_rng(rng) % 4);
	p->addr[3] = (uint8_t)(model_rng(rng) % 4);
	for (i = 0; i < 16; i++) {
		bits = p->len > 8 * i ? p->len - 8 * i : 0;
		if (bits < 8)
			p->addr[i] &= (uint8_t)(0xff00 >> bits);
	}
}

static uint64_t
random_subject(uint64_t *rng)
{
	uint64_t low = model_rng(rng) % 2 << 8 | model_rng(rng) % 4;

	if (model_rng(rng) % 2 == 0)
		return (0x09000000u | low);
	return (UINT64_C(0x20) << 56 | (low >> 8) << 40 | (low & 3) << 32 |
	    model_rng(rng) % 4);
}

static void
test_waivers(void **state)
{
	static struct waiver all[400];
	const struct waiver *want, *got;
	struct waivers *w = waivers_new();
	uint64_t rng = 5, subject;
	size_t i, k, n = 0, live;
	struct waiver x;

	(void)state;
	for (i = 0; i < 20000; i++) {
		memset(&x, 0, sizeof(x));
		random_prefix(&rng, &x.prefix);
		x.time = (uint32_t)i;
		x.gone = model_rng(&rng) % 4 == 0;
		for (k = 0; k < n; k++)
			if (memcmp(&all[k].prefix, &x.prefix,
				sizeof(x.prefix)) == 0)
				break;
		if (n == 400 || model_rng(&rng) % 3 == 0) {
			waivers_drop(w, &x.prefix);
			if (k < n)
				all[k] = all[--n];
		} else {
			waivers_set(w, &x);
			all[k] = x;
			n += k == n;
		}
		subject = random_subject(&rng);
		want = around(all, n, subject);
		got = waivers_around(w, subject);
		assert_int_equal(got != NULL, want != NULL);
		if (want != NULL)
			assert_memory_equal(got, want, sizeof(*got));
	}
	for (i = live = 0; i < n; i++) {
		live += !all[i].gone;
		got = waivers_find(w, &all[i].prefix);
		assert_non_null(got);
		assert_int_equal(got->time, all[i].time);
	}
	assert_int_equal(waivers_count(w), live);
	assert_null(waivers_at(w, n));
	for (i = 1; i < n; i++)
		assert_true(waivers_at(w, i - 1)->prefix.family <=
		    waivers_at(w, i)->prefix.family);
	waivers_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_model),
	    cmocka_unit_test(test_lapse),
	    cmocka_unit_test(test_waivers),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
