/*
 * The certificate, the pin, and who the other end of a TLS session is: real
 * handshakes over a socket pair.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "shell/tlscert.h"

static void
key_of(struct key *key, uint8_t n)
{
	uint8_t seed[KEY_SEED];

	memset(seed, n, sizeof(seed));
	key_from_seed(key, seed);
}

/* Certificate and key of node ${n} as GnuTLS objects. */
static void
make(uint8_t n, gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *priv)
{
	struct key key;
	struct buf c, p;
	gnutls_datum_t d;

	key_of(&key, n);
	buf_init(&c, 16384);
	buf_init(&p, 16384);
	assert_int_equal(tlscert_make(&key, &c, &p), 0);
	assert_int_equal(c.data[c.len - 1], 0);
	assert_int_equal(p.data[p.len - 1], 0);
	d.data = c.data;
	d.size = (unsigned)c.len - 1;
	assert_int_equal(gnutls_x509_crt_init(crt), 0);
	assert_int_equal(gnutls_x509_crt_import(*crt, &d, GNUTLS_X509_FMT_PEM),
	    0);
	d.data = p.data;
	d.size = (unsigned)p.len - 1;
	assert_int_equal(gnutls_x509_privkey_init(priv), 0);
	assert_int_equal(gnutls_x509_privkey_import(*priv, &d,
			     GNUTLS_X509_FMT_PEM),
	    0);
	buf_free(&c);
	buf_free(&p);
}

static void
test_certificate(void **state)
{
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t priv;
	struct key key;
	char cn[128], id[NODEID_TEXT];
	size_t len = sizeof(cn);
	time_t now = time(NULL);

	(void)state;
	make(1, &crt, &priv);
	key_of(&key, 1);
	nodeid_format(key.public, id);
	assert_int_equal(gnutls_x509_crt_get_dn_by_oid(crt,
			     GNUTLS_OID_X520_COMMON_NAME, 0, 0, cn, &len),
	    0);
	assert_string_equal(cn, id);
	assert_int_equal(gnutls_x509_crt_get_version(crt), 3);
	assert_int_equal(gnutls_x509_crt_get_pk_algorithm(crt, NULL),
	    GNUTLS_PK_EDDSA_ED25519);
	assert_int_equal(gnutls_x509_crt_check_issuer(crt, crt), 1);
	/* A clock a day slow or fast does no harm, nor do many years. */
	assert_true(gnutls_x509_crt_get_activation_time(crt) <= now - 86000);
	assert_true(gnutls_x509_crt_get_expiration_time(crt) == (time_t)-1 ||
	    gnutls_x509_crt_get_expiration_time(crt) >
		now + (time_t)20 * 365 * 86400);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(priv);
}

/* What does not fit is an error. */
static void
test_no_room(void **state)
{
	struct key key;
	struct buf c, p;

	(void)state;
	key_of(&key, 1);
	buf_init(&c, 64);
	buf_init(&p, 16384);
	assert_int_equal(tlscert_make(&key, &c, &p), -1);
	buf_free(&c);
	buf_free(&p);
}

/* The pin is what GnuTLS calls the key's ID, and a known one is right. */
static void
test_pin(void **state)
{
	uint8_t seed[KEY_SEED], id[32];
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t priv;
	struct key key;
	char pin[TLSCERT_PIN], want[64];
	size_t len = sizeof(id), i;

	(void)state;
	make(2, &crt, &priv);
	key_of(&key, 2);
	assert_int_equal(gnutls_x509_crt_get_key_id(crt,
			     GNUTLS_KEYID_USE_SHA256, id, &len),
	    0);
	sodium_bin2base64(want, sizeof(want), id, sizeof(id),
	    sodium_base64_VARIANT_ORIGINAL);
	tlscert_pin(key.public, pin);
	assert_memory_equal(pin, "sha256//", 8);
	assert_string_equal(pin + 8, want);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(priv);
	/* Made with another program: openssl pkey -pubout -outform DER. */
	for (i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	key_from_seed(&key, seed);
	tlscert_pin(key.public, pin);
	assert_string_equal(pin,
	    "sha256//oFCDfYUHBYLM9zlLCYiEfMMSy4glm4lImfbyOc8XkaU=");
}

/* ---- Handshakes ---- */

static gnutls_session_t
session(int fd, unsigned flags, gnutls_certificate_credentials_t cred)
{
	gnutls_session_t s;

	assert_int_equal(gnutls_init(&s, flags | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_set_default_priority(s), 0);
	assert_int_equal(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE,
			     cred),
	    0);
	gnutls_transport_set_int(s, fd);
	return (s);
}

/* Both ends in turn, until both are through; does the server's succeed? */
static void
shake(gnutls_session_t a, gnutls_session_t b)
{
	int x = GNUTLS_E_AGAIN, y = GNUTLS_E_AGAIN;

	while (x == GNUTLS_E_AGAIN || y == GNUTLS_E_AGAIN) {
		if (x == GNUTLS_E_AGAIN)
			x = gnutls_handshake(a);
		if (y == GNUTLS_E_AGAIN)
			y = gnutls_handshake(b);
	}
	assert_int_equal(x, 0);
	assert_int_equal(y, 0);
}

/*
 * Connect a client that shows ${n} certificates signed by nobody to a server
 * that asks for one; what tlscert_peer() says of it at the server.
 */
static int
meet(gnutls_x509_crt_t *crts, unsigned n, gnutls_x509_privkey_t priv,
    uint8_t public[KEY_BYTES])
{
	gnutls_certificate_credentials_t ours, theirs;
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t own;
	gnutls_session_t server, client;
	int fd[2], rc;

	make(9, &crt, &own);
	assert_int_equal(gnutls_certificate_allocate_credentials(&ours), 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&theirs), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(ours, &crt, 1, own),
	    0);
	if (n > 0)
		assert_int_equal(gnutls_certificate_set_x509_key(theirs, crts,
				     (int)n, priv),
		    0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fd),
	    0);
	server = session(fd[0], GNUTLS_SERVER, ours);
	client = session(fd[1], GNUTLS_CLIENT, theirs);
	gnutls_certificate_server_set_request(server, GNUTLS_CERT_REQUEST);
	shake(client, server);
	rc = tlscert_peer(server, public);
	gnutls_deinit(server);
	gnutls_deinit(client);
	close(fd[0]);
	close(fd[1]);
	gnutls_certificate_free_credentials(ours);
	gnutls_certificate_free_credentials(theirs);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(own);
	return (rc);
}

