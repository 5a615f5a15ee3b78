#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/category.h>
#include <virbl/record.h>

static const uint8_t sighting[RECORD_BYTES] = {1, 7, 6, 3, 0x20, 0x01, 0x0d,
    0xb8, 0, 1, 0, 2, 0, 0, 1, 2, 0x69, 0, 0, 1, 0x69, 0, 0, 9, 0, 3, 0x9c,
    0x40, 0, 25, 0, 0};
static const uint8_t clearance[RECORD_BYTES] = {3, 0, 0, 0, 0, 0, 0, 0, 192, 0,
    2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x69, 0, 0, 9};

static void
test_round(void **state)
{
	uint8_t out[RECORD_BYTES];
	struct record r;

	(void)state;
	assert_null(record_decode(sighting, 3, 0x69000009, &r));
	assert_int_equal(r.kind, RECORD_SIGHTING);
	assert_int_equal(r.category, CATEGORY_EXPLOIT);
	assert_int_equal(r.basis, BASIS_COMPLAINT);
	assert_int_equal(r.flags, SIGHTING_TCP | SIGHTING_SHARED);
	assert_true(r.subject == UINT64_C(0x20010db800010002));
	assert_int_equal(r.count, 258);
	assert_int_equal(r.first, 0x69000001);
	assert_int_equal(r.last, 0x69000009);
	assert_int_equal(r.threat, 3);
	assert_int_equal(r.sport, 40000);
	assert_int_equal(r.dport, 25);
	record_encode(&r, out);
	assert_memory_equal(out, sighting, RECORD_BYTES);

	assert_null(record_decode(clearance, 0, UINT32_MAX, &r));
	assert_int_equal(r.kind, RECORD_CLEARANCE);
	assert_true(r.subject == 0xc0000201);
	record_encode(&r, out);
	assert_memory_equal(out, clearance, RECORD_BYTES);
}

/* All marks are written alike and differ in their kind alone. */
static void
test_marks(void **state)
{
	uint8_t in[RECORD_BYTES], out[RECORD_BYTES];
	struct record r;
	uint8_t kind;

	(void)state;
	memcpy(in, clearance, RECORD_BYTES);
	for (kind = RECORD_RETRACTION; kind <= RECORD_KIND_MAX; kind++) {
		in[0] = kind;
		assert_null(record_decode(in, 0, 0x69000009, &r));
		assert_int_equal(r.kind, kind);
		assert_int_equal(r.last, 0x69000009);
		record_encode(&r, out);
		assert_memory_equal(out, in, RECORD_BYTES);
		in[1] = 1;
		assert_string_equal(record_decode(in, 0, 0x69000009, &r),
		    "category");
		in[1] = 0;
		assert_string_equal(record_decode(in, 0, 0x69000008, &r),
		    "last");
	}
	assert_int_equal(kind, RECORD_REVOCATION + 1);
}

static void
test_bad(void **state)
{
	static const struct {
		uint8_t from; /* 1 sighting, 3 clearance */
		uint8_t at;
		uint8_t value;
		const char *field;
	} row[] = {
	    {1, 0, 0, "kind"},
	    {1, 0, 6, "kind"},
	    {1, 0, 255, "kind"},
	    {1, 1, 0, "category"},
	    {1, 1, 9, "category"},
	    {1, 2, 7, "basis"},
	    {1, 3, 4, "flags"},
	    {1, 3, 0x80, "flags"},
	    {1, 14, 0, "count"}, /* with 15 zeroed too */
	    {1, 19, 10, "first"},
	    {1, 25, 4, "threat"},
	    {1, 24, 1, "threat"},
	    {1, 23, 10, "last"},
	    {1, 30, 1, "reserved"},
	    {1, 31, 1, "reserved"},
	    {3, 1, 1, "category"},
	    {3, 2, 1, "basis"},
	    {3, 3, 1, "flags"},
	    {3, 15, 1, "count"},
	    {3, 19, 1, "first"},
	    {3, 23, 10, "last"},
	    {3, 25, 1, "threat"},
	    {3, 26, 1, "source port"},
	    {3, 29, 1, "destination port"},
	    {3, 31, 1, "reserved"},
	};
	uint8_t in[RECORD_BYTES];
	struct record r, untouched;
	const char *field;
	size_t i;

	(void)state;
	memset(&untouched, 0x33, sizeof(untouched));
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		memcpy(in, row[i].from == 1 ? sighting : clearance,
		    RECORD_BYTES);
		in[row[i].at] = row[i].value;
		if (row[i].at == 14)
			in[15] = 0;
		r = untouched;
		field = record_decode(in, 3, 0x69000009, &r);
		assert_non_null(field);
		assert_string_equal(field, row[i].field);
		assert_memory_equal(&r, &untouched, sizeof(r));
	}
}

static void
test_names(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= CATEGORY_MAX; i++)
		assert_int_equal(category_find(category_name(i)), i);
	for (i = 0; i <= BASIS_MAX; i++)
		assert_int_equal(basis_find(basis_name(i)), i);
	assert_string_equal(category_name(CATEGORY_WORM), "worm");
	assert_string_equal(category_name(CATEGORY_TEST), "test");
	assert_string_equal(basis_name(BASIS_AUTHLOG), "authlog");
	assert_null(category_name(0));
	assert_null(category_name(CATEGORY_MAX + 1));
	assert_null(basis_name(BASIS_MAX + 1));
	assert_int_equal(category_find("Worm"), 0);
	assert_int_equal(category_find(""), 0);
	assert_int_equal(basis_find("rumour"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
