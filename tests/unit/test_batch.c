#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/batch.h>
#include <virbl/category.h>

#define CREATED INT64_C(1795428009999)
#define SEEN 1795428009u
#define BODY_AT (BATCH_HEADER + SIGNATURE_BYTES)

static uint8_t out[BATCH_BYTES];
static struct key key;
static struct signer signer;

static struct record
seen(uint64_t subject, uint16_t threat)
{
	struct record r = {.kind = RECORD_SIGHTING,
	    .category = CATEGORY_WORM,
	    .subject = subject,
	    .count = 1,
	    .first = SEEN - 1,
	    .last = SEEN,
	    .threat = threat,
	    .dport = 25};

	return (r);
}

static struct batch_draft
draft(struct record *records, size_t n)
{
	static const char *const names[] = {"b", "unused", "ab", "a", "b"};
	struct batch_draft d = {.seq = 1,
	    .floor = 1,
	    .created = CREATED,
	    .epoch = 1,
	    .card = 3,
	    .records = records,
	    .nrecords = n,
	    .names = names,
	    .nnames = 5};

	return (d);
}

/* Build the batch of four records that most tests begin with. */
static size_t
build(void)
{
	struct record r[4] = {seen(9, 1), seen(3, 3), seen(7, 4), seen(5, 5)};
	struct batch_draft d = draft(r, 4);

	return (batch_build(&d, &signer, out));
}

static void
test_round(void **state)
{
	static const unsigned subjects[] = {3, 7, 9, 5};
	static const unsigned threats[] = {2, 1, 3, 0};
	struct record r[4] = {seen(9, 1), seen(3, 3), seen(7, 4), seen(5, 0)};
	struct batch_draft d = draft(r, 4);
	struct record got;
	struct batch b;
	size_t n, len = 0, i;

	(void)state;
	r[3].kind = RECORD_CLEARANCE;
	r[3].category = 0;
	r[3].count = r[3].first = 0;
	r[3].dport = 0;
	n = batch_build(&d, &signer, out);
	assert_int_equal(n, BODY_AT + 4 * RECORD_BYTES + 2 + 3 + 2);
	assert_int_equal(batch_length(out, n, &len), BATCH_OK);
	assert_int_equal(len, n);
	assert_int_equal(batch_decode(out, n, &b), BATCH_OK);
	assert_int_equal(batch_verify(&b), BATCH_OK);
	assert_int_equal(b.h.records, 4);
	assert_int_equal(b.h.names, 3);
	assert_memory_equal(b.names[0].text, "a", 1);
	assert_memory_equal(b.names[1].text, "ab", 2);
	assert_memory_equal(b.names[2].text, "b", 1);
	assert_int_equal(b.h.created, CREATED);
	assert_int_equal(b.h.card, 3);
	assert_memory_equal(b.h.member, key.public, KEY_BYTES);
	for (i = 0; i < 4; i++) {
		batch_record(&b, i, &got);
		assert_int_equal(got.subject, subjects[i]);
		assert_int_equal(got.threat, threats[i]);
		/* The draft now says the same. */
		assert_int_equal(r[i].subject, got.subject);
		assert_int_equal(r[i].threat, got.threat);
	}
	batch_free(&b);
	batch_free(&b);
	assert_null(b.names);
}

static void
test_heartbeat(void **state)
{
	struct batch_draft d = draft(NULL, 0);
	struct batch b;
	uint8_t id[HASH_BYTES];

	(void)state;
	d.epoch = 7;
	d.seq = 1;
	memset(d.prev, 1, HASH_BYTES);
	assert_int_equal(batch_build(&d, &signer, out), BODY_AT);
	assert_int_equal(batch_decode(out, BODY_AT, &b), BATCH_OK);
	assert_int_equal(batch_verify(&b), BATCH_OK);
	key_hash("", NULL, 0, id);
	assert_memory_equal(b.h.root, id, HASH_BYTES);
	key_hash(BATCH_ID_DOMAIN, out, BATCH_HEADER, id);
	assert_memory_equal(b.id, id, HASH_BYTES);
	batch_free(&b);
}

