#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "shell/clock.h"
#include "shell/log.h"
#include "shell/tlscert.h"

#define DAY 86400
#define NO_END ((time_t)-1) /* GnuTLS: 9999-12-31, RFC 5280 4.1.2.5 */

/* Import seed and public half of ${key} into a new *${ret}; a GnuTLS code. */
static int
import_key(const struct key *key, gnutls_x509_privkey_t *ret)
{
	gnutls_datum_t x = {(unsigned char *)(uintptr_t)key->public, KEY_BYTES};
	/* libsodium's secret key is the seed followed by the public key. */
	gnutls_datum_t k = {(unsigned char *)(uintptr_t)key->secret, KEY_SEED};
	int rc = gnutls_x509_privkey_init(ret);

	if (rc < 0)
		return (rc);
	rc = gnutls_x509_privkey_import_ecc_raw(*ret, GNUTLS_ECC_CURVE_ED25519,
	    &x, NULL, &k);
	if (rc < 0)
		gnutls_x509_privkey_deinit(*ret);
	return (rc);
}

/* Fill and sign ${crt}, valid from yesterday, without end. */
static int
fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t priv,
    const uint8_t public[KEY_BYTES])
{
	int64_t now = clock_wall().ms / 1000;
	char id[NODEID_TEXT];
	uint8_t serial[HASH_BYTES];
	int rc;

	nodeid_format(public, id);
	key_hash("virbl certificate serial 1", public, KEY_BYTES, serial);
	serial[0] &= 0x7f; /* positive, RFC 5280 4.1.2.2 */
	serial[0] |= 0x40;
	if ((rc = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (rc = gnutls_x509_crt_set_serial(crt, serial, 16)) < 0 ||
	    (rc = gnutls_x509_crt_set_activation_time(crt,
		 (time_t)(now - DAY))) < 0 ||
	    (rc = gnutls_x509_crt_set_expiration_time(crt, NO_END)) < 0 ||
	    (rc = gnutls_x509_crt_set_dn_by_oid(crt,
		 GNUTLS_OID_X520_COMMON_NAME, 0, id, (unsigned)strlen(id))) <
		0 ||
	    (rc = gnutls_x509_crt_set_key(crt, priv)) < 0)
		return (rc);
	return (gnutls_x509_crt_sign2(crt, crt, priv, GNUTLS_DIG_SHA512, 0));
}

static void
keep(struct buf *out, gnutls_datum_t *pem)
{
	buf_add(out, pem->data, pem->size);
	buf_add(out, "", 1);
	sodium_memzero(pem->data, pem->size);
	gnutls_free(pem->data);
}

int
tlscert_make(const struct key *key, struct buf *cert, struct buf *priv)
{
	gnutls_x509_privkey_t k;
	gnutls_x509_crt_t crt;
	gnutls_datum_t a, b;
	int rc;

	if ((rc = import_key(key, &k)) < 0)
		goto err0;
	if ((rc = gnutls_x509_crt_init(&crt)) < 0)
		goto err1;
	if ((rc = fill(crt, k, key->public)) < 0)
		goto err2;
	if ((rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &a)) < 0)
		goto err2;
	if ((rc = gnutls_x509_privkey_export2_pkcs8(k, GNUTLS_X509_FMT_PEM,
		 NULL, GNUTLS_PKCS_PLAIN, &b)) < 0)
		goto err3;
	keep(cert, &a);
	keep(priv, &b);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(k);
	return (cert->full || priv->full ? -1 : 0);
err3:
	gnutls_free(a.data);
err2:
	gnutls_x509_crt_deinit(crt);
err1:
	gnutls_x509_privkey_deinit(k);
err0:
	log_error("tls: cannot make a certificate: %s", gnutls_strerror(rc));
	return (-1);
}

void
tlscert_pin(const uint8_t public[KEY_BYTES], char out[TLSCERT_PIN])
{
	/* SubjectPublicKeyInfo of an Ed25519 key, RFC 8410 section 4. */
	static const uint8_t head[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
	    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	uint8_t spki[sizeof(head) + KEY_BYTES];
	uint8_t hash[crypto_hash_sha256_BYTES];

	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head), public, KEY_BYTES);
	crypto_hash_sha256(hash, spki, sizeof(spki));
	memcpy(out, "sha256//", 8);
	sodium_bin2base64(out + 8, TLSCERT_PIN - 8, hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
}

int
tlscert_peer(void *session, uint8_t public[KEY_BYTES])
{
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	gnutls_datum_t x, y;
	gnutls_ecc_curve_t curve;
	unsigned n = 0;
	int rc = -1;

	list = gnutls_certificate_get_peers(session, &n);
	if (list == NULL || n != 1 || gnutls_x509_crt_init(&crt) < 0)
		return (-1);
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) < 0)
		goto done;
	/* Other kinds of key make the next call fail. */
	if (gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, &x, &y) < 0)
		goto done;
	if (curve == GNUTLS_ECC_CURVE_ED25519 && x.size == KEY_BYTES) {
		memcpy(public, x.data, KEY_BYTES);
		rc = 0;
	}
	gnutls_free(x.data);
	gnutls_free(y.data);
done:
	gnutls_x509_crt_deinit(crt);
	return (rc);
}
