#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/card.h>

#include "base/text.h"

static struct key key;
static struct signer signer;
static uint8_t out[CARD_BYTES];
static struct card got;

/* Where the fields of sample() begin. */
#define AT_VERSION 40
#define AT_CREATED 44
#define AT_NAME 52
#define AT_GROUP 56
#define AT_CONTACT 60
#define AT_URLS 75
#define AT_PREFIX 95

static struct card
sample(void)
{
	struct card c = {.version = 1, .created = 1000};

	text_copy(c.name, sizeof(c.name), "bit");
	text_copy(c.group, sizeof(c.group), "BIT");
	text_copy(c.contact, sizeof(c.contact), "abuse at xs.nl");
	text_copy(c.urls[0], sizeof(c.urls[0]), "https://a.nl:1/");
	c.nurls = 1;
	prefix_parse("2001:db8::/32", &c.prefixes[0]);
	prefix_parse("192.0.2.0/24", &c.prefixes[1]);
	prefix_parse("10.0.0.0/8", &c.prefixes[2]);
	prefix_parse("192.0.2.0/24", &c.prefixes[3]);
	c.nprefixes = 4;
	return (c);
}

static void
test_round(void **state)
{
	struct card c = sample();
	char text[SUBJECT_TEXT];
	size_t n;

	(void)state;
	n = card_build(&c, &signer, out);
	assert_int_not_equal(n, 0);
	assert_null(card_decode(out, n, &got));
	assert_memory_equal(got.key, key.public, KEY_BYTES);
	assert_int_equal(got.version, 1);
	assert_int_equal(got.created, 1000);
	assert_string_equal(got.name, "bit");
	assert_string_equal(got.group, "BIT");
	assert_string_equal(got.contact, "abuse at xs.nl");
	assert_int_equal(got.nurls, 1);
	assert_string_equal(got.urls[0], "https://a.nl:1/");
	assert_int_equal(got.nprefixes, 3);
	prefix_format(&got.prefixes[0], text);
	assert_string_equal(text, "10.0.0.0/8");
	prefix_format(&got.prefixes[2], text);
	assert_string_equal(text, "2001:db8::/32");
	/* Canonical: built again from what was read, the same bytes. */
	{
		static uint8_t again[CARD_BYTES];

		assert_int_equal(card_build(&got, &signer, again), n);
		assert_memory_equal(out, again, n);
	}
}

static void
test_largest(void **state)
{
	static struct card c;
	char text[SUBJECT_TEXT];
	size_t i, n;

	(void)state;
	c = sample();
	memset(c.name, 'n', CARD_NAME);
	memset(c.group, 'g', CARD_GROUP);
	memset(c.contact, 'c', CARD_CONTACT);
	for (c.nurls = 0; c.nurls < CARD_URLS; c.nurls++) {
		memset(c.urls[c.nurls], 'u', CARD_URL);
		memcpy(c.urls[c.nurls], "https://", 8);
	}
	for (i = 0; i < CARD_PREFIXES; i++) {
		snprintf(text, sizeof(text), "2001:db8:%zx::/48", i);
		assert_int_equal(prefix_parse(text, &c.prefixes[i]), 0);
	}
	c.nprefixes = CARD_PREFIXES;
	n = card_build(&c, &signer, out);
	assert_int_not_equal(n, 0);
	assert_null(card_decode(out, n, &got));
	assert_int_equal(got.nprefixes, CARD_PREFIXES);
	assert_string_equal(got.urls[3], c.urls[3]);
}

static void
test_refused(void **state)
{
	struct card c;

	(void)state;
#define REFUSED(change) \
	c = sample();   \
	change;         \
	assert_int_equal(card_build(&c, &signer, out), 0)
	REFUSED(c.version = 0);
	REFUSED(c.created = -1);
	REFUSED(c.name[0] = '\0');
	REFUSED(c.name[0] = '-');
	REFUSED(c.name[1] = 'B');
	REFUSED(c.group[0] = ' ');
	REFUSED(c.group[1] = '\n');
	REFUSED(c.contact[13] = ' ');
	REFUSED(c.urls[0][4] = ':');
	REFUSED(c.urls[0][8] = '\0');
	REFUSED(c.urls[0][9] = ' ');
	REFUSED(c.nurls = CARD_URLS + 1);
	REFUSED(c.nprefixes = CARD_PREFIXES + 1);
	REFUSED(c.prefixes[0].family = 5);
	REFUSED(c.prefixes[0].len = 28);
	REFUSED(c.prefixes[0].len = 129);
	REFUSED(c.prefixes[1].len = 33);
}