static void
test_merged_names(void **state)
{
	struct record r[2] = {seen(1, 1), seen(2, 5)};
	struct batch_draft d = draft(r, 2);
	struct batch b;
	size_t n;

	(void)state;
	n = batch_build(&d, &signer, out);
	assert_int_equal(batch_decode(out, n, &b), BATCH_OK);
	assert_int_equal(b.h.names, 1);
	assert_int_equal(r[0].threat, 1);
	assert_int_equal(r[1].threat, 1);
	batch_free(&b);
}

static void
test_full(void **state)
{
	static struct record r[BATCH_RECORDS];
	static char text[BATCH_NAMES][BATCH_NAME + 1];
	static const char *names[BATCH_NAMES];
	struct batch_draft d = draft(r, BATCH_RECORDS);
	struct batch b;
	size_t i, n;

	(void)state;
	for (i = 0; i < BATCH_RECORDS; i++) {
		r[i] = seen(i * 7919 % 65537, (uint16_t)(i + 1));
		snprintf(text[i], sizeof(text[i]), "%015zu", i * 37 % 4096);
		names[i] = text[i];
	}
	d.names = names;
	d.nnames = BATCH_NAMES;
	n = batch_build(&d, &signer, out);
	assert_int_equal(n, BATCH_BYTES);
	assert_int_equal(batch_decode(out, n, &b), BATCH_OK);
	assert_int_equal(batch_verify(&b), BATCH_OK);
	assert_int_equal(b.h.names, BATCH_NAMES);
	batch_free(&b);

	/* One byte more does not fit, and the draft stays as it is. */
	snprintf(text[9], sizeof(text[9]), "%016d", 9);
	r[0].threat = 10;
	r[BATCH_RECORDS - 1].threat = 1;
	for (i = 0; i < BATCH_RECORDS; i++)
		r[i].threat = (uint16_t)(BATCH_RECORDS - i);
	assert_int_equal(batch_build(&d, &signer, out), 0);
	for (i = 0; i < BATCH_RECORDS; i++)
		assert_int_equal(r[i].threat, BATCH_RECORDS - i);
}

/* One byte of a good batch changed, and what is said of it. */
static const struct {
	unsigned at;
	uint8_t value;
	enum batch_verdict v;
} changed[] = {
    {0, 'W', BATCH_MAGIC},
    {3, 'l', BATCH_MAGIC},
    {4, 0, BATCH_VERSION},
    {4, 2, BATCH_VERSION},
    {5, 0, BATCH_KIND},
    {5, 2, BATCH_KIND},
    {6, 1, BATCH_RESERVED},
    {7, 1, BATCH_RESERVED},
    {180, 1, BATCH_RESERVED},
    {183, 1, BATCH_RESERVED},
    {8, 0, BATCH_KEY},
    {40, 0, BATCH_KEY},
    {75, 0, BATCH_SEQ}, /* epoch */
    {87, 0, BATCH_SEQ}, /* seq */
    {80, 0x80, BATCH_SEQ}, /* seq beyond 2^63 - 1 */
    {95, 0, BATCH_SEQ}, /* floor */
    {95, 2, BATCH_SEQ}, /* floor above seq */
    {96, 0x80, BATCH_SEQ}, /* created negative */
    {97, 0x10, BATCH_SEQ}, /* created after 2106 */
    {112, 1, BATCH_SEQ}, /* prev before the first batch */
    {76, 1, BATCH_SIZE}, /* records */
    {79, 5, BATCH_SIZE},
    {79, 2, BATCH_SIZE}, /* fewer records than names */
    {104, 1, BATCH_SIZE}, /* body */
    {107, 1, BATCH_SIZE},
    {107, 128 + 5, BATCH_SIZE}, /* less than three names need */
    {107, 128 + 8, BATCH_TRUNCATED},
    {107, 128 + 6, BATCH_SIZE}, /* bytes after the end */
    {108, 1, BATCH_SIZE},
    {109, 31, BATCH_SIZE},
    {110, 0x10, BATCH_SIZE},
    {111, 5, BATCH_SIZE},
    {111, 0, BATCH_SIZE},
    {BODY_AT + 128, 0, BATCH_NAMETABLE}, /* length of the first name */
    {BODY_AT + 128, 2, BATCH_NAMETABLE},
    {BODY_AT + 128, 65, BATCH_NAMETABLE},
    {BODY_AT + 129, ' ', BATCH_NAMETABLE},
    {BODY_AT + 129, 0x7f, BATCH_NAMETABLE},
    {BODY_AT + 129, 'c', BATCH_NAMETABLE}, /* not ascending */
    {BODY_AT + 131, 0x1f, BATCH_NAMETABLE},
    {BODY_AT + 132, ' ', BATCH_NAMETABLE},
    {BODY_AT + 25, 4, BATCH_RECORD}, /* threat beyond the table */
    {BODY_AT + 25, 3, BATCH_NAMETABLE}, /* "ab" unused */
    {BODY_AT, 9, BATCH_RECORD},
    {BODY_AT + 20, 0xff, BATCH_RECORD}, /* last after created */
    {BODY_AT + 32 + 11, 2, BATCH_ORDER},
    {BODY_AT + 11, 6, BATCH_ORDER},
    {BODY_AT + 11, 4, BATCH_ROOT},
    {BODY_AT + 134, 'c', BATCH_ROOT},
    {144, 0, BATCH_ROOT},
    {179, 4, BATCH_SIGNATURE},
    {103, 0, BATCH_SIGNATURE}, /* created, still after the records */
    {BATCH_HEADER, 0, BATCH_SIGNATURE},
    {BATCH_HEADER + 40, 0, BATCH_SIGNATURE},
    {BATCH_HEADER + 63, 0xff, BATCH_SIGNATURE},
};

