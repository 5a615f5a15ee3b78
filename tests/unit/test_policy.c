#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/policy.h>

#include "core/prefixset.h"
#include "sim/model.h"

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(text, &p), 0);
	return (p);
}

static uint64_t
subject(const char *text)
{
	uint64_t s;

	assert_int_equal(subject_parse(text, &s), SUBJECT_OK);
	return (s);
}

static void
test_find(void **state)
{
	static const char *const texts[] = {
	    "10.0.0.0/8",
	    "10.1.0.0/16",
	    "10.1.2.3",
	    "10.1.0.0/16",
	    "0.0.0.0/0",
	    "255.255.255.255",
	    "2001:db8::/32",
	    "2001:db8:1::/48",
	    "2001:db8:1:2::/64",
	    "2001:db8:1:2::5",
	    "ffff::/16",
	    "::/0",
	    "::5",
	    "10.1.255.0/24",
	};
	static const struct {
		const char *where;
		long which;
	} want[] = {
	    {"10.0.0.1", 0},
	    {"10.1.0.0", 1},
	    {"10.1.2.3", 2},
	    {"10.1.2.4", 1},
	    {"10.1.255.255", 13},
	    {"10.2.0.0", 0},
	    {"9.255.255.255", 4},
	    {"11.0.0.0", 4},
	    {"255.255.255.255", 5},
	    {"0.0.0.0", 4},
	    {"2001:db8::", 6},
	    {"2001:db8:1::", 7},
	    /* A longer prefix than /64 touches its whole subject. */
	    {"2001:db8:1:2::1", 9},
	    {"2001:db8:1:3::", 7},
	    {"2001:db8:2::", 6},
	    {"2001:db9::", 11},
	    {"ffff:ffff:ffff:ffff::", 10},
	    {"1::", 11},
	};
	struct prefix p[sizeof(texts) / sizeof(texts[0])];
	struct prefixset *set;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		p[i] = prefix(texts[i]);
	set = prefixset_build(p, i);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(prefixset_find(set, subject(want[i].where)),
		    want[i].which);
	prefixset_free(set);
	set = prefixset_build(p, 3);
	assert_int_equal(prefixset_find(set, subject("9.0.0.0")), -1);
	assert_int_equal(prefixset_find(set, subject("11.0.0.0")), -1);
	assert_int_equal(prefixset_find(set, subject("1::")), -1);
	prefixset_free(set);
	set = prefixset_build(NULL, 0);
	assert_int_equal(prefixset_find(set, 0), -1);
	assert_int_equal(prefixset_find(set, UINT64_MAX), -1);
	prefixset_free(set);
	prefixset_free(NULL);
}

/* Against going through all prefixes. */
static void
test_find_random(void **state)
{
	struct prefix p[200];
	struct prefixset *set;
	uint64_t rng = 1, lo, hi, s;
	unsigned round, k;
	char text[32];
	long best;
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		unsigned len = 8 + model_rng(&rng) % 25;
		uint32_t a = (model_rng(&rng) & 0xff) << 2 | 0x0a000000;

		a = model_rng(&rng) % 4 == 0 ? a : a << 22 | 0x0a000000;
		a &= (uint32_t)(0xffffffffu << (32 - len));
		snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", a >> 24,
		    a >> 16 & 255, a >> 8 & 255, a & 255, len);
		p[i] = prefix(text);
	}
	set = prefixset_build(p, 200);
	for (round = 0; round < 20000; round++) {
		k = model_rng(&rng) % 200;
		assert_int_equal(prefix_range(&p[k], &lo, &hi), 0);
		s = model_rng(&rng) % 2 != 0 ? lo : hi;
		s += model_rng(&rng) % 3;
		s -= 1;
		s &= UINT32_MAX;
		for (i = 0, best = -1; i < 200; i++)
			if (prefix_contains(&p[i], s) &&
			    (best < 0 || p[i].len > p[best].len))
				best = (long)i;
		assert_int_equal(prefixset_find(set, s), best);
	}
	prefixset_free(set);
}

