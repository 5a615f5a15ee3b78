#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/key.h>

#include "base/text.h"
#include "form/merkle.h"

static void
test_sign(void **state)
{
	/* RFC 8032, section 7.1, test 2: message 72. */
	uint8_t seed[KEY_SEED], want[SIGNATURE_BYTES], sig[SIGNATURE_BYTES];
	uint8_t big[4096], zero[sizeof(struct key)] = {0};
	struct key key;
	struct signer s;

	(void)state;
	assert_int_equal(text_unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35"
				    "aba624da8cf6ed4fb8a6fb",
			     seed, 32),
	    0);
	assert_int_equal(text_unhex("92a009a9f0d4cab8720e820b5f642540a2b27b541"
				    "6503f8fb3762223ebdb69da085ac1e43e15996e45"
				    "8f3613d0f11d8c387b2eaeb4302aeeb00d291612b"
				    "b0c00",
			     want, 64),
	    0);
	key_from_seed(&key, seed);
	s = key_signer(&key);
	assert_memory_equal(s.public, key.public, KEY_BYTES);
	s.sign(s.ctx, "", (const uint8_t *)"r", 1, sig);
	assert_memory_equal(sig, want, 64);
	/* Where the domain ends does not matter, what it says does. */
	s.sign(s.ctx, "r", NULL, 0, sig);
	assert_memory_equal(sig, want, 64);
	assert_int_equal(key_verify(key.public, "", (const uint8_t *)"r", 1,
			     sig),
	    0);
	assert_int_equal(key_verify(key.public, "x", (const uint8_t *)"r", 1,
			     sig),
	    -1);
	sig[0] ^= 1;
	assert_int_equal(key_verify(key.public, "r", NULL, 0, sig), -1);

	/* Longer than what is joined on the stack. */
	memset(big, 'a', sizeof(big));
	s.sign(s.ctx, "domain", big, sizeof(big), sig);
	assert_int_equal(key_verify(key.public, "domain", big, sizeof(big),
			     sig),
	    0);
	big[4095] = 'b';
	assert_int_equal(key_verify(key.public, "domain", big, sizeof(big),
			     sig),
	    -1);
	key_wipe(&key);
	assert_memory_equal(&key, zero, sizeof(key));
}

static void
test_valid(void **state)
{
	struct key key;
	uint8_t seed[KEY_SEED] = {3}, p[KEY_BYTES] = {0};

	(void)state;
	key_from_seed(&key, seed);
	assert_int_equal(key_valid(key.public), 0);
	assert_int_equal(key_valid(p), -1); /* order 4 */
	p[0] = 1;
	assert_int_equal(key_valid(p), -1); /* the neutral element */
	p[0] = 2;
	assert_int_equal(key_valid(p), -1); /* not on the curve */
	memset(p, 0xff, sizeof(p));
	assert_int_equal(key_valid(p), -1); /* not canonical */
}

static void
test_hash(void **state)
{
	uint8_t want[HASH_BYTES], a[HASH_BYTES], b[HASH_BYTES];

	(void)state;
	/* BLAKE2b with 32 bytes of output, of nothing and of "abc". */
	text_unhex("0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf"
		   "12fe3a8",
	    want, 32);
	key_hash("", NULL, 0, a);
	assert_memory_equal(a, want, 32);
	text_unhex("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c06"
		   "8d52319",
	    want, 32);
	key_hash("a", "bc", 2, a);
	assert_memory_equal(a, want, 32);
	key_hash("", "abc", 3, b);
	assert_memory_equal(b, want, 32);
}

static void
test_nodeid(void **state)
{
	uint8_t pub[KEY_BYTES], back[KEY_BYTES];
	char id[NODEID_TEXT], lower[NODEID_TEXT];
	unsigned i, j;

	(void)state;
	for (i = 0; i < KEY_BYTES; i++)
		pub[i] = (uint8_t)(i * 37 + 5);
	nodeid_format(pub, id);
	assert_int_equal(strlen(id), 63);
	assert_int_equal(nodeid_parse(id, back), 0);
	assert_memory_equal(pub, back, KEY_BYTES);
	for (i = 0; i < 64; i++)
		lower[i] = id[i] >= 'A' && id[i] <= 'Z' ?
		    (char)(id[i] + 'a' - 'A') :
		    id[i] == '-' ? ' ' :
				   id[i];
	memset(back, 0, sizeof(back));
	assert_int_equal(nodeid_parse(lower, back), 0);
	assert_memory_equal(pub, back, KEY_BYTES);

	/* Every wrong character is noticed. */
	for (i = 0; i < 63; i++) {
		if (id[i] == '-')
			continue;
		for (j = 1; j < 32; j++) {
			char keep = id[i];

			id[i] =
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(j + i) % 32];
			if (id[i] != keep)
				assert_int_equal(nodeid_parse(id, back), -1);
			id[i] = keep;
		}
	}
	id[62] = '\0';
	assert_int_equal(nodeid_parse(id, back), -1);
	assert_int_equal(nodeid_parse("", back), -1);
	assert_memory_equal(pub, back, KEY_BYTES);
}