static void
test_changed(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		const char *why;
	} row[] = {
	    {0, 'W', "bad magic"},
	    {4, 2, "unknown format"},
	    {7, 1, "reserved bytes set"},
	    {8, 0, "bad signature"},
	    {AT_VERSION + 3, 0, "bad version"},
	    {AT_VERSION + 3, 2, "bad signature"},
	    {AT_CREATED, 0x80, "bad time"},
	    {AT_CREATED + 1, 1, "bad time"},
	    {AT_NAME, 0, "bad name"},
	    {AT_NAME, 33, "bad name"},
	    {AT_NAME + 1, '.', "bad name"},
	    {AT_NAME + 2, 0, "bad name"},
	    {AT_GROUP, 65, "bad group"},
	    {AT_GROUP + 1, 0x7f, "bad group"},
	    {AT_CONTACT, 129, "bad contact"},
	    {AT_CONTACT + 1, 0xc3, "bad contact"},
	    {AT_URLS, 5, "bad url"},
	    {AT_URLS + 1, 1, "bad url"},
	    {AT_URLS + 3, 'H', "bad url"},
	    {AT_URLS, 0, "bad prefix"},
	    {AT_PREFIX - 2, 1, "bad prefix"},
	    {AT_PREFIX - 2, 2, "bad prefix"},
	    {AT_PREFIX - 1, 2, "bytes left over"},
	    {AT_PREFIX - 1, 4, "bad prefix"},
	    {AT_PREFIX, 5, "bad prefix"},
	    {AT_PREFIX, 6, "bad prefix"},
	    {AT_PREFIX + 1, 33, "bad prefix"},
	    {AT_PREFIX + 1, 4, "bad prefix"}, /* host bits */
	    {AT_PREFIX + 1, 25, "bad prefix"}, /* not ascending */
	    {AT_PREFIX + 5, 1, "bad prefix"},
	};
	struct card c = sample();
	size_t i, n = card_build(&c, &signer, out);
	const char *why;
	uint8_t keep;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		keep = out[row[i].at];
		assert_int_not_equal(keep, row[i].value);
		out[row[i].at] = row[i].value;
		memset(&got, 0x11, sizeof(got));
		why = card_decode(out, n, &got);
		if (why == NULL || strcmp(why, row[i].why) != 0)
			fail_msg("row %zu: %s", i, why != NULL ? why : "ok");
		assert_int_equal(got.version, 0x11111111);
		out[row[i].at] = keep;
	}
	for (i = 0; i < n; i++) {
		assert_non_null(card_decode(out, i, &got));
		out[i] ^= 0x40;
		assert_non_null(card_decode(out, n, &got));
		out[i] ^= 0x40;
	}
	assert_string_equal(card_decode(out, 63, &got), "cut short");
	assert_string_equal(card_decode(out, 64 + 7, &got), "cut short");
	assert_string_equal(card_decode(out, CARD_BYTES + 1, &got), "too long");
}

static void
test_mapped(void **state)
{
	struct card c = sample();
	size_t n;

	(void)state;
	/* ::ffff:192.0.2.0/120 as IPv6 would be a second name of IPv4. */
	memset(&c.prefixes[0], 0, sizeof(c.prefixes[0]));
	memset(c.prefixes[0].addr + 10, 0xff, 2);
	c.prefixes[0].addr[12] = 192;
	c.prefixes[0].family = 6;
	c.prefixes[0].len = 120;
	assert_int_equal(card_build(&c, &signer, out), 0);
	c.nprefixes = 0;
	c.nurls = 0;
	c.group[0] = c.contact[0] = '\0';
	n = card_build(&c, &signer, out);
	assert_int_not_equal(n, 0);
	assert_null(card_decode(out, n, &got));
	assert_int_equal(got.nprefixes, 0);
	assert_string_equal(got.group, "");
}

static void
test_name(void **state)
{
	(void)state;
	assert_true(card_name_valid("bit"));
	assert_true(card_name_valid("0-a_b.c"));
	assert_true(card_name_valid("abcdefghijklmnopqrstuvwxyz012345"));
	assert_false(card_name_valid("abcdefghijklmnopqrstuvwxyz0123456"));
	assert_false(card_name_valid(""));
	assert_false(card_name_valid("Bit"));
	assert_false(card_name_valid("a b"));
	assert_false(card_name_valid(".a"));
	assert_false(card_name_valid("_a"));
	assert_false(card_name_valid("a/b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_largest),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_mapped),
	    cmocka_unit_test(test_name),
	};
	uint8_t seed[KEY_SEED] = {42};

	key_from_seed(&key, seed);
	signer = key_signer(&key);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