static const struct policy_list good = {
    .name = "worm",
    .categories = CATEGORY_BIT(CATEGORY_WORM),
    .window = 86400,
    .hold = 86400,
    .threshold = 2000,
    .cap = 2,
    .groups = 2,
    .code = 0x7f000002,
};

static void
test_lists(void **state)
{
	struct policy *p = policy_new();
	struct policy_list l = good;
	int i;

	(void)state;
	assert_int_equal(policy_retention(p), POLICY_RETENTION_MIN);
	assert_null(policy_list_add(p, &l));
	assert_non_null(policy_list_add(p, &l)); /* the name is taken */
	assert_int_equal(policy_retention(p), POLICY_RETENTION_MIN);
#define REFUSED(field, value)                      \
	l = good;                                  \
	snprintf(l.name, sizeof(l.name), "other"); \
	l.field = (value);                         \
	assert_non_null(policy_list_add(p, &l))
	REFUSED(name[0], '-');
	REFUSED(name[0], 0);
	REFUSED(categories, 0);
	REFUSED(categories, 1);
	REFUSED(categories, CATEGORY_BIT(CATEGORY_MAX + 1));
	REFUSED(window, 0);
	REFUSED(window, POLICY_DURATION + 1);
	REFUSED(hold, 0);
	REFUSED(hold, POLICY_DURATION + 1);
	REFUSED(threshold, 0);
	REFUSED(threshold, POLICY_THRESHOLD + 1);
	REFUSED(cap, 0);
	REFUSED(groups, 0);
	REFUSED(code, 0x7f000102);
	REFUSED(code, 0x08080808);
#undef REFUSED
	assert_int_equal(p->nlists, 1);
	for (i = 1; i < POLICY_LISTS; i++) {
		l = good;
		snprintf(l.name, sizeof(l.name), "list%d", i);
		l.hold = POLICY_DURATION;
		l.code = 0;
		assert_null(policy_list_add(p, &l));
	}
	snprintf(l.name, sizeof(l.name), "more");
	assert_non_null(policy_list_add(p, &l));
	assert_int_equal(policy_retention(p), POLICY_DURATION + 86400);
	assert_ptr_equal(policy_list_find(p, "worm"), &p->lists[0]);
	assert_ptr_equal(policy_list_find(p, "list3"), &p->lists[3]);
	assert_null(policy_list_find(p, "more"));
	policy_free(p);
	policy_free(NULL);
}

static void
test_members(void **state)
{
	struct policy *p = policy_new();
	struct prefix net = prefix("198.51.100.0/24");
	struct policy_member m = {.key = {1},
	    .name = "bit",
	    .group = "BIT",
	    .trust = TRUST_VOTE,
	    .weight = POLICY_WEIGHT,
	    .prefixes = &net,
	    .nprefixes = 1};
	const struct policy_member *found;
	uint8_t key[KEY_BYTES] = {1};

	(void)state;
	assert_int_equal(p->nmembers, 1);
	assert_int_equal(p->members[0].trust, TRUST_FULL);
	assert_null(policy_member_add(p, &m));
	found = policy_member_find(p, key);
	assert_non_null(found);
	assert_string_equal(found->name, "bit");
	assert_ptr_not_equal(found->prefixes, &net);
	assert_memory_equal(found->prefixes, &net, sizeof(net));
	key[0] = 2;
	assert_null(policy_member_find(p, key));
	m.key[0] = 2;
	assert_non_null(policy_member_add(p, &m)); /* the name is taken */
	snprintf(m.name, sizeof(m.name), "xs");
	m.key[0] = 1;
	assert_non_null(policy_member_add(p, &m)); /* the key is taken */
	m.key[0] = 2;
	m.weight = POLICY_WEIGHT + 1;
	assert_non_null(policy_member_add(p, &m));
	m.weight = 0;
	m.trust = (enum trust)4;
	assert_non_null(policy_member_add(p, &m));
	m.trust = TRUST_NONE;
	m.name[0] = '\0';
	assert_non_null(policy_member_add(p, &m));
	m.name[0] = 'x';
	m.nprefixes = 0;
	assert_null(policy_member_add(p, &m));
	assert_null(p->members[2].prefixes);
	assert_int_equal(p->nmembers, 3);
	policy_free(p);
}