/* Decode and verify, as a receiver does. */
static enum batch_verdict
judge(const uint8_t *bytes, size_t n)
{
	enum batch_verdict v;
	struct batch b, untouched;

	memset(&b, 0x5a, sizeof(b));
	untouched = b;
	if ((v = batch_decode(bytes, n, &b)) != BATCH_OK) {
		assert_memory_equal(&b, &untouched, sizeof(b));
		return (v);
	}
	v = batch_verify(&b);
	batch_free(&b);
	return (v);
}

static void
test_changed(void **state)
{
	size_t i, n = build();
	uint8_t keep;

	(void)state;
	assert_int_equal(judge(out, n), BATCH_OK);
	for (i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		keep = out[changed[i].at];
		if (keep == changed[i].value)
			fail_msg("row %zu changes nothing", i);
		out[changed[i].at] = changed[i].value;
		if (judge(out, n) != changed[i].v)
			fail_msg("row %zu: %s instead of %s", i,
			    batch_verdict_name(judge(out, n)),
			    batch_verdict_name(changed[i].v));
		out[changed[i].at] = keep;
	}
	/* There is no byte of which a change goes unnoticed. */
	for (i = 0; i < n; i++) {
		out[i] ^= 0x10;
		assert_int_not_equal(judge(out, n), BATCH_OK);
		out[i] ^= 0x10;
	}
}

static void
test_length(void **state)
{
	size_t i, n = build(), len = 77;

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(judge(out, i), BATCH_TRUNCATED);
	out[n] = 0;
	assert_int_equal(judge(out, n + 1), BATCH_SIZE);
	assert_int_equal(batch_length(out, BATCH_HEADER - 1, &len),
	    BATCH_TRUNCATED);
	out[0] = 'v';
	assert_int_equal(batch_length(out, n, &len), BATCH_MAGIC);
	out[0] = 'V';
	out[4] = 2;
	assert_int_equal(batch_length(out, n, &len), BATCH_VERSION);
	out[4] = 1;
	out[105] = 0x80;
	assert_int_equal(batch_length(out, n, &len), BATCH_SIZE);
	assert_int_equal(len, 77);
}

static void
test_names(void **state)
{
	unsigned i, j;

	(void)state;
	for (i = 0; i < BATCH_VERDICTS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(batch_verdict_name(i),
			    batch_verdict_name(j));
	assert_string_equal(batch_verdict_name(BATCH_NAMETABLE), "nametable");
	assert_string_equal(batch_verdict_name(BATCH_VERDICTS), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_heartbeat),
	    cmocka_unit_test(test_merged_names),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_names),
	};
	uint8_t seed[KEY_SEED] = {42};

	key_from_seed(&key, seed);
	signer = key_signer(&key);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