static void
test_nodeid_known(void **state)
{
	/* All zero and all one bits; the last value has four zero bits. */
	static const char zero[] = "AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-"
				   "AAAAAAA-AAAAAAA-AAAAAAA";
	uint8_t pub[KEY_BYTES] = {0}, back[KEY_BYTES];
	char id[NODEID_TEXT], longer[NODEID_TEXT + 1];

	(void)state;
	nodeid_format(pub, id);
	assert_string_equal(id, zero);
	assert_int_equal(nodeid_parse("P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-"
				      "PQ6W5BM-"
				      "TBBZ4TJ-XZWICQ2",
			     back),
	    0);
	nodeid_format(back, id);
	assert_string_equal(id,
	    "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-"
	    "PQ6W5BM-TBBZ4TJ-XZWICQ2");
	/* 0, 1 and 8 stand for O, I and B. */
	assert_int_equal(nodeid_parse("p56101 "
				      "7mzjnu2yiqgdreydm2mgti-mg13bxnpq6w58m"
				      "t88z4tjxzw1cq2",
			     pub),
	    -1); /* 1 is I, not L */
	assert_int_equal(nodeid_parse("p5610i7mzjnu2yiqgdreydm2mgt1mgl3bxnpq6w5"
				      "8mt88z4tj"
				      "xzw1cq2",
			     pub),
	    0);
	assert_memory_equal(pub, back, KEY_BYTES);
	memcpy(longer, id, 63);
	memcpy(longer + 63, "A", 2);
	assert_int_equal(nodeid_parse(longer, pub), -1);
	id[0] = '9';
	assert_int_equal(nodeid_parse(id, pub), -1);
	/* Check characters right, but a bit set behind the 256th. */
	assert_int_equal(nodeid_parse("AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-"
				      "AAAAAAA-AAAAAAA-AAAAAB7",
			     pub),
	    -1);
}

/* The recursive definition of RFC 9162, 2.1.1. */
static void
slow_root(const struct merkle_leaf *leaf, size_t n, uint8_t out[HASH_BYTES])
{
	uint8_t node[65];
	size_t k = 1;

	if (n == 0) {
		key_hash("", NULL, 0, out);
	} else if (n == 1) {
		node[0] = 0;
		memcpy(node + 1, leaf[0].data, leaf[0].len);
		key_hash("", node, 1 + leaf[0].len, out);
	} else {
		while (2 * k < n)
			k *= 2;
		node[0] = 1;
		slow_root(leaf, k, node + 1);
		slow_root(leaf + k, n - k, node + 33);
		key_hash("", node, 65, out);
	}
}

static void
test_merkle(void **state)
{
	static struct merkle_leaf leaf[MERKLE_LEAVES];
	static uint8_t data[MERKLE_LEAVES + 64];
	uint8_t want[HASH_BYTES], got[HASH_BYTES];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 151 + (i >> 8));
	for (i = 0; i < MERKLE_LEAVES; i++) {
		leaf[i].data = data + i;
		leaf[i].len = i % 64;
	}
	for (n = 0; n <= MERKLE_LEAVES; n = n < 70 ? n + 1 : n * 2 - 60) {
		merkle_root(leaf, n, got);
		slow_root(leaf, n, want);
		assert_memory_equal(got, want, HASH_BYTES);
	}
	merkle_root(leaf, MERKLE_LEAVES, got);
	slow_root(leaf, MERKLE_LEAVES, want);
	assert_memory_equal(got, want, HASH_BYTES);
}

static void
test_sound(void **state)
{
	(void)state;
	assert_int_equal(key_sound(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sign),
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_sound),
	    cmocka_unit_test(test_hash),
	    cmocka_unit_test(test_nodeid),
	    cmocka_unit_test(test_nodeid_known),
	    cmocka_unit_test(test_merkle),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