static void
assert_exempt(const struct policy *p, const char *where, const char *source,
    unsigned line)
{
	const struct policy_exempt *e = policy_exempted(p, subject(where));

	if (source == NULL) {
		assert_null(e);
		return;
	}
	assert_non_null(e);
	assert_string_equal(e->source, source);
	assert_int_equal(e->line, line);
}

static void
test_exempt(void **state)
{
	static const char *const special[] = {
	    "0.0.0.0",
	    "10.255.255.255",
	    "100.64.0.0",
	    "100.127.255.255",
	    "127.0.0.2",
	    "169.254.1.1",
	    "172.16.0.0",
	    "172.31.255.255",
	    "192.0.0.9",
	    "192.0.2.1",
	    "192.88.99.1",
	    "192.168.1.1",
	    "198.18.0.1",
	    "198.19.255.255",
	    "198.51.100.1",
	    "203.0.113.9",
	    "224.0.0.1",
	    "239.255.255.255",
	    "240.0.0.1",
	    "255.255.255.255",
	    "64:ff9b::1",
	    "100::1",
	    "2001::1",
	    "2001:1ff::",
	    "2001:db8::1",
	    "2002::1",
	    "fc00::1",
	    "fdff::1",
	    "fe80::1",
	    "febf::1",
	    "ff02::1",
	};
	static const char *const ordinary[] = {
	    "1.0.0.0",
	    "9.255.255.255",
	    "11.0.0.0",
	    "100.63.255.255",
	    "100.128.0.0",
	    "128.0.0.0",
	    "172.15.255.255",
	    "172.32.0.0",
	    "192.0.1.0",
	    "192.0.3.0",
	    "192.167.255.255",
	    "192.169.0.0",
	    "198.17.255.255",
	    "198.20.0.0",
	    "203.0.112.255",
	    "223.255.255.255",
	    "2001:200::1",
	    "2001:db7::",
	    "2001:db9::",
	    "2003::1",
	    "2a00::1",
	    "fbff::1",
	};
	struct prefix net = prefix("8.8.8.0/24"), one = prefix("8.8.8.8");
	struct policy *p = policy_new();
	char name[] = "nl.txt";
	size_t i;

	(void)state;
	policy_exempt_add(p, &net, name, 3);
	policy_exempt_add(p, &one, name, 4);
	policy_exempt_add(p, &net, "relay", 0);
	name[0] = 'x';
	policy_ready(p);
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		assert_exempt(p, special[i], "special", 0);
	for (i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
		assert_exempt(p, ordinary[i], NULL, 0);
	assert_exempt(p, "8.8.8.7", "nl.txt", 3);
	assert_exempt(p, "8.8.8.8", "nl.txt", 4);
	policy_free(p);
	p = policy_new();
	p->special = false;
	policy_exempt_add(p, &one, "relay", 0);
	policy_ready(p);
	assert_exempt(p, "127.0.0.1", NULL, 0);
	assert_exempt(p, "8.8.8.8", "relay", 0);
	policy_free(p);
}

static void
test_trust(void **state)
{
	int t;

	(void)state;
	for (t = TRUST_NONE; t <= TRUST_FULL; t++)
		assert_int_equal(trust_find(trust_name((enum trust)t)), t);
	assert_int_equal(trust_find("observe"), TRUST_OBSERVE);
	assert_int_equal(trust_find("Full"), -1);
	assert_int_equal(trust_find(""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_find_random),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_exempt),
	    cmocka_unit_test(test_trust),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
