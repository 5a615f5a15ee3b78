/*
 * tlscert: the node key as a self-signed TLS certificate, and pins.
 */
#ifndef TLSCERT_H
#define TLSCERT_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/key.h>

#include "base/buf.h"

/**
 * tlscert_make(key, cert, priv):
 * Make a self-signed Ed25519 certificate for ${key} and append it and the
 * private key to ${cert} and ${priv} in PEM, each with a final NUL that is
 * counted. Return 0, or -1 (logged).
 */
int tlscert_make(const struct key *key, struct buf *cert, struct buf *priv);

#define TLSCERT_PIN	64	/* "sha256//" base64 and a NUL fit */

/**
 * tlscert_pin(public, out):
 * Write curl's pin of the certificate that holds ${public}: "sha256//" and
 * the base64 SHA-256 of its SubjectPublicKeyInfo.
 */
void tlscert_pin(const uint8_t public[KEY_BYTES], char out[TLSCERT_PIN]);

/**
 * tlscert_peer(session, public):
 * ${session} is a gnutls_session_t after the handshake. Store the Ed25519 key
 * of the one certificate the client showed. Return -1 if it showed none, more
 * than one, or one with another kind of key.
 */
int tlscert_peer(void *session, uint8_t public[KEY_BYTES]);

#endif