static void
test_peer(void **state)
{
	gnutls_x509_crt_t crt[2];
	gnutls_x509_privkey_t priv[2];
	uint8_t public[KEY_BYTES] = {0}, zero[KEY_BYTES] = {0};
	struct key key;

	(void)state;
	make(3, &crt[0], &priv[0]);
	make(4, &crt[1], &priv[1]);
	key_of(&key, 3);
	assert_int_equal(meet(NULL, 0, NULL, public), -1);
	assert_memory_equal(public, zero, KEY_BYTES);
	assert_int_equal(meet(crt, 1, priv[0], public), 0);
	assert_memory_equal(public, key.public, KEY_BYTES);
	gnutls_x509_crt_deinit(crt[0]);
	gnutls_x509_crt_deinit(crt[1]);
	gnutls_x509_privkey_deinit(priv[0]);
	gnutls_x509_privkey_deinit(priv[1]);
}

/* Sign ${crt} anew by ${issuer}, and read it again: GnuTLS keeps names. */
static void
sign(gnutls_x509_crt_t *crt, gnutls_x509_crt_t issuer,
    gnutls_x509_privkey_t priv)
{
	gnutls_datum_t der;

	assert_int_equal(gnutls_x509_crt_sign2(*crt, issuer, priv,
			     GNUTLS_DIG_SHA512, 0),
	    0);
	assert_int_equal(gnutls_x509_crt_export2(*crt, GNUTLS_X509_FMT_DER,
			     &der),
	    0);
	gnutls_x509_crt_deinit(*crt);
	assert_int_equal(gnutls_x509_crt_init(crt), 0);
	assert_int_equal(gnutls_x509_crt_import(*crt, &der,
			     GNUTLS_X509_FMT_DER),
	    0);
	gnutls_free(der.data);
}

/* A chain: node 3, vouched for by node 4, and that one by node 5. */
static void
test_chain(void **state)
{
	gnutls_x509_crt_t crt[3];
	gnutls_x509_privkey_t priv[3];
	uint8_t public[KEY_BYTES];
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		make((uint8_t)(3 + i), &crt[i], &priv[i]);
	for (i = 0; i < 2; i++)
		sign(&crt[i], crt[i + 1], priv[i + 1]);
	assert_int_equal(meet(crt, 2, priv[0], public), -1);
	/* Alone it is a certificate of node 3, whoever signed it. */
	assert_int_equal(meet(crt, 1, priv[0], public), 0);
	for (i = 0; i < 3; i++) {
		gnutls_x509_crt_deinit(crt[i]);
		gnutls_x509_privkey_deinit(priv[i]);
	}
}

/* A self-signed certificate with a key of another kind. */
static void
other_kind(gnutls_pk_algorithm_t kind, unsigned bits)
{
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t priv;
	uint8_t public[KEY_BYTES];

	assert_int_equal(gnutls_x509_privkey_init(&priv), 0);
	assert_int_equal(gnutls_x509_privkey_generate(priv, kind, bits, 0), 0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(crt, 0);
	gnutls_x509_crt_set_expiration_time(crt, (time_t)-1);
	gnutls_x509_crt_set_key(crt, priv);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, priv,
			     GNUTLS_DIG_SHA256, 0),
	    0);
	assert_int_equal(meet(&crt, 1, priv, public), -1);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(priv);
}

static void
test_other_kinds(void **state)
{
	(void)state;
	other_kind(GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	other_kind(GNUTLS_PK_RSA, 2048);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_certificate),
	    cmocka_unit_test(test_no_room),
	    cmocka_unit_test(test_pin),
	    cmocka_unit_test(test_peer),
	    cmocka_unit_test(test_chain),
	    cmocka_unit_test(test_other_kinds),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
